"""Composite indices: trees of indicators, from raw values to scores and ranks. Pure: frames and arrays."""

from ncsi.composite.aggregation import aggregated, copeland, index_scores, outranking
from ncsi.composite.choices import Choices, Mean, Normalisation, choices_of
from ncsi.composite.diagnostics import Coherence, coherence
from ncsi.composite.fit import CompositeFit, fit_composite
from ncsi.composite.importance import Importance, importance
from ncsi.composite.normalisation import normalised
from ncsi.composite.observations import Observations, observations_of
from ncsi.composite.outcomes import Outcomes
from ncsi.composite.replicates import replicates_of
from ncsi.composite.screening import screened
from ncsi.composite.sensitivity import Sensitivity
from ncsi.composite.steps import Prepared, local_weights, prepared, prepared_scores, scored
from ncsi.composite.structure import Structure, equal_weights, global_weights, structure_of
from ncsi.composite.uncertainty import Uncertainty
from ncsi.composite.weighting import (
    balanced_weights,
    budget_weights,
    entropy_weights,
    first_component_weights,
    pca_weights,
)

__all__ = [
    "Choices",
    "Coherence",
    "CompositeFit",
    "Importance",
    "Mean",
    "Normalisation",
    "Observations",
    "Outcomes",
    "Prepared",
    "Sensitivity",
    "Structure",
    "Uncertainty",
    "aggregated",
    "balanced_weights",
    "budget_weights",
    "choices_of",
    "coherence",
    "copeland",
    "entropy_weights",
    "equal_weights",
    "first_component_weights",
    "fit_composite",
    "global_weights",
    "importance",
    "index_scores",
    "local_weights",
    "normalised",
    "observations_of",
    "outranking",
    "pca_weights",
    "prepared",
    "prepared_scores",
    "replicates_of",
    "scored",
    "screened",
    "structure_of",
]
