"""The disclosure rules of `ncsi.tables`, applied to result tables.

The same holds of every table whose cells add up to one that is shown. Ranks are counted again among the brands shown:
a gap in them would tell between which two indices a withheld brand lies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ncsi.disclosure import unit_rules
from ncsi.disclosure.complement import with_complement
from ncsi.disclosure.context import Context
from ncsi.disclosure.measured_units import told_cells
from ncsi.disclosure.shown_brands import HIDDEN, with_withheld
from ncsi.disclosure.small_groups import DOMINATED, EMPTY, FEW, PUBLISHED, domain_status, question_status
from ncsi.disclosure.small_projects import builder_status, buyer_status, project_status
from ncsi.disclosure.unit_groups import LEAST_UNITS
from ncsi.errors import PublicationError
from ncsi.model.inference.changes import judged_again
from ncsi.results.comparisons import judged
from ncsi.spec import RULE
from ncsi.tables import (
    OUT_COMPOSITES,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SUBGROUP,
    TABLES,
    BrandIndex,
    BrandRanks,
    Brands,
    Cells,
    ChangeVerdicts,
    DominantBuyers,
    FewUnits,
    LeftOut,
    NamedParts,
    NamedUnits,
    NamedWhere,
    Public,
    Ratings,
    Rule,
    SmallBuilders,
    SmallDomains,
    SmallProjects,
    Table,
    Threshold,
    UnitCounts,
    UnitGroups,
    Verdicts,
    WholeOfUnits,
)
from ncsi.tables.draft import DRAFT_TABLES, OUT_DRAFT_INDEX_BY_BRAND

LEAST: Mapping[Threshold, float] = {"brand": RULE.indicative, "subgroup": RULE.subgroup}
"""Effective respondents below which a figure is hidden."""


def disclosed_tables(
    tables: Mapping[str, pd.DataFrame], target: str, level: float
) -> dict[str, pd.DataFrame]:
    """Result tables of one wave without anything that may not be published; out_index_by_brand is among them.

    `target` is the construct whose index is published, `level` that of the wave's intervals. PublicationError as of
    `disclosed`.
    """
    context = _context(tables[OUT_INDEX_BY_BRAND.name], target, level)
    return {name: disclosed(name, frame, context) for name, frame in tables.items()}


def disclosed_draft(tables: Mapping[str, pd.DataFrame], target: str, level: float) -> dict[str, pd.DataFrame]:
    """The same of the tables of a draft, which no release has."""
    context = _context(tables[OUT_DRAFT_INDEX_BY_BRAND.name], target, level)
    return {name: _by_its_rules(DRAFT_TABLES.get(name), name, tables[name], context) for name in tables}


def _context(index_by_brand: pd.DataFrame, target: str, level: float) -> Context:
    index = with_withheld(index_by_brand, target)
    open_ = index[(index["construct"] == target) & ~index["status"].isin(HIDDEN)]
    shown = frozenset(open_[["sector", "brand"]].itertuples(index=False, name=None))
    return Context(index, shown, target, level)


def disclosed(name: str, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """What of a table may be shown, by its declared rules in their order.

    PublicationError for a table that is not declared or not public, and for a rule that this room does not know:
    what is not understood is not published.
    """
    return _by_its_rules(TABLES.get(name), name, frame, context)


def _by_its_rules(table: Table | None, name: str, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    if table is None or not table.public:
        raise PublicationError(f"{name} is not declared as a public table, so it is not published.")
    for rule in table.disclosure:
        apply = _APPLIED.get(type(rule))
        if apply is None:
            raise PublicationError(
                f"{name}: disclosure rule {type(rule).__name__} has no implementation, so it is not published."
            )
        frame = apply(rule, frame, context)
    return frame


def disclosed_indices(tables: Mapping[str, pd.DataFrame], members: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables of composite indices without anything that may not be published; out_composites, which says whose units
    are named, is among them. `members`: rows of core_published_by_unit of the stored results, of every index that does
    not name its units. PublicationError as of `disclosed`, and for an index whose members are not told."""
    indices = tables[OUT_COMPOSITES.name]
    is_named = indices["named_units"].astype(bool)
    named = frozenset(indices.loc[is_named, "tree"])
    few = frozenset(indices.loc[~is_named & (indices["units"] < LEAST_UNITS), "tree"])
    roots = dict(zip(indices["tree"], indices["root"], strict=True))
    context = Context(pd.DataFrame(), frozenset(), "", 0.0, named, few=few, roots=roots, members=members)
    return {name: disclosed(name, frame, context) for name, frame in tables.items()}


