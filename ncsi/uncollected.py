"""Imported first by the clean process that workers are forked off: it collects nothing, for what it imports stays.

Each worker collects again, once what it was born with is set aside (`ncsi.worker_pool`).
"""

import gc

gc.disable()
