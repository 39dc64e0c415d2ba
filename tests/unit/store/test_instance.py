"""One DuckDB a thread, which opens a store's file as long as it is needed, and reaches no other."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from ncsi.errors import StoreDamaged
from ncsi.store import Store, duck, instance


@pytest.fixture
def begun(monkeypatch):
    """Instances that this thread begins; it has none."""
    instance._OWN.end()
    found, connect = [], duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *a, **k: found.append(a) or connect(*a, **k))
    return found


def test_one_instance_opens_the_file_again_and_again_and_lets_it_go(store, begun):
    for read_only in (True, False, True):
        with duck.connected(store.place, read_only) as connection:
            assert duck.meta_of(connection)["version"] == duck.VERSION
        duckdb.connect(str(store.place.database)).close()  # which nobody may who finds it open
    assert begun.count((":memory:",)) == 1


def test_what_is_written_is_in_the_file_when_the_block_ends(store, tmp_path):
    with duck.transaction(store.place) as connection:
        connection.execute("INSERT INTO store_meta VALUES ('a', 'b')")
    assert not list(store.folder.glob("*.wal"))
    copy = shutil.copy(store.place.database, tmp_path / "copy.duckdb")
    with duckdb.connect(str(copy), read_only=True) as other:
        assert duck.meta_of(other)["a"] == "b"


def test_rows_that_there_was_no_memory_for_have_a_folder_only_while_the_file_is_open(store, begun):
    """Else one who lives would have it still, whoever takes it away, and his next query would fail for it."""
    folder = store.folder / "ncsi.duckdb.tmp"
    for left_by_another in (False, True):
        if left_by_another:
            folder.mkdir()
        with duck.connected(store.place) as connection:
            connection.execute("SET memory_limit = '30MB'")
            connection.execute(
                "CREATE TEMP TABLE t AS SELECT range AS a, hash(range) AS b FROM range(3000000)"
            )
            assert any(folder.iterdir())
            assert instance.clear_spilled(store.place.database) == 0  # it is its own
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (3_000_000,)
        assert not folder.exists()
    assert store.waves() == ()
    assert begun.count((":memory:",)) == 3


def test_a_thread_and_a_process_begin_their_own(store, begun):
    def look() -> int:
        with duck.connected(store.place, read_only=True) as connection:
            return len(duck.meta_of(connection))

    assert ThreadPoolExecutor(1).submit(look).result() == look()
    assert len(begun) == 2
    instance._OWN.end_idle()  # as before a fork
    look()
    assert len(begun) == 3


def test_no_file_of_another_folder_is_reached_nor_may_one_be(store, tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")
    with duck.connected(store.place) as connection:
        for refused in (
            f"SELECT * FROM '{tmp_path}/other.csv'",  # noqa: S608
            f"ATTACH '{tmp_path}/other.duckdb'",
            "SET enable_external_access = true",
            f"SET allowed_directories = ['{tmp_path}']",
        ):
            with pytest.raises(duckdb.Error, match=r"disabled|while database is running"):
                connection.execute(refused)


def test_another_store_inside_of_a_block_is_opened_apart(store, tmp_path, begun):
    other = Store.open(tmp_path / "other", create=True)
    begun.clear()
    with store.alone(), other.alone():
        assert other.waves() == ()
    assert [place for (place,) in begun] == [":memory:", str(other.place.database)]


def test_after_a_file_that_cannot_be_opened_comes_one_that_can(store, tmp_path):
    whole = store.place.database.read_bytes()
    store.place.database.write_bytes(whole[:5000])
    with pytest.raises(StoreDamaged, match="cannot be opened"):
        store.waves()
    store.place.database.write_bytes(whole)
    assert store.waves() == ()


def test_a_transaction_that_was_left_open_is_undone(store):
    def begin(error: type[Exception] | None = None) -> None:
        with duck.connected(store.place) as connection:
            connection.execute("BEGIN")
            connection.execute("DELETE FROM store_meta")
            if error is not None:
                raise error("ours")

    begin()
    with pytest.raises(ValueError, match="ours"):
        begin(ValueError)
    with duck.connected(store.place, read_only=True) as connection:
        assert duck.meta_of(connection)


def test_nothing_of_a_long_query_is_drawn_on_standard_output(store):
    """Of a process begun by `-c`, as those of a pool are, DuckDB takes standard output for a person's."""
    code = (
        "import sys; from pathlib import Path; from ncsi.store import Store, duck, quiet\n"
        "asked = \"SELECT current_setting('enable_progress_bar')\"\n"
        "place, told = Store.open(Path(sys.argv[1])).place, []\n"
        "for apart in (False, True):\n"
        "    with duck.connected(place, apart=apart) as connection:\n"
        "        told += connection.execute(asked).fetchone()\n"
        "told += quiet.connect(':memory:', {}).cursor().execute(asked).fetchone()\n"
        "print(told)\n"
    )
    command = [sys.executable, "-c", code, str(store.folder)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"{[False] * 3}\n"
    connecting = [
        path.name for path in Path(duck.__file__).parent.glob("*.py") if "duckdb.connect(" in path.read_text()
    ]
    assert connecting == ["quiet.py"]
