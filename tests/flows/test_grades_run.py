"""Grades from a file to a signed release, its certificates looked up: valid, forged, withdrawn, revised."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pypdf import PdfReader, PdfWriter

from ncsi.cli import main
from ncsi.errors import InputError
from ncsi.ingest.records import read_records
from ncsi.ingest.records.grades import grades_fields
from ncsi.report.bundle.manifest import sha256
from ncsi.report.bundle.proof import sign_manifest
from ncsi.report.verify import verify_release
from ncsi.signing import read_key_file
from ncsi.spec.load import schemas_root
from ncsi.spec.measures import load_measure
from ncsi.stages.grade_entries import entries_from

MEASURE = "satisfaction_list"
ROWS = {
    "企业": ["甲电器", "乙电器", "丙电器"], "企业英文名": ["Jia", "Yi", "Bing"], "用户满意度": [95.0, 87.4, 70.0],
    "用户满意度标准误": [1.0, 0.6, 1.0], "检验件数": [900, 900, 900], "不合格件数": [1, 2, 3],
}  # fmt: skip


def ncsi(*arguments):
    try:
        main(arguments)
    except SystemExit as left:
        return left.code
    return 0


@pytest.fixture
def run(workspace, capsys):
    def runs(*more, **changed):
        file = workspace.root / "data" / "entries.csv"
        pd.DataFrame(ROWS | changed).to_csv(file, index=False)
        code = ncsi(
            "measure", "run", "--measure", MEASURE, "--data", str(file), "--period", "2026", "--date", "2026-11-20",
            "--synthetic", "--workspace", str(workspace.root), *more,
        )  # fmt: skip
        capsys.readouterr()
        assert code == 0
        return workspace.releases / f"{MEASURE}-2026"

    return runs


@pytest.fixture
def look_up(workspace, capsys):
    def looks(release, certificate):
        code = ncsi(
            "verify", str(release), "--certificate", str(certificate), "--workspace", str(workspace.root)
        )
        return code, capsys.readouterr().out

    return looks


def table(release, name):
    with (release / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_certificates_are_looked_up_in_the_signed_list(run, look_up, tmp_path):
    release = run()
    assert verify_release(release).problems == ()
    listed = {row["unit"]: row for row in table(release, "out_grade_certificates")}
    assert {unit: row["grade"] for unit, row in listed.items()} == {
        "甲电器": "benchmark",
        "乙电器": "satisfied",
    }
    first, second = (listed[unit]["certificate"] for unit in ("甲电器", "乙电器"))

    assert look_up(release, first)[0] == 0
    code, told = look_up(release, release / "units" / "乙电器.pdf")
    assert code == 0
    assert "valid. 乙电器: 满意级 (Satisfied) by satisfaction_list 1.0.0 for 2026" in told
    certificate = release / "certificates" / f"{second}.json"
    assert sha256(certificate.read_bytes()) == second

    forged = json.loads(certificate.read_text(encoding="utf-8")) | {"grade": "benchmark", "unit": "乙电器"}
    (tmp_path / "forged.json").write_text(json.dumps(forged), encoding="utf-8")
    code, told = look_up(release, tmp_path / "forged.json")
    assert code == 1
    assert "grade: the certificate says 'benchmark', the list says 'satisfied'" in told

    writer = PdfWriter(clone_from=PdfReader(release / "units" / "甲电器.pdf"))
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "touched.pdf")
    code, told = look_up(release, tmp_path / "touched.pdf")
    assert code == 1
    assert "touched.pdf: no document of this release" in told
    assert look_up(release, "0" * 64)[0] == 1
    assert look_up(release, "no-such-file.json")[0] == 2

    run(
        "--correct",
        "撤销",
        "Withdrawn",
        撤销原因=["报告不实", "", ""],
        撤销原因英文=["the report was false", "", ""],
    )
    code, told = look_up(release, first)
    assert code == 1
    assert "withdrawn. 甲电器" in told
    assert "the report was false" in told

    run("--correct", "更正", "Corrected", 用户满意度=[95.0, 82.9, 70.0])
    code, told = look_up(release, second)
    assert code == 1
    assert "revised since" in told
    assert "What stands now: 乙电器: 亮诺级" in told


def test_grades_are_awarded_again_from_the_published_figures(run, workspace):
    release = run()
    rows = table(release, "out_grades_by_unit")
    rows[1] = rows[1] | {"awarded": "benchmark"}
    path = release / "data" / "out_grades_by_unit.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["data/out_grades_by_unit.csv"] = sha256(path.read_bytes())
    (release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    sign_manifest(release, read_key_file(workspace.signing_key))
    told = verify_release(release).problems
    assert [one for one in told if ".pdf: the attached" not in one] == [
        "out_grades_by_unit: 乙电器: awarded is said to be 'benchmark', and its figures and the rules give 'satisfied'",
    ]
    assert len(told) > 1


def test_units_that_are_not_named_leave_no_trace_in_a_release(run, workspace, capsys):
    """Nor do counts of a few of them, nor a second release in which a few were graded otherwise."""
    rules = yaml.safe_load((schemas_root() / "measures" / f"{MEASURE}.yaml").read_text(encoding="utf-8"))
    (workspace.root / "measures").mkdir()
    path = workspace.root / "measures" / f"{MEASURE}.yaml"
    path.write_text(yaml.safe_dump(rules | {"named_units": False}), encoding="utf-8")
    many = {name: values * 7 for name, values in ROWS.items()} | {
        "企业": [f"企业{k:03d}" for k in range(21)], "用户满意度": [95.0] * 14 + [87.4] * 5 + [70.0] * 2,
    }  # fmt: skip
    many["企业英文名"] = [f"Firm {k:03d}" for k in range(21)]
    release = run(**many)
    assert verify_release(release).problems == ()
    counts = {row["grade"]: row["entries"] for row in table(release, "out_grade_counts")}
    assert (counts["benchmark"], counts["below"]) == ("14", "")
    assert list(counts.values()).count("") == 2
    page = (release / "index.html").read_text(encoding="utf-8")
    assert "不足5个的数目" in page
    for name in ("out_grades_by_unit", "out_grade_evidence", "out_grade_binding", "out_grade_certificates"):
        assert table(release, name) == []
    texts = [one for one in release.rglob("*") if one.suffix in (".html", ".csv", ".json", ".md")]
    assert len(texts) > 5
    assert not any(
        name in one.read_text(encoding="utf-8") for one in texts for name in (*many["企业"], "95.0")
    )
    file = workspace.root / "data" / "entries.csv"
    pd.DataFrame(many | {"用户满意度": [70.0, *many["用户满意度"][1:]]}).to_csv(file, index=False)
    again = (
        "measure",
        "run",
        "--measure",
        MEASURE,
        "--data",
        str(file),
        "--period",
        "2026",
        "--correct",
        "更正",
        "x",
    )
    assert ncsi(*again, "--workspace", str(workspace.root)) != 0
    assert "fewer than 5 units differ" in capsys.readouterr().err
    assert {row["grade"]: row["entries"] for row in table(release, "out_grade_counts")} == counts


def test_entries_come_from_the_published_index_of_brands_and_last_years_grades(
    nation, workspace, tmp_path, run
):
    release = nation.release("2026Q1")
    shown = [row for row in table(release, "out_index_by_brand") if row["index_0_100"]]
    sector, index = shown[0]["sector"], "Satisfaction"
    own = {row["brand"]: row for row in shown if (row["sector"], row["construct"]) == (sector, index)}
    rules = yaml.safe_load((schemas_root() / "measures" / f"{MEASURE}.yaml").read_text(encoding="utf-8"))
    rules["quantities"][0]["wave"] = {"sector": sector, "index": index}
    (workspace.root / "measures").mkdir()
    (workspace.root / "measures" / f"{MEASURE}.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    label = {
        row["brand"]: row["label_zh"] for row in table(release, "codes_brands") if row["sector"] == sector
    }
    first = label[next(iter(own))]
    last = run(企业=[first, "乙电器", "丙电器"])

    plan = load_measure(MEASURE, workspace.root)
    made = entries_from(plan, release, last)
    assert made["企业"].tolist() == [label[brand] for brand in own]
    assert made["用户满意度"].tolist() == [row["index_0_100"] for row in own.values()]
    assert made["用户满意度标准误"].tolist() == [row["se"] for row in own.values()]
    assert made["上次等级"].tolist() == ["标杆级", *[""] * (len(own) - 1)]
    assert set(made["模拟数据"]) == {"是"}
    made.assign(检验件数=500, 不合格件数=1).to_csv(tmp_path / "entries.csv", index=False)
    records = read_records(tmp_path / "entries.csv", grades_fields(plan.definition))
    assert records.synthetic
    assert set(records.frame["source"]) == {
        json.loads((release / "manifest.json").read_text(encoding="utf-8"))["release_id"]
    }

    touched = Path(shutil.copytree(release, tmp_path / "touched"))
    with (touched / "data" / "out_index_by_brand.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(InputError, match="does not hold"):
        entries_from(plan, touched)
