"""`ncsi wave …`: the register, sample sizes, progress, approvals, set times."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say
from ncsi.cli.field import arrival_line, panel, status, watch
from ncsi.cli.group import Group
from ncsi.cli.new_wave import new
from ncsi.cli.notify import notify
from ncsi.cli.questionnaires import questionnaire
from ncsi.cli.register import close, list_waves, reopen, show, withdraw
from ncsi.cli.sample_sizes import plan

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ncsi.cli.options import EngineName
    from ncsi.errors import NcsiError
    from ncsi.spec import Wave, Workspace
    from ncsi.stages.due import Firing
    from ncsi.stages.inbox import Arrival

_NONE_PLANNED = "No wave is planned: all release dates are past."


@click.group(cls=Group)
def wave() -> None:
    """The register of waves, sample sizes, progress, approvals, scheduled runs."""


wave.add_command(new)
wave.add_command(list_waves)
wave.add_command(show)
wave.add_command(close)
wave.add_command(reopen)
wave.add_command(withdraw)
wave.add_command(plan)
wave.add_command(status)
wave.add_command(watch)
wave.add_command(panel)
wave.add_command(questionnaire)
wave.add_command(notify)


@wave.command()
@options.wave
@click.option(
    "--key",
    "key_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Your private key (PEM).",
)
@options.workspace
@options.as_json
def approve(wave_id: str, key_file: Path, root: Path, as_json: bool) -> None:
    """Sign the draft of a release as a second person, once you have looked at it in releases/.draft/."""
    from dataclasses import asdict

    from ncsi.signing import read_key_file
    from ncsi.spec import open_workspace
    from ncsi.stages.approvals import OWN_RELEASE
    from ncsi.stages.approvals import approve as sign

    workspace = open_workspace(root)
    release = wave_id if OWN_RELEASE.fullmatch(wave_id) else workspace.wave(wave_id).id
    done = sign(workspace, release, read_key_file(key_file))
    lines = [f"{done.approver} approves {done.release_id}, draft {done.draft_sha256}."]
    lines.append(
        f"  It lacks {done.lacking} more of {workspace.settings.approvals} approvals."
        if done.lacking
        else f"  Approved by {', '.join(done.approvers)}: `ncsi publish --wave {wave_id}` lets it out."
    )
    say.say(lines, asdict(done), as_json)


def _hour(_: click.Context, __: click.Parameter, value: str) -> time:
    try:
        return datetime.strptime(value, "%H:%M").time()
    except ValueError:
        raise click.BadParameter(f"'{value}' is not a time of day. Write 06:00, for example.") from None


@wave.command()
@click.option(
    "--wave",
    "wave_ids",
    multiple=True,
    metavar="ID",
    help="Wave; may be repeated. Default: every planned one.",
)
@click.option("--at", default="06:00", show_default=True, callback=_hour, help="Time of the daily run.")
@options.timezone
@click.option("--dry-run", is_flag=True, help="Say what would run when; nothing is registered.")
@click.option("--once", is_flag=True, help="Do what is due now, without a server, and end: for cron.")
@options.engine
@options.workspace
@options.as_json
def schedule(
    wave_ids: tuple[str, ...], at: time, zone: ZoneInfo, dry_run: bool, once: bool, engine: EngineName,
    root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Register a deployment for each planned wave on a standing Prefect server, and execute its runs until
    interrupted: collecting daily during fieldwork, estimating after it, publishing on the release date."""
    from ncsi.spec import open_workspace
    from ncsi.stages.due import firings, is_planned, zone_of
    from ncsi.stages.one_at_a_time import doing_due
    from ncsi.stages.register import closed_at

    workspace = open_workspace(root)

    def to_be_done(one: Wave) -> bool:
        released = (workspace.releases / one.id).exists()
        return is_planned(one, datetime.now(zone_of(one, zone)).date(), released=released)

    waves, faults = _readable(workspace, wave_ids, to_be_done)
    planned = [one for one in waves if to_be_done(one)]
    past = [one.id for one in waves if one not in planned]
    if wave_ids and past:
        raise click.BadParameter(f"{', '.join(past)}: the release date is past. Use `ncsi run`.")
    if once:
        with doing_due(workspace):
            _do_due(workspace, planned, faults, zone, engine, as_json)
        return
    when = {one.id: firings(one, at, zone_of(one, zone), closed_at(workspace, one)) for one in planned}
    lines = [_says_when(one, when[one.id], zone_of(one, zone)) for one in planned] or [_NONE_PLANNED]
    facts = {
        one: [{"time": fire.time.isoformat(), "step": fire.step} for fire in fires]
        for one, fires in when.items()
    }
    said = {one: str(error) for one, error in faults.items()}
    say.say(lines, {"waves": facts, "faults": said}, as_json)
    for one, error in said.items():
        click.echo(f"Wave {one} cannot be read, and is left out until this runs anew: {error}", err=True)
    if planned and not dry_run:
        _serve(workspace.root, planned, at, zone)
    if faults:
        sys.exit(2)


