"""Tables of figures as offices send them (units by indicators, wide or long): read, named, checked; faults by cell."""

from ncsi.ingest.figures.faults import CellFault, FigureFaults
from ncsi.ingest.figures.reading import Figures, read_figures

__all__ = ["CellFault", "FigureFaults", "Figures", "read_figures"]
