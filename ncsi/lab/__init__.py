"""What an analyst holds: results of the model that show themselves in a notebook."""

from ncsi.lab.comparison import Compared, compare
from ncsi.lab.covariance import CbsemFit, CbsemSummary, fit_cbsem
from ncsi.lab.fits import Bootstrap, PlsFit, bootstrap, fit_pls, replicated
from ncsi.lab.results import Result, ResultSummary
from ncsi.lab.summaries import Summary, summary

__all__ = [
    "Bootstrap",
    "CbsemFit",
    "CbsemSummary",
    "Compared",
    "PlsFit",
    "Result",
    "ResultSummary",
    "Summary",
    "bootstrap",
    "compare",
    "fit_cbsem",
    "fit_pls",
    "replicated",
    "summary",
]
