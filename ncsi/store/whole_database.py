"""A database of a store made whole and put in its place: the first one, and one that stands in place of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import duckdb

from ncsi.atomic import put, temporary_name
from ncsi.spec.object_storage import Bucket
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store import duck, lake, lake_generations
from ncsi.store.claim import take_bucket
from ncsi.store.place import Place
from ncsi.store.quiet import connect
from ncsi.tables import Table


def make_shared(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables of this version, empty, in a generation of DuckLake; without what describes them: it takes a second.
    The row that every transaction changes is one that Postgres holds, and no file."""
    tables = [duck.declared(one)[0] for one in duck.stored_tables()]
    stamps = [
        ("version", duck.VERSION),
        (lake.WRITES, ""),
        *((one.name, duck.fingerprint(one)) for one in duck.stored_tables()),
    ]
    connection.execute("; ".join(["BEGIN", duck.META, *tables, "COMMIT"]))
    connection.execute("CALL lake.set_option('data_inlining_row_limit', 1000000, table_name => 'store_meta')")
    values = ", ".join(f"({duck.literal(name)}, {duck.literal(value)})" for name, value in stamps)
    connection.execute(f"INSERT INTO store_meta VALUES {values}")  # noqa: S608


def begin(place: Place, bucket: Bucket | None, catalogue: SharedCatalogue | None) -> None:
    """Make a store where there is none, at once: responses in `bucket` and tables listed by `catalogue`, if given. The
    caller holds the folder."""
    if place.is_stored:
        return
    if catalogue is None:
        if bucket is not None:
            take_bucket(place, bucket)
        duck.create(place)
        return
    with lake.held(place.folder, catalogue, place.wait_s):
        if place.is_stored:
            return
        with lake_generations.begin(place.folder, catalogue) as connection:
            if bucket is not None:
                take_bucket(place, bucket)
            make_shared(connection)


@contextmanager
def anew(place: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database of this version, which stands in place of the one before when the block ends, and nothing of
    that is left then. The caller holds the store and no connection."""
    shared = place.catalogue
    if shared is not None:
        with lake_generations.anew(place.folder, shared) as connection:
            make_shared(connection)
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        return
    place.responses.mkdir(exist_ok=True)
    with temporary_name(place.responses) as temporary:
        duck.make(temporary)
        with closing(connect(str(temporary), duck.SETTINGS)) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        put(temporary, place.database)


def filled(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table] | None = None) -> Iterator[Table]:
    """Those of the `tables`, by default all stored ones, that have rows: of a small store few, and to ask for all of
    them at once takes a sixth of the time."""
    tables = duck.stored_tables() if tables is None else tables
    if not tables:
        return
    asked = (f"SELECT {k} WHERE EXISTS (FROM {duck.quoted(one.name)})" for k, one in enumerate(tables))
    for (k,) in sorted(connection.execute(" UNION ALL ".join(asked)).fetchall()):
        yield tables[k]


def copy_rows(
    old: duckdb.DuckDBPyConnection,
    new: duckdb.DuckDBPyConnection,
    table: Table,
    columns: str,
    where: str = "TRUE",
) -> None:
    """A table's rows of which `where` (SQL) holds, in the order they were stored."""
    name = duck.quoted(table.name)
    rows = old.execute(f"SELECT {columns} FROM {name} WHERE {where} ORDER BY rowid").to_arrow_table()  # noqa: S608
    if not rows.num_rows:  # as of most tables of a small store, and an insertion of none takes its time
        return
    new.register("incoming", rows)
    new.execute(f"INSERT INTO {name} SELECT * FROM incoming")  # noqa: S608
    new.unregister("incoming")
