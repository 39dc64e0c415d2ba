"""Means of any columns over any rows of a fit's sample, in every replicate of the one pass.

A score's mean moves with the outer weights as well as with who is drawn. The first is taken to first order: slope
times the replicate's outer weights minus the sample's. What is left is of second order in their errors: standard errors
agree to half a per cent with 120 respondents per group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.pls.fit import PlsFit
from ncsi.model.resampling.draws import Draws, Pick
from ncsi.model.resampling.freedom import Spread, mixed, spread_of


@dataclass(frozen=True, slots=True)
class Block:
    """Columns `values` (m, c), NaN where missing, of the respondents at `rows` of a sample (m of them).

    `slope` (c, p): derivative of each column's weighted mean in the outer weights; None where it has none.
    """

    rows: Positions | slice
    values: Array
    slope: Array | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """Estimates (c,), what finds their replicates (c, R), and the `spread` that says how well these tell the error."""

    estimate: Array
    pick: Pick
    spread: Spread

    def minus(self, other: Quantity) -> Quantity:
        """The difference of the two, whose respondents differ."""
        return Quantity(
            self.estimate - other.estimate,
            lambda d: self.pick(d) - other.pick(d),
            self.spread.apart(other.spread),
        )

    def part(self, columns: slice) -> Quantity:
        """Some of it."""
        return Quantity(self.estimate[columns], lambda d: self.pick(d)[columns], self.spread.part(columns))


def joined(parts: Sequence[Quantity]) -> Quantity:
    """Quantities one after the other."""
    return Quantity(
        np.concatenate([one.estimate for one in parts]),
        lambda d: np.concatenate([one.pick(d) for one in parts]),
        Spread(
            *(np.concatenate([getattr(one.spread, name) for one in parts]) for name in ("variance", "df"))
        ),
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """One block, columns first: `filled` (c, m) with 0 where missing; `given` (u, m) the distinct patterns of what
    was answered, `which` (c,) of them is each column's."""

    rows: Positions | slice
    filled: Array
    given: Array
    which: Positions


@dataclass(frozen=True, slots=True)
class Totals:
    """Blocks made ready, and their totals under the sample's own weights."""

    blocks: tuple[_Columns, ...]
    slopes: tuple[Array, ...]
    outer: Array
    sums: Array
    sizes: Array
    spreads: tuple[Spread, ...]

    @classmethod
    def of(cls, fit: PlsFit, blocks: Sequence[Block]) -> Totals:
        """Ready for `bootstrap(fit, totals=…)`."""
        ready = tuple(_columns(block) for block in blocks)
        p = len(fit.weights)
        slopes = tuple(
            np.zeros((block.values.shape[1], p)) if block.slope is None else block.slope for block in blocks
        )
        spreads = tuple(spread_of(fit.sample, block.values, block.rows) for block in blocks)
        sums, sizes = _under(ready, fit.sample.weights[None])
        return cls(ready, slopes, fit.outer, sums[:, 0], sizes[:, 0], spreads)

    def under(self, row_weights: Array) -> tuple[Array, Array]:
        """Weighted sums (T, B) of all columns and weights (U, B) of those who answered, under weights (B, n)."""
        return _under(self.blocks, row_weights)

    def weights_of(self, block: int) -> Array:
        """Total weight (c,) of those who answered each column of the block."""
        return self._pair(block, self.sums, self.sizes)[1]

    def mean(self, blocks: Sequence[int]) -> Quantity:
        """Weighted means of the columns over the rows of these blocks together."""
        total = np.sum([self.weights_of(k) for k in blocks], axis=0)
        shares = [_ratio(self.weights_of(k), total, 0.0) for k in blocks]
        slope = np.sum([s[:, None] * self.slopes[k] for s, k in zip(shares, blocks, strict=True)], axis=0)

        def pick(draws: Draws) -> Array:
            means = self._mean(blocks, draws.sums, draws.sizes)
            return means + slope @ (draws.weights - self.outer[:, None]) if slope.any() else means

        spread = mixed([self.spreads[k] for k in blocks], shares)
        return Quantity(self._mean(blocks, self.sums, self.sizes), pick, spread)

    def _mean(self, blocks: Sequence[int], sums: Array, sizes: Array) -> Array:
        pairs = [self._pair(k, sums, sizes) for k in blocks]
        return _ratio(np.sum([one for one, _ in pairs], axis=0), np.sum([one for _, one in pairs], axis=0))

    def _pair(self, k: int, sums: Array, sizes: Array) -> tuple[Array, Array]:
        at = sum(len(block.filled) for block in self.blocks[:k])
        size_at = sum(len(block.given) for block in self.blocks[:k])
        block = self.blocks[k]
        return sums[at : at + len(block.filled)], sizes[size_at + block.which]


def _columns(block: Block) -> _Columns:
    given = ~np.isnan(block.values.T)
    places: dict[bytes, int] = {}
    which = np.array([places.setdefault(one.tobytes(), len(places)) for one in given], dtype=np.intp)
    distinct = np.array([np.frombuffer(one, dtype=bool) for one in places], dtype=np.float64)
    distinct = distinct.reshape(len(places), given.shape[1])
    return _Columns(block.rows, np.where(given, block.values.T, 0.0), distinct, which)


def _under(blocks: tuple[_Columns, ...], row_weights: Array) -> tuple[Array, Array]:
    sums, sizes = [np.empty((0, len(row_weights)))], [np.empty((0, len(row_weights)))]
    for block in blocks:
        W = row_weights[:, block.rows].T
        sums.append(block.filled @ W)
        sizes.append(block.given @ W)
    return np.concatenate(sums), np.concatenate(sizes)


def _ratio(top: Array, bottom: Array, otherwise: float = np.nan) -> Array:
    return np.divide(top, bottom, out=np.full_like(top, otherwise), where=bottom > 0)
