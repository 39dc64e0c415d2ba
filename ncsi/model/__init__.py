"""The model: arrays and frozen values in, frozen values out. No files, no clock, no global random state."""

from ncsi.model.aggregate import aggregate
from ncsi.model.assess import Assessment, assess
from ncsi.model.cbsem import CbsemFit, Invariance, fit_cbsem, fit_cbsem_moments, fit_cbsem_on, invariance
from ncsi.model.compare import changes, holm
from ncsi.model.drivers import drivers
from ncsi.model.engines import engines
from ncsi.model.micom import Micom, micom
from ncsi.model.pls import PlsFit, fit_pls
from ncsi.model.plsc import PlscFit, plsc
from ncsi.model.predict import q2_predict
from ncsi.model.ranks import rank_sets, rank_sets_from_se
from ncsi.model.resample import Bootstrap, bootstrap, replicated

__all__ = [
    "Assessment",
    "Bootstrap",
    "CbsemFit",
    "Invariance",
    "Micom",
    "PlsFit",
    "PlscFit",
    "aggregate",
    "assess",
    "bootstrap",
    "changes",
    "drivers",
    "engines",
    "fit_cbsem",
    "fit_cbsem_moments",
    "fit_cbsem_on",
    "fit_pls",
    "holm",
    "invariance",
    "micom",
    "plsc",
    "q2_predict",
    "rank_sets",
    "rank_sets_from_se",
    "replicated",
]
