"""Short connections to the DuckDB file, its tables made from their declarations, its version stamped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import duckdb

from ncsi.atomic import clear_ended, put, temporary_name
from ncsi.errors import Damage, StoreBusy, StoreDamaged, StoreError
from ncsi.living import lives
from ncsi.store import empty_file, instance, lake
from ncsi.store.place import Place
from ncsi.store.quiet import connect
from ncsi.tables import DUCKDB_TYPES, TABLES, Column, Table

VERSION = "15"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "storage_compatibility_version": "v1.2.0",
}
"""The last is of files that are made: DuckDB's default form, one from before 1.0, takes twice as long to open and ten
times the room while there is little in it."""
IN_MEMORY = {name: value for name, value in SETTINGS.items() if name != "storage_compatibility_version"}
BLOCK = 16_384
"""Bytes of a block of files that are made: of 120 tables with a few rows each, DuckDB's own of 262,144 make a file four
times as large, which takes three times as long to write; of many rows they make no difference."""
_KEPT: ContextVar[tuple[Path, duckdb.DuckDBPyConnection] | None] = ContextVar("kept", default=None)
_MADE: dict[str, bytes] = {}
"""Empty databases that this process made or read, by the statements that make them."""
_INTERRUPTED = "Query interrupted"
META = "CREATE TABLE IF NOT EXISTS store_meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL)"


def stored_tables() -> tuple[Table, ...]:
    """The declared tables that DuckDB holds."""
    return tuple(table for table in TABLES.values() if table.kept_in == "duckdb")


def quoted(name: str) -> str:
    """A declared name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def connected(
    place: Place, read_only: bool = False, *, apart: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The kept connection, or one that ends with the block; `apart`: where it is not a kept one, it reaches no file
    beside the database. The caller holds the lock.

    StoreError when it cannot be had. An interruption that comes during a query, or as the file is opened or closed, is
    a KeyboardInterrupt, as elsewhere.
    """
    kept = _KEPT.get()
    if kept is not None and kept[0] == place.database:
        with _interruptible():
            yield kept[1]
        return
    with _interruptible(), ExitStack() as opened:
        shared = place.catalogue
        if shared is not None:
            yield opened.enter_context(lake.connected(place.folder, shared))
            return
        try:
            if apart or instance.is_in_use():
                own = connect(str(place.database), SETTINGS, read_only=read_only)
                connection = opened.enter_context(closing(own))
            else:
                connection = opened.enter_context(instance.opened(place.database, read_only, SETTINGS))
        except duckdb.Error as error:
            raise _cannot_open(place, str(error).splitlines()[0]) from error
        yield connection


@contextmanager
def _interruptible() -> Iterator[None]:
    """DuckDB takes an interruption for itself, and says it as a RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == _INTERRUPTED:
            raise KeyboardInterrupt from error
        raise


@contextmanager
def keeping(place: Place, read_only: bool = False) -> Iterator[None]:
    """Keep one connection over the block's calls: to open the file and to close it takes 10 ms."""
    with connected(place, read_only) as connection:
        before = _KEPT.set((place.database, connection))
        try:
            yield
        finally:
            _KEPT.reset(before)


def begin_anew(place: Place) -> None:
    """End this thread's DuckDB, unless a connection is kept: what was set of it, as a bound of memory, ends with it
    alone (to reset that changes what is said of it, not what holds)."""
    if _KEPT.get() is not None:
        return
    if place.catalogue is None:
        instance.end_idle()
    else:
        lake.own(place.catalogue).end_tables()


@contextmanager
def transaction(place: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    """One transaction: all of the block is stored, or none. StoreError when it cannot be written."""
    shared, ended = place.catalogue, False
    with connected(place) as connection:
        if shared is not None:
            lake.refuse_older(place.folder, shared)
        connection.execute("BEGIN")
        try:
            yield connection
            if shared is not None:
                lake.fence(shared, connection)
            ended = True
            connection.execute("COMMIT")
        except BaseException as error:
            _roll_back(connection)
            if not isinstance(error, duckdb.Error):
                raise
            if shared is not None:
                lake.broken_off(shared)
                raise lake.not_committed(shared, error, begun=ended) from None
            raise StoreError(
                f"{place.database}: cannot write: {_first_line(error)}. "
                "Free disk space or make the folder writable, then run again; the store is as it was."
            ) from error
        if shared is not None:
            lake.see(place.folder, shared)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """A connection that outlives the transaction must not stay inside it; a failed COMMIT already left it."""
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")


def create(place: Place) -> None:
    """Make the database with its tables where there is none, at once: a kill leaves none, rather than an empty one."""
    if place.is_stored:
        return
    clear_ended(place.folder, lives)
    with temporary_name(place.folder) as path:
        try:
            make(path)
        except duckdb.Error as error:
            raise _cannot_open(place, _first_line(error)) from error
        put(path, place.database)


def prepare(place: Place) -> None:
    """Make the tables that are not there, stamp the version, refuse a store of another one."""
    with connected(place) as connection:
        meta = meta_of(connection)
        check_version(place, meta)
        if meta and all(table.name in meta for table in stored_tables()):
            return
    with transaction(place) as connection:
        connection.execute(META)
        new = [] if meta else [_stamp("version", VERSION)]
        new += [one for table in stored_tables() if table.name not in meta for one in declared(table)]
        connection.execute("; ".join(new))


def settle(place: Place) -> None:
    """Bring into the database what a killed process left beside it (DuckDB's log) and remove what it had no memory for,
    so that the file is all. The caller holds the store."""
    if place.catalogue is not None:
        return
    instance.clear_spilled(place.database)
    with connected(place) as connection:
        connection.execute("CHECKPOINT")


def make(path: Path) -> None:
    """A new database file with the tables of this version, empty: as it is kept ready made, or as this process made it
    once."""
    statements = script()
    if statements not in _MADE:
        ready = empty_file.kept(statements)
        if ready is None:
            make_by(statements, path)
            ready = path.read_bytes()
            _MADE[statements] = ready
            return
        _MADE[statements] = ready
    path.write_bytes(_MADE[statements])


def make_by(statements: str, path: Path) -> None:
    """A new database file by these statements."""
    with closing(connect(str(path), {**SETTINGS, "default_block_size": BLOCK})) as connection:
        connection.execute(statements)


@cache
def script() -> str:
    """The statements that make an empty database of this version."""
    tables = [one for table in stored_tables() for one in declared(table)]
    return "; ".join(["BEGIN", META, _stamp("version", VERSION), *tables, "COMMIT"])


def check_meta(place: Place) -> None:
    """Refuse a store of another version, or one whose tables are declared otherwise. Reads only."""
    with connected(place, read_only=True) as connection:
        check_version(place, meta_of(connection) or {"version": "unknown"})


def check_version(place: Place, meta: dict[str, str]) -> None:
    """StoreError when the version or the declaration of a table is not ours, with the command that mends it."""
    if is_ours(meta):
        return
    version = meta["version"]
    if version.isdecimal() and int(version) > int(VERSION):
        raise newer(place, meta)
    changed = [name for name, value in _stamps().items() if meta.get(name, value) != value]
    what = f"table {changed[0]} has other columns" if version == VERSION else f"its version is {version}"
    raise StoreError(
        f"{place.tables}: written by an earlier version of ncsi ({what}; this one writes version {VERSION}). "
        "Run `ncsi migrate`: it converts the store, or explains why it cannot."
    )


def is_ours(meta: Mapping[str, str]) -> bool:
    """Whether version and tables are those that this version writes."""
    return all(meta.get(name, value) == value for name, value in _stamps().items())


def newer(place: Place, meta: Mapping[str, str]) -> StoreError:
    """The refusal of a store that a later version wrote."""
    return StoreError(
        f"{place.tables}: written by a newer version of ncsi (its version is {meta['version']}; this one writes "
        f"{VERSION}). Run that version: `pip install --upgrade ncsi`."
    )


def fingerprint(table: Table) -> str:
    """Hash of a table's columns: name, type and whether null."""
    shape = repr([(one.name, one.kind, one.nullable) for one in table.columns])
    return hashlib.sha256(shape.encode()).hexdigest()


def declared(table: Table) -> list[str]:
    """The statements that make a table, describe it and stamp its columns."""
    columns = ", ".join(_column(one) for one in table.columns)
    about = [f"COMMENT ON TABLE {quoted(table.name)} IS {literal(table.about)}"]
    for one in table.columns:
        name = f"{quoted(table.name)}.{quoted(one.name)}"
        text = f"{one.about} [{one.unit}]" if one.unit else one.about
        about.append(f"COMMENT ON COLUMN {name} IS {literal(text)}")
    made = f"CREATE TABLE {quoted(table.name)} ({columns})"
    return [made, *about, _stamp(table.name, fingerprint(table))]


def _column(column: Column) -> str:
    null = "" if column.nullable else " NOT NULL"
    return f"{quoted(column.name)} {sql_type(column)}{null}"


def sql_type(column: Column) -> str:
    """Its type as DuckDB names it."""
    return DUCKDB_TYPES[column.kind]


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def meta_of(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Version and fingerprints of the tables, by name; empty where the file holds no store."""
    try:  # to ask first which tables there are takes ten times as long
        return dict(connection.execute("SELECT name, value FROM store_meta").fetchall())
    except duckdb.CatalogException:
        return {}


@cache
def _stamps() -> dict[str, str]:
    """What `meta_of` finds in a store of this version."""
    return {"version": VERSION} | {one.name: fingerprint(one) for one in stored_tables()}


def _stamp(name: str, value: str) -> str:
    return f"INSERT INTO store_meta VALUES ({literal(name)}, {literal(value)})"  # noqa: S608


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _cannot_open(place: Place, reason: str) -> StoreError:
    if "lock" in reason.lower():
        return StoreBusy(
            f"{place.database}: another program holds it open: {reason} Close that program, then run again."
        )
    cure = "If the file is damaged, move the folder away and ingest the raw files again"
    return StoreDamaged(Damage(str(place.database), f"cannot be opened: {reason.rstrip('.')}", cure))
