"""Spread, design effect and, in a panel, correlation of a wave's sectors, for planning the next one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ncsi.errors import NothingStored
from ncsi.spec import Workspace
from ncsi.stages.register import withdrawn_waves
from ncsi.store.warehouse import open as read_only
from ncsi.tables import OUT_CHANGES, OUT_INDEX_BY_BRAND

CLOSEST = 0.99
"""No plan rests on the two waves of a panel agreeing more than this."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A sector's brands in the median: respondents each, `sd` of their target scores (points), `deff`; `brands`
    measured; `quota` of the planned wave; `correlation` of its brands' indices with those of the wave before, by the
    respondents of a panel who answered in both, 0 where none are known."""

    sector: str
    brands: int
    n: float
    sd: float
    deff: float
    quota: int | None
    correlation: float


def learnt(workspace: Workspace, wave_id: str) -> tuple[str, tuple[Learnt, ...]]:
    """Per sector of the wave, from its own results, else from the wave before, unless that is withdrawn; and which wave
    they are of.

    `sd` is SE·√n_eff, so that what clusters add to the error counts as spread. Raises StoreError where neither wave
    is estimated.
    """
    wave = workspace.wave(wave_id)
    store = read_only(workspace.warehouse)
    withdrawn = withdrawn_waves(store, but=wave.id)
    for source in (wave.id, wave.previous):
        if source is None or source in withdrawn:
            continue
        rows = store.read(OUT_INDEX_BY_BRAND.name, wave=source)
        if rows.empty:
            continue
        target = next(workspace.instrument_of(one.id).target for one in wave.sectors)
        kept = rows[(rows["construct"] == target) & (rows["se"] > 0)]
        kept = kept.assign(sd=kept["se"] * kept["n_eff"] ** 0.5)
        medians = kept.groupby("sector")[["n", "sd", "deff"]].median().astype(float).to_dict("index")
        counts = kept["sector"].value_counts().to_dict()
        changes = store.read(OUT_CHANGES.name, wave=source)
        together = _correlations(changes, target) if wave.panel else {}
        return str(source), tuple(
            Learnt(
                one.id, counts[one.id], medians[one.id]["n"], medians[one.id]["sd"],
                max(medians[one.id]["deff"], 1.0), one.quota, together.get(one.id, 0.0),
            )
            for one in wave.sectors if one.id in medians
        )  # fmt: skip
    raise NothingStored(
        f"wave {wave_id}: neither this wave nor the one before has results by brand to plan from. Estimate one of "
        "them, or plan without --wave, from --sd and --deff."
    )


def _correlations(changes: pd.DataFrame, target: str) -> dict[str, float]:
    """By sector, the median of its brands' correlations that a panel tells, as far as a plan may rest on it."""
    rows = changes[(changes["level"] == "brand") & (changes["construct"] == target)]
    rows = rows[rows["overlap"].notna()]
    return {
        str(sector): float(min(max(part.median(), 0.0), CLOSEST))
        for sector, part in rows.groupby("sector")["correlation"]
    }
