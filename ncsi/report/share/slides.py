"""An outline as PPTX: a finding as title, one native chart or table, one line of source. The only door to python-pptx,
with `native_chart`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.util import Cm, Inches, Pt

from ncsi.palette import LIGHT
from ncsi.report.content.grids import Cell, Grid
from ncsi.report.figures import letters_of
from ncsi.report.share.looks import accent_of, describe, logo_of, marks, themed, title_ink, tone_ink
from ncsi.report.share.native_chart import add_chart, rgb
from ncsi.report.share.outline import Outline, Part, are_figures
from ncsi.report.share.packed import repacked
from ncsi.report.text import Pair, phrase
from ncsi.spec import Language

_WIDE, _HIGH = 13.333, 7.5
_LEFT, _MEASURE = 0.67, 12.0
_ROWS = 10
"""Rows of a table on one slide."""
_TITLE_ONLY = 5
_LETTER = 0.53
"""How wide a letter is on average, of its size."""
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"


def slides(outline: Outline, language: Language) -> bytes:
    """The presentation in one language."""
    made = _Deck(outline, language)
    made.cover()
    for part in outline.parts:
        if part.slide:
            made.part(part)
    made.method()
    return made.packed()


class _Deck:
    """A presentation being written, in one language."""

    def __init__(self, outline: Outline, language: Language) -> None:
        self.outline, self.language = outline, language
        self.letters = letters_of(outline.page.look)
        self.deck: Any = Presentation()
        _widen(self.deck)
        self.number = 0
        describe(self.deck.core_properties, self.deck.part.package._rels, outline, language)

    def said(self, words: Pair) -> str:
        return words.of(self.language)

    def _length(self, words: str) -> float:
        """How long a text is, in letters of the font that is in use where there is none of a publisher."""
        return self.letters.width_of(words, 1.0) / _LETTER if self.letters.widths else _length(words)

    def cover(self) -> None:
        """The headline, the figure with its interval, the findings, who publishes it and when."""
        page, one = self.outline.page, self.outline
        slide = self._slide(self.said(one.headline))
        self._text(slide, (_LEFT, 1.3, _MEASURE, 0.5), f"{self.said(page.title)} · {self.said(one.subject)}", 18,
                   LIGHT.muted)  # fmt: skip
        self._text(slide, (_LEFT, 2.1, 3.6, 1.3), one.value, 66, accent_of(page), bold=True)
        self._text(slide, (_LEFT, 3.4, 3.6, 0.4), self.said(one.index_name), 13, LIGHT.muted)
        sure = f"{self.said(phrase('ci', level=page.level))} {self.said(one.interval)}"
        self._text(slide, (_LEFT, 3.8, 3.6, 0.4), sure, 14)
        self._text(
            slide, (_LEFT, 6.2, _MEASURE, 0.4), f"{self.said(page.publisher)} · {page.date}", 13, LIGHT.muted
        )
        self._logo(slide)
        warnings = (page.restriction, page.incomplete, page.withdrawn, page.banner)
        notes = [f"{self.said(one.head)} {self.said(one.note)}" for one in page.revisions]
        told = " ".join([*notes, *(self.said(words) for words in warnings if self.said(words))])
        high = 3.2 if told else 3.9
        self._lines(slide, (4.5, 2.1, 8.17, high), [self.said(finding) for finding in one.findings], 16)
        if told:
            self._text(slide, (_LEFT, 5.45, _MEASURE, 0.7), told, 11 if len(told) < 320 else 8.5, "#4d3800")

    def _logo(self, slide: Any) -> None:
        """The publisher's, at the right of its name."""
        page, found = self.outline.page, logo_of(self.outline.page)
        if found is not None:
            content, wide, high = found
            left, top = Inches(_LEFT + _MEASURE) - Cm(wide), Inches(6.38) - int(Cm(high) / 2)
            shown = slide.shapes.add_picture(io.BytesIO(content), left, top, Cm(wide), Cm(high))
            shown._element.nvPicPr.cNvPr.set("descr", self.said(page.look.logo_alt))

    def part(self, part: Part) -> None:
        """A slide of a chart; else of its table, on as many as it needs; else of its sentences."""
        title = self.said(part.title)
        if part.dots is not None:
            slide = self._slide(title)
            self._text(slide, (_LEFT, 1.3, _MEASURE, 0.4), self.said(part.dots.measure), 15, LIGHT.muted)
            place = [Inches(one) for one in (_LEFT - 0.1, 1.7, _MEASURE + 0.2, 4.55)]
            page = self.outline.page
            released = date.fromisoformat(page.date)
            add_chart(slide, part.dots, self.language, place, released, page.look.charts)
            self._note(slide, part)
        elif part.grid is not None and part.grid.rows:
            for rows in _pages(part.grid):
                slide = self._slide(title)
                self._table(slide, part.grid, rows, title)
                self._note(slide, part)
        elif part.paragraphs:
            slide = self._slide(title)
            self._lines(slide, (_LEFT, 1.6, _MEASURE, 4.6), [self.said(one) for one in part.paragraphs], 22)

    def method(self) -> None:
        """What it stands on, and how to cite it."""
        slide = self._slide(self.said(phrase("share_method")))
        told = [
            self.said(self.outline.measured),
            self.said(phrase("press_caution")),
            self.said(self.outline.page.cite),
        ]
        self._lines(slide, (_LEFT, 1.6, _MEASURE, 4.4), told, 15)

    def packed(self) -> bytes:
        """The file, its theme in our colours and fonts."""
        buffer = io.BytesIO()
        self.deck.save(buffer)
        return repacked(buffer.getvalue(), partial(themed, self.outline.page))

    def _slide(self, title: str) -> Any:
        """A slide with its title, its band, its marks, its source and its number."""
        self.number += 1
        slide, page = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE_ONLY]), self.outline.page
        band = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(_WIDE), Inches(0.1))
        band.fill.solid()
        band.fill.fore_color.rgb = rgb(accent_of(page))
        band.line.fill.background()
        band.shadow.inherit = False
        _decorative(band)
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = map(Inches, (_LEFT, 0.5, _MEASURE, 0.8))
        shape.text_frame.word_wrap, shape.text_frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        shape.text_frame.margin_left = 0
        shape.text_frame.text = title
        paragraph = shape.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        long = self._length(title)
        size = 26 if long < 66 else 20 if long < 160 else 15
        _ink(paragraph.runs[0], size, title_ink(page), bold=True)
        told = marks(page, self.language)
        if told:
            self._mark(slide, told)
        self._text(slide, (_LEFT, 6.95, 10.6, 0.35), self.said(self.outline.source), 10, LIGHT.muted)
        self._text(slide, (11.4, 6.95, 1.27, 0.35), str(self.number), 10, LIGHT.muted, right=True)
        return slide

    def _mark(self, slide: Any, words: str) -> None:
        width = 0.3 + 0.085 * self._length(words)
        box = slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, *map(Inches, (_LEFT + _MEASURE - width, 0.2, width, 0.28))
        )
        box.fill.solid()
        box.fill.fore_color.rgb = rgb("#fff3cd")
        box.line.color.rgb = rgb("#e0c871")
        box.shadow.inherit = False
        box.text_frame.text = words
        for side in ("margin_left", "margin_right", "margin_top", "margin_bottom"):
            setattr(box.text_frame, side, 0)
        paragraph = box.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.CENTER
        _ink(paragraph.runs[0], 10.5, "#4d3800", bold=True)

    def _note(self, slide: Any, part: Part) -> None:
        if self.said(part.chart_note):
            self._text(slide, (_LEFT, 6.3, _MEASURE, 0.6), self.said(part.chart_note), 10, LIGHT.muted)

    def _text(
        self, slide: Any, place: Sequence[float], words: str, size: float, ink: str = LIGHT.ink, *, bold: bool = False,
        right: bool = False,
    ) -> None:  # fmt: skip
        self._lines(slide, place, [words], size, ink, bold=bold, right=right)

    def _lines(
        self, slide: Any, place: Sequence[float], lines: Sequence[str], size: float, ink: str = LIGHT.ink, *,
        bold: bool = False, right: bool = False,
    ) -> None:  # fmt: skip
        """Paragraphs in a box without a frame, smaller where there are many words."""
        frame = slide.shapes.add_textbox(*map(Inches, place)).text_frame
        frame.word_wrap = True
        for side in ("margin_left", "margin_right", "margin_top", "margin_bottom"):
            setattr(frame, side, 0)
        if len(lines) > 1:
            size = _fitting([self._length(one) for one in lines], size, place[2], place[3])
        for k, words in enumerate(lines):
            paragraph = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
            paragraph.space_after = Pt(size * 0.55) if len(lines) > 1 else Pt(0)
            paragraph.alignment = PP_ALIGN.RIGHT if right else None
            run = paragraph.add_run()
            run.text = words
            _ink(run, size, ink, bold=bold)

    def _table(self, slide: Any, grid: Grid, rows: Sequence[Sequence[Cell]], title: str) -> None:
        place = map(Inches, (_LEFT, 1.5, _MEASURE, 0.4 * (len(rows) + 1)))
        frame = slide.shapes.add_table(len(rows) + 1, len(grid.heads), *place)
        described = self.said(phrase("share_table", title=Pair(title, title)))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", described)
        table = frame.table
        table.horz_banding = False
        for k, width in enumerate(self._widths(grid)):
            table.columns[k].width = Inches(width)
        right = [are_figures(grid, k, self.language) for k in range(len(grid.heads))]
        for k, head in enumerate(grid.heads):
            _filled(table.cell(0, k), [(self.said(head), LIGHT.muted, 12.0, False)], right=right[k])
        for j, row in enumerate(rows, 1):
            for k, one in enumerate(row):
                runs = [(self.said(one.text), tone_ink(one.tone), 14.0, one.tone != "")]
                runs += [(f"  {self.said(one.small)}", LIGHT.muted, 11.0, False)] if one.small.zh else []
                _filled(table.cell(j, k), runs, right=right[k])

    def _widths(self, grid: Grid) -> list[float]:
        asked = [
            max(
                _length(self.said(head)),
                *(_length(f"{self.said(row[k].text)}  {self.said(row[k].small)}") for row in grid.rows),
            )
            for k, head in enumerate(grid.heads)
        ]  # fmt: skip
        asked = [min(max(one, 8.0), 44.0) for one in asked]
        return [_MEASURE * one / sum(asked) for one in asked]


