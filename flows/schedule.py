"""A deployment for each step of each planned wave, and their runs, made in advance under the wave's name and the date.

A server's own schedules make runs under made-up names, and none while it is off.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.states import Cancelled, Scheduled
from prefect.types.entrypoint import EntrypointType

from flows.at_work import alone_on
from flows.orphans import end_orphans
from flows.runs import FLOW, TAG, begin_own_run, run_name, tags_of
from flows.server_log import tell_server
from ncsi import clean_process
from ncsi.errors import NcsiError, StoreBusy
from ncsi.spec import Wave, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.due import Firing, Step, due_steps, firings, zone_of
from ncsi.stages.inbox_watch import INBOX, held, rested
from ncsi.stages.notify import failing_told
from ncsi.stages.register import closed_at

if TYPE_CHECKING:
    from flows.prefect_engine import PrefectEngine

HORIZON = timedelta(days=14)
"""How far ahead runs are made."""
_PAGE = 200


@flow(name="collect", **FLOW)
def collect(workspace: Path, wave: str, zone: str) -> str:
    """Take what has been delivered for the wave."""
    return _do_due(workspace, wave, zone, "collect")


@flow(name="estimate", **FLOW)
def estimate(workspace: Path, wave: str, zone: str) -> str:
    """Take what has been delivered for the wave, and estimate it where fieldwork is over."""
    return _do_due(workspace, wave, zone, "estimate")


@flow(name="publish", **FLOW)
def publish(workspace: Path, wave: str, zone: str) -> str:
    """Collect, estimate and publish the wave where it is time."""
    return _do_due(workspace, wave, zone, "publish")


@flow(name="board", **FLOW)
def board(workspace: Path, wave: str, zone: str) -> str:  # noqa: ARG001 - as the others, which a work pool deploys alike
    """Write the wave's board, whether or not files came, and tell what is due of it."""
    opened = open_workspace(workspace)
    begin_own_run(workspace)
    with failing_told(opened, wave, _caution):
        plan = load_plan(opened, wave)
        with _engine("collect") as engine:
            return engine.board(plan).name


@flow(name="inbox", **FLOW)
def inbox(workspace: Path, zone: str) -> str:
    """Take the files that rest in `inbox/` of the workspace, each to its wave in the field."""
    opened, folder = open_workspace(workspace), workspace / INBOX
    begin_own_run(workspace)
    try:
        with held(folder):
            ready = rested(folder)
            if not ready:
                return "nothing has come"
            with _engine("collect") as engine:
                arrivals = engine.take_in(opened, folder, ready, datetime.now(ZoneInfo(zone)))
    except StoreBusy as error:
        return f"left to the next run: {error}"
    became = Counter(one.became for one in arrivals)
    return ", ".join(f"{n} {what}" for what, n in became.items())


@flow(name="attend", **FLOW)
def attend(workspace: Path) -> str:
    """Tell the server of runs whose process is gone, and begin those again that were scheduled: of a work pool, whose
    server believes a worker's last word. Runs of this that were due while all workers were busy are passed over."""
    open_workspace(workspace)
    own = begin_own_run(workspace)
    with get_client(sync_client=True) as client:
        gone = end_orphans(client, workspace)
        if own.deployment_id is not None:
            pass_over(client, own.deployment_id, datetime.now(UTC))
    if not gone:
        return "every run has its process"
    said = f"crashed, and begun again: {', '.join(gone)}"
    tell_server((said,))
    return said


FLOWS = {"collect": collect, "board": board, "estimate": estimate, "publish": publish}
"""Of a wave; `inbox` and `attend` are of the workspace."""
_UP_TO: Mapping[Step, tuple[clean_process.Step, ...]] = {
    "collect": ("collect",),
    "estimate": ("collect", "estimate"),
    "publish": clean_process.STEPS,
}


def _do_due(workspace: Path, wave: str, zone: str, last: Step) -> str:
    """Read the wave's file as it is now, and do what is due now in that time zone, up to a step. Says what was done."""
    opened = open_workspace(workspace)
    begin_own_run(workspace)
    with failing_told(opened, wave, _caution), alone_on(workspace, wave):
        plan = load_plan(opened, wave)  # as its file is now; of a wave that was deleted nothing begins
        with _engine(*_UP_TO[last]) as engine:
            done = engine.run_due(plan, datetime.now(ZoneInfo(zone)), last)
    return ", ".join(done) or "nothing was due, or nothing has come yet"


@contextmanager
def _engine(*steps: clean_process.Step) -> Iterator[PrefectEngine]:
    """The engine, its processes made ready for these steps."""
    clean_process.begin(steps)
    with clean_process.importing():  # not by whoever serves: seconds, and memory for as long as that lasts
        from flows.prefect_engine import PrefectEngine
    with PrefectEngine(caution=_caution) as engine:
        yield engine


