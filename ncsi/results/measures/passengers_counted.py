"""Which passengers the figures of a survey count: what tells whether two releases differ by a few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from ncsi.ingest.records import Records
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.counted import Row, counted_frame
from ncsi.results.measures.passenger_domains import NOT_TOLD
from ncsi.results.measures.passenger_means import designed
from ncsi.results.measures.passengers import before
from ncsi.results.measures.scores import answer_periods, column_of, with_scores
from ncsi.spec import RULE
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.tables import cell_of


def passengers_counted(
    plan: MeasurePlan[PassengersDefinition], records: Records, asked: Asked
) -> pd.DataFrame:
    """Passengers by operator, period and question, and by domain and part, of the period that is published and the one
    before: as `counted_frame`. Who is not named in the file is told apart by what the row says."""
    own = _identified(designed(with_scores(records.frame, plan.definition)), plan.definition)
    rows: list[Row] = []
    periods = answer_periods(records)
    for operator, of in own.groupby("operator", sort=True):
        last = before(periods, asked.period, set(of["period"]))
        for period in (one for one in (asked.period, last) if one is not None):
            names = {"period": period, "unit": operator}
            frame = of[of["period"] == period]
            rows += _questions(frame, plan.definition, names)
            if period == asked.period:
                rows += _domains(frame, plan.definition, names)
    return counted_frame(rows, asked.period, int(RULE.subgroup), RULE.dominance)


def _identified(frame: pd.DataFrame, definition: PassengersDefinition) -> pd.DataFrame:
    """With `passenger`, who it is, and `said`, all that the row says beside."""
    ids = [*(one.id for one in definition.domains), *(one.id for one in definition.questions)]
    columns = ["operator", "period", "cluster", "stratum", "weight", *ids]
    rows = zip(*(frame[one] for one in columns), strict=True)
    said = pd.Series(["\x1f".join(map(str, row)) for row in rows], index=frame.index)
    again = said.groupby(said).cumcount()
    who = [
        "\x1f".join((period, operator, person) if person else (told, str(turn)))
        for period, operator, person, told, turn in zip(
            frame["period"], frame["operator"], frame["respondent"], said, again, strict=True
        )
    ]
    return frame.assign(passenger=who, said=said)


def _questions(
    frame: pd.DataFrame, definition: PassengersDefinition, names: Mapping[str, object]
) -> Iterator[Row]:
    for one in definition.questions:
        answered = frame[frame[one.id].notna()]
        cell = cell_of({**names, "question": one.id})
        columns = (answered[name] for name in (one.id, "weight", "cluster"))
        told = ["\x1f".join(map(str, row)) for row in zip(*columns, strict=True)]
        yield from _rows(answered, cell, told)


def _domains(
    frame: pd.DataFrame, definition: PassengersDefinition, names: Mapping[str, object]
) -> Iterator[Row]:
    for dimension in (one.id for one in definition.domains if (frame[one.id] != "").any()):
        named = frame[dimension].mask(frame[dimension] == "", NOT_TOLD)
        for part in definition.parts:
            score = frame[column_of(part.id)]
            for domain, own in frame[score.notna()].groupby(named, sort=True):
                cell = cell_of({**names, "question": part.id, "dimension": dimension, "domain": domain})
                yield from _rows(own, cell, own["said"].tolist())


def _rows(own: pd.DataFrame, cell: str, said: Sequence[str]) -> Iterator[Row]:
    for who, weight, told in zip(own["passenger"], own["weight"], said, strict=True):
        yield str(who), cell, float(weight), told
