"""Surveys of passengers: operators, their routes and classes, changes since the period before."""

from __future__ import annotations

from ncsi.tables.adding_up import AddsUp
from ncsi.tables.base import Column, Table, difference, integer, number, text
from ncsi.tables.measures.answers import PART, SCORE, STATUS, T_INTERVAL
from ncsi.tables.measures.common import LABELS, MEASURE, NAMED, RELEASE, UNIT
from ncsi.tables.rules import Cells, SmallDomains

_TOLD = (text("level", "part or question"), text("question", "id of the part or question"), PART)
_SAMPLE = (
    integer("n", "passengers with a score", "respondents"),
    number("n_eff", "effective sample size (Σw)²/Σw²", "respondents", nullable=True),
    integer("clusters", "trains or flights that they travelled by", "clusters"),
    number("largest_share", "largest share of the weight that one passenger carries", "0-1", nullable=True),
)
_DEFF = number(
    "deff", "variance over that of as many passengers drawn one by one; below 1 where strata help more than clusters "
    "harm", "times", nullable=True, digits=2, limits=(0, float("inf")),
)  # fmt: skip
_TEST = (
    Column("difference_low", "number", "lower end of its interval", "points", True, 2, estimate="difference"),
    number("difference_high", "upper end of it", "points", nullable=True),
    number("p", "two-sided p that there is none; blank where it cannot be tested", "0-1", True),
    number("p_holm", "the same by Holm's correction", "0-1", True),
)
_FIGURES = ("score", "se", "df", "low", "high", "deff")
_APART = ("difference", "difference_low", "difference_high", "p", "p_holm")

OUT_PASSENGERS = Table(
    "out_passengers",
    "Operators by part and question: means with errors of the design, and places",
    ("wave", "measure", "unit", "level", "question"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        *_TOLD,
        *_SAMPLE,
        SCORE,
        *T_INTERVAL,
        _DEFF,
        integer(
            "rank", "place of a question among those of its operator; of a part, of the operator among operators that "
            "are compared", "rank", nullable=True,
        ),
        integer("rank_low", "best place that cannot be ruled out, for all of them at once", "rank", nullable=True),
        integer("rank_high", "worst place that cannot be ruled out", "rank", nullable=True),
        STATUS,
    ),
    disclosure=(NAMED, SmallDomains((*_FIGURES, "rank", "rank_low", "rank_high"))),
    may_be_empty=True,
)  # fmt: skip
OUT_PASSENGERS_BY_DOMAIN = Table(
    "out_passengers_by_domain",
    "Routes, classes and other domains of an operator by part: means, and differences from the operator",
    ("wave", "measure", "unit", "level", "question", "dimension", "domain"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        *_TOLD,
        text("dimension", "column that passengers are told apart by"),
        text("domain", "value of it; (none) for those of whom it is not told"),
        *_SAMPLE,
        number("share", "share of the operator's weight", "0-1"),
        SCORE,
        *T_INTERVAL,
        _DEFF,
        difference("difference", "its mean less that of the operator, which it is part of", True),
        *_TEST,
        text(
            "verdict",
            "above, below or no_significant_difference by p_holm among the domains of a dimension; empty: not tested",
        ),
        STATUS,
    ),
    disclosure=(NAMED, SmallDomains((*_FIGURES, *_APART), domains=True)),
    adds_up=(
        AddsUp("score", "weighted", "domain", ("measure", "unit", "level", "question"), "share",
               of=OUT_PASSENGERS.name, total="score", by="dimension"),
    ),
    may_be_empty=True,
)  # fmt: skip
OUT_PASSENGERS_CHANGES = Table(
    "out_passengers_changes",
    "Changes of an operator since the period before, of what is shown in both",
    ("wave", "measure", "unit", "level", "question"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        *_TOLD,
        text("previous_period", "period before"),
        integer("n", "passengers with a score", "respondents"),
        integer("previous_n", "passengers with a score in the period before", "respondents"),
        number("n_eff", "effective sample size of the period that has the smaller", "respondents"),
        number("largest_share", "largest share of the weight that one passenger carries, of both periods", "0-1"),
        number("was_0_100", "mean of the period before", "0-100", True),
        number("score", "mean of this period", "0-100", True),
        difference("difference", "change of the mean", True),
        *_TEST,
        text("verdict", "rose, fell or no_significant_change by p_holm among parts, and among questions"),
    ),
    disclosure=(NAMED, Cells("n_eff", "subgroup", ("was_0_100", "score", *_APART))),
    may_be_empty=True,
)  # fmt: skip
