"""One run of an index: impute, treat, normalise, aggregate, as the choices say. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.composite.aggregation import aggregated
from ncsi.composite.changes import Change, clippings
from ncsi.composite.choices import Choices
from ncsi.composite.imputation import Imputed, imputed
from ncsi.composite.normalisation import normalised
from ncsi.composite.observations import Observations
from ncsi.composite.structure import Structure, equal_weights, named_weights
from ncsi.composite.treatment import Treated, treated
from ncsi.composite.weighting import balanced_weights, entropy_weights, pca_weights
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
    filled = _filled(seen, structure, choices)
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


def prepared_scores(
    seen: Observations, structure: Structure, choices: Choices, learn: Mask | None = None
) -> Array:
    """The `z` (n, p) of `prepared` alone, for draws by the hundred: of outliers that nothing is done about, nothing is
    worked out. Raises as `prepared`."""
    if choices.treat != "none":
        return prepared(seen, structure, choices, learn).z
    filled = _filled(seen, structure, choices)
    return normalised(filled.x, structure, choices.normalise, seen.units, learn).z


def _filled(seen: Observations, structure: Structure, choices: Choices) -> Imputed:
    return imputed(seen, structure, tuple(own or choices.impute for own in structure.impute))


COMPUTED = ("pca", "entropy", "balanced")
"""Schemes that weigh siblings by their scores."""
SENSITIVITY_ONLY = ("entropy", "balanced")
"""Of these, the ones no index is made by."""


def local_weights(structure: Structure, choices: Choices, z: Array, units: tuple[str, ...]) -> Array:
    """Shares among siblings (m,) as chosen; `z` (n, p) are the scores that computed schemes learn from.

    Raises CompositeError for an unknown scheme and weights that do not fit the tree, ModelError where a scheme refuses
    its scores.
    """
    if choices.weights == "given":
        return structure.local
    if choices.weights == "equal":
        return equal_weights(structure)
    if isinstance(choices.weights, str):
        return _computed_weights(structure, choices, z, units)
    named: Mapping[str, float] = dict(choices.weights)
    return named_weights(structure, named)


def _computed_weights(structure: Structure, choices: Choices, z: Array, units: tuple[str, ...]) -> Array:
    """Group by group from the indicators up, each group's scores from the weights found below."""
    if choices.weights not in COMPUTED:
        known = ", ".join(("given", "equal", *COMPUTED))
        raise CompositeError("weights", f"there is no scheme '{choices.weights}'", f"Use {known}")
    local = equal_weights(structure)
    for level in range(2, structure.top + 1):
        scores = scored(z, local, structure, choices, units)
        for node, below in structure.aggregates:
            if structure.level[node] == level and len(below) > 1:
                frame = pd.DataFrame(
                    scores[:, below], index=list(units), columns=[structure.codes[k] for k in below]
                )
                local[below] = _scheme(choices, frame)["weight"].to_numpy()
    return local


def _scheme(choices: Choices, frame: pd.DataFrame) -> pd.DataFrame:
    if choices.weights == "pca":
        return pca_weights(frame).table
    if choices.weights == "balanced":
        return balanced_weights(frame).table
    if choices.normalise.to is None or choices.normalise.method == "z":
        problem = f"entropy needs scores on one range, and `{choices.normalise.method}` has none"
        raise CompositeError("weights", problem, "Normalise to a range that starts at 0 or above")
    return entropy_weights(frame, choices.normalise.to).table


def scored(z: Array, local: Array, structure: Structure, choices: Choices, units: tuple[str, ...]) -> Array:
    """Scores of all nodes (..., n, m) from those of the indicators (..., n, p)."""
    return np.asarray(aggregated(z, local, structure, choices.means, units))
