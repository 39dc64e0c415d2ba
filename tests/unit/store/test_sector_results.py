"""Results of several sectors stored at once."""

from __future__ import annotations

import errno
import os
import pickle
import tempfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ncsi.errors import StoreError
from ncsi.store import (
    SectorTables,
    duck,
    packed_rows,
    sector_results,
    sector_tables,
    table_rows,
    whole_database,
)
from ncsi.store.declared_frames import to_arrow
from ncsi.store.packed_rows import PackedRows
from ncsi.tables.base import Table, text
from ncsi.tables.rules import NEVER

RANKS = "out_rank_by_brand"


def of_a_sector(make, index=80.0):
    return make.ranks(index=index).drop(columns=["wave", "sector"])


def test_a_repeated_key_is_refused(make):
    twice = pd.concat([of_a_sector(make), of_a_sector(make)])
    with pytest.raises(StoreError, match="1 rows repeat a key"):
        sector_tables("2026", "bank", {RANKS: twice})


def test_sectors_stored_together_replace_their_own_rows_only(store, make):
    store.replace("2026", {RANKS: make.ranks(sector="post")}, sector="post")
    store.replace("2026", {RANKS: make.ranks(sector="bank", index=1)}, sector="bank")
    store.replace_sectors(
        [
            sector_tables("2026", sector, {RANKS: of_a_sector(make, index=70)})
            for sector in ("bank", "express")
        ]
    )
    stored = store.read(RANKS, wave="2026").set_index("sector")["index_0_100"]
    assert stored.to_dict() == {"post": 80.0, "bank": 70.0, "express": 70.0}


def test_a_sector_without_rows_loses_those_it_had(store, make):
    store.replace("2026", {RANKS: make.ranks()}, sector="bank")
    store.replace_sectors([sector_tables("2026", "bank", {RANKS: of_a_sector(make).head(0)})])
    assert store.read(RANKS, wave="2026").empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index_0_100": np.inf}, "column index_0_100 holds float64 where number belongs"),
        ({"sector": "bank"}, "the frame has unknown sector"),
        ({"rank": "1"}, "column rank holds str where integer belongs"),
    ],
)
def test_what_is_not_as_declared_is_refused_where_it_is_made(change, message, make):
    with pytest.raises(StoreError, match=message):
        sector_tables("2026", "bank", {RANKS: of_a_sector(make).assign(**change)})


def test_tables_of_ingest_are_refused(make):
    with pytest.raises(StoreError, match="raw_files is written by ingest only"):
        sector_tables("2026", "bank", {"raw_files": make.ranks().head(0)})


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_key_that_is_missing_twice_is_repeated(missing):
    table = Table("out_by_place", "places", ("place",), (text("place", "where", nullable=True),), (NEVER,))
    frame = pd.DataFrame({"place": pd.Series([missing, missing], dtype=object)})
    with pytest.raises(StoreError, match="1 rows repeat a key"):
        to_arrow(table, frame)


def many_ranks(make, rows, start=0):
    one = of_a_sector(make).iloc[[0]]
    return one.loc[one.index.repeat(rows)].assign(brand=[f"b{k}" for k in range(start, start + rows)])


def test_many_rows_are_packed_and_stored_as_they_are(store, make, monkeypatch):
    plain = sector_tables("2026", "bank", {RANKS: many_ranks(make, 25)})
    monkeypatch.setattr(sector_results, "PACKED", 10)
    parts = (many_ranks(make, rows, start) for start, rows in ((0, 10), (10, 10), (20, 5)))
    in_parts = sector_tables("2026", "post", {RANKS: parts})
    packed = sector_tables("2026", "bank", {RANKS: many_ranks(make, 25)})
    assert isinstance(packed.tables[RANKS], PackedRows)
    assert (packed.most_rows, in_parts.most_rows, len(packed.tables[RANKS].sizes)) == (25, 25, 3)
    assert packed.tables[RANKS].reader().read_all() == plain.tables[RANKS]
    few = sector_tables("2026", "dairy", {RANKS: of_a_sector(make)})
    store.replace_sectors([pickle.loads(pickle.dumps(packed)), few, in_parts])  # noqa: S301 - our own
    found = store.read(RANKS, wave="2026")
    bank, post = (found[found["sector"] == one].drop(columns="sector") for one in ("bank", "post"))
    assert bank["brand"].tolist() == [f"b{k}" for k in range(25)]
    pd.testing.assert_frame_equal(bank.reset_index(drop=True), post.reset_index(drop=True))
    assert len(found) == 50 + len(of_a_sector(make))
    store.replace_sectors([packed])
    assert len(store.read(RANKS, wave="2026")) == len(found), "in place of those that there were"
    with duck.connected(store.place) as connection:
        bound = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    assert ("61.0 MiB",) not in bound, "DuckDB is bounded while many rows are stored, and no longer"


