"""How figures of a table add up: declared with the table, and what a reader could derive of hidden ones from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["sum", "mean", "weighted"]


@dataclass(frozen=True, slots=True)
class AddsUp:
    """Rows that agree in `within` and differ in `part` are parts of a whole: its figure is the `sum` of theirs in
    `figure`, the plain `mean` of it, or the mean `weighted` by the column `weight`.

    The whole is the row whose `part` is the text `whole`; or the row of the table `of` that agrees in `within`, there
    in the column `total`. `by`: a column of whose every value the parts make up the whole anew, such as a dimension.
    """

    figure: str
    how: How
    part: str
    within: tuple[str, ...]
    weight: str = ""
    whole: str = ""
    of: str = ""
    total: str = ""
    by: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the table must have."""
        return (self.figure, self.part, *self.within, *(one for one in (self.weight, self.by) if one))
