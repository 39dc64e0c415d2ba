"""From raw values to scores that rise with goodness. OECD (2008) ch. 5; the names of COINr where it has them.

Kernels take values x (..., n, p), leading axes for replicates, and give scores of the same shape; NaN stays NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.composite.choices import Normalisation
from ncsi.composite.ranks import ascending
from ncsi.composite.structure import Structure
from ncsi.errors import CompositeError

CONSTANT = 1e-12
"""A range this small beside the values is that of a constant."""


@dataclass(frozen=True, slots=True)
class Scores:
    """`z` (..., n, p); `clipped` (..., n, p): the raw value that a cell was clipped to, NaN where it was not."""

    z: Array
    clipped: Array


def normalised(
    x: Array, structure: Structure, how: Normalisation, units: Sequence[str], learn: Mask | None = None
) -> Scores:
    """Scores of raw values x (..., n, p). `learn` (n,): the units that minima, means and the like come from.

    Raises CompositeError naming indicator, unit and value: no benchmarks, a constant indicator, a target that is no
    better than the worst unit, values of 0 or less under `fraction`, an unknown or missing reference unit.
    """
    if how.method == "fixed":
        return _fixed(x, structure, _span(how))
    from_units = x if learn is None else x[..., learn, :]
    _check_varies(from_units, structure)
    if how.method == "target":
        return _target(x, from_units, structure, how)
    return Scores(_learnt(x, from_units, structure, how, units), np.full(x.shape, np.nan))


def _learnt(
    x: Array, from_units: Array, structure: Structure, how: Normalisation, units: Sequence[str]
) -> Array:
    s = structure.direction
    if how.method in ("rank", "borda", "percentile_rank"):
        return _ranked(s * x, x is from_units, how)
    if how.method == "z":
        mean, sd = _span(how)
        spread = np.nanstd(from_units, axis=-2, ddof=1, keepdims=True)
        return np.asarray(mean + sd * s * (x - np.nanmean(from_units, axis=-2, keepdims=True)) / spread)
    if how.method == "minmax":
        low, high = _extremes(s * from_units)
        return _onto(how, (s * x - low) / (high - low))
    if how.method == "fraction":
        _check_positive(x, structure, units)
        low, high = _extremes(from_units)
        return _onto(how, np.where(s > 0, x / high, low / x))
    return _onto(how, _from_reference(x, from_units, structure, how, units))


def _span(how: Normalisation) -> tuple[float, float]:
    if how.to is None:
        raise CompositeError("to", f"`{how.method}` has no range", "Give `to`")
    return how.to


def _onto(how: Normalisation, share: Array) -> Array:
    """Shares of 0 to 1 onto the range."""
    worst, best = _span(how)
    return np.asarray(worst + (best - worst) * share)


def _extremes(x: Array) -> tuple[Array, Array]:
    return np.nanmin(x, axis=-2, keepdims=True), np.nanmax(x, axis=-2, keepdims=True)


def _fixed(x: Array, structure: Structure, to: tuple[float, float]) -> Scores:
    """Between benchmarks, clipped: x ≤ lower and x ≥ upper are the ends of the range. 60 to 100 is linear 功效系数."""
    absent = np.flatnonzero(np.isnan(structure.lower))
    if absent.size:
        cure = "Declare `lower` and `upper`, or normalise by the data"
        raise CompositeError(f"node {structure.codes[absent[0]]}", "has no benchmarks", cure)
    within = np.clip(x, structure.lower, structure.upper)
    share = (within - structure.lower) / (structure.upper - structure.lower)
    worst, best = to
    z = worst + (best - worst) * np.where(structure.direction > 0, share, 1.0 - share)
    return Scores(np.asarray(z), np.where(within != x, within, np.nan))


def _target(x: Array, from_units: Array, structure: Structure, how: Normalisation) -> Scores:
    """Way from the worst unit to the target; at the target 1, and with `cap` not beyond."""
    absent = np.flatnonzero(np.isnan(structure.target))
    if absent.size:
        raise CompositeError(
            f"node {structure.codes[absent[0]]}", "has no target", "Declare `target` on the raw scale"
        )
    s = structure.direction
    worst = _extremes(s * from_units)[0]
    way = s * structure.target - worst
    wrong = np.flatnonzero((way <= 0).reshape(-1, structure.leaves).any(axis=0))
    if wrong.size:
        k = wrong[0]
        better = "more" if s[k] > 0 else "less"
        problem = (
            f"the target {structure.target[k]:g} is no better than the worst unit, where {better} is better"
        )
        raise CompositeError(
            f"node {structure.codes[k]}", problem, "Give the target on the raw scale, and check the direction"
        )
    share = (s * x - worst) / way
    beyond = (share > 1) & how.cap
    return Scores(
        _onto(how, np.where(beyond, 1.0, share)),
        np.where(beyond, np.broadcast_to(structure.target, x.shape), np.nan),
    )


def _ranked(x: Array, all_units: bool, how: Normalisation) -> Array:
    if not all_units:
        cure = "Leave out the units to learn from, or take another normalisation"
        raise CompositeError("normalise", f"`{how.method}` is a place among all units", cure)
    rank = ascending(x)
    if how.method == "rank":
        return rank
    if how.method == "borda":
        return rank - 1
    counted = (~np.isnan(x)).sum(axis=-2, keepdims=True)
    return _onto(how, (rank - 1) / (counted - 1))


def _from_reference(
    x: Array, from_units: Array, structure: Structure, how: Normalisation, units: Sequence[str]
) -> Array:
    """1 - (x_ref - x) / (x_ref - worst): 1 at the reference unit, above 1 where a unit is better (COINr)."""
    if how.reference is None or how.reference not in units:
        raise CompositeError("reference", f"there is no unit '{how.reference}'", "Name a unit of the data")
    s = structure.direction
    worst = _extremes(s * from_units)[0]
    own = (s * x).take([list(units).index(how.reference)], axis=-2)
    way = own - worst
    bad = np.flatnonzero(~(way > 0).reshape(-1, structure.leaves).all(axis=0))
    if bad.size:
        problem = f"the reference unit '{how.reference}' has no value, or the worst"
        raise CompositeError(
            f"node {structure.codes[bad[0]]}", problem, "Take a unit that is better than the worst"
        )
    return np.asarray(1.0 - (own - s * x) / way)


def _check_varies(x: Array, structure: Structure) -> None:
    empty = np.flatnonzero(np.isnan(x).all(axis=-2).reshape(-1, structure.leaves).any(axis=0))
    if empty.size:
        raise CompositeError(
            f"node {structure.codes[empty[0]]}", "no unit has a value", "Take the indicator out"
        )
    low, high = _extremes(x)
    flat = high - low <= CONSTANT * np.maximum(np.abs(low), np.abs(high))
    for k in np.flatnonzero(flat.reshape(-1, structure.leaves).any(axis=0))[:1]:
        value = low.reshape(-1, structure.leaves)[0, k]
        raise CompositeError(
            f"node {structure.codes[k]}",
            f"every unit has {value:g}: a constant cannot be normalised by the data",
            "Take the indicator out, or normalise by fixed benchmarks",
        )


def _check_positive(x: Array, structure: Structure, units: Sequence[str]) -> None:
    bad = np.argwhere(x <= 0)
    if len(bad):
        *_, unit, k = bad[0]
        raise CompositeError(
            f"unit {units[unit]}, node {structure.codes[k]}",
            f"the value is {x[tuple(bad[0])]:g}, and a fraction of the best needs positive values",
            "Take another normalisation",
        )
