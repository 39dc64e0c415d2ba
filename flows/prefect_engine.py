"""The engine of Prefect: a flow for a job, a task for a file or sector; worker processes do the work.

Import `flows.settings` and call its `configure` first: Prefect reads its settings when it is imported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from httpx import HTTPError, TransportError
from prefect import Flow, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext, TagsContext
from prefect.futures import as_completed
from prefect.tasks import Task

from flows.orphans import end_orphans
from flows.own_server import wait_until_up
from flows.runs import FLOW, TAG, begin_own_run, run_name, tags_of
from flows.server_log import tell_server
from flows.settings import as_a_command
from flows.visible import item_name, show
from ncsi.engine import Processes, settled
from ncsi.errors import ServerAway, StoreBusy
from ncsi.spec.plan import WavePlan

if TYPE_CHECKING:
    from ncsi.engine import Job

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class _Job(Flow[..., Any]):
    """A flow whose parameters are texts: Prefect would import FastAPI, a fifth of a second, to write them as JSON."""

    def serialize_parameters(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """As they are."""
        return dict(parameters)


class PrefectEngine(Processes):
    """Jobs as flows and items as tasks, with retries and a history. Its server comes up beside the first work; within
    a flow, which has one, none is waited for. Once work has begun, it goes on though the server goes away."""

    server: Future[None] | None = None
    _told_gone = False

    def __enter__(self) -> Self:
        super().__enter__()
        if FlowRunContext.get() is not None:
            return self
        beside = ThreadPoolExecutor(1)
        self.server = beside.submit(_start_server)
        beside.shutdown(wait=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is None and self.server is not None:
            self.server.result()

    def job(self, name: str, plan: Job, work: Callable[[], Outcome]) -> Outcome:
        """Run `work` as a flow; within another, as part of it: a subflow costs a second and shows nothing more.

        Its parameters are the workspace and the wave: a server keeps parameters, and refuses more than 512 KiB
        of them, which the specs of a national wave exceed.
        """
        if FlowRunContext.get() is not None:
            done = super().job(name, plan, work)
            if isinstance(plan, WavePlan):
                self._show(name, plan, done)
            return done

        root, wave = plan.workspace.root, plan.wave.id if isinstance(plan, WavePlan) else plan.name
        ended: Future[Outcome] = Future()

        def keyed(workspace: str, wave: str) -> Outcome:  # noqa: ARG001
            begin_own_run(root)
            with TagsContext(
                current_tags=set()
            ):  # the server would be asked for a limit of each tag of a task
                try:
                    ended.set_result(self.job(name, plan, work))
                except BaseException as error:
                    ended.set_exception(error)
                return ended.result()

        if self.server is not None:
            self.server.result()
        one = _Job(keyed, name=name, flow_run_name=run_name(wave, datetime.now(), name), **FLOW)
        with (
            as_a_command(),
            tags(TAG, *(tags_of(plan.wave) if isinstance(plan, WavePlan) else (wave,))),
        ):
            try:
                with get_client(sync_client=True) as client:
                    end_orphans(client, root)
                return cast("Outcome", one(str(root.resolve()), wave))
            except TransportError as error:
                return self._as_it_ended(name, ended, error)

    def _as_it_ended(self, name: str, ended: Future[Outcome], error: TransportError) -> Outcome:
        """What came of work whose server is gone; raises what the work did, and ServerAway where the server was what
        it lacked."""
        if not ended.done():
            raise ServerAway(
                f"Prefect's server stopped answering before {name} was begun ({type(error).__name__}): run again, or "
                "with `--engine local`, which does the same without one."
            ) from error
        if isinstance(ended.exception(), TransportError):
            raise ServerAway(
                f"Prefect's server stopped answering while {name} was at work ({type(error).__name__}). What was "
                "stored is whole: run again, and it goes on from there; `--engine local` does the same without one."
            ) from error
        if ended.exception() is None:
            self._not_shown(name, error)
        return ended.result()

    def _show(self, name: str, plan: WavePlan, done: object) -> None:
        """On the server, as far as it answers: work that is done stays done."""
        try:
            tell_server(show(plan, done))
        except TransportError as error:
            self._not_shown(name, error)

    def _not_shown(self, name: str, error: TransportError) -> None:
        """Told once: what a server that is gone has not seen is one thing."""
        if not self._told_gone:
            self._told_gone = True
            self.caution(
                f"Prefect's server stopped answering while {name} was at work ({type(error).__name__}): it does not "
                "show what came of it. All is done and stored as ever, and need not be run again."
            )

    def run_step(
        self, step: str, work: Callable[[Item], Outcome], items: Mapping[str, Item]
    ) -> tuple[Outcome, ...]:
        """A task an item. It waits in a thread for its process, so that the server hears of it while all cores
        compute."""
        futures = {name: self._task(step, name, work).submit(item) for name, item in items.items()}
        for done, _ in enumerate(as_completed(list(futures.values())), 1):
            self.tell(step, done, len(items))
        return settled(step, {name: future.result for name, future in futures.items()})

    def _task(self, step: str, item: str, work: Callable[[Item], Outcome]) -> Task[[Item], Outcome]:
        """Results are never persisted: a stored result that is tampered with would execute code."""

        def in_a_process(one: Item) -> Outcome:
            return self.in_a_process(step, item, work, one)

        decorate = task(
            name=step,
            task_run_name=lambda: f"{step} {item_name(item)}",  # no template: names may have braces
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


def _start_server() -> None:
    """Ask the server something, which brings up one that was not begun before: most of a first run's waiting. Raises
    ServerAway."""
    try:
        wait_until_up()
        with get_client(sync_client=True) as client:
            client.hello()
    except (HTTPError, RuntimeError) as error:
        own = os.environ.get("PREFECT_API_URL")
        where = (
            f"the Prefect server at {own} does not answer" if own else "Prefect's own server did not come up"
        )
        cure = "Start it, or unset PREFECT_API_URL" if own else "Try again when the machine has less to do"
        raise ServerAway(
            f"{where} ({type(error).__name__}). {cure}; `--engine local` does the same without one. Nothing was begun."
        ) from error
