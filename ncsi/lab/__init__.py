"""What an analyst holds: results of the model that show themselves in a notebook."""

from ncsi.lab.blocks import TetradTests, tetrads
from ncsi.lab.change import ChangeParts, Cohorts, WithinPersons, change_within, cohorts, decompose_change
from ncsi.lab.comparison import Compared, compare
from ncsi.lab.covariance import CbsemFit, CbsemSummary, fit_cbsem
from ncsi.lab.diagnoses import (
    Admissible,
    Combined,
    FitTested,
    GscaPaths,
    admissibility,
    cipma,
    fit_test,
    gsca,
)
from ncsi.lab.drawing import plot
from ncsi.lab.effects import (
    GroupPairs,
    GroupsTogether,
    Mediated,
    Moderated,
    compare_groups,
    mediation,
    moderation,
)
from ncsi.lab.fits import Bootstrap, PlsFit, bootstrap, fit_pls, replicated
from ncsi.lab.hidden import Segments, segments
from ncsi.lab.levers import Asymmetric, Conditions, Shares, asymmetry, importance, nca
from ncsi.lab.measurement import Invariance, Micom, ModelChoice, invariance, micom, model_choice
from ncsi.lab.misfit import ModificationIndices, Residuals
from ncsi.lab.outlook import Predicted, PredictionsTested, cvpat, predict
from ncsi.lab.results import Result, ResultSummary
from ncsi.lab.sensitivities import (
    CopulaTested,
    Corners,
    Likeness,
    OrdinalPaths,
    congruence,
    esse,
    gaussian_copula,
    ordinal_pls,
)
from ncsi.lab.sentences import (
    Constructs,
    Paths,
    composite_of,
    constructs,
    interaction,
    items,
    model_from,
    paths,
)
from ncsi.lab.splits import Splits, split_tree
from ncsi.lab.standard_errors import ErrorsChecked, JackknifeErrors, check_errors, infinitesimal_jackknife
from ncsi.lab.standings import Levers, Ranks, drivers, rank_sets
from ncsi.lab.summaries import Summary, summary

__all__ = [
    "Admissible",
    "Asymmetric",
    "Bootstrap",
    "CbsemFit",
    "CbsemSummary",
    "ChangeParts",
    "Cohorts",
    "Combined",
    "Compared",
    "Conditions",
    "Constructs",
    "CopulaTested",
    "Corners",
    "ErrorsChecked",
    "FitTested",
    "GroupPairs",
    "GroupsTogether",
    "GscaPaths",
    "Invariance",
    "JackknifeErrors",
    "Levers",
    "Likeness",
    "Mediated",
    "Micom",
    "ModelChoice",
    "Moderated",
    "ModificationIndices",
    "OrdinalPaths",
    "Paths",
    "PlsFit",
    "Predicted",
    "PredictionsTested",
    "Ranks",
    "Residuals",
    "Result",
    "ResultSummary",
    "Segments",
    "Shares",
    "Splits",
    "Summary",
    "TetradTests",
    "WithinPersons",
    "admissibility",
    "asymmetry",
    "bootstrap",
    "change_within",
    "check_errors",
    "cipma",
    "cohorts",
    "compare",
    "compare_groups",
    "composite_of",
    "congruence",
    "constructs",
    "cvpat",
    "decompose_change",
    "drivers",
    "esse",
    "fit_cbsem",
    "fit_pls",
    "fit_test",
    "gaussian_copula",
    "gsca",
    "importance",
    "infinitesimal_jackknife",
    "interaction",
    "invariance",
    "items",
    "mediation",
    "micom",
    "model_choice",
    "model_from",
    "moderation",
    "nca",
    "ordinal_pls",
    "paths",
    "plot",
    "predict",
    "rank_sets",
    "replicated",
    "segments",
    "split_tree",
    "summary",
    "tetrads",
]
