"""`ncsi measure`: from a file of records to a signed release, all of it or nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.report.verify import verify_release
from ncsi.signing import fingerprint, new_key

RUN = ("measure", "run", "--measure", "express_complaints", "--date", "2026-11-20")


def _ncsi(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the release of complaints of one firm, and of all of them."""
    root = tmp_path_factory.mktemp("measures") / "work"
    _ncsi("init", str(root))
    path = root / "complaints.csv"
    _ncsi("measure", "example", "express_complaints", str(path))
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    firm = next(one for one in frame["企业名称"] if one != "全国")
    frame[frame["企业名称"].isin(("全国", firm))].to_csv(path, index=False, encoding="utf-8-sig")
    assert _ncsi(*RUN, "--data", str(path), "--workspace", str(root)) == 0
    return root


def test_the_release_verifies_and_says_that_it_is_synthetic(root: Path) -> None:
    folder = root / "releases" / "express_complaints-2026-10"
    found = verify_release(folder)
    assert (found.problems, found.kind) == ((), "measure")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["synthetic"]) == ("measure", True)
    assert manifest["headline"] == {
        "measure": "express_complaints", "kind": "complaints", "period": "2026-10", "units": 1
    }  # fmt: skip
    assert {"measure.pdf", "measure.zh.pdf", "measure.en.pdf", "index.html"} <= set(manifest["files"])


def test_charts_of_a_unit_may_be_framed(root: Path) -> None:
    folder = root / "releases" / "express_complaints-2026-10"
    (unit,) = (folder / "units").glob("*.html")
    framed = re.findall(r'data-embed="\.\./([^"]+)"', unit.read_text(encoding="utf-8"))
    assert framed
    for one in framed:
        assert f'href="../units/{unit.name}#chart-' in (folder / one).read_text(encoding="utf-8")


def test_a_figure_that_its_counts_do_not_give_is_told(root: Path, tmp_path: Path) -> None:
    from ncsi.report.derived_measures import measure_problems

    frame = pd.read_csv(
        root / "releases" / "express_complaints-2026-10" / "data" / "out_complaints_by_firm.csv"
    )
    rows = frame.astype(str).to_dict("records")
    assert list(measure_problems("out_complaints_by_firm", rows)) == []
    rows[0]["per_million"] = str(float(rows[0]["per_million"]) + 0.02)
    (told,) = measure_problems("out_complaints_by_firm", rows)
    assert "per_million of month, all" in told


def test_other_figures_of_a_public_release_need_a_correction(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "changed.csv"
    frame = pd.read_csv(root / "complaints.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    frame.loc[frame.index[-1], "申诉量"] = "1"
    frame.to_csv(path, index=False, encoding="utf-8-sig")
    assert _ncsi(*RUN, "--data", str(path), "--workspace", str(root)) != 0
    assert "Published figures are frozen" in capsys.readouterr().err


def test_faults_come_as_json_with_exit_code_2(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / "faulty.csv"
    path.write_text("月份,企业,申诉量,业务量\n2026-01,甲速运,5,0\n2026-01,甲速运,5,10\n", encoding="utf-8")
    code = _ncsi("measure", "check", "--measure", "express_complaints", "--data", str(path), "--json")
    told = json.loads(capsys.readouterr().out)["faults"]
    assert code == 2
    assert [(one["row"], one["column"]) for one in told] == [(2, "业务量"), (3, "月份")]


def test_the_definition_is_shown_with_the_columns_of_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert _ncsi("measure", "show", "express_complaints") == 0
    shown = capsys.readouterr().out
    assert "items  业务量 Items handled; count, in 件 (items)" in shown
    assert _ncsi("measure", "show", "express_complaint") == 2
    assert "Did you mean 'express_complaints'?" in capsys.readouterr().err


def test_approvals_keep_a_measure_a_draft_until_a_second_person_signs(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a month too, whose release is not named by a year alone."""
    own, second, file = Path(shutil.copytree(root, tmp_path / "work")), new_key(), tmp_path / "second.pem"
    shutil.rmtree(own / "releases")
    file.touch(mode=0o600)
    file.write_text(second.pem(), encoding="utf-8")
    settings = own / "ncsi.yaml"
    approver = f'approvals: 1\napprovers: {{second: "{fingerprint(second.public)}"}}\n'
    settings.write_text(settings.read_text(encoding="utf-8") + approver, encoding="utf-8")
    name, where = "express_complaints-2026-10", ("--workspace", str(own), "--json")
    run = (*RUN, "--data", str(own / "complaints.csv"), *where)

    def said(*arguments: str) -> dict[str, object]:
        capsys.readouterr()
        assert _ncsi(*arguments) == 0
        return dict(json.loads(capsys.readouterr().out))

    assert said(*run)["approvals_lacking"] == 1
    assert not (own / "releases" / name).exists()
    assert said("wave", "approve", "--wave", name, "--key", str(file), *where)["lacking"] == 0
    assert said(*run)["approvals_lacking"] == 0
    assert verify_release(own / "releases" / name).problems == ()
