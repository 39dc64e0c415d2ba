"""A wrong file of figures or records is taken out: results go, a card stays, releases that rest on it are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.spec import Workspace, open_workspace
from ncsi.stages.audit import audit_workspace
from ncsi.store import Store
from ncsi.tables import COMPOSITE_TABLES, MEASURE_TABLES

VISITS, AWARD = "pharmacy_visits-2026", "quality_award-2025"
RUNS = {
    "visits.csv": ("measure", "run", "--measure", "pharmacy_visits", "--period", "2026"),
    "award.csv": ("composite", "run", "--tree", "quality_award"),
}
WITHDRAW = ("--reason", "another year's file", "--by", "Li Min")


def ncsi(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the releases of visits to two chains and of an index of eight firms."""
    root = tmp_path_factory.mktemp("beside") / "work"
    ncsi("init", str(root))
    for name, command in RUNS.items():
        path = root / name
        ncsi(command[0], "example", command[3], str(path))
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        column = rows.columns[0] if name == "visits.csv" else rows.columns[1]
        few = rows[column].unique()[5:7] if name == "visits.csv" else rows[column].unique()[:8]
        rows[rows[column].isin(few)].to_csv(path, index=False)
        assert run(root, name) == 0
    return root


def run(root: Path, name: str, *more: str) -> int:
    place = ("--data", str(root / name), "--workspace", str(root), "--date", "2026-03-31")
    return ncsi(*RUNS[name], *place, *more)


@pytest.fixture
def workspace(whole: Path, tmp_path: Path) -> Workspace:
    return open_workspace(shutil.copytree(whole, tmp_path / "work"))


def rows_of(workspace: Workspace, names: tuple[str, ...]) -> int:
    store = Store.open(workspace.warehouse)
    return sum(len(store.table(name)) for name in names)


@pytest.mark.parametrize(
    ("name", "release", "own", "others"),
    [
        ("visits.csv", VISITS, MEASURE_TABLES, COMPOSITE_TABLES),
        ("award.csv", AWARD, COMPOSITE_TABLES, MEASURE_TABLES),
    ],
)
def test_results_go_and_the_card_stays(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], name: str, release: str, own: tuple[str, ...],
    others: tuple[str, ...],
) -> None:  # fmt: skip
    kept = rows_of(workspace, others)
    assert rows_of(workspace, own) > 20
    capsys.readouterr()
    command = ("withdraw", name, *WITHDRAW, "--workspace", str(workspace.root))
    assert ncsi(*command, "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["releases"] == [release]
    assert rows_of(workspace, own) > 20
    assert ncsi(*command) == 0
    said = capsys.readouterr().out
    assert f"still rest on it: {release}" in said
    assert (rows_of(workspace, own), rows_of(workspace, others)) == (0, kept)
    found = audit_workspace(workspace)
    assert found.damages == ()
    assert [one.split(",")[0].split(" (")[0] for one in found.withdrawn] == [f"{release} {name}"]
    assert "another year's file" in found.withdrawn[0]


def test_a_withdrawn_file_counts_nowhere_until_that_is_taken_back(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--workspace", str(workspace.root))
    assert ncsi("withdraw", "visits.csv", *WITHDRAW, *place) == 0
    (workspace.root / "visits.csv").rename(workspace.root / "again.csv")
    shutil.copy(workspace.root / "again.csv", workspace.root / "visits.csv")
    capsys.readouterr()
    assert run(workspace.root, "visits.csv") == 2
    assert "it was withdrawn on" in capsys.readouterr().err
    assert ncsi("withdraw", "visits.csv", *WITHDRAW, *place) == 2
    assert ncsi("withdraw", "visits.csv", "--undo", *place) == 0
    assert run(workspace.root, "visits.csv") == 0
    assert audit_workspace(workspace).withdrawn == ()


def test_what_is_out_of_a_withdrawn_file_is_still_held_against_the_next(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Withdrawing would else be the way around the comparison."""
    assert ncsi("withdraw", "visits.csv", *WITHDRAW, "--workspace", str(workspace.root)) == 0
    path = workspace.root / "visits.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows[rows["门店"] != rows["门店"].iloc[0]].to_csv(path, index=False)
    capsys.readouterr()
    assert run(workspace.root, "visits.csv", "--correct", "更正", "Corrected") != 0
    assert "fewer than 5 units differ" in capsys.readouterr().err


def test_a_reason_with_personal_data_or_no_reason_is_refused(workspace: Workspace) -> None:
    place = ("--workspace", str(workspace.root))
    assert ncsi("withdraw", "visits.csv", "--reason", "张三 13917482956", *place) == 2
    assert ncsi("withdraw", "visits.csv", *place) == 2
    assert rows_of(workspace, MEASURE_TABLES) > 20
