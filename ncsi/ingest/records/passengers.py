"""Answers of passengers, a row a passenger: their fields, and what rows must not say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.records.answers import WEIGHT, answer_checks, answer_fields, positive
from ncsi.ingest.records.fields import Field, fault_at
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures.passengers import PassengersDefinition

OPERATOR = Field(
    "operator", "name", Label(zh="运营企业", en="Operator"), ("运营商", "承运人", "铁路局", "航空公司")
)
STRATUM = Field("stratum", "text", Label(zh="层", en="Stratum"), ("抽样层", "strata"), required=False)


def cluster_field(definition: PassengersDefinition) -> Field:
    """What was drawn first: the train or flight."""
    label = Label(zh=definition.cluster.zh, en=definition.cluster.one.capitalize())
    names = (f"{label.zh}次", f"{label.zh}号", "车次", "航班", "航班号", "train", "flight")
    return Field("cluster", "text", label, names, told=False)


def passengers_fields(definition: PassengersDefinition) -> tuple[Field, ...]:
    """Operator, cluster, stratum, weight, domains, period, answers."""
    cluster = cluster_field(definition)
    return (OPERATOR, cluster, STRATUM, WEIGHT, *_domain_fields(definition), *answer_fields(definition))


def _domain_fields(definition: PassengersDefinition) -> tuple[Field, ...]:
    return tuple(
        Field(one.id, "text", one.label, one.names, required=False, told=False, published=True)
        for one in definition.domains
    )


def passengers_checks(definition: PassengersDefinition) -> Checks:
    """What rows of answers of passengers must not say together."""
    return partial(_checks, definition)


def _checks(definition: PassengersDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    faults = [*answer_checks(frame, rows, definition, ("operator",)), *positive(frame, rows, WEIGHT)]
    faults += _without_stratum(frame, rows)
    if definition.lonely == "error":
        faults += _lonely(frame, rows, definition)
    return faults


def _without_stratum(frame: pd.DataFrame, rows: Sequence[int]) -> Iterator[CellFault]:
    given = frame["stratum"] != ""
    if given.any():
        for row in (row for row, told in zip(rows, given, strict=True) if not told):
            yield fault_at(
                row, STRATUM, "", "the cell is empty, and others of the column are not", "Fill all or none"
            )


def _lonely(
    frame: pd.DataFrame, rows: Sequence[int], definition: PassengersDefinition
) -> Iterator[CellFault]:
    """A stratum of one cluster, where an operator has several strata: its variance cannot be known."""
    own = frame.assign(row=list(rows))
    for _, operator in own.groupby(["period", "operator"], sort=False):
        if operator["cluster"].nunique() == 1:
            continue  # it has no errors at all, and its page says so
        for name, part in operator.groupby("stratum", sort=False):
            if part["cluster"].nunique() == 1:
                problem = (
                    f"the stratum has one {definition.cluster.one} only, so its error cannot be estimated"
                )
                cure = "Join it to a similar one, or declare `lonely: average` or `adjust` in the definition"
                yield fault_at(int(part["row"].iloc[0]), STRATUM, str(name), problem, cure)
