"""Pages of measures of quality beside the index: one over all units, and one of each unit that may be named."""

from ncsi.report.measures.documents import measure_jobs, write_measure
from ncsi.report.measures.heading import period_label
from ncsi.report.measures.pages import MeasureChart, MeasurePage, MeasurePages, MeasureRow, MeasureSection
from ncsi.report.measures.source import MeasureReport, PagesOf
from ncsi.report.measures.tables import OneMeasure

__all__ = [
    "MeasureChart",
    "MeasurePage",
    "MeasurePages",
    "MeasureReport",
    "MeasureRow",
    "MeasureSection",
    "OneMeasure",
    "PagesOf",
    "measure_jobs",
    "period_label",
    "write_measure",
]
