"""A deployment for each step of each planned wave, and their runs, made in advance under the wave's name and the date.

A server's own schedules make runs under made-up names, and none while it is off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient
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

from flows.at_work import alone_on, at_work
from flows.runs import FLOW, TAG, own_run, run_name, tags_of
from ncsi import clean_process
from ncsi.spec import Wave, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.due import Firing, Step, firings, zone_of

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


FLOWS = {"collect": collect, "estimate": estimate, "publish": publish}


def _do_due(workspace: Path, wave: str, zone: str, last: Step) -> str:
    """Read the wave's file as it is now, and do what is due now in that time zone, up to a step. Says what was done."""
    with at_work(workspace, own_run()), alone_on(workspace, wave):
        clean_process.begin()
        with (
            clean_process.importing()
        ):  # not by whoever serves: seconds, and memory for as long as that lasts
            from flows.prefect_engine import PrefectEngine
        plan = load_plan(open_workspace(workspace), wave)
        with PrefectEngine() as engine:
            done = engine.run_due(plan, datetime.now(ZoneInfo(zone)), last)
    return ", ".join(done) or "nothing was due, or nothing has come yet"


@dataclass(frozen=True, slots=True)
class Timetable:
    """What is to run when: the waves of a workspace, daily at an hour of their zone, or of `zone`."""

    root: Path
    waves: tuple[Wave, ...]
    at: time
    zone: ZoneInfo

    def deployments(self) -> Iterator[RunnerDeployment]:
        """One for each step of each wave."""
        for wave in self.waves:
            for step in FLOWS:
                yield _deployment(self.root, wave, step, zone_of(wave, self.zone))

    def make_runs(self, client: SyncPrefectClient, ids: Mapping[str, UUID]) -> None:
        """Make the runs of the days to come, and for what was missed, one; `ids`: deployments by flow and wave.

        What was made before and is not in the timetable any more is taken back.
        """
        for wave in self.waves:
            own = {step: ids[_name(step, wave)] for step in FLOWS}
            self._make(client, wave, own, datetime.now(UTC))

    def _make(self, client: SyncPrefectClient, wave: Wave, own: Mapping[str, UUID], now: datetime) -> None:
        planned = [
            one for one in firings(wave, self.at, zone_of(wave, self.zone)) if one.time <= now + HORIZON
        ]
        missed = [one for one in planned if one.time <= now]
        wanted = {self._key(wave, one): one for one in (*missed[-1:], *planned[len(missed) :])}
        made = list(_scheduled(client, list(own.values())))
        for run in made:
            key = run.idempotency_key or ""
            if key.startswith(self._key(wave)) and key not in wanted:
                why: State[Any] = Cancelled(
                    name="Missed", message="A later run does what this one was to do."
                )
                client.set_flow_run_state(run.id, why, force=True)
        known = {run.idempotency_key for run in made}
        for key, firing in wanted.items():
            if key not in known:
                client.create_flow_run_from_deployment(
                    own[firing.step],
                    name=run_name(wave.id, firing.time, firing.step),
                    state=Scheduled(scheduled_time=firing.time),
                    idempotency_key=key,
                )

    def _key(self, wave: Wave, firing: Firing | None = None) -> str:
        """What a run is known by, however often it is made; without a firing, how those of the wave begin."""
        begin = f"{TAG} {self.root.resolve()} {wave.id} "
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


def _deployment(root: Path, wave: Wave, step: str, zone: ZoneInfo) -> RunnerDeployment:
    made = FLOWS[step].to_deployment(
        name=wave.id,
        parameters={"workspace": str(root.resolve()), "wave": wave.id, "zone": zone.key},
        tags=[TAG, *tags_of(wave)],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    if not isinstance(made, RunnerDeployment):
        raise TypeError("to_deployment answered with a coroutine: call it outside an event loop")
    return made


def _name(step: str, wave: Wave) -> str:
    return f"{step}/{wave.id}"


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
