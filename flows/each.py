"""A step over files or sectors as Prefect tasks: one task an item, at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import as_completed
from prefect.tasks import Task

from ncsi.errors import StoreBusy
from ncsi.stages.wave import Each, Progress

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def as_tasks(progress: Progress | None = None) -> Each:
    """Map a step over its items on the flow's task runner; outcomes in the items' order."""

    def each(step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]) -> tuple[Outcome, ...]:
        futures = [_task(step, name, work).submit(item) for name, item in items.items()]
        for done, _ in enumerate(as_completed(futures), 1):
            if progress:
                progress(step, done, len(items))
        return tuple(future.result() for future in futures)

    return each


def _task(step: str, item: str, work: Callable[[Item], Outcome]) -> Task[[Item], Outcome]:
    """Results are never persisted: a stored result that is tampered with would execute code."""
    decorate = task(
        name=step,
        task_run_name=f"{step} {item}",
        retries=3,
        retry_delay_seconds=[2.0, 5.0, 15.0],
        retry_condition_fn=_store_was_busy,
        persist_result=False,
        cache_policy=NO_CACHE,
    )
    return decorate(work)


def _store_was_busy(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Waiting helps only while another process holds the store; a fault of the data stays a fault."""
    return isinstance(state.result(raise_on_failure=False), StoreBusy)
