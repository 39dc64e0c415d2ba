"""One SELECT over the declared tables and, by wave, over responses with their final weights and flags.

DuckDB reads no file for it: the parts of a wave are read by us, whole or not at all, and handed over as Arrow.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager

import duckdb
import pyarrow as pa

from ncsi.errors import StoreError
from ncsi.spec.problems import did_you_mean
from ncsi.store import duck
from ncsi.store.duck import literal, quoted, sql_type
from ncsi.store.estimated_files import sectors_as_estimated
from ncsi.store.parts import scanned
from ncsi.store.place import Place
from ncsi.store.quiet import connect
from ncsi.store.table_rows import select
from ncsi.store.whole_database import copy_rows
from ncsi.tables import (
    CORE_LINEAGE_BY_FILE,
    CORE_PARTITIONS,
    CORE_QUALITY_BY_RESPONDENT,
    CORE_WEIGHTS_BY_RESPONDENT,
    RAW_FILES,
    TABLES,
)

RESPONSES = "responses_"
"""The view of a wave's responses is called by this and the wave."""
RESPONDENT = ("wave", "sector", "brand", "respondent")
JOINED = {
    CORE_WEIGHTS_BY_RESPONDENT.name: ("weight",),
    CORE_QUALITY_BY_RESPONDENT.name: ("status", "flags", "reasons"),
}
"""What a response is given of its other tables; null before its sector is estimated and where files of it were
corrected, read anew or withdrawn since, a weight also where it is excluded."""
CURRENT = "current"
"""Whether the sector was estimated from its responses as they are now."""
_PARTS = "parts of a wave"
_OF_VIEWS = {CORE_PARTITIONS.name, RAW_FILES.name, CORE_LINEAGE_BY_FILE.name, *JOINED}
"""Tables that a view of responses is made from."""


@contextmanager
def apart(place: Place, query: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that a query of a user is answered by: it reaches no other file, and no database of Postgres, which
    would do as it is told. There it is one in memory, to which the tables that the query names are brought."""
    if place.catalogue is None:
        with duck.connected(place, read_only=True, apart=True) as connection:
            yield connection
        return
    named, views = query.lower(), RESPONSES in query.lower()
    with closing(connect(":memory:", duck.IN_MEMORY)) as memory:
        memory.execute(duck.script())
        with duck.connected(place) as connection:
            for table in duck.stored_tables():
                if table.name in named or (views and table.name in _OF_VIEWS):
                    copy_rows(connection, memory, table, "*")
        yield memory


def answered(connection: duckdb.DuckDBPyConnection, place: Place, query: str) -> pa.Table:
    """Rows of one SELECT. StoreError where it is something else, or cannot be answered."""
    try:
        statements = connection.extract_statements(query)
        if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
            raise StoreError("the query is no single SELECT. Ask one at a time: the store is only read.")
        with _views(connection, place, query):
            return connection.execute(statements[0]).to_arrow_table()
    except duckdb.Error as error:
        told = _told(
            str(error), query, [*TABLES, *(f"{RESPONSES}{wave}" for wave, _ in waves_with_views(connection))]
        )
        raise StoreError(f"the query cannot be answered: {told}") from error


def _told(error: str, query: str, tables: list[str]) -> str:
    """What DuckDB says in its first line, without the name of its error; of an unknown name the nearest there is."""
    first = re.sub(r"^[\w ]+ Error: ", "", error.splitlines()[0])
    if unknown := re.match(r"Table with name (\S+) does not exist", first):
        name = unknown.group(1)
        near = _ended(did_you_mean(name, tables, "tables are"))
        return f"there is no table '{name}'. {near} store.tables() lists them"
    if unknown := re.match(
        r'(?:Referenced column|Table "[^"]*" does not have a column named) "([^"]+)"', first
    ):
        held = re.findall(r'"([^"]+)"', error.partition("Candidate bindings:")[2].partition("\n")[0])
        held += [
            one.name for table in TABLES.values() if table.name in query.lower() for one in table.columns
        ]
        near = _ended(did_you_mean(unknown.group(1), held, "nearest are"))
        return f"there is no column '{unknown.group(1)}'. {near} store.columns(table) lists those of a table"
    return first


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith("?") else f"{sentence}."


def waves_with_views(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Waves that have a view, with its rows."""
    rows = select(connection, CORE_PARTITIONS).groupby("wave", sort=True)["rows"].sum()
    return [(str(wave), int(count)) for wave, count in rows.items()]


@contextmanager
def _views(connection: duckdb.DuckDBPyConnection, place: Place, query: str) -> Iterator[None]:
    """The views whose names stand in a query, for as long as it is answered: USING and NATURAL need them to be read."""
    named = {one.lower() for one in re.findall(rf"{RESPONSES}\w+", query, re.IGNORECASE)}
    made: list[str] = []
    try:
        if named:
            parts = select(connection, CORE_PARTITIONS).sort_values(["wave", "sector", "source_sha256"])
            for wave, own in parts.groupby("wave"):
                if f"{RESPONSES}{wave}".lower() in named:
                    connection.register(f"{_PARTS} {wave}", scanned(place, [*own["path"].astype(str)]))
                    current = sectors_as_estimated(
                        own,
                        select(connection, RAW_FILES, str(wave)),
                        select(connection, CORE_LINEAGE_BY_FILE, str(wave)),
                    )
                    connection.execute(_view(str(wave), current))
                    made.append(str(wave))
        yield
    finally:
        for wave in made:
            connection.execute(f"DROP VIEW IF EXISTS temp.{quoted(RESPONSES + wave)}")
            connection.unregister(f"{_PARTS} {wave}")


def _view(wave: str, current: Collection[str]) -> str:
    held = ", ".join(literal(one) for one in sorted(current))
    now = f"IN ({held})" if held else "IS NULL"
    columns, joins = ["r.*"], [f"FROM {quoted(f'{_PARTS} {wave}')} r"]
    for table, names in JOINED.items():
        known = {one.name: sql_type(one) for one in TABLES[table].columns}
        columns += [f"{quoted(table)}.{quoted(one)}::{known[one]} AS {quoted(one)}" for one in names]
        keys = ", ".join(quoted(one) for one in RESPONDENT)
        joins.append(f"LEFT JOIN (FROM {quoted(table)} WHERE sector {now}) {quoted(table)} USING ({keys})")
    columns.append(f"r.sector {now} AS {quoted(CURRENT)}")
    return f"CREATE TEMP VIEW {quoted(RESPONSES + wave)} AS SELECT {', '.join(columns)} {' '.join(joins)}"