def _caution(line: str) -> None:
    tell_server((line,))
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Timetable:
    """What is to run when: the waves of a workspace, daily at an hour of their zone, or of `zone`; where it has an
    `inbox/`, that each hour in which a wave takes files."""

    root: Path
    waves: tuple[Wave, ...]
    at: time
    zone: ZoneInfo

    def deployments(self) -> Iterator[RunnerDeployment]:
        """One for each step of each wave, and one for the inbox."""
        for wave in self.waves:
            for own in FLOWS.values():
                zone = zone_of(wave, self.zone).key
                yield _deployment(own, wave.id, tags_of(wave), workspace=self._own, wave=wave.id, zone=zone)
        if self._has_inbox:
            yield _deployment(inbox, self._name, (), workspace=self._own, zone=self.zone.key)

    def make_runs(self, client: SyncPrefectClient, ids: Mapping[str, UUID]) -> None:
        """Make the runs of the days to come, and for what was missed, one; `ids`: deployments by flow and name.

        Waves are read as they are now; one that cannot be read keeps the runs it has. What was made before and is not
        in the timetable any more is taken back.
        """
        now, workspace = datetime.now(UTC), open_workspace(self.root)
        hours: set[datetime] = set()
        for one in self.waves:
            try:
                wave = workspace.wave(one.id)
                closed = closed_at(workspace, wave)
            except NcsiError:
                continue
            zone = zone_of(wave, self.zone)
            own = {step: ids[f"{step}/{wave.id}"] for step in FLOWS}
            self._make(client, wave.id, own, firings(wave, self.at, zone, closed), now)
            if closed is None:
                hours |= set(_hours(wave, zone, now))
        if self._has_inbox:
            fired = [Firing("inbox", one.astimezone(self.zone)) for one in sorted(hours)]
            self._make(client, self._name, {"inbox": ids[f"inbox/{self._name}"]}, fired, now)

    def _make(
        self,
        client: SyncPrefectClient,
        name: str,
        own: Mapping[str, UUID],
        fired: Sequence[Firing],
        now: datetime,
    ) -> None:
        planned = [one for one in fired if one.time <= now + HORIZON]
        missed = [one for one in planned if one.time <= now]
        wanted = {self._key(name, one): one for one in (*missed[-1:], *planned[len(missed) :])}
        made = list(_scheduled(client, list(own.values())))
        for run in made:
            key = run.idempotency_key or ""
            if key.startswith(self._key(name)) and key not in wanted:
                client.set_flow_run_state(run.id, _missed(), force=True)
        known = {run.idempotency_key for run in made}
        for key, firing in wanted.items():
            if key not in known:
                client.create_flow_run_from_deployment(
                    own[firing.step],
                    name=run_name(name, firing.time, firing.step),
                    state=Scheduled(scheduled_time=firing.time),
                    idempotency_key=key,
                )

    @property
    def _own(self) -> str:
        return str(self.root.resolve())

    @property
    def _name(self) -> str:
        """Of the inbox's deployment."""
        return self.root.resolve().name or "inbox"

    @property
    def _has_inbox(self) -> bool:
        return (self.root / INBOX).is_dir()

    def _key(self, name: str, firing: Firing | None = None) -> str:
        """What a run is known by, however often it is made; without a firing, how those of its name begin."""
        begin = f"{TAG} {self._own} {name} "
        return begin if firing is None else f"{begin}{firing.step} {firing.time.astimezone(UTC).isoformat()}"


def remove_others(client: SyncPrefectClient, root: Path, kept: Sequence[UUID]) -> tuple[str, ...]:
    """Remove the deployments of the workspace that are not `kept`, as of a wave that was deleted; their names."""
    ours = client.read_deployments(
        deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])), limit=_PAGE
    )
    own = str(root.resolve())
    gone = [one for one in ours if one.parameters.get("workspace") == own and one.id not in kept]
    for one in gone:
        client.delete_deployment(one.id)
    return tuple(one.name for one in gone)


def pass_over(client: SyncPrefectClient, deployment: UUID, now: datetime) -> None:
    """Cancel the deployment's runs that were due by `now` and have not begun."""
    for run in list(_scheduled(client, [deployment])):
        if run.expected_start_time is not None and run.expected_start_time <= now:
            client.set_flow_run_state(run.id, _missed())


def _missed() -> State[Any]:
    return Cancelled(name="Missed", message="A later run does what this one was to do.")


def _hours(wave: Wave, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """Full hours of the day to come, and the one that has begun, in which the wave takes files."""
    first = now.replace(minute=0, second=0, microsecond=0)
    for k in range(25):
        hour = first + timedelta(hours=k)
        if due_steps(wave, hour.astimezone(zone)) in (("collect",), ("collect", "estimate")):
            yield hour


def _deployment(own: Any, name: str, tags: Sequence[str], **parameters: str) -> RunnerDeployment:
    made = own.to_deployment(
        name=name, parameters=parameters, tags=[TAG, *tags], entrypoint_type=EntrypointType.MODULE_PATH
    )
    if not isinstance(made, RunnerDeployment):
        raise TypeError("to_deployment answered with a coroutine: call it outside an event loop")
    return made


def _scheduled(client: SyncPrefectClient, deployments: list[UUID]) -> Iterator[FlowRun]:
    """Runs of the deployments that have not begun."""
    asked = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=deployments),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
    )
    offset = 0
    while page := client.read_flow_runs(flow_run_filter=asked, limit=_PAGE, offset=offset):
        yield from page
        offset += len(page)
