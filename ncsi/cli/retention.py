"""`ncsi retention`: delete what has been kept long enough."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@click.option("--dry-run", is_flag=True, help="Report what would be deleted without deleting it.")
@options.workspace
@options.as_json
def retention(dry_run: bool, root: Path, as_json: bool) -> None:
    """Delete raw exports and responses older than `retention:` in ncsi.yaml allows; published figures are kept."""
    from ncsi.spec import open_workspace
    from ncsi.stages.retention import delete_expired, expired

    work = expired if dry_run else delete_expired
    found = work(open_workspace(root), date.today())
    done = "Would delete" if dry_run else "Deleted"
    lines = [
        f"{done} of wave {one.wave}: {say.counted(len(one.exports), 'export file')}, "
        f"{say.counted(one.responses, 'response')}"
        + (f", the pseudonyms of {one.counted:,} that measures count." if one.counted else ".")
        for one in found
    ]
    facts = [
        {
            "wave": one.wave,
            "exports": [str(path) for path in one.exports],
            "responses": one.responses,
            "counted": one.counted,
        }
        for one in found
    ]
    say.say(lines or ["Nothing is due for deletion."], {"dry_run": dry_run, "deleted": facts}, as_json)
