"""`ncsi weigh`: what a wave's weighting achieves, before anything is estimated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.cli.running import working
from ncsi.tables import (
    OUT_WEIGHTING_BY_MARGIN,
    OUT_WEIGHTING_BY_SECTOR,
    OUT_WEIGHTING_BY_STEP,
    OUT_WEIGHTING_LARGEST,
)

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.option("--sector", "only", multiple=True, metavar="ID", help="Only this sector, category by category.")
@options.wave
@options.workspace
@options.as_json
@working("Weighing")
def weigh(only: tuple[str, ...], wave_id: str, root: Path, as_json: bool) -> None:
    """Weigh the accepted responses as the wave file says: margins before and after, spread, largest weights.

    Nothing is stored: `ncsi estimate` computes the weights again and stores them with its results. Where sectors
    cannot be weighted as declared, all of them are named.
    """
    from ncsi.errors import WeightingError
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages.weights import weigh_sector

    plan = load_plan(open_workspace(root), wave_id)
    unknown = [one for one in only if one not in plan.sector_ids]
    if unknown:
        raise click.UsageError(f"wave {wave_id} has no sector {unknown[0]}: {', '.join(plan.sector_ids)}.")
    lines: list[str] = []
    facts: dict[str, Any] = {"wave": wave_id, "sectors": []}
    problems: list[WeightingError] = []
    for sector in only or plan.sector_ids:
        try:
            tables = weigh_sector(plan, sector)
        except WeightingError as error:
            problems.append(error)
            continue
        lines += _told(sector, tables, bool(only))
        of_sector, margins, steps, largest = (
            tables[one.name].to_dict("records")
            for one in (
                OUT_WEIGHTING_BY_SECTOR, OUT_WEIGHTING_BY_MARGIN, OUT_WEIGHTING_BY_STEP, OUT_WEIGHTING_LARGEST,
            )
        )  # fmt: skip
        facts["sectors"].append(
            {"sector": sector, **of_sector[0], "margins": margins, "steps": steps, "largest": largest}
        )
    if problems:
        for problem in problems[:-1]:
            click.echo(f"Error: {problem}", err=True)
        raise problems[-1]
    say.say(lines, facts, as_json)


def _told(sector: str, tables: dict[str, pd.DataFrame], by_category: bool) -> list[str]:
    row = tables[OUT_WEIGHTING_BY_SECTOR.name].to_dict("records")[0]
    errors = f"{row['replicates']:,} replicate weights" if row["replicates"] else "no replicate weights"
    lines = [
        f"{sector}: {say.counted(row['n'], 'response')} by {row['method'].replace(' ', ', ')}; "
        f"n_eff {row['n_eff']:,.0f}, deff {row['deff']:.2f}.",
        f"  Weights {row['weight_min']:.2f} to {row['weight_max']:.2f} times the mean, 90 % of them between "
        f"{row['weight_p05']:.2f} and {row['weight_p95']:.2f}; {row['trimmed']:,} trimmed; "
        f"{say.counted(row['strata'], 'stratum', 'strata')}, {say.counted(row['clusters'], 'cluster')}, {errors}.",
    ]
    steps = tables[OUT_WEIGHTING_BY_STEP.name].to_dict("records")
    after = ", ".join(f"{one['step']} {one['deff']:.2f}" for one in steps)
    lines.append(f"  Design effect after each step: {after}")
    for margin, rows in tables[OUT_WEIGHTING_BY_MARGIN.name].groupby("margin", sort=False):
        before, after = ((rows[name] - rows["target"]).abs().max() for name in ("before", "after"))
        lines.append(f"  {margin}: off by up to {before:.2%} before, {after:.2%} after")
        if by_category:
            lines += _categories(rows)
    if by_category:
        top = tables[OUT_WEIGHTING_LARGEST.name]["weight"]
        lines.append("  Largest weights: " + ", ".join(f"{weight:.2f}" for weight in top))
    return lines


def _categories(rows: pd.DataFrame) -> list[str]:
    width = max(map(len, rows["category"]))
    return [
        f"    {row['category']:<{width}}  target {row['target']:7.2%}  before {row['before']:7.2%}  "
        f"after {row['after']:7.2%}  {say.counted(row['respondents'], 'respondent')} ({row['source']}, {row['year']})"
        for row in rows.to_dict("records")
    ]
