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
        preparing = [at for at, one in enumerate(self.methods) if one.name in PREPARING]
        for rows in _alike(levels[:, preparing]):
            way = self._way(levels[rows[0]])
            ready = prepared(self.fit.seen, way.structure, way.choices, self.fit.learn)
            moving, local = Moving.of(self, way, ready), dict[tuple[int, ...], Array]()
            columns = slice(len(self.methods), len(self.methods) + len(self.values))
            draws, of = np.unique(levels[rows, columns], axis=0, return_inverse=True)
            for start in range(0, len(draws), moving.at_a_time):
                part = slice(start, start + moving.at_a_time)
                z, first = moving.scores(draws[part]), of.ravel() - start
                here = (first >= 0) & (first < len(draws[part]))
                self._fill(out, rows[here], levels, moving, z, first[here], wanted, local)
        return out

    def _way(self, levels: Positions) -> Way:
        chosen = levels[: len(self.methods)]
        steps = [one.steps[level] for one, level in zip(self.methods, chosen, strict=True)]
        return reduce(lambda way, step: step(way), steps, Way(self.fit.choices, self.fit.structure))

    def _fill(
        self, out: Array, rows: Positions, levels: Positions, moving: Moving, z: Array, of: Positions,
        wanted: Mask, known: dict[tuple[int, ...], Array],
    ) -> None:  # fmt: skip
        """The `rows` of `out`, whose moving scores are `z[of]`, by the weights and means they take; `known` keeps the
        weights of each way."""
        units, ready = self.fit.seen.units, moving.ready
        for alike in _alike(levels[rows, : len(self.methods)]):
            key, way = tuple(levels[rows[alike[0]], : len(self.methods)]), self._way(levels[rows[alike[0]]])
            if key not in known:
                known[key] = local_weights(way.structure, way.choices, ready.z, units)
            if not self.weights and not len(moving.columns):
                scores = index_scores(ready.z, known[key], way.structure, way.choices.means, units)
                out[rows[alike]] = scores[wanted]
                continue
            weights = np.broadcast_to(known[key], (len(alike), len(known[key])))
            first = len(self.methods) + len(self.values)
            for one, draws in zip(self.weights, levels[rows[alike], first:].T, strict=True):
                weights = one.weights(weights, way.structure, draws)
            index = Aggregation(way, ready, moving.columns, units)
            out[rows[alike]] = index.scores(z[of[alike]], weights)[:, wanted]


def _alike(levels: Positions) -> Iterator[Positions]:
    """Positions of the runs that take the same levels (R, …), for each set of levels that some take."""
    keys, of = np.unique(levels, axis=0, return_inverse=True)
    for key in range(len(keys)):
        yield np.flatnonzero(of.ravel() == key)


@dataclass(frozen=True, slots=True)
class Moving:
    """Scores under draws, the methods that prepare them held: those at `columns` are normalised in each run."""

    experiment: Experiment
    way: Way
    ready: Prepared
    columns: Positions
    part: Structure

    @classmethod
    def of(cls, experiment: Experiment, way: Way, ready: Prepared) -> Moving:
        """What moves on this way."""
        moved = np.zeros(way.structure.leaves, dtype=bool)
        for one in experiment.values:
            moved |= one.moves(ready)
        columns = np.flatnonzero(moved)
        return cls(experiment, way, ready, columns, _only(way.structure, columns))

    @property
    def at_a_time(self) -> int:
        """Draws whose numbers, and those of runs that use them, are held at once."""
        cells = len(self.ready.z) * (len(self.way.structure.codes) + len(self.columns))
        return max(1, CELLS_AT_A_TIME // cells)

    def scores(self, draws: Positions) -> Array:
        """Scores (B, n, c) of the indicators that move, in these draws (B, value inputs)."""
        raw = np.repeat(self.ready.imputed[None, :, self.columns], len(draws), axis=0)
        if not len(self.columns):
            return raw
        for one, level in zip(self.experiment.values, draws.T, strict=True):
            one.add_to(raw, self.ready, self.columns, level)
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
                there = ~np.isnan(before)
                order = np.argsort(before[there])
                curve = np.interp(raw[:, :, at], before[there][order], after[there][order])
                raw[:, :, at] = np.where(np.isnan(raw[:, :, at]), np.nan, curve)
        return raw


@dataclass(frozen=True, slots=True)
class Aggregation:
    """From scores to the index: those at `columns` differ from run to run, the others are those of `ready`."""

    way: Way
    ready: Prepared
    columns: Positions
    units: tuple[str, ...]

    def scores(self, moving: Array, weights: Array) -> Array:
        """The index (B, n) from the scores that move (B, n, c), by local weights (B, m).

        Where one mean holds throughout and nothing is missing, the index is that mean by global weights; then what
        does not move is one matrix product for all runs.
        """
        mean, fixed = one_mean(self.way.choices.means), np.delete(self.ready.z, self.columns, axis=1)
        if mean is None or np.isnan(self.ready.z).any():
            return self._by_nodes(moving, weights)
        if outside_domain(fixed, mean).any() or outside_domain(moving, mean).any():
            return self._by_nodes(moving, weights)
        counts = global_weights(self.way.structure, weights)[:, : self.way.structure.leaves]
        linear = np.delete(counts, self.columns, axis=1) @ to_linear(fixed, mean).T
        if len(self.columns):
            linear += np.matmul(to_linear(moving, mean), counts[:, self.columns, None])[..., 0]
        return from_linear(linear, mean)

    def _by_nodes(self, moving: Array, weights: Array) -> Array:
        z = self.ready.z
        if len(self.columns):
            z = np.repeat(z[None], len(moving), axis=0)
            z[:, :, self.columns] = moving
        return index_scores(z, weights, self.way.structure, self.way.choices.means, self.units)


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
