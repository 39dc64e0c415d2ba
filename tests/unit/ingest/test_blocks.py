"""Large files are read, judged and stored block by block: what comes of them is what came of them whole."""

from __future__ import annotations

import errno
from io import BufferedRandom, FileIO
from tempfile import TemporaryFile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from ncsi.errors import ConformError, ReadError
from ncsi.ingest.conform import accepted_rows, conform, conformed, without_repeats, without_rows
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import blocks, file, parquet, statistical, worker
from ncsi.ingest.read.blocks import Block, InMemory, Spool, Spooled, told_of
from ncsi.spec import FieldDates
from ncsi.store import Partition, SourceCard, Store

COLUMNS = ["respondent", "brand", "region", "weight", "submitted_at", "Q1", "Q2", "S1", "S2"]
LATE = "13/3/2026"
"""Tells that all dates of its column begin with the day."""


@pytest.fixture
def small_blocks(monkeypatch):
    """Have so many rows held at once."""

    def held(rows):
        for module in (blocks, conformed, parquet):
            monkeypatch.setattr(module, "BLOCK", rows)

    return held


@pytest.fixture
def export(tmp_path):
    """Write rows as Parquet, after some of them were changed; returns the path."""

    def written(rows=23, row_group=7, **changes):
        frame = pd.DataFrame(
            {
                "respondent": [f"r{k}" for k in range(rows)],
                "brand": ["b1", "b2"] * (rows // 2) + ["b1"] * (rows % 2),
            }
        )
        frame["region"], frame["weight"], frame["submitted_at"] = "north", "1.5", "3/4/2026"
        for k, item in enumerate(COLUMNS[5:]):
            frame[item] = [str(1 + (k + one) % 10) for one in range(rows)]
        for column, at in changes.items():
            for row, value in at.items():
                frame.loc[row % rows, column] = value
        path = tmp_path / "e.parquet"
        frame.to_parquet(path, index=False, row_group_size=row_group)
        return path

    return written


def judged(make, path):
    scope = make.scope(field=FieldDates(start="2026-03-01", end="2026-05-31"))
    table = recognised(file.read_here(path)).table
    return conform(
        table, layout_of(recognised(table), scope.instruments.values(), None, ["region"]), scope, make.KEY
    )


def told(found):
    rows = {name: one.astype(object).to_csv() for name, one in found.accepted.items()}
    return rows, found.rejects.to_csv(), found.faults.to_csv(), found.content


FAULTS = {
    "respondent": {9: "r2", 22: "r2", 15: "", 11: "r4"},
    "brand": {9: "b1", 22: "b1", 7: "b9", 11: "b1"},
    "region": {20: "west"},
    "weight": {21: "400", 3: "-1", 5: "x"},
    "submitted_at": {22: LATE, 1: "bad"},
    "Q1": {22: "11", 4: "abc", 2: "98", 6: ""},
    "S2": {19: "#N/A"},
}


@pytest.mark.parametrize("rows", [1, 5, 22])
def test_blocks_are_judged_as_the_whole_is(make, export, small_blocks, rows):
    path = export(**FAULTS)
    whole = judged(make, path)
    assert (
        {"duplicate_respondent", "weight_extreme", "outside_field_dates"}
        >= {one for one in whole.faults["rule"] if one in ("duplicate_respondent", "weight_extreme")}
        > {"weight_extreme"}
    )
    small_blocks(rows)
    apart = judged(make, path)
    assert apart.rows["bank"].kept.file is not None
    assert told(apart) == told(whole)
    gone = [int(whole.accepted["bank"]["source_row"].iloc[k]) for k in (0, 3)]
    assert told(without_rows(apart, gone)) == told(without_rows(whole, gone))
    other = whole.accepted["bank"].iloc[[1, 7]].assign(source_name="o.csv")
    assert told(without_repeats(apart, {"bank": other})) == told(without_repeats(whole, {"bank": other}))


def test_blocks_are_stored_as_the_whole_is(make, export, small_blocks, tmp_path):
    path, names = export(**FAULTS), []
    for rows in (1000, 4):
        small_blocks(rows)
        found = judged(make, path)
        store = Store.open(tmp_path / str(rows), create=True)
        parts = [Partition(name, "small", "1.0.0", "f" * 64, one) for name, one in found.rows.items()]
        card = SourceCard("2026", "a" * 64, "e.parquet", "parquet", None, "plain", None, 1, 23)
        assert store.add_source(card, parts, found.rejects, found.faults)
        names.append(store.table("core_partitions", "2026")["path"].tolist())
        assert store.responses("2026", "bank")["source_row"].tolist()
    assert names[0] == names[1]  # named by their content


def test_blocks_of_few_and_of_many_brands_are_stored_and_joined(make, export, small_blocks, tmp_path):
    names = {k: f"brand {max(k - 90, 0)}" for k in range(300)}
    path = export(rows=300, row_group=300, brand=names, submitted_at={0: LATE})
    scope, kept = make.scope(brands={"bank": None}), []
    for rows in (1000, 100):
        small_blocks(rows)
        table = recognised(file.read_here(path)).table
        layout = layout_of(recognised(table), scope.instruments.values(), None, ["region"])
        found = conform(table, layout, scope, make.KEY)
        store = Store.open(tmp_path / str(rows), create=True)
        card = SourceCard("2026", "a" * 64, "e.parquet", "parquet", None, "plain", None, 1, 300)
        part = Partition("bank", "small", "1.0.0", "f" * 64, found.rows["bank"])
        assert store.add_source(card, [part], found.rejects, found.faults)
        frame = found.rows["bank"].frame()
        assert frame["brand"].tolist() == list(names.values())
        kept.append((store.table("core_partitions", "2026")["path"].tolist(), frame.astype(object).to_csv()))
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"Q2": dict.fromkeys(range(11, 23), "13912345678")},
            "12 of 23 values look like personal data .phone number.",
        ),
        ({"weight": {22: "13912345678"}}, "1 of 23 values look like personal data .phone number."),
        ({"S1": dict.fromkeys(range(23), "")}, "all 23 cells of item S1 are blank"),
    ],
)
def test_what_is_found_in_the_last_block_refuses_the_file(make, export, small_blocks, changes, said):
    small_blocks(5)
    with pytest.raises(ConformError, match=said):
        judged(make, export(**changes))


