"""Pages of words and tables: as fixed-width text, HTML, Markdown, LaTeX and a workbook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from unicodedata import east_asian_width

import pandas as pd

from ncsi.errors import InputError
from ncsi.lab.html import as_html
from ncsi.lab.page import Page, Shown
from ncsi.spec import Language

_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "→": r"$\rightarrow$", "−": r"$-$", "×": r"$\times$",
    "²": r"\textsuperscript{2}", "α": r"$\alpha$", "ρ": r"$\rho$", "χ": r"$\chi$", "Δ": r"$\Delta$",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip


class Readable(ABC):
    """What reads as a page: printed as text, shown as HTML in a notebook, in its `lang`."""

    __slots__ = ()

    @property
    @abstractmethod
    def lang(self) -> Language:
        """The language of its words."""

    @abstractmethod
    def page(self) -> Page:
        """Its title, lines, notices and tables."""

    @abstractmethod
    def sheets(self) -> Mapping[str, pd.DataFrame]:
        """Its tables in full precision by the name of their sheet."""

    def to_markdown(self) -> str:
        """The page in Markdown."""
        return as_markdown(self.page())

    def to_latex(self) -> str:
        """The page in LaTeX, for `booktabs`; Chinese needs `ctex` or `xeCJK`."""
        return as_latex(self.page())

    def to_excel(self, path: str | Path) -> None:
        """The tables as sheets of a workbook, figures in full precision, words as text.

        Raises InputError for a path that is no .xlsx, or in a folder that is not there.
        """
        file = Path(path)
        if file.suffix.lower() != ".xlsx":
            raise InputError(
                str(path), "this is no workbook's name", f"End it in .xlsx: {file.stem or 'fit'}.xlsx"
            )
        if not file.parent.is_dir():
            problem = f"there is no folder {file.parent}"
            raise InputError(str(path), problem, "Make it first, or write into one that is there")
        options = {"strings_to_formulas": False, "strings_to_urls": False}
        with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as book:
            for name, frame in self.sheets().items():
                frame.to_excel(book, sheet_name=name, index=False)

    def __str__(self) -> str:
        return as_text(self.page())

    def __repr__(self) -> str:
        return as_text(self.page())

    def _repr_html_(self) -> str:
        return as_html(self.page(), self.lang)


def as_text(page: Page) -> str:
    """The page for a terminal; wide characters count two columns."""
    parts = ["\n".join([page.title, *page.lines])]
    if page.notices:
        parts.append("\n".join([page.notice_head, *(f"- {one}" for one in page.notices)]))
    return "\n\n".join([*parts, *(text_table(one) for one in page.tables)])


def as_markdown(page: Page) -> str:
    """The page in Markdown, tables with pipes."""
    parts = [f"## {_piped(page.title)}", *(_piped(line) for line in page.lines)]
    if page.notices:
        parts.append("\n".join([f"**{page.notice_head}**", "", *(f"- {one}" for one in page.notices)]))
    return "\n\n".join([*parts, *(_markdown_table(one) for one in page.tables)]) + "\n"


def as_latex(page: Page) -> str:
    """The page in LaTeX: a paragraph of lines, a list of notices, each table a `tabular` of `booktabs`."""
    parts = [rf"\paragraph{{{_tex(page.title)}}}", "\n\n".join(_tex(line) for line in page.lines)]
    if page.notices:
        notices = "\n".join(rf"\item {_tex(one)}" for one in page.notices)
        parts.append(f"{_tex(page.notice_head)}\n" + r"\begin{itemize}" + f"\n{notices}\n" + r"\end{itemize}")
    return "\n\n".join([*(one for one in parts if one), *(_latex_table(one) for one in page.tables)]) + "\n"


def text_table(table: Shown) -> str:
    """One table in columns of fixed width, below its title."""
    columns = list(zip(table.heads, *table.rows, strict=True))
    widths = [max(_width(cell) for cell in column) for column in columns]

    def line(cells: Sequence[str]) -> str:
        padded = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
        return "  ".join(
            cell + pad if k < table.words else pad + cell
            for k, (cell, pad) in enumerate(zip(cells, padded, strict=True))
        ).rstrip()

    return "\n".join([table.title, line(table.heads), *(line(row) for row in table.rows)])


def _width(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _piped(text: str) -> str:
    return text.replace("|", "\\|")


def _markdown_table(table: Shown) -> str:
    rule = ["---" if k < table.words else "---:" for k in range(len(table.heads))]
    rows = [table.heads, tuple(rule), *table.rows]
    return "\n".join([f"**{table.title}**", "", *(f"| {' | '.join(map(_piped, row))} |" for row in rows)])


def _latex_table(table: Shown) -> str:
    columns = "l" * table.words + "r" * (len(table.heads) - table.words)

    def line(cells: Sequence[str]) -> str:
        return " & ".join(map(_tex, cells)) + r" \\"

    return "\n".join(
        [
            r"\begin{table}[ht]", rf"\caption{{{_tex(table.title)}}}", rf"\begin{{tabular}}{{{columns}}}", r"\toprule",
            line(table.heads), r"\midrule", *map(line, table.rows), r"\bottomrule", r"\end{tabular}", r"\end{table}",
        ]
    )  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_LATEX.get(one, one) for one in text)
