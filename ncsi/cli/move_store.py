"""`ncsi move-store`: responses to a bucket of object storage, tables to a database of Postgres, and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.cli.running import working


@click.command(name="move-store")
@click.option("--dry-run", is_flag=True, help="Report what would be moved without moving it.")
@options.workspace
@options.as_json
@working("Moving the store")
def move_store(dry_run: bool, root: Path, as_json: bool) -> None:
    """Move the store's responses to where `warehouse:` in ncsi.yaml now says: a bucket (s3://…), or the store's folder;
    and its tables to where `catalogue:` says: a database of Postgres, or that folder.

    Each part is read back before it is believed, and removed from the old place afterwards. If interrupted, run again.
    """
    from ncsi.spec import open_workspace
    from ncsi.stages.move_store import move_store as moving

    done, tables = moving(open_workspace(root, moving=True), dry_run)
    verb, rest = ("Would copy", "there already") if dry_run else ("Copied", "were there already")
    lines = [
        f"{verb} {say.counted(done.parts - done.already, 'part')} ({done.bytes:,} bytes) from {done.source} to "
        f"{done.target}; {done.already:,} {rest}.",
        f"  In all {say.counted(done.rows, 'response')}.",
    ]
    if tables is not None:
        moved = f"{'Would move' if dry_run else 'Moved'} {say.counted(tables.rows, 'row')} of tables"
        lines.insert(0, f"{moved} from {tables.source} to {tables.target}.")
    of_tables = asdict(tables) if tables is not None else None
    say.say(lines, {"dry_run": dry_run, **asdict(done), "tables": of_tables}, as_json)