def test_a_key_repeated_in_another_part_is_refused(make):
    parts = (many_ranks(make, 5), many_ranks(make, 5, start=4))
    with pytest.raises(StoreError, match="1 rows repeat a key"):
        sector_tables("2026", "bank", {RANKS: iter(parts)})
    with pytest.raises(StoreError, match="lacks rank"):
        sector_tables("2026", "bank", {RANKS: iter([parts[0].drop(columns="rank")])})


def test_parts_of_no_rows_are_none(store, make):
    nothing = sector_tables("2026", "bank", {RANKS: iter(())})
    assert (nothing.most_rows, nothing.tables[RANKS].sizes) == (0, ())
    store.replace_sectors([nothing])
    assert store.read(RANKS, wave="2026").empty


def packed_ranks(make, blocks):
    parts = (many_ranks(make, 10_000, start=k * 10_000) for k in range(blocks))
    return sector_tables("2026", "bank", {RANKS: parts}).tables[RANKS]


def test_many_packed_rows_wait_in_a_file_without_a_name(make, monkeypatch, tmp_path):
    """Of rows more, nothing stays in memory; who looks for them on the disk finds none, and nobody else may read."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(packed_rows, "IN_MEMORY", 1_000)
    packed_ranks(make, 1)
    before = pa.total_allocated_bytes()
    rows = packed_ranks(make, 6)
    assert (rows.num_rows, pa.total_allocated_bytes() - before) == (60_000, 0)
    assert sum(rows.sizes) < 0.2 * sum(one.nbytes for one in rows.reader())
    status = os.fstat(rows.file.fileno())
    assert (status.st_size, status.st_nlink, status.st_mode & 0o777) == (sum(rows.sizes), 0, 0o600)
    assert not list(tmp_path.iterdir())
    again = pickle.loads(pickle.dumps(rows))  # noqa: S301 - our own
    assert again.reader().read_all() == rows.reader().read_all()


def test_packed_rows_go_to_another_machine_without_a_copy(make):
    """What Dask sends is the rest, and the buffers beside it as they are."""
    rows, beside = packed_ranks(make, 3), []
    rest = pickle.dumps(rows, protocol=5, buffer_callback=beside.append)
    assert [one.raw().nbytes for one in beside] == list(rows.sizes)
    assert len(rest) < min(rows.sizes)
    sent = [bytearray(one.raw()) for one in beside]
    again = pickle.loads(rest, buffers=sent)  # noqa: S301 - our own
    assert (again.sizes, again.num_rows) == (rows.sizes, rows.num_rows)
    assert again.reader().read_all() == rows.reader().read_all()
    for protocol in (4, 5):
        alone = pickle.loads(pickle.dumps(rows, protocol))  # noqa: S301 - our own
        assert alone.reader().read_all() == rows.reader().read_all()


def test_rows_for_which_there_is_no_room_are_refused(make, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", full)
    with pytest.raises(StoreError, match=r"temporary files: .*No space left.*TMPDIR. Nothing was stored"):
        packed_ranks(make, 1)


def test_blocks_are_gone_from_memory_once_they_are_stored(store, make, monkeypatch):
    """DuckDB has one block at a time, though all of them are one transaction."""
    monkeypatch.setattr(table_rows, "AT_ONCE", 15_000)
    rows, held = packed_ranks(make, 6), []
    unpacked = PackedRows._unpacked

    def watched(self):
        before = pa.total_allocated_bytes()
        for one in unpacked(self):
            held.append(pa.total_allocated_bytes() - before)
            yield one
            del one

    monkeypatch.setattr(PackedRows, "_unpacked", watched)
    store.replace_sectors([SectorTables("2026", "bank", {RANKS: rows})])
    assert store.read(RANKS, wave="2026")["brand"].tolist() == [f"b{k}" for k in range(60_000)]
    assert held[-1] < 3 * held[0]


def test_rows_that_duckdb_does_not_get_are_missed(store, make, monkeypatch):
    """A block is there once: if DuckDB asked for it before it writes, its rows would be lost without a word."""
    before = len(store.read(RANKS, wave="2026"))
    given = table_rows._Blocks.__arrow_c_stream__

    def asked_before(self, requested_schema=None):
        given(self)
        return given(self, requested_schema)

    monkeypatch.setattr(table_rows._Blocks, "__arrow_c_stream__", asked_before)
    with pytest.raises(StoreError, match=r"of 20,000 rows DuckDB took 0\. Nothing was stored"):
        store.replace_sectors([SectorTables("2026", "bank", {RANKS: packed_ranks(make, 2)})])
    assert len(store.read(RANKS, wave="2026")) == before


def test_of_no_tables_none_has_rows(store):
    with duck.connected(store.place) as connection:
        assert list(whole_database.filled(connection, [])) == []
