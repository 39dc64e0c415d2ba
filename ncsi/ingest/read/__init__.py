"""A file → text rows with the row numbers a spreadsheet shows, and the file's hash. Nothing is guessed."""

from ncsi.ingest.read.file import read_file
from ncsi.ingest.read.table import TextTable

__all__ = ["TextTable", "read_file"]
