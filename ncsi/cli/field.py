"""`ncsi wave status|watch`: how field work goes, as text, JSON or the board; files of the inbox taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.errors import as_typed

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ncsi.cli.options import EngineName
    from ncsi.stages.field_progress import WaveProgress
    from ncsi.stages.inbox import Arrival
    from ncsi.waves.agencies import AgencyProgress
    from ncsi.waves.delivered_files import DeliveredFile
    from ncsi.waves.pace import Forecast
    from ncsi.waves.panels import PanelProgress
    from ncsi.waves.progress import BrandProgress, CellProgress, SectorProgress

_NAMED = 5
"""Quotas behind that are named of each sector; `--sector`, JSON and the board have all."""
_DAYS = 7
"""Days of fieldwork that are told in text, the last; JSON and the board have all."""


@click.command()
@options.wave
@click.option(
    "--html",
    "board",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the board to this file.",
)
@click.option("--sector", "only", metavar="ID", help="Only this sector, with all quotas that are behind.")
@options.workspace
@options.as_json
def status(wave_id: str, board: Path | None, only: str | None, root: Path, as_json: bool) -> None:
    """How field work goes: files, answers against quotas, pace, forecast, agencies side by side, results, release.

    Of a sector whose fieldwork is over and whose quotas are filled a line is told; --sector tells all of it.
    """
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages.field_progress import wave_progress

    plan = load_plan(open_workspace(root), wave_id)
    if only is not None and only not in plan.sector_ids:
        raise click.BadParameter(
            f"wave {wave_id} has no sector {only[:60]!r}: {', '.join(plan.sector_ids)}.",
            param_hint="--sector",
        )
    found = wave_progress(plan)
    over = found.now.date() > plan.wave.field.end
    lines = [] if only else [_file_line(one) for one in found.files]
    for one in found.sectors:
        if only in (None, one.sector):
            lines += _sector_lines(one, found.days, over=over, whole=only is not None)
    lines += [_agency_line(one) for one in found.agencies]
    lines += [
        f"Withdrawn: {one.source_path} ({one.source_sha256[:12]}), on {one.withdrawn_on} by {one.by}: {one.reason}"
        for one in found.withdrawn
    ]
    lines.append(f"Release: {found.release}" if found.release else "No release yet.")
    if board is not None:
        from ncsi.stages.field_board import write_board

        lines.append(f"Board: {write_board(plan, found, board)}")
    say.say(lines, facts_of(found), as_json)


@click.command()
@click.argument("inbox", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--once", is_flag=True, help="Take what is complete now, and end: for cron.")
@click.option(
    "--every",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0.2, 3600),
    help="Seconds between two looks; a file that is the same at both is complete.",
)
@options.timezone
@options.workspace
@options.engine
@options.as_json
def watch(
    inbox: Path | None, once: bool, every: float, zone: ZoneInfo, root: Path, engine: EngineName, as_json: bool
) -> None:  # fmt: skip
    """Take files from INBOX (by default inbox/ of the workspace) as they are complete, to the wave they are of.

    A file is complete when it has not changed between two looks, or a file of its name with .done beside it. Folders
    called as agencies are theirs. What no wave in the field knows goes to INBOX/.quarantine with the reason.
    """
    from time import sleep

    from ncsi.cli.running import running
    from ncsi.errors import NcsiError
    from ncsi.spec import open_workspace
    from ncsi.stages.inbox_watch import complete, held, looks

    workspace = open_workspace(root)
    folder = inbox or workspace.root / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder), running(engine, root, "inbox") as steps:
        before = looks(folder)
        while True:
            sleep(every)
            now = looks(folder)
            ready = complete(before, now)
            try:
                arrivals = steps.take_in(workspace, folder, ready, datetime.now(zone)) if ready else ()
            except NcsiError as error:
                if once:
                    raise
                click.echo(f"Error: {error} The inbox is looked at again.", err=True)
                arrivals = ()
            if arrivals or once:
                say.say([arrival_line(one) for one in arrivals] or ["Nothing new in the inbox."],
                        {"arrivals": [asdict(one) for one in arrivals]}, as_json)  # fmt: skip
            if once:
                return
            before = {path: one for path, one in now.items() if path not in ready}


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--members", type=click.IntRange(300, 20_000), default=600, show_default=True, help="Asked in each wave."
)
@click.option("--waves", type=click.IntRange(2, 20), default=4, show_default=True, help="Waves of the panel.")
@click.option("--brands", type=click.IntRange(1, 10), default=3, show_default=True, help="Brands rated.")
@options.seed
@options.as_json
def panel(folder: Path, members: int, waves: int, brands: int, seed: int, as_json: bool) -> None:
    """Write a synthetic workspace in FOLDER: a panel whose groups enter and leave, and whose satisfied members stay.

    truth/ holds the true indices, so that what weighting for attrition removes can be seen.
    """
    from ncsi.simulate.panel import write_panel_workspace

    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} holds files already. Name a new folder.")
    made = write_panel_workspace(folder, seed, brands, members, waves)
    lines = [f"{folder}: about {members:,} synthetic members a wave, in {len(made.groups)} rotation groups."]
    lines += [f"  Next: ncsi run --workspace {as_typed(folder)} --wave {one}" for one in made.waves]
    say.say(
        lines, {"workspace": str(folder), "waves": list(made.waves), "groups": list(made.groups)}, as_json
    )


def arrival_line(one: Arrival) -> str:
    """What became of a file of the inbox, in words."""
    if one.became == "quarantined":
        head = f"{one.path}: "
        return f"{head}to quarantine. {one.why.removeprefix(head)}"
    if one.became == "repeated":
        return f"{one.path}: known already, left aside."
    corrects = ", corrects an earlier delivery" if one.became == "corrected" else ""
    return f"{one.path}: wave {one.wave}, {one.accepted:,} accepted, {one.rejected:,} rejected{corrects}."


def _sector_lines(
    one: SectorProgress, days: Sequence[date], *, over: bool, whole: bool = False
) -> Iterator[str]:
    """A line, and more where there is something to be done; with `whole` all there is to tell."""
    short = {cell.cell.brand for cell in one.short if cell.cell.brand}
    quota = f", {len(short)} of {len(one.brands)} brands below their quota" if one.cells else ""
    yield (
        f"{one.sector}: {one.accepted:,} accepted, {one.rejected:,} rejected{quota}"
        f"{', estimated' if one.estimated else ', not estimated'}"
    )
    if one.forecast is not None and not one.forecast.full:
        yield f"  {_forecast_line(one.forecast, over=over)}"
    if one.accepted and (whole or short or not over):
        yield f"  by brand: {', '.join(_of_quota(brand) for brand in one.brands)}"
        yield f"  by day: {_day_line(one.daily[-_DAYS:], days[-_DAYS:])}"
    if one.panel is not None:
        yield f"  {_panel_line(one.panel)}"
    named = len(one.behind) if whole else _NAMED
    for cell in one.behind[:named]:
        yield f"  behind: {cell_name(cell)}, {cell.forecast.accepted:,} of {cell.forecast.target:,}"
    if more := len(one.behind[named:]):
        yield f"  behind: {say.counted(more, 'more quota')} (all with --sector {one.sector})"


def _of_quota(one: BrandProgress) -> str:
    return f"{one.brand}: {one.accepted:,}" + ("" if one.target is None else f" of {one.target:,}")


def _day_line(daily: Sequence[int], days: Sequence[date]) -> str:
    return ", ".join(f"{day:%m-%d}: {n:,}" for day, n in zip(days, daily, strict=True))


def _file_line(one: DeliveredFile) -> str:
    from ncsi.waves.delivered_files import by_number

    whose = f"{one.agency}, " if one.agency else ""
    faults = "".join(f"; {rule} {n:,}" for rule, n in by_number(one.faults))
    return (
        f"File: {one.path} ({whose}{one.came}): {one.rows_read:,} read, {one.rows_accepted:,} accepted, "
        f"{one.rows_rejected:,} rejected{faults}"
    )


def _forecast_line(one: Forecast, *, over: bool) -> str:
    if over:
        return f"{one.accepted:,} of {one.target:,}; fieldwork is over, {one.lacking:,} are lacking"
    pace = f"{one.accepted:,} of {one.target:,} at {one.recent:.0f} a day; in time it takes {one.needed:.0f} a day"
    return pace if one.chance is None else f"{pace}, a chance of {one.chance:.0%} at today's pace"


def _panel_line(one: PanelProgress) -> str:
    before = f"; {one.previous} came to {one.last_retention:.1%}" if one.last_retention is not None else ""
    share = f" ({one.retention:.1%}{before})" if one.retention is not None else ""
    planned = f", {one.planned_new:.0%} planned" if one.planned_new is not None else ""
    new = f" ({one.new_share:.1%} of {one.respondents:,}{planned})" if one.new_share is not None else ""
    odd = f"; {one.out_of_turn:,} answered who were not to be asked" if one.out_of_turn else ""
    parts = ", ".join(
        f"{part.part or '(none)'} {part.returned:,} of {part.due:,}" for part in one.parts if part.due
    )
    return (
        f"panel: {one.returned:,} of {one.due:,} members of {one.previous} answered again{share}, {one.new:,} new{new}"
        f"{odd}" + (f"; by {one.by or 'first wave'}: {parts}" if parts else "")
    )


def cell_name(one: CellProgress) -> str:
    """What a quota is of, by the ids of its file."""
    parts = (one.cell.brand, one.cell.agency, *(value for _, value in one.cell.of))
    return " · ".join(part for part in parts if part) or "all"


def _agency_line(one: AgencyProgress) -> str:
    marked = [f"{name} {share.value:.1%}" for name, share in one.shares.items() if share.marked]
    return (
        f"Agency {one.agency or '(none named)'}: {say.counted(one.files, 'file')}, {one.accepted:,} accepted of "
        f"{one.rows_read:,} read"
        + (f"; a file was owed by {one.late}" if one.late else "")
        + (f"; differs from the others: {', '.join(marked)}" if marked else "")
    )


def facts_of(found: WaveProgress) -> dict[str, Any]:
    """A wave's progress as plain values, numbers as numbers."""
    days = [day.isoformat() for day in found.days]
    return {
        "wave": found.wave,
        "now": found.now.isoformat(timespec="seconds"),
        "days": days,
        "sectors": [_sector_facts(one) for one in found.sectors],
        "agencies": [_agency_facts(one) for one in found.agencies],
        "files": [asdict(one) | {"came": one.came.isoformat()} for one in found.files],
        "withdrawn": [asdict(one) for one in found.withdrawn],
        "release": str(found.release) if found.release else None,
    }


