"""A person who asks for it is forgotten: in Parquet, tables and freed pages; only that it was done is recorded."""

from __future__ import annotations

import re
import shutil

import pytest
import yaml

import ncsi
from ncsi.cli.main import main
from ncsi.errors import InputError
from ncsi.ingest.privacy import pseudonym_of, respondent_key
from ncsi.spec import load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import SourceFile, collect_file
from ncsi.stages.person_removal import forget_respondent

ITEMS = load_instrument("ccsi").item_ids
PHONE = "13912345678"


def deliver(workspace, name: str, *respondents: str, value: int = 8, header: str = "respondent") -> None:
    answers = ",".join([str(value)] * len(ITEMS))
    path = workspace.root / "data" / name
    rows = [f"{one},b1,{answers}" for one in respondents]
    path.write_text("\n".join([f"{header},brand,{','.join(ITEMS)}", *rows]) + "\n", encoding="utf-8")
    collect_file(load_plan(workspace, "2026"), SourceFile(path, None, "only"))


@pytest.fixture(scope="module")
def as_answered(new_workspace, tmp_path_factory):
    """A wave with the answers of two persons: to be copied."""
    workspace = new_workspace(tmp_path_factory.mktemp("answered") / "ws")
    deliver(workspace, "a.csv", PHONE, "r2")
    return workspace.root


@pytest.fixture
def answered(as_answered, tmp_path):
    return open_workspace(shutil.copytree(as_answered, tmp_path / "ws"))


def pseudonym(workspace, identity: str, panel: str | None = None) -> str:
    return pseudonym_of(respondent_key(workspace.key(), "2026", panel), [identity])


def everything(workspace) -> bytes:
    return b"".join(
        path.read_bytes() for path in workspace.root.rglob("*") if path.is_file() and "data" not in path.parts
    )


@pytest.mark.parametrize("asked", ["5", "5.0"])
def test_an_id_that_one_file_has_with_a_decimal_zero_is_one_person(workspace, asked):
    deliver(workspace, "a.csv", "5.0", "6.0")
    deliver(workspace, "b.csv", "5", "7")
    responses = ncsi.open(workspace.warehouse).responses("2026", "only")
    assert len(responses) == 3, "the person counts twice"
    assert forget_respondent(workspace, [asked]).responses == 1


def test_an_id_that_an_earlier_version_stored_with_its_zero_is_found(workspace, monkeypatch):
    monkeypatch.setattr("ncsi.ingest.privacy._WITH_ZEROS", re.compile("(never)"))
    deliver(workspace, "a.csv", "5.0", "r2")
    monkeypatch.undo()
    assert forget_respondent(workspace, ["5.0"]).responses == 1


def test_a_person_leaves_every_file_of_the_store_and_the_others_stay(workspace):
    deliver(workspace, "a.csv", PHONE, "r2", "r3")
    deliver(workspace, "b.csv", "r4")
    name = pseudonym(workspace, PHONE)
    assert name in ncsi.open(workspace.warehouse).responses("2026", "only")["respondent"].tolist()
    result = forget_respondent(workspace, ["139 1234-5678"])
    assert (result.responses, result.waves) == (1, ("2026",))
    assert result.places[["source_path", "source_row"]].values.tolist() == [["data/a.csv", 2]]
    warehouse = ncsi.open(workspace.warehouse)
    assert len(warehouse.responses("2026", "only")) == 3
    cards = warehouse.table("raw_files")
    assert cards[["rows_read", "rows_accepted", "rows_forgotten"]].values.tolist() == [[3, 2, 1], [1, 1, 0]]
    assert warehouse.table("core_partitions")["rows"].tolist() == [2, 1]
    assert name.encode() not in everything(workspace)


def test_the_freed_pages_of_the_database_hold_nothing_of_the_person(workspace):
    deliver(workspace, "a.csv", PHONE, *(f"r{k}" for k in range(40)))
    name = pseudonym(workspace, PHONE)
    quality = ncsi.open(workspace.warehouse).responses("2026", "only")[
        ["wave", "sector", "brand", "respondent"]
    ]
    frame = quality.assign(status="valid", flags="", reasons="", families=0, longest_run=1)
    frame = frame.assign(irv=1.0, mahalanobis_d2=1.0, mahalanobis_p=0.5, even_odd=0.0, pace=1.0)
    from ncsi.store import Store

    Store.open(workspace.warehouse).replace("2026", {"core_quality_by_respondent": frame}, sector="only")
    assert name.encode() in everything(workspace)
    forget_respondent(workspace, [PHONE])
    assert name.encode() not in everything(workspace)
    assert len(ncsi.open(workspace.warehouse).table("core_quality_by_respondent")) == 40


def test_only_that_it_was_done_is_recorded(answered):
    name = pseudonym(answered, PHONE)
    forget_respondent(answered, [PHONE])
    ledger = (answered.root / "runs" / "ledger.jsonl").read_text(encoding="utf-8")
    assert '"job": "forget"' in ledger
    assert '"responses": 1' in ledger
    assert PHONE not in ledger
    assert name not in ledger


def test_a_last_respondent_leaves_no_partition(workspace):
    deliver(workspace, "a.csv", PHONE)
    assert forget_respondent(workspace, [PHONE]).responses == 1
    warehouse = ncsi.open(workspace.warehouse)
    assert warehouse.sectors("2026") == ()
    assert list(workspace.warehouse.rglob("*.parquet")) == []


def test_a_stored_pseudonym_names_the_person_as_well(answered):
    assert forget_respondent(answered, [pseudonym(answered, PHONE)]).responses == 1


def test_a_dry_run_only_looks_and_a_stranger_is_not_there(answered):
    assert forget_respondent(answered, [PHONE], dry_run=True).responses == 1
    assert len(ncsi.open(answered.warehouse).responses("2026", "only")) == 2
    assert forget_respondent(answered, ["nobody"]).responses == 0
    assert not (answered.root / "runs" / "none").exists()


def test_what_cannot_be_meant_is_refused(answered):
    with pytest.raises(InputError, match="--respondent: it is empty"):
        forget_respondent(answered, [" "])
    with pytest.raises(InputError, match=r"wave '1999' is not in the store\. Waves are: 2026"):
        forget_respondent(answered, [PHONE], ["1999"])


def test_the_command_reads_the_key_from_stdin_and_tells_where_the_rows_were(answered, capsys, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.StringIO(PHONE + "\n"))
    main(["forget", "--respondent", "-", "--workspace", str(answered.root)])
    said = capsys.readouterr().out
    assert said.startswith("Removed 1 response in 1 wave.\n  2026 only: read from data/a.csv, row 2\n")
    assert PHONE not in said


def test_a_panel_shares_its_pseudonyms_between_waves_and_nobody_else_does(workspace):
    path = workspace.root / "waves" / "2026.yaml"
    wave = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(wave | {"panel": "households"}), encoding="utf-8")
    deliver(workspace, "a.csv", PHONE)
    stored = ncsi.open(workspace.warehouse).responses("2026", "only")["respondent"].tolist()
    key = workspace.key()
    assert stored == [pseudonym_of(respondent_key(key, "2027", "households"), [PHONE])]
    of_nobody_else = [
        ("2026", None),
        ("2027", None),
        ("households", None),
        ("2026", "drivers"),
        ("2026", "2026"),
    ]
    keys = {respondent_key(key, *one) for one in [*of_nobody_else, ("2026", "households")]}
    assert len(keys | {respondent_key(b"another" * 6, "2026", "households")}) == 7
    assert forget_respondent(workspace, [PHONE]).responses == 1
