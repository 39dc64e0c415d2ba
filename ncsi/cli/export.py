"""`ncsi export`: data of a sector for SPSS, Stata, R and Excel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
@click.option(
    "--exact-weights", is_flag=True,
    help="With --microdata, inside the house only: the weights of the figures, without background and clusters.",
)  # fmt: skip
@options.workspace
@options.as_json
def export(
    wave_id: str, sector: str, form: Literal["sav", "dta", "csv", "parquet", "xlsx"], out: Path,
    lang: Literal["zh", "en"], microdata: bool, without: tuple[str, ...], exact_weights: bool, root: Path,
    as_json: bool,
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
    if exact_weights and not microdata:
        raise click.UsageError("--exact-weights needs --microdata: published tables hold no respondents.")
    if exact_weights and "weights" in without:
        raise click.UsageError("--exact-weights and --without weights contradict each other. Leave one out.")
    workspace = open_workspace(root)
    if microdata:
        click.echo(
            "Warning: --microdata writes answers of single respondents. Hand them only to users bound to secrecy, "
            "publish no rows, delete them after use.",
            err=True,
        )
        if exact_weights:
            click.echo(
                "Warning: --exact-weights writes weights by which whoever drew the sample may know persons. They stay "
                "inside the house: hand them to nobody outside, match them with no other export.",
                err=True,
            )
        plan = load_plan(workspace, wave_id)
        made = export_respondents(plan, sector, form, lang, out, without, exact_weights)
    else:
        made = export_tables(workspace, wave_id, sector, form, lang, out)
    about = {name: value for name, value in made.about.items() if name != "files"}
    facts = {"folder": str(made.folder), "files": list(made.files), "replaced": made.replaced, **about}
    say.say([_line(made, wave_id, sector)], facts, as_json)


def _line(made: Exported, wave: str, sector: str) -> str:
    if not made.microdata:
        count = len(made.about["tables"])
        what = f"{count:,} published {'table' if count == 1 else 'tables'} of release {made.about['release']}"
    else:
        design = made.about["weights"]
        weights = "no weights" if design is None else f"{design['replicates']:,} replicate weights"
        if design and design["coarsened"] and design["coarsened"]["rows"]:
            weights += _coarsened(design["coarsened"])
        if made.about["exact_weights"]:
            weights += ", exact weights for use inside the house only"
        what = f"{made.rows:,} rows of respondents, {made.about['variables']:,} variables, {weights}"
    replaced = " The earlier export in this folder is replaced." if made.replaced else ""
    synthetic = " Synthetic demonstration data." if made.about["synthetic"] else ""
    done = f"Wave {wave}, sector {sector}: {what} in {made.folder}."
    return f"{done} README.md says how to use them.{replaced}{synthetic}"


def _coarsened(told: Mapping[str, Any]) -> str:
    """How far weights that are those of several persons moved, and what of the figures with them."""
    brands = ", ".join(f"{brand} {points:+.2f}" for brand, points in told["brands_moved"].items())
    before, after = told["deff"]
    return (
        f", weights of {told['rows']:,} rows those of several persons (moved by {told['mean_change']:.1%} on average, "
        f"{told['largest_change']:.1%} at most; index of the target {told['sector_moved']:+.2f} points"
        f"{', by brand ' + brands if brands else ''}; design effect {before:.2f} to {after:.2f})"
    )
