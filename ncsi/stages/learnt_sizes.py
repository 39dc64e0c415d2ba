"""Spread and design effect of a wave's sectors, for planning the next one."""

from __future__ import annotations

from dataclasses import dataclass

from ncsi.errors import StoreError
from ncsi.spec import Workspace
from ncsi.store import Store
from ncsi.tables import OUT_INDEX_BY_BRAND


@dataclass(frozen=True, slots=True)
class Learnt:
    """A sector's brands in the median: respondents each, `sd` of their target scores (points), `deff`; `brands`
    measured; `quota` of the planned wave."""

    sector: str
    brands: int
    n: float
    sd: float
    deff: float
    quota: int | None


def learnt(workspace: Workspace, wave_id: str) -> tuple[str, tuple[Learnt, ...]]:
    """Per sector of the wave, from its own results, else from the wave before; and which wave they are of.

    `sd` is SE·√n_eff, so that what clusters add to the error counts as spread. Raises StoreError where neither wave
    is estimated.
    """
    wave = workspace.wave(wave_id)
    store = Store.open(workspace.warehouse)
    for source in (wave.id, wave.previous):
        rows = store.read(OUT_INDEX_BY_BRAND.name, wave=source) if source else None
        if rows is None or rows.empty:
            continue
        target = next(workspace.instrument_of(one.id).target for one in wave.sectors)
        kept = rows[(rows["construct"] == target) & (rows["se"] > 0)]
        kept = kept.assign(sd=kept["se"] * kept["n_eff"] ** 0.5)
        medians = kept.groupby("sector")[["n", "sd", "deff"]].median().astype(float).to_dict("index")
        counts = kept["sector"].value_counts().to_dict()
        return str(source), tuple(
            Learnt(
                one.id, counts[one.id], medians[one.id]["n"], medians[one.id]["sd"],
                max(medians[one.id]["deff"], 1.0), one.quota,
            )
            for one in wave.sectors if one.id in medians
        )  # fmt: skip
    raise StoreError(
        f"wave {wave_id}: neither this wave nor the one before has results by brand to plan from. Estimate one of "
        "them, or plan without --wave, from --sd and --deff."
    )
