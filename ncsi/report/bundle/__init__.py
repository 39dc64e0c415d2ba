"""The release's data: CSV and Parquet of every table, a workbook, code lists, a data package, a
manifest and its signature, a README that says how to check them."""

from ncsi.report.bundle.codes import code_lists
from ncsi.report.bundle.manifest import write_manifest
from ncsi.report.bundle.plain_files import neutral, write_csv
from ncsi.report.bundle.proof import sign_manifest, write_readme
from ncsi.report.bundle.release_data import write_book, write_data

__all__ = [
    "code_lists",
    "neutral",
    "sign_manifest",
    "write_book",
    "write_csv",
    "write_data",
    "write_manifest",
    "write_readme",
]
