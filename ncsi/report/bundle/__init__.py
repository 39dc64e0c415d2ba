"""The release's data: CSV and Parquet of every table, a workbook, code lists, a data package, a manifest."""

from ncsi.report.bundle.codes import code_lists
from ncsi.report.bundle.manifest import write_manifest
from ncsi.report.bundle.plain import neutral, write_csv
from ncsi.report.bundle.write import write_book, write_data

__all__ = ["code_lists", "neutral", "write_book", "write_csv", "write_data", "write_manifest"]
