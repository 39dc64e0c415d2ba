"""Imported first by the clean process that workers are forked off: it collects nothing, for what it imports stays;
Ctrl-C, which reaches every process of a terminal, is for the command that began it; and so is its stdout, which whoever
reads would find open until everything is imported, though the command is over: what is printed here goes to stderr.

Each worker collects again, once what it was born with is set aside, and is interrupted (`ncsi.worker_pool`).
"""

import gc
import os
import signal
from contextlib import suppress

gc.disable()
with suppress(OSError):  # where stderr is closed
    os.dup2(2, 1)
signal.signal(signal.SIGINT, signal.SIG_IGN)
