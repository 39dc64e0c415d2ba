"""Mystery visits: chains over their stores, items, stores, and whether it matters who goes.

Shoppers stand in no table; stores only where the definition of the measure says that they are published by name.
"""

from __future__ import annotations

from ncsi.tables.adding_up import AddsUp
from ncsi.tables.base import Column, Table, integer, number, text
from ncsi.tables.measures.common import DEFINED, LABELS, MEASURE, NAMED, RELEASE, UNIT
from ncsi.tables.rules import FewUnits, Public

_CHAIN = text("chain", "chain; empty text for all chains that have enough stores")
_INF = float("inf")
_SCORES = ("capped", "score", "se", "low", "high", "rank", "rank_low", "rank_high")
_RATES = ("asked", "passed", "n_eff", "rate", "low", "high")

OUT_VISITS_ITEMS = Table(
    "out_visits_items",
    "What shoppers look at: weight, whether failing it is critical, where it comes from",
    ("wave", "measure", "item"),
    (
        RELEASE,
        MEASURE,
        text("item", "id of the item"),
        integer("position", "order in the definition, from 1", "place"),
        *LABELS,
        number("weight", "weight in the score of a visit", "as declared", digits=4, limits=(0, _INF)),
        Column("critical", "flag", "whether a visit that fails it scores at most the cap"),
        text("source_zh", "where it comes from, in Chinese"),
        text("source_en", "the same in English"),
        Column("illustrative", "flag", "whether that is ours and was published by nobody"),
    ),
    disclosure=(DEFINED,),
    may_be_empty=True,
)
OUT_VISITS_BY_CHAIN = Table(
    "out_visits_by_chain",
    "Score of every chain over its stores, with an interval from how they differ, and its rank set",
    ("wave", "measure", "chain"),
    (
        RELEASE,
        MEASURE,
        _CHAIN,
        *LABELS,
        integer("stores", "stores with a visit that counts", "stores"),
        integer("visits", "visits that count", "visits"),
        integer("invalid", "visits that do not: too much not applicable", "visits"),
        integer("capped", "visits that failed a critical item; blank below five stores", "visits", nullable=True),
        number("score", "mean of the scores of stores; blank below five stores", "0-100", True),
        number("se", "its standard error between stores", "points", True, digits=3),
        Column("low", "number", "lower end of the t interval, stores - 1 degrees of freedom", "0-100", True, 2,
               estimate="score"),
        number("high", "upper end of it", "0-100", True),
        number("ratio", "weighted share of all answers that are yes; blank where it would tell of few stores", "0-100",
               True),
        number("ratio_se", "its linearised standard error, stores as clusters", "points", True, digits=3),
        integer("rank", "position by score, 1 is highest; blank below five stores", "rank", nullable=True),
        integer("ranked", "chains ranked", "chains"),
        integer("rank_low", "best rank in the simultaneous confidence set", "rank", nullable=True),
        integer("rank_high", "worst rank in that set", "rank", nullable=True),
        text("status", "published, or too_few_stores"),
    ),
    disclosure=(
        FewUnits("stores", _SCORES, ("chain",)),
        FewUnits("stores", ("ratio", "ratio_se"), ("chain",), "ratio", whole="chain"),
    ),
    adds_up=(AddsUp("score", "weighted", "chain", ("measure",), "stores"),),
    may_be_empty=True,
)  # fmt: skip
OUT_VISITS_ITEM_BY_CHAIN = Table(
    "out_visits_item_by_chain",
    "Pass rate of every item by chain, and of all chains where it applied in enough stores",
    ("wave", "measure", "chain", "item"),
    (
        RELEASE,
        MEASURE,
        _CHAIN,
        text("item", "id of the item"),
        integer("stores", "stores where it applied", "stores"),
        integer("asked", "visits where it applied; blank below five stores", "visits", nullable=True),
        integer("passed", "visits that passed it", "visits", nullable=True),
        number("n_eff", "effective number of visits, as those of one store are alike", "visits", True, digits=1,
               limits=(0, _INF)),
        number("rate", "passed over asked", "0-1", True),
        Column("low", "number", "lower end of Wilson's interval", "0-1", True, 4, estimate="rate"),
        number("high", "upper end of it", "0-1", True),
    ),
    disclosure=(FewUnits("stores", _RATES, ("chain", "item"), block=("chain",)),),
    adds_up=(AddsUp("rate", "weighted", "chain", ("measure", "item"), "asked"),),
    may_be_empty=True,
)  # fmt: skip
OUT_VISITS_BY_STORE = Table(
    "out_visits_by_store",
    "Score of every store: mean of its visits that count",
    ("wave", "measure", "unit"),
    (
        RELEASE,
        MEASURE,
        UNIT,
        *LABELS,
        _CHAIN,
        integer("visits", "visits that count", "visits"),
        integer("invalid", "visits that do not", "visits"),
        number("score", "mean of its visits; blank without one that counts", "0-100", True),
    ),
    disclosure=(NAMED,),
    may_be_empty=True,
)
OUT_VISITS_SHOPPERS = Table(
    "out_visits_shoppers",
    "Whether it matters who goes: stores visited by two shoppers, and how far they agree",
    ("wave", "measure"),
    (
        RELEASE,
        MEASURE,
        integer("shoppers", "shoppers", "shoppers"),
        integer("stores", "stores with a visit that counts", "stores"),
        integer("stores_twice", "of them visited by two shoppers", "stores"),
        number("share_twice", "stores_twice over stores; 10 % is asked for", "0-1"),
        integer("pairs", "pairs of answers to one item of one store", "pairs"),
        number("agreement", "pairs that are equal; blank below five stores", "%", True),
        number(
            "kappa", "Cohen's κ; blank below five stores, or where all answers are one", "correlation", True
        ),
        number("apart", "mean difference of two shoppers' scores; blank below five stores", "points", True),
        number("rho", "how alike visits of one store are; blank where none was visited twice", "0-1", True),
        text("rho_basis", "declared, of_visits or none"),
        text("verdict", "checked, or too_few_stores (under 10 %, or under five)"),
    ),
    disclosure=(Public("of all shoppers and stores together, figures only from five stores on"),),
    may_be_empty=True,
)
