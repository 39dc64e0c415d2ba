"""Text rows → accepted responses and reject rows: column by column, then judged by the instrument's suite."""

from ncsi.ingest.conform.conformed import Conformed, conform, without_repeats, without_rows
from ncsi.ingest.conform.delivery import Scope, recoding
from ncsi.ingest.conform.facts import DUPLICATE
from ncsi.ingest.conform.reading import reading_of

__all__ = [
    "DUPLICATE",
    "Conformed",
    "Scope",
    "conform",
    "reading_of",
    "recoding",
    "without_repeats",
    "without_rows",
]