def _widen(deck: Any) -> None:
    """The 4:3 master at 16:9, its placeholders widened with it."""
    share = Inches(_WIDE) / deck.slide_width
    deck.slide_width, deck.slide_height = Inches(_WIDE), Inches(_HIGH)
    for one in (deck.slide_master, *deck.slide_layouts):
        for shape in one.placeholders:
            if shape._element.spPr.find(f"{{{_MAIN}}}xfrm") is not None:
                shape.left, shape.width = int(shape.left * share), int(shape.width * share)


def _decorative(shape: Any) -> None:
    """A shape that says nothing: readers of the screen pass it."""
    shape._element.nvSpPr.cNvPr.append(
        parse_xml(
            f'<a:extLst xmlns:a="{_MAIN}"><a:ext uri="{{C183D7F6-B498-43B3-948B-1728B52AA6E4}}"><adec:decorative '
            'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext></a:extLst>'
        )
    )


def _ink(run: Any, size: float, ink: str, *, bold: bool = False) -> None:
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, rgb(ink)


def _length(words: str) -> float:
    return sum(1.9 if one > "\u2e7f" else 1.0 for one in words)


def _fitting(lengths: Sequence[float], size: float, width: float, height: float) -> float:
    """The largest size, from `size` down to 11, at which lines of those lengths fit a box of inches."""
    while size > 11:
        across = width * 72 / (size * _LETTER)
        taken = sum(-(-one // across) for one in lengths) * size * 1.25 + len(lengths) * size * 0.55
        if taken <= height * 72:
            break
        size -= 1
    return size


def _pages(grid: Grid) -> list[Sequence[Sequence[Cell]]]:
    """Rows in stretches of equal length that a slide holds."""
    number = -(-len(grid.rows) // _ROWS)
    each = -(-len(grid.rows) // number)
    return [grid.rows[k : k + each] for k in range(0, len(grid.rows), each)]


def _filled(cell: Any, runs: Sequence[tuple[str, str, float, bool]], *, right: bool) -> None:
    """A cell on white with a rule under it."""
    cell.fill.background()
    cell.margin_top = cell.margin_bottom = Pt(3)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    for words, ink, size, bold in runs:
        run = paragraph.add_run()
        run.text = words
        _ink(run, size, ink, bold=bold)
    for side in ("lnB", "lnT"):
        rule = (
            f'<a:{side} xmlns:a="{_MAIN}" w="9525"><a:solidFill><a:srgbClr val="{LIGHT.grid[1:].upper()}"/>'
            f"</a:solidFill></a:{side}>"
        )
        cell._tc.get_or_add_tcPr().insert(0, parse_xml(rule))
