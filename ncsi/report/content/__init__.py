"""What a report says: frozen pages of plain values and bilingual texts that HTML and PDF render alike."""

from ncsi.report.content.diagnosis import DiagnosisPage, diagnosis, shown_brands
from ncsi.report.content.explorer import ExplorerPage, explorer
from ncsi.report.content.national import NationalPage, national
from ncsi.report.content.press import PressNote, markdown, press
from ncsi.report.content.quality_report import MethodPage, method_page
from ncsi.report.content.sector import SectorPage, sector

__all__ = [
    "DiagnosisPage",
    "ExplorerPage",
    "MethodPage",
    "NationalPage",
    "PressNote",
    "SectorPage",
    "diagnosis",
    "explorer",
    "markdown",
    "method_page",
    "national",
    "press",
    "sector",
    "shown_brands",
]
