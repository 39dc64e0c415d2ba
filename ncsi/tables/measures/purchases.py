"""Raw materials: suppliers by their buyers. Shares of the volume stay in the house: they tell of key accounts."""

from __future__ import annotations

from ncsi.tables.base import FREEDOM, Column, Table, integer, number, text
from ncsi.tables.measures.answers import PART, SCORE, STATUS, T_INTERVAL
from ncsi.tables.measures.common import LABELS, MEASURE, NAMED, RELEASE, UNIT
from ncsi.tables.rules import DominantBuyers

_WEIGHTED = ("n_eff", "score", "se", "df", "low", "high", "rank", "rank_low", "rank_high")
_PLAIN = ("plain_score", "plain_se", "plain_df", "plain_low", "plain_high")

OUT_PURCHASES = Table(
    "out_purchases",
    "Suppliers of raw materials by part: mean of their buyers weighted by volume, and the plain mean",
    ("wave", "measure", "part", "material", "unit"),
    (
        RELEASE,
        MEASURE,
        PART,
        text("material", "raw material"),
        UNIT,
        *LABELS,
        integer("n", "buyers with a score", "buyers"),
        integer("buyers", "buyers that the supplier has; blank where it is not known", "buyers", nullable=True),
        number("n_eff", "effective number of buyers (Σv)²/Σv²", "buyers", True, 1, limits=(0, float("inf"))),
        number("largest_share", "share of the volume that the largest buyer carries; not published", "0-1", True),
        number("top_share", "share of the `top_count` largest buyers; not published", "0-1", True),
        integer("least_buyers", "buyers that a figure needs", "buyers"),
        number("largest_limit", "share of the volume that one buyer may carry", "0-1"),
        integer("top_count", "buyers whose shares are taken together", "buyers"),
        number("top_limit", "share of the volume that these may carry", "0-1"),
        SCORE,
        *T_INTERVAL,
        number("plain_score", "mean of buyers, each counted once", "0-100", nullable=True),
        number("plain_se", "standard error of it", "points", True, 3),
        number("plain_df", FREEDOM.about, nullable=True, digits=1),
        Column("plain_low", "number", "lower end of its interval", "0-100", True, 2, estimate="plain_score"),
        number("plain_high", "upper end of it", "0-100", nullable=True),
        Column("plain_allowed", "flag", "whether the plain mean is published where the weighted one is dominated"),
        integer("rank", "place among the material's suppliers that are shown, by the main part", "rank", nullable=True),
        integer("rank_low", "best place that cannot be ruled out, for all at once", "rank", nullable=True),
        integer("rank_high", "worst place that cannot be ruled out", "rank", nullable=True),
        STATUS,
    ),
    disclosure=(NAMED, DominantBuyers(_WEIGHTED, _PLAIN, ("largest_share", "top_share"))),
    may_be_empty=True,
)  # fmt: skip
