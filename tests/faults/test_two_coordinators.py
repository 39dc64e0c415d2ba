"""Two commands at work on one wave of a shared workspace: neither is turned away, and what stays is what one leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ncsi.ledger import Ledger
from ncsi.spec import open_workspace
from ncsi.store import open as open_store
from ncsi.tables import TABLES, Layer

WAVE = "2026Q1"
ESTIMATE = """
import sys
from pathlib import Path
from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
plan = load_plan(open_workspace(Path(sys.argv[1])), sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
InOrder().estimate(plan, anew=True)
"""


def figures(root: Path) -> dict[str, str]:
    store = open_store(root / "warehouse")
    return {
        name: store.table(name, WAVE).to_csv(index=False)
        for name, table in TABLES.items()
        if table.layer is Layer.OUT and table.kept_in == "duckdb" and "wave" in table.names
    }


def test_two_coordinators_of_one_wave_leave_what_one_leaves(nation: Any, tmp_path: Path) -> None:
    """Each commits by sectors, as they come, in turns with the other; inputs and seed are the same, and so are bits."""
    root = shutil.copytree(nation.workspace.root, tmp_path / "workspace")
    expected, before = figures(root), len(Ledger.of(open_workspace(root)).events())
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", ESTIMATE, str(root), WAVE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        for _ in range(2)
    ]  # fmt: skip
    for one in begun:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in begun:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in begun:
        one.communicate(timeout=600)
    assert [one.returncode for one in begun] == [0, 0]
    assert figures(root) == expected
    ledger = Ledger.of(open_workspace(root))
    assert not list(ledger.damages())
    ends = [one["event"] for one in ledger.events()[before:] if one["event"] != "START"]
    assert set(ends) == {"COMPLETE"}, "neither took the other's runs for killed"
