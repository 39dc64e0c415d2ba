"""Replicates: from row weights to every published quantity, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.model.deferred import Deferred
from ncsi.model.moments.respondents import squares
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.moments.weighted import varies
from ncsi.model.pls import kernel, reliability
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.pls.score_cells import Sums, scored, sums_of_complete
from ncsi.model.pls.scores import unstandardised
from ncsi.model.resampling.counted import Counted
from ncsi.model.resampling.row_sums import RowSums, Summed
from ncsi.model.resampling.streams import Given, RowWeights, holds_every_row
from ncsi.model.resampling.threads import Map

TOLERANCE = 1e-7
_POSSIBLE = 1 + 1e-9
"""Largest size of a correlation, with what rounds."""
AT_ONCE = 1024
"""Replicates for which rows are made ready together, or a few more."""


@dataclass(frozen=True, slots=True)
class Draws(Deferred):
    """Replicates of every quantity, joined from their batches when first looked at, replicate axis last: paths and
    effects (K, K, R) from row to column, unstandardised `weights` and `loadings` (p, R), `htmt` and `htmt2` (pairs, R;
    no pairs when not asked for), `index` (K, R), `index_by` (K, G, R), `items` means on 0-100 (p, R), `items_by`
    (p, G, R), `impact` (K, R): unstandardised total effect on the target; `phi` (K, K, R) correlations of the
    constructs, `rho_a` (K, R) their reliabilities, NaN of a single item; `sums` (T, R) and `sizes` (U, R) of the
    `Totals` asked for."""

    paths: Array
    effects: Array
    weights: Array
    loadings: Array
    htmt: Array
    htmt2: Array
    index: Array
    index_by: Array
    items: Array
    items_by: Array
    impact: Array
    phi: Array
    rho_a: Array
    sums: Array
    sizes: Array

    @property
    def share_not_positive(self) -> Array:
        """Share of the replicates (p,) in which an item's outer weight or loading is not positive."""
        share: Array = ((self.weights <= 0) | (self.loadings <= 0)).mean(axis=1)
        return share

    def kept(self, good: Mask | slice) -> Draws:
        """The replicates marked good, or of a slice."""
        return Draws(*(getattr(self, name)[..., good] for name in self.__dataclass_fields__))


Pick = Callable[[Draws], Array]
"""Some quantity (rows, R) of the replicates."""


def draws_of(
    fit: PlsFit, batches: Iterable[Array | RowWeights], htmt: bool = False, totals: Summed | None = None,
    each: Map = map,
) -> tuple[Draws, Mask]:  # fmt: skip
    """All quantities re-estimated under batches of row weights (B, n), and which replicates converged.

    `batches` follow the rows of `fit.sample`; HTMT and `totals` are left out unless asked for.
    With missing answers moments come from a corrected EM step; one after which constructs correlate beyond 1 did not
    converge to anything. `each` block of rows is summed as it says; of few rows, which are one block, each batch is
    made so.
    """
    each_batch, each_block = (each, map) if len(row_blocks(fit.n)) == 1 else (map, each)
    made = [one for some in each_batch(_made, _works(fit, batches, htmt, totals, each_block)) for one in some]
    return joined([part for part, _ in made]), np.concatenate([good for _, good in made])


Work = Callable[[], list[tuple[Draws, Mask]]]
"""What makes some replicates, and tells which of them converged."""


def _made(work: Work) -> list[tuple[Draws, Mask]]:
    return work()


def _works(
    fit: PlsFit, batches: Iterable[Array | RowWeights], htmt: bool, totals: Summed | None, each: Map
) -> Iterator[Work]:
    layout, rows = layout_of(fit.instrument), None
    for some in _together(batches):
        if isinstance(some, Counted):
            yield partial(_of_counts, fit, layout, some, htmt, totals, each)
        else:
            rows = rows or RowSums.of(fit, layout)
            yield partial(_of_rows, fit, layout, rows, some, htmt, totals, each)


def _of_counts(
    fit: PlsFit, layout: Layout, batch: Counted, htmt: bool, totals: Summed | None, each: Map
) -> list[tuple[Draws, Mask]]:
    step, items, weights = batch.sums(each)
    sums = partial(sums_of_complete, layout, items, weights)
    extra = None if totals is None else totals.under(batch, each)
    return [_estimated(fit, layout, step, batch.answers.unit, htmt, sums, extra)]


