"""Complaints as offices send them, a row a firm and month: their fields, and what rows must not say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.figures.numbers import plain
from ncsi.ingest.records.fields import Field, fault_at
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures import ComplaintsDefinition

Row = Mapping[Any, Any]
_ITEMS = Label(zh="件", en="items")


def complaints_fields(definition: ComplaintsDefinition) -> tuple[Field, ...]:
    """Month, firm, complaints, items handled, the counts of each series of handling, the route of complaint."""
    units = definition.units
    return (
        Field("month", "month", Label(zh="月份", en="Month"), ("年月", "统计月份", "时间")),
        Field("firm", "name", Label(zh="企业", en="Firm"), ("企业名称", "单位", units.zh, units.one)),
        Field("firm_en", "name", Label(zh="企业英文名", en="Firm in English"), ("英文名称",), required=False),
        Field("complaints", "count", Label(zh="申诉量", en="Complaints"), ("申诉数", "申诉件数", "有效申诉数")),
        Field("items", "count", Label(zh="业务量", en="Items handled"), ("件数", "业务总量", "parcels"), unit=_ITEMS),
        *(field for one in definition.series for field in _of_series(one.id, one.label, one.names)),
        Field(
            "route", "name", Label(zh="申诉渠道", en="Route of complaint"), ("渠道", "route"),
            required=not definition.common_route,
        ),
    )  # fmt: skip


def _of_series(series: str, label: Label, names: tuple[str, ...]) -> Iterator[Field]:
    for what, zh, en in (("valid", "有效申诉量", "valid complaints"), ("satisfied", "满意量", "satisfied")):
        heads = tuple(f"{one}{zh}" for one in names)
        yield Field(
            f"{what}_{series}",
            "count",
            Label(zh=f"{label.zh}{zh}", en=f"{label.en}, {en}"),
            heads,
            required=False,
        )


def complaints_checks(definition: ComplaintsDefinition) -> Checks:
    """What rows of complaints must not say together."""
    return partial(_checks, definition)


def _checks(definition: ComplaintsDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    fields = {one.id: one for one in complaints_fields(definition)}
    routed = bool((frame["route"] != "").any())
    faults: list[CellFault] = []
    for number, row in zip(rows, frame.to_dict("records"), strict=True):
        faults += _of_row(number, row, fields, definition, routed)
    return [
        *faults,
        *_twice(frame, rows, fields),
        *_gaps(frame, rows),
        *_against_whole(frame, rows, definition),
    ]


def _of_row(
    number: int, row: Row, fields: Mapping[str, Field], definition: ComplaintsDefinition, routed: bool
) -> Iterator[CellFault]:
    handled, told = row["items"], row["complaints"]
    if handled == 0:
        problem = f"{told:g} complaints stand against no items handled: there is no rate"
        yield fault_at(number, fields["items"], "0", problem, "Give the items handled, or take the row out")
    elif told > handled:
        problem = f"more complaints than the {handled:,.0f} items handled"
        yield fault_at(
            number, fields["complaints"], f"{told:g}", problem, "Correct one of the two, or their units"
        )
    for one in definition.series:
        satisfied, valid = row[f"satisfied_{one.id}"], row[f"valid_{one.id}"]
        if satisfied > valid:
            problem = f"more are satisfied than the {valid:g} valid complaints"
            yield fault_at(
                number, fields[f"satisfied_{one.id}"], f"{satisfied:g}", problem, "Correct one of the two"
            )
        elif pd.isna(satisfied) != pd.isna(valid):
            lacking: str = "satisfied" if pd.isna(satisfied) else "valid"
            problem = "of satisfied and valid complaints one is given without the other"
            yield fault_at(number, fields[f"{lacking}_{one.id}"], "", problem, "Give both, or neither")
    whole = _folded(row["firm"]) in _whole(definition)
    if routed and not row["route"] and not whole:
        problem = f"the firm '{row['firm']}' has no route of complaint, and others have"
        yield fault_at(
            number, fields["route"], "", problem, "Name the route, as it is named for the other firms"
        )


def _twice(frame: pd.DataFrame, rows: Sequence[int], fields: Mapping[str, Field]) -> Iterator[CellFault]:
    seen: dict[tuple[str, str], int] = {}
    for number, firm, month in zip(rows, frame["firm"], frame["month"], strict=True):
        first = seen.setdefault((_folded(firm), month), number)
        if first != number:
            problem = f"the month of '{firm}' stands twice: row {first} has it already"
            yield fault_at(number, fields["month"], month, problem, "Keep one of the rows")


def _gaps(frame: pd.DataFrame, rows: Sequence[int]) -> Iterator[CellFault]:
    """Months that a firm skips: charts would take the months around them for neighbours."""
    for firm, own in frame.assign(row=list(rows)).groupby("firm", sort=False):
        months = sorted(set(own["month"]))
        for before, after in pairwise(months):
            if _following(before) != after:
                row = int(own.loc[own["month"] == after, "row"].iloc[0])
                problem = f"'{firm}' has no row of {_following(before)}, the month after {before}"
                yield fault_at(
                    row, "month", after, problem, "Add it; a month without complaints has 0 of them"
                )


def _following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02d}"


def _against_whole(
    frame: pd.DataFrame, rows: Sequence[int], definition: ComplaintsDefinition
) -> Iterator[CellFault]:
    """The row of all firms, where there is one: in every month, and not below the firms that it is made of."""
    of_whole = frame["firm"].map(_folded).isin(_whole(definition))
    if not of_whole.any():
        return
    own = frame.assign(row=list(rows))
    firms = own[~of_whole].groupby("month")[["complaints", "items"]].sum()
    told = own[of_whole].groupby("month")[["complaints", "items", "row"]].first()
    for month in firms.index:
        if month not in told.index:
            row = int(own.loc[(own["month"] == month), "row"].iloc[0])
            yield fault_at(
                row, "firm", "", f"{month} has firms and no row of all of them", "Add it, or leave all out"
            )
            continue
        for what in ("complaints", "items"):
            if firms.loc[month, what] > told.loc[month, what]:
                total = f"{firms.loc[month, what]:,.0f}"
                problem = f"the firms of {month} add up to {total}, more than all of them together"
                yield fault_at(
                    int(told.loc[month, "row"]),
                    what,
                    f"{told.loc[month, what]:g}",
                    problem,
                    "Correct the figures",
                )


def _whole(definition: ComplaintsDefinition) -> set[str]:
    return {_folded(word) for word in definition.whole}


def _folded(name: object) -> str:
    return plain(str(name)).casefold()
