"""Composite indices under attack: hostile files and names, kills, damages, forgeries, a restored backup."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.errors import ReadError
from ncsi.ingest.figures import FigureFaults, read_figures, read_replicates
from ncsi.ledger import Ledger
from ncsi.report.bundle import sign_manifest
from ncsi.report.bundle.manifest import sha256
from ncsi.report.verify import verify_release
from ncsi.signing import fingerprint, new_key, read_key
from ncsi.spec import Label, Workspace, open_workspace
from ncsi.spec.index_plan import load_index
from ncsi.stages.audit import audit_workspace
from ncsi.stages.backup import back_up, restore
from ncsi.stages.index_request import requested
from ncsi.stages.indices import compute_index, publish_index

DAY = ("--date", "2026-03-31")
NAMED, UNNAMED = "quality_credit-2025", "firms-2025"
FORMULA = '=HYPERLINK("http-evil","x")'


def ncsi(*arguments: str) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def run(root: Path, index: str, what: str = "run") -> tuple[str, ...]:
    return (
        "composite",
        what,
        "--tree",
        index,
        "--data",
        str(root / f"{index}.csv"),
        "--workspace",
        str(root),
        *DAY,
    )


@pytest.fixture
def workspace(of_figures: Workspace) -> Workspace:
    return of_figures


def test_a_name_that_is_a_formula_runs_nowhere(figures_out: Path) -> None:
    folder = figures_out / "releases" / NAMED
    for path in folder.glob("data/*.csv"):
        cells = [one for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for one in row]
        assert not [one for one in cells if one.startswith(("=", "@", "+"))], path.name
    with zipfile.ZipFile(folder / "data" / "release.xlsx") as book:
        sheets = [book.read(one) for one in book.namelist() if one.startswith("xl/worksheets/sheet")]
        texts = book.read("xl/sharedStrings.xml")
    assert b"=1+1" in texts
    assert not any(b"<f>" in one or b"<f " in one for one in sheets)
    assert (folder / "units" / "=1+1.html").is_file()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../x", "it names files"), ("a\\b", "it names files"), ("a:b", "it names files"), ("x?", "it names files"),
        ("x.", "it names files"), ("\u202egro.cnysm", "U\\+202E"), ("x\u200by", "U\\+200B"),
        ("企" * 121, "longer than 120"),
    ],
)  # fmt: skip
def test_hostile_names_of_firms_are_refused_and_shown_without_effect(
    tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(FigureFaults, match=said) as refused:
        read_figures(award(tmp_path, name), load_index("quality_award"))
    assert not any(mark in str(refused.value) for mark in "\u202e\u200b")


def award(folder: Path, *names: str, figure: str = "", head: str = "") -> Path:
    """The example of the award, its first firms renamed, its first figure as given."""
    path = folder / "award.csv"
    ncsi("composite", "example", "quality_award", str(path))
    rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    firms = rows[rows.columns[1]].unique()
    rows[rows.columns[1]] = rows[rows.columns[1]].replace(dict(zip(firms, names, strict=False)))
    if figure:
        rows.iloc[0, list(rows.columns).index(next(one for one in rows.columns if head in one))] = figure
    rows.to_csv(path, index=False)
    return path


def test_firms_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FigureFaults, match="differs from 'Acme' in upper and lower case only"):
        read_figures(award(tmp_path, "Acme", "ACME"), load_index("quality_award"))


@pytest.mark.parametrize(
    "figure", ["inf", "-inf", "1e999", "1e308", "NaN5", "0x10", "=1+1", "#N/A", "½", "1_0", "٣٤"]
)
def test_figures_that_are_none_are_named_by_their_cell(tmp_path: Path, figure: str) -> None:
    plan = load_index("quality_award")
    with pytest.raises(FigureFaults, match="row 2, column"):
        read_figures(award(tmp_path, figure=figure, head=plan.tree.leaves[0].label.zh), plan)


def far_cell(path: Path) -> Path:
    """A workbook of one table, and one cell far away."""
    pd.DataFrame({"企业": ["a"], "年份": ["2025"]}).to_excel(path, index=False, engine="xlsxwriter")
    made = path.with_name("far.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            content = old.read(one)
            if one.endswith("sheet1.xml"):
                content = content.replace(
                    b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                )
            new.writestr(one, content)
    return made


@pytest.mark.parametrize("read", [read_figures, read_replicates])
def test_a_far_cell_costs_no_memory(tmp_path: Path, read: Callable[..., object]) -> None:
    with pytest.raises(ReadError, match="beyond any table of answers"):
        read(far_cell(tmp_path / "near.xlsx"), load_index("quality_credit"))


@pytest.mark.parametrize("figure", ["inf", "NaN5", "=1", "#REF!"])
def test_replicates_that_are_no_numbers_are_named_by_their_cell(tmp_path: Path, figure: str) -> None:
    plan, path = load_index("quality_credit"), tmp_path / "drawn.csv"
    code = next(one.code for one in plan.tree.leaves if one.se_kind == "survey")
    unit = plan.definition.dimensions[0].id
    pd.DataFrame({unit: ["a", "a"], "replicate": ["1", "2"], code: ["50", figure]}).to_csv(path, index=False)
    with pytest.raises(FigureFaults, match="row 3, column"):
        read_replicates(path, plan)


def test_the_replicates_that_are_named_are_those_that_were_read(workspace: Workspace) -> None:
    """The file is exchanged between computing and publishing."""
    plan, path, figures = (
        load_index("quality_credit"),
        workspace.root / "drawn.csv",
        workspace.root / "quality_credit.csv",
    )
    code = next(one.code for one in plan.tree.leaves if one.se_kind == "survey")
    values = (
        read_figures(figures, plan)
        .values.query("indicator == @code")
        .sort_values("year")
        .groupby("unit")
        .last()
    )
    rows = [
        (unit, k, one["value"] + one["se"] * (-1) ** k) for unit, one in values.iterrows() for k in range(512)
    ]
    pd.DataFrame(rows, columns=[plan.definition.dimensions[0].id, "replicate", code]).to_csv(
        path, index=False
    )
    was = sha256(path.read_bytes())
    request = requested(workspace, "quality_credit", figures, replicates=path, synthetic=True)
    outcome = compute_index(request)
    path.write_text("another file", encoding="utf-8")
    release = publish_index(request, outcome, date(2026, 3, 31), Label(zh="更正", en="Corrected"))
    named = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))["source_sha256"]
    assert named["drawn.csv"] == was


@pytest.mark.parametrize(
    ("index", "what", "seen", "written"),
    [
        ("firms", "run", '"publish"', "releases/.tmp-*/data/*.csv"),
        ("quality_credit", "diagnose", '"diagnose"', "private/*/*.pdf"),
    ],
)
def test_killed_at_work_nothing_is_half_written_and_the_next_run_ends_it(
    workspace: Workspace, warm: Any, killer: str, index: str, what: str, seen: str, written: str
) -> None:
    root = workspace.root
    done = warm.run(killer, str(root), seen, written, *run(root, index, what))
    assert done.returncode == 0, done.stderr
    left = [one.problem for one in audit_workspace(workspace).damages]
    assert [one for one in left if "killed publication" not in one] == []
    assert len(left) == 1 or what == "diagnose"  # there, as many as were at work on a document just then
    assert ncsi(*run(root, index, what)) == 0
    events = Ledger.of(workspace).events()
    ended = {one["run"] for one in events if one["event"] != "START"}
    assert {one["run"] for one in events} == ended
    assert audit_workspace(workspace).damages == ()
    private = root / "private"
    assert not [*root.rglob(".tmp-*")]
    assert not [one for one in private.rglob("*.pdf") if not one.read_bytes().rstrip().endswith(b"%%EOF")]


def test_a_restored_workspace_makes_the_same_release_and_knows_what_is_out(
    workspace: Workspace, tmp_path: Path
) -> None:
    back_up(workspace, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "again")
    again = open_workspace(tmp_path / "again")
    for name in (".ncsi-key", ".ncsi-signing-key"):
        shutil.copy2(workspace.root / name, again.root / name)
    assert audit_workspace(again).damages == ()
    first = {path.name: path.read_bytes() for path in (workspace.releases / UNNAMED).rglob("*.csv")}
    assert ncsi(*run(again.root, "firms")) == 0
    assert {path.name: path.read_bytes() for path in (again.releases / UNNAMED).rglob("*.csv")} == first
    path = again.root / "firms.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows.iloc[0, -2] = "0"
    rows.to_csv(path, index=False)
    assert ncsi(*run(again.root, "firms"), "--correct", "更正", "Corrected") != 0


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


def lifted(folder: Path) -> str:
    cell(folder, "out_composite_by_unit", "score", "99.50", level="firm", status="published")
    return "out_composite_by_unit: the index of"


def a_part_lifted(folder: Path) -> str:
    root = load_index("quality_credit").tree.root.code
    cell(folder, "out_composite_node_by_unit", "score", "99.50", node=root)
    return "and the nodes below it give"


def ranks_exchanged(folder: Path) -> str:
    for was, now in (("1", "9"), ("2", "1"), ("9", "2")):
        cell(folder, "out_composite_rank_by_unit", "rank", now, rank=was)
    return "below units with lower scores"


def a_weight(folder: Path) -> str:
    leaf = load_index("quality_credit").tree.leaves[0].code
    cell(folder, "out_composite_nodes", "weight_local", "0.990000", node=leaf)
    return "and the nodes below it give"


def no_number(folder: Path) -> str:
    cell(folder, "out_composite_by_unit", "observed", "inf")
    return "out_composite_by_unit.csv: line"


def a_table_gone(folder: Path) -> str:
    (folder / "data" / "out_composites.csv").unlink()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["data/out_composites.csv"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return "out_composites.csv: missing or changed; a release of an index has it"


def a_headline(folder: Path) -> str:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["headline"]["score"] = 99.5
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return "manifest.json: the headline is 99.5"


def a_page(folder: Path) -> str:
    (folder / "index.html").write_text("All is well.", encoding="utf-8")
    return ""


def a_link(folder: Path) -> str:
    (folder / "README.md").rename(folder.parent / "README.md")
    (folder / "README.md").symlink_to(folder.parent / "README.md")
    return "README.md: a link"


def a_figure_in_the_pdf_only(folder: Path) -> str:
    shutil.copy(folder.parent / UNNAMED / "bulletin.pdf", folder / "bulletin.pdf")
    return "bulletin.pdf: the attached out_composites.csv is not the file data/out_composites.csv"


FORGERIES = (
    lifted, a_part_lifted, ranks_exchanged, a_weight, no_number, a_table_gone, a_headline, a_link,
    a_figure_in_the_pdf_only, a_page,
)  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda one: str(one.__name__))
def test_forged_releases_of_an_index_are_told(workspace: Workspace, forge: Callable[[Path], str]) -> None:
    """By one who hashes all files again, with a key of their own; then with the publisher's, by the figures alone."""
    folder = workspace.releases / NAMED
    own = read_key(workspace.signing_key)
    said = forge(folder)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"] = {name: sha256((folder / name).read_bytes()) for name in manifest["files"]}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    sign_manifest(folder, new_key())
    assert any(
        "not with the expected" in one for one in verify_release(folder, fingerprint(own.public)).problems
    )
    sign_manifest(folder, own)
    problems = verify_release(folder, fingerprint(own.public)).problems
    assert any(said in one for one in problems) if said else problems == (), problems
