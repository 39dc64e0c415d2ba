"""`ncsi wave plan`: how many respondents per brand a wave needs, and what a given number can detect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say

if TYPE_CHECKING:
    from ncsi.survey.size import Setting


@dataclass(frozen=True, slots=True)
class _Goals:
    """What is wanted: margins, changes and gaps between neighbours, in points."""

    margins: tuple[float, ...]
    changes: tuple[float, ...]
    gaps: tuple[float, ...]
    response_rate: float


@click.command()
@click.option("--wave", "wave_id", metavar="ID", help="Take SD, deff and brands of each sector from this wave's "
              "results, or from those of the wave before it.")  # fmt: skip
@click.option(
    "--sd", default=14.4, show_default=True, help="Standard deviation of respondents' scores, points."
)
@click.option("--deff", default=1.0, show_default=True, help="Design effect of weights and clusters.")
@click.option("--brands", default=10, show_default=True, help="Brands in the sector, for ranks.")
@click.option("--margin", "margins", multiple=True, type=float, default=(1.0, 2.0), show_default=True,
              help="Half the width of an index's interval, in points; may be repeated.")  # fmt: skip
@click.option("--change", "changes", multiple=True, type=float, default=(3.0,), show_default=True,
              help="Change in points between two waves to be found; may be repeated.")  # fmt: skip
@click.option("--apart", "gaps", multiple=True, type=float, default=(3.0,), show_default=True,
              help="Distance in points at which neighbours in rank should be distinguishable.")  # fmt: skip
@click.option("--n", "size", type=float, help="Also show what this many respondents per brand can detect.")
@click.option("--response-rate", default=1.0, show_default=True, help="Share of those invited who answer.")
@click.option("--correlation", type=float, help="Panels: correlation between waves times the share asked in both. "
              "[default: with --wave what its panel's last change taught, else 0]")  # fmt: skip
@click.option("--power", default=0.8, show_default=True, help="Probability to find it.")
@click.option("--level", default=0.95, show_default=True, help="Level of intervals and tests.")
@click.option("--quotas", "quota_file", type=click.Path(dir_okay=False, path_type=Path),
              help="With --wave: write the file of its quotas, of the first --margin or of --n.")  # fmt: skip
@click.option("--by", metavar="A,B", default="", help="Variables that tell the cells of --quotas apart.")
@options.workspace
@options.as_json
def plan(
    wave_id: str | None, sd: float, deff: float, brands: int, margins: tuple[float, ...],
    changes: tuple[float, ...], gaps: tuple[float, ...], size: float | None, response_rate: float,
    correlation: float | None, power: float, level: float, quota_file: Path | None, by: str, root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Respondents per brand for a margin, a detectable change, and neighbours in rank."""
    from ncsi.survey.size import Setting

    goals = _Goals(margins, changes, gaps, response_rate)
    found: list[dict[str, Any]] = []
    if wave_id is None:
        setting = Setting(sd, deff, level, power, correlation or 0.0)
        found.append({"sector": None, **_sizes(setting, brands, goals), **_tells(setting, brands, size)})
        source = None
    else:
        from ncsi.spec import open_workspace
        from ncsi.stages.learnt_sizes import learnt

        source, sectors = learnt(open_workspace(root), wave_id)
        for one in sectors:
            together = one.correlation if correlation is None else correlation
            setting = Setting(one.sd, one.deff, level, power, together)
            now = size or one.quota or one.n
            found.append(
                {
                    "sector": one.sector,
                    **_sizes(setting, one.brands, goals),
                    **_tells(setting, one.brands, now),
                }
            )
    heading = f"Respondents per brand at {level:.0%} confidence" + (
        f" and {power:.0%} power" if changes or gaps else ""
    )
    lines = [heading + (f", from the results of {source}:" if source else ":")]
    lines += [line for row in found for line in _lines(row, response_rate)]
    facts = {
        "level": level,
        "power": power,
        "response_rate": response_rate,
        "results_of": source,
        "sizes": found,
    }
    if quota_file is not None:
        rows = _quotas(root, wave_id, found, size, by, quota_file)
        lines.append(f"Quotas: {rows:,} cells in {quota_file}. Name it under `quotas:` of the wave.")
        facts |= {"quotas": str(quota_file), "cells": rows}
    say.say(lines, facts, as_json)


def _quotas(
    root: Path, wave_id: str | None, found: list[dict[str, Any]], size: float | None, by: str, path: Path
) -> int:
    """Write quotas of the respondents that the first margin needs, or of those that were named."""
    from ncsi.spec import open_workspace
    from ncsi.stages.quota_file import write_quotas

    if wave_id is None:
        raise click.UsageError("--quotas needs --wave: its brands and totals make the cells.")
    sizes = {row["sector"]: int(size or row["goals"][0]["n"]) for row in found}
    variables = [one.strip() for one in by.split(",") if one.strip()]
    return write_quotas(open_workspace(root), wave_id, sizes, variables, path)


def _sizes(setting: Setting, brands: int, goals: _Goals) -> dict[str, Any]:
    from ncsi.survey.size import invitations

    wanted = [("margin", points, setting.n_for_margin(points)) for points in goals.margins]
    wanted += [("change", points, setting.n_for_change(points)) for points in goals.changes]
    wanted += [("apart", points, setting.n_apart(points, brands)) for points in goals.gaps if brands > 1]
    return {
        "sd": round(setting.sd, 3), "deff": round(setting.deff, 3), "brands": brands,
        "correlation": round(setting.correlation, 3),
        "goals": [
            {"goal": goal, "points": points, "n": n, "invite": invitations(n, goals.response_rate)}
            for goal, points, n in wanted
        ],
    }  # fmt: skip


def _tells(setting: Setting, brands: int, size: float | None) -> dict[str, Any]:
    if size is None:
        return {}
    apart = {"apart": round(setting.apart(size, brands), 3)} if brands > 1 else {}
    return {"with_n": {"n": size, "margin": round(setting.margin(size), 3), "change": round(setting.change(size), 3),
                       **apart}}  # fmt: skip


def _lines(row: dict[str, Any], response_rate: float) -> list[str]:
    words = {
        "margin": "margin ±{:g} points",
        "change": "change of {:g} points",
        "apart": "neighbours {:g} points apart",
    }
    name = f"{row['sector']}: " if row["sector"] else ""
    panel = f", correlation {row['correlation']:.2f}" if row["correlation"] else ""
    lines = [f"{name}SD {row['sd']:.1f}, deff {row['deff']:.2f}, brands {row['brands']}{panel}"]
    for goal in row["goals"]:
        invite = f", {goal['invite']:,} invited" if response_rate < 1 else ""
        lines.append(f"  {words[goal['goal']].format(goal['points']):<28}{goal['n']:>8,}{invite}")
    if "with_n" in row:
        told = row["with_n"]
        apart = f", neighbours {told['apart']:.1f} apart" if "apart" in told else ""
        lines.append(
            f"  {told['n']:,.0f} per brand give ±{told['margin']:.1f} and detect a change of {told['change']:.1f}"
            f"{apart}"
        )
    return lines
