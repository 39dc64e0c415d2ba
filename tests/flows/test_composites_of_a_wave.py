"""Indices and measures that a wave file names join the wave's release, and leave it when they are taken out."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from ncsi.cli.main import main
from ncsi.engine import InOrder
from ncsi.errors import NcsiError, SpecError
from ncsi.report.verify import verify_release
from ncsi.spec import load_wave, open_workspace, spec_sha256
from ncsi.spec.measures import load_measure
from ncsi.spec.plan import load_plan
from ncsi.stages.index_request import wave_requests
from ncsi.stages.source_files import sources_of
from ncsi.store import Store

WAVE = "2026"
ENTRY = "composites:\n  - {tree: quality_award, data: data/award.csv}\n"
MEASURES = """measures:
  - {measure: express_complaints, data: data/complaints.csv}
  - {measure: rail_passengers, data: data/rail.csv, period: "2026"}
  - {measure: satisfaction_list, data: data/entries.csv, period: "2026"}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("wave") / "work"
    main(["init", str(root)])
    main(["composite", "example", "quality_award", str(root / "data" / "award.csv")])
    _complaints_of_two_firms(root / "data" / "complaints.csv")
    _entries_of_four_firms(root / "data" / "entries.csv")
    _passengers_of_two_operators(root / "data" / "rail.csv")
    _declare(root, ENTRY + MEASURES)
    path = root / "waves" / f"{WAVE}.yaml"
    text = path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100")
    path.write_text(text.replace("number: 500", "number: 100"), encoding="utf-8")
    workspace = open_workspace(root)
    InOrder().run(load_plan(workspace, WAVE), sources_of(workspace, WAVE))
    return root


def _complaints_of_two_firms(path: Path) -> None:
    main(["measure", "example", "express_complaints", str(path)])
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    firms = [one for one in frame["企业名称"].unique() if one != "全国"][:2]
    frame[frame["企业名称"].isin(firms)].to_csv(path, index=False, encoding="utf-8-sig")


def _entries_of_four_firms(path: Path) -> None:
    """One that rose, one that fell, one on the edge of its grade, one withdrawn that was on the edge too."""
    main(["measure", "example", "satisfaction_list", str(path)])
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig").set_index("企业")
    frame.loc[["竹里电器", "知夏电器"], "上次等级"] = ["满意级", "亮诺级"]
    kept = frame.loc[["竹里电器", "知夏电器", "佳屿电器", "春和电器"]]
    kept.reset_index().to_csv(path, index=False, encoding="utf-8-sig")


def _passengers_of_two_operators(path: Path) -> None:
    main(["measure", "example", "rail_passengers", str(path)])
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    kept = sorted(frame["运营企业"].unique())[1:]
    frame[frame["运营企业"].isin(kept)].to_csv(path, index=False, encoding="utf-8-sig")


