"""What occurs twice: a respondent within a file or in the store, the header among the rows, a file's content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.cells import Coded
from ncsi.ingest.conform.facts import EarlierRow, Kind
from ncsi.ingest.conform.row_faults import Faults
from ncsi.ingest.read import TextTable
from ncsi.ingest.read.text_columns import says

_KEY = ["sector", "brand", "respondent"]
_ODD = np.uint64(0x9E3779B97F4A7C15)


def repeated_header(table: TextTable) -> Faults:
    """Rows that repeat the header, as when two files were joined."""
    positions = np.arange(table.rows if len(table.columns) > 1 else 0, dtype=np.int64)
    for name in table.columns:
        if not len(positions):
            break
        same = says(table.values.column(name), name)
        positions = positions[same[positions]]
    return Faults.alike("header_repeated", None, positions, Kind.TEXT)


def repeated_in_file(
    keys: pd.DataFrame, flagged: npt.NDArray[np.int64], row_numbers: npt.NDArray[np.int64], rule: str
) -> Faults:
    """Later rows of a respondent in a sector and brand, among the flagged positions; the first is kept.

    `keys` holds sector, brand and respondent of every row of the file; `rule`: one of `REPEATED`.
    """
    among = keys.iloc[flagged].assign(row=row_numbers[flagged])
    earlier = among.groupby(_KEY, sort=False)["row"].transform("first")
    later = (earlier != among["row"]).to_numpy()
    return Faults(rule, None, flagged[later], [EarlierRow(int(row)) for row in earlier[later]])


def repeated_in_store(rows: pd.DataFrame, stored: pd.DataFrame, rule: str) -> Faults:
    """Accepted rows, by position, whose brand and respondent are stored already, from another file.

    `stored`: brand, respondent, source_name, source_row of the sector's accepted responses; `rule`: one of `REPEATED`.
    """
    where = [
        EarlierRow(int(row), str(name))
        for name, row in zip(stored["source_name"], stored["source_row"], strict=True)
    ]
    known = dict(zip(zip(stored["brand"], stored["respondent"], strict=True), where, strict=True))
    found = [known.get(pair) for pair in zip(rows["brand"], rows["respondent"], strict=True)]
    positions = np.array([k for k, one in enumerate(found) if one is not None], dtype=np.int64)
    return Faults(rule, None, positions, [one for one in found if one is not None])


def row_hashes(cells: Mapping[str, Coded]) -> npt.NDArray[np.uint64]:
    """64 bits of each row's cells."""
    total = np.zeros(0, dtype=np.uint64)
    for name in sorted(cells):
        column = cells[name]
        words = pd.util.hash_array(np.array(column.words, dtype=object), categorize=False)
        own = words[column.codes]
        total = own if not len(total) else (total ^ (total >> np.uint64(29))) * _ODD + own
    return total


def content_of(columns: Iterable[str], hashes: npt.NDArray[np.uint64], sector: str | None = None) -> str:
    """SHA-256 (hex) of the constant sector, the columns' names and the hashes of the rows, which are sorted for it."""
    digest = hashlib.sha256("\x1f".join([sector or "", *sorted(columns)]).encode())
    hashes.sort()
    digest.update(hashes.astype("<u8", copy=False).data.cast("B"))
    return digest.hexdigest()
