"""The model: arrays and frozen values in, frozen values out. No files, no clock, no global random state.

The names below load what they need on first use: who counts a panel's answers waits for no model.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Caution": "ncsi.model.cautions",
    "ModelWarning": "ncsi.model.cautions",
    "CbsemFit": "ncsi.model.cbsem",
    "Invariance": "ncsi.model.cbsem",
    "fit_cbsem": "ncsi.model.cbsem",
    "fit_cbsem_moments": "ncsi.model.cbsem",
    "fit_cbsem_on": "ncsi.model.cbsem",
    "invariance": "ncsi.model.cbsem",
    "Gate": "ncsi.model.gates",
    "gate": "ncsi.model.gates",
    "admissibility": "ncsi.model.inference.admissibility",
    "aggregate": "ncsi.model.inference.aggregation",
    "engines": "ncsi.model.inference.agreement",
    "AsymmetricImpact": "ncsi.model.inference.asymmetric_impact",
    "asymmetric_impact": "ncsi.model.inference.asymmetric_impact",
    "changes": "ncsi.model.inference.changes",
    "holm": "ncsi.model.inference.changes",
    "Congruence": "ncsi.model.inference.congruence",
    "congruence": "ncsi.model.inference.congruence",
    "Cvpat": "ncsi.model.inference.cvpat",
    "cvpat": "ncsi.model.inference.cvpat",
    "CopulaTerms": "ncsi.model.inference.endogeneity",
    "gaussian_copula": "ncsi.model.inference.endogeneity",
    "ErrorCheck": "ncsi.model.inference.error_check",
    "check_errors": "ncsi.model.inference.error_check",
    "FitTest": "ncsi.model.inference.fit_test",
    "fit_test": "ncsi.model.inference.fit_test",
    "drivers": "ncsi.model.inference.importance",
    "Mediation": "ncsi.model.inference.mediation",
    "mediation": "ncsi.model.inference.mediation",
    "Micom": "ncsi.model.inference.micom",
    "micom": "ncsi.model.inference.micom",
    "FiniteMixture": "ncsi.model.inference.mixtures",
    "finite_mixture": "ncsi.model.inference.mixtures",
    "ModelChoice": "ncsi.model.inference.model_choice",
    "model_choice": "ncsi.model.inference.model_choice",
    "Moderation": "ncsi.model.inference.moderation",
    "moderation": "ncsi.model.inference.moderation",
    "GroupComparison": "ncsi.model.inference.multigroup",
    "compare_groups": "ncsi.model.inference.multigroup",
    "Necessity": "ncsi.model.inference.necessity",
    "necessity": "ncsi.model.inference.necessity",
    "with_necessity": "ncsi.model.inference.necessity",
    "NecessitySensitivity": "ncsi.model.inference.necessity_sensitivity",
    "necessity_sensitivity": "ncsi.model.inference.necessity_sensitivity",
    "Prediction": "ncsi.model.inference.prediction",
    "predict": "ncsi.model.inference.prediction",
    "q2_predict": "ncsi.model.inference.prediction",
    "rank_sets": "ncsi.model.inference.rank_sets",
    "rank_sets_from_se": "ncsi.model.inference.rank_sets",
    "RelativeImportance": "ncsi.model.inference.relative_importance",
    "relative_importance": "ncsi.model.inference.relative_importance",
    "fay_herriot": "ncsi.model.inference.small_areas",
    "SplitTree": "ncsi.model.inference.split_tree",
    "split_tree": "ncsi.model.inference.split_tree",
    "Tetrads": "ncsi.model.inference.tetrads",
    "tetrads": "ncsi.model.inference.tetrads",
    "em_moments": "ncsi.model.moments.em",
    "Assessment": "ncsi.model.pls.assessment",
    "assess": "ncsi.model.pls.assessment",
    "PlscFit": "ncsi.model.pls.consistent",
    "plsc": "ncsi.model.pls.consistent",
    "PlsFit": "ncsi.model.pls.fit",
    "fit_pls": "ncsi.model.pls.fit",
    "GscaFit": "ncsi.model.pls.gsca",
    "gsca": "ncsi.model.pls.gsca",
    "OrdinalFit": "ncsi.model.pls.ordinal",
    "ordinal_pls": "ncsi.model.pls.ordinal",
    "bootstrap": "ncsi.model.resampling.bootstrap",
    "replicated": "ncsi.model.resampling.bootstrap",
    "InfinitesimalJackknife": "ncsi.model.resampling.infinitesimal",
    "infinitesimal_jackknife": "ncsi.model.resampling.infinitesimal",
    "Paired": "ncsi.model.resampling.panel",
    "paired": "ncsi.model.resampling.panel",
    "Bootstrap": "ncsi.model.resampling.replicates",
}
__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from ncsi.model.cautions import Caution as Caution
    from ncsi.model.cautions import ModelWarning as ModelWarning
    from ncsi.model.cbsem import CbsemFit as CbsemFit
    from ncsi.model.cbsem import Invariance as Invariance
    from ncsi.model.cbsem import fit_cbsem as fit_cbsem
    from ncsi.model.cbsem import fit_cbsem_moments as fit_cbsem_moments
    from ncsi.model.cbsem import fit_cbsem_on as fit_cbsem_on
    from ncsi.model.cbsem import invariance as invariance
    from ncsi.model.gates import Gate as Gate
    from ncsi.model.gates import gate as gate
    from ncsi.model.inference.admissibility import admissibility as admissibility
    from ncsi.model.inference.aggregation import aggregate as aggregate
    from ncsi.model.inference.agreement import engines as engines
    from ncsi.model.inference.asymmetric_impact import AsymmetricImpact as AsymmetricImpact
    from ncsi.model.inference.asymmetric_impact import asymmetric_impact as asymmetric_impact
    from ncsi.model.inference.changes import changes as changes
    from ncsi.model.inference.changes import holm as holm
    from ncsi.model.inference.congruence import Congruence as Congruence
    from ncsi.model.inference.congruence import congruence as congruence
    from ncsi.model.inference.cvpat import Cvpat as Cvpat
    from ncsi.model.inference.cvpat import cvpat as cvpat
    from ncsi.model.inference.endogeneity import CopulaTerms as CopulaTerms
    from ncsi.model.inference.endogeneity import gaussian_copula as gaussian_copula
    from ncsi.model.inference.error_check import ErrorCheck as ErrorCheck
    from ncsi.model.inference.error_check import check_errors as check_errors
    from ncsi.model.inference.fit_test import FitTest as FitTest
    from ncsi.model.inference.fit_test import fit_test as fit_test
    from ncsi.model.inference.importance import drivers as drivers
    from ncsi.model.inference.mediation import Mediation as Mediation
    from ncsi.model.inference.mediation import mediation as mediation
    from ncsi.model.inference.micom import Micom as Micom
    from ncsi.model.inference.micom import micom as micom
    from ncsi.model.inference.mixtures import FiniteMixture as FiniteMixture
    from ncsi.model.inference.mixtures import finite_mixture as finite_mixture
    from ncsi.model.inference.model_choice import ModelChoice as ModelChoice
    from ncsi.model.inference.model_choice import model_choice as model_choice
    from ncsi.model.inference.moderation import Moderation as Moderation
    from ncsi.model.inference.moderation import moderation as moderation
    from ncsi.model.inference.multigroup import GroupComparison as GroupComparison
    from ncsi.model.inference.multigroup import compare_groups as compare_groups
    from ncsi.model.inference.necessity import Necessity as Necessity
    from ncsi.model.inference.necessity import necessity as necessity
    from ncsi.model.inference.necessity import with_necessity as with_necessity
    from ncsi.model.inference.necessity_sensitivity import NecessitySensitivity as NecessitySensitivity
    from ncsi.model.inference.necessity_sensitivity import necessity_sensitivity as necessity_sensitivity
    from ncsi.model.inference.prediction import Prediction as Prediction
    from ncsi.model.inference.prediction import predict as predict
    from ncsi.model.inference.prediction import q2_predict as q2_predict
    from ncsi.model.inference.rank_sets import rank_sets as rank_sets
    from ncsi.model.inference.rank_sets import rank_sets_from_se as rank_sets_from_se
    from ncsi.model.inference.relative_importance import RelativeImportance as RelativeImportance
    from ncsi.model.inference.relative_importance import relative_importance as relative_importance
    from ncsi.model.inference.small_areas import fay_herriot as fay_herriot
    from ncsi.model.inference.split_tree import SplitTree as SplitTree
    from ncsi.model.inference.split_tree import split_tree as split_tree
    from ncsi.model.inference.tetrads import Tetrads as Tetrads
    from ncsi.model.inference.tetrads import tetrads as tetrads
    from ncsi.model.moments.em import em_moments as em_moments
    from ncsi.model.pls.assessment import Assessment as Assessment
    from ncsi.model.pls.assessment import assess as assess
    from ncsi.model.pls.consistent import PlscFit as PlscFit
    from ncsi.model.pls.consistent import plsc as plsc
    from ncsi.model.pls.fit import PlsFit as PlsFit
    from ncsi.model.pls.fit import fit_pls as fit_pls
    from ncsi.model.pls.gsca import GscaFit as GscaFit
    from ncsi.model.pls.gsca import gsca as gsca
    from ncsi.model.pls.ordinal import OrdinalFit as OrdinalFit
    from ncsi.model.pls.ordinal import ordinal_pls as ordinal_pls
    from ncsi.model.resampling.bootstrap import bootstrap as bootstrap
    from ncsi.model.resampling.bootstrap import replicated as replicated
    from ncsi.model.resampling.infinitesimal import InfinitesimalJackknife as InfinitesimalJackknife
    from ncsi.model.resampling.infinitesimal import infinitesimal_jackknife as infinitesimal_jackknife
    from ncsi.model.resampling.panel import Paired as Paired
    from ncsi.model.resampling.panel import paired as paired
    from ncsi.model.resampling.replicates import Bootstrap as Bootstrap


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ncsi.model' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
