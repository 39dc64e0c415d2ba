"""One run of an index: impute, treat, normalise, aggregate, as the choices say. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.composite.aggregation import aggregated
from ncsi.composite.changes import Change, clippings
from ncsi.composite.choices import Choices
from ncsi.composite.imputation import imputed
from ncsi.composite.normalisation import normalised
from ncsi.composite.observations import Observations
from ncsi.composite.structure import Structure, equal_weights, named_weights
from ncsi.composite.treatment import Treated, treated
from ncsi.errors import CompositeError


@dataclass(frozen=True, slots=True)
class Prepared:
    """Values after each step: `imputed`, `treated` (n, p) on the raw scale, `z` (n, p) scores. `se` (n, p): standard
    errors of the raw values, of imputed cells the residual sd of their rule. `treatment`: what became of outliers;
    `changes`: every cell that a step changed."""

    imputed: Array
    se: Array
    treated: Array
    z: Array
    treatment: Treated
    changes: tuple[Change, ...]


def prepared(
    seen: Observations, structure: Structure, choices: Choices, learn: Mask | None = None
) -> Prepared:
    """Everything up to the scores of the indicators. `learn` (n,): the units that data-based scores learn from.

    Raises CompositeError naming unit, node and value.
    """
    rules = tuple(own or choices.impute for own in structure.impute)
    filled = imputed(seen, structure, rules)
    treatment = treated(filled.x, choices.treat)
    how = choices.normalise
    if treatment.transformed and how.method in ("fixed", "target"):
        node = structure.codes[treatment.transformed[0]]
        problem = f"`{choices.treat}` left the raw scale, on which `{how.method}` has its benchmarks"
        raise CompositeError(f"node {node}", problem, "Winsorise only: fixed benchmarks clip outliers anyway")
    scores = normalised(treatment.x, structure, how, seen.units, learn)
    clipped = clippings(treatment.x, scores.clipped, "benchmark" if how.method == "fixed" else "target")
    changes = (*filled.changes, *treatment.changes, *clipped)
    return Prepared(filled.x, filled.se, treatment.x, scores.z, treatment, changes)


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
