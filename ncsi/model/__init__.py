"""The model: arrays and frozen values in, frozen values out. No files, no clock, no global random state."""

from ncsi.model.cautions import Caution, ModelWarning
from ncsi.model.cbsem import CbsemFit, Invariance, fit_cbsem, fit_cbsem_moments, fit_cbsem_on, invariance
from ncsi.model.gates import Gate, gate
from ncsi.model.inference.admissibility import admissibility
from ncsi.model.inference.aggregation import aggregate
from ncsi.model.inference.agreement import engines
from ncsi.model.inference.asymmetric_impact import AsymmetricImpact, asymmetric_impact
from ncsi.model.inference.changes import changes, holm
from ncsi.model.inference.congruence import Congruence, congruence
from ncsi.model.inference.cvpat import Cvpat, cvpat
from ncsi.model.inference.endogeneity import CopulaTerms, gaussian_copula
from ncsi.model.inference.fit_test import FitTest, fit_test
from ncsi.model.inference.importance import drivers
from ncsi.model.inference.mediation import Mediation, mediation
from ncsi.model.inference.micom import Micom, micom
from ncsi.model.inference.mixtures import FiniteMixture, finite_mixture
from ncsi.model.inference.model_choice import ModelChoice, model_choice
from ncsi.model.inference.moderation import Moderation, moderation
from ncsi.model.inference.multigroup import GroupComparison, compare_groups
from ncsi.model.inference.necessity import Necessity, necessity, with_necessity
from ncsi.model.inference.necessity_sensitivity import NecessitySensitivity, necessity_sensitivity
from ncsi.model.inference.prediction import Prediction, predict, q2_predict
from ncsi.model.inference.rank_sets import rank_sets, rank_sets_from_se
from ncsi.model.inference.relative_importance import RelativeImportance, relative_importance
from ncsi.model.inference.small_areas import fay_herriot
from ncsi.model.inference.split_tree import SplitTree, split_tree
from ncsi.model.inference.tetrads import Tetrads, tetrads
from ncsi.model.moments.em import em_moments
from ncsi.model.pls.assessment import Assessment, assess
from ncsi.model.pls.consistent import PlscFit, plsc
from ncsi.model.pls.fit import PlsFit, fit_pls
from ncsi.model.pls.gsca import GscaFit, gsca
from ncsi.model.pls.ordinal import OrdinalFit, ordinal_pls
from ncsi.model.resampling.bootstrap import bootstrap, replicated
from ncsi.model.resampling.panel import Paired, paired
from ncsi.model.resampling.replicates import Bootstrap

__all__ = [
    "Assessment",
    "AsymmetricImpact",
    "Bootstrap",
    "Caution",
    "CbsemFit",
    "Congruence",
    "CopulaTerms",
    "Cvpat",
    "FiniteMixture",
    "FitTest",
    "Gate",
    "GroupComparison",
    "GscaFit",
    "Invariance",
    "Mediation",
    "Micom",
    "ModelChoice",
    "ModelWarning",
    "Moderation",
    "Necessity",
    "NecessitySensitivity",
    "OrdinalFit",
    "Paired",
    "PlsFit",
    "PlscFit",
    "Prediction",
    "RelativeImportance",
    "SplitTree",
    "Tetrads",
    "admissibility",
    "aggregate",
    "assess",
    "asymmetric_impact",
    "bootstrap",
    "changes",
    "compare_groups",
    "congruence",
    "cvpat",
    "drivers",
    "em_moments",
    "engines",
    "fay_herriot",
    "finite_mixture",
    "fit_cbsem",
    "fit_cbsem_moments",
    "fit_cbsem_on",
    "fit_pls",
    "fit_test",
    "gate",
    "gaussian_copula",
    "gsca",
    "holm",
    "invariance",
    "mediation",
    "micom",
    "model_choice",
    "moderation",
    "necessity",
    "necessity_sensitivity",
    "ordinal_pls",
    "paired",
    "plsc",
    "predict",
    "q2_predict",
    "rank_sets",
    "rank_sets_from_se",
    "relative_importance",
    "replicated",
    "split_tree",
    "tetrads",
    "with_necessity",
]
