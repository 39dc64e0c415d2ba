"""What is read of a result, whatever it is written in: words, and tables of cells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dot:
    """An estimate with its interval, to be drawn; `firm`: filled, else hollow."""

    estimate: float
    low: float
    high: float
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it is read: a title, heads, rows of cells; the first `words` columns are words, the others figures.

    `dots`: what is drawn behind column `dots_after` of each row, on one axis for all.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    dots: tuple[Dot | None, ...] = ()
    dots_after: int = -1


@dataclass(frozen=True, slots=True)
class Page:
    """A title, lines below it, notices under `notice_head`, tables."""

    title: str
    lines: tuple[str, ...]
    notice_head: str
    notices: tuple[str, ...]
    tables: tuple[Shown, ...]
