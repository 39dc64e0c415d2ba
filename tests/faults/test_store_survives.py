"""The store after a full disk, two writers, a holder that does not let go, a read-only folder; kills have a file of
their own."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import pandas as pd
import pytest

import ncsi
from ncsi.errors import StoreBusy, StoreError
from ncsi.store import Partition, Place, SourceCard, Store, duck, erase, inspection
from ncsi.tables import CORE_REJECTS

WRITER = """
import sys
import pandas as pd
from ncsi.store import Store
sys.path.insert(0, {here!r})
from test_store_survives import source
store = Store.open({folder!r}, create=True)
for number in range({first}, {last}):
    store.add_source(*source(number))
    print(number, flush=True)
"""


def source(number: int, rows: int = 200):
    """A file of two sectors and one reject, different for every number."""
    sha = f"{number:064x}"
    parts = []
    for sector in ("bank", "express"):
        frame = pd.DataFrame(
            {
                "wave": "2026",
                "sector": sector,
                "brand": "b1",
                "respondent": [f"{number}-{k}" for k in range(rows)],
                "region": None,
                "weight_base": 1.0,
                "submitted_at": pd.NaT,
                "duration_s": 60.0,
                "disposition": None,
                "interviewer": None,
                "device": None,
                "source_sha256": sha,
                "source_row": range(2, rows + 2),
                "q1": pd.array([8] * rows, dtype="Int16"),
                "q1_missing": None,
            }
        )
        parts.append(
            Partition(sector, "ccsi", "1.0.0", "f" * 64, frame.astype({"submitted_at": "datetime64[us]"}))
        )
    reject = dict.fromkeys(CORE_REJECTS.names, "x") | {"source_row": 1000, "sector": None}
    rejects = pd.DataFrame([reject])
    return (
        SourceCard("2026", sha, f"{number}.csv", "csv", "utf-8", "plain", None, 9, 2 * rows + 1),
        parts,
        rejects,
    )


def writing(folder: Path, first: int, last: int) -> str:
    return WRITER.format(here=str(Path(__file__).parent), folder=str(folder), first=first, last=last)


def whole(store) -> set[int]:
    """Numbers of the files in the store; each is there with all of its rows, or not at all."""
    files = store.table("raw_files")
    numbers = {int(sha, 16) for sha in files["source_sha256"]}
    parts, rejects = store.table("core_partitions"), store.table("core_rejects")
    assert len(parts) == 2 * len(numbers)
    assert len(rejects) == len(numbers)
    if numbers:
        for sector in ("bank", "express"):
            counts = store.responses("2026", sector)["source_sha256"].value_counts()
            assert (counts == 200).all()
            assert len(counts) == len(numbers)
    return numbers


def test_orphans_are_swept_and_others_left(tmp_path):
    store = Store.open(tmp_path, create=True)
    store.add_source(*source(1))
    partition = tmp_path / store.table("core_partitions")["path"].iloc[0]
    (partition.parent / ".tmp-1-abc").write_bytes(b"half")
    (partition.parent / ("0" * 64 + ".parquet")).write_bytes(b"orphan")
    (tmp_path / "notes.txt").write_text("mine")
    Store.open(tmp_path)
    assert sorted(path.name for path in partition.parent.iterdir()) == [partition.name]
    assert (tmp_path / "notes.txt").exists()


def test_two_writers_wait_for_each_other(warm, tmp_path):
    folder = tmp_path / "w"
    Store.open(folder, create=True)
    writers = [warm.start(writing(folder, first, first + 5)) for first in (0, 100)]
    for writer in writers:
        _, errors = writer.communicate(timeout=600)
        assert writer.returncode == 0, errors
    assert whole(ncsi.open(folder)) == {*range(5), *range(100, 105)}


def test_threads_of_one_process_wait_for_each_other(tmp_path):
    store = Store.open(tmp_path, create=True)
    failed = []

    def work(first):
        try:
            for number in range(first, first + 2):
                store.add_source(*source(number))
                store.responses("2026", "bank")
        except Exception as error:  # a thread's failure must reach the test
            failed.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(whole(store)) == 6


def test_a_holder_that_does_not_let_go_is_named(warm, tmp_path):
    Store.open(tmp_path, create=True)
    code = (
        "import sys, time\nfrom ncsi.store import Store\n"
        f"with Store.open({str(tmp_path)!r}).alone():\n    print('held', flush=True)\n    time.sleep(600)\n"
    )
    holder = warm.start(code)
    try:
        holder.stdout.readline()
        with pytest.raises(StoreBusy, match=f"process {holder.pid} on .* holds the warehouse") as error:
            Store.open(tmp_path, wait_s=0.3)
        assert "Wait until it is done, then run again; nothing was changed" in str(error.value)
        with pytest.raises(StoreBusy):
            ncsi.open(tmp_path, wait_s=0.3)
    finally:
        holder.kill()
        holder.wait()
    assert Store.open(tmp_path).waves() == ()


SPILLING = """
import time
from pathlib import Path
from ncsi.store import Place, duck
place = Place(Path({folder!r}))
with place.held(), duck.connected(place) as connection:
    connection.execute("SET memory_limit = '30MB'")
    connection.execute("CREATE TEMP TABLE t AS SELECT range AS a, hash(range) AS b FROM range(3000000)")
    print("spilled", flush=True)
    time.sleep(600)
