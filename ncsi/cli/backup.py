"""`ncsi backup` and `ncsi restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say
from ncsi.cli.running import working
from ncsi.errors import as_typed

if TYPE_CHECKING:
    from ncsi.stages.backup import Backup

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@options.workspace
@options.as_json
@working("Copying")
def backup(folder: Path, root: Path, as_json: bool) -> None:
    """Copy the workspace, but not its keys, to the new folder DIR. Other commands wait until it is done."""
    from ncsi.spec import open_workspace
    from ncsi.stages.backup import back_up

    done = back_up(open_workspace(root), folder)
    lines = [
        f"Backup {done.folder}: {say.counted(done.files, 'file')}, {done.bytes:,} bytes, readable by you only."
    ]
    lines += [f"  Not included; keep it elsewhere: {key}" for key in done.keys if key.exists()]
    say.say([*lines, *_left(done.left)], _facts(done), as_json)


@click.command()
@click.argument("backup", metavar="BACKUP", type=_FOLDER)
@click.argument("folder", metavar="DIR", type=_FOLDER)
@options.as_json
@working("Checking and restoring")
def restore(backup: Path, folder: Path, as_json: bool) -> None:
    """Restore a workspace into the new folder DIR from BACKUP, after checking every file of it."""
    from ncsi.stages import backup as backups

    done = backups.restore(backup, folder)
    lines = [f"Workspace {done.folder}: {say.counted(done.files, 'file')} restored."]
    lines += [f"  Put the key back: {key}" for key in done.keys]
    if done.to_move:
        lines.append(
            "  What it stores lies in its folder. Name an empty prefix of a bucket, or a database that lists no store, "
            "in ncsi.yaml, then bring it there: "
            f"ncsi move-store --workspace {as_typed(done.folder)}"
        )
    lines.append(f"  Then check it: ncsi audit --workspace {as_typed(done.folder)}")
    say.say([*lines, *_left(done.left)], _facts(done), as_json)


def _left(paths: tuple[Path, ...]) -> list[str]:
    return [
        f"  A command that was killed left this copy of a workspace behind; delete it: {path}"
        for path in paths
    ]


def _facts(done: Backup) -> dict[str, object]:
    left = [str(path) for path in done.left]
    return {"folder": str(done.folder), "files": done.files, "bytes": done.bytes, "left_behind": left}
