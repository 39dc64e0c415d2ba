"""What of the store an analyst may ask: tables with what they hold, columns with their units."""

from __future__ import annotations

import duckdb
import pandas as pd

from ncsi.store.asking import CURRENT, JOINED, RESPONDENT, RESPONSES, waves_with_views
from ncsi.store.duck import quoted, stored_tables
from ncsi.store.table_rows import declared
from ncsi.tables import CORE_RESPONSES

_ADDED = ", ".join([*(name for names in JOINED.values() for name in names), CURRENT])


def tables(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """A row a table: table, about, key, columns, rows; the views of responses last."""
    rows = []
    for one in stored_tables():
        counted = connection.execute(f"SELECT count(*) FROM {quoted(one.name)}").fetchone()  # noqa: S608
        count = counted[0] if counted else 0
        rows.append((one.name, one.about, " ".join(one.key), len(one.columns), count))
    about = f"{CORE_RESPONSES.about}; all sectors of the wave; with {_ADDED}"
    views = [
        (RESPONSES + wave, about, " ".join(RESPONDENT), None, count)
        for wave, count in waves_with_views(connection)
    ]
    frame = pd.DataFrame([*rows, *views], columns=["table", "about", "key", "columns", "rows"])
    return frame.astype({"columns": "Int64"})


def columns(name: str) -> pd.DataFrame:
    """A row a column: column, kind, unit, nullable, about. StoreError for a table that is not declared."""
    table = CORE_RESPONSES if name == CORE_RESPONSES.name else declared(name)
    rows = [(one.name, one.kind, one.unit, one.nullable, one.about) for one in table.columns]
    return pd.DataFrame(rows, columns=["column", "kind", "unit", "nullable", "about"])
