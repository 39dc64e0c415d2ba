"""What kills a command at work, for all tests of faults."""

from __future__ import annotations

import pytest

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
