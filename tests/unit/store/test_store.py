"""The store keeps what it was given, refuses what is not declared, and says why."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import ncsi
from ncsi import atomic
from ncsi.errors import StoreBusy, StoreError
from ncsi.store import Store, duck, empty_file, erase, inspection, instance, reading
from ncsi.store.place import Place
from ncsi.tables import TABLES


def elsewhere(work):
    """What `work` comes to in a thread of its own."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


def test_responses_come_back_as_they_went_in(store, make):
    rows = make.responses()
    assert store.add_source(make.card(), [make.part(rows)], make.NO_REJECTS)
    back = ncsi.open(store.folder).responses("2026", "bank")
    assert list(back.columns) == list(rows.columns)
    assert back["q1"].dtype == pd.Int16Dtype()
    assert back["q1"].isna().tolist() == [True, False, False]
    assert back["q1_missing"].isna().tolist() == [False, True, True]
    assert back["submitted_at"].dtype == "datetime64[us]"
    assert np.isnan(back["duration_s"].iloc[0])
    assert back["region"].tolist()[1:] == ["北京", "北京"]


def test_of_a_public_release_some_tables_are_read_and_all_are_checked(store, make):
    ranks, sector = "out_rank_by_brand", "out_index_by_sector"
    empty = pd.DataFrame({one.name: [] for one in TABLES[sector].columns})
    store.keep_public("2026", 0, {ranks: make.ranks(), sector: empty})
    assert set(store.public_results("2026", "bank")) == {ranks, sector}
    (found,) = store.public_results("2026", "bank", [ranks, "out_gaps_by_brand"]).values()
    assert found["brand"].tolist() == ["b1"]
    assert store.public_results("2026", "post", [ranks])[ranks].empty
    damaged = store.place.public / "2026" / f"{ranks}.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreError, match=rf"{ranks}.*not what was written"):
        store.public_results("2026", "bank", [sector])
    damaged.unlink()
    with pytest.raises(StoreError, match=rf"{ranks}.*it is gone"):
        store.public_results("2026", "bank", [sector])


def test_the_same_file_is_stored_once(store, make):
    content = make.card(), [make.part(make.responses())], make.NO_REJECTS
    assert store.add_source(*content) is True
    assert store.add_source(*content) is False
    assert len(store.responses("2026", "bank")) == 3
    assert store.sources("2026")["source_sha256"].tolist() == [make.SHA]
    assert store.sources("2027").empty


def test_order_of_delivery_does_not_change_the_rows(tmp_path, make):
    frames = []
    for name, order in (("one", "ab"), ("two", "ba")):
        store = Store.open(tmp_path / name, create=True)
        for letter in order:
            rows = make.responses(sha=letter * 64)
            store.add_source(make.card(sha=letter * 64), [make.part(rows)], make.NO_REJECTS)
        frames.append(store.responses("2026", "bank"))
    pd.testing.assert_frame_equal(*frames)


def test_a_file_of_rejects_only_is_stored(store, make):
    store.add_source(make.card(rows_read=1), [], make.reject())
    assert store.waves() == ("2026",)
    assert store.sectors("2026") == ()
    assert store.read("core_rejects", wave="2026")["value_class"].tolist() == ["integer above 10"]
    assert store.read("raw_files")[["rows_read", "rows_accepted", "rows_rejected"]].values.tolist() == [
        [1, 0, 1]
    ]


def test_accepted_and_rejected_must_be_read(store, make):
    with pytest.raises(StoreError, match="3 rows accepted, 1 rejected, 3 read"):
        store.add_source(make.card(rows_read=3), [make.part(make.responses())], make.reject())
    assert store.waves() == ()


def test_replace_replaces_one_sector_and_leaves_the_other(store, make):
    store.replace("2026", {"out_rank_by_brand": make.ranks(sector="bank")}, sector="bank")
    store.replace("2026", {"out_rank_by_brand": make.ranks(sector="express")}, sector="express")
    store.replace("2026", {"out_rank_by_brand": make.ranks(index=70)}, sector="bank")
    assert store.ranks("2026", "bank")["index_0_100"].tolist() == [70.0]
    assert store.ranks("2026", "express")["index_0_100"].tolist() == [80.0]


