"""How every flow is run: a thread waits for each worker process, nothing persisted."""

from __future__ import annotations

from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from ncsi.stages.crew import workers


def flow_options(name: str, run: str = "{plan.wave.id}") -> dict[str, Any]:
    """Keyword arguments of `@flow`; parameters are passed as they are; `run` names the run by them."""
    return {
        "name": name,
        "flow_run_name": f"{name} {run}",
        "task_runner": ThreadPoolTaskRunner(max_workers=workers() + 1),
        "validate_parameters": False,
        "persist_result": False,
    }
