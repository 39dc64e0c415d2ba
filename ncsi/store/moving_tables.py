"""The tables of a store from its DuckDB file to a database of Postgres, and back: copied, compared, then believed.

A file beside the tables says where they lie (`catalogue.json`): that it is there, or is not, is the move.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ncsi.atomic import put, temporary_name, write
from ncsi.errors import NothingStored, StoreError
from ncsi.spec.shared_catalogue import SHARED, SharedCatalogue, catalogue_of, said_in, said_of_catalogue
from ncsi.store import duck, lake, lake_generations
from ncsi.store.lake_tables import CatalogueAway
from ncsi.store.place import Place
from ncsi.store.quiet import connect
from ncsi.store.table_rows import fingerprint
from ncsi.store.whole_database import copy_rows, filled, make_shared


@dataclass(frozen=True, slots=True)
class MovedTables:
    """From where to where, and how many rows all tables have."""

    source: str
    target: str
    rows: int


def move_tables(place: Place, target: SharedCatalogue | None, dry_run: bool = False) -> MovedTables | None:
    """Bring the tables of the store in `place` to `target` (None: a DuckDB file), and remove them where they were; None
    where they are there. Killed or failed, run again. `dry_run` only looks.

    Of a store in a database, another address of that is written down. StoreError where what was copied is not what is
    there, the database is another store's, or the store lies in another.
    """
    if not place.is_stored:
        raise NothingStored(
            f"{place.folder}: there is no warehouse here. Ingest a wave first, or check the folder."
        )
    source = place.catalogue
    if source == target:
        return None
    if source is not None and target is not None:
        return _by_another_address(place, source, target, dry_run)
    with place.held():
        duck.check_meta(place)
        before, rows = place.tables, _rows(place)
        if not dry_run:
            if target is not None:
                _to_postgres(place, target)
            else:
                _to_file(place)
    after = _tables(place, target) if target is not None else str(place.database)
    return MovedTables(before, after, rows)


def as_file(place: Place, path: Path) -> None:
    """A DuckDB file with the tables of a store. The caller holds it. StoreError where the file has other rows."""
    duck.make(path)
    with closing(connect(str(path), duck.SETTINGS)) as new, duck.connected(place) as old:
        new.execute("BEGIN")
        _copy(old, new, str(path))
        new.execute("COMMIT")


def leave_old(folder: Path) -> None:
    """Remove what a killed move left of where tables were, or were not yet: a file, or a database. The caller holds the
    store."""
    left, shared = folder / lake.LEAVING, catalogue_of(folder)
    if shared is not None:
        for path in folder.glob("ncsi.duckdb*"):
            if path.is_file():
                path.unlink()
        if left.is_file() and said_in(left) == shared:
            left.unlink()
    elif left.is_file():
        with suppress(CatalogueAway):  # told by an audit
            lake_generations.leave(folder, said_in(left))
            left.unlink()


def _by_another_address(
    place: Place, source: SharedCatalogue, target: SharedCatalogue, dry_run: bool
) -> MovedTables:
    """The same tables where their database is spoken to otherwise: it has another name, user or certificate now."""
    with lake.held(place.folder, target, place.wait_s):
        if not lake.is_of(place.folder, target):
            raise StoreError(
                f"{place.folder}: its tables lie in {source}, and can only come back from there. Take `catalogue` out "
                "of ncsi.yaml and run `ncsi move-store`; then write the new one, and run it again. Nothing was moved."
            )
        lake.refuse_older(place.folder, target)
        with lake.connected(place.folder, target) as connection:
            rows = _count(connection)
        if not dry_run:
            write(place.folder / SHARED, said_of_catalogue(target), 0o600)
    return MovedTables(_tables(place, source), _tables(place, target), rows)


def _tables(place: Place, catalogue: SharedCatalogue) -> str:
    return f"{place.folder / lake.FILES} ({catalogue})"


def _to_postgres(place: Place, target: SharedCatalogue) -> None:
    duck.settle(place)
    left = place.folder / lake.LEAVING
    if left.is_file():
        leave_old(place.folder)
    if left.is_file():
        raise StoreError(
            f"{said_in(left)}: tables that were moved out of it may be listed there still. Make it answer, then run "
            "again; nothing was moved."
        )
    with lake.held(place.folder, target, place.wait_s):
        with lake_generations.begin(place.folder, target) as new, duck.connected(place) as old:
            write(
                left, said_of_catalogue(target), 0o600
            )  # until it counts: who is forgotten must be in no half copy
            make_shared(new)
            new.execute("BEGIN")
            _copy(old, new, str(target))
            new.execute("COMMIT")
        leave_old(place.folder)


def _to_file(place: Place) -> None:
    place.responses.mkdir(exist_ok=True)
    with temporary_name(place.responses) as temporary:
        as_file(place, temporary)
        put(temporary, place.database)
    (place.folder / SHARED).replace(place.folder / lake.LEAVING)
    leave_old(place.folder)


def _copy(old: duckdb.DuckDBPyConnection, new: duckdb.DuckDBPyConnection, where: str) -> None:
    for table in filled(old):
        copy_rows(old, new, table, "*")
        if fingerprint(old, table) != fingerprint(new, table):
            raise StoreError(
                f"{where}, table {table.name}: what was copied is not what was there. Nothing was moved; run again."
            )


def _rows(place: Place) -> int:
    with duck.connected(place, read_only=True) as connection:
        return _count(connection)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    asked = " + ".join(f"(FROM {duck.quoted(one.name)} SELECT count(*))" for one in duck.stored_tables())
    found = connection.execute(f"SELECT {asked}").fetchone()
    return int(found[0]) if found else 0
