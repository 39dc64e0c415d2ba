"""`ncsi groups`: may a sector's groups be pooled, and do their paths differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ncsi.cli import options, say
from ncsi.cli.running import working
from ncsi.numerals import number, p_value

if TYPE_CHECKING:
    import pandas as pd

    from ncsi.stages.group_comparison import GroupOutcome


@click.command()
@click.option("--sector", required=True, metavar="ID", help="Sector of the wave.")
@click.option(
    "--by", required=True, metavar="NAME", help="brand, region or a background variable of the wave."
)
@click.option(
    "--permutations",
    default=1000,
    show_default=True,
    type=click.IntRange(20),
    help="Permutations of the group labels for each pair.",
)
@click.option(
    "--least",
    default=100,
    show_default=True,
    type=click.IntRange(2),
    help="Leave out groups with fewer responses.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for all tables as CSV.")
@options.wave
@options.workspace
@options.as_json
@working("Comparing groups")
def groups(
    sector: str,
    by: str,
    permutations: int,
    least: int,
    out: Path | None,
    wave_id: str,
    root: Path,
    as_json: bool,
) -> None:
    """Test whether groups may be pooled and their paths compared: MICOM and permutation for PLS, configural, metric,
    scalar and strict invariance for the covariance SEM. Nothing is stored."""
    from ncsi.spec import open_workspace
    from ncsi.spec.plan import load_plan
    from ncsi.stages.group_comparison import compare_groups, variables

    plan = load_plan(open_workspace(root), wave_id)
    if sector not in plan.sector_ids:
        raise click.UsageError(f"wave {wave_id} has no sector {sector}: {', '.join(plan.sector_ids)}.")
    if by not in variables(plan):
        raise click.UsageError(f"wave {wave_id} has no variable {by}: {', '.join(variables(plan))}.")
    outcome = compare_groups(plan, sector, by, permutations, least)
    tables = _tables(outcome)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(out / f"{name}.csv", index=False, encoding="utf-8-sig")
    facts = {
        "wave": wave_id,
        "sector": sector,
        "by": by,
        "left_out": outcome.left_out,
        "problem": outcome.problem,
    }
    say.say(_told(sector, by, permutations, outcome), facts | _records(tables), as_json)


def _tables(outcome: GroupOutcome) -> dict[str, pd.DataFrame]:
    found = outcome.micom
    tables = {
        "groups": found.groups,
        "composition": found.composition,
        "equality": found.equality,
        "verdict": found.verdict,
        "paths": found.paths,
    }
    return tables if outcome.invariance is None else tables | {"invariance": outcome.invariance.levels}


def _records(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Rows of every table; what is not a number there is null."""
    return {
        name: table.astype(object).where(table.notna(), None).to_dict("records")
        for name, table in tables.items()
    }


def _told(sector: str, by: str, permutations: int, outcome: GroupOutcome) -> list[str]:
    found = outcome.micom
    sizes = ", ".join(f"{row['group']} {row['n']:,}" for row in found.groups.to_dict("records"))
    lines = [f"{sector} by {by}: {sizes} respondents; {permutations:,} permutations per pair."]
    if outcome.left_out:
        lines.append(
            "  Left out as too small: " + ", ".join(f"{k} {n}" for k, n in outcome.left_out.items()) + "."
        )
    for (a, b), rows in found.verdict.groupby(["group_a", "group_b"], sort=False):
        kinds = {
            kind: rows.loc[rows["invariance"] == kind, "construct"].tolist()
            for kind in ("full", "partial", "none")
        }
        lines.append(
            f"  {a} and {b}: "
            + "; ".join(f"{kind} {', '.join(names)}" for kind, names in kinds.items() if names)
        )
        lines += _differences(found.paths, a, b)
    return [*lines, *_levels(outcome)]


def _differences(paths: pd.DataFrame, a: object, b: object) -> list[str]:
    """The paths of a pair that differ after Holm."""
    own = paths[(paths["group_a"] == a) & (paths["group_b"] == b) & (paths["p_holm"] < 0.05)]
    return [
        f"    {row['from']} to {row['to']} differs: {row['estimate_a']:.2f} and {row['estimate_b']:.2f}, "
        f"p {p_value(row['p_holm'])}"
        for row in own.to_dict("records")
    ] or ["    no path differs (5 %, Holm)"]


def _levels(outcome: GroupOutcome) -> list[str]:
    if outcome.invariance is None:
        return [f"  Covariance SEM: not fitted, {outcome.problem}"]
    lines = [f"  Covariance SEM: {outcome.invariance.verdict} invariance."]
    lines += [f"    {one}" for one in outcome.invariance.warnings]
    for row in outcome.invariance.levels.dropna(subset="chisq").to_dict("records"):
        line = f"    {row['model']:<10}  chi2 {number(row['chisq'])}, df {number(row['df'], 0)}, "
        line += f"CFI {number(row['cfi'], 3)}, RMSEA {number(row['rmsea'], 3)}"
        if row["model"] != "configural":
            line += f"; change in chi2 {number(row['delta_chisq'])}, p {p_value(row['delta_p'])}, "
            line += f"in CFI {number(row['delta_cfi'], 3)}"
        lines.append(line)
    return lines
