"""`ncsi composite`: from a file of figures to a signed release, all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest

import ncsi
from ncsi.cli.main import main
from ncsi.ledger import Ledger
from ncsi.report.verify import verify_release
from ncsi.signing import fingerprint, new_key
from ncsi.spec import open_workspace
from ncsi.stages.audit import audit_workspace

DAY = ("--date", "2026-03-31")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("indices") / "work"
    _ncsi("init", str(root))
    for index, units in (("city_quality", 6), ("quality_credit", 4)):
        _ncsi("composite", "example", index, str(root / f"{index}.csv"))
        _keep_units(root / f"{index}.csv", units)
    _ncsi(*_run("city_quality", root / "city_quality.csv", root), *DAY)
    return root


def _keep_units(path: Path, units: int) -> None:
    """The first units of a file of figures: a notice of each takes its time."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    column = next(one for one in frame.columns if one != "年份")
    frame[frame[column].isin(frame[column].unique()[:units])].to_csv(path, index=False, encoding="utf-8-sig")


def _ncsi(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _run(index: str, data: Path, root: Path) -> tuple[str, ...]:
    return ("composite", "run", "--tree", index, "--data", str(data), "--workspace", str(root))


def _json(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert _ncsi(*arguments, "--json") == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_release_is_whole_signed_and_follows_from_itself(workspace: Path) -> None:
    folder = workspace / "releases" / "city_quality-2025"
    found = verify_release(folder)
    assert (found.problems, found.kind) == ((), "index")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True
    assert manifest["publisher"] == manifest["publisher"] | {
        "zh": open_workspace(workspace).wave("2026").publisher.zh
    }
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in package["resources"]} >= {"out-composites", "out-composite-rank-by-unit"}
    assert "Synthetic" in package["description"]


def test_pages_of_the_release_are_whole_and_lead_to_each_other(workspace: Path) -> None:
    folder = workspace / "releases" / "city_quality-2025"
    names = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    assert {"index.html", "bulletin.pdf", "bulletin.zh.pdf", "bulletin.en.pdf"} <= names
    html = [one for one in names if one.endswith(".html")]
    assert (
        sum(one.startswith("units/") for one in html)
        == len([n for n in names if n.startswith("units/")]) / 2
        > 5
    )
    for name in html:
        text = (folder / name).read_text(encoding="utf-8")
        assert "Synthetic" in text
        links = [one for one in re.findall(r'href="([^"#]+)"', text) if not one.startswith(("http", "data:"))]
        missing = [
            one for one in links if not (folder / name).parent.joinpath(unquote(one)).resolve().is_file()
        ]
        assert missing == []


def test_a_unit_gets_its_own_diagnosis_in_a_private_folder(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ("composite", "diagnose", "--tree", "quality_credit", "--data", str(workspace / "quality_credit.csv"),
           "--workspace", str(workspace), *DAY)  # fmt: skip
    units = pd.read_csv(workspace / "quality_credit.csv", dtype=str, encoding="utf-8-sig").iloc[:, 1]
    found = _json(capsys, *run, "--unit", units[0])
    folder = Path(found["folder"])
    assert found["files"] == [f"{units[0]}.pdf"]
    assert folder == workspace / "private" / "quality_credit-2025"
    assert folder.stat().st_mode & 0o077 == (folder / f"{units[0]}.pdf").stat().st_mode & 0o077 == 0
    assert _ncsi(*run, "--unit", "nobody") == 2
    assert "it has no unit 'nobody' with a score" in capsys.readouterr().err


def test_what_is_changed_in_a_release_is_found(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    shutil.copytree(workspace / "releases" / "city_quality-2025", folder)
    path = folder / "data" / "out_composite_node_by_unit.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    at = frame.index[(frame["node"] == "ECON") & (frame["score"] != "")][0]
    frame.loc[at, "score"] = str(float(frame.loc[at, "score"]) + 0.05)
    frame.to_csv(path, index=False)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["data/out_composite_node_by_unit.csv"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = "\n".join(verify_release(folder).problems)
    assert "ECON of" in said
    assert "does not sign this manifest.json" in said


def test_the_ledger_tells_both_steps_and_the_audit_agrees(workspace: Path) -> None:
    events = Ledger.of(open_workspace(workspace)).events()
    done = [one for one in events if one["event"] == "COMPLETE"]
    assert [one["job"] for one in done][:2] == ["composite", "publish"]
    assert done[0]["release"] == "city_quality-2025"
    assert audit_workspace(open_workspace(workspace)).damages == ()


def test_the_store_gives_the_tables_back(workspace: Path) -> None:
    store = ncsi.open(workspace / "warehouse")
    ranks = store.table("out_composite_rank_by_unit", "city_quality-2025")
    units = store.table("out_composite_by_unit", "city_quality-2025")
    assert len(ranks) == (units["status"] == "published").sum() > 0
    assert store.waves() == ()


def test_the_same_run_again_is_the_same_release_and_other_figures_need_a_reason(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = workspace / "quality_credit.csv"
    run = (*_run("quality_credit", data, workspace), *DAY)
    first = _json(capsys, *run)
    folder = workspace / "releases" / "quality_credit-2025"
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert _json(capsys, *run) == first
    assert {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == before
    other = tmp_path / "other.csv"
    frame = pd.read_csv(data, dtype=str, keep_default_na=False)
    frame.loc[0, "顾客满意度（分）"] = "61.5"
    frame.to_csv(other, index=False)
    run = (*_run("quality_credit", other, workspace), *DAY)
    capsys.readouterr()
    assert _ncsi(*run) == 1
    assert "Say why they are corrected with --correct" in capsys.readouterr().err
    assert {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    } == before
    corrected = _json(capsys, *run, "--correct", "录入差错", "Typing error")
    assert corrected["release"] == str(folder)
    kept = workspace / "releases" / "revisions" / "quality_credit-2025" / "r0"
    assert {path.relative_to(kept): path.read_bytes() for path in kept.rglob("*") if path.is_file()} == before
    notes = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["revisions"]
    assert [one["note"]["en"] for one in notes] == ["Typing error"]
    assert verify_release(folder).problems == verify_release(kept).problems == ()


def test_a_faulty_file_leaves_nothing_behind_and_names_every_fault(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "faulty.csv"
    frame = pd.read_csv(workspace / "quality_credit.csv", dtype=str, keep_default_na=False)
    frame.loc[2, "合同履约率（%）"] = "一百"
    frame.loc[3, "缺陷处理天数（天）"] = "-4"
    frame.to_csv(path, index=False)
    before = sorted(one.as_posix() for one in (workspace / "releases").rglob("*"))
    assert _ncsi(*_run("quality_credit", path, workspace), "--year", "2025") == 2
    said = capsys.readouterr().err
    assert "row 4, column '合同履约率（%）', value '一百': is no number" in said
    assert "row 5, column '缺陷处理天数（天）', value '-4'" in said
    assert sorted(one.as_posix() for one in (workspace / "releases").rglob("*")) == before
    facts = _json(capsys, "composite", "check", "--tree", "quality_credit", "--data", str(path), code=2)
    assert [one["row"] for one in facts["faults"]] == [4, 5]
    assert Ledger.of(open_workspace(workspace)).events()[-1]["event"] == "FAIL"


def test_indices_are_listed_and_shown_with_what_is_illustrative(capsys: pytest.CaptureFixture[str]) -> None:
    listed = _json(capsys, "composite", "list")["indices"]
    assert {one["tree"] for one in listed} >= {"qci", "city_quality", "maturity", "quality_credit"}
    shown = _json(capsys, "composite", "show", "qci")
    assert [row["node"] for row in shown["nodes"]][:2] == ["QCI", "QL"]
    assert _ncsi("composite", "show", "qci") == 0
    assert "nobody published them" in capsys.readouterr().out
    assert _ncsi("composite", "show", "qcj") == 2
    assert "Did you mean 'qci'?" in capsys.readouterr().err


def test_an_example_is_written_as_a_workbook_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "award.xlsx"
    assert _ncsi("composite", "example", "quality_award", str(path)) == 0
    facts = _json(capsys, "composite", "check", "--tree", "quality_award", "--data", str(path))
    assert (facts["units"], facts["faults"]) == ({"firm": 40}, [])
    assert _ncsi("composite", "example", "quality_award", str(path)) == 2


def test_approvals_keep_an_index_a_draft_until_a_second_person_signs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, second, file = tmp_path / "work", new_key(), tmp_path / "second.pem"
    _ncsi("init", str(root))
    file.touch(mode=0o600)
    file.write_text(second.pem(), encoding="utf-8")
    settings = root / "ncsi.yaml"
    approver = f'approvals: 1\napprovers: {{second: "{fingerprint(second.public)}"}}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + approver, encoding="utf-8")
    data = root / "credit.csv"
    _ncsi("composite", "example", "quality_credit", str(data))
    _keep_units(data, 4)
    run = (*_run("quality_credit", data, root), *DAY)
    assert _json(capsys, *run)["approvals_lacking"] == 1
    folder = root / "releases" / "quality_credit-2025"
    assert not folder.exists()
    assert verify_release(root / "releases" / ".draft" / "quality_credit-2025").problems == ()
    approve = (
        "wave",
        "approve",
        "--wave",
        "quality_credit-2025",
        "--key",
        str(file),
        "--workspace",
        str(root),
    )
    assert _json(capsys, *approve)["lacking"] == 0
    assert _json(capsys, *run)["approvals_lacking"] == 0
    assert verify_release(folder).problems == ()
