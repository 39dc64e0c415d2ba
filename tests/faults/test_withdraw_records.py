"""A wrong file of figures or records is taken out: results go, a card stays, releases that rest on it are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.spec import Workspace
from ncsi.stages.audit import audit_workspace
from ncsi.store import Store
from ncsi.tables import COMPOSITE_TABLES, MEASURE_TABLES

VISITS, LIST, FIRMS = "pharmacy_visits-2026", "satisfaction_list-2026", "firms-2025"
RUNS = {
    "pharmacy_visits.csv": ("measure", "run", "--measure", "pharmacy_visits", "--period", "2026"),
    "satisfaction_list.csv": ("measure", "run", "--measure", "satisfaction_list", "--period", "2026"),
    "firms.csv": ("composite", "run", "--tree", "firms"),
}
WITHDRAW = ("--reason", "another year's file", "--by", "Li Min")


def ncsi(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def run(root: Path, name: str, *more: str) -> int:
    place = ("--data", str(root / name), "--workspace", str(root), "--date", "2026-03-31")
    return ncsi(*RUNS[name], *place, *more)


@pytest.fixture
def workspace(of_figures: Workspace) -> Workspace:
    return of_figures


def rows_of(workspace: Workspace) -> dict[str, int]:
    """How many rows of results the store has of each release."""
    store = Store.open(workspace.warehouse)
    with store.session():
        counts = [store.table(name)["wave"].value_counts() for name in (*MEASURE_TABLES, *COMPOSITE_TABLES)]
    return pd.concat(counts).groupby(level=0).sum().to_dict()


@pytest.mark.parametrize(("name", "release"), [("pharmacy_visits.csv", VISITS), ("firms.csv", FIRMS)])
def test_results_go_and_the_card_stays(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], name: str, release: str
) -> None:
    before = rows_of(workspace)
    assert set(before) == {VISITS, LIST, FIRMS, "quality_credit-2025"}
    assert min(before.values()) > 10
    command = ("withdraw", name, *WITHDRAW, "--workspace", str(workspace.root))
    capsys.readouterr()
    assert ncsi(*command, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["releases"] == [release]
    assert rows_of(workspace) == before
    assert ncsi(*command) == 0
    said = capsys.readouterr().out
    assert f"still rest on it: {release}" in said
    assert rows_of(workspace) == {one: rows for one, rows in before.items() if one != release}
    found = audit_workspace(workspace)
    assert found.damages == ()
    assert [one.split(",")[0].split(" (")[0] for one in found.withdrawn] == [f"{release} {name}"]
    assert "another year's file" in found.withdrawn[0]


def test_a_withdrawn_file_counts_nowhere_until_that_is_taken_back(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--workspace", str(workspace.root))
    assert ncsi("withdraw", "satisfaction_list.csv", *WITHDRAW, *place) == 0
    (workspace.root / "satisfaction_list.csv").rename(workspace.root / "again.csv")
    shutil.copy(workspace.root / "again.csv", workspace.root / "satisfaction_list.csv")
    capsys.readouterr()
    assert run(workspace.root, "satisfaction_list.csv") == 2
    assert "it was withdrawn on" in capsys.readouterr().err
    assert ncsi("withdraw", "satisfaction_list.csv", *WITHDRAW, *place) == 2
    assert ncsi("withdraw", "satisfaction_list.csv", "--undo", *place) == 0
    assert run(workspace.root, "satisfaction_list.csv") == 0
    assert audit_workspace(workspace).withdrawn == ()


def test_what_is_out_of_a_withdrawn_file_is_still_held_against_the_next(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Withdrawing would else be the way around the comparison."""
    assert ncsi("withdraw", "pharmacy_visits.csv", *WITHDRAW, "--workspace", str(workspace.root)) == 0
    path = workspace.root / "pharmacy_visits.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows[rows["门店"] != rows["门店"].iloc[0]].to_csv(path, index=False)
    capsys.readouterr()
    assert run(workspace.root, "pharmacy_visits.csv", "--correct", "更正", "Corrected") != 0
    assert "fewer than 5 units differ" in capsys.readouterr().err


def test_a_reason_with_personal_data_or_no_reason_is_refused(workspace: Workspace) -> None:
    place = ("--workspace", str(workspace.root))
    assert ncsi("withdraw", "pharmacy_visits.csv", "--reason", "张三 13917482956", *place) == 2
    assert ncsi("withdraw", "pharmacy_visits.csv", *place) == 2
    assert rows_of(workspace)[VISITS] > 20
