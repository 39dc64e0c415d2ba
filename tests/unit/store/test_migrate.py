"""A store that an earlier version wrote is carried over, or refused with the command that does it."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

import ncsi
from ncsi.errors import StoreError
from ncsi.store import Place, Store, duck, inspection, migrate, migration, whole_database
from ncsi.store.sector_results import KEPT
from ncsi.tables import ESTIMATED, TABLES

WAVE = "2026Q3"
WITHOUT_SHARES = ("out_index_by_subgroup", "out_subindex_by_brand", "out_measures_by_brand")


def as_0_1_0(store: Store) -> None:
    """Give the store the tables that ncsi 0.1.0 wrote: no largest shares, p-values never missing; version 2."""
    with duckdb.connect(str(store.place.database)) as connection:
        for table in WITHOUT_SHARES:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN largest_share")
        for table in ("out_changes", "out_differences_by_brand"):
            connection.execute(f"ALTER TABLE {table} ALTER COLUMN p SET NOT NULL")
        for column in ("reading_sha256", "withdrawn_at", "withdrawn_by", "withdrawn_reason"):
            connection.execute(f"ALTER TABLE raw_files DROP COLUMN {column}")
        connection.execute("UPDATE store_meta SET value = '2' WHERE name = 'version'")
        for table in (*WITHOUT_SHARES, "out_changes", "out_differences_by_brand", "raw_files"):
            connection.execute("UPDATE store_meta SET value = 'of 0.1.0' WHERE name = ?", [table])


@pytest.fixture(scope="module")
def as_filled(empty, make, tmp_path_factory) -> Path:
    """The folder of a store of two waves, with rejects and a result."""
    store = Store.open(shutil.copytree(empty, tmp_path_factory.mktemp("filled") / "warehouse"))
    for wave in (WAVE, "2026W07"):
        store.add_source(make.card(4, wave=wave), [make.part(make.responses(wave=wave))], make.reject())
    store.replace(WAVE, {"out_index_national": nation(WAVE)})
    return store.folder


@pytest.fixture(scope="module")
def as_old(as_filled, tmp_path_factory) -> Path:
    """The same as a store of 0.1.0."""
    store = Store.open(shutil.copytree(as_filled, tmp_path_factory.mktemp("old") / "warehouse"))
    as_0_1_0(store)
    return store.folder


@pytest.fixture
def filled(as_filled, tmp_path):
    """A copy of the filled store."""
    return Store.open(shutil.copytree(as_filled, tmp_path / "warehouse"))


@pytest.fixture
def old(as_old, tmp_path) -> Place:
    """Where a copy of the old store lies, which cannot be opened."""
    return Place(shutil.copytree(as_old, tmp_path / "warehouse"))


def nation(wave: str) -> pd.DataFrame:
    values = {"text": "x", "integer": 1, "number": 1.0, "flag": True}
    row = {one.name: values[one.kind] for one in TABLES["out_index_national"].columns}
    return pd.DataFrame([{**row, "wave": wave}])


def versions(store: Store) -> dict[str, str]:
    with duckdb.connect(str(store.place.database), read_only=True) as connection:
        return duck.meta_of(connection)


def test_a_store_of_0_1_0_is_refused_with_the_command(old):
    for opened in (ncsi.open, Store.open):
        with pytest.raises(
            StoreError, match=r"an earlier version of ncsi .its version is 2.*Run `ncsi migrate`"
        ):
            opened(old.folder)


def test_what_was_ingested_is_carried_over_and_results_are_made_anew(filled):
    before = {
        name: filled.read(name) for name in ("raw_files", "core_partitions", "core_rejects", "core_faults")
    }
    as_0_1_0(filled)
    done = migrate(filled.place)
    assert (done.version, done.to, done.to_estimate) == ("2", duck.VERSION, ("2026W07", "2026Q3"))
    store = Store.open(filled.folder)
    for name, rows in before.items():
        pd.testing.assert_frame_equal(store.read(name), rows)
    assert len(store.responses("2026Q3", "bank")) == 3
    assert store.read("out_index_national").empty
    assert duck.is_ours(versions(store))
    assert migrate(filled.place) is None


def test_results_stay_where_every_table_can_be_carried_over(filled):
    with duckdb.connect(str(filled.place.database)) as connection:
        connection.execute("ALTER TABLE out_changes ALTER COLUMN p SET NOT NULL")
        connection.execute("UPDATE store_meta SET value = 'x' WHERE name = 'out_changes'")
    assert migrate(filled.place).to_estimate == ()
    assert len(Store.open(filled.folder).read("out_index_national")) == 1


@pytest.mark.parametrize(("room", "fails"), [(migration, "_carry_over"), (whole_database, "put")])
def test_a_migration_that_is_broken_off_leaves_the_old_store(old, monkeypatch, room, fails):
    def broken_off(*_):
        raise KeyboardInterrupt

    before = old.database.read_bytes()
    monkeypatch.setattr(room, fails, broken_off)
    with pytest.raises(KeyboardInterrupt):
        migrate(old)
    assert old.database.read_bytes() == before
    assert not list(old.folder.rglob(".tmp-*"))
    monkeypatch.undo()
    assert migrate(old).version == "2"


KILLED = """
import os, sys
from pathlib import Path
from ncsi.store import Place, duck, migrate, migration, whole_database
whole = {where}
def killed(*given):
    {first}
    os.kill(os.getpid(), 9)
{where} = killed
migrate(Place(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("where", "first", "version"),
    [
        ("duck.make", "whole(*given)", "2"),
        ("migration._carry_over", "whole(*given)", "2"),
        ("whole_database.put", "pass", "2"),
        ("whole_database.put", "whole(*given)", None),
    ],
)
def test_a_migration_that_is_killed_leaves_the_old_store_or_the_new_one(warm, old, where, first, version):
    before = old.database.read_bytes()
    code = KILLED.format(where=where, first=first)
    done = warm.run(code, str(old.folder))
    assert done.returncode == -signal.SIGKILL
    assert (old.database.read_bytes() == before) is (version == "2")
    again = migrate(old)
    assert (again.version if again else None) == version
    store = Store.open(old.folder)
    assert len(store.responses("2026Q3", "bank")) == 3
    assert list(inspection.damages(store.place)) == []


def test_a_newer_store_is_refused(store):
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("UPDATE store_meta SET value = '99' WHERE name = 'version'")
    for opened in (
        lambda: ncsi.open(store.folder),
        lambda: Store.open(store.folder),
        lambda: migrate(store.place),
    ):
        with pytest.raises(
            StoreError, match=r"written by a newer version .* 99; this one .*pip install --upgrade"
        ):
            opened()


@pytest.mark.parametrize("version", ["1", "0", "x", ""])
def test_a_store_too_old_is_refused(store, version):
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("UPDATE store_meta SET value = ? WHERE name = 'version'", [version])
    with pytest.raises(StoreError, match=r"migrates version 2 and later\. Move the folder away and ingest"):
        migrate(store.place)


def test_an_ingested_table_that_no_step_explains_is_refused(store):
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("ALTER TABLE raw_files DROP COLUMN bytes")
        connection.execute("UPDATE store_meta SET value = 'x' WHERE name = 'raw_files'")
    before = store.place.database.read_bytes()
    with pytest.raises(StoreError, match="raw_files: no step says what its column bytes holds"):
        migrate(store.place)
    assert store.place.database.read_bytes() == before


def test_a_step_fills_what_old_rows_lack(filled, monkeypatch):
    with duckdb.connect(str(filled.place.database)) as connection:
        connection.execute("ALTER TABLE raw_files DROP COLUMN bytes")
        for column in ("reading_sha256", "withdrawn_at", "withdrawn_by", "withdrawn_reason"):
            connection.execute(f"ALTER TABLE raw_files DROP COLUMN {column}")
        connection.execute("UPDATE store_meta SET value = '2' WHERE name = 'version'")
    step = migration.Migration(3, "bytes", {("raw_files", "bytes"): "rows_read * 40"})
    monkeypatch.setattr(migration, "MIGRATIONS", (step,))
    migrate(filled.place)
    assert Store.open(filled.folder).read("raw_files")["bytes"].tolist() == [160, 160]


def example(name: str, wave: str, **values: object) -> pd.DataFrame:
    """A row of a table, whatever its columns."""
    kinds = {"text": "x", "integer": 1, "number": 0.5, "flag": True, "timestamp": pd.Timestamp("2026-05-01"),
             "binary": b"x"}  # fmt: skip
    row = {one.name: kinds[one.kind] for one in TABLES[name].columns}
    return pd.DataFrame([{**row, "wave": wave, **values}])


def as_0_2_0(store: Store) -> None:
    """Version 3: results that cannot be carried over; respondents without the figures that they take part in."""
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("ALTER TABLE out_standing_by_brand DROP COLUMN difference")
        for column in ("quality", "answered"):
            connection.execute(f"ALTER TABLE core_published_by_respondent DROP COLUMN {column}")
        connection.execute("UPDATE store_meta SET value = '3' WHERE name = 'version'")


def test_what_releases_were_made_of_survives_a_migration_that_loses_results(filled):
    of_revisions = [name for name in KEPT if "revision" in TABLES[name].names]
    assert "core_published_by_respondent" in of_revisions
    tables = {
        name: pd.concat([example(name, WAVE, revision=one) for one in (ESTIMATED, 0, 1)], ignore_index=True)
        for name in of_revisions
    }
    withdrawn = "core_withdrawn_records"
    with filled.alone():
        filled.replace(WAVE, {**tables, withdrawn: example(withdrawn, WAVE)})
        before = {name: filled.read(name) for name in KEPT}
    as_0_2_0(filled)
    assert migrate(filled.place).to_estimate == ("2026W07", WAVE)
    again = Store.open(filled.folder)
    assert again.read("out_index_national").empty
    for name in of_revisions:
        found, expected = again.read(name), before[name][before[name]["revision"] >= 0].reset_index(drop=True)
        if name == "core_published_by_respondent":
            for column in ("quality", "answered"):
                assert found.pop(column).isna().all()
                del expected[column]
        pd.testing.assert_frame_equal(found, expected)
    assert len(again.read("core_withdrawn_records")) == 1


TOLD = {
    "f": ("answers:Q1=01ab23\nquality:flagged=ffffff", "flagged"), "e": ("quality:excluded=0123ab", "excluded"),
    "n": ("item:Q1=01ab23", ""), "o": ("", ""), "u": (None, None),
}  # fmt: skip
"""Digests as texts, and whom quality judged by them."""


@pytest.fixture(scope="module")
def as_texts(as_filled, tmp_path_factory) -> Path:
    """The folder of a store whose digests are texts."""
    store = Store.open(shutil.copytree(as_filled, tmp_path_factory.mktemp("texts") / "warehouse"))
    name = "core_published_by_respondent"
    rows = [example(name, WAVE, respondent=one, answered=None, revision=0) for one in TOLD]
    store.replace(WAVE, {name: pd.concat(rows, ignore_index=True)})
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("ALTER TABLE core_published_by_respondent DROP COLUMN quality")
        connection.execute("ALTER TABLE core_published_by_respondent DROP COLUMN answered")
        connection.execute("ALTER TABLE core_published_by_respondent ADD COLUMN answered VARCHAR")
        connection.execute("DROP TABLE core_figures_by_sector")
        for one, (text, _) in TOLD.items():
            connection.execute(
                "UPDATE core_published_by_respondent SET answered = ? WHERE respondent = ?", [text, one]
            )
    return store.folder


@pytest.mark.parametrize(("version", "recorded"), [("13", True), ("9", True), ("8", False)])
def test_digests_of_before_are_forgotten_and_whom_quality_judged_is_not(
    as_texts, tmp_path, version, recorded
):
    """Of a store whose digests were texts: its results stay. The first ones said nothing of quality: not nobody."""
    place = Place(shutil.copytree(as_texts, tmp_path / "warehouse"))
    with duckdb.connect(str(place.database)) as connection:
        connection.execute("UPDATE store_meta SET value = ? WHERE name = 'version'", [version])
    assert migrate(place).to_estimate == ()
    store = Store.open(place.folder)
    found = store.read("core_published_by_respondent").set_index("respondent")
    assert found["answered"].isna().all()
    judged = found["quality"].astype(object).where(found["quality"].notna(), None)
    assert judged.to_dict() == {one: quality if recorded else None for one, (_, quality) in TOLD.items()}
    assert len(store.read("out_index_national")) == 1


def test_how_many_errors_differ_is_not_known_of_results_of_before_and_these_stay(filled):
    filled.replace(WAVE, {"out_assessment_by_sector": example("out_assessment_by_sector", WAVE)})
    with duckdb.connect(str(filled.place.database)) as connection:
        for column in ("errors_checked", "errors_apart"):
            connection.execute(f"ALTER TABLE out_assessment_by_sector DROP COLUMN {column}")
        connection.execute("UPDATE store_meta SET value = '14' WHERE name = 'version'")
    assert migrate(filled.place).to_estimate == ()
    found = Store.open(filled.folder).read("out_assessment_by_sector")
    assert found["srmr_saturated"].tolist() == [0.5]
    assert found[["errors_checked", "errors_apart"]].isna().all(axis=None)


def test_a_table_of_what_is_out_that_no_step_explains_is_refused(store):
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("ALTER TABLE core_published_by_respondent DROP COLUMN cells")
        connection.execute("UPDATE store_meta SET value = '3' WHERE name = 'version'")
    with pytest.raises(StoreError, match="no step says what its column cells holds"):
        migrate(store.place)


def test_an_audit_says_where_it_is_not_known_any_more_whom_a_release_counts(filled):
    name = "core_published_by_respondent"
    filled.replace(WAVE, {name: example(name, WAVE).assign(revision=ESTIMATED)})
    filled.keep_public(WAVE, 0, {})
    assert list(inspection.damages(filled.place)) == []
    filled.replace(WAVE, {name: filled.read(name)[:0]})
    (found,) = inspection.damages(filled.place)
    assert "whom its public release counts is not known any more" in str(found)


NOTE = (
    "Heywood case: QUA1 ~~ QUA1 is a variance of -0.125; Image: formative in the instrument, taken as reflective here; "
    "not separable: Quality ~ Expectation is 1.20 standardised; "
    "not separable: Value ~ Quality has a standardised standard error of 2.50; "
    "Heywood case: Loyalty ~ Image has no standardised value, an implied variance is negative"
)
CAUTIONS = {
    ("QUA1", "~~", "QUA1"): "negative_variance", ("Quality", "~", "Expectation"): "beyond_one",
    ("Value", "~", "Quality"): "not_located", ("Loyalty", "~", "Image"): "no_standardised_value",
    ("Value", "~", "Expectation"): None,
}  # fmt: skip


def test_what_a_note_said_in_words_is_carried_over_by_code(store):
    """In the results, and in what is kept of the release that is out."""
    empty = {one.name: None for one in TABLES["out_cbsem_fit_by_sector"].columns}
    fit = pd.DataFrame([{**empty, "wave": "2026", "sector": "bank", "status": "converged", "note": NOTE}])
    estimates = pd.DataFrame(list(CAUTIONS), columns=["lhs", "op", "rhs"]).assign(
        wave="2026", sector="bank", estimate=0.5, se=None, z=None, p=None, std=None, std_se=None, caution=None
    )
    tables = {"out_cbsem_fit_by_sector": fit, "out_cbsem_estimates_by_sector": estimates}
    store.replace("2026", tables)
    store.keep_public("2026", 0, tables)
    kept = store.place.public / "2026" / "out_cbsem_estimates_by_sector.parquet"
    pq.write_table(pq.read_table(kept).drop_columns(["caution"]), kept)
    (kept.parent / "sha256.json").unlink()  # as versions before wrote it
    with duckdb.connect(str(store.place.database)) as connection:
        connection.execute("ALTER TABLE out_cbsem_estimates_by_sector DROP COLUMN caution")
        connection.execute("UPDATE store_meta SET value = '3' WHERE name = 'version'")
    assert migrate(store.place).to_estimate == ()
    again = Store.open(store.folder)
    for found in (
        again.read("out_cbsem_estimates_by_sector"),
        again.public_results("2026", "bank")["out_cbsem_estimates_by_sector"],
    ):
        codes = found["caution"].astype("object").where(found["caution"].notna(), None)
        assert (
            dict(zip(zip(found["lhs"], found["op"], found["rhs"], strict=True), codes, strict=True))
            == CAUTIONS
        )


def test_the_command_carries_a_workspace_over(old, tmp_path, capsys):
    from ncsi.cli.main import main

    (tmp_path / "ncsi.yaml").write_text("spec: ncsi/workspace/1\n", encoding="utf-8")
    main(["migrate", "--workspace", str(tmp_path)])
    said = capsys.readouterr().out
    assert said.startswith(f"Store migrated from version 2 to {duck.VERSION}.")
    assert "ncsi estimate --wave 2026W07\n  Estimate its results again: ncsi estimate --wave 2026Q3" in said
    main(["migrate", "--workspace", str(tmp_path)])
    assert "already" in capsys.readouterr().out
