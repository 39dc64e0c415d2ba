"""Composite indices: trees of indicators, from raw values to scores and ranks. Pure: frames and arrays."""

from ncsi.composite.aggregation import aggregated, copeland, index_scores, outranking
from ncsi.composite.choices import Choices, Mean, Normalisation, choices_of
from ncsi.composite.fit import CompositeFit, fit_composite
from ncsi.composite.normalisation import normalised
from ncsi.composite.observations import Observations, observations_of
from ncsi.composite.screening import screened
from ncsi.composite.steps import Prepared, local_weights, prepared, scored
from ncsi.composite.structure import Structure, equal_weights, global_weights, structure_of

__all__ = [
    "Choices",
    "CompositeFit",
    "Mean",
    "Normalisation",
    "Observations",
    "Prepared",
    "Structure",
    "aggregated",
    "choices_of",
    "copeland",
    "equal_weights",
    "fit_composite",
    "global_weights",
    "index_scores",
    "local_weights",
    "normalised",
    "observations_of",
    "outranking",
    "prepared",
    "scored",
    "screened",
    "structure_of",
]
