"""`ncsi withdraw`: take a wrong delivery out of a wave."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for the record; nothing about persons.")
@click.option("--wave", "wave_id", metavar="ID", help="Its wave, where several have such a file.")
@click.option("--by", metavar="NAME", help="Who withdraws it. Default: the name you are logged in with.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken out, and take nothing.")
@options.workspace
@options.as_json
def withdraw(
    file: str, reason: str, wave_id: str | None, by: str | None, dry_run: bool, root: Path, as_json: bool
) -> None:
    """Take FILE (its name, its path, or the first 8 or more digits of its SHA-256) out of its wave.

    Responses, rejects and faults leave the store; the card stays with date, reason and name, and the file is not
    ingested again unless `ncsi ingest --again` names it."""
    from ncsi.spec import open_workspace
    from ncsi.stages.withdrawal import withdraw_file

    done = withdraw_file(open_workspace(root), file, reason, by or getpass.getuser(), wave_id, dry_run)
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
    say.say(lines, {"dry_run": dry_run, **asdict(done)}, as_json)
