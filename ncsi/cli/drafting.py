"""`ncsi estimate --draft`: a wave as it stands, told on stdout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ncsi.cli import say

if TYPE_CHECKING:
    import pandas as pd

    from ncsi.spec.plan import WavePlan
    from ncsi.stages.draft import SectorDraft, WaveDraft


def draft(plan: WavePlan, *, files: bool, as_json: bool) -> bool:
    """Make a draft of the wave and say it; whether every sector is in it. Processes of this machine do the work, those
    of one sector this one."""
    from ncsi.cli.running import begun_ahead, running, running_few
    from ncsi.stages.unchanged_sectors import takes_seconds

    root, wave = plan.workspace.root, plan.wave.id
    few = not begun_ahead() and takes_seconds(plan, ())
    with running_few("local", root, wave) if few else running("local", root, wave, ["estimate"]) as steps:
        made = steps.draft(plan, files=files)
    say.say(*drafted(made, plan.target), as_json)
    return not made.left_out


def drafted(made: WaveDraft, target: str) -> tuple[list[str], dict[str, Any]]:
    """Sectors highest first, below each the brands that may be shown, in no order of rank; all tables for machines."""
    told = [one for one in made.sectors if not one.outcome.problem]
    ranked = sorted(told, key=lambda one: -one.outcome.index_0_100)
    n = sum(one.outcome.n for one in told)
    lines = [
        f"Draft of wave {made.wave}: {say.counted(len(told), 'sector')}, {say.counted(n, 'respondent')}. Nothing is "
        "stored, and these are no results."
    ]
    brands = made.tables["out_draft_index_by_brand"]
    brands = brands[brands["construct"] == target]
    for one in ranked:
        lines += _of_sector(one, brands[brands["sector"] == one.outcome.sector])
    if made.left_out:
        lines.append(f"  Left out: {say.counted(len(made.left_out), 'sector')}.")
        lines += [f"    {one.sector}: {one.problem}" for one in made.left_out]
    lines += _notes(made)
    facts = {
        "draft": True, "wave": made.wave, "level": made.level, "synthetic": made.synthetic,
        "replicate_weights_not_used": made.replicate_weights,
        "sectors": [
            {"sector": s.outcome.sector, **_figures(s), "n": s.outcome.n, "held": s.outcome.held, "few": s.outcome.few,
             "withheld": list(s.withheld)}
            for s in ranked
        ],
        "left_out": [{"sector": s.sector, "reason": s.reason, "problem": s.problem} for s in made.left_out],
        "tables": {name: _records(frame) for name, frame in made.tables.items()},
        "folder": None if made.folder is None else str(made.folder),
    }  # fmt: skip
    return lines, facts


def _figures(one: SectorDraft) -> dict[str, float | None]:
    """In published digits: in full precision, two drafts a few answers apart would tell what these are."""
    from ncsi.tables.draft import OUT_DRAFT_INDEX_BY_SECTOR

    found = one.outcome
    figures = {
        "index_0_100": found.index_0_100, "se": one.se, "low": found.low, "high": found.high, "df": one.df,
        "n_eff": found.n_eff,
    }  # fmt: skip
    digits = {column.name: column.digits or 0 for column in OUT_DRAFT_INDEX_BY_SECTOR.columns}
    return {name: None if value != value else round(value, digits[name]) for name, value in figures.items()}


def _of_sector(one: SectorDraft, brands: pd.DataFrame) -> Iterator[str]:
    found = one.outcome
    kept = f"  {say.kept_as_published(found)}" if found.held else ""
    yield _line("  ", found.sector, found.index_0_100, found.low, found.high, one.se, found.n) + kept
    if one.withheld:
        yield f"    without {', '.join(one.withheld)}: an item counts backwards by chance"
    shown = brands[brands["index_0_100"].notna()]
    for row in shown.to_dict("records"):
        yield _line(
            "    ", str(row["brand"]), row["index_0_100"], row["low"], row["high"], row["se"], int(row["n"])
        )
    if len(shown) < len(brands):
        yield f"    {say.counted(len(brands) - len(shown), 'brand')} of few respondents, or hidden beside one"


def _line(indent: str, name: str, index: float, low: float, high: float, se: float, n: int) -> str:
    return (
        f"{indent}{name:<{_WIDTH - len(indent)}}{index:6.2f}  ({low:.2f} to {high:.2f})  se {se:.2f}  n {n:,}"
    )


_WIDTH = 28


def _notes(made: WaveDraft) -> Iterator[str]:
    yield (
        f"  Standard errors by the infinitesimal jackknife, without replicates; t intervals at {100 * made.level:g} %. "
        "Ranks have no such errors and are left out."
    )
    if made.replicate_weights:
        yield (
            "  The wave declares replicate weights, and a draft makes none: its errors take the weights as they are, "
            "without what calibrating them changes."
        )
    if made.synthetic:
        yield "  Synthetic data."
    if made.folder is not None:
        yield f"  Files, each row marked as draft: {made.folder}."
    else:
        yield "  Paths, effects, weights, loadings, other constructs: --json, or --files."


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): None if value != value else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