def test_a_file_of_many_blocks_is_handed_over_in_a_temporary_file(export, monkeypatch):
    path, kept = export(rows=40), []
    whole = file.read_here(path)
    monkeypatch.setattr(parquet, "BLOCK", 8)
    with TemporaryFile() as spool:
        written = Spool(spool)
        told = file.read_blocks(path, None, None, lambda block: (kept.append(block), written.write(block)))
        table = Spooled.of(spool, told_of(written.told()))
        assert (told.sha256, table.rows, table.columns) == (whole.sha256, 40, whole.columns)
        assert [len(one.numbers) for one in table] == [len(one.numbers) for one in kept] == [7, 7, 7, 7, 7, 5]
        assert table.whole().values.to_pydict() == whole.values.to_pydict()
        assert table.whole().numbers.tolist() == whole.row_numbers.tolist()
        assert table.words("respondent") == whole.words("respondent")
        pairs = pa.concat_tables(one.cast(pa.schema([("S1", pa.string()), ("brand", pa.string())])) for one in
                                 ((one.select(["S1", "brand"])) for one in table.only(["S1", "brand"])))  # fmt: skip
        assert pairs.to_pydict() == {name: whole.values.column(name).to_pylist() for name in ("S1", "brand")}
        assert table.head().to_pydict() == whole.values.to_pydict()
        monkeypatch.setattr(blocks, "HEAD", 14)
        assert Spooled.of(spool, table.told).head().num_rows == 14


def test_words_of_a_column_with_many_are_looked_for_when_they_are_asked_for(monkeypatch):
    monkeypatch.setattr(blocks, "_FEW", 2)
    with TemporaryFile() as spool:
        written = Spool(spool)
        for start in (0, 3):
            values = pa.table({"id": [f"r{k}" for k in range(start, start + 3)], "Q1": ["8", "9", "8"]})
            written.write(Block(values, np.arange(start, start + 3)))
        table = Spooled.of(spool, told_of(written.told()))
        assert table.told.few == {"Q1": ("8", "9")}
        assert table.words("id") == ["r0", "r1", "r2", "r3", "r4", "r5"]


def test_long_texts_and_words_of_a_single_block_are_not_told_beside_it(monkeypatch):
    monkeypatch.setattr(blocks, "_SHORT", 5)
    with TemporaryFile() as spool:
        written = Spool(spool)
        block = Block(pa.table({"Q1": ["8", "9"], "why": ["so", "long"]}), np.arange(2))
        written.write(block)
        assert written.told()["few"] == {}
        written.write(block)
        assert written.told()["few"] == {"Q1": ["8", "9"]}
        assert Spooled.of(spool, told_of(written.told())).words("why") == ["so", "long"]


