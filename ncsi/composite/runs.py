"""Many runs of one index, each with its methods and draws, in blocks.

What a rule learns from the data (values filled in, cells drawn in) is learnt once for each combination of methods,
from the values as observed: an error moves values, not the rule. Data-based normalisation is learnt anew in each run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.aggregation import index_scores
from ncsi.composite.alternatives import MethodInput, Way
from ncsi.composite.choices import Mean
from ncsi.composite.draws import ValueDraws, WeightDraws
from ncsi.composite.linear import from_linear, one_mean, outside_domain, to_linear
from ncsi.composite.normalisation import normalised
from ncsi.composite.steps import Prepared, local_weights, prepared
from ncsi.composite.structure import Structure, global_weights

if TYPE_CHECKING:
    from ncsi.composite.fit import CompositeFit

CELLS_AT_A_TIME = 500_000
"""Numbers held at once: what stays in the processor's cache, and under any memory."""
PREPARING = ("impute", "treat", "normalise", "benchmarks")
"""Methods that change the scores of the indicators."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """The index of `fit` with `methods` to choose and `values` and `weights` to draw: its inputs, in this order."""

    fit: CompositeFit
    methods: tuple[MethodInput, ...] = ()
    values: tuple[ValueDraws, ...] = ()
    weights: tuple[WeightDraws, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        drawn = (*(one.name for one in self.values), *(one.name for one in self.weights))
        return (*(one.name for one in self.methods), *drawn)

    @property
    def counts(self) -> tuple[int, ...]:
        """Alternatives or draws of each input."""
        drawn = (*(one.count for one in self.values), *(one.count for one in self.weights))
        return (*(len(one.labels) for one in self.methods), *drawn)

    def scores(self, levels: Positions, wanted: Mask) -> Array:
        """The index (R, w) of the `wanted` units (n,) in runs of these levels (R, inputs). NaN where it has none."""
        out = np.empty((len(levels), int(wanted.sum())))
        chosen = levels[:, : len(self.methods)]
        keys, of = np.unique(chosen, axis=0, return_inverse=True)
        ready: dict[tuple[int, ...], Prepared] = {}
        for key, way_levels in enumerate(keys):
            way = self._way(way_levels)
            prepared_by = tuple(
                level
                for one, level in zip(self.methods, way_levels.tolist(), strict=True)
                if one.name in PREPARING
            )
            if prepared_by not in ready:
                ready[prepared_by] = prepared(self.fit.seen, way.structure, way.choices, self.fit.learn)
            rows = np.flatnonzero(of.ravel() == key)
            self._fill(out, rows, levels, way, ready[prepared_by], wanted)
        return out

    def _way(self, levels: Positions) -> Way:
        steps = [one.steps[level] for one, level in zip(self.methods, levels, strict=True)]
        return reduce(lambda way, step: step(way), steps, Way(self.fit.choices, self.fit.structure))

    def _fill(
        self, out: Array, rows: Positions, levels: Positions, way: Way, ready: Prepared, wanted: Mask
    ) -> None:
        """The rows of `out` that go this way."""
        units = self.fit.seen.units
        local = local_weights(way.structure, way.choices, ready.z, units)
        if not self.values and not self.weights:
            out[rows] = index_scores(ready.z, local, way.structure, way.choices.means, units)[wanted]
            return
        first = len(self.methods)
        varied = _Varied.of(self, way, ready)
        for part in _blocks(rows, varied.cells):
            drawn = levels[part, first:]
            weights = np.broadcast_to(local, (len(part), len(local)))
            for one, draws in zip(self.weights, drawn[:, len(self.values) :].T, strict=True):
                weights = one.weights(weights, way.structure, draws)
            out[part] = varied.index(drawn[:, : len(self.values)], weights)[:, wanted]


def _blocks(rows: Positions, cells: int) -> Iterator[Positions]:
    at_a_time = max(1, CELLS_AT_A_TIME // cells)
    for start in range(0, len(rows), at_a_time):
        yield rows[start : start + at_a_time]


@dataclass(frozen=True, slots=True)
class _Varied:
    """The index under draws on one way: the indicators at `columns` move, the others' scores are those of `ready`.

    `still`: the sum of what does not move is one matrix product for all runs, where one mean holds throughout and
    nothing is missing: then these are the others' scores (n, p) on that mean's linear scale, and None elsewhere.
    """

    experiment: Experiment
    way: Way
    ready: Prepared
    columns: Positions
    part: Structure
    mean: Mean | None
    still: Array

    @classmethod
    def of(cls, experiment: Experiment, way: Way, ready: Prepared) -> _Varied:
        """What moves on this way."""
        moved = np.zeros(way.structure.leaves, dtype=bool)
        for one in experiment.values:
            moved |= one.moves(ready)
        mean, still = one_mean(way.choices.means), ready.z[:, ~moved]
        if mean is None or np.isnan(ready.z).any() or outside_domain(still, mean).any():
            mean, still = None, np.empty((len(ready.z), 0))
        else:
            still = to_linear(still, mean)
        columns = np.flatnonzero(moved)
        return cls(experiment, way, ready, columns, _only(way.structure, columns), mean, still)

    @property
    def cells(self) -> int:
        """Numbers held for one run."""
        nodes = len(self.way.structure.codes) if self.mean is None else 1
        return len(self.ready.z) * (nodes + len(self.columns))

    def index(self, draws: Positions, weights: Array) -> Array:
        """The index (B, n) in these draws (B, value inputs) by local weights (B, m)."""
        moving = self._moving(draws)
        if self.mean is None or outside_domain(moving, self.mean).any():
            return self._by_nodes(moving, weights)
        counts = global_weights(self.way.structure, weights)[:, : self.way.structure.leaves]
        linear = np.delete(counts, self.columns, axis=1) @ self.still.T
        if len(self.columns):
            linear += np.matmul(to_linear(moving, self.mean), counts[:, self.columns, None])[..., 0]
        return from_linear(linear, self.mean)

    def _by_nodes(self, moving: Array, weights: Array) -> Array:
        z = np.repeat(self.ready.z[None], len(moving), axis=0) if len(self.columns) else self.ready.z
        if len(self.columns):
            z[:, :, self.columns] = moving
        units = self.experiment.fit.seen.units
        return index_scores(z, weights, self.way.structure, self.way.choices.means, units)

    def _moving(self, draws: Positions) -> Array:
        """Scores (B, n, c) of the indicators that move."""
        raw = np.repeat(self.ready.imputed[None, :, self.columns], len(draws), axis=0)
        if not len(self.columns):
            return raw
        for one, level in zip(self.experiment.values, draws.T, strict=True):
            raw += one.deviations(self.ready, self.columns, level)
        how, fit = self.way.choices.normalise, self.experiment.fit
        return normalised(self._treated(raw), self.part, how, fit.seen.units, fit.learn).z

    def _treated(self, raw: Array) -> Array:
        """Outliers as treated before: drawn-in columns end where they end, transformed ones follow their curve."""
        for at, column in enumerate(self.columns):
            outcome, after = self.ready.treatment.outcomes[column], self.ready.treated[:, column]
            if outcome == "winsorised":
                np.clip(raw[:, :, at], np.nanmin(after), np.nanmax(after), out=raw[:, :, at])
            elif outcome == "transformed":
                before = self.ready.imputed[:, column]
                order = np.argsort(before[~np.isnan(before)])
                curve = before[~np.isnan(before)][order], after[~np.isnan(before)][order]
                raw[:, :, at] = np.where(np.isnan(raw[:, :, at]), np.nan, np.interp(raw[:, :, at], *curve))
        return raw


def _only(structure: Structure, columns: Positions) -> Structure:
    """The structure of these indicators alone, as far as normalisation goes."""
    return replace(
        structure,
        codes=tuple(structure.codes[column] for column in columns),
        leaves=len(columns),
        direction=structure.direction[columns],
        lower=structure.lower[columns],
        upper=structure.upper[columns],
        target=structure.target[columns],
    )
