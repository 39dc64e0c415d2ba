"""What every flow and run of ours has in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.context import FlowRunContext
from prefect.task_runners import ThreadPoolTaskRunner

from ncsi.spec import Wave
from ncsi.worker_pool import workers

TAG = "ncsi"
"""Of every run and deployment."""
FLOW: Mapping[str, Any] = {
    "task_runner": ThreadPoolTaskRunner(max_workers=workers() + 1),
    "persist_result": False,
}
"""Keyword arguments of `@flow`: a thread waits for each worker process, nothing is persisted."""


def run_name(wave: str, moment: datetime, work: str) -> str:
    """Wave, date and hour as the clock of its zone shows them, and what is done."""
    return f"{wave} {moment:%Y-%m-%d %H:%M} {work}"


def tags_of(wave: Wave) -> tuple[str, ...]:
    """The wave, and every agency that delivers for it."""
    of_files = (one.agency for one in wave.sources if one.agency is not None)
    agencies = sorted({one.agency for one in wave.deliveries} | set(of_files))
    return (wave.id, *(f"agency:{one}" for one in agencies))


def own_run() -> UUID:
    """The run of the flow that this is called in."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("called outside a flow")
    return context.flow_run.id
