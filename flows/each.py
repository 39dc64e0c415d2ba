"""A step over files or sectors as Prefect tasks: one task an item, at most; a crew of processes does the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
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


def as_tasks(pool: Executor, progress: Progress | None = None) -> Each:
    """Map a step over its items on the flow's task runner; outcomes in the items' order.

    A task waits in a thread for its process, so that the server hears of it while both cores compute.
    """

    def each(step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]) -> tuple[Outcome, ...]:
        futures = [_task(step, name, work, pool).submit(item) for name, item in items.items()]
        for done, _ in enumerate(as_completed(futures), 1):
            if progress:
                progress(step, done, len(items))
        return tuple(future.result() for future in futures)

    return each


def _task(step: str, item: str, work: Callable[[Item], Outcome], pool: Executor) -> Task[[Item], Outcome]:
    """Results are never persisted: a stored result that is tampered with would execute code."""

    def in_a_process(one: Item) -> Outcome:
        return pool.submit(work, one).result()

    decorate = task(
        name=step,
        task_run_name=f"{step} {item}",
        retries=3,
        retry_delay_seconds=[2.0, 5.0, 15.0],
        retry_condition_fn=_store_was_busy,
        persist_result=False,
        cache_policy=NO_CACHE,
    )
    return decorate(in_a_process)


def _store_was_busy(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Waiting helps only while another process holds the store; a fault of the data stays a fault."""
    return isinstance(state.result(raise_on_failure=False), StoreBusy)
