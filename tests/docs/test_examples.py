"""The figures of the gallery are those that its commands print: the city as it stands, the demo where it was run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from ncsi.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
DEMO = ROOT / "demo" / "releases"
ROW = re.compile(r"^\| \[(\w+)\]\(#\w+\) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
EXAMPLES = {name: (what, comes) for name, what, comes in ROW.findall(PAGE)}
OF_THE_DEMO = {"bank": "banks", "phone": "smartphones", "hospital": "hospitals"}


def test_the_gallery_has_what_was_promised():
    assert list(EXAMPLES) == ["bank", "phone", "hospital", "airport", "city"]


def test_the_city_comes_to_what_is_told(tmp_path, monkeypatch, capsys):
    block = PAGE.partition("## City\n```sh\n")[2].partition("```")[0]
    main(["init", str(tmp_path / "w"), "--empty"])
    monkeypatch.chdir(tmp_path / "w")
    for line in block.splitlines():
        main(shlex.split(line)[1:])
    said = capsys.readouterr().out
    for figure in re.findall(r"\d+\.\d+", EXAMPLES["city"][1]):
        assert figure in said


@pytest.mark.parametrize("name", OF_THE_DEMO)
def test_the_demo_comes_to_what_is_told(name):
    if not DEMO.is_dir():
        pytest.skip("`ncsi demo` was not run in this checkout")
    found = {}
    for wave in ("2025Q1", "2026Q1"):
        table = pd.read_csv(DEMO / wave / "data" / "out_index_by_sector.csv")
        own = table[(table["sector"] == OF_THE_DEMO[name]) & (table["construct"] == "Satisfaction")]
        found[wave] = own.iloc[0]
    now, before = found["2026Q1"], found["2025Q1"]
    what, comes = EXAMPLES[name]
    assert what.startswith(f"{now['n']:,} ")
    index, low, high = (f"{now[one]:.2f}" for one in ("index_0_100", "low", "high"))
    assert comes == f"{index} ({low} to {high}), after {before['index_0_100']:.2f}"
