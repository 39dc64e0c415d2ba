"""What a reader could derive of hidden cells from everything that a release publishes: bounds by linear programming.

Every cell of a sector is an unknown between 0 and 100. Each published figure is an equation, as exact as its digits;
each way in which cells add up (brands to the sector, items to constructs, cells of a background to the sector,
differences, gaps, changes, ranks) is another. A hidden cell is given away when the least and the greatest value that
the equations leave it are nearer than METHOD allows (docs/method.md §15).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from ncsi.arrays import Array
from ncsi.errors import PublicationError
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
NEAR = 3.0
"""Points within which nothing hidden may be bounded, on either side."""
_DIGIT = 0.005
"""Half a unit of the last digit of an index."""
_GIVE = 0.05
"""How far sums of cells may be off beyond what the published figures show: weights are known to a reader as shares."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Σ factor · cell = value, within `slack`; `known`: a published figure, not a way in which cells add up."""

    factors: Mapping[Cell, float]
    value: float = 0.0
    slack: float = _DIGIT
    known: bool = True


@dataclass(frozen=True, slots=True)
class Bound:
    """A hidden cell and the least and greatest value that the release leaves it."""

    sector: str
    cell: Cell
    low: float
    high: float

    @property
    def given_away(self) -> bool:
        """Whether it is bounded within ±3 points."""
        return self.high - self.low < 2 * NEAR

    def __str__(self) -> str:
        return f"{self.sector}: {' '.join(one for one in self.cell if one)}"


def bounds(tables: Tables, target: str, shares: Mapping[str, Mapping[str, float]]) -> tuple[Bound, ...]:
    """Bounds of every hidden cell of the `target` construct, of sub-indices and of shares of answers, by sector.

    `tables` are those of a release, as published; `shares`: declared brand shares by sector, empty where brands count
    by their respondents.
    """
    sectors = tables[OUT_INDEX_BY_SECTOR.name]["sector"].unique()
    return tuple(
        one
        for sector in sectors
        for one in _of_sector(tables, str(sector), target, shares.get(str(sector), {}))
    )


def require_nothing_given_away(
    tables: Tables, wave: str, target: str, shares: Mapping[str, Mapping[str, float]]
) -> None:
    """The gate of publication. PublicationError naming each cell that the release would give away, not its value."""
    found = [str(one) for one in bounds(tables, target, shares) if one.given_away]
    if found:
        raise PublicationError(
            f"wave {wave}: what is published would bound a hidden cell within ±{NEAR:.0f} points ({'; '.join(found)}). "
            "Nothing was published. Merge or leave out brands or background categories in the wave file."
        )


def _of_sector(tables: Tables, sector: str, target: str, shares: Mapping[str, float]) -> Iterator[Bound]:
    own = {
        name: frame[frame["sector"] == sector] if "sector" in frame else frame
        for name, frame in tables.items()
    }
    hidden = [*_hidden(own, target)]
    if not hidden:
        return
    relations = [*_relations(own, target, shares)]
    problem = _Problem.of(relations)
    for cell in hidden:
        low, high = problem.range(cell)
        yield Bound(sector, cell, low, high)


def _hidden(own: Tables, target: str) -> Iterator[Cell]:
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
        name: frame[_small(frame, RULE.indicative)]
        for name, frame in own.items()
        if name in (OUT_SUBINDEX.name, OUT_MEASURES.name)
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


def _relations(own: Tables, target: str, shares: Mapping[str, float]) -> Iterator[Relation]:
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


def _brand_weights(own: Tables, target: str, shares: Mapping[str, float]) -> dict[str, float]:
    """Declared shares, else shares of respondents."""
    index = own[OUT_INDEX_BY_BRAND.name]
    rows = index[index["construct"] == target]
    if shares:
        total = sum(shares.values())
        return {brand: value / total for brand, value in shares.items()}
    n = rows["n"].to_numpy(dtype=float)
    return {str(brand): one / n.sum() for brand, one in zip(rows["brand"], n, strict=True)}


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The relations as bands low ≤ A x ≤ high with 0 ≤ x ≤ 100; `at`: the column of each cell; `both`: A over −A."""

    at: Mapping[Cell, int]
    both: csr_array
    low: Array
    high: Array

    @classmethod
    def of(cls, relations: Sequence[Relation]) -> _Problem:
        """Sums are widened to what the published figures themselves are off by, so that the bands leave a solution:
        a reader's weights are shares, not the weights of respondents."""
        at = {cell: k for k, cell in enumerate(dict.fromkeys(c for one in relations for c in one.factors))}
        rows = [row for row, one in enumerate(relations) for _ in one.factors]
        columns = [at[cell] for one in relations for cell in one.factors]
        factors = [factor for one in relations for factor in one.factors.values()]
        A = csr_array((factors, (rows, columns)), shape=(len(relations), len(at)))
        value = np.array([one.value for one in relations])
        slack = np.array([one.slack if one.known else _GIVE for one in relations])
        off = _least_off(A, value, slack)
        return cls(at, csr_array(vstack([A, -A])), value - slack - off, value + slack + off)

    def range(self, cell: Cell) -> tuple[float, float]:
        """Least and greatest value of a cell; 0 and 100 where nothing bounds it."""
        if cell not in self.at:
            return 0.0, 100.0
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(self.at))
            cost[self.at[cell]] = sign
            found = linprog(
                cost,
                A_ub=self.both,
                b_ub=np.concatenate([self.high, -self.low]),
                bounds=(0, 100),
                method="highs",
            )
            ends.append(sign * found.fun if found.success else (0.0, 100.0)[sign < 0])
        return float(ends[0]), float(ends[1])


def _least_off(A: csr_array, value: Array, slack: Array) -> Array:
    """By how much each relation must give beyond its slack so that all hold together, least in sum."""
    m, n = A.shape
    give = eye_array(m)
    cost = np.concatenate([np.zeros(n), np.ones(m)])
    ub = vstack([hstack([A, -give]), hstack([-A, -give])])
    limits = [(0, 100)] * n + [(0, None)] * m
    found = linprog(
        cost, A_ub=ub, b_ub=np.concatenate([value + slack, slack - value]), bounds=limits, method="highs"
    )
    off: Array = found.x[n:] if found.success else np.full(m, 100.0)
    return off
