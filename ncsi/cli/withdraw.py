"""`ncsi withdraw`: take a wrong delivery out of a wave, an index or a measure."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.stages.record_withdrawal import WithdrawnRecords
    from ncsi.stages.withdrawal import Withdrawn


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--reason", metavar="TEXT", help="Why, for the record; nothing about persons.")
@click.option("--wave", "wave_id", metavar="ID", help="Its wave or release, where several have such a file.")
@click.option("--by", metavar="NAME", help="Who withdraws it. Default: the name you are logged in with.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken out, and take nothing.")
@click.option(
    "--undo", is_flag=True, help="Let a withdrawn file of figures or records count again when it is next run."
)
@options.workspace
@options.as_json
def withdraw(
    file: str, reason: str | None, wave_id: str | None, by: str | None, dry_run: bool, undo: bool, root: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Take FILE (its name, its path, or the first 8 or more digits of its SHA-256) out of its wave, index or measure.

    Responses, rejects and faults leave the store, or the results that indices and measures had of it; the card stays
    with date, reason and name. An export is not ingested again unless `ncsi ingest --again` names it, and figures and
    records not read again before `--undo`."""
    from ncsi.spec import open_workspace
    from ncsi.stages.record_withdrawal import let_count_again, withdraw_records
    from ncsi.stages.withdrawal import said, withdraw_file

    workspace = open_workspace(root)
    if undo:
        releases = let_count_again(workspace, file)
        say.say(
            [f"{file} may count again in {', '.join(releases)}: run it."],
            {"releases": list(releases)},
            as_json,
        )
        return
    if reason is None:
        raise click.UsageError("Say why with --reason.")
    who = said("--by", by or getpass.getuser())
    records = withdraw_records(workspace, file, said("--reason", reason), who, wave_id, dry_run)
    if records is not None:
        say.say(*_records(records, dry_run), as_json)
    else:
        say.say(*_responses(withdraw_file(workspace, file, reason, who, wave_id, dry_run), dry_run), as_json)


def _responses(done: Withdrawn, dry_run: bool) -> tuple[list[str], dict[str, Any]]:
    sectors = ", ".join(f"{name} {rows:,}" for name, rows in done.sectors.items()) or "none"
    lines = [
        f"{'Would withdraw' if dry_run else 'Withdrawn'}: {done.source_path} ({done.sha256[:12]}) of wave {done.wave}, "
        f"{done.responses:,} responses (by sector: {sectors})."
    ]
    lines += [
        f"  It had replaced {name}, which does not come back by itself: deliver it again."
        for name in done.replaced
    ]
    lines.append(f"  Run `ncsi run --wave {done.wave}`: what is stored of its results still counts the file.")
    if done.released:
        lines.append(
            "  The wave is out: declare the next of its `revisions:` first; what changed will be said there."
        )
    return lines, {"dry_run": dry_run, **asdict(done)}


def _records(done: WithdrawnRecords, dry_run: bool) -> tuple[list[str], dict[str, Any]]:
    lines = [
        f"{'Would withdraw' if dry_run else 'Withdrawn'}: {done.name} ({done.sha256[:12]}), with the results of "
        f"{one.beside} in {one.wave}."
        for one in done.results
    ]
    if done.releases:
        lines.append(
            f"  Releases that are out still rest on it: {', '.join(done.releases)}. They stay as they are."
        )
        lines.append("  Run the corrected file with --correct, or a wave with the next of its `revisions:`.")
    return lines, {"dry_run": dry_run, **asdict(done)}