def _of_rows(
    fit: PlsFit, layout: Layout, rows: RowSums, batches: list[RowWeights], htmt: bool, totals: Summed | None,
    each: Map,
) -> list[tuple[Draws, Mask]]:  # fmt: skip
    made = []
    for own in rows.under(batches, totals, each):
        with np.errstate(invalid="ignore"):  # a group of nobody weighs nothing alone
            step = rows.respondents.corrected(own.moments / own.weight)
        sums = partial(scored, rows.cells, own.cells)
        made.append(_estimated(fit, layout, step, rows.sd, htmt, sums, own.totals))
    return made


def _together(batches: Iterable[Array | RowWeights]) -> Iterator[Counted | list[RowWeights]]:
    """Batches whose weights are made as they are asked for, several in a row, and each of the others."""
    held: list[RowWeights] = []
    for batch in batches:
        if isinstance(batch, Counted):
            if held:
                yield held
            yield batch
            held = []
            continue
        held.append(Given(batch) if isinstance(batch, np.ndarray) else batch)
        if holds_every_row(held[-1]) or sum(map(len, held)) >= AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _estimated(
    fit: PlsFit, layout: Layout, step: Array, unit: Array, htmt: bool, sums: Callable[[Array], Sums],
    extra: tuple[Array, Array] | None,
) -> tuple[Draws, Mask]:  # fmt: skip
    """Quantities from moments (q, B) of items in `unit` (p,) points each; `sums` by the outer weights they lead to.
    `extra`: the totals asked for."""
    with np.errstate(divide="ignore", invalid="ignore"):
        R, sd = correlations_of(step, layout.p)
        start = fit.weights["weight_std"].to_numpy()
        solution = kernel.solve(R, layout, kernel.SCHEMES[fit.scheme], TOLERANCE, start=start)
        sd *= unit[:, None]
        outer = unstandardised(solution.weights, sd, layout)
        none = np.empty((0, step.shape[1]))
        ratios = (reliability.htmt(R, layout), reliability.htmt2(R, layout)) if htmt else (none, none)
        part = _quantities(fit, layout, solution, ratios, outer, sd, sums(outer), extra or (none, none))
    return part, solution.converged & (np.abs(solution.phi) <= _POSSIBLE).all(axis=(0, 1))


def joined(parts: Sequence[Draws]) -> Draws:
    """Replicates one after the other."""
    if len(parts) == 1:
        return parts[0]
    names = Draws.__dataclass_fields__
    return Draws.deferring(
        {name: partial(np.concatenate, [getattr(part, name) for part in parts], axis=-1) for name in names}
    )


def correlations_of(step: Array, p: int) -> tuple[Array, Array]:
    """Correlations (p, p, B) and standard deviations (p, B) from moment columns (q, B); a replicate in which
    an item does not vary comes out as NaN, and does not converge."""
    mean, starts, R = step[:p], squares(p), np.empty((p, p, step.shape[1]))
    variance = step[starts] - mean**2
    sd = np.sqrt(np.where(varies(variance, step[starts]), variance, np.nan))
    for i, at in enumerate(starts):  # each item's products with itself and the later ones
        row = step[at : at + p - i] - mean[i] * mean[i:]
        row /= sd[i] * sd[i:]
        R[i, i:] = row
        R[i + 1 :, i] = row[1:]
    return R, sd


def _quantities(
    fit: PlsFit, layout: Layout, solution: kernel.Solution, htmt: tuple[Array, Array], outer: Array, sd: Array,
    sums: Sums, extra: tuple[Array, Array],
) -> Draws:  # fmt: skip
    paths, _ = kernel.structural(solution.phi, layout)
    effects = kernel.total_effects(paths, layout)
    spread = score_sd(solution.weights, sd, layout)
    target = fit.instrument.construct_ids.index(fit.instrument.target)
    return Draws(
        paths=paths,
        effects=effects,
        weights=outer,
        loadings=solution.cross[layout.own],
        htmt=htmt[0],
        htmt2=htmt[1],
        index=sums.overall,
        index_by=sums.by_group,
        items=sums.item_means,
        items_by=sums.items_by_group,
        impact=effects[:, target] * spread[target] / spread,
        phi=solution.phi,
        rho_a=reliability.rho_a_of_weights(solution.weights, layout),
        sums=extra[0],
        sizes=extra[1],
    )


def score_sd(weights: Array, sd: Array, layout: Layout) -> Array:
    """Standard deviation of each construct's score on 0-100 (K, B): 1/Σ(w_std/sd), by the normalisation."""
    return 1.0 / np.add.reduceat(weights / sd, layout.starts, axis=0)
