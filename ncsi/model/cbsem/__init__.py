"""Covariance SEM, a check on the published PLS model; the only door to semopy."""

from ncsi.model.cbsem.factor_scores import factor_scores
from ncsi.model.cbsem.invariance import Invariance, invariance
from ncsi.model.cbsem.modification import modification_indices
from ncsi.model.cbsem.residuals import CbsemResiduals, residuals
from ncsi.model.cbsem.respondents import fit_cbsem, fit_cbsem_on
from ncsi.model.cbsem.solution import CbsemFit, Missing, fit_cbsem_moments

__all__ = [
    "CbsemFit",
    "CbsemResiduals",
    "Invariance",
    "Missing",
    "factor_scores",
    "fit_cbsem",
    "fit_cbsem_moments",
    "fit_cbsem_on",
    "invariance",
    "modification_indices",
    "residuals",
]
