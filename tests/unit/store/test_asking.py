"""SQL over the store: what it answers, what it refuses, and that it reads while others write."""

from __future__ import annotations

import shutil
import threading
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import ncsi
from ncsi.errors import InputError, StoreError
from ncsi.store import Revision, Store

OTHER = "b" * 64


def filled(store, make):
    store.add_source(make.card(), [make.part(make.responses())], make.NO_REJECTS)
    return store


@pytest.fixture(scope="module")
def asked(empty, make, tmp_path_factory) -> Store:
    """One that is asked only: nothing is written into it."""
    return filled(Store.open(shutil.copytree(empty, tmp_path_factory.mktemp("asked") / "warehouse")), make)


def test_what_is_no_text_is_no_query(asked):
    with pytest.raises(InputError, match=r"Warehouse\.sql: query is 5\. Give a text"):
        asked.sql(5)


def test_sql_asks_the_tables_and_only_asks(asked):
    found = asked.sql("SELECT source_name, rows_accepted FROM raw_files WHERE wave = '2026'")
    assert found.to_dict("records") == [{"source_name": f"{'a' * 4}.csv", "rows_accepted": 3}]
    assert len(asked.table("raw_files")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM raw_files", "SELECT 1; DROP TABLE raw_files", "", "COPY raw_files TO 'out.csv'",
        "ATTACH 'other.db'", "SET threads = 4", "PREPARE p AS SELECT 1", "INSTALL httpfs", "LOAD httpfs", "USE memory",
        "CHECKPOINT", "EXPORT DATABASE 'out'", "CREATE TEMP TABLE t AS SELECT 1", "CALL pragma_version()",
        "PIVOT raw_files ON wave USING count(*)", "UPDATE raw_files SET wave = 'x'", "BEGIN", "EXPLAIN SELECT 1",
        "WITH one AS (SELECT 1) INSERT INTO raw_files SELECT * FROM one",
    ],
)  # fmt: skip
def test_what_is_no_single_select_is_refused(asked, query):
    with pytest.raises(StoreError, match="no single SELECT"):
        asked.sql(query)
    with asked.alone(), pytest.raises(StoreError, match="no single SELECT"):
        asked.sql(query)
    assert len(asked.table("raw_files")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM nothing", "SELECT FROM WHERE", "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/*')",
        "SELECT * FROM read_parquet('{folder}/**/*.parquet')", "SELECT * FROM near",
        "SELECT * FROM responses_2099", 'SELECT * FROM "responses_2026; DROP TABLE raw_files"',
        "SELECT * FROM sqlite_scan('a', 'b')", "SELECT getenv('HOME')",
        "SELECT * FROM responses_2026 JOIN read_csv('/etc/passwd') USING (brand)",
    ],
)  # fmt: skip
def test_no_file_and_nothing_of_python_is_read(asked, query):
    near = pd.DataFrame({"secret": [1]})
    with pytest.raises(StoreError, match="the query cannot be answered"):
        asked.sql(query.format(folder=asked.folder))
    assert len(near) == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT * FROM raw_fles", "there is no table 'raw_fles'. Did you mean 'raw_files'? store.tables()"),
        ("SELECT * FROM responses_206", "there is no table 'responses_206'. Did you mean 'responses_2026'?"),
        (
            "SELECT encodng FROM raw_files",
            "there is no column 'encodng'. Did you mean 'encoding'? store.columns",
        ),
        ("SELECT r.encodng FROM raw_files r", "there is no column 'encodng'. Did you mean 'encoding'?"),
        ("SELECT FROM WHERE", "syntax error at or near"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(asked, query, told):
    with pytest.raises(StoreError) as error:
        asked.sql(query)
    assert str(error.value).startswith(f"the query cannot be answered: {told}")


def test_the_responses_of_a_wave_are_a_view_of_what_counts_now(store, make):
    filled(store, make)
    water = make.responses(2, sector="water", sha=OTHER).rename(
        columns={"q1": "q9", "q1_missing": "q9_missing"}
    )
    store.add_source(make.card(2, sha=OTHER), [make.part(water)], make.NO_REJECTS)
    query = "SELECT sector, count(*) AS n, count(q1) AS q1, count(q9) AS q9 FROM responses_2026 GROUP BY 1 ORDER BY 1"
    found = store.sql(query).to_dict("list")
    assert found == {"sector": ["bank", "water"], "n": [3, 2], "q1": [2, 0], "q9": [0, 1]}
    with store.session():
        assert store.sql(query).to_dict("list") == found == store.sql(query).to_dict("list")
    before = store.sql("SELECT weight, status, flags FROM Responses_2026")
    assert before.isna().all(axis=None), "not estimated yet"
    listed = store.tables().set_index("table")
    assert listed.loc["responses_2026", "rows"] == 5
    assert listed.loc["raw_files", ["rows", "key"]].tolist() == [2, "wave source_sha256"]
    assert listed["about"].str.len().min() > 10
    unit = store.columns("core_responses_by_respondent").set_index("column")["unit"]
    assert unit["duration_s"] == "s"
    with pytest.raises(StoreError, match="no table 'nothing'"):
        store.columns("nothing")


def test_views_are_joined_by_names(store, make):
    filled(store, make)
    later = make.responses(2, wave="2027", sha=OTHER).assign(respondent=["aaaa1", "new"])
    store.add_source(make.card(2, wave="2027", sha=OTHER), [make.part(later)], make.NO_REJECTS)
    both = "SELECT count(*) AS n FROM responses_2026 a JOIN {} b USING (sector, brand, respondent)"
    for name in ("responses_2027", '"responses_2027"', "RESPONSES_2027", '"Responses_2027"'):
        assert store.sql(both.format(name)).loc[0, "n"] == 1
    naturally = "SELECT count(*) AS n FROM responses_2026 NATURAL JOIN core_partitions"
    assert store.sql(naturally).loc[0, "n"] == 3
    judged = """SELECT count(*) AS n, count(q.status) AS judged FROM responses_2026 r
                LEFT JOIN core_quality_by_respondent q USING (wave, sector, brand, respondent)"""
    assert store.sql(judged).iloc[0].tolist() == [3, 0]
    with store.session():
        assert store.sql(judged).iloc[0].tolist() == [3, 0]
    with pytest.raises(StoreError, match="the query cannot be answered"):
        store.sql("SELECT * FROM responses_2026 JOIN responses_2099 USING (brand)")


def test_a_damaged_part_is_named_and_not_read(store, make):
    filled(store, make)
    path = next(store.folder.rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"0")
    with pytest.raises(StoreError, match="gone or damaged"):
        store.sql("SELECT count(*) FROM responses_2026")
    assert len(store.sql("SELECT * FROM raw_files")) == 1


def test_arrow_goes_to_other_libraries(asked):
    table = asked.arrow("SELECT brand, q1 FROM responses_2026 ORDER BY q1")
    assert isinstance(table, pa.Table)
    assert table.schema.field("q1").type == pa.int16()
    assert table["q1"].to_pylist() == [8, 8, None]
    assert hasattr(table, "__arrow_c_stream__"), "what polars and ibis take"
    empty = asked.arrow("SELECT brand FROM responses_2026 WHERE brand = 'none'")
    assert empty.num_rows == 0


def test_polars_takes_it(asked):
    import polars

    frame = polars.DataFrame(asked.arrow("SELECT q1 FROM responses_2026"))
    assert frame["q1"].mean() == 8


def test_ibis_takes_it(asked):
    import ibis

    table = ibis.memtable(asked.arrow("SELECT q1 FROM responses_2026"))
    assert table.q1.mean().execute() == 8


def test_it_is_asked_while_files_come_in(store, make):
    """What is seen is always whole: as many rows in the view as the catalogue says."""
    fails: list[BaseException] = []

    def deliver():
        try:
            for k in range(6):
                sha = f"{k}" * 64
                store.add_source(make.card(sha=sha), [make.part(make.responses(sha=sha))], make.NO_REJECTS)
        except BaseException as error:
            fails.append(error)

    filled(store, make)
    writer, seen = threading.Thread(target=deliver), []
    writer.start()
    reading = ncsi.open(store.folder)
    while writer.is_alive() or not seen:
        seen.append(
            reading.sql("""
            SELECT (SELECT count(*) FROM responses_2026) AS rows,
                   (SELECT sum("rows") FROM core_partitions) AS said
        """)
            .iloc[0]
            .tolist()
        )
    writer.join()
    assert fails == []
    assert all(rows == said for rows, said in seen)
    assert [rows for rows, _ in seen] == sorted(rows for rows, _ in seen)
    assert len(reading.sql("FROM responses_2026")) == 21


def test_final_weights_are_those_of_the_published_index(nation: Any):
    reading, wave = ncsi.open(nation.workspace.warehouse), "2026Q1"
    final = reading.responses(wave, "banks", weights="final", labels="zh")
    everyone = reading.responses(wave, "banks")
    quality = reading.table("core_quality_by_respondent", wave, "banks")
    assert len(final) == len(everyone) - int((quality["status"] == "excluded").sum())
    fit = ncsi.fit_pls(final, nation.workspace.instrument("service"), weights="weight", by="brand")
    published = reading.table("out_index_by_brand", wave, "banks").set_index(["brand", "construct"])[
        "index_0_100"
    ]
    here = fit.index_by.set_index(["brand", "construct"])["index_0_100"]
    assert (here - published.reindex(here.index)).abs().max() < 1e-8
    seen = reading.sql(
        "SELECT count(weight) AS n, sum(weight) AS total FROM responses_2026Q1 WHERE sector = 'banks'"
    )
    assert seen.loc[0, "n"] == len(final)
    assert seen.loc[0, "total"] == pytest.approx(final["weight"].sum())
    assert (
        final.attrs["labels"]["SAT1"]
        == {one.id: one.label.zh for one in nation.workspace.instrument("service").items}["SAT1"]
    )
    assert not set(final["brand_label"]) & set(final["brand"])


def test_some_columns_with_weights_and_labels(nation: Any):
    reading = ncsi.open(nation.workspace.warehouse)
    found = reading.responses("2026Q1", "dairy", columns=["SAT1"], weights="final", labels=True)
    assert list(found) == ["SAT1", "weight", "status", "flags", "brand_label"]
    assert list(reading.responses("2026Q1", "dairy", columns=["weight", "SAT1"], weights="final")) == [
        "weight", "SAT1", "status", "flags",
    ]  # fmt: skip
    assert "<script>alert(1)</script>" in set(found["brand_label"])


def test_weights_that_are_not_there_are_told(asked):
    with pytest.raises(
        StoreError, match="3 of 3 responses have no final weight: the sector is not estimated"
    ):
        asked.responses("2026", "bank", weights="final")
    with pytest.raises(StoreError, match="no such weights"):
        asked.responses("2026", "bank", weights="raked")
    with pytest.raises(StoreError, match="no such language"):
        asked.responses("2026", "bank", labels="fr")
    found = asked.responses("2026", "bank", labels=True)
    assert found["brand_label"].tolist() == ["b1"] * 3
    assert found.attrs["labels"] == {}


def test_responses_newer_than_the_estimate_are_told(nation: Any, make, tmp_path):
    import shutil

    copy = Store.open(shutil.copytree(nation.workspace.warehouse, tmp_path / "warehouse"))
    late = copy.responses("2026Q1", "banks").head(2)
    late = late.assign(respondent=["late1", "late2"], source_sha256=OTHER)
    copy.add_source(make.card(2, wave="2026Q1", sha=OTHER), [make.part(late)], make.NO_REJECTS)
    with pytest.raises(StoreError, match=r"2 of .* responses came since it was estimated"):
        copy.responses("2026Q1", "banks", weights="final")


def test_weights_of_answers_that_were_corrected_since_are_not_given(nation: Any, make, tmp_path):
    """The same respondents, other answers: every one finds a weight, of what it answered before."""
    import shutil

    wave, sector = "2026Q1", "banks"
    copy = Store.open(shutil.copytree(nation.workspace.warehouse, tmp_path / "warehouse"))
    seen = """SELECT sector, bool_and(current) AS current, count(weight) AS weights, count(status) AS judged,
              count(flags) AS flags, count(reasons) AS reasons, count(*) AS n FROM responses_2026Q1 GROUP BY sector"""
    before = copy.sql(seen).set_index("sector")
    assert before["current"].all()
    assert (before["judged"] == before["n"]).all()
    assert copy.estimated_as_held(wave, sector)
    sha = copy.table("core_partitions", wave, sector)["source_sha256"].iloc[0]
    parts = [
        make.part(rows.assign(SAT1=rows["SAT1"].mask(rows["SAT1"] > 1, 1), source_sha256=OTHER))
        for rows in copy.responses_of(wave, sha).values()
    ]
    count = sum(len(one.rows) for one in parts)
    corrected = [Revision(sha, "corrected", 0, 0, count)]
    copy.add_source(make.card(count, wave=wave, sha=OTHER), parts, make.NO_REJECTS, revisions=corrected)
    with pytest.raises(StoreError, match=r"were corrected, read anew or withdrawn .* Run `ncsi estimate`"):
        copy.responses(wave, sector, weights="final")
    assert not copy.estimated_as_held(wave, sector)
    assert len(copy.responses(wave, sector)) == before.loc[sector, "n"]
    after = copy.sql(seen).set_index("sector")
    assert after.loc[sector].tolist() == [False, 0, 0, 0, 0, before.loc[sector, "n"]]
    others = [one for one in before.index if one not in {part.sector for part in parts}]
    pd.testing.assert_frame_equal(after.loc[others], before.loc[others])
