"""Projects and suppliers, each from the file of an office to a signed release that can be verified."""

from __future__ import annotations

import csv

import pytest

from ncsi.cli import main
from ncsi.report.verify import verify_release
from ncsi.simulate.measures import example_projects, example_purchases
from ncsi.spec.measures import load_measure


def few_projects(frame):
    return frame[frame["建设企业"].isin(list(dict.fromkeys(frame["建设企业"]))[-3:])]


def two_suppliers(frame):
    own = frame[frame["原材料"] == "普通硅酸盐水泥"]
    return own[own["供应商"].isin(list(dict.fromkeys(own["供应商"]))[4:7])]


RUNS = {
    "housing_projects": (example_projects, few_projects, "out_projects", "unit", ("A00001", "业主姓名")),
    "material_buyers": (example_purchases, two_suppliers, "out_purchases", "unit", ("cement-",)),
}


@pytest.mark.parametrize("measure", RUNS)
def test_from_answers_to_a_release(workspace, capsys, measure):
    example, cut, table, unit, never = RUNS[measure]
    file = workspace.root / "data" / f"{measure}.csv"
    cut(example(load_measure(measure), 1)).to_csv(file, index=False)
    main(["measure", "run", "--measure", measure, "--data", str(file), "--date", "2026-11-20", "--workspace",
          str(workspace.root)])  # fmt: skip
    assert "Synthetic data" in capsys.readouterr().out
    release = workspace.releases / f"{measure}-2026"
    assert verify_release(release).problems == ()
    with (release / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as read:
        rows = list(csv.DictReader(read))
    shown = {row[unit] for row in rows if row["status"] == "published"}
    assert shown
    pages = {one.stem for one in (release / "units").glob("*.html")}
    assert shown <= pages == {one.stem for one in (release / "units").glob("*.pdf")}
    everything = "".join(
        one.read_text(encoding="utf-8")
        for one in release.rglob("*")
        if one.suffix in (".html", ".csv", ".json")
    )
    assert not [word for word in never if word in everything]
    for row in rows:
        assert (row["score"] != "") == (row["status"] == "published"), row
