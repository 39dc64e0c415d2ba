"""What to improve, and which ranks the data allow: the model's frames, with a page."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from ncsi import model
from ncsi.kinds import of_kind
from ncsi.lab import result_words as words
from ncsi.lab.cells import labels_of, shown
from ncsi.lab.given import require_fit, require_of, require_replicates
from ncsi.lab.page import Page
from ncsi.lab.results import Result
from ncsi.lab.tidying import Names, named
from ncsi.spec import Language


class Levers(Result):
    """Importance and performance: construct, item (missing in a construct's row), importance, performance, actionable,
    quadrant, and with a bootstrap importance_low, importance_high, performance_low, performance_high."""

    _keys: ClassVar[tuple[str, ...]] = ("construct", "item", "measure")
    found: tuple[pd.DataFrame, model.PlsFit, float | None]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a construct or item and measure (importance, performance): estimate, low, high."""
        parts = []
        for measure in ("importance", "performance"):
            ends = {measure: "estimate", f"{measure}_low": "low", f"{measure}_high": "high"}
            one = (
                pd.DataFrame(self).rename(columns=ends).assign(measure=measure, item=self["item"].fillna(""))
            )
            parts.append(one.reindex(columns=["construct", "item", "measure", "estimate", "low", "high"]))
        return named(pd.concat(parts, ignore_index=True), list(self._keys), names, between=" ")

    def page(self, lang: Language = "en") -> Page:
        """What importance is, the constructs, the items."""
        _, fit, level = self.found
        label = labels_of(fit.instrument, lang)
        own = self["item"].isna()
        frame = pd.DataFrame(self).rename(columns={"importance_low": "low", "importance_high": "high"})
        known = ["importance", *(["low", "high"] if "low" in frame else []), "performance", "quadrant"]
        told = frame.assign(
            construct=frame["construct"].map(label), item=frame["item"].astype(str) + " " + frame["item"].map(label),
            quadrant=[words.QUADRANTS[one].text(lang) for one in frame["quadrant"]],
        )  # fmt: skip
        line = words.POINT_FOR_POINT.text(lang).format(target=label[fit.instrument.target])
        digits, of_all = {"performance": 1}, told.loc[own, ["construct", *known]]
        return words.page(
            words.LEVERS, lang, [line], [],
            shown(words.CONSTRUCTS.text(lang), of_all, lang, 1, level, digits, "importance"),
            shown(words.ITEMS.text(lang), told.loc[~own, ["item", *known]], lang, 1, level, digits, "importance"),
        )  # fmt: skip


@of_kind
def drivers(fit: model.PlsFit, boot: model.Bootstrap | None = None) -> Levers:
    """Importance and performance of every construct that acts on the target, and of its items.

    importance: points of the target for one point of the driver (unstandardised total effect; an item's is its
    construct's, divided by the number of its items). performance: index or item mean, 0-100. quadrant: keep_up,
    improve_first, low_priority, possible_overkill, not_actionable, and with `boot` undecided where an interval reaches
    a mean; `boot` gives importance_low, importance_high, performance_low, performance_high (docs/method.md §16). Raises
    ModelError for a bootstrap of another fit.
    """
    require_fit(fit, "drivers")
    if boot is not None:
        require_of(boot, fit, "drivers")
    found = model.drivers(fit, boot)
    return Levers(found, (found, fit, None if boot is None else boot.level))


class Ranks(Result):
    """Ranks of the by-groups, highest first: the by-column, index_0_100, rank, rank_low, rank_high (for all groups at
    once), rank_low_marginal, rank_high_marginal (for one alone), tier, p_top_third."""

    found: tuple[pd.DataFrame, model.Bootstrap, str, float]

    def tidy(self, names: Names = "house") -> pd.DataFrame:
        """One row a group: the by-column, estimate (rank), low, high, index_0_100, tier."""
        by = str(self.found[1].fit.by)
        plain = pd.DataFrame(self).rename(
            columns={"rank": "estimate", "rank_low": "low", "rank_high": "high"}
        )
        return named(plain[[by, "estimate", "low", "high", "index_0_100", "tier"]], [by], names)

    def page(self, lang: Language = "en") -> Page:
        """Which construct, then every group."""
        _, boot, construct, level = self.found
        by = str(boot.fit.by)
        frame = pd.DataFrame(self).rename(columns={by: "group", "rank_low": "low", "rank_high": "high"})
        frame = frame.assign(group=frame["group"].astype(str))[
            ["group", "index_0_100", "rank", "low", "high", "tier"]
        ]
        label = labels_of(boot.fit.instrument, lang)[construct]
        digits = {"rank": 0, "low": 0, "tier": 0}
        return words.page(
            words.RANKS, lang, [words.RANKED.text(lang).format(construct=label, by=by)], [],
            shown(words.RANK_SETS.text(lang), frame, lang, 1, level, digits, "rank"),
        )  # fmt: skip


@of_kind
def rank_sets(
    boot: model.Bootstrap,
    construct: str = "Satisfaction",
    level: float = 0.95,
    among: tuple[str, ...] | None = None,
) -> Ranks:
    """Ranks of the by-groups by the index of `construct`, and which the data do not rule out.

    rank_low and rank_high hold at `level` for all groups at once, the marginal ones for one alone (docs/method.md §8).
    `among` limits the comparison to some groups; a group without an index or of one respondent is left out, with a
    warning. Raises ModelError without by-groups, with a by-column that is called as a column of ranks, and with fewer
    than two to compare.
    """
    require_replicates(boot, "rank_sets")
    found = model.rank_sets(boot, construct, level, among)
    return Ranks(found, (found, boot, construct, level))
