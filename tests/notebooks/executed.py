"""Notebooks run anew, their outputs written beside the percent files: `make notebooks`.

What is written is the same from any machine: no times, paths or versions, pictures of few colours without a date. An
output that says what the one before said stays byte by byte, so that a diff holds what has changed.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import sys
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jupytext
import nbclient
import nbformat
import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
SURVEYS = ROOT / "tests" / "golden"
SHARED = Path(os.environ.get("NCSI_SHARED", ROOT.parent / "shared"))
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
METADATA = {"kernelspec": KERNEL, "jupytext": {"formats": "ipynb,py:percent"}}
FORGET = "%reset -f"
"""Between two notebooks in one kernel: to start one takes longer than most notebooks."""
NUMBER = re.compile(r"[-−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
COLOURS, TILE, SAME = 48, 5, 6.0
"""Colours of a picture; side of the tiles that two are compared by; root mean square of their difference, of 255."""
SAME_SHARE = 1e-6
"""What two numbers may differ by for all their digits, as a share: processors round differently."""
_WARNED = re.compile(r"^\S*[/\\]\S+:\d+: (\w+: .*)\n(?:  .*\n)?", re.MULTILINE)


class Runner:
    """One kernel that runs notebook after notebook, each with nothing left of those before."""

    def __init__(self, workspace: Path, where: Path) -> None:
        told = {"NCSI_WORKSPACE": str(workspace), "NCSI_SURVEYS": str(SURVEYS), "NCSI_SHARED": str(SHARED)}
        self._env = {**os.environ, **told, "OPENBLAS_NUM_THREADS": "1", "IPYTHONDIR": str(where / "ipython")}
        self._where = {"metadata": {"path": str(where)}}
        self._client: nbclient.NotebookClient | None = None

    def run(self, path: Path) -> Any:
        """The percent file as a notebook with its outputs, written as they are kept. Raises CellExecutionError."""
        notebook = read(path)
        if self._client is None:
            options = {"timeout": 600, "startup_timeout": 600, "record_timing": False}
            self._client = nbclient.NotebookClient(notebook, resources=self._where, **options)
        forgetting = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FORGET)])
        for one in (forgetting, notebook):
            self._client.nb = one
            self._client.execute(reset_kc=False, cleanup_kc=False, env=self._env)
        return settled(notebook)

    def close(self) -> None:
        """End the kernel."""
        if self._client is not None and self._client.km is not None:
            asyncio.get_event_loop().run_until_complete(self._client._async_cleanup_kernel())


def percent_files() -> list[Path]:
    """The notebooks as they are written, in their order."""
    return sorted(FOLDER.glob("*.py"))


def read(path: Path) -> Any:
    """A percent file as a notebook without outputs; cells are named by their place."""
    notebook = jupytext.read(path)
    notebook.metadata = nbformat.from_dict(deepcopy(METADATA))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for place, cell in enumerate(notebook.cells, start=1):
        cell.id, cell.metadata = f"cell-{place:02d}", nbformat.from_dict({})
    return notebook


def settled(notebook: Any) -> Any:
    """The executed notebook without what differs from run to run."""
    notebook.metadata = nbformat.from_dict(deepcopy(METADATA))
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count, cell.metadata = count, nbformat.from_dict({})
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
            if output.output_type == "stream":
                output.text = _WARNED.sub(r"\1\n", output.text)
            elif "data" in output:
                output.metadata = nbformat.from_dict({})
                if "image/png" in output.data:
                    output.data["image/png"] = _small(output.data["image/png"])
                    output.data.pop("text/plain", None)
    return notebook


def apart(one: Any, other: Any) -> list[str]:
    """Where two notebooks say different things: words, numbers by more than their last digit, pictures."""
    if [(cell.cell_type, cell.source) for cell in one.cells] != [
        (cell.cell_type, cell.source) for cell in other.cells
    ]:
        return ["its cells are not those of the percent file"]
    pairs = zip(one.cells, other.cells, strict=True)
    return [f"{cell.id}: {said}" for cell, again in pairs if (said := _cells_apart(cell, again))]


def _cells_apart(one: Any, other: Any) -> str:
    first, second = one.get("outputs", []), other.get("outputs", [])
    if [_kinds(output) for output in first] != [_kinds(output) for output in second]:
        return f"other outputs: {[*map(_kinds, first)]}, {[*map(_kinds, second)]}"
    for before, after in zip(first, second, strict=True):
        for kind in _kinds(before):
            said = (_told(before, kind), _told(after, kind))
            same = _pictures_alike(*said) if kind == "image/png" else _texts_alike(*said)
            if not same:
                return f"{kind} differs" if kind != "text/plain" else f"{said[0]}\n---\n{said[1]}"
    return ""


def _kinds(output: Any) -> tuple[str, ...]:
    return tuple(sorted(output.data)) if "data" in output else (str(output.get("name", output.output_type)),)


def _told(output: Any, kind: str) -> str:
    return str(output.data[kind]) if "data" in output else str(output.get("text", output.get("evalue")))


def _texts_alike(one: str, other: str) -> bool:
    """The same words, and numbers that differ by no more than one in their last digit or a millionth."""
    if NUMBER.sub("#", one).split() != NUMBER.sub("#", other).split():
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(first == second or _near(first, second) for first, second in pairs)


def _near(one: str, other: str) -> bool:
    first, second = (text.replace("−", "-").replace(",", "") for text in (one, other))
    digits = max(len(text.partition("e")[0].partition(".")[2]) for text in (first, second))
    scale = 10.0 ** int(first.partition("e")[2] or 0)
    apart = abs(float(first) - float(second))
    return digits > 0 and apart <= max(1.01 * 10.0**-digits * scale, SAME_SHARE * abs(float(first)))


def _pictures_alike(one: str, other: str) -> bool:
    first, second = (np.asarray(_picture(one).convert("L"), dtype=float) for one in (one, other))
    if max(abs(a - b) for a, b in zip(first.shape, second.shape, strict=True)) > TILE:
        return False
    high, wide = (min(sizes) // TILE for sizes in zip(first.shape, second.shape, strict=True))
    gap = first[: high * TILE, : wide * TILE] - second[: high * TILE, : wide * TILE]
    tiles = gap.reshape(high, TILE, wide, TILE).mean(axis=(1, 3))
    return float(np.sqrt((tiles**2).mean())) < SAME


def _picture(encoded: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(encoded)))


def _small(encoded: str) -> str:
    """The picture in few colours, without what its maker wrote about itself."""
    made = BytesIO()
    _picture(encoded).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        made, "PNG", optimize=True
    )
    return base64.b64encode(made.getvalue()).decode("ascii")


def kept(new: Any, old: Any) -> Any:
    """The new notebook, in which a cell that says what it said keeps its bytes."""
    before = {cell.source: cell for cell in old.cells if cell.cell_type == "code"}
    for cell in new.cells:
        same = before.get(cell.source) if cell.cell_type == "code" else None
        if same is not None and not _cells_apart(cell, same):
            cell.outputs = same.outputs
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count
    return new


def main() -> None:
    """Run the notebooks named, or all, on a small nation made for them, and write those that say something new."""
    sys.path.insert(0, str(ROOT / "tests"))
    from conftest import run_small_nation

    named = sys.argv[1:]
    with TemporaryDirectory() as folder:
        workspace = Path(os.environ.get("NCSI_WORKSPACE") or Path(folder) / "nation")
        if not workspace.exists():
            run_small_nation(workspace)
        runner = Runner(workspace, Path(folder))
        for path in [one for one in percent_files() if not named or one.stem in named]:
            made, target = runner.run(path), path.with_suffix(".ipynb")
            if target.exists():
                made = kept(made, nbformat.read(target, as_version=4))
            nbformat.write(made, target)
            print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB", flush=True)
        runner.close()


if __name__ == "__main__":
    main()
