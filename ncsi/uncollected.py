"""Imported first by the clean process that workers are forked off: it collects nothing, for what it imports stays;
Ctrl-C, which reaches every process of a terminal, is for the command that began it; and so is its stdout, which whoever
reads would find open until everything is imported, though the command is over: what is printed here goes to stderr.
Where the command ends, or is killed, while it imports, it ends at the next import, and not four seconds later.

Each worker collects again, once what it was born with is set aside, and is interrupted (`ncsi.worker_pool`).
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder

_OWN, _BEGUN_BY = os.getpid(), os.getppid()


class _Orphaned(MetaPathFinder):
    """Finds no module: nobody will ask this process for a worker once who began it is gone."""

    def find_spec(self, *_asked: object) -> None:
        if os.getpid() == _OWN and os.getppid() != _BEGUN_BY:
            os._exit(0)


gc.disable()
with suppress(OSError):  # where stderr is closed
    os.dup2(2, 1)
signal.signal(signal.SIGINT, signal.SIG_IGN)
if hasattr(signal, "pthread_sigmask"):  # held back until here: workers are to hear it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
sys.meta_path.insert(0, _Orphaned())
