"""SPSS and Stata files: labels of variables and values, and which codes are declared as missing."""

from __future__ import annotations

import re

from ncsi.ingest.cells import spelling
from ncsi.ingest.dialects.export import Export, Platform
from ncsi.ingest.dialects.names import Column
from ncsi.ingest.read import TextTable

_KINDS = {
    "dont_know": re.compile(
        r"不知道|不清楚|不了解|说不清|don.?t know|do not know|\bdk\b|unsure|no opinion", re.IGNORECASE
    ),
    "refused": re.compile(r"拒|refus|prefer not|no answer", re.IGNORECASE),
    "not_asked": re.compile(
        r"跳过|不适用|未问|没有使用|not asked|not applicable|\bn/?a\b|skip|inap|never used", re.IGNORECASE
    ),
}


def _is_spss(table: TextTable) -> bool:
    return table.format in ("sav", "dta")


def _spss(table: TextTable) -> Export:
    book = table.codebook
    columns = tuple(
        Column(name, book.texts.get(name, ""), name, labels=book.labels.get(name, {}))
        for name in table.columns
    )
    return Export("spss", table, columns)


def missing_of(export: Export, column: str) -> dict[str, tuple[str, ...]]:
    """Kind → codes that the file declares as missing in a column; their labels say of which kind they are."""
    book = export.table.codebook
    kinds: dict[str, tuple[str, ...]] = {}
    for code in book.missing.get(column, ()):
        kind = kind_of(book.labels.get(column, {}).get(code, ""))
        kinds[kind] = (*kinds.get(kind, ()), spelling(code))
    return kinds


def kind_of(label: str) -> str:
    """Kind of missing that a value label speaks of; "blank" when it does not say."""
    return next((kind for kind, words in _KINDS.items() if words.search(label)), "blank")


PLATFORM = Platform("spss", _is_spss, _spss)