def test_a_block_carries_no_words_of_others():
    many = pa.array([f"r{k}" for k in range(3000)]).dictionary_encode()
    with TemporaryFile() as spool:
        written = Spool(spool)
        for start in (0, 1500):
            written.write(Block(pa.table({"id": many.slice(start, 1500)}), np.arange(1500)))
        first, second = (one.values.column("id") for one in Spooled.of(spool, told_of(written.told())))
        assert len(second.chunk(0).dictionary) == 1500
        assert [*first.to_pylist(), *second.to_pylist()] == many.to_pylist()


class Full(BufferedRandom):
    """A file on a disk without room, which is known when what is buffered is written."""

    def flush(self):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_where_no_temporary_file_can_be_written_the_file_is_refused(
    make, export, small_blocks, monkeypatch, tmp_path
):
    small_blocks(5)
    monkeypatch.setattr(accepted_rows, "TemporaryFile", lambda **_: Full(FileIO(tmp_path / "rows", "w+")))
    with pytest.raises(ReadError, match=r"cannot be kept while they are judged \(No space left.*TMPDIR"):
        judged(make, export(submitted_at={0: LATE}))
    assert "No space left" in worker._no_room(OSError(errno.ENOSPC, "No space left on device"))[0]


def test_where_no_folder_takes_temporary_files_the_file_is_refused(
    make, export, small_blocks, monkeypatch, tmp_path
):
    def none(**_):
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    small_blocks(5)
    for module in (accepted_rows, worker):
        monkeypatch.setattr(module, "TemporaryFile", none)
    with pytest.raises(ReadError, match=r"cannot be kept while they are judged \(No usable.*TMPDIR"):
        judged(make, export(submitted_at={0: LATE}))
    with pytest.raises(ReadError, match=r"^e\.parquet: .* while it is read \(No usable.*TMPDIR"):
        worker.read_in_worker(tmp_path / "e.parquet", 1, None)


def test_a_parquet_file_without_rows_or_of_one_row_is_one_block(tmp_path, small_blocks):
    small_blocks(4)
    path = tmp_path / "e.parquet"
    for kind in (pa.string(), pa.null(), pa.timestamp("us"), pa.list_(pa.int64()), pa.decimal128(9, 2)):
        pq.write_table(pa.table({"a": pa.array([], kind)}), path)
        with pytest.raises(ReadError, match="a header but no row below it"):
            file.read_here(path)
        pq.ParquetWriter(path, pa.schema({"a": kind})).close()
        with pytest.raises(ReadError, match="a header but no row below it"):
            file.read_here(path)
    pq.write_table(pa.table({"a": ["", "1", ""], "b": [None, 2.0, None]}), path)
    table = file.read_here(path)
    assert isinstance(table.blocks, InMemory)
    assert (table.values.to_pydict(), table.row_numbers.tolist()) == ({"a": ["1"], "b": ["2"]}, [3])


def test_a_copy_of_an_spss_file_has_no_name_that_a_killed_reader_leaves(tmp_path, monkeypatch):
    path, left = tmp_path / "e.sav", tmp_path / "left"
    left.mkdir()
    pyreadstat.write_sav(pd.DataFrame({"id": ["r1"], "Q1": [8.0]}), str(path))
    monkeypatch.setattr(statistical.tempfile, "tempdir", str(left))
    raw = statistical.read_statistical("e.sav", path.read_bytes(), "sav")[1]
    assert raw.cells.num_rows == 1
    assert not statistical._OPEN_FILES.exists() or not any(left.iterdir())


def test_an_spss_file_in_blocks_is_read_as_the_whole_is(tmp_path, monkeypatch):
    path = tmp_path / "e.sav"
    codes = [8.0, 97.0, 3.0, 98.0, 5.0, 99.0, 7.0]
    frame = pd.DataFrame({"id": [f"r{k}" for k in range(7)], "Q1": codes, "Q2": [1.5, None] * 3 + [2.0]})
    pyreadstat.write_sav(frame, str(path), missing_ranges={"Q1": [{"lo": 97, "hi": 99}]})
    whole = file.read_here(path)
    for rows in (7, 3, 2):
        monkeypatch.setattr(statistical, "BLOCK", rows)
        apart = file.read_here(path)
        assert apart.values.to_pydict() == whole.values.to_pydict()
        assert apart.row_numbers.tolist() == whole.row_numbers.tolist() == [2, 3, 4, 5, 6, 7, 8]
        assert apart.codebook == whole.codebook
    assert whole.codebook.missing == {"Q1": ("97", "98", "99")}
    monkeypatch.setattr(statistical, "_OPEN_FILES", tmp_path / "none")  # of other systems
    assert file.read_here(path).values.to_pydict() == whole.values.to_pydict()
    content = path.read_bytes()
    path.write_bytes(content[:-40])
    with pytest.raises(ReadError, match=r"e\.sav: .*(truncated|cannot be read)"):
        file.read_here(path)
