"""The DuckDB of a thread, which outlives the file that it has open: to begin one takes longer than to open a small file
in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
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

    def of(self, folder: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
        """The one for that folder; made where the last one was for another."""
        if self.connection is None or self.folder != folder:
            self.end()
            self.connection, self.folder = _begun(folder, settings), folder
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
        instance = _OWN.of(path.parent, settings)
        _OWN.in_use = True
        name = '"' + path.stem.replace('"', '""') + '"'
        with closing(instance.cursor()) as connection:
            place = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{place}' AS {name} ({'READ_ONLY' if read_only else 'READ_WRITE'})")
            connection.execute(f"USE {name}")
            yield connection
        _closed(instance, name)
    except BaseException:  # whatever state it is in: the next block gets another
        _OWN.end()
        raise
    finally:
        _OWN.in_use = False


def _closed(instance: duckdb.DuckDBPyConnection, name: str) -> None:
    """Close the file; where what was written cannot be brought into it, as on a full disk, it is in the log beside."""
    try:
        instance.execute(f"DETACH {name}")
    except duckdb.Error:
        _OWN.end()


def _begun(folder: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """An instance that reaches the files of that folder, and from then on no others."""
    first = {name: value for name, value in settings.items() if name != _SHUT}
    first["temp_directory"] = str(folder / "ncsi.duckdb.tmp")
    made = connect(":memory:", first)
    made.execute("SET allowed_directories = ?", [[f"{folder}{os.sep}"]])
    made.execute(f"SET {_SHUT} = {settings[_SHUT]}")
    return made
