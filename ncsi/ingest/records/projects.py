"""Answers about construction projects, a row a respondent: their fields, and what rows must not say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pandas as pd

from ncsi.ingest.figures.faults import CellFault
from ncsi.ingest.records.answers import (
    PERIOD_FIELD,
    WEIGHT,
    answer_checks,
    answer_fields,
    one_of_each,
    positive,
)
from ncsi.ingest.records.fields import Field, fault_at
from ncsi.ingest.records.reading import Checks
from ncsi.spec.building_blocks import Label
from ncsi.spec.measures.projects import ProjectsDefinition

PROJECT = Field("project", "name", Label(zh="项目", en="Project"), ("项目名称", "工程名称", "工程"))
BUILDER = Field(
    "builder", "name", Label(zh="建设企业", en="Builder"), ("施工企业", "承建单位", "开发企业", "企业")
)
TYPE = Field(
    "type",
    "text",
    Label(zh="项目类型", en="Type of project"),
    ("工程类型", "类型"),
    required=False,
    published=True,
)
POPULATION = Field(
    "population", "count", Label(zh="应答人数", en="People who could answer"), ("业主总数", "户数", "总人数"),
    required=False, told=False,
)  # fmt: skip
_TWO = "Correct one of the rows, or give two projects names of their own"


def role_field(definition: ProjectsDefinition) -> Field:
    """Who answers."""
    words = {one.id: (one.label.zh, one.label.en, *one.names) for one in definition.roles}
    return Field(
        "role", "choice", Label(zh="身份", en="Role"), ("受访者身份", "角色"), words=words, told=False
    )


def projects_fields(definition: ProjectsDefinition) -> tuple[Field, ...]:
    """Project, builder, type, role, people of that role in the project, weight, period, answers."""
    return (PROJECT, BUILDER, TYPE, role_field(definition), POPULATION, WEIGHT, *answer_fields(definition))


def projects_checks(definition: ProjectsDefinition) -> Checks:
    """What rows of answers about projects must not say together."""
    return partial(_checks, definition)


def _checks(definition: ProjectsDefinition, frame: pd.DataFrame, rows: Sequence[int]) -> list[CellFault]:
    project = ("period", "project")
    return [
        *answer_checks(frame, rows, definition, ("project",)),
        *one_of_each(frame, rows, ("project",), BUILDER, "the project", _TWO),
        *one_of_each(frame, rows, ("project",), TYPE, "the project", _TWO),
        *one_of_each(frame, rows, (*project, "role"), POPULATION, "the role in this project"),
        *positive(frame, rows, WEIGHT),
        *_more_than_there_are(frame, rows, definition),
        *_of_some_roles(frame, rows),
        *_without_role(frame, rows, definition),
    ]


def _more_than_there_are(
    frame: pd.DataFrame, rows: Sequence[int], definition: ProjectsDefinition
) -> Iterator[CellFault]:
    """More respondents of a role than people of it in the project."""
    answered = frame[[one.id for one in definition.questions]].notna().any(axis=1)
    own = frame.assign(row=list(rows), answered=answered)
    for _, part in own.groupby([PERIOD_FIELD.id, PROJECT.id, "role"], sort=False):
        people, asked = part["population"].iloc[0], int(part["answered"].sum())
        if pd.notna(people) and asked > people:
            problem = f"{asked} of this role in the project answered, more than there are by this column"
            yield fault_at(int(part["row"].iloc[0]), POPULATION, "", problem, "Correct the number of people")


def _of_some_roles(frame: pd.DataFrame, rows: Sequence[int]) -> Iterator[CellFault]:
    """A number of people that is given of one role of a project and not of another."""
    own = frame.assign(row=list(rows))
    for _, part in own.groupby([PERIOD_FIELD.id, PROJECT.id], sort=False):
        given = part["population"].notna()
        if given.any() and not given.all():
            problem = "people are given of some roles of the project, and not of this one"
            yield fault_at(
                int(part.loc[~given, "row"].iloc[0]), POPULATION, "", problem, "Give all of them, or none"
            )


def _without_role(
    frame: pd.DataFrame, rows: Sequence[int], definition: ProjectsDefinition
) -> Iterator[CellFault]:
    """A project that lacks respondents of a role which every project must have."""
    own = frame.assign(row=list(rows))
    for (_, project), part in own.groupby([PERIOD_FIELD.id, PROJECT.id], sort=False):
        for role in definition.roles:
            if role.required and not (part["role"] == role.id).any():
                problem = f"no row of this project is of '{role.label.zh}' ({role.label.en})"
                cure = "Add their answers, or leave the project out"
                yield fault_at(int(part["row"].iloc[0]), PROJECT, str(project), problem, cure)
