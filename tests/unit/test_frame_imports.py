"""The frame: what `import ncsi` and `ncsi --help` load, and who may import whom."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {
    "SALib", "duckdb", "fontTools", "great_expectations", "jinja2", "matplotlib", "numpy", "pandas", "prefect",
    "pyarrow", "pydantic", "python_calamine", "scipy", "semopy", "sqlalchemy", "typst", "xlsxwriter", "yaml",
}  # fmt: skip


def _loaded_by(code: str, folder: Path) -> set[str]:
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path) -> None:
    assert _loaded_by("import ncsi", tmp_path) & HEAVY == set()


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = "from ncsi.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code"
    assert _loaded_by(code, tmp_path) & HEAVY == set()


def test_the_clean_process_begins_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    code = (
        "from ncsi import clean_process\n"
        "clean_process.begin()\n"
        "from multiprocessing import forkserver\n"
        "import os\n"
        "os.kill(forkserver._forkserver._forkserver_pid, 9)"  # which would import for nobody
    )
    assert _loaded_by(code, tmp_path) & HEAVY == set()


def test_every_public_name_is_there() -> None:
    import ncsi

    assert [name for name in ncsi.__all__ if not callable(getattr(ncsi, name))] == []
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ncsi.nothing


def test_the_import_contracts_bite(tmp_path: Path) -> None:
    """One module that knocks at every door, reads YAML in the model and climbs the layers breaks them all."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    for package in ("ncsi", "flows"):
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    doors = [
        one["forbidden_modules"][0] for one in contracts["contracts"] if one["name"].startswith("one door")
    ]
    (tmp_path / "ncsi/ledger.py").write_text("".join(f"import {door}\n" for door in doors), encoding="utf-8")
    (tmp_path / "ncsi/model/pure.py").write_text("import yaml\n", encoding="utf-8")
    (tmp_path / "ncsi/model/moments/climbs.py").write_text("import ncsi.model.inference\n", encoding="utf-8")
    (tmp_path / "ncsi/report/peeks.py").write_text("import ncsi.store\n", encoding="utf-8")
    (tmp_path / "ncsi/lab/peeks.py").write_text("import ncsi.store\n", encoding="utf-8")
    (tmp_path / "ncsi/ingest/dialects/knows.py").write_text(
        "import ncsi.ingest.dialects.kobo\n", encoding="utf-8"
    )
    (tmp_path / "ncsi/errors.py").write_text("import ncsi.spec\n", encoding="utf-8")
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-cache"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    kept = [one["name"] for one in contracts["contracts"] if f"{one['name']} KEPT" in done.stdout]
    assert kept == []
    assert f"0 kept, {len(contracts['contracts'])} broken" in done.stdout
