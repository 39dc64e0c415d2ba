"""Generations of tables in DuckLake: the first, the next in place of one, and what killed writes left of others.

To write a store anew is to fill the next generation and to say, in one transaction of Postgres, that it counts: with
that the one before is gone from the database, and then its files from the disk.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from ncsi import atomic
from ncsi.errors import Damage, StoreError
from ncsi.spec.shared_catalogue import SHARED, SharedCatalogue, catalogue_of, said_of_catalogue
from ncsi.store import lake, lake_tables
from ncsi.store.lake_server import Server

_MANY_FILES = 1_000


@contextmanager
def begin(folder: Path, catalogue: SharedCatalogue) -> Iterator[duckdb.DuckDBPyConnection]:
    """Take the database for the store in `folder`; yields an empty first generation to be filled, and only then says
    that the tables are there. The caller holds the lock. StoreError where the database is another store's."""
    server = lake.own(catalogue).server
    mine, notes = lake.store_id(folder), server.notes()
    if notes.get("store", mine) != mine:
        raise StoreError(
            f"{catalogue}: it lists the tables of another store. Nothing was changed. Name the folder of that store, "
            "which all coordinators must see, or a database of its own."
        )
    for said in loud(catalogue):
        raise StoreError(f"{said} Nothing was changed.")
    if not mine:
        mine = secrets.token_hex(16)
        atomic.write(folder / lake.STORE_ID, mine.encode(), 0o600)
    server.begin(mine)
    first = max([0, int(notes.get("generation", 0)), *server.generations()]) + 1
    with _made(folder, catalogue, first) as connection:
        yield connection
        server.first(first)
    lake.own(catalogue).keep(folder, first, connection)
    (folder / lake.SEEN).unlink(missing_ok=True)
    atomic.write(folder / SHARED, said_of_catalogue(catalogue), 0o600)


@contextmanager
def anew(folder: Path, catalogue: SharedCatalogue) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty generation, which counts in place of the one before when the block ends; that one is then gone for good,
    from the database and from the disk. The caller holds the store. StoreBusy, and nothing changed, where another
    coordinator wrote meanwhile."""
    lake.refuse_older(folder, catalogue)
    sweep_others(folder, catalogue)
    server = lake.own(catalogue).server
    before = lake.generation_of(server, folder)
    snapshot = server.snapshot(before)
    with _made(folder, catalogue, before + 1) as connection:
        yield connection
        server.switch(before, before + 1, snapshot)
    lake.own(catalogue).keep(folder, before + 1, connection)
    lake.see(folder, catalogue)
    shutil.rmtree(lake.files_of(folder, before))


@contextmanager
def _made(folder: Path, catalogue: SharedCatalogue, generation: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new generation, which an error in the block removes again unless it counts by then."""
    files, server = lake.files_of(folder, generation), lake.own(catalogue).server
    files.mkdir(parents=True, exist_ok=True)
    connection = lake_tables.opened(catalogue, generation, files, create=True)
    try:
        server.unwatched(generation)
        yield connection
    except BaseException as error:
        connection.close()
        with suppress(StoreError, OSError):
            if server.notes().get("generation") != str(generation):
                server.drop(generation)
                shutil.rmtree(files)
        if isinstance(error, duckdb.Error):
            raise lake.refused(catalogue, error) from None
        raise


def sweep_shared(folder: Path, catalogue: SharedCatalogue | None) -> int:
    """Remove what killed writes left behind, and bring many small files into few; how many were removed: none where the
    tables lie in the folder. The caller holds the store."""
    if catalogue is None:
        return 0
    lake.refuse_older(folder, catalogue)
    swept = sweep_others(folder, catalogue)
    with lake.connected(folder, catalogue) as connection:
        server: Server = lake.own(catalogue).server
        if lake_tables.orphans(
            connection
        ):  # of who may believe to hold the store still: now it cannot commit them
            connection.execute("BEGIN")
            lake.fence(catalogue, connection)
            connection.execute("COMMIT")
        if server.files(lake.generation_of(server, folder)) > _MANY_FILES:
            lake_tables.compact(connection)
        swept += lake_tables.remove_orphans(connection)
    lake.see(folder, catalogue)
    return swept


def left_behind(folder: Path, catalogue: SharedCatalogue) -> list[str]:
    """Files and generations that killed writes left behind. The caller holds the store."""
    with lake.connected(folder, catalogue) as connection:
        return [*(str(one) for one in _others(folder, catalogue)), *lake_tables.orphans(connection)]


def loud(catalogue: SharedCatalogue) -> Iterator[Damage]:
    """That Postgres writes into its log what must not be there, if it does. The caller holds the store."""
    found = lake.own(catalogue).server.loud()
    if found is not None:
        yield found


def sweep_others(folder: Path, catalogue: SharedCatalogue) -> int:
    """Remove generations that do not count; how many folders."""
    server, gone = lake.own(catalogue).server, _others(folder, catalogue)
    now = lake.generation_of(server, folder)
    for generation in server.generations():
        if generation != now:
            server.drop(generation)
    for path in gone:
        shutil.rmtree(path)
    return len(gone)


def _others(folder: Path, catalogue: SharedCatalogue) -> list[Path]:
    now = str(lake.generation_of(lake.own(catalogue).server, folder))
    found = sorted((folder / lake.FILES).glob("*"))
    return [one for one in found if one.name.isdecimal() and one.is_dir() and one.name != now]


def leave(folder: Path, catalogue: SharedCatalogue) -> None:
    """Remove all that the database and the folder hold of a store whose tables lie elsewhere now."""
    with lake.held(folder, catalogue, 60.0):
        if catalogue_of(folder) is not None:  # whoever held it has moved them there
            return
        lake.own(catalogue).end_tables()
        server = lake.own(catalogue).server
        if server.notes().get("store") == lake.store_id(folder):
            server.forget()
        shutil.rmtree(folder / lake.FILES, ignore_errors=True)
