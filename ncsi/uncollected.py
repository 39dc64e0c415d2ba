"""Imported first by the clean process that workers are forked off: it collects nothing, for what it imports stays, and
Ctrl-C, which reaches every process of a terminal, is for the command that began it.

Each worker collects again, once what it was born with is set aside, and is interrupted (`ncsi.worker_pool`).
"""

import gc
import signal

gc.disable()
signal.signal(signal.SIGINT, signal.SIG_IGN)
