"""Tables listed by a database of Postgres: what several coordinators rely on, and are told where it fails."""

from __future__ import annotations

import json
import re
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.errors import SpecError, StoreBusy, StoreError
from ncsi.spec import Workspace, open_workspace
from ncsi.spec.object_storage import Bucket
from ncsi.spec.shared_catalogue import SCHEME, SHARED, SharedCatalogue, said_of_catalogue
from ncsi.stages.backup import back_up, restore
from ncsi.stages.move_store import move_store
from ncsi.store import (
    MovedTables,
    Place,
    Store,
    duck,
    inspection,
    lake,
    lake_generations,
    lake_server,
    lake_tables,
    listing,
    migrate,
    move_tables,
    moving_tables,
    sector_results,
    sector_tables,
    table_rows,
)
from ncsi.store import open as read_only
from ncsi.store.table_rows import insert
from ncsi.tables import CORE_WEIGHTS_BY_RESPONDENT, OUT_RANK_BY_BRAND

OTHER = "b" * 64
LOOKED_INTO = (
    "core_faults",
    "core_revisions",
    "core_published_by_respondent",
    "core_forgotten_by_cell",
    "core_quality_by_respondent",
    "core_weights_by_respondent",
    "core_lineage_by_file",
)
FILLED = (
    "raw_files",
    "core_partitions",
    "core_questionnaires_by_sector",
    "core_rejects",
    "out_rank_by_brand",
)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores have a tenth of their tables: to make all takes seconds."""
    some = [*FILLED, *LOOKED_INTO]
    tables = tuple(one for one in duck.stored_tables() if one.name in some)
    for room in (duck, listing):
        monkeypatch.setattr(room, "stored_tables", lambda: tables)


@pytest.fixture
def shared(catalogue: SharedCatalogue, tmp_path: Path, few: None) -> Store:
    """A store that holds nothing, whose tables a database lists."""
    return Store.open(tmp_path / "shared", create=True, wait_s=5, catalogue=catalogue)


def add(store: Store, make: ModuleType, sha: str = "a" * 64, n: int = 3) -> bool:
    rows = make.responses(n, sha=sha)
    return store.add_source(make.card(n, sha=sha), [make.part(rows)], make.NO_REJECTS)


def fill(store: Store, make: ModuleType) -> None:
    add(store, make)
    add(store, make, OTHER, 5)
    store.replace("2026", {"out_rank_by_brand": make.ranks()}, "bank")
    store.replace("2026", {"out_rank_by_brand": make.ranks(index=1 / 3)}, "bank")
    store.withdraw("2026", OTHER, "twice", "me")


def folders(store: Store) -> set[str]:
    return {one.name for one in (store.folder / lake.FILES).iterdir() if one.is_dir()}


def contents(store: Store) -> dict[str, Any]:
    found = {name: store.table(name) for name in FILLED}
    for frame in found.values():
        for column in ("ingested_at", "withdrawn_at"):
            if column in frame:
                frame[column] = frame[column].isna()
    return found


def test_a_shared_store_holds_what_one_in_a_folder_holds_and_a_query_reaches_nothing_else(
    shared: Store, store: Store, make: ModuleType, catalogue: SharedCatalogue
) -> None:
    for one in (shared, store):
        fill(one, make)
        assert not add(one, make), "it is there"
    held, expected = contents(shared), contents(store)
    assert all(held[name].equals(expected[name]) for name in expected)
    assert shared.responses("2026", "bank").equals(store.responses("2026", "bank"))
    assert shared.tables().equals(store.tables())
    query = (
        "SELECT respondent, q1, index_0_100 FROM responses_2026 JOIN out_rank_by_brand USING (wave, sector)"
    )
    assert shared.sql(query).equals(store.sql(query))
    assert list(inspection.damages(shared.place)) == []
    assert not shared.place.database.exists()
    for query in (
        "SELECT * FROM postgres_query('server', 'SELECT 1')",
        f"FROM postgres_scan('{catalogue.address}', 'ncsi', 'store')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM ncsi.store",
    ):
        with pytest.raises(StoreError, match="cannot be answered"):
            shared.sql(query)


HOLD = """
import sys, time
from pathlib import Path
from ncsi.store import Place
with Place(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(600)
"""


def test_one_that_holds_the_store_is_named_and_its_end_lets_others_go_on(
    shared: Store, warm: Any, make: ModuleType
) -> None:
    other = warm.start(HOLD, str(shared.folder))
    assert other.stdout.readline() == "held\n"
    hurried = Store(Place(shared.folder, wait_s=0.1))
    with pytest.raises(StoreBusy, match=f"process {other.pid} on .* holds the store"):
        add(hurried, make)
    other.kill()
    assert add(shared, make)


def test_of_two_that_believe_to_hold_the_store_one_is_refused(
    shared: Store, make: ModuleType, catalogue: SharedCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is lost when its connection is, and nobody notices before the commit: Postgres says it, nothing is
    stored, and again is stored."""
    monkeypatch.setattr(lake_server.Server, "require_lock", lambda _: None)
    files = lake.files_of(shared.folder, 1)

    def both() -> None:
        with shared.place.held(), duck.transaction(shared.place) as connection:
            insert(connection, OUT_RANK_BY_BRAND, make.ranks())
            with closing(lake_tables.opened(catalogue, 1, files)) as other:
                other.execute("UPDATE store_meta SET value = 'other' WHERE name = 'writes'")

    with pytest.raises(StoreBusy, match="another coordinator wrote at the same time"):
        both()
    assert shared.table("out_rank_by_brand").empty

    def gone(*_: object) -> None:
        raise lake_tables.CatalogueAway("it went away. Nothing was changed.")

    monkeypatch.setattr(lake, "refuse_older", lambda *_: None)
    monkeypatch.setattr(lake, "written", gone)
    shared.replace("2026", {"out_rank_by_brand": make.ranks()}, "bank")
    assert len(shared.table("out_rank_by_brand")) == 1, "not said to have failed by what comes after it"


def test_a_commit_that_may_be_stored_leaves_the_mark_that_has_the_tables_written_anew(
    shared: Store, make: ModuleType, catalogue: SharedCatalogue, monkeypatch: pytest.MonkeyPatch, told: Any
) -> None:
    """A withdrawal whose connection breaks once Postgres committed is not done again by its command, and what was
    withdrawn must not stay in the files of before."""
    add(shared, make)
    add(shared, make, OTHER, 5)
    one = lake.own(catalogue)
    monkeypatch.setattr(one, "_tables", BrokenAtEnd(one._tables))
    with pytest.raises(StoreError, match="it may be stored: the same command again makes sure"):
        shared.withdraw("2026", OTHER, "twice", "me")
    assert any("free pages" in str(one) for one in inspection.damages(shared.place))
    with pytest.raises(StoreError, match="does not count"):
        Store.open(shared.folder).withdraw("2026", OTHER, "twice", "me")
    assert folders(shared) == {"2"}, "written anew"
    assert list(inspection.damages(shared.place)) == []
    told("ALTER TABLE ncsi_2.ducklake_file_column_stats ADD CHECK (false) NOT VALID", catalogue)
    with pytest.raises(StoreError, match=r"violates check constraint .*; nothing was stored") as refused:
        shared.replace("2026", {"out_rank_by_brand": make.ranks()}, "bank")
    logged = "".join(traceback.format_exception(refused.value))
    assert "INSERT" not in logged, "statements have pseudonyms and keys of files"
    assert "Failing row" not in logged


class BrokenAtEnd:
    """A connection that breaks once what it has was committed."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *values: Any) -> Any:
        done = self._connection.execute(statement, *values)
        if statement == "COMMIT":
            raise duckdb.IOException("server closed the connection unexpectedly")
        return done


def test_a_postgres_that_would_log_statements_is_refused_and_told(
    few: None, catalogue: SharedCatalogue, told: Any, tmp_path: Path
) -> None:
    """Statements hold pseudonyms and keys of files, and a log outlives whoever is forgotten."""
    change = f"ALTER DATABASE {catalogue.address.split()[0].removeprefix('dbname=')}"
    told(f"{change} SET log_statement = 'all'")
    with pytest.raises(StoreError, match="pseudonyms and keys of files: log_statement is all"):
        Store.open(tmp_path / "new", create=True, catalogue=catalogue)
    assert {one.name for one in (tmp_path / "new").iterdir()} <= {".lock", ".lock-holder"}
    told(f"{change} RESET ALL")
    lake.end()
    store = Store.open(tmp_path / "new", create=True, catalogue=catalogue)
    told(f"{change} SET log_min_error_statement = 'error'")
    lake.end()
    (said,) = (str(one) for one in inspection.damages(store.place))
    assert "log_min_error_statement is error" in said
    assert said.endswith("ALTER ROLE … SET log_min_error_statement = 'panic'.")


def test_a_lost_connection_stores_nothing_and_is_said(
    shared: Store, make: ModuleType, catalogue: SharedCatalogue, told: Any
) -> None:
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ncsi-%' AND pid <> "

    def broken() -> None:
        with shared.alone(), duck.transaction(shared.place) as connection:
            insert(connection, OUT_RANK_BY_BRAND, make.ranks())
            told(f"{ours} pg_backend_pid()")

    with pytest.raises(StoreBusy, match="held the store's lock is gone: nothing was stored"):
        broken()
    assert shared.table("out_rank_by_brand").empty
    shared.replace("2026", {"out_rank_by_brand": make.ranks()}, "bank")
    told(f"{ours} pg_backend_pid()")
    assert len(shared.table("out_rank_by_brand")) == 1, "connections of before are made anew"


def test_a_catalogue_that_is_gone_is_said_without_what_only_we_know(
    tmp_path: Path, shared: Store, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb_extension_postgres_scanner")
    monkeypatch.setenv("PGPASSWORD", "not-to-be-seen")
    away = SharedCatalogue(f"dbname=ncsi host={tmp_path} user=ncsi")
    for act in (
        lambda: Store.open(tmp_path / "new", create=True, catalogue=away),
        lambda: read_only(pointed(shared.folder, away)),
    ):
        with pytest.raises(lake_tables.CatalogueAway, match="does not answer or refuses") as said:
            act()
        assert "not-to-be-seen" not in str(said.value)
        assert "options" not in str(said.value)
    assert not (tmp_path / "new" / SHARED).exists(), "no store was begun"


def pointed(folder: Path, catalogue: SharedCatalogue) -> Path:
    (folder / SHARED).write_bytes(said_of_catalogue(catalogue))
    return folder


def test_a_database_is_of_one_store_and_one_key(
    shared: Store, catalogue: SharedCatalogue, tmp_path: Path
) -> None:
    for _ in range(2):
        shared.require_key(b"k" * 32)
    with pytest.raises(StoreError, match="another key"):
        shared.require_key(b"l" * 32)
    with pytest.raises(StoreError, match="lists the tables of another store"):
        Store.open(tmp_path / "other", create=True, catalogue=catalogue)
    assert not (tmp_path / "other" / SHARED).exists()
    assert not lake.store_id(tmp_path / "other"), "or who sees the store late writes over its own"
    (shared.folder / lake.STORE_ID).write_text("0" * 32)
    with pytest.raises(StoreError, match="but those of another one"):
        shared.waves()


def test_who_is_forgotten_is_in_no_file_and_in_no_page_of_postgres(
    shared: Store,
    make: ModuleType,
    told: Any,
    postgres_server: Path,
    catalogue: SharedCatalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Smallest and largest values of columns are in Postgres, so pseudonyms are, until the store is written anew."""
    rows = make.responses(3)
    rows["respondent"] = ["gone-for-good", "gone-hereafter", "z"]
    shared.add_source(make.card(3), [make.part(rows)], make.NO_REJECTS)
    weights = pd.DataFrame(
        {**dict.fromkeys(CORE_WEIGHTS_BY_RESPONDENT.names, 1.0), "respondent": rows["respondent"]}
    )
    weights[["wave", "sector", "brand"]] = ["2026", "bank", "b1"]
    weights["replicates"] = [np.ones(1)] * 3
    shared.replace("2026", {CORE_WEIGHTS_BY_RESPONDENT.name: weights}, "bank")
    before = set((shared.folder / lake.FILES).rglob("*.parquet"))
    assert before
    assert pages_with(b"gone-for-good", postgres_server, told)
    switch = lake_server.Server.switch

    def analysed(server: lake_server.Server, *generations: int) -> None:
        told("ANALYZE", catalogue)  # as Postgres does by itself, when it likes
        switch(server, *generations)

    monkeypatch.setattr(lake_server.Server, "switch", analysed)
    assert len(shared.forget("2026", ["gone-for-good"])) == 1
    assert not before & set((shared.folder / lake.FILES).rglob("*.parquet"))
    assert not pages_with(b"gone-for-good", postgres_server, told)
    assert sorted(shared.table(CORE_WEIGHTS_BY_RESPONDENT.name)["respondent"]) == ["gone-hereafter", "z"]
    assert len(shared.forget("2026", ["gone-hereafter"])) == 1
    assert not pages_with(b"gone-hereafter", postgres_server, told)
    assert not any(b"gone-for-good" in one.read_bytes() for one in shared.folder.rglob("*") if one.is_file())


def pages_with(text: bytes, server: Path, told: Any) -> list[Path]:
    """Files of tables of Postgres that hold a text, as they are on the disk after a checkpoint; not its log, which it
    writes over."""
    told("CHECKPOINT")
    files = [one for one in (server / "data" / "base").rglob("*") if one.is_file()]
    return [one for one in files if text in one.read_bytes()]


def test_a_rebuild_that_is_broken_off_leaves_the_store_and_is_swept(
    shared: Store, make: ModuleType, monkeypatch: pytest.MonkeyPatch, told: Any, catalogue: SharedCatalogue
) -> None:
    fill(shared, make)
    expected = contents(shared)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    (shared.folder / lake.FILES / "Thumbs.db").write_bytes(b"a system's own")
    whole = {one: getattr(lake_server.Server, one) for one in ("switch", "drop")}
    for name in whole:
        monkeypatch.setattr(lake_server.Server, name, killed)
    with pytest.raises(KeyboardInterrupt):
        shared.forget("2026", ["aaaa1"])
    for name, one in whole.items():
        monkeypatch.setattr(lake_server.Server, name, one)
    assert folders(shared) == {"2", "3"}
    assert any("left it behind" in str(one) for one in inspection.damages(shared.place))
    again = Store.open(shared.folder)
    assert folders(shared) == {"3"}, "written anew, as the mark says"
    assert list(inspection.damages(again.place)) == []
    assert "aaaa1" not in set(again.responses("2026", "bank")["respondent"])
    held = contents(again)
    assert held["out_rank_by_brand"].equals(expected["out_rank_by_brand"])
    schemas = told("SELECT nspname FROM pg_namespace WHERE nspname ~ '^ncsi'", catalogue)
    assert {name for (name,) in schemas} == {"ncsi", "ncsi_3"}


def test_files_of_tables_that_are_damaged_or_gone_are_not_read(shared: Store, make: ModuleType) -> None:
    shared.replace("2026", {"out_rank_by_brand": make.ranks()}, "bank")
    (file,) = (shared.folder / lake.FILES).rglob("out_rank_by_brand/*.parquet")
    whole = file.read_bytes()
    file.write_bytes(
        whole[: len(whole) // 3] + bytes([whole[len(whole) // 3] ^ 1]) + whole[len(whole) // 3 + 1 :]
    )
    with pytest.raises(StoreError, match="cannot be read or written"):
        shared.table("out_rank_by_brand")
    assert any("out_rank_by_brand" in str(one) for one in inspection.damages(shared.place))
    file.unlink()
    with pytest.raises(StoreError, match="No such file"):
        shared.table("out_rank_by_brand")
    file.write_bytes(whole)
    assert len(shared.table("out_rank_by_brand")) == 1


def test_many_small_files_become_few_and_no_row_changes(
    shared: Store, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(shared, make)
    for index in range(5):
        shared.replace("2026", {"out_rank_by_brand": make.ranks(index=index / 7)}, "bank")
    expected, before = contents(shared), len([*(shared.folder / lake.FILES).rglob("*.parquet")])
    monkeypatch.setattr(lake_generations, "_MANY_FILES", 1)
    held = contents(Store.open(shared.folder))
    assert all(held[name].equals(expected[name]) for name in expected)
    assert len([*(shared.folder / lake.FILES).rglob("*.parquet")]) < before


def test_tables_move_to_a_database_and_back_with_every_row(
    few: None, store: Store, make: ModuleType, catalogue: SharedCatalogue, told: Any
) -> None:
    fill(store, make)
    place, expected = store.place, contents(store)
    looked = move_tables(place, catalogue, dry_run=True)
    assert looked is not None
    assert place.database.exists()
    moved, held = moved_while_one_waits(store, catalogue)
    assert moved is not None
    assert all(held[name].equals(expected[name]) for name in expected)
    assert moved.rows == looked.rows > 0
    assert not place.database.exists()
    assert move_tables(place, catalogue) is None
    other = SharedCatalogue(re.sub("dbname=[a-z0-9]+", "dbname=postgres", catalogue.address))
    with pytest.raises(StoreError, match="can only come back from there"):
        move_tables(place, other)
    assert place.catalogue == catalogue
    renamed = SharedCatalogue(f"{catalogue.address} sslmode=disable")
    assert move_tables(place, renamed, dry_run=True) is not None
    assert place.catalogue == catalogue
    moved = move_tables(place, renamed)
    assert moved is not None
    assert moved.rows == looked.rows
    assert place.catalogue == renamed
    moved, held = moved_while_one_waits(store, None)
    assert moved is not None
    assert all(held[name].equals(expected[name]) for name in expected)
    assert not (place.folder / lake.FILES).exists()
    assert not (place.folder / lake.LEAVING).exists()
    assert told("SELECT 1 FROM pg_namespace WHERE nspname ~ '^ncsi'", catalogue) == []


def moved_while_one_waits(
    store: Store, target: SharedCatalogue | None
) -> tuple[MovedTables | None, dict[str, Any]]:
    """Move them, and what another reads who waited meanwhile: by the lock of before he would be at work on tables, and
    remove files, beside who holds the one of now."""
    with ThreadPoolExecutor(1) as other:
        with store.place.held():
            waits = other.submit(lambda: contents(Store.open(store.folder, wait_s=20)))
            time.sleep(0.1)
            moved = move_tables(store.place, target)
        held = waits.result()
        other.submit(lake.end).result()
    return moved, held


def test_a_move_that_is_killed_leaves_the_tables_where_they_were_or_are(
    few: None,
    store: Store,
    make: ModuleType,
    catalogue: SharedCatalogue,
    monkeypatch: pytest.MonkeyPatch,
    told: Any,
) -> None:
    fill(store, make)
    place, expected = store.place, contents(store)
    whole = {one: getattr(moving_tables, one) for one in ("fingerprint", "leave_old", "put")}
    whole |= {one: getattr(lake_server.Server, one) for one in ("first", "drop")}

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for room, name in (
        (moving_tables, "fingerprint"),
        (lake_server.Server, "first"),
        (moving_tables, "leave_old"),
    ):
        monkeypatch.setattr(room, name, killed)
        monkeypatch.setattr(lake_server.Server, "drop", killed)
        with pytest.raises(KeyboardInterrupt):
            move_tables(place, catalogue)
        monkeypatch.setattr(room, name, whole[name])
        monkeypatch.setattr(lake_server.Server, "drop", whole["drop"])
        assert name == "leave_old" or any(lake.LEAVING in str(one) for one in inspection.damages(place))
        held = contents(Store.open(place.folder))
        assert all(held[one].equals(expected[one]) for one in expected), name
        schemas = told("SELECT nspname FROM pg_namespace WHERE nspname ~ '^ncsi'", catalogue)
        assert bool(schemas) == (name == "leave_old"), "who is forgotten now is in no half copy"
        assert not (place.folder / lake.LEAVING).exists()
    assert not place.database.exists(), "what a killed move left is swept"
    for room, name in ((moving_tables, "put"), (moving_tables, "leave_old")):
        monkeypatch.setattr(room, name, killed)
        with pytest.raises(KeyboardInterrupt):
            move_tables(place, None)
        monkeypatch.setattr(room, name, whole[name])
        held = contents(Store(place))
        assert all(held[one].equals(expected[one]) for one in expected), name
    assert any(lake.LEAVING in str(one) for one in inspection.damages(place))
    Store.open(place.folder)
    assert not (place.folder / lake.LEAVING).exists()


def test_a_shared_store_of_an_earlier_version_is_carried_over(shared: Store, make: ModuleType) -> None:
    fill(shared, make)
    expected = contents(shared)
    with shared.place.held(), duck.transaction(shared.place) as connection:
        connection.execute("UPDATE store_meta SET value = '14' WHERE name = 'version'")
    with pytest.raises(StoreError, match="Run `ncsi migrate`"):
        Store.open(shared.folder)
    done = migrate(shared.place)
    assert done is not None
    assert (done.version, done.to) == ("14", duck.VERSION)
    held = contents(Store.open(shared.folder))
    assert all(held[name].equals(expected[name]) for name in expected)


def test_extensions_that_are_not_installed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_tables.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SpecError, match="needs the extension"):
        Store.open(tmp_path / "new", create=True, catalogue=SharedCatalogue("dbname=ncsi host=127.0.0.1"))


def test_a_backup_needs_no_database_and_what_is_restored_goes_to_another(
    few: None,
    workspace: Workspace,
    make: ModuleType,
    catalogue: SharedCatalogue,
    tmp_path_factory: pytest.TempPathFactory,
    told: Any,
) -> None:
    root, store = workspace.root, Store(Place(workspace.warehouse))
    fill(store, make)
    expected = contents(store)
    says(root, catalogue)
    with pytest.raises(SpecError, match="Run `ncsi move-store`"):
        open_workspace(root)
    _, moved = move_store(open_workspace(root, moving=True))
    assert moved is not None
    assert list(inspection.damages(Place(open_workspace(root).warehouse))) == []
    outside = tmp_path_factory.mktemp("outside")
    backed_up, folder = back_up(open_workspace(root), outside / "backup"), outside / "restored"
    assert (backed_up.folder / "warehouse" / "ncsi.duckdb").is_file()
    assert not (backed_up.folder / "warehouse" / lake.FILES).exists()
    assert restore(backed_up.folder, folder).to_move
    with pytest.raises(StoreError, match="lists the tables of another store"):
        move_store(open_workspace(folder, moving=True))
    told("CREATE DATABASE another")
    says(folder, SharedCatalogue(re.sub("dbname=[a-z0-9]+", "dbname=another", catalogue.address)))
    move_store(open_workspace(folder, moving=True))
    held = contents(Store(Place(open_workspace(folder).warehouse)))
    assert all(held[name].equals(expected[name]) for name in expected)
    lake.end()
    told("DROP DATABASE another WITH (FORCE)")


def says(root: Path, catalogue: SharedCatalogue) -> None:
    settings = yaml.safe_load((root / "ncsi.yaml").read_text(encoding="utf-8"))
    settings["catalogue"] = SCHEME + catalogue.address
    (root / "ncsi.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")


def test_a_database_that_is_older_than_the_files_or_than_ducklake_is_refused(
    shared: Store, make: ModuleType, catalogue: SharedCatalogue, told: Any
) -> None:
    add(shared, make)
    seen = json.loads((shared.folder / lake.SEEN).read_bytes())
    (shared.folder / lake.SEEN).write_text(json.dumps([seen[0], seen[1] + 1]))
    for act in (lambda: Store.open(shared.folder), lambda: shared.forget("2026", ["aaaa1"])):
        with pytest.raises(StoreError, match="older than the files"):
            act()
    assert len(shared.responses("2026", "bank")) == 3
    told("UPDATE ncsi_1.ducklake_metadata SET value = '0.2' WHERE key = 'version'", catalogue)
    lake.end()
    with pytest.raises(StoreError, match=r"requires version .* Install the release of ncsi that wrote them"):
        shared.waves()


def test_responses_lie_in_a_bucket_of_a_store_whose_tables_are_shared(
    few: None, catalogue: SharedCatalogue, bucket: tuple[Bucket, Any], tmp_path: Path, make: ModuleType
) -> None:
    store = Store.open(tmp_path / "both", create=True, wait_s=8, bucket=bucket[0], catalogue=catalogue)
    assert add(store, make)
    assert len(store.forget("2026", ["aaaa1"])) == 1
    assert len(Store.open(store.folder).responses("2026", "bank")) == 2
    assert not list(store.place.responses.rglob("*.parquet"))
    assert list(inspection.damages(store.place)) == []


def test_memory_is_bound_no_longer_than_many_rows_are_stored(
    shared: Store, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sector_results, "PACKED", 1)
    monkeypatch.setattr(table_rows, "AT_ONCE", 2)
    rows = pd.concat([make.ranks(), make.ranks().assign(brand="other")]).drop(columns=["wave", "sector"])
    shared.replace_sectors([sector_tables("2026", "bank", {"out_rank_by_brand": rows})])
    with shared.place.held(), duck.connected(shared.place) as connection:
        bound = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    assert ("61.0 MiB",) not in bound
    assert shared.read("out_rank_by_brand", wave="2026")["brand"].tolist() == rows["brand"].tolist()
