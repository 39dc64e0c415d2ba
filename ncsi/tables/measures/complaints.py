"""Complaints: rates by firm and month, satisfaction with handling, control charts, breaks of definition or route.

Counts of complaints are of firms, and of nobody's person: a rate of few complaints is published with its interval.
Firms stand in these tables where the definition of the measure says that they are published by name; else all of them
together, where they are enough and none dominates.
"""

from __future__ import annotations

from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.measures.common import DEFINED, LABELS, MEASURE, RELEASE, UNIT
from ncsi.tables.rules import NamedUnits

_RATE = "complaints per million"
_FIRST, _LAST = text("first_month", "first month counted"), text("last_month", "last month counted")
_MONTH = text("month", "month, YYYY-MM")
_COUNTED = (
    integer("complaints", "complaints", "complaints"),
    number("items", "items handled", "items", digits=0, limits=(0, float("inf"))),
    number("per_million", "complaints per million items handled", _RATE, digits=2, limits=(0, float("inf"))),
    Column(
        "low", "number", "lower end of the exact Poisson interval", _RATE, False, 2, estimate="per_million"
    ),
    number("high", "upper end of it", _RATE, digits=2),
)
_AGAINST = (
    number("ratio_low", "lower end of the exact interval of the ratio", "times", True, digits=3),
    number("ratio_high", "upper end of it; blank where it has none", "times", True, digits=3),
    number("p", "exact p that the two rates are one (conditional binomial)", "0-1", True, digits=6),
    number("p_holm", "the same by Holm's correction", "0-1", True, digits=6),
)

OUT_COMPLAINTS_BY_FIRM = Table(
    "out_complaints_by_firm",
    "Complaints per million of every firm in the month and in the twelve months to it, against the other firms",
    ("wave", "measure", "span", "unit"),
    (
        RELEASE,
        MEASURE,
        text("span", "month, or year (twelve months to it, or as many as a break leaves)"),
        UNIT,
        *LABELS,
        _FIRST,
        _LAST,
        integer("months", "months counted", "months"),
        *_COUNTED,
        number(
            "ratio", "its rate over that of all other firms; blank for all of them", "times", True, digits=3
        ),
        *_AGAINST,
        text(
            "verdict",
            "higher, lower or no_significant_difference by p_holm among the firms of a span; not_compared where "
            "complaints come by different routes, or nobody has any; empty for all of them together",
        ),
    ),
    disclosure=(NamedUnits("measure", ("span",), ("complaints", "items")),),
    may_be_empty=True,
)
OUT_COMPLAINTS_BY_MONTH = Table(
    "out_complaints_by_month",
    "Complaints per million by firm and month, against the same month a year before",
    ("wave", "measure", "unit", "month"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        _MONTH,
        Column("season", "flag", "whether the month is in the season, which is compared with the same month only"),
        *_COUNTED,
        number("ratio", "its rate over that of the same month a year before", "times", True, digits=3),
        *_AGAINST,
        text(
            "verdict",
            "rose, fell or no_significant_change by p_holm among the last twelve months of a unit; trend_break where a "
            "break lies between; empty where there is no such month, or it is not one of the last twelve",
        ),
    ),
    disclosure=(NamedUnits("measure", ("month",), ("complaints", "items")),),
    may_be_empty=True,
)  # fmt: skip
OUT_COMPLAINTS_HANDLING = Table(
    "out_complaints_handling",
    "Share of valid complaints whose handling satisfied, by series, in the month and in the year, against the target",
    ("wave", "measure", "span", "unit", "series"),
    (
        RELEASE,
        MEASURE,
        text("span", "month, or year (twelve months to it, or as many as a break leaves)"),
        UNIT,
        *LABELS,
        text("series", "whose handling: id of the series"),
        text("series_zh", "the same in Chinese"),
        text("series_en", "the same in English"),
        Column("meant", "flag", "whether the target is meant of this series"),
        _FIRST,
        _LAST,
        integer("satisfied", "valid complaints whose handling satisfied", "complaints"),
        integer("valid", "valid complaints", "complaints"),
        number("share", "satisfied over valid", "0-1"),
        Column("low", "number", "lower end of Wilson's interval", "0-1", False, 4, estimate="share"),
        number("high", "upper end of it", "0-1"),
        number("line", "target", "0-1"),
        text("verdict", "met, missed or undecided: the interval above, below or around the target"),
    ),
    disclosure=(NamedUnits("measure", ("span", "series")),),
    may_be_empty=True,
)
OUT_COMPLAINTS_CHART = Table(
    "out_complaints_chart",
    "Control charts by month: the rate (u) and handling (p, of the series that the target is meant of)",
    ("wave", "measure", "chart", "unit", "month"),
    (
        RELEASE,
        MEASURE,
        text("chart", "rate (u chart, complaints per million) or handling (p chart, shares)"),
        UNIT,
        *LABELS,
        _MONTH,
        integer("segment", "stretch between breaks, from 1", "segments"),
        Column("base", "flag", "whether the month is one of those that limits are frozen from"),
        Column("season", "flag", "whether the month is in the season"),
        integer("count", "complaints, or satisfied ones", "complaints"),
        number("n", "millions of items, or valid complaints", "as the chart", digits=6),
        number("value", "count over n", "as the chart", digits=5),
        number("centre", "mean of the base; blank in a stretch shorter than a base", "as the chart", True, digits=5),
        Column("limit_low", "number", "lower control limit", "as the chart", True, 5, estimate="centre"),
        number("limit_high", "upper control limit", "as the chart", True, digits=5),
        Column("plain_low", "number", "lower limit by chance alone, 3σ", "as the chart", True, 5, estimate="centre"),
        number("plain_high", "upper limit by chance alone", "as the chart", True, digits=5),
        number("spread", "σ of z in the base by moving ranges: 1 where months differ by chance alone", "times", True,
               digits=3),
        Column("adjusted", "flag", "whether limits are widened by it (Laney's p' or u'), as it exceeds 1.2"),
        text("signal", "beyond, run (8 on one side), trend (6 rising or falling), or empty"),
    ),
    disclosure=(NamedUnits("measure", ("chart", "month")),),
    may_be_empty=True,
)  # fmt: skip
OUT_COMPLAINTS_BREAKS = Table(
    "out_complaints_breaks",
    "Breaks of definition or route: nothing is compared over them",
    ("wave", "measure", "month"),
    (
        RELEASE,
        MEASURE,
        text("month", "first month of the new definition or route"),
        text("applies", "rate, handling or all"),
        text("reason_zh", "why, in Chinese"),
        text("reason_en", "why, in English"),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)
