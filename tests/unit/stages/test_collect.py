"""Files into the store: what is kept, what is repeated, what a second file may not bring again."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

import ncsi
from ncsi.errors import ConformError, ReadError, SpecError
from ncsi.spec import load_instrument
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_file
from ncsi.stages.export_check import check_file, check_for_wave
from ncsi.stages.source_files import SourceFile, sources_of

ITEMS = load_instrument("ccsi").item_ids
HEADER = ",".join(["respondent", "brand", *ITEMS])


def answers(value: int = 8) -> str:
    return ",".join(str(min(value, item.scale.max)) for item in load_instrument("ccsi").items)


ELEVEN = "11," + answers().split(",", 1)[1]


def text(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def deliver(workspace, name, *rows):
    path = workspace.root / "data" / name
    path.write_text(text(*rows), encoding="utf-8")
    return SourceFile(path, None, "only")


def test_a_file_is_stored_with_its_card_rows_and_rejects(workspace):
    source = deliver(workspace, "a.csv", f"r1,b1,{answers()}", f"r2,b9,{answers()}", f"r3,b2,{ELEVEN}")
    outcome = collect_file(load_plan(workspace, "2026"), source)
    assert (outcome.rows_read, outcome.rows_accepted, outcome.rows_rejected) == (3, 1, 2)
    assert outcome.rejects_by_rule == {"brand_unknown": 1, "off_scale": 1}
    warehouse = ncsi.open(workspace.warehouse)
    rows = warehouse.responses("2026", "only")
    assert rows["source_row"].tolist() == [2]
    assert rows["source_sha256"].tolist() == [outcome.sha256]
    assert warehouse.table("core_rejects")["source_row"].tolist() == [3, 4]
    card = warehouse.table("raw_files").iloc[0]
    assert (card["encoding"], card["format"], card["dialect"]) == ("utf-8", "csv", "plain")


def test_the_same_bytes_again_are_left_as_stored(workspace):
    plan = load_plan(workspace, "2026")
    first = collect_file(plan, deliver(workspace, "a.csv", f"r1,b1,{answers()}", f"r2,b9,{answers()}"))
    again = collect_file(plan, deliver(workspace, "renamed.csv", f"r1,b1,{answers()}", f"r2,b9,{answers()}"))
    assert again.repeated
    assert again.rejects_by_rule == first.rejects_by_rule
    assert len(ncsi.open(workspace.warehouse).table("raw_files")) == 1


def test_the_same_respondent_in_a_second_file_is_rejected_naming_the_first(workspace):
    plan = load_plan(workspace, "2026")
    collect_file(plan, deliver(workspace, "a.csv", f"r1,b1,{answers()}", f"r2,b1,{answers()}"))
    outcome = collect_file(plan, deliver(workspace, "b.csv", f"r2,b1,{answers(5)}", f"r2,b2,{answers()}"))
    assert outcome.rejects_by_rule == {"duplicate_respondent": 1}
    rejects = ncsi.open(workspace.warehouse).table("core_rejects")
    assert "(a.csv, row 3)" in rejects["reason_en"].iloc[0]
    assert len(ncsi.open(workspace.warehouse).responses("2026", "only")) == 3


def test_a_file_of_rejects_only_is_stored_and_reported(workspace):
    outcome = collect_file(load_plan(workspace, "2026"), deliver(workspace, "a.csv", f"r1,b9,{answers()}"))
    assert (outcome.rows_accepted, outcome.rows_rejected) == (0, 1)
    warehouse = ncsi.open(workspace.warehouse)
    assert warehouse.waves() == ("2026",)
    assert warehouse.sectors("2026") == ()


def test_a_file_that_does_not_fit_stores_nothing(workspace):
    path = workspace.root / "data" / "a.csv"
    path.write_text("respondent,brand,Q\n1,b1,3\n", encoding="utf-8")
    with pytest.raises(ConformError, match="wanted columns are not in the file"):
        collect_file(load_plan(workspace, "2026"), SourceFile(path, None, "only"))
    assert ncsi.open(workspace.warehouse).waves() == ()


def test_sources_are_those_of_the_wave_file_or_those_given(workspace):
    with pytest.raises(ReadError, match=r"data/\*\.csv: no file matches"):
        sources_of(workspace, "2026")
    source = deliver(workspace, "a.csv", f"r1,b1,{answers()}")
    assert sources_of(workspace, "2026") == (replace(source, declared=True),)
    assert sources_of(workspace, "2026", [source.path], None, "only") == (source,)
    with pytest.raises(SpecError, match="there is no column map 'none'"):
        sources_of(workspace, "2026", [source.path], "none")
    with pytest.raises(SpecError, match=r"'bank' is not in wave 2026. Its sectors are: only"):
        collect_file(load_plan(workspace, "2026"), SourceFile(source.path, None, "bank"))


def test_a_check_stores_nothing_and_takes_any_brand(workspace):
    shutil.rmtree(workspace.warehouse)
    source = deliver(workspace, "a.csv", f"r1,x,{answers()}", f"r1,y,{answers()}", f"r1,x,{ELEVEN}")
    outcome = check_file(source.path, load_instrument("ccsi"))
    assert (outcome.rows_read, outcome.rows_accepted) == (3, 2)
    assert outcome.rejects_by_rule == {"off_scale": 1}
    assert not workspace.warehouse.exists()


def test_a_check_for_the_wave_says_what_ingest_then_does(workspace):
    plan = load_plan(workspace, "2026")
    collect_file(plan, deliver(workspace, "a.csv", f"r1,b1,{answers()}"))
    source = deliver(
        workspace, "b.csv", f"r1,b1,{answers()}", f"r2,x,{answers()}", f"r3,b2,{ELEVEN}", f"r4,b2,{answers()}"
    )
    before = check_for_wave(source.path, plan, "only")
    assert before.rejects_by_rule == {"brand_unknown": 1, "duplicate_respondent": 1, "off_scale": 1}
    stored = collect_file(plan, source)
    assert (before.rows_accepted, before.rejects_by_rule) == (stored.rows_accepted, stored.rejects_by_rule)
    after = check_for_wave(source.path, plan, "only")
    assert after.rejects_by_rule == before.rejects_by_rule
    with pytest.raises(SpecError, match="'bank' is not in wave 2026"):
        check_for_wave(source.path, plan, "bank")


def test_no_identity_is_in_any_file_of_the_store(workspace):
    canary = "13912345678"
    collect_file(
        load_plan(workspace, "2026"),
        deliver(workspace, "a.csv", f"{canary},b1,{answers()}", f"{canary},b9,{answers()}"),
    )
    for path in workspace.warehouse.rglob("*"):
        assert not path.is_file() or canary.encode() not in path.read_bytes()
