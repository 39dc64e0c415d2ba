"""Whom the figures of measures of answers count, cell by cell: respondents of projects, buyers of suppliers. None of
them is named; two releases are compared by them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ncsi.ingest.records import Records
from ncsi.results.measures.asked import Asked
from ncsi.results.measures.counted import Row, counted_frame
from ncsi.results.measures.scores import column_of, of_period, with_scores
from ncsi.spec.measures.answers import AnswersDefinition
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.projects import ProjectsDefinition
from ncsi.spec.measures.purchases import PurchasesDefinition
from ncsi.tables import cell_of

FEWEST, LARGEST = 5, 0.4
"""Respondents that a figure of a project may be of, and the share of it that one may carry."""


def projects_counted(plan: MeasurePlan[ProjectsDefinition], records: Records, asked: Asked) -> pd.DataFrame:
    """Respondents in the score of their project and of its builder, in which every project counts once."""
    own = _answered(plan.definition, records, asked)
    shares = own["weight"].fillna(1.0)
    own = own.assign(share=shares / shares.groupby(own["project"]).transform("sum"))
    rows = [
        row
        for name in ("project", "builder")
        for row in _in_cells(own, (name,), own["share"], name == "project")
    ]
    return counted_frame(rows, asked.period, FEWEST, LARGEST)


def purchases_counted(plan: MeasurePlan[PurchasesDefinition], records: Records, asked: Asked) -> pd.DataFrame:
    """Buyers in the score of a supplier by volume, and in its plain mean."""
    own = _answered(plan.definition, records, asked)
    own = own.assign(person=own["buyer"])
    first = own.drop_duplicates(["material", "supplier", "buyer"])
    rule = plan.definition.dominance
    cells = ("material", "supplier")
    weighted = counted_frame(
        _in_cells(first, cells, first["volume"], True), asked.period, rule.buyers, rule.largest
    )
    plain = counted_frame(
        ((unit, f"{cell}\nplain", 1.0, "") for unit, cell, _, _ in _in_cells(first, cells, first["volume"], False)),
        asked.period, rule.buyers, LARGEST,
    )  # fmt: skip
    return pd.concat([weighted, plain[~plain["cell"].isin(weighted["cell"])]], ignore_index=True)


def _answered(definition: AnswersDefinition, records: Records, asked: Asked) -> pd.DataFrame:
    """Records with a score of the main part; `person`: who answered, by what the record says where it has no id;
    `said`: all answers."""
    own = with_scores(of_period(records, asked.period), definition)
    own = own[own[column_of(definition.main)].notna()].reset_index(drop=True)
    answers = _joined(own, [one.id for one in definition.questions])
    keys = _joined(own, [name for name in ("project", "role", "supplier") if name in own])
    said = keys + "\x1e" + answers
    twin = said.groupby(said).cumcount().astype(str)
    return own.assign(
        said=answers, person=own["respondent"].where(own["respondent"] != "", said + "\x1e" + twin)
    )


def _joined(frame: pd.DataFrame, names: list[str]) -> pd.Series:
    """A text a row of what these columns hold."""
    columns = [[str(value) for value in frame[name]] for name in names]
    return pd.Series(
        ["\x1f".join(row) for row in zip(*columns, strict=True)], index=frame.index, dtype=object
    )


def _in_cells(own: pd.DataFrame, names: tuple[str, ...], weight: pd.Series, telling: bool) -> Iterator[Row]:
    """A row a respondent in the cell of its values of `names`; `telling`: with its answers."""
    for person, said, share, *values in zip(
        own["person"], own["said"], weight, *(own[name] for name in names), strict=True
    ):
        yield (
            str(person),
            cell_of(dict(zip(names, map(str, values), strict=True))),
            float(share),
            said if telling else "",
        )