"""


def spill_and_be_killed(warm, folder: Path) -> Path:
    """The folder of what a query had no memory for."""
    holder = warm.start(SPILLING.format(folder=str(folder)))
    try:
        assert holder.stdout.readline() == "spilled\n", holder.stderr.read()
        with pytest.raises(StoreBusy):  # of a living process nothing is named and nothing removed
            list(inspection.damages(Place(folder, 0.1)))
        with pytest.raises(StoreBusy):
            inspection.clear(Place(folder, 0.1))
        (left,) = folder.glob("*.duckdb.tmp")
        assert any(left.iterdir())
    finally:
        holder.kill()
        holder.wait()
    return left


def test_rows_that_a_killed_query_had_no_memory_for_are_named_and_removed(warm, tmp_path):
    place = Store.open(tmp_path, create=True).place
    left = spill_and_be_killed(warm, tmp_path)
    (damage,) = inspection.damages(place)
    assert (damage.where, damage.problem) == (str(left), "a killed query left it behind")
    assert list(inspection.damages(place)) == [damage]  # to look at the store removes nothing
    files = len(list(left.iterdir()))
    assert inspection.clear(place) == files > 0
    assert not left.exists()
    assert list(inspection.damages(place)) == []


def lying_there(folder: Path) -> Path:
    """As a killed query leaves it."""
    left = folder / "ncsi.duckdb.tmp"
    left.mkdir()
    (left / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
    return left


@pytest.mark.parametrize("does", [lambda place: Store.open(place.folder), erase.rebuild, duck.settle])
def test_nothing_of_them_outlives_who_writes_next_nor_who_is_forgotten_nor_is_in_a_backup(tmp_path, does):
    place = Store.open(tmp_path, create=True).place
    left = lying_there(tmp_path)
    does(place)
    assert not left.exists()


def test_rows_that_a_database_written_anew_had_no_memory_for_are_named_and_removed(tmp_path):
    place = Store.open(tmp_path, create=True).place
    left = place.responses / ".tmp-999999-a.tmp"
    left.mkdir(parents=True)
    (left / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"rows")
    assert [one.where for one in inspection.damages(place)] == [str(left)]
    assert inspection.clear(place) == 1
    assert not left.exists()


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from ncsi.errors import StoreError
from ncsi.store import Store
import sys
sys.path.insert(0, {here!r})
from test_store_survives import source
store = Store.open({folder!r})
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    store.add_source(*source(2, rows=20_000))
except StoreError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_store_as_it_was(warm, tmp_path):
    store = Store.open(tmp_path, create=True)
    store.add_source(*source(1))
    code = FULL.format(here=str(Path(__file__).parent), folder=str(tmp_path), limit=20_000)
    said = warm.run(code)
    assert "cannot write" in said.stdout, said.stderr
    assert "Free disk space" in said.stdout
    assert "the store is as it was" in said.stdout
    assert whole(Store.open(tmp_path)) == {1}
    assert store.add_source(*source(2))
    assert whole(store) == {1, 2}


READ_ONLY = """
import os
import ncsi
from ncsi.store import Store
warehouse = ncsi.open({folder!r})
warehouse.responses("2026", "bank")
os.chmod({folder!r}, 0o555)
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(len(ncsi.open({folder!r}).responses("2026", "bank")))
try:
    Store.open({folder!r})
except ncsi.errors.StoreError as error:
    print(error)
"""


def test_a_read_only_store_is_read_and_says_that_it_cannot_be_written(warm):
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        Store.open(name, create=True).add_source(*source(1))
        said = warm.run(READ_ONLY.format(folder=name))
        Path(name).chmod(0o755)
    assert said.stdout.startswith("200\n"), said.stderr
    assert "cannot be written: Permission denied. Make the folder writable" in said.stdout


def test_what_is_written_survives_a_reader_that_never_closes(tmp_path):
    store = Store.open(tmp_path, create=True)
    store.add_source(*source(1))
    warehouse = ncsi.open(tmp_path)
    rows = warehouse.responses("2026", "bank")
    store.add_source(*source(2))
    assert len(rows) == 200
    assert len(warehouse.responses("2026", "bank")) == 400


def test_a_partition_that_was_deleted_by_hand_is_named(tmp_path):
    store = Store.open(tmp_path, create=True)
    store.add_source(*source(1))
    path = tmp_path / store.table("core_partitions")["path"].iloc[0]
    path.unlink()
    with pytest.raises(StoreError, match="a file of the store is gone or damaged"):
        store.responses("2026", "bank")
