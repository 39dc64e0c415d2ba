"""Means of any columns over any rows of a fit's sample, in every replicate of the one pass.

A score's mean moves with the outer weights as well as with who is drawn. The first is taken to first order: slope
times the replicate's outer weights minus the sample's. What is left is of second order in their errors: standard errors
agree to half a per cent with 120 respondents per group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.scores import Scores, of_rows
from ncsi.model.resampling.draws import Draws, Pick
from ncsi.model.resampling.freedom import Spread, mixed, spread_of
from ncsi.model.resampling.row_cells import RowCells, families
from ncsi.model.resampling.streams import Given, RowWeights
from ncsi.model.resampling.threads import Map


@dataclass(frozen=True, slots=True)
class Block:
    """The respondents at `rows` of a sample, in `columns` (n, c) of all of them, NaN where missing: blocks that share
    the columns are summed together.

    `slope` (c, p): derivative of each column's weighted mean in the outer weights; None where it has none.
    """

    rows: Positions | slice
    columns: Array | Scores
    slope: Array | None = None

    @property
    def values(self) -> Array | Scores:
        """The columns of the block's own respondents (m, c)."""
        return of_rows(self.columns, self.rows)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Family:
    """Blocks of the same `source` of columns, by position: `cells` sum c columns, 0 where missing, and whether there
    was an answer in each of the distinct patterns of it, of which `which` (c,) is each column's, and `first` the first
    column of each."""

    blocks: tuple[int, ...]
    cells: RowCells
    source: Array | Scores
    which: Positions
    first: Positions

    def ready(self, rows: slice) -> Array:
        """What is summed of these rows."""
        return self.cells.ready(_ready(self.source[rows], self.first))

    def under(self, ready: Array, W: Array) -> Iterator[tuple[int, Array, Array]]:
        """Of each block its position, sums (c, B), and weights (u, B) of those who answered, of what is `ready` of some
        rows, under their weights (B, m)."""
        c = len(self.which)
        for k, sums in zip(self.blocks, self.cells.under(W, ready), strict=True):
            yield k, sums[:c], sums[c:]


def _ready(columns: Array, first: Positions) -> Array:
    """What is summed (m, c + u): columns, 0 where missing, and where the first column of each pattern is answered."""
    given = ~np.isnan(columns)
    return np.column_stack([np.where(given, columns, 0.0), given[:, first]])


@dataclass(frozen=True, slots=True)
class Totals:
    """Blocks made ready, and their totals under the sample's own weights. Of block k, sums begin at `sums_at[k]`, those
    of weights at `sizes_at[k]`; its column j is answered by pattern `which[k][j]`. `families`: by block of `n` rows."""

    n: int
    families: tuple[tuple[_Family, ...], ...]
    which: tuple[Positions, ...]
    sums_at: Positions
    sizes_at: Positions
    slopes: tuple[Array, ...]
    outer: Array
    sums: Array
    sizes: Array
    spreads: tuple[Spread, ...]

    @classmethod
    def of(cls, fit: PlsFit, blocks: Sequence[Block]) -> Totals:
        """Ready for `bootstrap(fit, totals=…)`."""
        ready, of_blocks = _families(blocks, fit.n)
        which = tuple(of_blocks[k] for k in range(len(blocks)))
        p = len(fit.weights)
        slopes = tuple(
            np.zeros((block.columns.shape[1], p)) if block.slope is None else block.slope for block in blocks
        )
        spreads = tuple(spread_of(fit.sample, block.values, block.rows) for block in blocks)
        none: Array = np.empty(0)
        bare = cls(
            fit.n, ready, which, _starts([len(one) for one in which]),
            _starts([int(one.max(initial=-1)) + 1 for one in which]),
            slopes, fit.outer, none, none, spreads,
        )  # fmt: skip
        sums, sizes = bare.under(fit.sample.weights[None])
        return replace(bare, sums=sums[:, 0], sizes=sizes[:, 0])

    def under(self, row_weights: Array | RowWeights, each: Map = map) -> tuple[Array, Array]:
        """Weighted sums (T, B) of all columns and weights (U, B) of those who answered, under weights (B, n): those
        over `each` block of rows, added in the order of the blocks."""
        batch = Given(row_weights) if isinstance(row_weights, np.ndarray) else row_weights
        sums, sizes = self.nothing(len(batch))
        blocks = row_blocks(self.n)
        for own in each(lambda k: self.within(k)(batch.part(blocks[k])), range(len(blocks))):
            sums += own[0]
            sizes += own[1]
        return sums, sizes

    def nothing(self, replicates: int) -> tuple[Array, Array]:
        """Sums (T, B) and sizes (U, B) of no rows."""
        return np.zeros((int(self.sums_at[-1]), replicates)), np.zeros((int(self.sizes_at[-1]), replicates))

    def within(self, block: int) -> Callable[[Array], tuple[Array, Array]]:
        """What makes the same of a block of rows, under any weights (B, m) of theirs."""
        rows = row_blocks(self.n)[block]
        return partial(self._under, tuple((one, one.ready(rows)) for one in self.families[block]))

    def _under(self, families: tuple[tuple[_Family, Array], ...], W: Array) -> tuple[Array, Array]:
        sums, sizes = self.nothing(len(W))
        for family, ready in families:
            for k, of_columns, of_weights in family.under(ready, W):
                at, size = self.sums_at[k], self.sizes_at[k]
                sums[at : at + len(of_columns)] = of_columns
                sizes[size : size + len(of_weights)] = of_weights
        return sums, sizes

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
        at, which = self.sums_at[k], self.which[k]
        return sums[at : at + len(which)], sizes[self.sizes_at[k] + which]


