"""Pages of composite indices: a bulletin over all units, a notice of each."""

from ncsi.report.composite.documents import IndexPages, index_jobs, index_pages, write_private
from ncsi.report.composite.heading import heading_of
from ncsi.report.composite.notice import notice
from ncsi.report.composite.pages import CompositePage, UnitPage
from ncsi.report.composite.rows import OneIndex

__all__ = [
    "CompositePage",
    "IndexPages",
    "OneIndex",
    "UnitPage",
    "heading_of",
    "index_jobs",
    "index_pages",
    "notice",
    "write_private",
]
