"""The responses of a workspace's store brought to where its settings say, and the ledger told."""

from __future__ import annotations

from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.store import Moved, Place, move


def move_store(workspace: Workspace, dry_run: bool = False) -> Moved:
    """Move them, or say what would be moved; as `ncsi.store.move`."""
    place, target = Place(workspace.warehouse), workspace.bucket
    if dry_run:
        return move(place, target, dry_run=True)
    with Ledger.of(workspace).run("move-store", to=workspace.settings.warehouse) as facts:
        done = move(place, target)
        facts |= {"parts": done.parts, "responses": done.rows, "copied": done.parts - done.already}
    return done
