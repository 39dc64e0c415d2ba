"""How every flow is run: a thread waits for each worker process, nothing persisted."""

from __future__ import annotations

from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from ncsi.stages.crew import workers


def flow_options(name: str) -> dict[str, Any]:
    """Keyword arguments of `@flow`; parameters are frozen specs and are passed as they are."""
    return {
        "name": name,
        "flow_run_name": f"{name} {{plan.wave.id}}",
        "task_runner": ThreadPoolTaskRunner(max_workers=workers() + 1),
        "validate_parameters": False,
        "persist_result": False,
    }
