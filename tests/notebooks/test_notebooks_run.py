"""A notebook is code: every one runs from top to bottom in a kernel of its own, on the small synthetic nation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupytext
import nbclient
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))


def test_the_six_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_responses",
        "02_one_sector",
        "03_two_engines",
        "04_trends",
        "05_composite_index",
        "06_quality_measures",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, nation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCSI_WORKSPACE", str(nation.workspace.root))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = jupytext.read(path)
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=600, startup_timeout=600, resources=where).execute()
    shown = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    assert len(shown) >= 4
    errors = [out for cell in shown for out in cell.outputs if out.output_type == "error"]
    assert errors == []
