"""Firms that a measure of complaints does not name, as the figures of all firms together count them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from ncsi.ingest.records import Records
from ncsi.results.measures.asked import WHOLE, Asked, last_month
from ncsi.results.measures.complaints import counted_months, spans
from ncsi.results.measures.counted import Row, counted_frame
from ncsi.spec.measures import ComplaintsDefinition, MeasurePlan
from ncsi.tables import cell_of

_SUMS = ("complaints", "items")
_REST = ""
"""The firms that are in the file's row of all of them only: they count as one."""


def complaints_counted(
    plan: MeasurePlan[ComplaintsDefinition], records: Records, asked: Asked
) -> pd.DataFrame:
    """What sums count firms that are not named, as `counted_frame`: each month, the month published, the year to it."""
    definition = plan.definition
    own = counted_months(records.frame, definition)
    own = own[own["month"] <= last_month(asked.period)]
    if definition.named_units or set(own["unit"]) == {WHOLE}:
        return counted_frame(())
    valid = {one.id: f"valid_{one.id}" for one in definition.series}
    firms = _with_the_rest(own, [*_SUMS, *valid.values(), *(f"satisfied_{one}" for one in valid)])
    rows: list[Row] = []
    for month, part in firms.groupby("month"):
        rows += (row for name in _SUMS for row in _cell({"month": month}, name, part, name))
        rows += _cell({"chart": "rate", "month": month}, "", part, "complaints")
        if definition.default in valid:
            rows += _cell({"chart": "handling", "month": month}, "", part, valid[definition.default])
    for what, names in (("rate", _SUMS), ("handling", tuple(valid))):
        for span, whole in spans(own, definition, what):
            part = firms[firms["month"].isin(set(whole["month"]))]
            for name in names:
                more = {} if what == "rate" else {"series": name}
                column = name if what == "rate" else valid[name]
                rows += _cell({"span": span, **more}, name if what == "rate" else "", part, column)
    return counted_frame(rows)


def _cell(names: dict[str, object], figure: str, part: pd.DataFrame, weight: str) -> Iterator[Row]:
    """Firms in a cell by what they add to it; a firm without such a figure is not in it. Where none has one, the file
    tells of all of them together only: they count alike, and there is nothing of theirs to compare."""
    known = part[part[weight].notna()]
    if known.empty:
        known = part[part["unit"] != _REST].assign(said="")
        known[weight] = 1.0
    for unit, adds, said in zip(known["unit"], known[weight], known["said"], strict=True):
        yield str(unit), cell_of(names, figure), float(adds), str(said)


def _with_the_rest(own: pd.DataFrame, sums: Sequence[str]) -> pd.DataFrame:
    """Firms by month, what the file's row of all firms has beyond them as one firm more, and what is said of each."""
    firms = own[own["unit"] != WHOLE]
    whole = own[own["unit"] == WHOLE].set_index("month")[list(sums)]
    rest = (whole - firms.groupby("month")[list(sums)].sum(min_count=1)).clip(lower=0)
    rest = rest[(rest > 0).any(axis=1)].reset_index().assign(unit=_REST)
    every = pd.concat([firms[["unit", "month", *sums]], rest], ignore_index=True)
    texts = every[list(sums)].astype("string").fillna("").agg("\x1f".join, axis=1)
    return every.assign(said=every["month"] + "\x1f" + texts)
