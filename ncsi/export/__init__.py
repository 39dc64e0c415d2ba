"""Data for other programs: labelled variables, respondents made anonymous to k, files of SPSS, Stata, R and Excel."""

from ncsi.export.anonymity import K, shared_weights, small_cells
from ncsi.export.files import FORMATS, Format, codebook, write_labelled
from ncsi.export.labelled import Labelled, Variable
from ncsi.export.published_tables import labelled_tables
from ncsi.export.respondents import respondents
from ncsi.export.words import readme

__all__ = [
    "FORMATS",
    "Format",
    "K",
    "Labelled",
    "Variable",
    "codebook",
    "labelled_tables",
    "readme",
    "respondents",
    "shared_weights",
    "small_cells",
    "write_labelled",
]
