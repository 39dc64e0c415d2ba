"""Tables and responses of a workspace's store brought to where its settings say, and the ledger told."""

from __future__ import annotations

from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.store import Moved, MovedTables, Place, move, move_tables


def move_store(workspace: Workspace, dry_run: bool = False) -> tuple[Moved, MovedTables | None]:
    """Move tables and responses, or say what would be moved; as `ncsi.store.move` and `ncsi.store.move_tables`."""
    place, target = Place(workspace.warehouse), workspace.bucket
    if dry_run:
        return move(place, target, dry_run=True), move_tables(place, workspace.catalogue, dry_run=True)
    with Ledger.of(workspace).run("move-store", to=workspace.settings.warehouse) as facts:
        tables = move_tables(place, workspace.catalogue)
        done = move(place, target)
        facts |= {"parts": done.parts, "responses": done.rows, "copied": done.parts - done.already}
        if tables is not None:
            facts["rows_of_tables"] = tables.rows
    return done, tables
