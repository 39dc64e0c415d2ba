"""A wrong delivery is taken out: rows gone, card kept, not taken in again unasked; what cannot be is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

import ncsi
from ncsi.cli import main
from ncsi.ledger import Ledger
from ncsi.spec import Workspace, load_instrument, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import collect_into
from ncsi.stages.source_files import sources_of
from ncsi.store import Store, inspection

ITEMS = load_instrument("ccsi").item_ids
REASON = "sent for another wave"


def deliver(workspace, name: str, *respondents: str, value: int = 8) -> None:
    lines = [f"{who},b1,{','.join([str(value)] * len(ITEMS))}" for who in respondents]
    header = f"respondent,brand,{','.join(ITEMS)}"
    (workspace.root / "data" / name).write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def collect(workspace, wave: str = "2026") -> None:
    """Take in the files of the wave, and nothing more than that."""
    plan = load_plan(open_workspace(workspace.root), wave)
    with Store.opened_alone(workspace.warehouse) as store:
        for source in sources_of(workspace, wave):
            collect_into(store, plan, source)


@pytest.fixture(scope="module")
def delivered(new_workspace, tmp_path_factory) -> Path:
    """The folder of a workspace with two persons of one file, and twelve of a wrong one, to be copied."""
    made = new_workspace(tmp_path_factory.mktemp("delivered"))
    deliver(made, "a.csv", "r1", "r2")
    deliver(made, "wrong.csv", *(f"w{k}" for k in range(12)))
    collect(made)
    return made.root


@pytest.fixture
def workspace(delivered, tmp_path) -> Workspace:
    return open_workspace(shutil.copytree(delivered, tmp_path / "work"))


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
    def run(*arguments: str) -> tuple[int, str, str]:
        return ncsi_run("ingest", "--wave", "2026", "--engine", "local", *arguments)

    return run


def respondents(workspace) -> int:
    warehouse = ncsi.open(workspace.warehouse)
    with warehouse.session():
        return len(warehouse.responses("2026", "only")) if "only" in warehouse.sectors("2026") else 0


def test_rows_go_the_card_stays_and_everything_tells_it(workspace, ncsi_run):
    gone = ncsi.open(workspace.warehouse).responses("2026", "only").query("source_row > 0")
    code, out, _ = ncsi_run("withdraw", "wrong.csv", "--reason", REASON, "--by", "Li", "--dry-run")
    assert (code, respondents(workspace)) == (0, 14)
    assert out.startswith("Would withdraw: data/wrong.csv")
    code, out, _ = ncsi_run("withdraw", "wrong.csv", "--reason", REASON, "--by", "Li", "--json")
    told = json.loads(out)
    assert (code, told["wave"], told["responses"], told["sectors"]) == (0, "2026", 12, {"only": 12})
    assert respondents(workspace) == 2
    store = Store.open(workspace.warehouse)
    assert list(inspection.damages(store.place)) == []
    card = store.table("raw_files").query("source_sha256 == @told['sha256']").iloc[0]
    assert (card["withdrawn_reason"], card["withdrawn_by"], card["rows_accepted"]) == (REASON, "Li", 12)
    content = b"".join(path.read_bytes() for path in workspace.warehouse.rglob("*") if path.is_file())
    own = gone[gone["source_sha256"] == told["sha256"]]["respondent"]
    assert len(own) == 12
    assert not any(one.encode() in content for one in own)
    event = Ledger.of(workspace).events()[-1]
    assert (event["job"], event["event"], event["reason"], event["responses"]) == (
        "withdraw",
        "COMPLETE",
        REASON,
        12,
    )
    _, out, _ = ncsi_run("wave", "status", "--wave", "2026")
    assert "File: data/a.csv" in out
    assert f"Withdrawn: data/wrong.csv ({told['sha256'][:12]})" in out
    _, out, _ = ncsi_run("audit", "--json")
    assert REASON in json.loads(out)["withdrawn"][0]


def test_it_is_left_out_of_the_wave_refused_by_name_and_taken_back_only_when_asked(
    workspace, ncsi_run, ingest
):
    ncsi_run("withdraw", "wrong.csv", "--reason", REASON)
    code, out, _ = ingest()
    assert code == 0
    assert "wrong.csv is left out: it was withdrawn on" in out
    assert respondents(workspace) == 2
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
    assert respondents(workspace) == 14
    assert ncsi.open(workspace.warehouse).table("raw_files")["withdrawn_at"].isna().all()


def test_what_it_had_replaced_comes_back_when_it_is_delivered(workspace, ncsi_run):
    deliver(workspace, "a.csv", "r9")
    collect(workspace)
    assert respondents(workspace) == 13
    _, out, _ = ncsi_run("withdraw", "a.csv", "--reason", REASON)
    assert "It had replaced a.csv, which does not come back by itself" in out
    assert respondents(workspace) == 12
    deliver(workspace, "a.csv", "r1", "r2")
    collect(workspace)
    assert respondents(workspace) == 14


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


def test_what_cannot_be_withdrawn_is_refused_and_nothing_changes(workspace, ncsi_run):
    another_wave(workspace)
    collect(workspace, "2027")
    for said, arguments in REFUSED.items():
        code, _, err = ncsi_run("withdraw", *arguments)
        assert (code, said in err) == (2, True), err
    assert respondents(workspace) == 14


def test_twice_or_after_it_was_superseded_is_refused(workspace, ncsi_run):
    files = ncsi.open(workspace.warehouse).sources("2026").set_index("source_name")
    deliver(workspace, "a.csv", "r9")
    collect(workspace)
    code, _, err = ncsi_run("withdraw", files.loc["a.csv", "source_sha256"][:12], "--reason", REASON)
    assert (code, "superseded it" in err) == (2, True)
    assert ncsi_run("withdraw", "data/a.csv", "--reason", REASON)[0] == 0
    code, _, err = ncsi_run("withdraw", "data/a.csv", "--reason", REASON)
    assert (code, "it was withdrawn on" in err) == (2, True)


def test_a_wave_whose_responses_were_deleted_keeps_its_files(workspace, ncsi_run):
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
    ("where", "left"), [("store.mark_withdrawn", 14), ("whole_database.put", 2), ("erase.rebuild", 2)]
)
def test_killed_half_way_it_is_done_or_not_begun(warm, workspace, ncsi_run, where, left):
    files = ncsi.open(workspace.warehouse).sources("2026").set_index("source_name")
    code = KILLED.format(where=where)
    done = warm.run(code, str(workspace.warehouse), files.loc["wrong.csv", "source_sha256"])
    assert done.returncode == -9
    store = Store.open(workspace.warehouse)
    assert list(inspection.damages(store.place)) == []
    assert respondents(workspace) == left
    assert (ncsi_run("withdraw", "wrong.csv", "--reason", REASON)[0] == 0) is (left == 14)
    assert respondents(workspace) == 2
