"""Whom or what the figures of a measure count without naming them: what tells of one release whether a figure is of a
few, and of two whether their difference is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from ncsi.spec import RULE
from ncsi.tables import RECORDS

COLUMNS = ["unit", "cell", "weight", "said", "period", "least", "largest"]
Row = tuple[str, str, float, str]
"""Unit; cell, as of `ncsi.tables.cell_of`; what the unit adds to it; what the records say of the unit in it, empty text
where another cell has the same records."""


def counted_frame(
    rows: Iterable[Row], period: str = "", least: int = RULE.units, largest: float = RULE.unit_dominance
) -> pd.DataFrame:
    """Rows of what a measure counts, by unit and cell: weights added up, what is said joined in an order of its own;
    of each unit the cell `RECORDS` beside them, with all that is said of it.

    `period` of records that carry no time; `least`: fewest units that a figure of these cells may be of; `largest`: the
    share of it that one may carry.
    """
    frame = pd.DataFrame(list(rows), columns=COLUMNS[:4])
    if frame.empty:
        return pd.DataFrame(columns=COLUMNS)
    every = frame.assign(cell=RECORDS, weight=1.0, said=frame["cell"] + "\x1e" + frame["said"])
    every = every[frame["said"] != ""]
    found = pd.concat([frame, every], ignore_index=True)
    texts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for unit, cell, said in zip(*(found[name].tolist() for name in ("unit", "cell", "said")), strict=True):
        texts[unit, cell].append(said)
    found = found.groupby(["unit", "cell"], sort=True, as_index=False)[["weight"]].sum()
    keys = zip(found["unit"].tolist(), found["cell"].tolist(), strict=True)
    found["said"] = ["\n".join(sorted(texts[key])).strip("\n") for key in keys]
    found["weight"] = found["weight"].mask(found["cell"] == RECORDS, 1.0)
    return found.assign(period=period, least=least, largest=largest)


def told_cells(counted: pd.DataFrame) -> frozenset[str]:
    """Cells whose figures may be shown: of enough units, of which none carries too much."""
    if counted.empty:
        return frozenset()
    cells = counted.groupby("cell", sort=False)
    total, top = cells["weight"].sum(), cells["weight"].max()
    enough = (cells["unit"].nunique() >= cells["least"].max()) & (top <= cells["largest"].min() * total)
    return frozenset(enough.index[enough])
