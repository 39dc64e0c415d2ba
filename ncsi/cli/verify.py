"""`ncsi verify FOLDER`: whether a release is whole and its headline follows from its data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ncsi.cli import options, say


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@options.as_json
def verify(folder: Path, as_json: bool) -> None:
    """Check every hash of a release FOLDER, and derive its headline again from the data its PDF carries.

    Exits 1 when anything differs, 2 when FOLDER holds no release.
    """
    from ncsi.report.verify import verify_release

    found = verify_release(folder)
    lines = [f"  {problem}" for problem in found.problems]
    if found.problems:
        lines.insert(0, f"Release {found.release_id}: {len(found.problems)} of its claims do not hold.")
    else:
        lines.append(
            f"Release {found.release_id}: {found.files} files as published; the sectors' indices and shares give "
            f"{found.index_0_100:.2f} ({found.low:.2f} to {found.high:.2f}), as it says."
        )
    say.say(lines, {"folder": str(folder), "holds": not found.problems, **asdict(found)}, as_json)
    if found.problems:
        raise SystemExit(1)
