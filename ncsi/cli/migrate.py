"""`ncsi migrate`: a store of an earlier version, carried over."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.cli.running import working


@click.command()
@options.workspace
@options.as_json
@working("Converting the store")
def migrate(root: Path, as_json: bool) -> None:
    """Convert a store written by an earlier version. If interrupted, the old store stays as it was."""
    from ncsi import store
    from ncsi.spec import open_workspace

    done = store.migrate(store.Place(open_workspace(root).warehouse))
    if done is None:
        say.say(["The store already has this version's tables."], {"migrated": False}, as_json)
        return
    lines = [
        f"Store migrated from version {done.version} to {done.to}.",
        *(f"  {one}" for one in done.steps),
    ]
    lines += [f"  Estimate its results again: ncsi estimate --wave {one}" for one in done.to_estimate]
    say.say(lines, {"migrated": True, **asdict(done)}, as_json)
