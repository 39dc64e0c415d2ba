"""`ncsi sdmx FOLDER`: a release for statistical offices."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.cli.running import working


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("sdmx"), show_default=True,
    help="Folder to write.",
)  # fmt: skip
@options.as_json
@working("Writing SDMX")
def sdmx(folder: Path, out: Path, as_json: bool) -> None:
    """Write a release FOLDER as SDMX-CSV 2.0 with its SDMX-JSON structure. Needs `pip install 'ncsi[sdmx]'`."""
    if find_spec("pysdmx") is None:
        raise click.ClickException("pysdmx is not installed. Run `pip install 'ncsi[sdmx]'`.")
    from ncsi.report.sdmx import write_sdmx

    made = write_sdmx(folder, out)
    lines = [f"{made.observations} observations in {made.data}, their structure in {made.structure}."]
    say.say(lines, {name: str(getattr(made, name)) for name in ("data", "structure")}, as_json)