def test_a_replace_that_fails_changes_nothing(store, make):
    store.replace("2026", {"out_rank_by_brand": make.ranks()}, sector="bank")
    two = {"out_rank_by_brand": make.ranks(index=1), "out_index_by_brand": make.ranks()}
    with pytest.raises(StoreError, match="out_index_by_brand: the frame lacks construct"):
        store.replace("2026", two, sector="bank")
    assert store.ranks("2026", "bank")["index_0_100"].tolist() == [80.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index_0_100": np.nan}, "out_rank_by_brand: column index_0_100: 1 of 1 values are missing"),
        ({"index_0_100": np.inf}, "column index_0_100 holds float64 where number belongs"),
        ({"rank": 1.5}, "column rank holds float64 where integer belongs"),
        ({"rank": True}, "column rank holds bool where integer belongs"),
        ({"rank": "1"}, "column rank holds str where integer belongs"),
        ({"brand": 7}, "column brand holds int64 where text belongs"),
        ({"extra": 1}, "the frame has unknown extra"),
        ({"wave": "2025"}, "rows of another wave than '2026'"),
        ({"sector": "express"}, "rows of another sector than 'bank'"),
    ],
)
def test_frames_that_are_not_as_declared_are_refused(store, change, message, make):
    with pytest.raises(StoreError, match=message):
        store.replace("2026", {"out_rank_by_brand": make.ranks().assign(**change)}, sector="bank")


def test_a_repeated_key_is_refused(store, make):
    twice = pd.concat([make.ranks(), make.ranks()])
    with pytest.raises(StoreError, match=r"out_rank_by_brand: 1 rows repeat a key, first {'wave': '2026'"):
        store.replace("2026", {"out_rank_by_brand": twice})


def test_a_seven_and_a_half_never_becomes_eight(store, make):
    rows = make.responses().astype({"q1": "Float64"})
    rows.loc[1, "q1"] = 7.5
    with pytest.raises(StoreError, match="core_responses_by_respondent"):
        store.add_source(make.card(), [make.part(rows)], make.NO_REJECTS)
    assert store.waves() == ()


def test_files_of_other_items_in_a_sector_are_refused_when_read(store, make):
    other = make.responses(sha="b" * 64).rename(columns={"q1": "q9", "q1_missing": "q9_missing"})
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    store.add_source(make.card(sha="b" * 64), [make.part(other)], make.NO_REJECTS)
    with pytest.raises(StoreError, match="its items differ"):
        store.responses("2026", "bank")


@pytest.mark.parametrize("name", ["../x", "a'; drop table raw_files; --", "", "x" * 41])
def test_names_that_could_leave_the_warehouse_are_refused(store, name, make):
    rows = make.responses(sector=name)
    with pytest.raises(StoreError, match="cannot be a sector id"):
        store.add_source(make.card(), [make.part(rows)], make.NO_REJECTS)
    assert store.read("raw_files", wave=name).empty


@pytest.mark.parametrize("table", ["nothing", 'raw_files"; drop table raw_files; --', "store_meta"])
def test_only_declared_tables_can_be_read(store, table):
    with pytest.raises(StoreError, match="the store has no table"):
        store.read(table)


def test_result_tables_only_are_replaced(store):
    with pytest.raises(StoreError, match="raw_files is written by ingest only"):
        store.replace("2026", {"raw_files": pd.DataFrame()})


