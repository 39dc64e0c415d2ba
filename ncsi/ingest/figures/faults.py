"""What is wrong with a table of figures: every fault with its row, column, value and cure, told together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsi.errors import ConformError
from ncsi.ingest.personal_data import personal_kind

SHOWN = 20
"""Faults in a message; all of them are in `faults`."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class CellFault:
    """A fault of one cell, or of a column as a whole (`row` 1, that of the heads). Figures are of offices, not of
    respondents: the value is told, unless it looks like personal data."""

    row: int
    column: str
    value: str
    problem: str
    cure: str

    def __post_init__(self) -> None:
        if personal_kind(self.value):
            object.__setattr__(self, "value", "")

    def __str__(self) -> str:
        shown = f", value '{_seen(self.value)}'" if self.value else ""
        return f"row {self.row}, column '{_seen(self.column)}'{shown}: {self.problem}. {self.cure}"


def _seen(text: str) -> str:
    """The beginning of a text from a file; what would act on a terminal, or is not seen, by its number."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text[:_LONGEST])


class FigureFaults(ConformError):
    """A file of figures has faults; none of it was taken. `faults`: all of them."""

    def __init__(self, file: str, faults: Sequence[CellFault]) -> None:
        self.file, self.faults = file, tuple(faults)
        number = len(self.faults)
        told = "".join(f"\n  {one}" for one in self.faults[:SHOWN])
        more = f"\n  and {number - SHOWN} more" if number > SHOWN else ""
        super().__init__(
            file,
            f"{number} fault{'' if number == 1 else 's'}, and nothing of it was taken",
            f"Correct the file, or say in a map what its heads and units mean:{told}{more}",
        )

    def __reduce__(self) -> tuple[type[FigureFaults], tuple[str, tuple[CellFault, ...]]]:  # type: ignore[override]
        """Come back whole from a worker process."""
        return type(self), (self.file, self.faults)
