"""A deployment for each planned wave, served against a standing Prefect server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from prefect import flow, serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import RRule
from prefect.types.entrypoint import EntrypointType

from flows.prefect_engine import PrefectEngine, flow_options
from ncsi.spec import Wave, open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.due import firings


@flow(**flow_options("planned"))
def planned(workspace: str, wave: str, zone: str) -> str:
    """Read the wave's file as it is today, and do what is due today in that time zone."""
    plan = load_plan(open_workspace(Path(workspace)), wave)
    with PrefectEngine() as engine:
        done = engine.run_due(plan, datetime.now(ZoneInfo(zone)))
    return ", ".join(done) or "nothing was due, or nothing has come yet"


def deployment(root: Path, wave: Wave, at: time, zone: ZoneInfo) -> RunnerDeployment:
    """The wave's runs, one at a time: a second would only wait for the store."""
    made = planned.to_deployment(
        name=wave.id,
        schedules=[RRule(firing.rrule, timezone=zone.key) for firing in firings(wave, at, zone)],
        concurrency_limit=1,
        parameters={"workspace": str(root.resolve()), "wave": wave.id, "zone": zone.key},
        tags=["ncsi"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    if not isinstance(made, RunnerDeployment):
        raise TypeError("to_deployment answered with a coroutine: call it outside an event loop")
    return made


def serve_waves(root: Path, waves: Sequence[Wave], at: time, zone: ZoneInfo) -> None:
    """Register the deployments and work on their runs until interrupted; their schedules pause with us."""
    serve(*(deployment(root, wave, at, zone) for wave in waves), limit=1, print_starting_message=False)
