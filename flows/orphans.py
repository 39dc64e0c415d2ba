"""Runs whose process is gone: the server is told that they crashed, and those that were scheduled begin again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Crashed, Scheduled

from flows.at_work import Presence, forget, presence
from flows.runs import TAG

GRACE = timedelta(minutes=2)
"""A run that has just begun has no lock yet; one whose lock was let go needs no patience."""
_TO_START = 5
"""So many times longer for a process to be started, which a busy machine takes its time for."""
BEGINNINGS = 3
"""How often a run that crashes begins again: what kills its process may do so every time."""
_AGAIN = "again-"
_RECENT = timedelta(days=2)
_UNFINISHED = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


def end_orphans(client: SyncPrefectClient, workspace: Path, grace: timedelta = GRACE) -> tuple[str, ...]:
    """Tell the server of runs of the workspace that nobody works on, and begin again those that were scheduled.

    Returns the names of the runs that were ended. A state's time that lies ahead, as after a clock was set back, counts
    as one that is past.
    """
    now = datetime.now(UTC)
    ended = []
    for run in _runs(client, workspace, now - timedelta(days=3650), _UNFINISHED):
        if is_abandoned(workspace, run, now, grace):
            client.set_flow_run_state(
                run.id, Crashed(message="Its process ended without a word."), force=True
            )
            forget(workspace, run.id)
            ended.append(run.name)
    for run in _runs(client, workspace, now - _RECENT, (StateType.CRASHED,)):
        _begin_again(client, run)
    return tuple(ended)


def is_abandoned(workspace: Path, run: FlowRun, now: datetime, grace: timedelta) -> bool:
    """Whether nobody works on the run: its lock was let go, or `grace` after its last state it has none."""
    found = presence(workspace, run.id)
    if found is not Presence.UNKNOWN:
        return found is Presence.GONE
    told = run.state.timestamp if run.state else now
    return abs(now - told) >= (grace * _TO_START if run.state_type is StateType.PENDING else grace)


def _begin_again(client: SyncPrefectClient, run: FlowRun) -> None:
    """One more run in its place, once, however often this is called; none where its deployment was removed."""
    before = [int(tag.removeprefix(_AGAIN)) for tag in run.tags if tag.startswith(_AGAIN)]
    beginning = max(before, default=0) + 1
    if run.deployment_id is None or beginning > BEGINNINGS:
        return
    first = run.name.partition(" (again")[0]
    try:
        client.create_flow_run_from_deployment(
            run.deployment_id,
            name=f"{first} (again {beginning})",
            state=Scheduled(),
            tags=[*(tag for tag in run.tags if not tag.startswith(_AGAIN)), f"{_AGAIN}{beginning}"],
            idempotency_key=f"{_AGAIN}{run.id}",
        )
    except PrefectHTTPStatusError as error:
        if error.response.status_code != HTTPStatus.NOT_FOUND:
            raise


def _runs(
    client: SyncPrefectClient, workspace: Path, since: datetime, states: tuple[StateType, ...]
) -> Iterator[FlowRun]:
    """Runs of the workspace in one of these states."""
    asked = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[TAG]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))),
        expected_start_time=FlowRunFilterExpectedStartTime(after_=since),
    )
    own = str(workspace.resolve())
    return (
        run for run in client.read_flow_runs(flow_run_filter=asked) if run.parameters.get("workspace") == own
    )
