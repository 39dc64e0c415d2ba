"""What a release says of a sector's cells: which are hidden, what is published, and how they add up.

Every cell of a sector is an unknown between 0 and 100. Each published figure is an equation, as exact as its digits;
each way in which cells add up (brands to the sector, items to constructs, cells of a background to the sector,
differences, gaps, changes, ranks) is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.spec import RULE
from ncsi.tables import (
    OUT_CHANGES,
    OUT_DIFFERENCES,
    OUT_GAPS,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_INDEX_BY_SUBGROUP,
    OUT_ITEMS_BY_SECTOR,
    OUT_MEASURES,
    OUT_RANK_BY_BRAND,
    OUT_RESPONSE_QUALITY_BY_SECTOR,
    OUT_SUBINDEX,
    OUT_WEIGHTS_BY_ITEM,
)

Cell = tuple[str, ...]
Tables = Mapping[str, pd.DataFrame]
_DIGIT = 0.005
"""Half a unit of the last digit of an index."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Σ factor · cell = value, within `slack`; `known`: a published figure, not a way in which cells add up."""

    factors: Mapping[Cell, float]
    value: float = 0.0
    slack: float = _DIGIT
    known: bool = True


def hidden_cells(own: Tables, target: str) -> Iterator[Cell]:
    """Cells without a published figure that are sensitive themselves: of too few, or dominated by one.

    One that is withheld only for another's sake is large enough to be shown.
    """
    index = own[OUT_INDEX_BY_BRAND.name]
    few = (index["construct"] == target) & (index["status"] == "suppressed")
    for brand in index.loc[few, "brand"]:
        yield ("brand", str(brand), target)
    cells = own[OUT_INDEX_BY_SUBGROUP.name]
    few = (cells["construct"] == target) & cells["index_0_100"].isna() & _small(cells, RULE.subgroup)
    for dimension, subgroup in zip(cells.loc[few, "dimension"], cells.loc[few, "subgroup"], strict=True):
        yield ("cell", str(dimension), str(subgroup), target)
    small = {
        name: own[name][_small(own[name], RULE.indicative)] for name in (OUT_SUBINDEX.name, OUT_MEASURES.name)
    }
    for cell, value in _beside(small):
        if np.isnan(value):
            yield cell


def _small(cells: pd.DataFrame, least: float) -> pd.Series:
    small: pd.Series = (cells["n_eff"] < least) | (cells["largest_share"] > RULE.dominance)
    return small


def _beside(own: Tables) -> Iterator[tuple[Cell, float]]:
    """Cells of sub-indices and shares of answers; NPS is no share."""
    rows = own[OUT_SUBINDEX.name]
    for name, brand, value in zip(rows["subindex"], rows["brand"], rows["index_0_100"], strict=True):
        yield ("subindex", str(name), str(brand)), float(value)
    rows = own[OUT_MEASURES.name]
    rows = rows[rows["measure"] != "nps"]
    for measure, item, brand, value in zip(
        rows["measure"], rows["item"], rows["brand"], rows["estimate"], strict=True
    ):
        yield ("measure", f"{measure} {item}", str(brand)), float(value)


def relations(own: Tables, target: str, shares: Mapping[str, float]) -> Iterator[Relation]:
    """Everything that a sector's published tables say of its cells. `shares`: declared, of every brand or of none."""
    weights = _brand_weights(own, target, shares)
    yield from _published(own, target)
    yield from _sums_of_brands(own, target, weights)
    yield from _items(own, target, weights)
    yield from _subgroups(own, target)
    yield from _quality(own, target)


def _published(own: Tables, target: str) -> Iterator[Relation]:
    """Single figures, wherever they stand."""
    sector = own[OUT_INDEX_BY_SECTOR.name]
    for value in sector.loc[sector["construct"] == target, "index_0_100"]:
        yield Relation({("sector", target): 1.0}, float(value))
    index = own[OUT_INDEX_BY_BRAND.name]
    shown = index[(index["construct"] == target) & index["index_0_100"].notna()]
    ranks = own[OUT_RANK_BY_BRAND.name]
    for frame in (shown, ranks):
        for brand, value in zip(frame["brand"], frame["index_0_100"], strict=True):
            yield Relation({("brand", str(brand), target): 1.0}, float(value))
    moved = own[OUT_CHANGES.name]
    moved = moved[(moved["level"] == "brand") & (moved["construct"] == target)]
    for brand, value in zip(moved["unit"], moved["index_0_100"], strict=True):
        yield Relation({("brand", str(brand), target): 1.0}, float(value))
    pairs = own[OUT_DIFFERENCES.name]
    for one, other, value in zip(pairs["brand"], pairs["other"], pairs["difference"], strict=True):
        yield Relation({("brand", str(one), target): 1.0, ("brand", str(other), target): -1.0}, float(value))
    for cell, value in _beside(own):
        if not np.isnan(value):
            yield Relation({cell: 1.0}, value)