def _sector_facts(one: SectorProgress) -> dict[str, Any]:
    return {
        "sector": one.sector,
        "accepted": one.accepted,
        "rejected": one.rejected,
        "estimated": one.estimated,
        "daily": list(one.daily),
        "forecast": asdict(one.forecast) if one.forecast else None,
        "short": len(one.short),
        "behind": len(one.behind),
        "panel": _panel_facts(one.panel) if one.panel else None,
        "brands": [asdict(brand) for brand in one.brands],
        "cells": [
            {
                "brand": cell.cell.brand,
                "agency": cell.cell.agency,
                "of": dict(cell.cell.of),
                **asdict(cell.forecast),
                "behind": cell.forecast.behind,
            }
            for cell in one.cells
        ],
    }


def _panel_facts(one: PanelProgress) -> dict[str, Any]:
    parts = [asdict(part) | {"outstanding": part.outstanding} for part in one.parts]
    counted = {"outstanding": one.outstanding, "retention": one.retention, "new_share": one.new_share}
    return asdict(one) | counted | {"parts": parts}


def _agency_facts(one: AgencyProgress) -> dict[str, Any]:
    return {
        "agency": one.agency,
        "files": one.files,
        "rows_read": one.rows_read,
        "accepted": one.accepted,
        "duration_s": one.duration_s,
        "shares": {name: asdict(share) | {"value": share.value} for name, share in one.shares.items()},
        "interviewers": asdict(one.interviewers) if one.interviewers else None,
        "last_file": one.last_file.isoformat() if one.last_file else None,
        "late": one.late.isoformat() if one.late else None,
    }
