"""The example workspace with its wave published, run once for all tests that damage, copy or age it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ncsi.engine import InOrder
from ncsi.signing import new_key
from ncsi.spec import open_workspace, schemas_root
from ncsi.spec.plan import load_plan
from ncsi.stages.source_files import sources_of

WAVE = "2026"


@pytest.fixture(scope="session")
def published_example(common: Path, once: Callable[[str, Callable[[], Any]], Any]) -> Path:
    """Its folder, to be copied: other processes read it too."""
    root: Path = once("example", lambda: _published(common / "example-as-made"))
    return root


def _published(root: Path) -> Path:
    shutil.copytree(schemas_root() / "example", root)
    path = root / "waves" / f"{WAVE}.yaml"
    text = path.read_text(encoding="utf-8").replace("replicates: 1000", "replicates: 100")
    path.write_text(text.replace("number: 500", "number: 100"), encoding="utf-8")
    for name, content in ((".ncsi-key", "k" * 32), (".ncsi-signing-key", new_key().pem())):
        (root / name).touch(mode=0o600)
        (root / name).write_text(content)
    workspace = open_workspace(root)
    InOrder().run(load_plan(workspace, WAVE), sources_of(workspace, WAVE))
    return root


KILLER = """
import os, signal, sys, time
from ncsi.cli.main import main
root, seen, wait, *command = sys.argv[1:]
ledger = os.path.join(root, "runs", "ledger.jsonl")
before = os.path.getsize(ledger)
child = os.fork()
if child == 0:
    main(command)
    os._exit(0)
end = time.monotonic() + 600
while time.monotonic() < end:
    with open(ledger, encoding="utf-8") as lines:
        lines.seek(before)
        if any(seen in one and "START" in one for one in lines):
            break
    time.sleep(0.01)
time.sleep(float(wait))
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
"""


@pytest.fixture
def killer() -> str:
    """A program that runs `ncsi` with its further arguments and kills it: so many seconds after the ledger of a
    workspace has a START that holds a text."""
    return KILLER
