"""A notebook is code: each runs from top to bottom on the small synthetic nation, and says what it is kept with."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
LARGEST = 300_000
NOISE = re.compile(r"\bat 0x[0-9a-f]{6,}|/tmp/|/home/|ipykernel_|\d (?:ms|µs|s) ± |Wall time|Axes: ")
OF_OTHERS = {"10_a_paper_redone": ("data", "acsi_2015_raw.csv")}
"""Notebooks that read data which are not ours to commit."""


@pytest.fixture(scope="module")
def executed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("executed", Path(__file__).with_name("executed.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runner(executed: ModuleType, nation: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    made = executed.Runner(nation.workspace.root, tmp_path_factory.mktemp("notebooks"))
    yield made
    made.close()


def kept(path: Path) -> Any:
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def test_the_twelve_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_responses",
        "02_one_sector",
        "03_two_engines",
        "04_trends",
        "05_your_own_survey",
        "06_weighting",
        "07_key_drivers",
        "08_segments_and_necessity",
        "09_groups_and_invariance",
        "10_a_paper_redone",
        "11_composite_index",
        "12_quality_measures",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_says_what_it_is_kept_with(
    path: Path, executed: ModuleType, request: pytest.FixtureRequest
) -> None:
    if path.stem in OF_OTHERS:
        request.getfixturevalue("shared")(*OF_OTHERS[path.stem])
    made = request.getfixturevalue("runner").run(path)
    assert sum(bool(cell.get("outputs")) for cell in made.cells) >= 4
    assert executed.apart(kept(path), made) == [], "run `make notebooks` and look at what moved"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_is_a_small_pair_without_noise(path: Path, executed: ModuleType) -> None:
    assert path.with_suffix(".ipynb").stat().st_size < LARGEST
    notebook, written = kept(path), executed.read(path)
    nbformat.validate(notebook)
    assert notebook.metadata == written.metadata
    assert [(cell.id, cell.source) for cell in notebook.cells] == [
        (cell.id, cell.source) for cell in written.cells
    ]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    told = [
        str(text)
        for output in outputs
        for kind, text in output.get("data", {}).items()
        if "image" not in kind
    ]
    told += [output.text for output in outputs if output.output_type == "stream"]
    assert [found.group() for text in told if (found := NOISE.search(text))] == []
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data", "stream"}


def said(text: str, kind: str = "text/plain") -> Any:
    output = nbformat.v4.new_output("display_data", {kind: text})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="cell-01", outputs=[output])])


@pytest.mark.parametrize(
    ("before", "after", "alike"),
    [
        ("0.123 of 1,250", "0.124 of 1,250", True),
        ("0.123", "0.125", False),
        ("n 12", "n 13", False),
        ("1.5501437771805548", "1.5501437771805561", True),
        ("343.371967", "343.372967", False),
        ("−0.1 to 0.2", "-0.1 to 0.2", True),
        ("Image", "Value", False),
        ("2.1e-05", "2.2e-05", True),
        ("a   b", "a b", True),
    ],
)
def test_numbers_may_move_by_their_last_digit_and_words_not(executed, before, after, alike) -> None:
    assert (executed.apart(said(before), said(after)) == []) is alike


def test_an_output_that_says_the_same_keeps_its_bytes(executed: ModuleType) -> None:
    assert executed.kept(said("0.124"), said("0.123")) == said("0.123")
    assert executed.kept(said("0.2"), said("0.9")) == said("0.2")


def test_a_notebook_of_other_cells_is_told(executed: ModuleType) -> None:
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("2", id="cell-01")])
    assert executed.apart(said("1"), other) == ["its cells are not those of the percent file"]
    without = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="cell-01")])
    assert "other outputs" in executed.apart(said("1"), without)[0]
