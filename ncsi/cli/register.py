"""`ncsi wave list|show|close|reopen|withdraw`: where each wave stands, and who moved it there, when and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.spec import Wave, Workspace
    from ncsi.spec.plan import WavePlan
    from ncsi.stages.register import Registered
    from ncsi.waves.register import Standing, Step

_REASON = click.option(
    "--reason", required=True, metavar="TEXT", help="Why, for the record; nothing about persons."
)
_CHANGED = "its file changed since it was closed"


@click.command("list")
@options.workspace
@options.as_json
def list_waves(root: Path, as_json: bool) -> None:
    """Waves of the workspace and where each stands, earliest first. One that cannot be read, or that is not out and
    does not fit the workspace, is told, and the others are listed all the same; then the exit status is 2."""
    from ncsi.errors import SpecError
    from ncsi.spec import open_workspace
    from ncsi.waves.register import OUT

    workspace, lines, facts, faults = open_workspace(root), [], [], {}
    for wave_id in workspace.wave_ids():
        try:
            one = workspace.wave_alone(wave_id)
        except SpecError as error:
            faults[wave_id] = str(error)
            lines.append(f"{wave_id}  cannot be read: {error}")
            continue
        found, unfit = _registered(workspace, one), _unfit(workspace, wave_id)
        if unfit and found.standing.state not in (*OUT, "withdrawn"):
            faults[wave_id] = unfit
        lines.append(
            f"{one.id}  {_said(found)}  {_called(one)}{say.counted(len(one.sectors), 'sector')}, "
            f"field {one.field.start} to {one.field.end}, release {one.release_date}"
            + (f". It cannot be estimated or published: {unfit}" if unfit else "")
        )
        facts.append({"wave": one.id, **_facts(found), "unfit": unfit})
    not_read = workspace.no_waves()
    lines += [
        f"Not read: waves/{name}. Name it as 2026.yaml, 2026Q1.yaml or 2026W07.yaml." for name in not_read
    ]
    told = {
        "waves": [one["wave"] for one in facts],
        "register": facts,
        "faults": faults,
        "not_read": [*not_read],
    }
    say.say(lines or ["No wave files in waves/."], told, as_json)
    if faults:
        sys.exit(2)


@click.command()
@options.wave
@options.workspace
@options.as_json
def show(wave_id: str, root: Path, as_json: bool) -> None:
    """Where a wave stands, what may be done next, and each move: when, who, why."""
    from ncsi.spec import open_workspace
    from ncsi.stages.since_closed import since_closed
    from ncsi.waves.register import legal, said

    workspace = open_workspace(root)
    wave = workspace.wave_alone(wave_id)
    found, unfit = _registered(workspace, wave), _unfit(workspace, wave_id)
    changed = since_closed(workspace, wave, found)
    columns = ["moved_at", "step", "earlier_state", "state", "closed", "moved_by", "reason"]
    moves: list[dict[Hashable, Any]] = found.moves[columns].to_dict("records")
    lines = [f"Wave {wave_id} is {said(found.standing)}. Possible: {', '.join(legal(found.standing))}."]
    lines += [str(changed)] if changed else []
    lines += [f"It cannot be estimated or published: {unfit}"] if unfit else []
    lines += [
        f"  {one['moved_at']:%Y-%m-%d %H:%M} UTC  {one['step']}: {one['earlier_state'] or 'not registered'} → "
        f"{one['state']}, by {one['moved_by']}" + (f": {one['reason']}" if one["reason"] else "")
        for one in moves
    ]
    lines += [
        f"  Revision {k} is declared in its file, of {one.date}: {one.note.en}"
        for k, one in enumerate(wave.revisions, 1)
    ]
    facts = {
        "wave": wave_id, **_facts(found), "changed_keys": list(changed.keys) if changed else [],
        "unfit": unfit, "legal": list(legal(found.standing)), "moves": moves,
        "revisions": [one.model_dump(mode="json") for one in wave.revisions],
    }  # fmt: skip
    say.say(lines, facts, as_json)


@click.command()
@options.wave
@_REASON
@options.by
@options.workspace
@options.as_json
def close(wave_id: str, reason: str, by: str | None, root: Path, as_json: bool) -> None:
    """End the collection of a wave: further files are refused, and so are other readings of those that are in."""
    _decide("close", wave_id, reason, by, root, as_json, lambda _: "Further files are refused.")


@click.command()
@options.wave
@_REASON
@options.by
@options.workspace
@options.as_json
def reopen(wave_id: str, reason: str, by: str | None, root: Path, as_json: bool) -> None:
    """Let further files into a closed wave again."""
    _decide("reopen", wave_id, reason, by, root, as_json, _after_reopening)


@click.command()
@options.wave
@click.option(
    "--why", nargs=2, required=True, metavar="ZH EN", help="Why, in both languages, as readers are told it."
)
@options.by
@click.option("--dry-run", is_flag=True, help="Say what would be withdrawn; nothing is.")
@options.workspace
@options.as_json
def withdraw(
    wave_id: str, why: tuple[str, str], by: str | None, dry_run: bool, root: Path, as_json: bool
) -> None:  # fmt: skip
    """Withdraw what is out of a wave: its releases leave releases/, a page in their place says when and why.

    Not a delivery: `ncsi withdraw` takes one out of a wave that stays.
    """
    from ncsi.cli.running import caution
    from ncsi.spec import Label, open_workspace
    from ncsi.stages.wave_withdrawal import withdraw_wave
    from ncsi.stages.withdrawal import said

    workspace = open_workspace(root)
    told = Label(zh=said("--why", why[0]), en=said("--why", why[1]))
    found = withdraw_wave(
        workspace, workspace.wave_alone(wave_id), told, said("--by", by) if by else "", dry_run
    )
    verb = "would be withdrawn" if dry_run else "is withdrawn"
    lines = [f"Wave {wave_id} {verb}: {', '.join(found.releases) or 'no release lies there'}."]
    if found.resumed and not dry_run:
        lines.append("  An earlier call had been broken off; what it left undone is done now.")
    if not dry_run:
        lines.append(f"  What was out lies in {found.folder}. Readers of copies still know it.")
    if found.shown_in:
        lines.append(
            f"  Its figures stand in trends or indices of {', '.join(found.shown_in)}: declare a revision of each, "
            "estimate and publish again, which leaves them out."
        )
    facts = {
        "wave": wave_id, "releases": found.releases, "folder": found.folder, "shown_in": found.shown_in,
        "withdrawn": not dry_run, "resumed": found.resumed, "cautions": found.cautions,
    }  # fmt: skip
    for line in found.cautions:
        caution(line)
    say.say(lines, facts, as_json)


def _decide(
    step: Step, wave_id: str, reason: str, by: str | None, root: Path, as_json: bool, so: Callable[[Standing], str]
) -> None:  # fmt: skip
    """A move that somebody decides on, with the reason."""
    from ncsi.spec import open_workspace
    from ncsi.stages.notify import look
    from ncsi.stages.register import move
    from ncsi.stages.withdrawal import said
    from ncsi.store import Store
    from ncsi.waves.register import said as in_words

    workspace = open_workspace(root)
    one = workspace.wave_alone(wave_id)
    who, why = said("--by", by) if by else "", said("--reason", reason)
    after = move(
        Store.open(workspace.warehouse, create=True, bucket=workspace.bucket, catalogue=workspace.catalogue),
        workspace,
        one,
        step,
        who,
        why,
    )
    for line in look(workspace, datetime.now(UTC), (one.id,)).cautions:
        click.echo(line, err=True)
    say.say(
        [f"Wave {one.id} is {in_words(after)}. {so(after)}"],
        {"wave": one.id, "state": after.state, "closed": after.closed},
        as_json,
    )


def _after_reopening(standing: Standing) -> str:
    if standing.revision is None:
        return "Further files are taken."
    return "Further files are taken; other figures are published as an entry of `revisions:` only."


def tell_change(plan: WavePlan) -> None:
    """Say on stderr where the wave file is not what it was when the wave was closed."""
    if _registered(plan.workspace, plan.wave).changed_since_closed:
        click.echo(
            f"Wave {plan.wave.id}: {_CHANGED}. `ncsi wave show --wave {plan.wave.id}` says what.", err=True
        )


def _unfit(workspace: Workspace, wave_id: str) -> str:
    """What is wrong with a wave beside the other specs of the workspace, as that a sector of it left the list; empty
    where they hold together."""
    from ncsi.errors import SpecError

    try:
        workspace.wave(wave_id)
    except SpecError as error:
        return str(error)
    return ""


def _registered(workspace: Workspace, one: Wave) -> Registered:
    """The wave's entry. Looking makes no store where there is none yet."""
    from ncsi.stages.register import registered, unregistered
    from ncsi.store import reading
    from ncsi.store.place import Place

    if not Place(workspace.warehouse).is_stored:
        return unregistered(workspace, one.id)
    with reading(workspace.warehouse) as store:
        return registered(store, workspace, one)


def _called(one: Wave) -> str:
    """What the wave is called, where that is more than its id."""
    return "" if one.label.en == one.id else f"{one.label.en}: "


def _said(found: Registered) -> str:
    from ncsi.waves.register import said

    return said(found.standing) + (f" ({_CHANGED})" if found.changed_since_closed else "")


def _facts(found: Registered) -> dict[str, Any]:
    one = found.standing
    return {
        "state": one.state, "closed": one.closed, "revision": one.revision,
        "changed_since_closed": found.changed_since_closed,
    }  # fmt: skip