def _families(
    blocks: Sequence[Block], n: int
) -> tuple[tuple[tuple[_Family, ...], ...], dict[int, Positions]]:
    """Of each run of the n rows, the blocks that share columns, made ready; and by which pattern of answers each column
    of a block is answered."""
    shared: dict[int, list[int]] = {}
    for k, block in enumerate(blocks):
        shared.setdefault(id(block.columns), []).append(k)
    found: list[list[_Family]] = [[] for _ in row_blocks(n)]
    patterns: dict[int, Positions] = {}
    for positions in shared.values():
        columns = blocks[positions[0]].columns
        which, first = _patterns(columns)
        patterns |= dict.fromkeys(positions, which)
        for into, rows in zip(found, row_blocks(n), strict=True):
            sets = [_within(blocks[k].rows, rows, n) for k in positions]
            m = rows.stop - rows.start
            for family in families(sets, m):
                cells = RowCells.of(m, [sets[k] for k in family])
                into.append(_Family(tuple(positions[k] for k in family), cells, columns, which, first))
    return tuple(map(tuple, found)), patterns


def _patterns(columns: Array | Scores) -> tuple[Positions, Positions]:
    """Which of the distinct patterns of missing values each column (n, c) has, and the first column of each."""
    blocks = [np.packbits(np.isnan(columns[rows]), axis=0) for rows in row_blocks(len(columns))]
    places: dict[bytes, int] = {}
    told = np.concatenate([np.zeros((0, columns.shape[1]), dtype=np.uint8), *blocks])
    which = np.array([places.setdefault(one.tobytes(), len(places)) for one in told.T], dtype=np.intp)
    return which, np.unique(which, return_index=True)[1].astype(np.intp)


def _within(rows: Positions | slice, among: slice, n: int) -> Positions | slice:
    """Those of some of n rows, ascending, that lie in a run of all, counted from its first."""
    if isinstance(rows, slice):
        first, stop, _ = rows.indices(n)
        first, stop = max(first, among.start), min(stop, among.stop)
        return slice(first - among.start, max(first, stop) - among.start)
    first, stop = np.searchsorted(rows, [among.start, among.stop])
    return np.asarray(rows[first:stop] - among.start, dtype=np.intp)


def _starts(lengths: Sequence[int]) -> Positions:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)


def _ratio(top: Array, bottom: Array, otherwise: float = np.nan) -> Array:
    return np.divide(top, bottom, out=np.full_like(top, otherwise), where=bottom > 0)
