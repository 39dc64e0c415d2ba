"""Two commands at work on one wave of a shared workspace: neither is turned away, and what stays is what one leaves."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import Any

from ncsi.ledger import Ledger
from ncsi.spec import open_workspace
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store import open as open_store
from ncsi.tables import TABLES, Layer

WAVE = "2026Q1"
ESTIMATE = """
import sys, time
from pathlib import Path
from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
plan = load_plan(open_workspace(Path(sys.argv[1])), sys.argv[2])
print("ready", flush=True)
while not Path(sys.argv[3]).exists():
    time.sleep(0.01)
InOrder().estimate(plan, anew=True)
"""


def figures(root: Path) -> dict[str, str]:
    store = open_store(root / "warehouse")
    with store.session():
        return {
            name: store.table(name, WAVE).to_csv(index=False)
            for name, table in TABLES.items()
            if table.layer is Layer.OUT and table.kept_in == "duckdb" and "wave" in table.names
        }


def test_two_coordinators_of_one_wave_leave_what_one_leaves(nation: Any, warm: Any, tmp_path: Path) -> None:
    """Each commits by sectors, as they come, in turns with the other; inputs and seed are the same, and so are bits."""
    root = shutil.copytree(nation.workspace.root, tmp_path / "workspace")
    expected, before = figures(root), len(Ledger.of(open_workspace(root)).events())
    env, go = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}, tmp_path / "go"
    begun = [warm.start(ESTIMATE, str(root), WAVE, str(go), env=env) for _ in range(2)]
    assert [one.stdout.readline() for one in begun] == ["ready\n"] * 2
    go.touch()
    ended = [(one.communicate(timeout=600)[1], one.wait()) for one in begun]
    assert [code for _, code in ended] == [0, 0], ended
    assert figures(root) == expected
    ledger = Ledger.of(open_workspace(root))
    assert not list(ledger.damages())
    ends = [one["event"] for one in ledger.events()[before:] if one["event"] != "START"]
    assert set(ends) == {"COMPLETE"}, "neither took the other's runs for killed"


SHARE = """
import sys, time
from pathlib import Path
from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of
root, wave, go, number = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
workspace = open_workspace(root)
plan, sources = load_plan(workspace, wave), sources_of(workspace, wave)
print("ready", flush=True)
while not go.exists():
    time.sleep(0.01)
InOrder().collect(plan, [one for k, one in enumerate(sources) if k % 2 == number])
print("collected", flush=True)
while go.exists():
    time.sleep(0.01)
InOrder().estimate(plan)
"""
PUBLISH = """
import sys
from pathlib import Path
from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of
workspace = open_workspace(Path(sys.argv[1]))
InOrder().run(load_plan(workspace, sys.argv[2]), sources_of(workspace, sys.argv[2]))
"""


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    return {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def test_machines_that_share_a_catalogue_publish_what_one_publishes(
    nation: Any, warm: Any, tmp_path: Path, catalogue: SharedCatalogue, sharing: Any
) -> None:
    """Each reads half of the files; one is killed while both estimate; the other goes on; a third publishes."""
    wave, go, shared = nation.plan.waves[0], tmp_path / "go", tmp_path / "disk" / "warehouse"
    roots = [sharing(tmp_path / name, shared, catalogue) for name in ("one", "two", "three")]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    begun = [warm.start(SHARE, str(root), wave, str(go), str(k), env=env) for k, root in enumerate(roots[:2])]
    assert [one.stdout.readline() for one in begun] == ["ready\n"] * 2
    go.touch()
    collected = [one.stdout.readline() for one in begun]
    go.unlink()
    assert collected == ["collected\n"] * 2, [one.communicate() for one in begun]
    estimated = roots[0] / "runs"
    while not any('"estimate"' in one.read_text() for one in estimated.glob("*.jsonl")):
        assert not begun[0].ended(), begun[0].communicate()
        time.sleep(0.01)
    begun[0].kill()
    complaint, code = begun[1].communicate(timeout=600)[1], begun[1].wait()
    assert code == 0, complaint
    done = warm.run(PUBLISH, str(roots[2]), wave, env=env)
    assert done.returncode == 0, done.stderr
    assert hashes(roots[2] / "releases" / wave) == hashes(nation.release(wave))
    assert not list(shared.glob("ncsi.duckdb*"))
