"""The release's data: CSV and Parquet of every table, a workbook, code lists, a data package, a
manifest and its signature, a README that says how to check them."""

from ncsi.report.bundle.codes import code_lists
from ncsi.report.bundle.cover import Cover, cover_of
from ncsi.report.bundle.manifest import write_manifest, write_standalone_manifest
from ncsi.report.bundle.proof import sign_manifest, write_readme
from ncsi.report.bundle.release_data import write_book, write_data, write_tables
from ncsi.report.bundle.workbook import write_sheets
from ncsi.report.plain_files import neutral, write_csv

__all__ = [
    "Cover",
    "code_lists",
    "cover_of",
    "neutral",
    "sign_manifest",
    "write_book",
    "write_csv",
    "write_data",
    "write_manifest",
    "write_readme",
    "write_sheets",
    "write_standalone_manifest",
    "write_tables",
]
