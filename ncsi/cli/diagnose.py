"""`ncsi diagnose`: a PDF for each enterprise, for it alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.report.text import Shown


@click.command()
@options.wave
@click.option("--sector", metavar="ID", help="Only the brands of this sector.")
@click.option("--brand", metavar="ID", help="Only this brand of the sector.")
@options.languages
@options.workspace
@options.as_json
def diagnose(
    wave_id: str,
    sector: str | None,
    brand: str | None,
    languages: tuple[Shown, ...],
    root: Path,
    as_json: bool,
) -> None:
    """Write private/<wave>/<sector>/<brand>.pdf for every brand above the publication threshold.

    Not part of the release: hand each enterprise its own.
    """
    from dataclasses import replace

    from ncsi.cli.running import running
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan

    plan = replace(load_plan(open_workspace(root), wave_id), editions=languages)
    with running("local", root, wave_id) as steps:
        made = steps.diagnose(plan, sector, brand)
    small = f" {made.too_small} with too small a sample have none." if made.too_small else ""
    many = say.counted(len(made.files), "diagnosis", "diagnoses")
    line = f"Wave {wave_id}: {many} in {made.folder}.{small} They are not part of the release."
    facts = {"folder": str(made.folder), "files": list(made.files), "too_small": made.too_small}
    say.say([line], facts, as_json)
