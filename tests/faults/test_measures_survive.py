"""Measures under attack: kills, damages, forgeries, a restored backup, persons forgotten, records over their time."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.ledger import Ledger
from ncsi.report.bundle import sign_manifest
from ncsi.report.bundle.manifest import sha256
from ncsi.report.verify import verify_release
from ncsi.signing import fingerprint, new_key, read_key
from ncsi.spec import Workspace, open_workspace
from ncsi.stages.audit import audit_workspace
from ncsi.stages.backup import back_up, restore
from ncsi.stages.retention import delete_expired, expired
from ncsi.store import Store

DAY = ("--date", "2026-03-31")
VISITS, GRADES = "pharmacy_visits-2026", "satisfaction_list-2026"


def ncsi(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def run(root: Path, measure: str = "pharmacy_visits", *more: str) -> tuple[str, ...]:
    data = ("--data", str(root / f"{measure}.csv"), "--workspace", str(root))
    return ("measure", "run", "--measure", measure, "--period", "2026", *data, *DAY, *more)


@pytest.fixture
def workspace(of_figures: Workspace) -> Workspace:
    return of_figures


@pytest.mark.parametrize(
    ("seen", "written"),
    [
        ('"measure"', ""),
        ('"publish"', "releases/.tmp-*/data/*.csv"),
        ('"publish"', "releases/.tmp-*/units/*.html"),
    ],
)
def test_killed_at_work_nothing_is_half_written_and_the_next_run_ends_it(
    workspace: Workspace, warm: Any, killer: str, seen: str, written: str
) -> None:
    root = workspace.root
    done = warm.run(killer, str(root), seen, written, *run(root, "satisfaction_list"))
    assert done.returncode == 0, done.stderr
    left = [one.problem for one in audit_workspace(workspace).damages]
    assert [one for one in left if "killed publication" not in one] == []
    assert len(left) == bool(written)
    assert ncsi(*run(root, "satisfaction_list")) == 0
    events = Ledger.of(workspace).events()
    assert {one["run"] for one in events} == {one["run"] for one in events if one["event"] != "START"}
    assert audit_workspace(workspace).damages == ()


def test_a_restored_workspace_makes_the_same_release_and_knows_what_is_out(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    back_up(workspace, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    again = open_workspace(tmp_path / "again")
    for name in (".ncsi-key", ".ncsi-signing-key"):
        shutil.copy2(workspace.root / name, again.root / name)
    assert audit_workspace(again).damages == ()
    first = contents(workspace.releases / VISITS)
    assert ncsi(*run(again.root)) == 0
    assert contents(again.releases / VISITS) == first
    path = again.root / "pharmacy_visits.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows[rows["门店"] != rows["门店"].iloc[0]].to_csv(path, index=False)
    capsys.readouterr()
    assert ncsi(*run(again.root), "--correct", "更正", "Corrected") != 0
    assert "fewer than 5 units differ" in capsys.readouterr().err


def cell(folder: Path, table: str, column: str, value: str, **where: str) -> str:
    """Write a value into the first row of a table that matches; returns what was there."""
    path = folder / "data" / f"{table}.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    row = next(one for one in rows if all(one[key] == wanted for key, wanted in where.items()))
    row[column], was = value, row[column]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return was


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".csv", ".html", ".json")
    }


def a_rate(folder: Path) -> str:
    cell(folder, "out_visits_item_by_chain", "rate", "0.0100")
    return "out_visits_item_by_chain: "


def a_score_beyond_its_interval(folder: Path) -> str:
    cell(folder, "out_visits_by_chain", "score", "99.90", chain="")
    return "out_visits_by_chain: "


def a_score_with_its_interval(folder: Path) -> str:
    path = folder / "data" / "out_visits_by_chain.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    own = next(row for row in rows if row["chain"])
    for name in ("score", "low", "high"):
        cell(folder, "out_visits_by_chain", name, f"{float(own[name]) - 5:.2f}", chain=own["chain"])
    return "in all, and its parts give"


def ranks_exchanged(folder: Path) -> str:
    table = "out_visits_by_chain"
    for was, now in (("1", "9"), ("2", "1"), ("9", "2")):
        cell(folder, table, "rank", now, rank=was)
    for rank in ("1", "2"):
        cell(folder, table, "rank_low", "1", rank=rank)
        cell(folder, table, "rank_high", "2", rank=rank)
    return "units below it have higher figures"


def no_number(folder: Path) -> str:
    cell(folder, "out_visits_by_chain", "ratio", "inf", chain="")
    return "out_visits_by_chain.csv: line"


def a_table_gone(folder: Path) -> str:
    return without(folder, "out_quality_measures", "a release of a measure has it")


def a_table_of_the_kind_gone(folder: Path) -> str:
    return without(folder, "out_visits_by_chain", "a release of visits has it")


def without(folder: Path, table: str, said: str) -> str:
    (folder / "data" / f"{table}.csv").unlink()
    edit_manifest(folder, lambda manifest: manifest["files"].pop(f"data/{table}.csv"))
    return f"{table}.csv: missing or changed; {said}"


def edit_manifest(folder: Path, edit: Callable[[dict], object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    edit(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def a_headline(folder: Path) -> str:
    edit_manifest(folder, lambda manifest: manifest["headline"].update(units=900))
    return "manifest.json: the headline's units is 900"


def a_link(folder: Path) -> str:
    (folder / "README.md").rename(folder.parent / "README.md")
    (folder / "README.md").symlink_to(folder.parent / "README.md")
    return "README.md: a link"


def a_figure_in_the_pdf_only(folder: Path) -> str:
    shutil.copy(folder.parent / GRADES / "measure.pdf", folder / "measure.pdf")
    return "measure.pdf: the attached out_grades_by_unit.csv is not the file"


def a_grade(folder: Path) -> str:
    other = folder.parent / GRADES
    cell(other, "out_grades_by_unit", "awarded", "benchmark", unit="乙电器")
    return "awarded is said to be 'benchmark'"


def a_count(folder: Path) -> str:
    cell(folder.parent / GRADES, "out_grade_counts", "by_point", "9", grade="benchmark")
    return "by_point is 3 in all, and its parts give"


def a_page(folder: Path) -> str:
    (folder / "index.html").write_text("All is well.", encoding="utf-8")
    return ""


FORGERIES = (
    a_rate, a_score_beyond_its_interval, a_score_with_its_interval, ranks_exchanged, no_number, a_table_gone,
    a_table_of_the_kind_gone, a_headline, a_link, a_figure_in_the_pdf_only, a_grade, a_count, a_page,
)  # fmt: skip
OF_GRADES = (a_grade, a_count)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda one: str(one.__name__))
def test_forged_releases_of_a_measure_are_told(workspace: Workspace, forge: Callable[[Path], str]) -> None:
    """By one who hashes all files again, with a key of their own; then with the publisher's, by the figures alone."""
    own = read_key(workspace.signing_key)
    said = forge(workspace.releases / VISITS)
    folder = workspace.releases / (GRADES if forge in OF_GRADES else VISITS)
    edit_manifest(
        folder,
        lambda manifest: manifest.update(
            files={name: sha256((folder / name).read_bytes()) for name in manifest["files"]}
        ),
    )
    sign_manifest(folder, new_key())
    assert any(
        "not with the expected" in one for one in verify_release(folder, fingerprint(own.public)).problems
    )
    sign_manifest(folder, own)
    problems = verify_release(folder, fingerprint(own.public)).problems
    assert any(said in one for one in problems) if said else problems == (), problems


