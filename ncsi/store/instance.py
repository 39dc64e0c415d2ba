"""The DuckDB of a thread, which outlives the file that it has open: to begin one takes longer than to open a small file
in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import local

import duckdb

from ncsi.store.quiet import Settings, connect

_SHUT = "enable_external_access"


class _Instance(local):
    """Of one thread: an instance without a file, the folder whose files it may open, and whether one is open."""

    connection: duckdb.DuckDBPyConnection | None = None
    folder = Path()
    in_use = False

    def of(self, database: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
        """The one for the folder of that file; made where the last one was for another."""
        folder = database.parent
        if self.connection is None or self.folder != folder:
            self.end()
            self.connection, self.folder = _begun(database, settings), folder
        return self.connection

    def end(self) -> None:
        """Close it, and what it has open."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def end_idle(self) -> None:
        """The same between two files: a process that is forked off begins with none."""
        if not self.in_use:
            self.end()


_OWN = _Instance()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_OWN.end_idle)


def end_idle() -> None:
    """End this thread's DuckDB, unless it has a file open."""
    _OWN.end_idle()


def is_in_use() -> bool:
    """Whether this thread is inside of a block of `opened`, of which it can have one at a time."""
    return _OWN.in_use


@contextmanager
def opened(database: Path, read_only: bool, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a file until the block ends, when the file is whole and closed. Files of its folder are all that
    can be reached by it. Raises duckdb.Error where it cannot be opened."""
    path = database.parent.resolve() / database.name
    try:
        instance = _OWN.of(path, settings)
        _OWN.in_use = True
        name = '"' + path.stem.replace('"', '""') + '"'
        with closing(instance.cursor()) as connection:
            place = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{place}' AS {name} ({'READ_ONLY' if read_only else 'READ_WRITE'})")
            connection.execute(f"USE {name}")
            yield connection
        _closed(instance, name)
        _leave_nothing_spilled(path)
    except BaseException:  # whatever state it is in: the next block gets another
        _OWN.end()
        raise
    finally:
        _OWN.in_use = False


def spilled(database: Path) -> Path | None:
    """The folder in which a killed query left rows that it had no memory for; None where none did. The caller holds
    the store: what is there is his own, where this thread has a file open, or of nobody who lives."""
    folder = _spills(database)
    return folder if not is_in_use() and folder.is_dir() and any(folder.iterdir()) else None


def clear_spilled(database: Path) -> int:
    """Remove what `spilled` finds, held as for that; how many files."""
    folder = spilled(database)
    if folder is None:
        return 0
    files = len(list(folder.iterdir()))
    shutil.rmtree(folder)
    return files


def _spills(database: Path) -> Path:
    """Where DuckDB puts rows that it has no memory for; it calls that so itself for a file that is its first."""
    return database.with_name(f"{database.name}.tmp")


def _leave_nothing_spilled(database: Path) -> None:
    """An instance keeps the folder that it made for as long as it lives, and cannot do without it later: it is ended,
    so that who has let go of the store has none. It leaves one that was there before it."""
    folder = _spills(database)
    if folder.is_dir():
        _OWN.end()
        with suppress(OSError):  # a killed query's rows, which an audit names
            folder.rmdir()


def _closed(instance: duckdb.DuckDBPyConnection, name: str) -> None:
    """Close the file; where what was written cannot be brought into it, as on a full disk, it is in the log beside."""
    try:
        instance.execute(f"DETACH {name}")
    except duckdb.Error:
        _OWN.end()


def _begun(database: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """An instance that reaches the files of that file's folder, and from then on no others."""
    first = {name: value for name, value in settings.items() if name != _SHUT}
    first["temp_directory"] = str(_spills(database))
    made = connect(":memory:", first)
    made.execute("SET allowed_directories = ?", [[f"{database.parent}{os.sep}"]])
    made.execute(f"SET {_SHUT} = {settings[_SHUT]}")
    return made
