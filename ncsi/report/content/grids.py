"""Plain tables and boxes that pages draw alike: a heading, columns, cells, a note; a label or a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.report.axis_rows import Tone
from ncsi.report.text import NOTHING, Pair, phrase, same


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box: what is told, and its value."""

    label: Pair
    value: Pair


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in large type, and what it counts."""

    value: str
    label: Pair


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text under its own name: of the method, of the glossary."""

    name: Pair
    text: Pair


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its words, an interval below them, the tone of a significant figure; `href`: the page of a row, in its
    first cell."""

    text: Pair
    small: Pair
    tone: Tone
    href: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table under its title. `wide`: columns that wrap. Without rows a page draws nothing of it."""

    id: str
    title: Pair
    heads: tuple[Pair, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Pair
    wide: tuple[int, ...]


def line(key: str, value: str | Pair) -> Line:
    """A line whose label is a phrase."""
    return Line(phrase(key), _pair(value))


def cell(words: str | Pair, small: str | Pair = "", tone: Tone = "", href: str = "") -> Cell:
    """A cell of texts, or of some that are the same in both languages."""
    return Cell(_pair(words), _pair(small), tone, href)


def _pair(words: str | Pair) -> Pair:
    return words if isinstance(words, Pair) else same(words)


def grid(
    name: str, heads: Sequence[str | Pair], rows: Sequence[Sequence[Cell]], note: Pair = NOTHING,
    wide: Sequence[int] = (0,), **words: Pair,
) -> Grid:  # fmt: skip
    """A table whose title and column heads are phrases, or texts of their own; `words` fill the title."""
    return Grid(
        name.replace("_", "-"),
        phrase(name, **words),
        tuple(one if isinstance(one, Pair) else phrase(one) for one in heads),
        tuple(tuple(row) for row in rows),
        note,
        tuple(wide),
    )