def context_of_measures(about: pd.DataFrame, members: pd.DataFrame) -> Context:
    """What rules need of measures. `about`: out_quality_measures, which says whose units are named; `members`: rows of
    core_published_by_measured_unit of the stored results."""
    named = frozenset(about.loc[about["named_units"].astype(bool), "measure"])
    return Context(pd.DataFrame(), frozenset(), "", 0.0, named, told_cells(members), members=members)


def open_cells(cells: pd.DataFrame, level: float) -> pd.DataFrame:
    """Cells of subgroups as they may be shown, with Holm and verdicts (at `level`) among them."""
    return disclosed(OUT_INDEX_BY_SUBGROUP.name, cells, Context(pd.DataFrame(), frozenset(), "", level))


def _public(_rule: Public, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    return frame


def _brand_index(_rule: BrandIndex, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    return with_withheld(frame, context.target)


def _brands(rule: Brands, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    if rule.by_construct:
        return _rows_of_figures(rule, frame, context)
    for name in rule.names:
        keys = frame[["sector", name]].itertuples(index=False, name=None)
        frame = frame[np.array([not key[1] or key in context.shown for key in keys], dtype=bool)]
    return frame


def _rows_of_figures(rule: Brands, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Rows of the figures of brands that are shown, and all rows of other levels."""
    columns = ["sector", "brand", "construct"]
    open_ = context.index[~context.index["status"].isin(HIDDEN)]
    shown = set(open_[columns].itertuples(index=False, name=None))
    keys = frame[["sector", *rule.names, "construct"]].itertuples(index=False, name=None)
    kept = np.array([key in shown for key in keys], dtype=bool)
    return frame[kept | (frame[rule.level] != "brand").to_numpy()] if rule.level else frame[kept]


def _brand_ranks(_rule: BrandRanks, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Ranks of the brands shown, counted without the others; none where fewer than two are left.

    A rank among all lies in [low, high]; without `h` of them it lies in [low − h, high], cut to the places left.
    """
    keys = frame[["sector", "brand"]].itertuples(index=False, name=None)
    kept = frame[np.array([key in context.shown for key in keys], dtype=bool)]
    if len(kept) == len(frame):
        return frame
    left = kept.groupby("sector")["rank"].transform("size")
    hidden = kept["sector"].map(frame["sector"].value_counts()) - left
    rank = kept.groupby("sector")["rank"].rank(method="min").astype("int64")
    ends: dict[str, pd.Series] = {"rank": rank}
    for kind in ("", "_marginal"):
        low, high = kept[f"rank_low{kind}"] - hidden, kept[f"rank_high{kind}"]
        ends[f"rank_low{kind}"] = low.clip(lower=1).clip(upper=rank)
        ends[f"rank_high{kind}"] = high.clip(upper=left).clip(lower=rank)
    return kept.assign(**ends)[left > 1]


def _cells(rule: Cells, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    hidden = hidden_cells(rule, frame, context.shown)
    return frame.assign(**{name: frame[name].mask(hidden) for name in rule.figures})


def hidden_cells(rule: Cells, frame: pd.DataFrame, shown: Collection[tuple[str, str]]) -> pd.Series:
    """Which rows are blank: small, without a figure, of a brand not `shown`, or what would give such a one away."""
    least = LEAST[rule.least]
    small: pd.Series = (frame[rule.count] < least) | (frame[rule.largest_share] > RULE.dominance)
    if not rule.whole:
        small |= frame[list(rule.figures)].isna().any(axis=1)
        if not rule.block:
            return small
        return with_complement(small, frame[rule.count], frame[list(rule.block)], least)
    whole = (frame[rule.whole] == "").to_numpy(dtype=bool)
    keys = frame[["sector", rule.whole]].itertuples(index=False, name=None)
    small |= ~whole & np.array([key not in shown for key in keys], dtype=bool)
    small |= ~whole & frame[rule.figures[0]].isna() & (frame[rule.count] > 0)
    hidden, parts = small.copy(), frame[~whole]
    hidden[~whole] = with_complement(small[~whole], parts[rule.count], parts[list(rule.block)], least)
    return hidden


def _verdicts(rule: Verdicts, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    return judged(frame, rule, context.level)


def _change_verdicts(rule: ChangeVerdicts, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """By how many tests p is multiplied would tell where the p of a hidden brand lies among those shown."""
    return judged_again(frame, rule.within, context.level) if len(frame) else frame


def _left_out(rule: LeftOut, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    """Blank where the two figures together show the mean of fewer people than a subgroup has."""
    left_out = frame[rule.left_out].astype(float)
    few = (left_out > 0) & (left_out < RULE.subgroup)
    if rule.left:
        few |= frame[rule.left].astype(float) < RULE.subgroup
    return frame.assign(**{rule.figure: frame[rule.figure].mask(few)})


def _small_domains(rule: SmallDomains, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    """Blank what the row's status hides, or what would have to be hidden by its counts, whatever its status says. A
    domain of few is left out: its name is what a few of them wrote."""
    statuses = domain_status if rule.domains else question_status
    ours = pd.Series("", index=frame.index, dtype=object)
    for _, own in frame.groupby("measure", sort=False):
        ours.loc[own.index] = statuses(own)
    status = frame["status"].mask((frame["status"] == PUBLISHED) & (ours != PUBLISHED), ours)
    hidden = status != PUBLISHED
    blank = {name: frame[name].mask(hidden) for name in rule.figures}
    if "verdict" in frame:
        blank["verdict"] = frame["verdict"].mask(hidden, "")
    made = frame.assign(**blank, status=status)
    return made[~status.isin((FEW, EMPTY))] if rule.domains else made


def _small_projects(rule: SmallProjects, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    parts = [project_status(own) for _, own in frame.groupby("measure", sort=False)]
    status = pd.concat(parts).reindex(frame.index) if parts else frame["status"]
    return _told_where(frame, status, rule.figures)


def _small_builders(rule: SmallBuilders, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    return _told_where(frame, builder_status(frame), rule.figures)


def _dominant_buyers(rule: DominantBuyers, frame: pd.DataFrame, _context: Context) -> pd.DataFrame:
    """Shares of the volume leave no row: with a buyer's own volume they tell another's."""
    status = buyer_status(frame)
    allowed = (status == DOMINATED) & frame["plain_allowed"].astype(bool)
    made = _told_where(frame, status, rule.weighted)
    hidden = ~((status == PUBLISHED) | allowed)
    blank = {name: frame[name].mask(hidden) for name in rule.plain}
    return made.assign(**blank, **dict.fromkeys(rule.kept, np.nan))


def _told_where(frame: pd.DataFrame, status: pd.Series, figures: Sequence[str]) -> pd.DataFrame:
    """Figures of rows that are published, with the status that says why others are blank."""
    hidden = status != PUBLISHED
    return frame.assign(status=status, **{name: frame[name].mask(hidden) for name in figures})


_APPLIED: Mapping[type[Rule], Callable[[Any, pd.DataFrame, Context], pd.DataFrame]] = {
    Public: _public,
    BrandIndex: _brand_index,
    Brands: _brands,
    BrandRanks: _brand_ranks,
    Cells: _cells,
    Verdicts: _verdicts,
    ChangeVerdicts: _change_verdicts,
    LeftOut: _left_out,
    NamedUnits: unit_rules.named_units,
    UnitGroups: unit_rules.unit_groups,
    Ratings: unit_rules.ratings,
    WholeOfUnits: unit_rules.whole_of_units,
    FewUnits: unit_rules.few_units,
    UnitCounts: unit_rules.unit_counts,
    NamedParts: unit_rules.named_parts,
    NamedWhere: unit_rules.named_where,
    SmallDomains: _small_domains,
    SmallProjects: _small_projects,
    SmallBuilders: _small_builders,
    DominantBuyers: _dominant_buyers,
}
