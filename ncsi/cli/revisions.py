"""`ncsi revisions`: which deliveries replaced which."""

from __future__ import annotations

from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.tables import CORE_REVISIONS


@click.command()
@click.option("--wave", "wave_id", metavar="ID", help="Only this wave; all by default.")
@options.workspace
@options.as_json
def revisions(wave_id: str | None, root: Path, as_json: bool) -> None:
    """List the files that replaced earlier ones, oldest first, and what that changed."""
    import ncsi
    from ncsi.spec import open_workspace, wave_order

    workspace = open_workspace(root)
    if wave_id is not None:
        workspace.wave_alone(wave_id)
    table = ncsi.open(workspace.warehouse).table(CORE_REVISIONS.name, wave_id)
    rows = sorted(table.to_dict("records"), key=lambda row: (wave_order(row["wave"]), row["revision"]))
    lines = [
        f"{row['wave']} revision {row['revision']}, {row['revised_at']:%Y-%m-%d %H:%M} UTC: {row['source_name']} "
        f"({row['source_sha256'][:12]}) replaced {row['earlier_name']} ({row['earlier_sha256'][:12]}), "
        f"{row['reason'].replace('_', ' ')}: {row['added']:,} added, {row['removed']:,} removed, "
        f"{row['changed']:,} changed."
        for row in rows
    ]
    say.say(lines or ["No file replaced another."], {"revisions": rows}, as_json)
