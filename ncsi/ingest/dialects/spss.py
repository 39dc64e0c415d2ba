"""SPSS and Stata files: the labels of variables and values come with the file."""

from __future__ import annotations

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect
from ncsi.ingest.read import TextTable


def _is_spss(table: TextTable) -> bool:
    return table.format in ("sav", "dta")


@dialect("spss", order=70, looks_like=_is_spss)
def _spss(table: TextTable) -> Export:
    book = table.codebook
    columns = tuple(
        Column(name, book.texts.get(name, ""), name, labels=book.labels.get(name, {}))
        for name in table.columns
    )
    return Export("spss", table, columns)
