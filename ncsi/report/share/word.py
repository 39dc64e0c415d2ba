"""An outline as DOCX: headings, native tables, charts as pictures with alternative texts; the door to python-docx."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor

from ncsi.palette import LIGHT
from ncsi.report.content.grids import Cell, Grid
from ncsi.report.figures import Drawing, dot_strip, letters_of
from ncsi.report.pdf import picture
from ncsi.report.share.looks import accent_of, describe, east_of, latin_of, logo_of, marks, tone_ink
from ncsi.report.share.outline import Outline, Part, are_figures
from ncsi.report.share.packed import repacked
from ncsi.report.text import Pair, phrase
from ncsi.spec import Language

_PPI = 220
_WIDE = 16.6
"""Centimetres between the margins of A4."""
_DRAWN = 680.0
"""Units of a drawing that fill that width: a smaller one is not blown up, so that letters are of one size."""
_WHOLE = 14
"""Rows of a table that stays on one page."""


def word(outline: Outline, drawings: Mapping[str, Drawing], language: Language) -> bytes:
    """The report in one language. `drawings`: by the names that parts give as `picture`."""
    made = _Document(outline, language)
    made.cover()
    for part in outline.parts:
        made.part(part, drawings)
    made.method()
    return made.packed()


class _Document:
    """A document being written, in one language."""

    def __init__(self, outline: Outline, language: Language) -> None:
        self.outline, self.language = outline, language
        self.docx: Any = docx.Document()
        self._page()
        self._styles()
        self._margins()
        describe(self.docx.core_properties, self.docx.part.package.rels, outline, language)

    def said(self, words: Pair) -> str:
        return words.of(self.language)

    def cover(self) -> None:
        """Logo, title, headline, the figure with its interval, marks, findings."""
        page = self.outline.page
        logo = logo_of(page)
        if logo is not None:
            content, wide, _ = logo
            self._inline(self.docx.add_paragraph(), content, wide, self.said(page.look.logo_alt))
        self._line(f"{self.said(page.title)} · {self.said(self.outline.subject)}", 10, LIGHT.muted)
        self._styled(self.said(self.outline.headline), "Title")
        self._line(f"{self.said(page.publisher)} · {page.date}", 10, LIGHT.muted)
        for warning in (page.restriction, page.incomplete, page.withdrawn, page.banner):
            if self.said(warning):
                self._notice(self.said(warning))
        for one in page.revisions:
            self._notice(f"{self.said(one.head)} {self.said(one.note)}")
        figure = self.docx.add_paragraph()
        self._run(figure, f"{self.said(self.outline.index_name)}  ", 11)
        self._run(figure, self.outline.value, 30, accent_of(page), bold=True)
        self._run(
            figure, f"  {self.said(phrase('ci', level=page.level))} {self.said(self.outline.interval)}", 11
        )
        for finding in self.outline.findings:
            self._styled(self.said(finding), "List Bullet")

    def part(self, part: Part, drawings: Mapping[str, Drawing]) -> None:
        """A heading with what it stands over."""
        title = self.said(part.title)
        self._styled(title, "Heading 1")
        for words in part.paragraphs:
            self.docx.add_paragraph(self.said(words))
        drawing, look = drawings.get(part.picture), self.outline.page.look
        if drawing is None and part.dots is not None:
            drawing = dot_strip(part.dots, letters=letters_of(look))
        if drawing is not None:
            self._picture(drawing)
        if part.grid is not None and part.grid.rows:
            self._table(part.grid, title)
        if self.said(part.note):
            self._line(self.said(part.note), 8.5, LIGHT.muted)

    def method(self) -> None:
        """The method, what it stands on, how to cite it."""
        self._styled(self.said(phrase("share_method")), "Heading 1")
        self.docx.add_paragraph(self.said(self.outline.measured))
        for one in self.outline.method:
            self._styled(self.said(one.name), "Heading 2")
            self.docx.add_paragraph(self.said(one.text))
        self.docx.add_paragraph(self.said(self.outline.page.cite))

    def packed(self) -> bytes:
        """The file."""
        buffer = io.BytesIO()
        self.docx.save(buffer)
        return repacked(buffer.getvalue())

    def _picture(self, drawing: Drawing) -> None:
        look = self.outline.page.look
        svg = drawing.coloured(look.charts).localised(self.language, look.typeface)
        wide = _WIDE * min(1.0, drawn_width(svg) / _DRAWN)
        made = picture(svg, wide, _PPI, look.typeface)
        paragraph = self.docx.add_paragraph()
        self._inline(paragraph, made, wide, self.said(drawing.alt))
        paragraph.paragraph_format.keep_with_next = True

    def _inline(self, paragraph: Any, picture: bytes, wide: float, said: str) -> None:
        """A picture of that width in centimetres in its paragraph, and what it says."""
        shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Cm(wide))
        shape._inline.docPr.set("descr", said)
        for side in "TBLR":  # unsaid, LibreOffice keeps 3 mm free and pushes the picture off the text's edge
            shape._inline.set(f"dist{side}", "0")

    def _table(self, grid: Grid, title: str) -> None:
        """A table whose head repeats on each page and whose rows stay whole."""
        made = self.docx.add_table(rows=1 + len(grid.rows), cols=len(grid.heads))
        made.autofit = True
        _described(made, title, self.said(phrase("share_table", title=Pair(title, title))))
        right = [are_figures(grid, k, self.language) for k in range(len(grid.heads))]
        widths = self._widths(grid)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width  # what LibreOffice reads; Word reads those of the cells
        together = len(grid.rows) if len(grid.rows) <= _WHOLE else 0
        for j, row in enumerate(made.rows):
            cells = row.cells
            _marked(row, "w:cantSplit" if j else "w:tblHeader")
            for k, cell in enumerate(cells):
                cell.width = widths[k]
                _bordered(cell, *((LIGHT.grid, 4) if j else (LIGHT.ink, 12)))
                paragraph = self._in_cell(cell, right=right[k], together=j < together)
                if j:
                    self._figure(paragraph, grid.rows[j - 1][k])
                else:
                    self._run(paragraph, self.said(grid.heads[k]), 9, bold=True)

    def _in_cell(self, cell: Any, *, right: bool, together: bool) -> Any:
        """The paragraph of a cell; `together`: with that of the row below it."""
        paragraph = cell.paragraphs[0]
        paragraph._p.style = self.ids["Cell"]
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if together:
            paragraph.paragraph_format.keep_with_next = True
        return paragraph

    def _figure(self, paragraph: Any, one: Cell) -> None:
        self._run(paragraph, self.said(one.text), 9, tone_ink(one.tone), bold=one.tone != "")
        if one.small.zh:
            self._run(paragraph, f"  {self.said(one.small)}", 7.5, LIGHT.muted)

    def _widths(self, grid: Grid) -> list[Emu]:
        """Columns as wide as their longest text asks for, together as wide as the page."""
        asked = [
            max(
                _length(self.said(head)),
                *(_length(f"{self.said(row[k].text)}  {self.said(row[k].small)}") for row in grid.rows),
            )
            for k, head in enumerate(grid.heads)
        ]  # fmt: skip
        asked = [min(max(one, 6), 34) for one in asked]
        return [Emu(int(Cm(_WIDE) * one / sum(asked))) for one in asked]

    def _styled(self, words: str, style: str) -> None:
        """A paragraph in a style, by its id: python-docx looks through all of them for a name."""
        self.docx.add_paragraph(words)._p.style = self.ids[style]

    def _line(self, words: str, size: float, ink: str = LIGHT.ink) -> None:
        self._run(self.docx.add_paragraph(), words, size, ink)

    def _notice(self, words: str) -> None:
        paragraph = self.docx.add_paragraph()
        shade = OxmlElement("w:shd")
        for key, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", "FFF3CD")):
            shade.set(qn(key), value)
        paragraph._p.get_or_add_pPr().append(shade)
        self._run(paragraph, words, 9, "#4d3800")

    def _run(
        self, paragraph: Any, words: str, size: float, ink: str = LIGHT.ink, *, bold: bool = False
    ) -> None:
        properties = paragraph.add_run(words)._r.get_or_add_rPr()
        # In the order of the schema; python-docx looks for the place of each, which is a third of a document's time.
        told = [("w:b", ""), ("w:color", ink[1:].upper()), ("w:sz", str(int(2 * size)))]
        for name, value in told if bold else told[1:]:
            element = OxmlElement(name)
            if value:
                element.set(qn("w:val"), value)
            properties.append(element)

    def _page(self) -> None:
        section = self.docx.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
        section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.0)

    def _styles(self) -> None:
        styles, page = self.docx.styles, self.outline.page
        sizes = {"Normal": 10.5, "Title": 22, "Heading 1": 14, "Heading 2": 11.5, "List Bullet": 10.5, "Header": 8.5,
                 "Footer": 8.5}  # fmt: skip
        for name, size in sizes.items():
            style = styles[name]
            style.font.name, style.font.size = latin_of(page), Pt(size)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(theme), None)
            fonts.set(qn("w:eastAsia"), east_of(page))
            style.font.color.rgb = RGBColor.from_string(LIGHT.ink[1:].upper())
            style.font.bold = name in ("Title", "Heading 1", "Heading 2")
        rule = styles["Title"].element.pPr.find(qn("w:pBdr"))
        if rule is not None:
            styles["Title"].element.pPr.remove(rule)
        cells = styles.add_style("Cell", WD_STYLE_TYPE.PARAGRAPH)
        cells.base_style = styles["Normal"]
        cells.paragraph_format.space_before = cells.paragraph_format.space_after = Pt(1.5)
        self.ids = {one.name: one.style_id for one in (cells, *(styles[name] for name in sizes))}
        language = OxmlElement("w:lang")
        language.set(qn("w:val"), "en-GB")
        language.set(qn("w:eastAsia"), "zh-CN")
        styles["Normal"].element.get_or_add_rPr().append(language)

    def _margins(self) -> None:
        """What stands above and below each page: the marks; the release and the page."""
        section, page = self.docx.sections[0], self.outline.page
        told = marks(page, self.language)
        head = section.header.paragraphs[0]
        self._run(head, f"{self.said(page.title)} · {self.said(page.label)}  ", 8.5, LIGHT.muted)
        self._run(head, told, 8.5, LIGHT.red)
        foot = section.footer.paragraphs[0]
        self._run(foot, f"{page.release}  {told}  ", 8.5, LIGHT.muted)
        run = foot.add_run()
        run.font.size = Pt(8.5)
        for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            element.text = words or None
            run._r.append(element)


def _length(words: str) -> float:
    return sum(1.9 if one > "\u2e7f" else 1.0 for one in words)


def _marked(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def drawn_width(svg: str) -> float:
    """Units across, of its view box."""
    found = re.search(r'viewBox="\S+ \S+ ([\d.]+) ', svg)
    return float(found[1]) if found else _DRAWN


def _bordered(cell: Any, colour: str, width: int) -> None:
    """A rule under a cell; `width` in eighths of a point."""
    borders, bottom = OxmlElement("w:tcBorders"), OxmlElement("w:bottom")
    told = {"val": "single", "sz": str(width), "space": "0", "color": colour[1:].upper()}
    for key, value in told.items():
        bottom.set(qn(f"w:{key}"), value)
    borders.append(bottom)
    cell._tc.get_or_add_tcPr().append(borders)


def _described(table: Any, title: str, words: str) -> None:
    """The table's name and description, which screen readers say."""
    for name, value in (("w:tblCaption", title), ("w:tblDescription", words)):
        element = OxmlElement(name)
        element.set(qn("w:val"), value)
        table._tbl.tblPr.append(element)
