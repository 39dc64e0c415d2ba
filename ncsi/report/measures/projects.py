"""The report on construction projects, over all of them and of each: builders over their projects, projects with their
own estimate and the one drawn towards their kind, roles apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ncsi.report import text
from ncsi.report.axis_rows import axis_of
from ncsi.report.content.grids import Fact, Grid, cell, grid
from ncsi.report.content.heading import Heading
from ncsi.report.measures.answers_rows import (
    NO_LINE,
    BuilderRow,
    OneOfAnswers,
    ProjectRow,
    axis_row,
    by_score,
    figure,
    rank_set,
)
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasurePage, MeasurePages, MeasureSection
from ncsi.report.measures.tables import WHOLE
from ncsi.report.result_rows import Tables, read
from ncsi.report.text import NONE, NOTHING, Pair, phrase
from ncsi.spec.measures import MeasurePlan, ProjectsDefinition
from ncsi.tables import OUT_PROJECTS, OUT_PROJECTS_BY_BUILDER, TABLES_OF_KIND

FILES = TABLES_OF_KIND["projects"]


@dataclass(frozen=True, slots=True, eq=False)
class OneProjects(OneOfAnswers):
    """The tables of projects, and the definition of their measure."""

    definition: ProjectsDefinition

    @property
    def projects(self) -> list[ProjectRow]:
        """Projects by the main part, the highest first."""
        own = [row for row in self.all if row.part == self.definition.main and not row.role]
        return [row for row in by_score(own) if isinstance(row, ProjectRow)]

    @property
    def all(self) -> list[ProjectRow]:
        """Every part, project and role."""
        return read(ProjectRow, self.frame(OUT_PROJECTS.name))

    @property
    def builders(self) -> list[BuilderRow]:
        """Builders by the main part, the highest first."""
        own = [row for row in self.every_builder if row.part == self.definition.main and row.unit != WHOLE]
        return [row for row in by_score(own) if isinstance(row, BuilderRow)]

    @property
    def every_builder(self) -> list[BuilderRow]:
        """Every part and builder."""
        return read(BuilderRow, self.frame(OUT_PROJECTS_BY_BUILDER.name))

    @property
    def whole(self) -> BuilderRow | None:
        """All projects that are shown, by the main part."""
        own = [row for row in self.every_builder if row.part == self.definition.main and row.unit == WHOLE]
        return own[0] if own else None

    def role(self, role: str) -> Pair:
        """What a role is called."""
        return next(
            (text.pair(one.label) for one in self.definition.roles if one.id == role), text.same(role)
        )


def projects_pages(
    tables: Tables, plan: MeasurePlan[ProjectsDefinition], head: Heading, folder: str = ""
) -> MeasurePages:
    """The pages of projects from the disclosed tables of their release: one of each project that is shown."""
    one = OneProjects(tables, plan.id, plan.definition)
    up = "../" * len(Path(folder).parts)
    return MeasurePages(
        folder,
        replace(_main(one, head), up=up),
        tuple(replace(_project(one, row, head), up=f"{up}../") for row in one.projects if row.shown),
    )


def _main(one: OneProjects, head: Heading) -> MeasurePage:
    whole, projects = one.whole, one.projects
    shown = [row for row in projects if row.shown]
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit="",
        name=NOTHING,
        kind=phrase("projects_kind"),
        headline=_headline(one),
        score_name=phrase("projects_score_of_all", part=one.main),
        value=NONE if whole is None else text.number(whole.score),
        interval=text.NOTHING
        if whole is None or pd.isna(whole.low)
        else text.interval(whole.low, whole.high),
        verdict=NOTHING,
        findings=tuple(_findings(one, shown)),
        facts=(
            Fact(text.count(len(projects)), one.about.units_name),
            Fact(text.count(len(shown)), phrase("projects_shown_fact")),
            Fact(text.count(len(one.builders)), phrase("projects_builders_fact")),
            Fact(text.count(sum(row.n for row in projects)), phrase("answers_fact")),
        ),
        sections=tuple(made for made in (_builders(one), _projects(one)) if made is not None),
        grids=(_by_part(one),),
        method=one.shown_of(
            ("projects_unit", "projects_drawn", "projects_builder", "answers_scoring", "projects_shown")
        ),
        files=FILES,
    )


def _headline(one: OneProjects) -> Pair:
    placed = [row for row in one.builders if row.shown and not pd.isna(row.rank_low)]
    first = [row for row in placed if row.rank_low == 1]
    if not first or len(first) == len(placed):
        return phrase("projects_headline_plain", n=text.count(len(one.projects)), builders=len(one.builders))
    return phrase("projects_headline_first", names=text.joined([row.name for row in first]), n=len(first))


def _findings(one: OneProjects, shown: list[ProjectRow]) -> Iterator[Pair]:
    whole = one.whole
    if whole is not None and whole.shown:
        yield phrase("projects_told_all", n=text.count(whole.projects), score=text.number(whole.score),
                     interval=text.interval(whole.low, whole.high))  # fmt: skip
    sure = [row for row in shown if not pd.isna(row.drawn_low) and row.drawn_high < row.toward_0_100]
    if sure:
        yield phrase(
            "projects_told_below", n=text.count(len(sure)), names=text.joined([row.name for row in sure[:3]])
        )
    elif any(not pd.isna(row.drawn_low) for row in shown):
        yield phrase("projects_told_none_below")
    parts = [
        row
        for row in one.every_builder
        if row.unit == WHOLE and row.shown and row.part != one.definition.main
    ]
    if len(parts) > 1:
        lowest = min(parts, key=lambda row: row.score)
        yield phrase("answers_told_lowest", part=one.parts[lowest.part], score=text.number(lowest.score))
    hidden = len(one.projects) - len(shown)
    if hidden:
        yield phrase("projects_told_hidden", n=text.count(hidden))


def _builders(one: OneProjects) -> MeasureSection | None:
    rows = tuple(
        axis_row(
            row.name, row,
            (cell(rank_set(row.rank_low, row.rank_high)), cell(text.count(row.projects)), cell(text.count(row.n))),
        )
        for row in one.builders
    )  # fmt: skip
    whole = one.whole
    if not rows:
        return None
    line = whole.score if whole is not None and whole.shown else NO_LINE
    return MeasureSection(
        "builders", phrase("projects_builders"), phrase("projects_builder"), one.main,
        tuple(phrase(key) for key in ("answers_rank_set", "projects_count", "answers_n")), rows,
        axis_of(rows, *([line] if line >= 0 else [])), line, phrase("projects_builders_note", **_level(one)),
    )  # fmt: skip


def _projects(one: OneProjects) -> MeasureSection | None:
    rows = tuple(
        axis_row(
            row.name, row,
            (cell(_drawn(row), text.interval(row.drawn_low, row.drawn_high) if row.shown else ""),
             cell(text.count(row.n))),
            href=f"units/{unit_file(row.unit)}.html", below=text.same(row.builder),
        )
        for row in one.projects
    )  # fmt: skip
    if not rows:
        return None
    return MeasureSection(
        "projects", phrase("projects_title"), one.about.unit, one.main,
        tuple(phrase(key) for key in ("projects_drawn_head", "answers_n")), rows, axis_of(rows), NO_LINE,
        phrase("projects_note", **_level(one)),
    )  # fmt: skip


def _drawn(row: ProjectRow) -> str:
    return text.number(row.drawn_0_100) if row.shown else NONE


def _by_part(one: OneProjects) -> Grid:
    at = {(row.unit, row.part): row for row in one.every_builder}
    rows = [
        [cell(row.name), *(figure(at.get((row.unit, part))) for part in one.parts)] for row in one.builders
    ]
    return grid("projects_by_part", [phrase("projects_builder"), *one.parts.values()], rows,
                phrase("answers_by_part_note", **_level(one)))  # fmt: skip


def _project(one: OneProjects, row: ProjectRow, head: Heading) -> MeasurePage:
    own = [each for each in one.all if each.unit == row.unit]
    return MeasurePage(
        **(head | {"title": one.about.name, "label": one.period}),
        measure=one.measure,
        unit=row.unit,
        name=row.name,
        kind=phrase("projects_kind"),
        headline=_project_headline(row),
        score_name=phrase("projects_own_score", part=one.main),
        value=text.number(row.score),
        interval=text.NOTHING if pd.isna(row.low) else text.interval(row.low, row.high),
        verdict=NOTHING,
        findings=tuple(_told_of(row)),
        facts=(
            Fact(text.count(row.n), phrase("answers_fact")),
            Fact(
                NONE if pd.isna(row.population) else text.count(int(row.population)),
                phrase("projects_people"),
            ),
        ),
        sections=(_parts(one, own),),
        grids=tuple(made for made in (_roles(one, own),) if made.rows),
        files=FILES,
        editions=("both",),
        pdf=unit_file(row.unit),
        whole="../index.html",
    )


def _project_headline(row: ProjectRow) -> Pair:
    if pd.isna(row.drawn_low):
        return phrase("projects_headline_own", n=row.n)
    if row.drawn_high < row.toward_0_100:
        return phrase("projects_headline_below")
    if row.drawn_low > row.toward_0_100:
        return phrase("projects_headline_above")
    return phrase("projects_headline_alike")


def _told_of(row: ProjectRow) -> Iterator[Pair]:
    yield phrase("projects_told_builder", builder=row.builder, kind=row.type or NONE)
    if pd.isna(row.low):
        yield phrase("projects_told_no_interval")
    if not pd.isna(row.drawn_0_100):
        yield phrase(
            "projects_told_drawn", own=text.share(row.own_share), toward=text.number(row.toward_0_100),
            drawn=text.number(row.drawn_0_100), interval=text.interval(row.drawn_low, row.drawn_high),
        )  # fmt: skip


def _parts(one: OneProjects, own: list[ProjectRow]) -> MeasureSection:
    """The parts of a project, each beside the mean of its kind."""
    rows = tuple(
        axis_row(
            one.parts[row.part], row,
            (cell(_drawn(row), text.interval(row.drawn_low, row.drawn_high) if row.shown else ""),
             cell(text.number(row.toward_0_100)), cell(text.count(row.n))),
        )
        for part in one.parts for row in own if row.part == part and not row.role
    )  # fmt: skip
    return MeasureSection(
        "parts", phrase("answers_parts"), phrase("answers_part"), phrase("answers_score"),
        tuple(phrase(key) for key in ("projects_drawn_head", "projects_kind_mean", "answers_n")), rows, axis_of(rows),
        NO_LINE, phrase("projects_parts_note", **_level(one)),
    )  # fmt: skip


def _roles(one: OneProjects, own: list[ProjectRow]) -> Grid:
    roles = list(dict.fromkeys(row.role for row in own if row.role))
    at = {(row.role, row.part): row for row in own}
    rows = [[cell(one.role(role)), *(figure(at.get((role, part))) for part in one.parts)] for role in roles]
    return grid(
        "projects_roles", [phrase("projects_role"), *one.parts.values()], rows, phrase("projects_roles_note")
    )


def _level(one: OneOfAnswers) -> dict[str, str]:
    return {"level": f"{100 * one.about.level:g}"}
