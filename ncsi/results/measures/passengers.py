"""Surveys of passengers: an operator's parts and questions by its design, their places, and what is told of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import CompositeError
from ncsi.ingest.records import Records
from ncsi.model.inference.rank_sets import NORMAL_DRAWS, rank_frame
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.passenger_domains import changes, domains
from ncsi.results.measures.passenger_means import (
    Row,
    design_of_passengers,
    designed,
    influence,
    mean_rows,
    nobody,
    told_of,
)
from ncsi.results.measures.places import PLACES, PUBLISHED, Status, with_places, without_places
from ncsi.results.measures.scores import answer_periods, with_scores
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.tables import OUT_PASSENGERS, OUT_PASSENGERS_BY_DOMAIN, OUT_PASSENGERS_CHANGES, TABLES


@dataclass(frozen=True, slots=True)
class Statuses:
    """Which rows may be shown, of parts and questions and of domains (`ncsi.disclosure`): only those are tested and
    take places."""

    questions: Status
    domains: Status


def passengers_tables(
    plan: MeasurePlan[PassengersDefinition], records: Records, asked: Asked, statuses: Statuses
) -> dict[str, pd.DataFrame]:
    """Tables of operators, their domains and changes, by name, without `wave` and `measure`.

    Raises CompositeError for a period without answers.
    """
    own, definition = designed(with_scores(records.frame, plan.definition)), plan.definition
    periods = answer_periods(records)
    if asked.period not in periods:
        told = ", ".join(periods)
        raise CompositeError(records.name, f"it has no answers of {asked.period}", f"Its periods are: {told}")
    rows, parts, moved = [], [], []
    for operator in sorted(set(own.loc[own["period"] == asked.period, "operator"])):
        of = own[own["operator"] == operator]
        now = of[of["period"] == asked.period].reset_index(drop=True)
        figures = _figures(now, operator, definition, asked, statuses)
        rows.append(_with_question_places(figures, now, definition, asked))
        parts.append(domains(now, figures, definition, asked, statuses.domains))
        earlier = before(periods, asked.period, set(of["period"]))
        if earlier is not None:
            last = of[of["period"] == earlier].reset_index(drop=True)
            was = _figures(last, operator, definition, asked, statuses)
            moved.append(changes(now, last, figures, was, definition, asked))
    whole = pd.concat(rows, ignore_index=True)
    if definition.comparable:
        whole = _with_operator_places(whole, asked)
    return {
        OUT_PASSENGERS.name: _framed(OUT_PASSENGERS.name, [whole]),
        OUT_PASSENGERS_BY_DOMAIN.name: _framed(OUT_PASSENGERS_BY_DOMAIN.name, parts),
        OUT_PASSENGERS_CHANGES.name: _framed(OUT_PASSENGERS_CHANGES.name, moved),
    }


def passengers_units(_plan: MeasurePlan[PassengersDefinition], records: Records) -> int:
    """Operators in the records."""
    return int(records.frame["operator"].nunique())


def before(periods: Sequence[str], period: str, there: set[str]) -> str | None:
    """The last of the periods before one, of those that are there; None without one."""
    earlier = [one for one in periods[: list(periods).index(period)] if one in there]
    return earlier[-1] if earlier else None


def _framed(name: str, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    columns = [one for one in TABLES[name].names if one not in ("wave", "measure")]
    some = [one for one in parts if len(one)]
    if not some:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(some, ignore_index=True)
    return frame.assign(label_zh=frame["unit"], label_en=frame["unit"])[columns]


def _figures(
    frame: pd.DataFrame, operator: str, definition: PassengersDefinition, asked: Asked, statuses: Statuses
) -> pd.DataFrame:
    design = design_of_passengers(frame, definition)
    rows: list[Row] = []
    for one in told_of(definition):
        found = mean_rows(frame, one.column, design, None, asked.level)
        rows.append({"unit": operator, **one.keys, **(found[0] if found else nobody())})
    figures = pd.DataFrame(rows)
    return figures.assign(status=statuses.questions(figures))


def _with_question_places(
    figures: pd.DataFrame, frame: pd.DataFrame, definition: PassengersDefinition, asked: Asked
) -> pd.DataFrame:
    """With the places of the questions that are shown, which the same passengers answered: by their joint errors."""
    found = without_places(figures)
    own = figures[(figures["level"] == "question") & (figures["status"] == PUBLISHED) & figures["se"].notna()]
    if len(own) < 2:
        return found
    everyone = np.ones(len(frame), dtype=bool)
    parts: list[Array] = [influence(frame, str(one), everyone) for one in own["question"]]
    covariance = design_of_passengers(frame, definition).covariance(np.column_stack(parts))
    stream = np.random.Generator(np.random.Philox(key=[asked.seed, 14]))
    estimates = own["score"].to_numpy(dtype=float)
    draws = stream.multivariate_normal(estimates, covariance, NORMAL_DRAWS, method="eigh")
    ranks = rank_frame(estimates, draws, asked.level, own["df"].to_numpy(dtype=float))
    for name in PLACES:
        found.loc[own.index, name] = ranks[name].to_numpy()
    return found


def _with_operator_places(rows: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """With the places of operators by part, whose passengers were drawn apart."""
    found = rows
    parts = rows[(rows["level"] == "part") & (rows["status"] == PUBLISHED)]
    for _, own in parts.groupby("question", sort=False):
        found = with_places(found, own, asked)
    return found
