"""Tables of figures as offices send them (units by indicators, wide or long): read, named, checked; faults by cell."""

from ncsi.ingest.figures.faults import CellFault, FigureFaults
from ncsi.ingest.figures.reading import Figures, read_figures
from ncsi.ingest.figures.replicates import Replicates, read_replicates
from ncsi.ingest.figures.surveyed import with_survey

__all__ = [
    "CellFault",
    "FigureFaults",
    "Figures",
    "Replicates",
    "read_figures",
    "read_replicates",
    "with_survey",
]
