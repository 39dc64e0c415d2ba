"""`ncsi export`: data of a sector for SPSS, Stata, R and Excel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.stages.export import Exported

FORMATS = ("sav", "dta", "csv", "parquet", "xlsx")
"""As `ncsi.export.FORMATS`; a test holds the two together."""


@click.command()
@options.wave
@click.option("--sector", required=True, metavar="ID", help="Sector of the wave.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), required=True, help="sav is SPSS's, dta Stata's."
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="Folder to write: new, empty, or an earlier export.",
)  # fmt: skip
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
    help="Language of the labels in .sav and .dta; the code book has both.",
)  # fmt: skip
@click.option("--microdata", is_flag=True, help="Rows of respondents in place of published tables.")
@click.option(
    "--without", multiple=True, metavar="NAME",
    help="With --microdata: a background variable, or `weights`, to leave out; may be repeated.",
)  # fmt: skip
@options.workspace
@options.as_json
def export(
    wave_id: str, sector: str, form: Literal["sav", "dta", "csv", "parquet", "xlsx"], out: Path,
    lang: Literal["zh", "en"], microdata: bool, without: tuple[str, ...], root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write what is published of a sector, with labels, for other programs; with --microdata its respondents.

    Published tables come from the release as it is out. Respondents are numbered anew at random, and refused where
    fewer than five share a combination of background variables. What is written is told in the ledger.
    """
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages.export import export_respondents, export_tables

    if without and not microdata:
        raise click.UsageError("--without needs --microdata: published tables hold no respondents.")
    workspace = open_workspace(root)
    if microdata:
        click.echo(
            "Warning: --microdata writes answers of single respondents. Hand them only to users bound to secrecy, "
            "publish no rows, delete them after use.",
            err=True,
        )
        made = export_respondents(load_plan(workspace, wave_id), sector, form, lang, out, without)
    else:
        made = export_tables(workspace, wave_id, sector, form, lang, out)
    say.say([_line(made, wave_id, sector)], {"folder": str(made.folder), "files": list(made.files),
            **{name: value for name, value in made.about.items() if name != "files"}}, as_json)  # fmt: skip


def _line(made: Exported, wave: str, sector: str) -> str:
    if not made.microdata:
        count = len(made.about["tables"])
        what = f"{count:,} published {'table' if count == 1 else 'tables'} of release {made.about['release']}"
    else:
        design = made.about["weights"]
        weights = "no weights" if design is None else f"{design['replicates']:,} replicate weights"
        if design and design["coarsened"] and design["coarsened"]["rows"]:
            weights += f", weights of {design['coarsened']['rows']:,} rows coarsened (README.md)"
        what = f"{made.rows:,} rows of respondents, {made.about['variables']:,} variables, {weights}"
    synthetic = " Synthetic demonstration data." if made.about["synthetic"] else ""
    return (
        f"Wave {wave}, sector {sector}: {what} in {made.folder}. README.md says how to use them.{synthetic}"
    )
