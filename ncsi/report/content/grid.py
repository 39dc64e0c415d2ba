"""Plain tables that pages draw alike: a heading, columns, cells, a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ncsi.report import text
from ncsi.report.text import Pair, phrase

Cell = dict[str, Any]
Grid = dict[str, Any]


def cell(words: str | Pair, small: str = "", tone: str = "") -> Cell:
    """A cell: its words, an interval below them, the tone of a significant figure."""
    return {"text": words if isinstance(words, dict) else text.same(words), "small": small, "tone": tone}


def grid(
    name: str, heads: Sequence[str | Pair], rows: Sequence[Sequence[Cell]], note: Pair | None = None,
    wide: Sequence[int] = (0,),
) -> Grid:  # fmt: skip
    """A table whose title and column heads are phrases, or texts of their own.

    `wide`: columns that wrap, the others fit their figures. Without rows a page draws nothing of it.
    """
    return {
        "id": name.replace("_", "-"),
        "title": phrase(name),
        "heads": [one if isinstance(one, dict) else phrase(one) for one in heads],
        "rows": [list(row) for row in rows],
        "note": note or text.same(""),
        "wide": list(wide),
    }


def share(value: float, digits: int = 0) -> str:
    """A share of 0-1 in per cent."""
    return f"{text.number(100 * value, digits)}%"
