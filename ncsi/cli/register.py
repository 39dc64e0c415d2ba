"""`ncsi wave new|list|show|close|reopen`: where each wave stands, and who moved it there, when and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.spec import Brand, Wave, Workspace
    from ncsi.spec.plan import WavePlan
    from ncsi.stages.register import Registered
    from ncsi.waves.register import Standing, Step

_REASON = click.option(
    "--reason", required=True, metavar="TEXT", help="Why, for the record; nothing about persons."
)
_BY = click.option("--by", metavar="NAME", help="Who decides it. Default: the name you are logged in with.")
_CHANGED = "its file changed since it was closed"


@click.command("list")
@options.workspace
@options.as_json
def list_waves(root: Path, as_json: bool) -> None:
    """Waves of the workspace and where each stands, earliest first. One that cannot be read is told, and the others
    are listed all the same; then the exit status is 2."""
    from ncsi.errors import SpecError
    from ncsi.spec import open_workspace

    workspace, lines, facts, faults = open_workspace(root), [], [], {}
    for wave_id in workspace.wave_ids():
        try:
            one = workspace.wave(wave_id)
        except SpecError as error:
            faults[wave_id] = str(error)
            lines.append(f"{wave_id}  cannot be read: {error}")
            continue
        found = _registered(workspace, one)
        lines.append(
            f"{one.id}  {_said(found)}  {_called(one)}{say.counted(len(one.sectors), 'sector')}, "
            f"field {one.field.start} to {one.field.end}, release {one.release_date}"
        )
        facts.append({"wave": one.id, **_facts(found)})
    told = {"waves": [one["wave"] for one in facts], "register": facts, "faults": faults}
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
    wave = workspace.wave(wave_id)
    found = _registered(workspace, wave)
    changed = since_closed(workspace, wave, found)
    columns = ["moved_at", "step", "earlier_state", "state", "closed", "moved_by", "reason"]
    moves: list[dict[Hashable, Any]] = found.moves[columns].to_dict("records")
    lines = [f"Wave {wave_id} is {said(found.standing)}. Possible: {', '.join(legal(found.standing))}."]
    lines += [str(changed)] if changed else []
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
        "legal": list(legal(found.standing)), "moves": moves,
        "revisions": [one.model_dump(mode="json") for one in wave.revisions],
    }  # fmt: skip
    say.say(lines, facts, as_json)


@click.command()
@options.wave
@_REASON
@_BY
@options.workspace
@options.as_json
def close(wave_id: str, reason: str, by: str | None, root: Path, as_json: bool) -> None:
    """End the collection of a wave: further files are refused, and so are other readings of those that are in."""
    _decide("close", wave_id, reason, by, root, as_json, lambda _: "Further files are refused.")


@click.command()
@options.wave
@_REASON
@_BY
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
@_BY
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
    found = withdraw_wave(workspace, workspace.wave(wave_id), told, said("--by", by) if by else "", dry_run)
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


@click.command()
@options.wave
@click.option("--like", metavar="ID", help="Wave whose file is copied. Default: the last one.")
@click.option(
    "--sector", "sectors", multiple=True, metavar="ID", help="Copy no wave: measure this sector; may repeat."
)
@click.option(
    "--files", multiple=True, metavar="GLOB", help="With --sector: files in the workspace; may repeat."
)
@click.option("--map", "map_id", metavar="ID", help="With --files: their column map.")
@click.option(
    "--brand",
    "brands",
    nargs=3,
    multiple=True,
    metavar="ID ZH EN",
    help="With one --sector: a brand; may repeat.",
)
@click.option("--synthetic", is_flag=True, help="With --sector: the data is made up, and every page says so.")
@click.option(
    "--title", nargs=2, metavar="ZH EN", help="With --sector: title of the reports. Default: of an index."
)
@click.option(
    "--publisher", nargs=2, metavar="ZH EN", help="With --sector: who publishes. Default: as ncsi.yaml says."
)
@click.option(
    "--label", nargs=2, required=True, metavar="ZH EN", help="What the wave is called in both languages."
)
@click.option(
    "--field", nargs=2, required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="FROM TO",
    help="First and last day of fieldwork.",
)  # fmt: skip
@click.option(
    "--release", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Day of the release."
)
@click.option("--reason", metavar="TEXT", default="", help="For the record, where there is something to say.")
@_BY
@options.workspace
@options.as_json
def new(
    wave_id: str, like: str | None, sectors: tuple[str, ...], files: tuple[str, ...], map_id: str | None,
    brands: tuple[tuple[str, str, str], ...], synthetic: bool, title: tuple[str, str] | None,
    publisher: tuple[str, str] | None, label: tuple[str, str],
    field: tuple[datetime, datetime], release: datetime, reason: str, by: str | None, root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the file of a further wave as that of an earlier one, with its own id, label and days, and register it as
    planned. Look over what it copies: sectors, brands, quotas, files, weighting.

    With --sector it copies none: a first wave of these sectors, with --files their exports.
    """
    from ncsi.spec import Label, open_workspace
    from ncsi.stages.new_wave import FirstWave, NewWave, write_first_wave_file, write_wave_file
    from ncsi.stages.register import move
    from ncsi.stages.withdrawal import said
    from ncsi.store import Store

    workspace = open_workspace(root)
    if (like and sectors) or (not sectors and (files or map_id or title or publisher or brands)):
        raise click.UsageError(
            "--files, --map, --brand, --title and --publisher go with --sector, which copies no wave."
        )
    if brands and len(sectors) > 1:
        raise click.UsageError("--brand goes with one --sector; write those of several into the wave file.")
    source = None if sectors else like or next(iter(reversed(workspace.wave_ids())), None)
    if source is None and not sectors:
        raise click.UsageError("There is no wave to copy. Name what is measured: --sector ID.")
    why = said("--reason", reason) if reason else ""
    wanted = NewWave(
        wave_id, Label(zh=label[0], en=label[1]), field[0].date(), field[1].date(), release.date()
    )
    if source is None:
        named = title or ("顾客满意度指数报告", "Customer satisfaction index")
        who = Label(zh=publisher[0], en=publisher[1]) if publisher else workspace.settings.publisher
        if who is None:
            raise click.UsageError("Who publishes? --publisher ZH EN, or `publisher:` in ncsi.yaml.")
        first = FirstWave(
            sectors, Label(zh=named[0], en=named[1]), who, files, map_id, _brands(brands), synthetic
        )
        one = write_first_wave_file(workspace, wanted, first)
    else:
        one = write_wave_file(workspace, wanted, source)
    store = Store.open(workspace.warehouse, create=True, bucket=workspace.bucket)
    standing = move(store, workspace, one, "new", said("--by", by) if by else "", why)
    lines = [
        f"Wave {one.id} is {standing.state}: waves/{one.id}.yaml"
        + (f" is as that of {source}." if source else f" measures {', '.join(sectors)}."),
        "  Look over sectors, brands, quotas, files and weighting.",
    ]
    say.say(lines, {"wave": one.id, "state": standing.state, "like": source}, as_json)


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
    one = workspace.wave(wave_id)
    who, why = said("--by", by) if by else "", said("--reason", reason)
    after = move(
        Store.open(workspace.warehouse, create=True, bucket=workspace.bucket), workspace, one, step, who, why
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


def _registered(workspace: Workspace, one: Wave) -> Registered:
    """The wave's entry. Looking makes no store where there is none yet."""
    from ncsi.stages.register import registered, unregistered
    from ncsi.store import open as open_store
    from ncsi.store.place import Place

    if not Place(workspace.warehouse).database.is_file():
        return unregistered(workspace, one.id)
    return registered(open_store(workspace.warehouse), workspace, one)


def _brands(given: Sequence[tuple[str, str, str]]) -> tuple[Brand, ...]:
    """Raises UsageError for a brand whose id or name is none."""
    from pydantic import ValidationError

    from ncsi.spec import Brand, Label

    try:
        return tuple(Brand(id=name, label=Label(zh=zh, en=en)) for name, zh, en in given)
    except ValidationError:
        raise click.UsageError(
            "--brand ID ZH EN: an id has letters, digits, - and _, at most 40, and a brand is called something."
        ) from None


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