def rows(release: Path, name: str) -> list[dict[str, str]]:
    with (release / "data" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _declare(root: Path, entry: str) -> None:
    path = root / "waves" / f"{WAVE}.yaml"
    text = path.read_text(encoding="utf-8").partition("composites:\n")[0]
    path.write_text(text.rstrip("\n") + "\n" + entry, encoding="utf-8")


def test_the_release_of_the_wave_holds_the_index(root: Path) -> None:
    folder = root / "releases" / WAVE
    assert verify_release(folder).problems == ()
    indices = pd.read_csv(folder / "data" / "out_composites.csv")
    assert indices["tree"].tolist() == ["quality_award"]
    assert (folder / "data" / "out_composite_by_group.csv").is_file()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["source_sha256"]["award.csv"] == indices["source_sha256"].iloc[0]
    assert any(name.startswith("index quality_award") for name in manifest["spec_sha256"])
    assert pd.read_csv(folder / "data" / "out_composite_by_unit.csv").empty


def test_its_pages_are_linked_from_the_report_and_lead_to_the_data(root: Path) -> None:
    folder = root / "releases" / WAVE
    assert 'href="indices/quality_award/index.html"' in (folder / "index.html").read_text(encoding="utf-8")
    page = folder / "indices" / "quality_award" / "index.html"
    links = re.findall(r'href="([^"#:]+)"', page.read_text(encoding="utf-8"))
    assert {"../../data/release.xlsx", "bulletin.pdf"} <= set(links)
    assert [one for one in links if not (page.parent / one).resolve().is_file()] == []
    assert not (page.parent / "units").exists()


def test_the_release_of_the_wave_holds_the_measure(root: Path) -> None:
    folder = root / "releases" / WAVE
    measures = pd.read_csv(folder / "data" / "out_quality_measures.csv")
    assert measures[["measure", "kind", "period", "units"]].iloc[0].tolist() == [
        "express_complaints", "complaints", "2026-10", 2
    ]  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["source_sha256"]["complaints.csv"] == measures["source_sha256"].iloc[0]
    assert any(name.startswith("measure express_complaints") for name in manifest["spec_sha256"])
    assert 'href="measures/express_complaints/index.html"' in (folder / "index.html").read_text("utf-8")
    place = folder / "measures" / "express_complaints"
    for page in (place / "index.html", *(place / "units").glob("*.html")):
        links = re.findall(r'href="([^"#:]+)"', page.read_text(encoding="utf-8"))
        assert [one for one in links if not (page.parent / unquote(one)).resolve().is_file()] == []
    assert len(list((place / "units").glob("*.pdf"))) == 2


def test_the_report_on_the_state_of_quality_tells_of_every_part(root: Path) -> None:
    folder = root / "releases" / WAVE
    page = (folder / "situation.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^"#:]+)"', page))
    assert {
        "index.html",
        "indices/quality_award/index.html",
        "measures/express_complaints/index.html",
    } <= links
    assert [one for one in links if not (folder / unquote(one)).is_file()] == []
    handled = pd.read_csv(folder / "data" / "out_complaints_handling.csv").query(
        "unit == 'all' and span == 'year' and meant"
    )
    share = f"{100 * handled['share'].iloc[0]:.2f}%"
    assert f"satisfaction with handling by the postal authority is {share}" in page
    assert "there is no earlier period to compare with" in page


def test_operators_have_pages_and_no_train_is_named(root: Path) -> None:
    release = root / "releases" / WAVE
    operators = sorted({row["unit"] for row in rows(release, "out_passengers")})
    assert len(operators) == 2
    units = release / "measures" / "rail_passengers" / "units"
    assert sorted(one.stem for one in units.glob("*.html")) == operators
    assert sorted(one.stem for one in units.glob("*.pdf")) == operators
    hidden = [row for row in rows(release, "out_passengers_by_domain") if row["status"] != "published"]
    assert {row["status"] for row in hidden} == {"complement"}
    assert {row[name] for row in hidden for name in ("score", "se", "difference", "p", "verdict")} == {""}
    everything = "".join(
        one.read_text(encoding="utf-8")
        for one in release.rglob("*")
        if one.suffix in (".html", ".csv", ".json")
    )
    trains = set(pd.read_csv(root / "data" / "rail.csv")["车次"].astype(str))
    told = {*re.findall(r">([^<>]*)(?=<)", everything), *re.findall(r",([^,]*)(?=,)", everything)}
    assert told & set(operators), "what is published is seen"
    assert told & trains == set()


def test_grades_join_the_wave_with_their_certificates(root: Path) -> None:
    release = root / "releases" / WAVE
    measures = [row["measure"] for row in rows(release, "out_quality_measures")]
    assert measures == ["express_complaints", "rail_passengers", "satisfaction_list"]
    folder = release / "measures" / "satisfaction_list"
    assert list((folder / "units").glob("*.pdf"))
    listed = {row["certificate"] for row in rows(release, "out_grade_certificates") if row["certificate"]}
    assert {one.stem for one in (folder / "certificates").glob("*.json")} == listed
    assert listed


def test_the_situation_report_says_whose_passengers_are_more_satisfied(root: Path) -> None:
    release = root / "releases" / WAVE
    told = (release / "situation.html").read_text(encoding="utf-8")
    risen = [row for row in rows(release, "out_passengers_changes")
             if row["question"] == "overall" and row["verdict"] == "rose"]  # fmt: skip
    assert risen
    assert all(f"{row['unit']}的总体满意度较2025年上升" in told for row in risen)


def test_the_situation_report_says_which_grades_moved_and_which_are_borderline(root: Path) -> None:
    release = root / "releases" / WAVE
    entries = [row for row in rows(release, "out_grades_by_unit") if row["standing"] != "withdrawn"]
    told = (release / "situation.html").read_text(encoding="utf-8")
    borderline = [row["label_zh"] for row in entries if row["borderline"].lower() == "true"]
    assert borderline
    assert f"{len(borderline)}个处于临界" in told
    grades = [one.id for one in load_measure("satisfaction_list").definition.grades]
    held = [row for row in entries if row["last"]]
    for words, sign in (("高于上次", 1), ("低于上次", -1)):
        places = [
            (
                row["label_zh"],
                [grades.index(row[name]) if row[name] else len(grades) for name in ("last", "awarded")],
            )
            for row in held
        ]
        names = [name for name, (last, awarded) in places if (last - awarded) * sign > 0]
        assert len(names) == 1
        assert f"1个的等级{words}（按界限定级）：{names[0]}。" in told


def test_an_index_that_fails_is_named_and_leaves_what_was_there(root: Path) -> None:
    _declare(root, ENTRY.replace("award.csv", "gone.csv"))
    workspace = open_workspace(root)
    before = Store.open(workspace.warehouse).read("out_composite_by_unit", wave=WAVE)
    with pytest.raises(NcsiError, match=r"gone\.csv: there is no such file"):
        InOrder().estimate(load_plan(workspace, WAVE))
    after = Store.open(workspace.warehouse).read("out_composite_by_unit", wave=WAVE)
    pd.testing.assert_frame_equal(before, after)
    assert len(after) == 40


def test_an_index_taken_out_of_the_wave_file_leaves_its_tables(root: Path) -> None:
    _declare(root, "")
    workspace = open_workspace(root)
    InOrder().estimate(load_plan(workspace, WAVE))
    store = Store.open(workspace.warehouse)
    assert store.read("out_composites", wave=WAVE).empty
    assert store.read("out_quality_measures", wave=WAVE).empty
    assert store.read("out_complaints_chart", wave=WAVE).empty


def test_a_wave_names_joint_replicates_of_its_figures(root: Path) -> None:
    _declare(root, ENTRY.replace("data/award.csv", "data/award.csv, replicates: data/gone.csv"))
    workspace = open_workspace(root)
    (request,) = wave_requests(load_plan(workspace, WAVE))
    assert request.replicates == workspace.root / "data" / "gone.csv"
    with pytest.raises(NcsiError, match=r"gone\.csv: there is no such file"):
        InOrder().estimate(load_plan(workspace, WAVE))


def test_a_wave_file_without_indices_is_the_spec_it_was(root: Path) -> None:
    _declare(root, "")
    path = root / "waves" / f"{WAVE}.yaml"
    assert "composites" not in load_wave(path).model_dump(mode="json", by_alias=True)
    without = spec_sha256(load_wave(path))
    _declare(root, ENTRY)
    assert spec_sha256(load_wave(path)) != without


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("composites:\n  - {tree: qci, data: ../x.csv}\n", "leads outside the workspace"),
        ("composites:\n  - {tree: qci, data: x.csv, replicates: ../r.csv}\n", "leads outside the workspace"),
        (
            ENTRY + "  - {tree: quality_award, data: data/b.csv}\n",
            "the index 'quality_award' is declared twice",
        ),
        ("composites:\n  - {tree: qci}\n", "the index 'qci' has no figures"),
    ],
)
def test_a_wrong_entry_names_key_and_line(root: Path, entry: str, said: str) -> None:
    _declare(root, entry)
    with pytest.raises(SpecError, match=r"composites.*line") as refused:
        open_workspace(root).wave(WAVE)
    assert said in str(refused.value)
