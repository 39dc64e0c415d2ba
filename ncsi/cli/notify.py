"""`ncsi wave notify`: tell the channels of ncsi.yaml what is due, or try them out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.spec import Workspace


@click.command()
@click.option("--test", "trial", is_flag=True, help="Send a test message to each channel.")
@click.option("--dry-run", is_flag=True, help="Say what is due, told already or not; nothing is sent.")
@options.workspace
@options.as_json
def notify(trial: bool, dry_run: bool, root: Path, as_json: bool) -> None:
    """Tell what is due of all waves, once to each channel of `notifications:` in ncsi.yaml.

    Due are quotas that fall short, files that are owed, runs that failed, waves that are ready, drafts that wait for
    approvals. Exits with 1 where a receiver did not take it; it is tried again at the next look.
    """
    from datetime import UTC, datetime

    from ncsi.errors import SpecError
    from ncsi.spec import open_workspace
    from ncsi.stages.notify import due_notices, look

    workspace = open_workspace(root)
    language = workspace.settings.notifications.language
    if dry_run:
        due, cautions = due_notices(workspace, datetime.now(UTC))
        facts = [
            {"kind": one.kind, "wave": one.wave, "key": one.key, "says": one.says.of(language)} for one in due
        ]
        say.say([str(one["says"]) for one in facts] or ["Nothing is due."], {"due": facts}, as_json)
        _end(cautions)
    if not workspace.settings.notifications.channels:
        raise SpecError(
            str(root / "ncsi.yaml"), "declares no channel", "Add one under `notifications:` (docs/operate.md)"
        )
    if trial:
        _try_out(workspace, as_json)
    told = look(workspace, datetime.now(UTC))
    taken = dict(told.taken)
    lines = [f"{name}: told {len(keys)}." for name, keys in taken.items()]
    say.say(lines or ["Nothing new to tell."], {"told": taken, "cautions": told.cautions}, as_json)
    _end(told.cautions)


def _try_out(workspace: Workspace, as_json: bool) -> None:
    from ncsi.stages.notify import try_out

    found = try_out(workspace)
    lines = [f"{name}: {'taken' if why is None else f'not taken, {why}'}." for name, why in found.items()]
    say.say(lines, {"channels": found}, as_json)
    sys.exit(1 if any(found.values()) else 0)


def _end(cautions: Sequence[str]) -> None:
    for line in cautions:
        click.echo(line, err=True)
    sys.exit(1 if cautions else 0)
