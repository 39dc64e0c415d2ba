"""A wrong delivery is taken out: rows gone, card kept, not taken in again unasked; what cannot be is refused."""

from __future__ import annotations

import json

import pytest
import yaml

import ncsi
from ncsi.cli import main
from ncsi.ledger import Ledger
from ncsi.spec import load_instrument
from ncsi.store import Store, inspection

ITEMS = load_instrument("ccsi").item_ids
REASON = "sent for another wave"


def deliver(workspace, name: str, *respondents: str, value: int = 8) -> None:
    lines = [f"{who},b1,{','.join([str(value)] * len(ITEMS))}" for who in respondents]
    header = f"respondent,brand,{','.join(ITEMS)}"
    (workspace.root / "data" / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


@pytest.fixture
def ncsi_run(workspace, capsys):
    """A command in the workspace: exit code, what it said, what it complained of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = 0
        capsys.readouterr()
        try:
            main([*arguments, "--workspace", str(workspace.root)])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def ingest(ncsi_run):
    def run(*arguments: str, wave: str = "2026") -> tuple[int, str, str]:
        return ncsi_run("ingest", "--wave", wave, "--engine", "local", *arguments)

    return run


def respondents(workspace) -> int:
    warehouse = ncsi.open(workspace.warehouse)
    return len(warehouse.responses("2026", "only")) if "only" in warehouse.sectors("2026") else 0


def test_rows_go_the_card_stays_and_everything_tells_it(workspace, ncsi_run, ingest):
    deliver(workspace, "a.csv", "r1", "r2")
    deliver(workspace, "wrong.csv", "r3", "r4", "r5")
    ingest()
    gone = ncsi.open(workspace.warehouse).responses("2026", "only").query("source_row > 0")
    code, out, _ = ncsi_run("withdraw", "wrong.csv", "--reason", REASON, "--by", "Li", "--dry-run")
    assert (code, respondents(workspace)) == (0, 5)
    assert out.startswith("Would withdraw: data/wrong.csv")
    code, out, _ = ncsi_run("withdraw", "wrong.csv", "--reason", REASON, "--by", "Li", "--json")
    told = json.loads(out)
    assert (code, told["wave"], told["responses"], told["sectors"]) == (0, "2026", 3, {"only": 3})
    assert respondents(workspace) == 2
    store = Store.open(workspace.warehouse)
    assert list(inspection.damages(store.place)) == []
    card = store.table("raw_files").query("source_sha256 == @told['sha256']").iloc[0]
    assert (card["withdrawn_reason"], card["withdrawn_by"], card["rows_accepted"]) == (REASON, "Li", 3)
    content = b"".join(path.read_bytes() for path in workspace.warehouse.rglob("*") if path.is_file())
    own = gone[gone["source_sha256"] == told["sha256"]]["respondent"]
    assert len(own) == 3
    assert not any(one.encode() in content for one in own)
    event = Ledger.of(workspace).events()[-1]
    assert (event["job"], event["event"], event["reason"], event["responses"]) == (
        "withdraw",
        "COMPLETE",
        REASON,
        3,
    )
    _, out, _ = ncsi_run("wave", "status", "--wave", "2026")
    assert "File: data/a.csv" in out
    assert f"Withdrawn: data/wrong.csv ({told['sha256'][:12]})" in out
    _, out, _ = ncsi_run("audit", "--json")
    assert REASON in json.loads(out)["withdrawn"][0]


def test_it_is_left_out_of_the_wave_refused_by_name_and_taken_back_only_when_asked(
    workspace, ncsi_run, ingest
):
    deliver(workspace, "a.csv", "r1")
    deliver(workspace, "wrong.csv", *(f"w{k}" for k in range(12)))
    ingest()
    ncsi_run("withdraw", "wrong.csv", "--reason", REASON)
    code, out, _ = ingest()
    assert code == 0
    assert "wrong.csv is left out: it was withdrawn on" in out
    assert respondents(workspace) == 1
    wrong = str(workspace.root / "data" / "wrong.csv")
    code, _, err = ingest(wrong, "--sector", "only")
    assert code == 2
    assert REASON in err
    assert "--again" in err
    copy = workspace.root / "copy.csv"
    copy.write_text(
        (workspace.root / "data" / "wrong.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8"
    )
    assert ingest(str(copy), "--sector", "only")[0] == 2
    code, _, err = ingest("--again")
    assert (code, "names no files" in err) == (2, True)
    assert ingest(wrong, "--sector", "only", "--again")[0] == 0
    assert respondents(workspace) == 13
    assert ncsi.open(workspace.warehouse).table("raw_files")["withdrawn_at"].isna().all()


def test_what_it_had_replaced_comes_back_when_it_is_delivered(workspace, ncsi_run, ingest):
    deliver(workspace, "a.csv", "r1", "r2")
    ingest()
    deliver(workspace, "a.csv", "r3")
    ingest()
    _, out, _ = ncsi_run("withdraw", "a.csv", "--reason", REASON)
    assert "It had replaced a.csv, which does not come back by itself" in out
    assert respondents(workspace) == 0
    deliver(workspace, "a.csv", "r1", "r2")
    assert ingest()[0] == 0
    assert respondents(workspace) == 2


def another_wave(workspace) -> None:
    wave = yaml.safe_load((workspace.root / "waves" / "2026.yaml").read_text(encoding="utf-8"))
    wave |= {"id": "2027"}
    (workspace.root / "waves" / "2027.yaml").write_text(yaml.safe_dump(wave), encoding="utf-8")


REFUSED = {
    "none.csv: no file in the store has this name": ["none.csv", "--reason", REASON],
    "2 files have this name: 2026 data/a.csv": ["a.csv", "--reason", REASON],
    "wave '2028' is not in the store": ["a.csv", "--reason", REASON, "--wave", "2028"],
    "--reason: it is no text of 1 to 400": ["a.csv", "--reason", " ", "--wave", "2026"],
    "--reason: it holds what looks like": ["a.csv", "--reason", "call 13912345678", "--wave", "2026"],
}


def test_what_cannot_be_withdrawn_is_refused_and_nothing_changes(workspace, ncsi_run, ingest):
    another_wave(workspace)
    deliver(workspace, "a.csv", "r1")
    for wave in ("2026", "2027"):
        ingest(wave=wave)
    for said, arguments in REFUSED.items():
        code, _, err = ncsi_run("withdraw", *arguments)
        assert (code, said in err) == (2, True), err
    assert respondents(workspace) == 1


def test_twice_or_after_it_was_superseded_is_refused(workspace, ncsi_run, ingest):
    deliver(workspace, "a.csv", "r1")
    ingest()
    first = ncsi.open(workspace.warehouse).sources("2026")["source_sha256"].iloc[0]
    deliver(workspace, "a.csv", "r2")
    ingest()
    code, _, err = ncsi_run("withdraw", first[:12], "--reason", REASON)
    assert (code, "superseded it" in err) == (2, True)
    assert ncsi_run("withdraw", "data/a.csv", "--reason", REASON)[0] == 0
    code, _, err = ncsi_run("withdraw", "data/a.csv", "--reason", REASON)
    assert (code, "it was withdrawn on" in err) == (2, True)


def test_a_wave_whose_responses_were_deleted_keeps_its_files(workspace, ncsi_run, ingest):
    deliver(workspace, "a.csv", "r1")
    ingest()
    Store.open(workspace.warehouse).forget_wave("2026")
    code, _, err = ncsi_run("withdraw", "a.csv", "--reason", REASON)
    assert (code, "were deleted, as `retention:` says" in err) == (2, True)


KILLED = """
import os, sys
from ncsi.store import erase, store, whole_database
from ncsi.store.store import Store
def killed(*_): os.kill(os.getpid(), 9)
{where} = killed
Store.open(sys.argv[1]).withdraw("2026", sys.argv[2], "why", "who")
"""


@pytest.mark.parametrize(
    ("where", "left"), [("store.mark_withdrawn", 3), ("whole_database.put", 1), ("erase.rebuild", 1)]
)
def test_killed_half_way_it_is_done_or_not_begun(warm, workspace, ncsi_run, ingest, where, left):
    deliver(workspace, "a.csv", "r1")
    deliver(workspace, "wrong.csv", "r2", "r3")
    ingest()
    files = ncsi.open(workspace.warehouse).sources("2026")
    sha256 = files.loc[files["source_name"] == "wrong.csv", "source_sha256"].iloc[0]
    code = KILLED.format(where=where)
    done = warm.run(code, str(workspace.warehouse), sha256)
    assert done.returncode == -9
    store = Store.open(workspace.warehouse)
    assert list(inspection.damages(store.place)) == []
    assert respondents(workspace) == left
    assert (ncsi_run("withdraw", "wrong.csv", "--reason", REASON)[0] == 0) is (left == 3)
    assert respondents(workspace) == 1
