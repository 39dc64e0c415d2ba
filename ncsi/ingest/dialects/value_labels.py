"""What the labels of codes say: which of them stand for a missing answer, and of which kind."""

from __future__ import annotations

import re

from ncsi.ingest.cells import spelling
from ncsi.ingest.dialects.registry import Export

_KINDS = {
    "dont_know": re.compile(
        r"不知道|不清楚|不了解|说不清|don.?t know|do not know|\bdk\b|unsure|no opinion", re.IGNORECASE
    ),
    "refused": re.compile(r"拒|refus|prefer not|no answer", re.IGNORECASE),
    "not_asked": re.compile(
        r"跳过|不适用|未问|没有使用|not asked|not applicable|\bn/?a\b|skip|inap|never used", re.IGNORECASE
    ),
}


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


def without_kinds(label: str) -> str:
    """A label without the words that speak of a missing answer."""
    for words in _KINDS.values():
        label = words.sub("", label)
    return label
