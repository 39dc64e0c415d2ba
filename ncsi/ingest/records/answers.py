"""Answers of respondents, a row a respondent: the fields that their measures share, and checks of what one
thing is said to be in several rows.

Answers, weights, volumes and who answered are never told in a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.records.fields import Field, fault_at
from ncsi.spec.building_blocks import PERIOD, Label
from ncsi.spec.measures.answers import AnswersDefinition

_PERIOD = re.compile(PERIOD)
RESPONDENT = Field(
    "respondent", "text", Label(zh="答卷编号", en="Respondent"), ("序列号", "respondent id", "受访者编号"),
    required=False, told=False,
)  # fmt: skip
PERIOD_FIELD = Field("period", "text", Label(zh="调查期", en="Period"), ("期次", "调查年份", "年份", "wave"))
WEIGHT = Field("weight", "number", Label(zh="权重", en="Weight"), ("样本权重",), required=False, told=False)


def answer_fields(definition: AnswersDefinition) -> tuple[Field, ...]:
    """Period, who answered, and a column for every question of the parts."""
    scale = (float(definition.scale.lowest), float(definition.scale.highest))
    return (
        PERIOD_FIELD,
        RESPONDENT,
        *(
            Field(
                one.id, "count", one.label, one.names, required=False, plausible=scale, told=False,
                missing=definition.missing,
            )
            for one in definition.questions
        ),
    )  # fmt: skip


def answer_checks(
    frame: pd.DataFrame, rows: Sequence[int], definition: AnswersDefinition, within: Sequence[str]
) -> Iterator[CellFault]:
    """Periods that are none, a respondent twice `within` these fields of a period, a file without any answer."""
    for row, period in zip(rows, frame["period"], strict=True):
        if not _PERIOD.fullmatch(period):
            cure = "Write it as 2026, 2026H1, 2026Q3 or 2026-11"
            yield fault_at(row, PERIOD_FIELD, period, "is no year, half-year, quarter or month", cure)
    seen: dict[tuple[str, ...], int] = {}
    for row, *key in zip(rows, *(frame[name] for name in ("respondent", "period", *within)), strict=True):
        first = seen.setdefault(tuple(key), row) if key[0] else row
        if first != row:
            problem = f"the respondent stands twice: row {first} has the same one"
            yield fault_at(row, RESPONDENT, "", problem, "Keep one of the rows")
    if frame[[one.id for one in definition.questions]].isna().all(axis=None):
        names = ", ".join(one.id for one in definition.questions[:3])
        yield CellFault(
            1,
            definition.questions[0].id,
            "",
            "no row answers any question",
            f"Name the columns of answers {names} …",
        )


def one_of_each(
    frame: pd.DataFrame,
    rows: Sequence[int],
    of: Sequence[str],
    field: Field,
    what: str,
    cure: str = "Correct one of the rows",
) -> Iterator[CellFault]:
    """A fault for every row whose `field` differs from that of the first row with the same values of `of`: a project
    of two builders. `what` names the thing that has one of them only; an empty cell or NaN is a value too."""
    seen: dict[tuple[object, ...], tuple[int, object]] = {}
    for row, value, *key in zip(rows, frame[field.id], *(frame[name] for name in of), strict=True):
        own = None if pd.isna(value) else value
        first, said = seen.setdefault(tuple(key), (row, own))
        if said != own:
            shown = f"'{said}'" if field.told and said is not None else "another value"
            problem = f"{what} has {shown} in row {first}: it can have one only"
            yield fault_at(row, field, "" if own is None else str(own), problem, cure)


def positive(frame: pd.DataFrame, rows: Sequence[int], field: Field) -> Iterator[CellFault]:
    """A fault for every cell that is 0 or less, or empty while others of its column are filled."""
    given = frame[field.id].notna().any()
    for row, value in zip(rows, frame[field.id], strict=True):
        if pd.isna(value):
            if given and not field.required:
                yield fault_at(
                    row, field, "", "the cell is empty, and others of the column are not", "Fill all or none"
                )
        elif value <= 0:
            yield fault_at(row, field, "", "it must be above 0", "Correct the value, or take the row out")