def test_a_missing_warehouse_is_said(tmp_path):
    for opened in (ncsi.open, Store.open):
        with pytest.raises(StoreError, match=r"there is no warehouse here. Ingest a wave first"):
            opened(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_wave_or_sector_without_responses_is_said(store, make):
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    with pytest.raises(StoreError, match="no responses in sector 'bnak' \\(sectors: bank\\)"):
        store.responses("2026", "bnak")
    assert store.respondents("2026", "bnak").empty
    assert store.respondents("2026", "bank")["source_row"].tolist() == [2, 3, 4]


def test_who_answered_before_is_found_by_brand_and_respondent(store, make):
    rows = make.responses()
    store.add_source(make.card(), [make.part(rows)], make.NO_REJECTS)
    known = rows[["brand", "respondent"]]
    assert store.answered("2026", "bank", [known], ())["source_row"].tolist() == rows["source_row"].tolist()
    assert store.answered("2026", "bank", [known.assign(brand="other")], ()).empty
    assert store.answered("2026", "bank", [known], [make.card().source_sha256]).empty
    assert store.answered("2026", "bnak", [known], ()).empty


def test_index_gathers_every_level(store):
    wave = store.index("2026")
    assert wave.empty
    assert list(wave.columns)[:4] == ["level", "unit", "sector", "construct"]
    national = {
        "wave": "2026", "construct": "Satisfaction", "sectors": 1, "n": 10, "index_0_100": 75.0, "se": None,
        "low": None, "high": None, "index_equal_0_100": 75.0, "coverage": 1.0, "sectors_carried": 0,
        "coverage_carried": 0.0, "df": None,
    }  # fmt: skip
    store.replace("2026", {"out_index_national": pd.DataFrame([national])})
    assert store.index("2026")[["level", "unit", "index_0_100"]].values.tolist() == [
        ["nation", "nation", 75.0]
    ]


def test_a_store_of_another_version_is_refused_with_a_cure(store):
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("UPDATE store_meta SET value = '0' WHERE name = 'version'")
    for opened in (ncsi.open, Store.open):
        with pytest.raises(
            StoreError, match=r"an earlier version of ncsi .its version is 0.*Run `ncsi migrate`"
        ):
            opened(store.folder)


def test_a_store_with_other_columns_is_refused(store):
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("UPDATE store_meta SET value = 'x' WHERE name = 'out_changes'")
    with pytest.raises(StoreError, match="table out_changes has other columns"):
        Store.open(store.folder)


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "ncsi.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="cannot be opened"):
        ncsi.open(tmp_path)


def test_a_damaged_parquet_file_is_named(store, make):
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    path = store.folder / store.read("core_partitions")["path"].iloc[0]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StoreError, match=f"{path.name}: a file of the store is gone or damaged"):
        store.responses("2026", "bank")


def test_a_block_of_the_database_that_is_damaged_is_told_by_its_table(store, make):
    """Its sum is checked when it is read: an audit reads whatever has rows."""
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    store.replace("2026", {"out_rank_by_brand": make.ranks().assign(brand="a brand of this test")})
    assert list(inspection.damages(store.place)) == []
    content = bytearray(store.place.database.read_bytes())
    content[content.index(b"a brand of this test")] ^= 1
    store.place.database.write_bytes(bytes(content))
    (found,) = inspection.damages(store.place)
    assert "table out_rank_by_brand: it cannot be read: " in str(found)


def test_tables_carry_their_comments(store):
    with duckdb.connect(str(store.place.database), read_only=True) as connection:
        query = (
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'raw_files' AND column_name = 'bytes'"
        )
        assert connection.execute(query).fetchall() == [("file size [bytes]",)]


def test_a_foreign_reader_of_the_database_is_said(store):
    other = duckdb.connect(str(store.place.database))
    try:
        with pytest.raises(StoreError, match=r"ncsi\.duckdb"):
            store.waves()
    finally:
        other.close()
    assert issubclass(StoreBusy, StoreError)


def test_a_session_reads_and_writes_over_one_connection(store, make, monkeypatch):
    opened, whole = [], instance.opened
    monkeypatch.setattr(instance, "opened", lambda *a: opened.append(a) or whole(*a))
    with store.alone():
        store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
        assert store.sectors("2026") == ("bank",)
        assert len(store.responses("2026", "bank")) == 3
    assert len(opened) == 1
    assert len(store.table("raw_files")) == 1
    assert len(opened) == 2


def test_a_write_that_fails_in_a_session_leaves_the_session_usable(store, make):
    with store.alone():
        with pytest.raises(StoreError, match="accepted"):
            store.add_source(make.card(rows_read=9), [make.part(make.responses())], make.NO_REJECTS)
        assert store.table("raw_files").empty
        assert store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    assert len(store.responses("2026", "bank")) == 3


DESCRIBED = "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'main'"