def _readable(
    workspace: Workspace, wave_ids: Sequence[str], to_be_done: Callable[[Wave], bool]
) -> tuple[list[Wave], dict[str, NcsiError]]:
    """The waves that are asked for, by default all, and what is wrong with those that cannot be read; with what is
    `to_be_done`, all that it refers to."""
    from ncsi.errors import NcsiError

    waves: list[Wave] = []
    faults: dict[str, NcsiError] = {}
    for one in wave_ids or workspace.wave_ids():
        try:
            wave = workspace.wave_alone(one)
            waves.append(workspace.wave(one) if to_be_done(wave) else wave)
        except NcsiError as error:
            if wave_ids:
                raise
            faults[one] = error
    return waves, faults


def _do_due(
    workspace: Workspace, waves: Sequence[Wave], faults: dict[str, NcsiError], zone: ZoneInfo, engine: EngineName,
    as_json: bool,
) -> None:  # fmt: skip
    """Take the inbox, do what is due of each wave, tell what is due; what fails leaves the others to go on. Raises its
    error, or StepFailed."""
    from ncsi.cli.running import caution
    from ncsi.engine import settled
    from ncsi.stages.inbox_watch import INBOX
    from ncsi.stages.notify import look

    did: dict[str, Sequence[str]] = {}
    arrivals: list[Arrival] = []

    def unreadable(error: NcsiError) -> None:
        raise error

    def taken() -> None:
        arrivals.extend(_taken(workspace, zone, engine))

    def done(wave: Wave) -> None:
        did[wave.id] = _done(workspace, wave, zone, engine)

    work: dict[str, Callable[[], None]] = {INBOX: taken} if (workspace.root / INBOX).is_dir() else {}
    work |= {one.id: partial(done, one) for one in waves}
    work |= {one: partial(unreadable, error) for one, error in faults.items()}
    try:
        settled("due", work)
    finally:
        for line in look(workspace, datetime.now(zone)).cautions:
            caution(line)
        lines = [arrival_line(one) for one in arrivals]
        lines += [
            f"{one}: {', '.join(steps) or 'nothing is due, or nothing has come yet'}."
            for one, steps in did.items()
        ]
        facts = {"done": did, "arrivals": [asdict(one) for one in arrivals]}
        if lines or as_json or not work:
            say.say(lines or [_NONE_PLANNED], facts, as_json)


def _taken(workspace: Workspace, zone: ZoneInfo, engine: EngineName) -> Sequence[Arrival]:
    from ncsi.cli.running import running
    from ncsi.stages.inbox_watch import INBOX, held, rested

    folder = workspace.root / INBOX
    with held(folder):
        ready = rested(folder)
        if not ready:
            return ()
        with running(engine, workspace.root, INBOX) as steps:
            return steps.take_in(workspace, folder, ready, datetime.now(zone))


def _done(workspace: Workspace, wave: Wave, zone: ZoneInfo, engine: EngineName) -> Sequence[str]:
    from flows.at_work import alone_on
    from ncsi.cli.running import caution, running
    from ncsi.spec.plan import load_plan
    from ncsi.stages.due import zone_of
    from ncsi.stages.notify import failing_told

    with (
        alone_on(workspace.root, wave.id, patience_s=0.0),
        failing_told(workspace, wave.id, caution),
        running(engine, workspace.root, wave.id) as steps,
    ):
        return steps.run_due(load_plan(workspace, wave.id), datetime.now(zone_of(wave, zone)))


def _serve(root: Path, waves: Sequence[Wave], at: time, zone: ZoneInfo) -> None:
    """Work on scheduled runs until interrupted. Raises SpecError without a standing server."""
    from flows.settings import configure, standing_server
    from ncsi.errors import SpecError

    configure(root)
    if not standing_server():
        raise SpecError(
            "schedules", "no standing Prefect server is named, and one that ends with its command fires nothing",
            "Start one with `prefect server start`, set PREFECT_API_URL to the address it prints, and run this again",
        )  # fmt: skip
    from flows.schedule import Timetable
    from flows.serving import on_stderr, serve

    serve(Timetable(root, tuple(waves), at, zone), on_stderr)


def _says_when(one: Wave, when: tuple[Firing, ...], zone: ZoneInfo) -> str:
    first, last = when[0].time, when[-1].time
    published = "then" if one.embargo else one.release_date
    return (
        f"{one.id}: daily at {first:%H:%M} {zone.key}, {first.date()} to {one.release_date}"
        + (f", and when the embargo is over, {last:%Y-%m-%d %H:%M}" if one.embargo else "")
        + f". Collects; estimates after {one.field.end}; publishes from {published} on."
    )