def test_a_store_that_is_forgotten_is_found_no_more_and_counts_as_gone(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    root, path = workspace.root, workspace.root / "pharmacy_visits.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    store, place = rows["门店"].iloc[0], ("--workspace", str(root))
    before = counted(workspace)
    capsys.readouterr()
    wide = store.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert wide != store
    assert ncsi("forget", "--respondent", wide, "--dry-run", "--json", *place) == 0
    assert json.loads(capsys.readouterr().out)["measures"] == [VISITS]
    assert counted(workspace).equals(before)
    assert ncsi("forget", "--respondent", store, *place) == 0
    after = counted(workspace)
    assert len(after) == len(before)
    assert len(set(before["unit"]) - set(after["unit"])) == 1
    assert len(set(before["digest"]) - set(after["digest"])) > 5
    assert ncsi("forget", "--respondent", store, "--json", *place) == 0
    rows[rows["门店"] != store].to_csv(path, index=False)
    capsys.readouterr()
    assert ncsi(*run(root), "--correct", "更正", "Corrected") != 0
    assert "fewer than 5 units differ" in capsys.readouterr().err


def counted(workspace: Workspace) -> pd.DataFrame:
    return Store.open(workspace.warehouse).table("core_published_by_measured_unit")


def test_records_over_their_time_go_and_figures_stay(workspace: Workspace) -> None:
    (workspace.root / "ncsi.yaml").write_text(
        json.dumps({"spec": "ncsi/workspace/1", "retention": {"raw_exports_days": 30, "responses_days": 60}}),
        encoding="utf-8",
    )
    again = open_workspace(workspace.root)
    assert expired(again, date(2026, 4, 30)) == ()
    figures = contents(again.releases / VISITS)
    gone = {one.wave: one for one in delete_expired(again, date(2026, 6, 30))}
    assert {name: [path.name for path in one.exports] for name, one in gone.items()} == {
        VISITS: ["pharmacy_visits.csv"], GRADES: ["satisfaction_list.csv"],
    }  # fmt: skip
    assert gone[VISITS].counted > 10
    assert counted(again)["unit"].str.startswith("gone-").all()
    assert contents(again.releases / VISITS) == figures
    assert delete_expired(again, date(2026, 6, 30)) == ()
    assert audit_workspace(again).damages == ()
