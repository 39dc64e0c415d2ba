"""A page as an HTML fragment that takes its colours from the notebook, light or dark; intervals drawn in the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

from ncsi.lab.page import Dot, Page, Shown

FRAME = "border-top:3px solid #1f6fb5;padding-top:2px"
HEAD = "border-bottom:1.3px solid currentColor;font-weight:600;padding:2px 10px;vertical-align:bottom"
CELL = "border-bottom:1px solid #8884;padding:2px 10px;font-variant-numeric:tabular-nums"
NOTICE = "background:#fff3cd;color:#4d3800;border-left:4px solid #b58a00;padding:6px 10px;margin:8px 0"
_WORDS, _FIGURES = "text-align:left", "text-align:right;white-space:nowrap"
WIDTH, HEIGHT, MARGIN = 160, 18, 14
"""Of a drawn row, in pixels; the margin is left free on both sides."""
ROUNDING = 1e-12
"""A range below this share of its ends is what rounding leaves of none: no ticks can be told apart in it."""
BLUE, GREY = "#1f6fb5", "#808080"
"""Both at least 3:1 against white and against a notebook's dark background."""


def as_html(page: Page, language: str) -> str:
    """The page as a fragment in `language`."""
    lines = "".join(f"<div>{escape(one)}</div>" for one in page.lines)
    notices = "".join(f"<div>{escape(one)}</div>" for one in page.notices)
    if notices:
        notices = f'<div style="{NOTICE}"><b>{escape(page.notice_head)}</b>{notices}</div>'
    tables = "".join(_table(one) for one in page.tables)
    return (
        f'<div lang="{language}" style="{FRAME}"><h3 style="margin:6px 0">{escape(page.title)}</h3>'
        f'<div style="opacity:.75">{lines}</div>{notices}{tables}</div>'
    )


def line_of(text: str, notices: Iterable[object], further: str) -> str:
    """One line of a result, its notices, and the call that shows more of it."""
    told = "".join(f"<div>{escape(str(one))}</div>" for one in notices)
    told = f'<div style="{NOTICE}">{told}</div>' if told else ""
    more = f'<code style="opacity:.7">{escape(further)}</code>'
    return f"<div><div>{escape(text)} {more}</div>{told}</div>"


def _table(table: Shown) -> str:
    axis = _Axis.of(table.dots)

    def row(cells: Sequence[str], tag: str, style: str, drawn: str) -> str:
        made = [
            f'<{tag} style="{style};{_WORDS if k < table.words else _FIGURES}">{escape(cell)}</{tag}>'
            for k, cell in enumerate(cells)
        ]
        if axis is not None:
            made.insert(table.dots_after + 1, f'<{tag} style="{style};padding:0 6px">{drawn}</{tag}>')
        return f"<tr>{''.join(made)}</tr>"

    dots = table.dots or (None,) * len(table.rows)
    body = "".join(
        row(cells, "td", CELL, axis.drawn(dot) if axis else "")
        for cells, dot in zip(table.rows, dots, strict=True)
    )
    head = row(table.heads, "th", HEAD, axis.labels() if axis else "")
    return (
        '<table style="border-collapse:collapse;margin:10px 0;color:inherit;font-size:inherit">'
        f'<caption style="text-align:left;font-weight:600;caption-side:top">{escape(table.title)}</caption>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
    )


class _Axis:
    """The scale that the rows of a table share: round `ticks` that hold every interval."""

    def __init__(self, low: float, high: float) -> None:
        apart = high - low > ROUNDING * max(abs(low), abs(high))
        step = _step(high - low if apart else abs(high) or 1.0)
        first, last = floor(low / step), ceil(high / step)
        self.ticks = [k * step for k in range(first, max(last, first + 1) + 1)]
        self.digits = max(0, -floor(log10(step) + 1e-9))

    @classmethod
    def of(cls, dots: Sequence[Dot | None]) -> _Axis | None:
        ends = [end for dot in dots if dot for end in (dot.low, dot.estimate, dot.high) if isfinite(end)]
        return cls(min(ends), max(ends)) if ends else None

    def at(self, value: float) -> float:
        first, last = self.ticks[0], self.ticks[-1]
        return MARGIN + (WIDTH - 2 * MARGIN) * (value - first) / (last - first)

    def labels(self) -> str:
        words = "".join(
            f'<text x="{self.at(one):.1f}" y="13" text-anchor="middle" font-size="10" fill="currentColor">'
            f"{f'{one:.{self.digits}f}'.replace('-', '−')}</text>"
            for one in self.ticks
        )
        return _svg(words)

    def drawn(self, dot: Dot | None) -> str:
        middle = HEIGHT / 2
        lines = "".join(
            f'<path d="M{self.at(one):.1f} 0V{HEIGHT}" stroke="{GREY}" stroke-opacity="{0.9 if one == 0 else 0.3}"/>'
            for one in self.ticks
        )
        if dot is None or not isfinite(dot.estimate):
            return _svg(lines)
        colour = BLUE if dot.firm else GREY
        interval = (
            f'<path d="M{self.at(dot.low):.1f} {middle}H{self.at(dot.high):.1f}" stroke="{colour}" stroke-width="2"/>'
            if isfinite(dot.low) and isfinite(dot.high)
            else ""
        )
        fill = colour if dot.firm else "#ffffff"
        point = (
            f'<circle cx="{self.at(dot.estimate):.1f}" cy="{middle}" r="3.5" fill="{fill}" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )
        return _svg(lines + interval + point)


def _step(span: float) -> float:
    """A round step that makes two to five parts of the span."""
    size = 10.0 ** floor(log10(span))
    return float(next(size * part for part in (0.5, 1, 2, 5) if span / (size * part) <= 4))


def _svg(inside: str) -> str:
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" '
        f'style="vertical-align:middle;max-width:none">{inside}</svg>'
    )
