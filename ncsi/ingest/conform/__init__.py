"""Text rows → accepted responses and reject rows: column by column, then judged by the instrument's suite."""

from ncsi.ingest.conform.conformed import Conformed, conform, without_repeats
from ncsi.ingest.conform.delivery import Scope, recoding

__all__ = ["Conformed", "Scope", "conform", "recoding", "without_repeats"]
