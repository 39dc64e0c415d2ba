"""`ncsi sector new`: a further sector in the workspace's own list."""

from __future__ import annotations

from pathlib import Path

import click

from ncsi.cli import options, say
from ncsi.cli.group import Group


@click.group(cls=Group)
def sector() -> None:
    """The workspace's own list of sectors."""


@sector.command("new")
@click.argument("sector_id", metavar="ID")
@click.option(
    "--label", nargs=2, required=True, metavar="ZH EN", help="What readers call it in both languages."
)
@click.option(
    "--instrument", "instrument_id", required=True, metavar="ID", help="The questionnaire that measures it."
)
@click.option(
    "--group", "group_id", metavar="ID", help="Group that it belongs to. Default: the only one, or its own."
)
@click.option(
    "--group-label", nargs=2, metavar="ZH EN", help="What a new group is called; as the sector by default."
)
@click.option(
    "--scope", nargs=2, metavar="ZH EN", help="What a new list makes up, as an adjective: 机场 airport."
)
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Its share; the others shrink."
)
@click.option(
    "--source", metavar="TEXT", help="Who publishes the share. Without it, shares are marked illustrative."
)
@click.option("--year", type=click.IntRange(2000, 2100), help="Year of the share.")
@options.workspace
@options.as_json
def new(
    sector_id: str, label: tuple[str, str], instrument_id: str, group_id: str | None,
    group_label: tuple[str, str] | None, scope: tuple[str, str] | None, share: float | None, source: str | None,
    year: int | None, root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Add a sector to sectors.yaml, which is made where there is none: then it replaces the shipped list.

    Without --share all sectors get the same, marked as illustrative; shares with a source are never changed.
    """
    from ncsi.spec import Label, open_workspace
    from ncsi.stages.new_sector import NewSector, add_sector

    workspace = open_workspace(root)
    wanted = NewSector(
        sector_id, Label(zh=label[0], en=label[1]), instrument_id, group_id,
        Label(zh=group_label[0], en=group_label[1]) if group_label else None,
        Label(zh=scope[0], en=scope[1]) if scope else None, share, source, year,
    )  # fmt: skip
    found = add_sector(workspace, wanted)
    one = found.sector(sector_id)
    lines = [f"Sector {sector_id}: {root / 'sectors.yaml'}, measured by {instrument_id}."]
    for each in found.sectors:
        illustrative = " (illustrative)" if each.share.illustrative else ""
        lines.append(f"  {each.id}: share {each.share.value:.4g}{illustrative}")
    shares = {each.id: each.share.value for each in found.sectors}
    say.say(lines, {"sector": sector_id, "group": one.group, "shares": shares}, as_json)
