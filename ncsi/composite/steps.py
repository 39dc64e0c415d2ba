"""One run of an index: impute, treat, normalise, aggregate, as the choices say. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.composite.aggregation import aggregated
from ncsi.composite.changes import Change, clippings
from ncsi.composite.choices import Choices
from ncsi.composite.normalisation import normalised
from ncsi.composite.observations import Observations
from ncsi.composite.structure import Structure, equal_weights, named_weights
from ncsi.errors import CompositeError


@dataclass(frozen=True, slots=True)
class Prepared:
    """Values after each step: `imputed`, `treated` (n, p) on the raw scale, `z` (n, p) scores; what changed."""

    imputed: Array
    treated: Array
    z: Array
    changes: tuple[Change, ...]


def prepared(
    seen: Observations, structure: Structure, choices: Choices, learn: Mask | None = None
) -> Prepared:
    """Everything up to the scores of the indicators. `learn` (n,): the units that data-based scores learn from."""
    x = seen.x
    scores = normalised(x, structure, choices.normalise, seen.units, learn)
    rule = "benchmark" if choices.normalise.method == "fixed" else "target"
    return Prepared(x, x, scores.z, clippings(x, scores.clipped, rule))


def local_weights(structure: Structure, choices: Choices) -> Array:
    """Shares among siblings (m,) as chosen. Raises CompositeError for an unknown scheme."""
    if choices.weights == "given":
        return structure.local
    if choices.weights == "equal":
        return equal_weights(structure)
    if isinstance(choices.weights, str):
        raise CompositeError("weights", f"there is no scheme '{choices.weights}'", "Use given or equal")
    named: Mapping[str, float] = dict(choices.weights)
    return named_weights(structure, named)


def scored(z: Array, local: Array, structure: Structure, choices: Choices, units: tuple[str, ...]) -> Array:
    """Scores of all nodes (..., n, m) from those of the indicators (..., n, p)."""
    return np.asarray(aggregated(z, local, structure, choices.means, units))
