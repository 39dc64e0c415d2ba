"""`ncsi wave list|status`: which waves there are, and how far each has come."""

from __future__ import annotations

from pathlib import Path

import click

from ncsi.cli import options, say


@click.group()
def wave() -> None:
    """List waves and see how far each has come."""


@wave.command("list")
@options.workspace
@options.as_json
def list_waves(root: Path, as_json: bool) -> None:
    """Waves of the workspace, earliest first."""
    from ncsi.spec import open_workspace

    workspace = open_workspace(root)
    waves = [workspace.wave(wave_id) for wave_id in workspace.wave_ids()]
    lines = [
        f"{one.id}  {one.label.en}: {len(one.sectors)} sectors, field {one.field.start} to {one.field.end}"
        for one in waves
    ]
    say.say(lines or ["No wave files in waves/."], {"waves": [one.id for one in waves]}, as_json)


@wave.command()
@options.wave
@options.workspace
@options.as_json
def status(wave_id: str, root: Path, as_json: bool) -> None:
    """Accepted responses by sector and brand against the quotas, and whether results and a release exist."""
    from ncsi.spec import open_workspace
    from ncsi.stages.status import wave_status

    rows, release = wave_status(open_workspace(root), wave_id)
    lines = [
        f"{row.sector}: {row.accepted:,} accepted, {row.rejected:,} rejected"
        + (f", {row.short} of {row.brands} brands below their quota of {row.quota}" if row.quota else "")
        + (", estimated" if row.estimated else ", not estimated")
        for row in rows
    ]
    lines.append(f"Release: {release}" if release else "No release yet.")
    facts = {
        "wave": wave_id,
        "sectors": [row.as_dict() for row in rows],
        "release": str(release) if release else None,
    }
    say.say(lines, facts, as_json)
