"""Tables of a store in DuckLake, for several coordinators: listed by a database of Postgres, their rows in encrypted
Parquet files of the store's folder, which all of them see.

A store is one of numbered generations: a schema of Postgres and a folder of files. Whoever uses it holds one lock of
the database, which ends with the connection that took it; each transaction also changes one row, so that of two that
believe to hold it one cannot commit.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import local

import duckdb

from ncsi import atomic
from ncsi.errors import StoreBusy, StoreError
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store import lake_tables
from ncsi.store.lake_server import Server
from ncsi.store.lake_tables import CatalogueAway, Unsure, without_words_of

FILES = "tables"
"""Folder, in the store's, of the files of its tables; in it one for each generation."""
LEAVING = "leaving-catalogue.json"
"""In the store's folder: a database that tables were moved out of, until nothing of ours is in it; and one that they
are moved to, until it has them."""
WRITES = "writes"
"""Row of store_meta that every transaction changes."""
STORE_ID = ".store-id"
"""Which store the folder is of; not in a backup, since what is restored from one is another."""
SEEN = ".catalogue-seen"
"""In the store's folder: the last commit that was seen of its database."""
_POLL_S = 0.02
_UNSURE = "if the connection broke at the very end, it may be stored: the same command again makes sure"


class Own:
    """What a thread has open of a database: its server, how often it entered the lock, and one generation."""

    def __init__(self, catalogue: SharedCatalogue) -> None:
        self.catalogue, self.depth = catalogue, 0
        self._server: Server | None = None
        self._tables: duckdb.DuckDBPyConnection | None = None
        self._of: tuple[Path, int] | None = None

    @property
    def server(self) -> Server:
        """The connection that holds the lock."""
        if self._server is None or not self.depth:
            raise StoreError(
                "the store is used without being held. This is a fault of ncsi, please report it."
            )
        return self._server

    def begin(self, folder: Path, wait_s: float) -> None:
        """Take the lock. StoreBusy naming who holds it after `wait_s` seconds."""
        end = time.monotonic() + wait_s
        if self._server is not None and not self._server.lives():
            self.end()
        if self._server is None:
            self._server = Server(self.catalogue)
        while not self._server.lock():
            if time.monotonic() >= end:
                raise StoreBusy(
                    f"{folder}: {self._server.holder()} holds the store in {self.catalogue}, and has done so for "
                    f"{wait_s:g} s. Wait until it is done, then run again; nothing was changed."
                )
            time.sleep(_POLL_S)

    def release(self) -> None:
        """Let go of the lock."""
        if self._server is not None and not self._server.unlock():
            self.end()

    def tables(self, folder: Path) -> duckdb.DuckDBPyConnection:
        """The generation that counts; opened anew where another coordinator wrote the store anew since."""
        generation = generation_of(self.server, folder)
        if self._tables is None or self._of != (folder, generation):
            self.end_tables()
            self._tables = lake_tables.opened(self.catalogue, generation, files_of(folder, generation))
            self._of = (folder, generation)
        return self._tables

    def keep(self, folder: Path, generation: int, connection: duckdb.DuckDBPyConnection) -> None:
        """Go on with a connection to a generation that was filled and counts now: to open another takes time."""
        self.end_tables()
        self._tables, self._of = connection, (folder, generation)

    def end_tables(self) -> None:
        """Close the generation."""
        if self._tables is not None:
            with suppress(duckdb.Error):
                self._tables.close()
        self._tables = self._of = None

    def end(self) -> None:
        """Close all; the lock ends with it."""
        self.end_tables()
        if self._server is not None:
            self._server.close()
            self._server = None

    def left(self) -> object:
        """Its connections, which are no longer its own and stay open."""
        left = (self._server, self._tables)
        self._server = self._tables = self._of = None
        self.depth = 0
        return left


class _Thread(local):
    """What one thread has open, by database."""

    def __init__(self) -> None:
        self.owned: dict[SharedCatalogue, Own] = {}

    def end_idle(self) -> None:
        """Close what is not held: a process that is forked off begins with none."""
        for one in self.owned.values():
            if not one.depth:
                one.end()

    def leave_to_parent(self) -> None:
        """In a process forked off in the middle: connections are those of its parent, and not to be closed by us."""
        _PARENTS.extend(one.left() for one in self.owned.values())


_OPEN = _Thread()
_PARENTS: list[object] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_OPEN.end_idle, after_in_child=_OPEN.leave_to_parent)


def own(catalogue: SharedCatalogue) -> Own:
    """What this thread has open of a database."""
    return _OPEN.owned.setdefault(catalogue, Own(catalogue))


def end() -> None:
    """Close what this thread has open of databases, and does not hold."""
    _OPEN.end_idle()


@contextmanager
def held(folder: Path, catalogue: SharedCatalogue, wait_s: float) -> Iterator[None]:
    """Hold the store alone, among coordinators, processes and threads; the same thread may enter again.

    StoreBusy saying who holds it after `wait_s` seconds; CatalogueAway where the database does not answer.
    """
    one = own(catalogue)
    if one.depth == 0:
        one.begin(folder, wait_s)
    one.depth += 1
    try:
        yield
    finally:
        one.depth -= 1
        if one.depth == 0:
            one.release()


