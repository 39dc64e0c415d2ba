"""A file → text rows with the row numbers a spreadsheet shows, and the file's hash. Nothing is guessed."""

from ncsi.ingest.read.file import bytes_of, exports_in, read_file
from ncsi.ingest.read.header import syntax_beside
from ncsi.ingest.read.table import MERGED, NOT_CALCULATED, Codebook, TextTable

__all__ = [
    "MERGED",
    "NOT_CALCULATED",
    "Codebook",
    "TextTable",
    "bytes_of",
    "exports_in",
    "read_file",
    "syntax_beside",
]
