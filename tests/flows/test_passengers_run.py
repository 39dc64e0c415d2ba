"""A passenger survey and a list of grades in the release of a wave."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli import main
from ncsi.engine import InOrder
from ncsi.report.verify import verify_release
from ncsi.spec import open_workspace
from ncsi.spec.measures import load_measure
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of

WAVE = "2026"
MEASURES = """
measures:
  - {measure: rail_passengers, data: data/rail.csv, period: "2026"}
  - {measure: satisfaction_list, data: data/entries.csv, period: "2026"}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wave of two operators and of a list of entries to grade, published."""
    root = tmp_path_factory.mktemp("passengers") / "work"
    main(["init", str(root)])
    main(["measure", "example", "satisfaction_list", str(root / "data" / "entries.csv")])
    rail = root / "data" / "rail.csv"
    main(["measure", "example", "rail_passengers", str(rail)])
    frame = pd.read_csv(rail, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    kept = sorted(frame["运营企业"].unique())[1:]
    frame[frame["运营企业"].isin(kept)].to_csv(rail, index=False, encoding="utf-8-sig")
    path = root / "waves" / f"{WAVE}.yaml"
    text = path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100")
    text = text.replace("number: 500", "number: 100").rstrip("\n")
    path.write_text(text + "\n" + MEASURES, encoding="utf-8")
    workspace = open_workspace(root)
    InOrder().run(load_plan(workspace, WAVE), sources_of(workspace, WAVE))
    return root


def rows(release: Path, name: str) -> list[dict[str, str]]:
    with (release / "data" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_operators_have_pages_and_no_train_is_named(root: Path) -> None:
    release = root / "releases" / WAVE
    assert verify_release(release).problems == ()
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
    assert measures == ["rail_passengers", "satisfaction_list"]
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
        assert bool(names) == (f"{len(names)}个的等级{words}" in told)
