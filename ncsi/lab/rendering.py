"""Tables of text as a fixed-width page, as HTML and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

HEAD_STYLE = "border-bottom:1.3px solid currentColor;font-weight:600;padding:2px 10px"
CELL_STYLE = "padding:2px 10px;font-variant-numeric:tabular-nums"
NOTICE_STYLE = "background:#fff3cd;color:#4d3800;border-left:4px solid #b58a00;padding:6px 10px;margin:8px 0"


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it is read: a title, heads, rows of cells; the first `words` columns are words, the others figures."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """A title, lines below it, notices under `notice_head`, tables."""

    title: str
    lines: tuple[str, ...]
    notice_head: str
    notices: tuple[str, ...]
    tables: tuple[Shown, ...]


def as_text(page: Page) -> str:
    """The page for a terminal; wide characters count two columns."""
    parts = ["\n".join([page.title, *page.lines])]
    if page.notices:
        parts.append("\n".join([page.notice_head, *(f"- {one}" for one in page.notices)]))
    return "\n\n".join([*parts, *(_text_table(one) for one in page.tables)])


def as_markdown(page: Page) -> str:
    """The page in Markdown, tables with pipes."""
    parts = [f"## {_piped(page.title)}", *(_piped(line) for line in page.lines)]
    if page.notices:
        parts.append("\n".join([f"**{page.notice_head}**", "", *(f"- {one}" for one in page.notices)]))
    return "\n\n".join([*parts, *(_markdown_table(one) for one in page.tables)]) + "\n"


def as_html(page: Page, language: str) -> str:
    """The page as a fragment that takes its colours from the notebook, light or dark."""
    lines = "".join(f"<div>{escape(one)}</div>" for one in page.lines)
    notices = "".join(f"<div>{escape(one)}</div>" for one in page.notices)
    if notices:
        notices = f'<div style="{NOTICE_STYLE}"><b>{escape(page.notice_head)}</b>{notices}</div>'
    tables = "".join(_html_table(one) for one in page.tables)
    return f'<div lang="{language}"><h3>{escape(page.title)}</h3>{lines}{notices}{tables}</div>'


def _width(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _text_table(table: Shown) -> str:
    columns = list(zip(table.heads, *table.rows, strict=True))
    widths = [max(_width(cell) for cell in column) for column in columns]

    def line(cells: Sequence[str]) -> str:
        padded = [" " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
        return "  ".join(
            cell + pad if k < table.words else pad + cell
            for k, (cell, pad) in enumerate(zip(cells, padded, strict=True))
        ).rstrip()

    return "\n".join([table.title, line(table.heads), *(line(row) for row in table.rows)])


def _piped(text: str) -> str:
    return text.replace("|", "\\|")


def _markdown_table(table: Shown) -> str:
    rule = ["---" if k < table.words else "---:" for k in range(len(table.heads))]
    rows = [table.heads, tuple(rule), *table.rows]
    return "\n".join([f"**{table.title}**", "", *(f"| {' | '.join(map(_piped, row))} |" for row in rows)])


def _html_table(table: Shown) -> str:
    def row(cells: Sequence[str], tag: str, style: str) -> str:
        return "".join(
            f'<{tag} style="{style};text-align:{"left" if k < table.words else "right"}">{escape(cell)}</{tag}>'
            for k, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{row(one, 'td', CELL_STYLE)}</tr>" for one in table.rows)
    return (
        '<table style="border-collapse:collapse;margin:10px 0">'
        f'<caption style="text-align:left;font-weight:600;caption-side:top">{escape(table.title)}</caption>'
        f"<thead><tr>{row(table.heads, 'th', HEAD_STYLE)}</tr></thead><tbody>{body}</tbody></table>"
    )
