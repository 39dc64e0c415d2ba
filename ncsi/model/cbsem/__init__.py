"""Covariance SEM, a check on the published PLS model; the only door to semopy."""

from ncsi.model.cbsem.factor_scores import factor_scores
from ncsi.model.cbsem.invariance import Invariance, invariance
from ncsi.model.cbsem.respondents import fit_cbsem, fit_cbsem_on
from ncsi.model.cbsem.solution import CbsemFit, fit_cbsem_moments

__all__ = [
    "CbsemFit",
    "Invariance",
    "factor_scores",
    "fit_cbsem",
    "fit_cbsem_moments",
    "fit_cbsem_on",
    "invariance",
]
