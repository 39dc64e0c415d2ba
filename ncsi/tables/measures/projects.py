"""Construction projects and their builders."""

from __future__ import annotations

from ncsi.tables.adding_up import AddsUp
from ncsi.tables.base import LARGEST, Column, Table, integer, number, text
from ncsi.tables.measures.answers import PART, SCORE, STATUS, T_INTERVAL
from ncsi.tables.measures.common import LABELS, MEASURE, NAMED, RELEASE, UNIT
from ncsi.tables.rules import SmallBuilders, SmallProjects

OUT_PROJECTS = Table(
    "out_projects",
    "Construction projects by part and role: own estimate, and the one drawn towards projects of its kind",
    ("wave", "measure", "part", "unit", "role"),
    (
        RELEASE,
        MEASURE,
        PART,
        UNIT,
        *LABELS,
        text("builder", "builder of the project"),
        text("type", "type of project; empty where files do not tell it"),
        text("role", "role of the respondents; empty for all of them together"),
        integer("n", "respondents with a score", "respondents"),
        integer("population", "people who could have answered; blank where it is not known", "respondents", True),
        number("weight", "sum of the respondents' weights", "as the file", True, 4, limits=(0, float("inf"))),
        number("largest_share", LARGEST.about, "0-1", nullable=True),
        SCORE,
        *T_INTERVAL,
        number("drawn_0_100", "estimate drawn towards the mean of its kind", "0-100", nullable=True),
        number("drawn_se", "root mean squared error of it", "points", True, 3),
        Column("drawn_low", "number", "lower end of its interval", "0-100", True, 2, estimate="drawn_0_100"),
        number("drawn_high", "upper end of it", "0-100", nullable=True),
        number("toward_0_100", "mean that it is drawn towards", "0-100", nullable=True),
        number("own_share", "weight of its own estimate in the drawn one", "0-1", nullable=True),
        STATUS,
    ),
    disclosure=(
        NAMED,
        SmallProjects((
            "weight", "largest_share", "score", "se", "df", "low", "high",
            "drawn_0_100", "drawn_se", "drawn_low", "drawn_high", "toward_0_100",
            "own_share",
        )),
    ),
    may_be_empty=True,
    adds_up=(
        AddsUp(
            "score", "mean", "unit", ("measure", "part", "builder", "role"), of="out_projects_by_builder", total="score"
        ),
        AddsUp("score", "weighted", "role", ("measure", "part", "unit"), weight="weight"),
    ),
)  # fmt: skip
OUT_PROJECTS_BY_BUILDER = Table(
    "out_projects_by_builder",
    "Builders by part: mean of their projects, each counted once; places in sets that hold for all at once",
    ("wave", "measure", "part", "unit"),
    (
        RELEASE,
        MEASURE,
        PART,
        text("unit", "builder; `all` for the projects that are shown, together"),
        text("builder", "the same: what projects name it by"),
        text("role", "empty: respondents of all roles together"),
        *LABELS,
        integer("projects", "projects with answers", "projects"),
        integer("n", "respondents with a score", "respondents"),
        number(
            "largest_share", "largest share of the mean that one respondent carries", "0-1", nullable=True
        ),
        number("score", "mean of its projects", "0-100", nullable=True),
        *T_INTERVAL,
        integer("rank", "place among builders with an interval, by the main part", "rank", nullable=True),
        integer("rank_low", "best place that cannot be ruled out, for all at once", "rank", nullable=True),
        integer("rank_high", "worst place that cannot be ruled out", "rank", nullable=True),
        STATUS,
    ),
    disclosure=(
        NAMED,
        SmallBuilders(("largest_share", "score", "se", "df", "low", "high", "rank", "rank_low", "rank_high")),
    ),
    may_be_empty=True,
)
