"""Working on the runs of a timetable, on whatever server there is, whether it stays or comes and goes."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from threading import Event, Thread
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import PrefectHTTPStatusError
from prefect.runner import Runner

from flows.orphans import GRACE, end_orphans
from flows.schedule import Timetable, remove_others

Tell = Callable[[str], None]
_OF_THE_SERVER = (httpx.TransportError, PrefectHTTPStatusError)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds, the server is asked again, orphans are looked for, and runs are made."""

    server: float = 5.0
    orphans: float = 60.0
    runs: float = 3600.0
    grace: timedelta = GRACE


class _Runner(Runner):
    """Stopped by SIGTERM as by Ctrl-C: Prefect's own ends with exit code 0, and without stopping what it works on."""

    def handle_sigterm(self, *_args: object, **_options: object) -> None:
        signal.raise_signal(signal.SIGINT)


def serve(timetable: Timetable, tell: Tell, pace: Pace = Pace()) -> None:
    """Register the deployments, make their runs and work on them, one at a time, until interrupted.

    While the server does not answer it is waited for. Runs that were made stay while nobody serves them: whoever
    comes next does what was missed.
    """
    while True:
        _wait_for_server(tell, pace.server)
        try:
            _serve_once(timetable, tell, pace)
        except Exception as error:
            if not _is_of_the_server(error):
                raise
        else:
            return


def _serve_once(timetable: Timetable, tell: Tell, pace: Pace) -> None:
    runner = _Runner(limit=1, pause_on_shutdown=False)
    ids = {f"{one.flow_name}/{one.name}": _registered(runner, one) for one in timetable.deployments()}
    with get_client(sync_client=True) as client:
        for name in remove_others(client, timetable.root, list(ids.values())):
            tell(f"The deployment of {name} was removed: the wave is not planned any more.")
        _attend(client, timetable, ids, tell, pace, runs_too=True)
    stop = Event()
    beside = Thread(target=_keep_attending, args=(timetable, ids, tell, pace, stop), daemon=True)
    beside.start()
    try:
        with redirect_stdout(StringIO()):  # its tracebacks of a server that is away
            asyncio.run(runner.start())
    finally:
        stop.set()


def _registered(runner: Runner, deployment: RunnerDeployment) -> UUID:
    known = runner.add_deployment(deployment)
    if not isinstance(known, UUID):
        raise TypeError("add_deployment answered with a coroutine: call it outside an event loop")
    return known


def _keep_attending(timetable: Timetable, ids: dict[str, UUID], tell: Tell, pace: Pace, stop: Event) -> None:
    since = 0.0
    while not stop.wait(pace.orphans):
        since += pace.orphans
        try:
            with get_client(sync_client=True) as client:
                _attend(client, timetable, ids, tell, pace, runs_too=since >= pace.runs)
        except _OF_THE_SERVER:
            continue
        since = 0.0 if since >= pace.runs else since


def _attend(
    client: SyncPrefectClient,
    timetable: Timetable,
    ids: dict[str, UUID],
    tell: Tell,
    pace: Pace,
    *,
    runs_too: bool,
) -> None:
    for name in end_orphans(client, timetable.root, pace.grace):
        tell(f"{name}: its process ended without a word. It crashed, and begins again.")
    if runs_too:
        timetable.make_runs(client, ids)


def _wait_for_server(tell: Tell, pause: float) -> None:
    told = False
    while True:
        with get_client(sync_client=True) as client:
            error = client.api_healthcheck()
            if error is None:
                return
            if not told:
                tell(f"The Prefect server at {client.api_url} does not answer: waiting for it.")
                told = True
        Event().wait(pause)


def _is_of_the_server(error: BaseException) -> bool:
    """Whether it came of a server that went away: what its runner makes of that is a group, or an error of its own."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_of_the_server(one) for one in error.exceptions)
    return isinstance(error, _OF_THE_SERVER) or "exceeded error threshold" in str(error)


def on_stderr(line: str) -> None:
    """A line for whoever watches the terminal, or the log of the service."""
    print(line, file=sys.stderr, flush=True)
