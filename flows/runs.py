"""What every flow and run of ours has in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import Flow, State
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.task_runners import ThreadPoolTaskRunner

from flows.at_work import begin_work, end_work
from ncsi.spec import Wave
from ncsi.worker_pool import workers

TAG = "ncsi"
"""Of every run and deployment."""


def _ended(_flow: Flow[..., Any], run: FlowRun, _state: State[Any]) -> None:
    end_work(run.id)


FLOW: Mapping[str, Any] = {
    "task_runner": ThreadPoolTaskRunner(max_workers=workers() + 1),
    "persist_result": False,
    **{f"on_{end}": [_ended] for end in ("completion", "failure", "cancellation", "crashed")},
}
"""Keyword arguments of `@flow`: a thread waits for each worker process, nothing is persisted, work ends once the server
knows how."""


def run_name(wave: str, moment: datetime, work: str) -> str:
    """Wave, date and hour as the clock of its zone shows them, and what is done."""
    return f"{wave} {moment:%Y-%m-%d %H:%M} {work}"


def tags_of(wave: Wave) -> tuple[str, ...]:
    """The wave, and every agency that delivers for it."""
    of_files = (one.agency for one in wave.sources if one.agency is not None)
    agencies = sorted({one.agency for one in wave.deliveries} | set(of_files))
    return (wave.id, *(f"agency:{one}" for one in agencies))


def begin_own_run(workspace: Path) -> FlowRun:
    """This process works on the run of the flow that this is called in, until the server knows how it ended."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("called outside a flow")
    begin_work(workspace, context.flow_run.id)
    return context.flow_run
