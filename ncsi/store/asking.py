"""One SELECT over the declared tables and, by wave, over responses with their final weights and flags.

DuckDB reads no file for it: the parts of a wave are read by us, whole or not at all, and handed over as Arrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from ncsi.errors import StoreError
from ncsi.store.duck import quoted, sql_type
from ncsi.store.parts import scanned
from ncsi.store.place import Place
from ncsi.store.table_rows import select
from ncsi.tables import CORE_PARTITIONS, CORE_QUALITY_BY_RESPONDENT, CORE_WEIGHTS_BY_RESPONDENT, TABLES

RESPONSES = "responses_"
"""The view of a wave's responses is called by this and the wave."""
RESPONDENT = ("wave", "sector", "brand", "respondent")
JOINED = {
    CORE_WEIGHTS_BY_RESPONDENT.name: ("weight",),
    CORE_QUALITY_BY_RESPONDENT.name: ("status", "flags", "reasons"),
}
"""What a response is given of its other tables; null before the wave is estimated, a weight also where it is
excluded."""
_PARTS = "parts of a wave"


def answered(connection: duckdb.DuckDBPyConnection, place: Place, query: str) -> pa.Table:
    """Rows of one SELECT. StoreError where it is something else, or cannot be answered."""
    try:
        statements = connection.extract_statements(query)
        if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
            raise StoreError("the query is no single SELECT. Ask one at a time: the store is only read.")
        named = {one.lower() for one in connection.get_table_names(query)}
        with _views(connection, place, named):
            return connection.execute(statements[0]).to_arrow_table()
    except duckdb.Error as error:
        raise StoreError(f"the query cannot be answered: {str(error).splitlines()[0]}") from error


def waves_with_views(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Waves that have a view, with its rows."""
    rows = select(connection, CORE_PARTITIONS).groupby("wave", sort=True)["rows"].sum()
    return [(str(wave), int(count)) for wave, count in rows.items()]


@contextmanager
def _views(connection: duckdb.DuckDBPyConnection, place: Place, named: set[str]) -> Iterator[None]:
    """The views that a query names, for as long as it is answered."""
    made: list[str] = []
    try:
        if any(one.startswith(RESPONSES) for one in named):
            parts = select(connection, CORE_PARTITIONS).sort_values(["wave", "sector", "source_sha256"])
            for wave, own in parts.groupby("wave"):
                if f"{RESPONSES}{wave}".lower() in named:
                    connection.register(f"{_PARTS} {wave}", scanned(place, [*own["path"].astype(str)]))
                    connection.execute(_view(str(wave)))
                    made.append(str(wave))
        yield
    finally:
        for wave in made:
            connection.execute(f"DROP VIEW IF EXISTS temp.{quoted(RESPONSES + wave)}")
            connection.unregister(f"{_PARTS} {wave}")


def _view(wave: str) -> str:
    columns, joins = ["r.*"], [f"FROM {quoted(f'{_PARTS} {wave}')} r"]
    for table, names in JOINED.items():
        known = {one.name: sql_type(one) for one in TABLES[table].columns}
        columns += [f"{quoted(table)}.{quoted(one)}::{known[one]} AS {quoted(one)}" for one in names]
        keys = ", ".join(quoted(one) for one in RESPONDENT)
        joins.append(f"LEFT JOIN {quoted(table)} USING ({keys})")
    return f"CREATE TEMP VIEW {quoted(RESPONSES + wave)} AS SELECT {', '.join(columns)} {' '.join(joins)}"
