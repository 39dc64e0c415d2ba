"""How every flow is run: a thread waits for each worker process, nothing persisted, keys for parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner

from ncsi.spec.plan import WavePlan
from ncsi.stages.crew import workers

Outcome = TypeVar("Outcome")


def flow_options(name: str) -> dict[str, Any]:
    """Keyword arguments of `@flow` for a flow that has a parameter `wave`."""
    return {
        "name": name,
        "flow_run_name": f"{name} {{wave}}",
        "task_runner": ThreadPoolTaskRunner(max_workers=workers() + 1),
        "validate_parameters": False,
        "persist_result": False,
    }


def as_flow(name: str, plan: WavePlan, work: Callable[[], Outcome]) -> Outcome:
    """Run `work` as a flow whose parameters are the workspace and the wave: a server keeps parameters, and
    refuses more than 512 KiB of them, which the specs of a national wave exceed."""

    @flow(**flow_options(name))
    def keyed(workspace: str, wave: str) -> Outcome:  # noqa: ARG001
        return work()

    return keyed(str(plan.workspace.root), plan.wave.id)