@contextmanager
def connected(folder: Path, catalogue: SharedCatalogue) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the tables. The caller holds the store. What DuckDB refuses is a StoreError that says no words of
    the address."""
    one = own(catalogue)
    connection = one.tables(folder)
    try:
        yield connection
    except duckdb.Error as error:
        one.end_tables()
        raise refused(catalogue, error) from None


def refused(catalogue: SharedCatalogue, error: duckdb.Error, then: str = "nothing was changed") -> StoreError:
    """What to tell of an error of DuckDB, and what became of what was begun."""
    said = without_words_of(catalogue, error)
    if lake_tables.is_conflict(said):
        return StoreBusy(
            f"{catalogue}: another coordinator wrote at the same time: {said}; nothing was stored. Run again."
        )
    if lake_tables.is_away(said):
        return CatalogueAway(
            f"{catalogue}: the database went away: {said}; {then}. Make it answer, then run again."
        )
    return StoreError(
        f"{catalogue}: the tables cannot be read or written: {said}; {then}. Free disk space where there is none; "
        "`ncsi audit` says what is damaged, and a backup has it."
    )


def not_committed(catalogue: SharedCatalogue, error: duckdb.Error, begun: bool) -> StoreError:
    """What to tell of a transaction that failed. Unsure where its commit had `begun`, and nobody refused it."""
    said = without_words_of(catalogue, error)
    sure = not begun or lake_tables.is_conflict(said) or lake_tables.is_refused(said)
    told = refused(catalogue, error, "nothing was stored" if sure else _UNSURE)
    return told if sure else Unsure(str(told))


def broken_off(catalogue: SharedCatalogue) -> None:
    """Begin anew with the tables: a transaction on them failed, and their connection may be inside of it."""
    own(catalogue).end_tables()


def fence(catalogue: SharedCatalogue, connection: duckdb.DuckDBPyConnection) -> None:
    """In a transaction: change what every other one changes too, so that one of two at once cannot be committed."""
    own(catalogue).server.require_lock()
    connection.execute("UPDATE store_meta SET value = ? WHERE name = ?", [secrets.token_hex(8), WRITES])


def written(folder: Path, catalogue: SharedCatalogue) -> tuple[int, int, int]:
    """Generation and last snapshot: what every write changes. The caller holds the store."""
    server = own(catalogue).server
    generation = generation_of(server, folder)
    return generation, server.snapshot(generation), 0


def see(folder: Path, catalogue: SharedCatalogue) -> None:
    """Write down beside the files which commit was the last, which is stored whether that can be done or not. The
    caller holds the store. A disk that is full tells whoever writes next."""
    with suppress(OSError, CatalogueAway):
        now = written(folder, catalogue)
        atomic.write(folder / SEEN, json.dumps(now[:2]).encode(), 0o600)


def refuse_older(folder: Path, catalogue: SharedCatalogue) -> None:
    """StoreError where the database knows less than was seen of it, as one restored from a dump does: what it does not
    list would be removed. The caller holds the store."""
    try:
        seen = tuple(json.loads((folder / SEEN).read_bytes()))
    except (OSError, ValueError, TypeError):
        return
    if written(folder, catalogue)[:2] < seen:
        raise StoreError(
            f"{catalogue}: it is older than the files in {folder / FILES}, as one is that was restored from a dump. "
            "Nothing was changed. Restore a newer dump; where there is none, `ncsi restore` a backup, and move what it "
            "holds to another database."
        )


def require_key(catalogue: SharedCatalogue, key: bytes) -> None:
    """StoreError where the pseudonyms of the store were made with another key: the same person would be another, and
    could not be forgotten. The first key that is used is the store's. The caller holds the store."""
    mark = hmac.new(key, b"ncsi/store", hashlib.sha256).hexdigest()[:32]
    if own(catalogue).server.note("key", mark) != mark:
        raise StoreError(
            f"{catalogue}: the store's pseudonyms were made with another key than this machine has. Nothing was "
            "stored. Copy the key that the others have, by a way that nobody can read."
        )


def generation_of(server: Server, folder: Path) -> int:
    """The one that counts. StoreError where the database is not that of the store in `folder`."""
    notes = server.notes()
    if "generation" not in notes or notes.get("store") != store_id(folder):
        raise StoreError(
            f"{server.catalogue}: it does not list the tables of the store in {folder}"
            f"{', but those of another one' if notes else ''}. Nothing was changed. Work in the folder that the "
            "store has, which all coordinators must see; `ncsi restore` makes a store from a backup."
        )
    return int(notes["generation"])


def is_of(folder: Path, catalogue: SharedCatalogue) -> bool:
    """Whether the database is that of the store in `folder`. The caller holds it."""
    notes = own(catalogue).server.notes()
    return "generation" in notes and notes.get("store") == store_id(folder)


def files_of(folder: Path, generation: int) -> Path:
    """The folder of a generation's files."""
    return folder.resolve() / FILES / str(generation)


def store_id(folder: Path) -> str:
    """Which store the folder is of; empty where none was begun there."""
    try:
        return (folder / STORE_ID).read_text(encoding="ascii")
    except OSError:
        return ""
