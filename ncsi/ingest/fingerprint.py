"""A fingerprint of what a file says, whatever its name, format and order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ncsi.ingest.cells import Coded

_ODD = np.uint64(0x9E3779B97F4A7C15)


def content_of(cells: Mapping[str, Coded], sector: str | None = None) -> str:
    """SHA-256 (hex) of the constant sector, the columns' names and the sorted hashes (64 bits) of the rows."""
    total = np.zeros(0, dtype=np.uint64)
    for name in sorted(cells):
        column = cells[name]
        words = pd.util.hash_array(np.array(column.words, dtype=object), categorize=False)
        own = words[column.codes]
        total = own if not len(total) else (total ^ (total >> np.uint64(29))) * _ODD + own
    digest = hashlib.sha256("\x1f".join([sector or "", *sorted(cells)]).encode())
    digest.update(np.sort(total).astype("<u8").tobytes())
    return digest.hexdigest()
