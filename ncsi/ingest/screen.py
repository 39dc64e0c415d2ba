"""What stands twice: a respondent within a file or against the store, the header among the rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ncsi.ingest.faults import Faults
from ncsi.ingest.read import TextTable

RULE = "duplicate_respondent"
_KEY = ["sector", "brand", "respondent"]


def repeated_header(table: TextTable) -> Faults:
    """Rows that repeat the header, as where two files were joined."""
    positions = np.arange(table.rows if len(table.columns) > 1 else 0, dtype=np.int64)
    for name in table.columns:
        if not len(positions):
            break
        cells = pc.utf8_trim_whitespace(table.values.column(name).take(pa.array(positions)))
        positions = positions[np.asarray(pc.equal(cells, name))]
    return Faults("header_repeated", None, positions, ["text"] * len(positions))


def repeated_in_file(
    keys: pd.DataFrame, flagged: npt.NDArray[np.int64], row_numbers: npt.NDArray[np.int64]
) -> Faults:
    """Later rows of a respondent in a sector and brand, among the flagged positions; the first is kept.

    `keys` holds sector, brand and respondent of every row of the file.
    """
    among = keys.iloc[flagged].assign(row=row_numbers[flagged])
    earlier = among.groupby(_KEY, sort=False)["row"].transform("first")
    later = (earlier != among["row"]).to_numpy()
    details = [f"row {row}" for row in earlier[later]]
    return Faults(RULE, None, flagged[later], [RULE] * int(later.sum()), details)


def repeated_in_store(rows: pd.DataFrame, stored: pd.DataFrame) -> pd.Series:
    """For each accepted row, `file, row n` of the stored one that has its brand and respondent; else null.

    `stored`: brand, respondent, source_name, source_row of the sector's accepted responses.
    """
    where = stored["source_name"].astype(str) + ", row " + stored["source_row"].astype(str)
    known = dict(zip(zip(stored["brand"], stored["respondent"], strict=True), where, strict=True))
    found = [known.get(pair) for pair in zip(rows["brand"], rows["respondent"], strict=True)]
    return pd.Series(found, index=rows.index, dtype="object")
