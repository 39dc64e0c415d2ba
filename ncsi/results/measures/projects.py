"""Construction projects: each with its own interval and its estimate drawn towards others, roles apart; builders over
their projects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite.measures.small_groups import builder_mean, drawn, small_means
from ncsi.ingest.records import Records
from ncsi.results.measures.asked import WHOLE, Asked
from ncsi.results.measures.places import PUBLISHED, Status, with_places, without_places
from ncsi.results.measures.scores import column_of, of_period, with_scores
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.projects import ProjectsDefinition
from ncsi.tables import OUT_PROJECTS, OUT_PROJECTS_BY_BUILDER

Row = dict[str, Any]
_SHRUNK = ("drawn_0_100", "drawn_se", "drawn_low", "drawn_high", "toward_0_100", "own_share")


def projects_tables(
    plan: MeasurePlan[ProjectsDefinition],
    records: Records,
    asked: Asked,
    project_status: Status,
    builder_status: Status,
) -> dict[str, pd.DataFrame]:
    """Tables of projects and of builders, by name, without `wave` and `measure`.

    `project_status`, `builder_status`: which rows may be shown (`ncsi.disclosure`). Only those are drawn towards each
    other and ranked: what is drawn would otherwise tell of what is hidden. Raises CompositeError for a period without
    answers.
    """
    own = with_scores(of_period(records, asked.period), plan.definition)
    projects = pd.concat(
        [_of_part(own, part.id, asked.level) for part in plan.definition.parts], ignore_index=True
    )
    projects = projects.assign(status=project_status(projects))
    projects = _drawn(projects, plan.definition, asked.level)
    rows = [
        row
        for part in plan.definition.parts
        for row in _builders(projects[projects["part"] == part.id], part.id, asked.level)
    ]
    builders = pd.DataFrame(rows)
    builders = builders.assign(status=builder_status(builders))
    builders = _ranked(builders, plan.definition.main, asked)
    return {OUT_PROJECTS.name: projects, OUT_PROJECTS_BY_BUILDER.name: builders}


def _of_part(own: pd.DataFrame, part: str, level: float) -> pd.DataFrame:
    """A row a project, and one a role where a project has several; also of those that nobody answered for."""
    people = own.drop_duplicates(["project", "role"])
    total = people.groupby("project")["population"].sum(min_count=1)
    work = own.assign(value=own[column_of(part)], weight=own["weight"].fillna(1.0))
    answered = work[work["value"].notna()]
    whole = small_means(answered.assign(population=answered["project"].map(total)), ["project"], level)
    several = own.groupby("project")["role"].nunique()
    by_role = answered[answered["project"].map(several) > 1]
    roles = small_means(by_role, ["project", "role"], level)
    found = pd.concat([whole.assign(role=""), roles], ignore_index=True)
    keys = pd.concat(
        [
            people[["project"]]
            .drop_duplicates()
            .assign(role="", population=lambda one: one["project"].map(total)),
            people.loc[people["project"].map(several) > 1, ["project", "role", "population"]],
        ],
        ignore_index=True,
    )
    found = keys.merge(found.drop(columns="population"), on=["project", "role"], how="left")
    about = own.drop_duplicates("project").set_index("project")
    return pd.DataFrame(
        {
            "part": part, "unit": found["project"], "label_zh": found["project"], "label_en": found["project"],
            "builder": found["project"].map(about["builder"]), "type": found["project"].map(about["type"]),
            "role": found["role"], "n": found["n"].fillna(0).astype("int64"),
            "population": found["population"].astype("Int64"), "weight": found["weight"].fillna(0.0),
            "largest_share": found["largest_share"], "score": found["score"], "se": found["se"], "df": found["df"],
            "low": found["low"], "high": found["high"], "within": found["within"], "design": found["design"],
        }
    ).sort_values(["builder", "unit", "role"], kind="stable", ignore_index=True)  # fmt: skip


def _drawn(projects: pd.DataFrame, definition: ProjectsDefinition, level: float) -> pd.DataFrame:
    """With what projects that are shown, and not of all who could be asked, are drawn to."""
    found = projects.assign(**dict.fromkeys(_SHRUNK, math.nan))
    told = (projects["role"] == "") & (projects["status"] == PUBLISHED) & (projects["design"] > 0)
    for _, own in projects[told].groupby("part", sort=False):
        groups = own[definition.toward].tolist() if definition.toward != "all" else [""] * len(own)
        shrunk = drawn(own, groups)
        if shrunk is None:
            continue
        low, high = np.clip([shrunk.low(level), shrunk.high(level)], 0, 100)
        columns = (np.clip(shrunk.estimate, 0, 100), shrunk.se, low, high, shrunk.toward, shrunk.own)
        for name, values in zip(_SHRUNK, columns, strict=True):
            found.loc[own.index, name] = values
    return found.drop(columns=["within", "design"])


def _builders(projects: pd.DataFrame, part: str, level: float) -> Iterator[Row]:
    """All projects that are shown together, then each builder over all of its own."""
    answered = projects[(projects["role"] == "") & (projects["n"] > 0)]
    shown = answered[answered["status"] == PUBLISHED]
    yield {
        "part": part,
        "unit": WHOLE,
        "builder": WHOLE,
        "role": "",
        "label_zh": "已公布项目",
        "label_en": "Projects shown",
        **_mean(shown, level),
    }
    for name in sorted(set(projects["builder"])):
        own = answered[answered["builder"] == name]
        yield {
            "part": part,
            "unit": name,
            "builder": name,
            "role": "",
            "label_zh": name,
            "label_en": name,
            **_mean(own, level),
        }


def _mean(projects: pd.DataFrame, level: float) -> Row:
    if projects.empty:
        blank = dict.fromkeys(("largest_share", "score", "se", "df", "low", "high"), math.nan)
        return {"projects": 0, "n": 0, **blank}
    shown = (projects["status"] == PUBLISHED).to_numpy(dtype=bool)
    return asdict(builder_mean(projects, level, shown if shown.any() else None))


def _ranked(builders: pd.DataFrame, main: str, asked: Asked) -> pd.DataFrame:
    """Places of builders with an interval, by the main part."""
    own = builders[
        (builders["part"] == main) & (builders["unit"] != WHOLE) & (builders["status"] == PUBLISHED)
    ]
    return with_places(without_places(builders), own, asked)
