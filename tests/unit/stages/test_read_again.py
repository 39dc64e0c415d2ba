"""The same bytes read otherwise: a changed map, brand list or instrument takes effect, and nobody comes back."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

import ncsi
from ncsi.cli.main import main
from ncsi.errors import ConformError
from ncsi.ledger import Ledger
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages import recorded
from ncsi.stages.person_removal import forget_respondent
from ncsi.stages.source_files import sources_of
from ncsi.store import Store, inspection

ITEMS = load_instrument("ccsi").item_ids
MAP = {"spec": "ncsi/map/1", "id": "m"}


def declare(workspace, brands=("b1", "b2"), **column_map) -> None:
    """One map for the wave's files, and the wave's brands."""
    (workspace.root / "maps").mkdir(exist_ok=True)
    (workspace.root / "maps" / "m.yaml").write_text(yaml.safe_dump({**MAP, **column_map}), encoding="utf-8")
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    wave["sources"] = [{"files": "data/*.csv", "sector": "only", "map": "m"}]
    wave["sectors"][0]["brands"] = [{"id": one, "label": {"zh": one, "en": one}} for one in brands]
    path.write_text(yaml.safe_dump(wave), encoding="utf-8")


def deliver(workspace, name: str, *rows: tuple[str, str, int]) -> None:
    lines = [f"{who},{brand},{','.join([str(value)] * len(ITEMS))}" for who, brand, value in rows]
    header = f"respondent,brand,{','.join(ITEMS)}"
    (workspace.root / "data" / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def collect(workspace):
    """Every file of the wave."""
    plan, store = load_plan(workspace, "2026"), Store.open(workspace.warehouse, create=True)
    return [recorded.collect(store, plan, one) for one in sources_of(workspace, "2026")]


@pytest.fixture(scope="module")
def as_read(new_workspace, tmp_path_factory):
    """A wave whose file a.csv was read by a map that says nothing, r1 with 3 and r2 with 10: to be copied."""
    workspace = new_workspace(tmp_path_factory.mktemp("read") / "ws")
    declare(workspace)
    deliver(workspace, "a.csv", ("r1", "b1", 3), ("r2", "b1", 10))
    collect(workspace)
    return workspace.root


@pytest.fixture
def read(as_read, tmp_path):
    return open_workspace(shutil.copytree(as_read, tmp_path / "ws"))


def stored(workspace) -> dict[str, int]:
    """SAT2 by respondent's place in the file."""
    rows = ncsi.open(workspace.warehouse).responses("2026", "only")
    return dict(zip(rows["source_row"].tolist(), rows["SAT2"].tolist(), strict=True))


def test_a_map_that_is_reversed_reads_the_same_file_again(read):
    assert stored(read) == {2: 3, 3: 10}
    assert collect(read)[0].repeated
    declare(read, items={"SAT2": {"column": "SAT2", "reverse": True}})
    (again,) = collect(read)
    assert not again.repeated
    assert [(one.reason, one.added, one.removed, one.changed) for one in again.revisions] == [
        ("other_reading", 0, 0, 2)
    ]
    assert stored(read) == {2: 8, 3: 1}
    assert collect(read)[0].repeated
    event = Ledger.of(read).events()[-3]
    assert event["replaced"] == {again.sha256: "other_reading"}
    assert len(ncsi.open(read.warehouse).sources("2026")) == 1


def test_a_brand_that_was_forgotten_in_the_wave_file_is_taken_in(workspace):
    declare(workspace, brands=("b1",))
    deliver(workspace, "a.csv", ("r1", "b1", 3), ("r2", "b2", 10))
    assert collect(workspace)[0].rows_rejected == 1
    declare(workspace, brands=("b1", "b2"))
    (again,) = collect(workspace)
    assert (again.rows_accepted, again.rows_rejected) == (2, 0)
    assert again.revisions[0].added == 1
    assert ncsi.open(workspace.warehouse).table("core_rejects").empty


def test_a_word_of_the_map_that_decides_no_row_reads_nothing_again(read):
    declare(read, ignore=["remark"])
    assert collect(read)[0].repeated


def test_another_format_of_the_same_content_is_read_by_its_own_map(workspace):
    rows = [(f"r{k}", "b1", 1 + k % 10) for k in range(12)]
    declare(workspace)
    deliver(workspace, "a.csv", *rows)
    collect(workspace)
    (workspace.root / "data" / "a.csv").unlink()
    declare(workspace, items={"SAT2": {"column": "SAT2", "reverse": True}})
    deliver(workspace, "copy.csv", *reversed(rows))
    (again,) = collect(workspace)
    assert again.revisions[0].reason == "other_reading"
    assert len(stored(workspace)) == 12
    assert collect(workspace)[0].repeated


def test_a_store_that_does_not_know_how_a_file_was_read_reads_it_once(read):
    import duckdb

    with duckdb.connect(str(read.warehouse / "ncsi.duckdb")) as connection:
        connection.execute("UPDATE raw_files SET reading_sha256 = NULL")
    (again,) = collect(read)
    assert [(one.reason, one.changed) for one in again.revisions] == [("unknown_reading", 0)]
    assert collect(read)[0].repeated


def test_a_person_who_was_forgotten_does_not_come_back_with_another_map(workspace):
    declare(workspace)
    deliver(workspace, "a.csv", ("r1", "b1", 3), ("r2", "b1", 4), ("r3", "b9", 5))
    collect(workspace)
    assert forget_respondent(workspace, ["r1"]).responses == 1
    declare(workspace, items={"SAT2": {"column": "SAT2", "reverse": True}})
    (again,) = collect(workspace)
    assert (again.rows_accepted, again.rows_rejected) == (1, 1)
    assert stored(workspace) == {3: 7}
    card = ncsi.open(workspace.warehouse).sources("2026").iloc[0]
    assert (card["rows_read"], card["rows_accepted"], card["rows_rejected"], card["rows_forgotten"]) == (
        3,
        1,
        1,
        1,
    )
    store = Store.open(workspace.warehouse)
    assert list(inspection.damages(store.place)) == []


def test_a_repeated_answer_of_a_person_who_was_forgotten_is_not_taken_in_their_place(read):
    deliver(read, "b.csv", ("r1", "b1", 4), ("r3", "b1", 4))
    collect(read)
    forget_respondent(read, ["r1"])
    declare(read, items={"SAT2": {"column": "SAT2", "reverse": True}})
    before = stored(read)
    plan, store = load_plan(read, "2026"), Store.open(read.warehouse)
    second = next(one for one in sources_of(read, "2026") if one.path.name == "b.csv")
    with pytest.raises(ConformError, match=r"b\.csv: .*row 2 was left out as a repeated answer"):
        recorded.collect(store, plan, second)
    assert stored(read) == before


def test_what_is_read_again_is_told(read, capsys):
    ingest = ["ingest", "--wave", "2026", "--workspace", str(read.root), "--engine", "local"]
    declare(read, items={"SAT2": {"column": "SAT2", "reverse": True}})
    capsys.readouterr()
    main(ingest)
    why = "a.csv was read again, because its map or the wave's coding changed"
    assert f"{why}: 0 responses added, 0 removed, 2 changed." in capsys.readouterr().out
    main([*ingest, "--json"])
    assert json.loads(capsys.readouterr().out)["files_repeated"] == 1
    main(["revisions", "--workspace", str(read.root)])
    assert "other reading: 0 added, 0 removed, 2 changed" in capsys.readouterr().out
