"""Prefect's database with nothing in it, as its migrations leave it: they take five seconds, their outcome a moment.

It is kept as SQL. A newer Prefect brings it up to date at its start, as it would its own of then.
`python -m flows.empty_database` writes it again, with the oldest Prefect that `pyproject.toml` allows.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock

from ncsi import atomic
from ncsi.errors import ServerAway

NAME = "prefect.db"
"""What Prefect calls the database in its home."""
DAMAGED = "damaged-prefect.db"
"""What one that cannot be read is called from then on."""
_LOCK = ".making-prefect.lock"
_MIGRATE = """
import asyncio, os, sys
from prefect.context import refresh_global_settings_context
from prefect.server.database import provide_database_interface
for home in sys.argv[1:]:
    if not os.fork():
        try:
            os.environ["PREFECT_HOME"] = home
            refresh_global_settings_context()
            asyncio.run(provide_database_interface().create_db())
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    if os.wait()[1]:
        raise SystemExit(1)
"""
KEPT = Path(__file__).with_suffix(".sql")
PATIENCE_S = 20.0
"""How long another process may hold the database: runs beside each other hold it for moments."""
_READ_WHOLE = 64 * 2**20
"""Bytes of a database that is read to its end before it is trusted: that takes a tenth of a second."""


def put_empty_database(home: Path) -> Path | None:
    """Make the database of a home that has none, or a damaged one: a server would wait for it to answer. Where that was
    put aside, if any. Raises OSError where it cannot be written."""
    if (home / NAME).exists() and not _is_damaged(home / NAME):
        return None
    with FileLock(home / _LOCK):
        if not (home / NAME).exists():
            _make(home)
            return None
        if not _is_damaged(home / NAME):  # another command was before us
            return None
        aside = next(one for one in _asides(home) if not one.exists())
        (home / NAME).replace(aside)
        _make(home)
        return aside


def _asides(home: Path) -> Iterator[Path]:
    yield home / DAMAGED
    yield from (home / f"damaged-prefect-{k}.db" for k in count(2))


def _make(home: Path) -> None:
    with atomic.temporary_name(home) as made:
        with closing(sqlite3.connect(made)) as database:
            database.executescript(KEPT.read_text(encoding="utf-8"))
        # Logs of one that was put aside, by a command killed then too: SQLite would merge them into the new one.
        for beside in home.glob(f"{NAME}-*"):
            beside.unlink()
        atomic.put(made, home / NAME)


def refuse_held(home: Path) -> None:
    """Raise ServerAway where another process holds the database of a home and does not let go: a server would wait
    for two minutes, and then not say why."""
    path = home / NAME
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            return  # what else is wrong with it the server finds at once
        raise ServerAway(
            f"{path}: Prefect's database cannot be written: another process has held it for {PATIENCE_S:g} s. End what "
            "has it open, then run again; `--engine local` does the same without it. Nothing was begun."
        ) from error


def _is_damaged(path: Path) -> bool:
    """Whether SQLite does not know it for a database, or finds a page of it broken; one that another process holds is
    none the worse."""
    try:
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1.0)
        ) as database:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if path.stat().st_size > _READ_WHOLE:
                return False
            return database.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def migrated(*homes: Path) -> tuple[str, ...]:
    """The databases in `homes` as SQL, after the installed Prefect has brought each up to date, or made it where there
    is none: in a process of its own, a fork of one that has imported Prefect, which reads the settings of that home.
    Raises CalledProcessError where one cannot be."""
    quiet = {**os.environ, "DO_NOT_TRACK": "1", "PREFECT_HOME": str(homes[0])}
    subprocess.run([sys.executable, "-c", _MIGRATE, *map(str, homes)], env=quiet, check=True)  # noqa: S603 - our own
    return tuple(_as_sql(home / NAME) for home in homes)


def _as_sql(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return "\n".join(database.iterdump()) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        (made,) = migrated(Path(folder))
        KEPT.write_text(made, encoding="utf-8")
