"""Options that every command shares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import click

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DIALECTS = (
    "wjx_text", "wjx_score", "wjx_index", "qualtrics", "surveymonkey", "tencent", "limesurvey", "kobo", "spss",
    "google_forms", "microsoft_forms", "plain",
)  # fmt: skip
"""As `ncsi.spec.Dialect`, which takes too long to import for `--help`; a test holds the two together."""

Command = TypeVar("Command", bound=Callable[..., Any])

EngineName = Literal["prefect", "local", "dask"]

ADDRESS = "ncsi.dask_address"
"""Where a command's context keeps `--address`."""

EDITIONS = ("both", "zh", "en")


def _editions(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """The editions asked for, each once, in a fixed order."""
    asked = [one.strip() for one in value.split(",") if one.strip()]
    unknown = [one for one in asked if one not in EDITIONS]
    if unknown or not asked:
        raise click.BadParameter(f"'{value}': use zh, en or both, or several separated by commas.")
    return tuple(one for one in EDITIONS if one in asked)


def _formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """The formats asked for, each once, in a fixed order."""
    from ncsi.spec.publication import FORMATS

    asked = [one.strip() for one in value.split(",") if one.strip()]
    if "all" in asked:
        return FORMATS
    if any(one not in FORMATS for one in asked):
        raise click.BadParameter(f"'{value}': use {', '.join(FORMATS)} or all, several separated by commas.")
    return tuple(one for one in FORMATS if one in asked)


def _zone(_: click.Context, __: click.Parameter, value: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"'{value}' is not a time zone. Write Asia/Shanghai, for example.") from None


def _keep_address(context: click.Context, _: click.Parameter, value: str | None) -> None:
    context.meta[ADDRESS] = value


workspace = click.option(
    "--workspace",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="here",
    help="Folder that holds ncsi.yaml.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON for machines.")
wave = click.option("--wave", "wave_id", required=True, metavar="ID", help="Wave, such as 2026Q1.")
by = click.option("--by", metavar="NAME", help="Who decides it. Default: the name you are logged in with.")
allow_incomplete = click.option(
    "--allow-incomplete",
    is_flag=True,
    help="Publish without the sectors that `ncsi estimate` left out, marked as incomplete with their names and why.",
)
_engine = click.option(
    "--engine",
    type=click.Choice(get_args(EngineName)),
    default="prefect",
    show_default=True,
    help="prefect: tasks, retries, run history. local: processes side by side, no server. dask: sectors by the workers "
    "of the scheduler at --address.",
)
_address = click.option(
    "--address",
    envvar="NCSI_DASK_ADDRESS",
    show_envvar=True,
    metavar="URL",
    expose_value=False,
    callback=_keep_address,
    help="Dask scheduler for --engine dask, such as tls://host:8786.",
)
timezone = click.option(
    "--timezone",
    "zone",
    default="Asia/Shanghai",
    show_default=True,
    callback=_zone,
    help="Zone of the waves' dates.",
)
column_map = click.option("--map", "map_id", metavar="ID", help="Column map in the workspace's maps/.")
sector = click.option("--sector", metavar="ID", help="Sector of files that have no sector column.")
supersedes = click.option(
    "--supersedes", multiple=True, metavar="NAME", help="Earlier file that these correct; may be repeated."
)
again = click.option("--again", is_flag=True, help="Take FILES even where they were withdrawn.")
dialect = click.option(
    "--dialect",
    type=click.Choice(DIALECTS),
    help="Platform that wrote the files, where it is not recognised.",
)
sheet = click.option("--sheet", metavar="NAME", help="Sheet of a workbook that holds several.")
header_row = click.option(
    "--header-row",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Row that holds the column names, where titles stand above them.",
)
seed = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True,
    help="Of the random numbers: the same gives the same.",
)  # fmt: skip
sector_of_wave = click.option("--sector", metavar="ID", help="With --wave: which of its sectors.")
languages = click.option(
    "--languages",
    default="both",
    show_default=True,
    metavar="LIST",
    callback=_editions,
    help="Editions of the PDFs, comma-separated: zh, en, both. The national report comes in all of them.",
)
formats = click.option(
    "--formats",
    default="",
    metavar="LIST",
    callback=_formats,
    help="Further files, comma-separated: of each report docx, pptx, png (1200 × 630, for links to its page), "
    "long (a picture 1080 pixels wide, for phones), brief (a PDF of one page); email (the press note); or all. "
    "Default: none.",
)
files = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


def engine(command: Command) -> Command:
    """`--engine` and, for the one that needs it, `--address`."""
    return _engine(_address(command))


def options(*chosen: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, listed in the order given."""

    def decorate(command: Command) -> Command:
        for option in reversed(chosen):
            command = option(command)
        return command

    return decorate
