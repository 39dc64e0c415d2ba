"""Two commands at work on one wave of a shared workspace: neither is turned away, and what stays is what one leaves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from ncsi.ledger import Ledger
from ncsi.spec import open_workspace
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
