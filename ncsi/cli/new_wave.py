"""`ncsi wave new`: the file of a further wave, or of a first one, and its entry in the register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.spec import Brand


@click.command()
@options.wave
@click.option("--like", metavar="ID", help="Wave whose file is copied. Default: the last one.")
@click.option(
    "--sector", "sectors", multiple=True, metavar="ID", help="Copy no wave: measure this sector; may repeat."
)
@click.option(
    "--files", multiple=True, metavar="GLOB", help="With --sector: files in the workspace; may repeat."
)
@click.option("--map", "map_id", metavar="ID", help="With --files: their column map.")
@click.option(
    "--brand",
    "brands",
    nargs=3,
    multiple=True,
    metavar="ID ZH EN",
    help="With one --sector: a brand; may repeat.",
)
@click.option("--synthetic", is_flag=True, help="With --sector: the data is made up, and every page says so.")
@click.option(
    "--title", nargs=2, metavar="ZH EN", help="With --sector: title of the reports. Default: of an index."
)
@click.option(
    "--publisher", nargs=2, metavar="ZH EN", help="With --sector: who publishes. Default: as ncsi.yaml says."
)
@click.option(
    "--label", nargs=2, required=True, metavar="ZH EN", help="What the wave is called in both languages."
)
@click.option(
    "--field", nargs=2, required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="FROM TO",
    help="First and last day of fieldwork.",
)  # fmt: skip
@click.option(
    "--release", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Day of the release."
)
@click.option("--reason", metavar="TEXT", default="", help="For the record, where there is something to say.")
@options.by
@options.workspace
@options.as_json
def new(
    wave_id: str, like: str | None, sectors: tuple[str, ...], files: tuple[str, ...], map_id: str | None,
    brands: tuple[tuple[str, str, str], ...], synthetic: bool, title: tuple[str, str] | None,
    publisher: tuple[str, str] | None, label: tuple[str, str],
    field: tuple[datetime, datetime], release: datetime, reason: str, by: str | None, root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the file of a further wave as that of an earlier one, with its own id, label and days, and register it as
    planned. Look over what it copies: sectors, brands, quotas, files, weighting.

    With --sector it copies none: a first wave of these sectors, with --files their exports.
    """
    from ncsi.spec import Label, open_workspace
    from ncsi.stages.new_wave import FirstWave, NewWave, write_first_wave_file, write_wave_file
    from ncsi.stages.register import move
    from ncsi.stages.withdrawal import said
    from ncsi.store import Store

    workspace = open_workspace(root)
    if (like and sectors) or (not sectors and (files or map_id or title or publisher or brands)):
        raise click.UsageError(
            "--files, --map, --brand, --title and --publisher go with --sector, which copies no wave."
        )
    if brands and len(sectors) > 1:
        raise click.UsageError("--brand goes with one --sector; write those of several into the wave file.")
    source = None if sectors else like or next(iter(reversed(workspace.wave_ids())), None)
    if source is None and not sectors:
        raise click.UsageError("There is no wave to copy. Name what is measured: --sector ID.")
    why = said("--reason", reason) if reason else ""
    wanted = NewWave(
        wave_id, Label(zh=label[0], en=label[1]), field[0].date(), field[1].date(), release.date()
    )
    if source is None:
        named = title or ("顾客满意度指数报告", "Customer satisfaction index")
        who = Label(zh=publisher[0], en=publisher[1]) if publisher else workspace.settings.publisher
        if who is None:
            raise click.UsageError("Who publishes? --publisher ZH EN, or `publisher:` in ncsi.yaml.")
        first = FirstWave(
            sectors, Label(zh=named[0], en=named[1]), who, files, map_id, _brands(brands), synthetic
        )
        one = write_first_wave_file(workspace, wanted, first)
    else:
        one = write_wave_file(workspace, wanted, source)
    store = Store.open(
        workspace.warehouse, create=True, bucket=workspace.bucket, catalogue=workspace.catalogue
    )
    standing = move(store, workspace, one, "new", said("--by", by) if by else "", why)
    lines = [
        f"Wave {one.id} is {standing.state}: waves/{one.id}.yaml"
        + (f" is as that of {source}." if source else f" measures {', '.join(sectors)}."),
        "  Look over sectors, brands, quotas, files and weighting.",
    ]
    say.say(lines, {"wave": one.id, "state": standing.state, "like": source}, as_json)


def _brands(given: Sequence[tuple[str, str, str]]) -> tuple[Brand, ...]:
    """Raises UsageError for a brand whose id or name is none."""
    from pydantic import ValidationError

    from ncsi.spec import Brand, Label

    try:
        return tuple(Brand(id=name, label=Label(zh=zh, en=en)) for name, zh, en in given)
    except ValidationError:
        raise click.UsageError(
            "--brand ID ZH EN: an id has letters, digits, - and _, at most 40, and a brand is called something."
        ) from None