def _sums_of_brands(own: Tables, target: str, weights: Mapping[str, float]) -> Iterator[Relation]:
    """A sector's figures are the weighted means of its brands'."""
    if not weights:
        return
    yield _sum(("sector", target), {("brand", brand, target): w for brand, w in weights.items()})
    for kind, name in dict.fromkeys(cell[:2] for cell, _ in _beside(own)):
        yield _sum((kind, name, ""), {(kind, name, brand): w for brand, w in weights.items()})


def _items(own: Tables, target: str, weights: Mapping[str, float]) -> Iterator[Relation]:
    """Item means of the sector and of the brands in the gaps; a construct's index is the weighted sum of them."""
    outer = own[OUT_WEIGHTS_BY_ITEM.name]
    chosen = outer[outer["construct"] == target]
    parts = {str(item): float(w) for item, w in zip(chosen["item"], chosen["weight"], strict=True)}
    means = own[OUT_ITEMS_BY_SECTOR.name]
    for item, value in zip(means["item"], means["mean_0_100"], strict=True):
        if str(item) in parts and weights and not np.isnan(value):
            yield Relation({("item", "", str(item)): 1.0}, float(value))
            yield _sum(
                ("item", "", str(item)), {("item", brand, str(item)): w for brand, w in weights.items()}
            )
    gaps = own[OUT_GAPS.name]
    gaps = gaps[gaps["item"].isin(list(parts))]
    columns = ("brand", "item", "mean_0_100", "gap_mean", "best", "gap_best")
    for brand, item, mean, gap_mean, best, gap_best in zip(*(gaps[one] for one in columns), strict=True):
        own_cell = ("item", str(brand), str(item))
        yield Relation({own_cell: 1.0}, float(mean))
        yield Relation({own_cell: 1.0, ("item", "", str(item)): -1.0}, float(gap_mean))
        if best != brand:
            yield Relation({own_cell: 1.0, ("item", str(best), str(item)): -1.0}, float(gap_best))
    for brand in weights:
        yield _sum(("brand", brand, target), {("item", brand, item): w for item, w in parts.items()})


def _subgroups(own: Tables, target: str) -> Iterator[Relation]:
    """Cells of a background add up to the sector; a difference is against all others together."""
    cells = own[OUT_INDEX_BY_SUBGROUP.name]
    for dimension, part in cells[cells["construct"] == target].groupby("dimension"):
        names: list[Cell] = [("cell", str(dimension), str(one), target) for one in part["subgroup"]]
        sizes = part["n"].to_numpy(dtype=float)
        share = dict(zip(names, sizes / sizes.sum(), strict=True))
        yield _sum(("sector", target), share)
        for name, value, difference in zip(names, part["index_0_100"], part["difference"], strict=True):
            if not np.isnan(value):
                yield Relation({name: 1.0}, float(value))
            if not np.isnan(difference) and share[name] < 1:
                others = {one: -w / (1 - share[name]) for one, w in share.items() if one != name}
                yield Relation({name: 1.0, **others}, float(difference), known=False)


def _quality(own: Tables, target: str) -> Iterator[Relation]:
    """The index is the mean of the valid and the flagged, and with the excluded it is another."""
    rows = own[OUT_RESPONSE_QUALITY_BY_SECTOR.name]
    for row in rows.to_dict("records"):
        valid, flagged, excluded = (float(row[name]) for name in ("valid", "flagged", "excluded"))
        parts: dict[str, Cell] = {name: ("quality", name) for name in ("valid", "flagged", "excluded")}
        yield _sum(("sector", target), {parts["valid"]: valid, parts["flagged"]: flagged})
        if not np.isnan(row["index_valid_0_100"]):
            yield Relation({parts["valid"]: 1.0}, float(row["index_valid_0_100"]))
        if not np.isnan(row["index_all_0_100"]):
            total = valid + flagged + excluded
            factors = {parts["valid"]: valid, parts["flagged"]: flagged, parts["excluded"]: excluded}
            shares = {cell: n / total for cell, n in factors.items()}
            yield Relation(shares, float(row["index_all_0_100"]), known=False)


def _sum(whole: Cell, parts: Mapping[Cell, float]) -> Relation:
    total = sum(parts.values()) or 1.0
    return Relation({whole: -1.0, **{cell: w / total for cell, w in parts.items()}}, known=False)


def _brand_weights(own: Tables, target: str, shares: Mapping[str, float]) -> Mapping[str, float]:
    """Declared shares, else numbers of respondents."""
    index = own[OUT_INDEX_BY_BRAND.name]
    rows = index[index["construct"] == target]
    return shares or {str(brand): float(n) for brand, n in zip(rows["brand"], rows["n"], strict=True)}
