"""The empty database of Prefect is the one that its migrations make, and only ever a first one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from flows import empty_database
from flows.empty_database import DAMAGED, NAME, migrated, put_empty_database, refuse_held
from flows.settings import QUIET
from ncsi.cli import main
from ncsi.simulate import write_workspace


def shape(path):
    """Columns and indices of every table, and every row there is."""
    with closing(sqlite3.connect(path)) as database:
        names = sorted(
            one for (one,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        )
        return {
            name: (
                database.execute(f'PRAGMA table_info("{name}")').fetchall(),
                sorted(row[1:] for row in database.execute(f'PRAGMA index_list("{name}")')),
                database.execute(f'SELECT * FROM "{name}"').fetchall(),  # noqa: S608
            )
            for name in names
        }


def test_it_is_what_the_migrations_make_and_one_that_they_accept(tmp_path, warm_prefect, monkeypatch):
    def as_a_fork(command, *, env, check):
        warm_prefect.run(command[2], *command[3:], env=env).check_returncode()

    monkeypatch.setattr(empty_database.subprocess, "run", as_a_fork)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for home in (ours, theirs):
        home.mkdir()
    put_empty_database(ours)
    before = shape(ours / NAME)
    assert len(migrated(ours, theirs)) == 2
    assert shape(ours / NAME) == shape(theirs / NAME)
    assert set(before) <= set(shape(ours / NAME))
    assert len(before["alembic_version"][2]) == 1


def test_a_database_that_is_there_stays(tmp_path):
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.execute("CREATE TABLE history (run TEXT)")
    before = (tmp_path / NAME).read_bytes()
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.execute("BEGIN EXCLUSIVE")
        put_empty_database(tmp_path)
    assert (tmp_path / NAME).read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [NAME]


def test_a_damaged_database_is_put_aside_for_an_empty_one(tmp_path):
    (tmp_path / NAME).write_bytes(b"no database, though longer than the head of one " * 100)
    (tmp_path / f"{NAME}-wal").write_bytes(b"its log")
    assert put_empty_database(tmp_path) == tmp_path / DAMAGED
    assert sorted(one.name for one in tmp_path.glob("[!.]*")) == [DAMAGED, NAME]
    assert (tmp_path / DAMAGED).read_bytes().startswith(b"no database")
    assert "flow_run" in shape(tmp_path / NAME)
    (tmp_path / NAME).write_bytes(b"damaged once more" * 100)
    assert put_empty_database(tmp_path) == tmp_path / "damaged-prefect-2.db"
    assert (tmp_path / DAMAGED).read_bytes().startswith(b"no database")
    assert put_empty_database(tmp_path) is None


def test_the_log_of_one_put_aside_is_not_merged_into_the_new_one(tmp_path):
    """A command was killed between putting the database aside and taking away its log."""
    put_empty_database(tmp_path)
    before = shape(tmp_path / NAME)
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE history AS SELECT name, sql FROM sqlite_master")
        database.commit()
        log = (tmp_path / f"{NAME}-wal").read_bytes()
    (tmp_path / NAME).rename(tmp_path / DAMAGED)
    (tmp_path / f"{NAME}-wal").write_bytes(log)
    assert put_empty_database(tmp_path) is None
    assert shape(tmp_path / NAME) == before


def test_a_database_with_a_broken_page_is_put_aside_too(tmp_path):
    """Its head is as it should be; a server came up on it, and failed at the first run."""
    put_empty_database(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    middle = len(whole) // 2
    (tmp_path / NAME).write_bytes(whole[:middle] + b"\xff" * 8192 + whole[middle + 8192 :])
    assert put_empty_database(tmp_path) == tmp_path / DAMAGED
    assert sorted(one.name for one in tmp_path.glob("[!.]*")) == [DAMAGED, NAME]
    assert (tmp_path / NAME).read_bytes() == whole


def test_a_database_that_another_process_holds_is_named_at_once_and_waited_for_a_moment(
    tmp_path, monkeypatch, capsys
):
    workspace = write_workspace(tmp_path, brands=2, respondents=60, sectors=("dairy",))
    home = tmp_path / ".prefect"
    home.mkdir(mode=0o700)
    put_empty_database(home)
    before = (home / NAME).read_bytes()
    monkeypatch.setattr(empty_database, "PATIENCE_S", 0.1)
    for name in [one for one in os.environ if one.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    for name in (*QUIET, "PREFECT_HOME", "PREFECT_LOGGING_TO_API_ENABLED"):
        monkeypatch.setenv(name, QUIET.get(name, ""))  # so that what is set is taken back
        monkeypatch.delenv(name)
    ingest = ["ingest", "--wave", workspace.waves[0], "--workspace", str(tmp_path), "--engine", "prefect"]
    with closing(sqlite3.connect(home / NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SystemExit) as ended:
            main(ingest)
        other.execute("ROLLBACK")
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert (
        f"{home / NAME}: Prefect's database cannot be written: another process has held it for 0.1 s. End"
        in said
    )
    assert "Traceback" not in said
    assert (home / NAME).read_bytes() == before
    refuse_held(home)


def test_none_is_made_where_another_is_named(tmp_path):
    code = (
        f"from pathlib import Path; from flows.settings import configure; configure(Path({str(tmp_path)!r}))"
    )
    for name, made in (("PREFECT_API_URL", False), ("NCSI_NOTHING", True)):
        subprocess.run(
            [sys.executable, "-c", code], env={**_clean(), name: "http://127.0.0.1:1/api"}, check=True
        )
        assert (tmp_path / ".prefect" / NAME).exists() is made


def _clean():
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
