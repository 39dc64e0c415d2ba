"""Text rows → accepted responses and reject rows: column by column, then judged by the instrument's suite."""

from ncsi.ingest.conform.conformed import Conformed, conform, without_repeats, without_rows
from ncsi.ingest.conform.delivery import Scope
from ncsi.ingest.conform.facts import REPEATED
from ncsi.ingest.conform.reading import reading_of
from ncsi.ingest.conform.whole_file import recoding

__all__ = [
    "REPEATED",
    "Conformed",
    "Scope",
    "conform",
    "reading_of",
    "recoding",
    "without_repeats",
    "without_rows",
]
