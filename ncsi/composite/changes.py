"""The log: one row for each cell that a step changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ncsi.arrays import Array
from ncsi.composite.structure import Structure

Step = Literal["impute", "treat", "normalise"]
COLUMNS = ("step", "unit", "node", "from", "to", "rule")


@dataclass(frozen=True, slots=True)
class Change:
    """One raw value, `before` and `after`, of the unit and the indicator at these positions."""

    step: Step
    unit: int
    indicator: int
    before: float
    after: float
    rule: str


def log_frame(changes: Iterable[Change], units: Sequence[str], structure: Structure) -> pd.DataFrame:
    """step, unit, node, from, to, rule; values on the raw scale, `from` NaN where a cell was missing."""
    rows = [
        (one.step, units[one.unit], structure.codes[one.indicator], one.before, one.after, one.rule)
        for one in changes
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"from": float, "to": float})


def clippings(x: Array, clipped: Array, rule: str) -> tuple[Change, ...]:
    """The cells of x (n, p) that were clipped to `clipped`, which is NaN elsewhere."""
    cells = zip(*(~pd.isna(clipped)).nonzero(), strict=True)
    return tuple(
        Change("normalise", int(i), int(k), float(x[i, k]), float(clipped[i, k]), rule) for i, k in cells
    )
