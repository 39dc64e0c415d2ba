"""What a reader could derive of hidden cells from everything that a release publishes: bounds by linear programming.

The least and the greatest value that the relations of `published_relations` leave a hidden cell must lie far enough
apart (docs/method.md §15).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from ncsi.arrays import Array
from ncsi.disclosure.published_relations import Cell, Relation, Tables, hidden_cells, relations
from ncsi.errors import PublicationError
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SECTOR

NEAR = 3.0
"""Points within which nothing hidden may be bounded, on either side."""
_GIVE = 0.05
"""How far sums of cells may be off beyond what the published figures show: weights are known to a reader as shares."""


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
    """The gate of publication. PublicationError naming each cell that the release would give away, not its value, and
    where the bounds cannot be derived."""
    found = [str(one) for one in bounds(tables, target, shares) if one.given_away]
    if found:
        raise PublicationError(
            f"wave {wave}: what is published would bound a hidden cell within ±{NEAR:.0f} points ({'; '.join(found)}). "
            "Nothing was published. Merge or leave out brands or background categories in the wave file, or take items "
            "that few were asked out of the questionnaire."
        )


def _of_sector(tables: Tables, sector: str, target: str, shares: Mapping[str, float]) -> Iterator[Bound]:
    own = _OfSector(tables, sector)
    yield from _of_other_constructs(own, sector, target, shares)
    hidden = [*hidden_cells(own, target)]
    if not hidden:
        return
    problem = Problem.of([*relations(own, target, shares)])
    for cell in hidden:
        low, high = problem.range(cell)
        yield Bound(sector, cell, low, high)


def _of_other_constructs(
    own: Tables, sector: str, target: str, shares: Mapping[str, float]
) -> Iterator[Bound]:
    """Constructs of a brand whose target is shown, hidden because few were asked: what the others that are hidden leave
    of the sector's figure, wherever that lies: the place is as far off as the weights, the width is not.

    A brand counts by its share, or its respondents, as far as they answered the construct. Where the target is hidden,
    its own bounds are as wide: by the same shares.
    """
    index, whole = own[OUT_INDEX_BY_BRAND.name], own[OUT_INDEX_BY_SECTOR.name]
    of_target = index[index["construct"] == target]
    asked = dict(zip(of_target["brand"], of_target["n"].astype(float), strict=True))
    weights = shares or asked
    small = set(of_target.loc[of_target["status"] == "suppressed", "brand"])
    for construct, rows in index[index["construct"] != target].groupby("construct", sort=False):
        (*_, total) = (np.nan, *whole.loc[whole["construct"] == construct, "index_0_100"])
        rate = rows["n"] / rows["brand"].map(asked)
        w = (rate * rows["brand"].map(weights)).to_numpy(dtype=float)
        told = rows["index_0_100"].to_numpy(dtype=float)
        left = total * w.sum() - np.nansum(w * told)
        of_all = w[np.isnan(told)].sum()
        for brand, status, share in zip(rows["brand"], rows["status"], w, strict=True):
            if status == "suppressed" and brand not in small and not np.isnan(total):
                low, high = (left - 100 * (of_all - share)) / share, left / share
                yield Bound(sector, ("brand", str(brand), str(construct)), float(low), float(high))


class _OfSector(Mapping[str, pd.DataFrame]):
    """The tables cut to one sector, each when it is first read: of fifty, a dozen say something of cells."""

    def __init__(self, tables: Tables, sector: str) -> None:
        self._tables, self._sector = tables, sector
        self._cut: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._cut:
            frame = self._tables[name]
            self._cut[name] = frame[frame["sector"] == self._sector] if "sector" in frame else frame
        return self._cut[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The relations as bands low ≤ A x ≤ high with 0 ≤ x ≤ 100; `at`: the column of each cell; `both`: A over −A."""

    at: Mapping[Cell, int]
    both: csr_array
    low: Array
    high: Array

    @classmethod
    def of(cls, relations: Sequence[Relation]) -> Problem:
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
        cost = np.zeros(len(self.at))
        cost[self.at[cell]] = 1.0
        ends = np.concatenate([self.high, -self.low])
        low, high = (sign * _least(sign * cost, self.both, ends, (0, 100)).fun for sign in (1.0, -1.0))
        return float(low), float(high)


def _least_off(A: csr_array, value: Array, slack: Array) -> Array:
    """By how much each relation must give beyond its slack so that all hold together, least in sum."""
    m, n = A.shape
    give = eye_array(m)
    cost = np.concatenate([np.zeros(n), np.ones(m)])
    bands = csr_array(vstack([hstack([A, -give]), hstack([-A, -give])]))
    limits = [(0, 100)] * n + [(0, None)] * m
    off: Array = _least(cost, bands, np.concatenate([value + slack, slack - value]), limits).x[n:]
    return off


def _least(cost: Array, A: csr_array, ends: Array, limits: object) -> OptimizeResult:
    """The least cost · x with A x ≤ ends; PublicationError without one: what cannot be bounded is not published."""
    found = linprog(cost, A_ub=A, b_ub=ends, bounds=limits, method="highs")
    if not found.success:
        raise PublicationError(
            f"the bounds of hidden cells could not be derived ({found.message}). Nothing was published."
        )
    return found
