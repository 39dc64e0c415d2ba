"""How every flow is run: threads in this process unless told otherwise, nothing persisted."""

from __future__ import annotations

import os
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

THREADS_VARIABLE = "NCSI_THREADS"


def threads() -> int:
    """Sectors estimated at a time: NCSI_THREADS, else the machine's cores up to 4."""
    return int(os.environ.get(THREADS_VARIABLE, min(os.cpu_count() or 1, 4)))


def flow_options(name: str) -> dict[str, Any]:
    """Keyword arguments of `@flow`; parameters are frozen specs and are passed as they are."""
    return {
        "name": name,
        "flow_run_name": f"{name} {{plan.wave.id}}",
        "task_runner": ThreadPoolTaskRunner(max_workers=threads()),
        "validate_parameters": False,
        "persist_result": False,
    }