def test_stores_made_by_one_process_are_alike_and_apart(tmp_path, make):
    """The second is written from what the first one's making left, and describes its columns as well."""
    first, second = (Store.open(tmp_path / name, create=True) for name in ("first", "second"))
    told = []
    for one in (first, second):
        with duckdb.connect(str(one.place.database), read_only=True) as connection:
            told.append(connection.execute(DESCRIBED).fetchall())
    assert told[0] == told[1]
    assert sum(comment is not None for *_, comment in told[0]) > 1000
    first.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    assert (len(first.table("raw_files")), len(second.table("raw_files"))) == (1, 0)
    assert len(Store.open(tmp_path / "third", create=True).table("raw_files")) == 0


def test_what_ends_while_a_store_is_made_leaves_none(tmp_path, monkeypatch):
    """A kill then left an empty database, which was taken for one of an earlier version."""
    made = duck.make

    def killed(connection):
        made(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(duck, "make", killed)
    with pytest.raises(KeyboardInterrupt):
        Store.open(tmp_path / "warehouse", create=True)
    assert not Place(tmp_path / "warehouse").database.exists()
    monkeypatch.undo()
    killed_name = left_by_killed(tmp_path / "warehouse")
    assert Store.open(tmp_path / "warehouse", create=True).waves() == ()
    assert not (tmp_path / "warehouse" / killed_name).exists()


def left_by_killed(folder) -> str:
    """The name of a file that a process of this machine was writing in `folder` when it was killed."""
    with atomic.temporary_name(folder) as path:
        name = path.name.replace(f"-{os.getpid()}-", "-999999-")
    (folder / name).touch()
    return name


def test_what_others_called_temporary_stays_where_a_store_is_made_and_where_it_is_cleared(tmp_path):
    """The folder may be one that somebody uses already; theirs was deleted unasked."""
    theirs = {".tmp-notes", ".tmp-report.xlsx", ".tmp-1"}
    for name in theirs:
        (tmp_path / name).write_text("x", encoding="utf-8")
    place = Store.open(tmp_path, create=True).place
    name = left_by_killed(tmp_path)
    assert [one.where for one in inspection.damages(place)] == [str(tmp_path / name)]
    assert inspection.clear(place) == 1
    assert {path.name for path in tmp_path.glob(".tmp-*")} == theirs


def test_what_says_not_by_which_machine_it_is_stays_where_a_store_is_made_and_is_named(tmp_path):
    """Another machine that shares the folder may be at work there."""
    (tmp_path / ".tmp-999999-a").touch()
    place = Store.open(tmp_path, create=True).place
    assert [one.where for one in inspection.damages(place)] == [str(tmp_path / ".tmp-999999-a")]


def test_a_part_does_not_tell_categories_from_texts(store, make):
    """Categories that no row has, or of some other type than text, are not in it either."""
    rows = make.responses()
    as_categories = rows.assign(
        sector=pd.Categorical(rows["sector"], ["other", "bank"]),
        region=pd.Categorical(rows["region"]),
        q1=pd.Categorical([7, 8, 7]),
        source_sha256="b" * 64,
        respondent=["x", "y", "z"],
    )
    store.add_source(make.card(), [make.part(rows.assign(q1=[7, 8, 7]))], make.NO_REJECTS)
    store.add_source(make.card(sha="b" * 64), [make.part(as_categories)], make.NO_REJECTS)
    both = store.responses("2026", "bank").drop(columns=["source_sha256", "respondent"])
    pd.testing.assert_frame_equal(both.iloc[:3], both.iloc[3:].reset_index(drop=True))
    for path in store.read("core_partitions")["path"]:
        sectors = pq.read_table(store.place.folder / path, read_dictionary=["sector"]).column("sector")
        assert sectors.chunk(0).dictionary.to_pylist() == ["bank"]
    lacking = make.responses(sha="c" * 64).assign(brand=pd.Categorical(["b1", None, "b1"]))
    with pytest.raises(StoreError, match=r"brand.*non-nullable but pandas column had 1 null"):
        store.add_source(make.card(sha="c" * 64), [make.part(lacking)], make.NO_REJECTS)


def test_compact_responses_are_the_same_in_less_memory(store, make):
    first, second = make.responses(300), make.responses(200, sha="b" * 64)
    second["q1_missing"] = second["q1_missing"].replace("dont_know", "refused")
    for rows, sha in ((first, "a" * 64), (second, "b" * 64)):
        store.add_source(make.card(len(rows), sha=sha), [make.part(rows)], make.NO_REJECTS)
    plain, compact = store.responses("2026", "bank"), store.responses("2026", "bank", compact=True)
    kinds = {name for name in compact if isinstance(compact[name].dtype, pd.CategoricalDtype)}
    few = {"region", "disposition", "interviewer", "device"} | {
        name for name in plain if "background" in name
    }
    assert kinds == {"wave", "sector", "source_sha256", "q1_missing"} | few
    pd.testing.assert_frame_equal(compact.astype(plain.dtypes), plain)
    assert compact[[*kinds]].memory_usage().sum() < 0.2 * plain[[*kinds]].memory_usage().sum()


@pytest.mark.parametrize("rows", [1, 7, 100, 300, 301, 499, 500, 501])
def test_responses_come_by_blocks_whatever_the_files_are_cut_into(store, make, rows):
    for n, sha in ((300, "a" * 64), (200, "b" * 64)):
        own = make.responses(n, sha=sha)
        store.add_source(make.card(n, sha=sha), [make.part(own)], make.NO_REJECTS)
    whole = store.responses("2026", "bank", compact=True)
    blocks = list(store.response_blocks("2026", "bank", rows))
    assert [len(one) for one in blocks] == [min(rows, 500 - k) for k in range(0, 500, rows)]
    assert all(isinstance(one["region"].dtype, pd.CategoricalDtype) for one in blocks)
    texts = {
        name: whole[name].cat.categories.dtype
        for name in whole
        if isinstance(whole[name].dtype, pd.CategoricalDtype)
    }
    both = [frame.astype(texts) for frame in (pd.concat(blocks, ignore_index=True), whole)]
    pd.testing.assert_frame_equal(*both)
    if rows == 500:
        pd.testing.assert_frame_equal(blocks[0], whole)


def test_blocks_of_responses_refuse_what_the_whole_does(store, make):
    with pytest.raises(StoreError, match="no responses in sector 'bank'"):
        next(store.response_blocks("2026", "bank", 100))
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    other = make.responses(sha="b" * 64).rename(columns={"q1": "q2", "q1_missing": "q2_missing"})
    store.add_source(make.card(sha="b" * 64), [make.part(other)], make.NO_REJECTS)
    with pytest.raises(StoreError, match="its items differ from those of the sector's other files"):
        list(store.response_blocks("2026", "bank", 100))
    for path in store.read("core_partitions")["path"]:
        part = store.place.folder / path
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 255
        part.write_bytes(content)
    with pytest.raises(StoreError, match="a file of the store is gone or damaged: its SHA-256"):
        next(store.response_blocks("2026", "bank", 100))
    for path in store.read("core_partitions")["path"]:
        (store.place.folder / path).unlink()
    with pytest.raises(StoreError, match=r"a file of the store is gone or damaged: .*No such file"):
        next(store.response_blocks("2026", "bank", 100))


def test_rows_are_counted_where_they_are(store, make):
    rejects = pd.concat(
        [make.reject(5), make.reject(6), make.reject(7).assign(sector=None, rule="no_sector")]
    )
    store.add_source(make.card(6), [make.part(make.responses(3))], rejects)
    name = "core_rejects"
    found = store.counts(name, ["sector", "rule"], "2026")
    assert sorted(zip(found["rule"], found["rows"], strict=True)) == [("no_sector", 1), ("off_scale", 2)]
    assert found["sector"].isna().sum() == 1
    assert store.counts(name, ["sector"], "2026", "bank")["rows"].tolist() == [2]
    assert store.counts(name, ["sector"], "2027").empty


def test_the_empty_database_that_is_kept_is_the_one_that_the_tables_declare(tmp_path):
    """Where this fails, a table was declared otherwise: `python -m ncsi.store.make_empty_file`."""
    ready = empty_file.kept(duck.script())
    assert ready is not None
    (tmp_path / "kept").write_bytes(ready)
    duck.make_by(duck.script(), tmp_path / "made")
    told = []
    for name in ("kept", "made"):
        with duckdb.connect(str(tmp_path / name), read_only=True) as connection:
            stamped = connection.execute("SELECT * FROM store_meta ORDER BY ALL").fetchall()
            rows = connection.execute("SELECT sum(estimated_size) FROM duckdb_tables()").fetchone()
            size = connection.execute("SELECT block_size FROM pragma_database_size()").fetchone()
            told.append((connection.execute(DESCRIBED).fetchall(), stamped, rows, size))
    assert told[0] == told[1]
    assert told[0][2] == (len(told[0][1]),)  # no table has a row but that of the stamps
    assert told[0][3] == (duck.BLOCK,)


@pytest.mark.parametrize("held", [None, b"", b"\xff" * 80, b"0" * 64 + b"x", "damaged"])
def test_a_store_is_made_anew_where_no_database_of_these_tables_is_kept(tmp_path, held):
    path = tmp_path / "empty.zlib"
    if held == "damaged":
        empty_file.keep(duck.script(), b"none", path)
        path.write_bytes(path.read_bytes()[:-4])
    elif held is not None:
        path.write_bytes(held)
    assert empty_file.kept(duck.script(), path) is None
    empty_file.keep("of other tables", b"theirs", path)
    assert empty_file.kept(duck.script(), path) is None
    assert empty_file.kept("of other tables", path) == b"theirs"


def test_a_store_can_be_opened_and_held_at_one_go(tmp_path, monkeypatch):
    opened, whole = [], instance.opened
    monkeypatch.setattr(instance, "opened", lambda *a: opened.append(a) or whole(*a))
    Store.open(tmp_path / "warehouse", create=True)
    opened.clear()
    with Store.opened_alone(tmp_path / "warehouse", wait_s=0.1) as store:
        assert store.waves() == ()
        with pytest.raises(StoreBusy):
            elsewhere(lambda: Store.open(tmp_path / "warehouse", wait_s=0.1))
    assert len(opened) == 1
    with reading(tmp_path / "warehouse") as store:
        assert (store.waves(), store.sectors("2026")) == ((), ())
    assert len(opened) == 2
    assert elsewhere(lambda: Store.open(tmp_path / "warehouse", wait_s=0.1)).waves() == ()


@pytest.mark.parametrize(
    "take", [lambda s: s.withdraw("2026", "a" * 64, "wrong", "N.N."), lambda s: s.forget_wave("2026")]
)
def test_what_was_taken_out_leaves_the_free_pages_though_the_process_was_killed(
    store, make, monkeypatch, take
):
    def killed(place):
        raise KeyboardInterrupt

    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    with monkeypatch.context() as patch:
        patch.setattr(erase, "rebuild", killed)
        with pytest.raises(KeyboardInterrupt):
            take(store)
    (damage,) = inspection.damages(store.place)
    assert "may still be in its free pages" in str(damage)
    was = store.place.database.stat().st_ino
    Store.open(store.folder)
    assert store.place.database.stat().st_ino != was  # written anew
    assert not list(inspection.damages(store.place))


def test_what_could_not_be_taken_out_leaves_no_mark(store):
    with pytest.raises(StoreError, match="does not count"):
        store.withdraw("2026", "f" * 64, "wrong", "N.N.")
    assert not erase.is_unfinished(store.place)


def test_no_room_to_write_the_database_anew_keeps_nobody_from_the_store(store, monkeypatch):
    def full(place):
        raise OSError(28, "No space left on device")

    (store.folder / erase.UNREBUILT).touch()
    with monkeypatch.context() as patch:
        patch.setattr(erase, "rebuild", full)
        Store.open(store.folder)
    assert erase.is_unfinished(store.place)
    inspection.clear(store.place)
    assert not erase.is_unfinished(store.place)


def test_what_a_killed_removal_left_in_the_log_is_stored_before_the_database_is_written_anew(store, make):
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("UPDATE raw_files SET rows_forgotten = 3")
    log = store.folder / f"{store.place.database.name}.wal"
    assert log.exists()
    (store.folder / erase.UNREBUILT).touch()
    again = Store.open(store.folder)
    assert not erase.is_unfinished(again.place)
    assert not log.exists()
    assert again.table("raw_files")["rows_forgotten"].tolist() == [3]
