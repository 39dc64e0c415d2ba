"""Which sectors' stored results follow from what is there now, and need no estimation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from ncsi.disclosure import scarce_item
from ncsi.errors import NothingStored
from ncsi.results.declared import empty
from ncsi.spec.plan import WavePlan
from ncsi.stages.sector_inputs import Before, StoredInputs, inputs_sha256
from ncsi.store import Store
from ncsi.tables import (
    CORE_ERRORS_BY_QUANTITY,
    CORE_HELD_BY_SECTOR,
    CORE_INPUTS_BY_SECTOR,
    CORE_PARTITIONS,
    CORE_PUBLISHED_BY_RESPONDENT,
    ESTIMATED,
    OUT_INDEX_BY_SECTOR,
    OUT_ITEMS_BY_SECTOR,
)

_LARGE = 50_000
"""Responses of a sector that a process of its own estimates, so that none but that one ends for want of memory."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A sector's stored index and effective sample size; the others as in `stages.estimate.SectorOutcome`."""

    n: int
    index_0_100: float
    low: float
    high: float
    n_eff: float
    held: bool
    few: str
    errors: int
    errors_apart: int
    scarce: str


def unchanged(store: Store, plan: WavePlan) -> dict[str, Headline]:
    """Sectors whose stored results follow from what is there now, in the order of the wave."""
    wave = plan.wave.id
    nobody = empty(CORE_PUBLISHED_BY_RESPONDENT.name)
    with store.session():
        stored = StoredInputs.of(store, wave)
        known = store.table(CORE_INPUTS_BY_SECTOR.name, wave).set_index("sector")
        index = store.table(OUT_INDEX_BY_SECTOR.name, wave)
        held = set(store.table(CORE_HELD_BY_SECTOR.name, wave)["sector"])
        checked = store.table(CORE_ERRORS_BY_QUANTITY.name, wave).set_index("sector")["differs"]
        items = store.table(OUT_ITEMS_BY_SECTOR.name, wave)
        before, counted = Before.of(store, plan), _counted_of_releases(store, wave)
        return {
            sector: Headline(
                *figures,
                sector in held,
                str(known.loc[sector, "few"]),
                errors=int((checked.index == sector).sum()),
                errors_apart=int(checked[checked.index == sector].sum()),
                scarce="" if sector in held else scarce_item(items[items["sector"] == sector]),
            )
            for sector, figures in _figures(index, plan)
            if sector in known.index
            and known.loc[sector, "inputs_sha256"]
            == inputs_sha256(plan, sector, stored.of_sector(sector), counted.get(sector, nobody), before)
        }


@dataclass(frozen=True, slots=True)
class Compared:
    """What `unchanged` told of the store that was `written` so before it was asked; None where there was none."""

    unchanged: dict[str, Headline]
    written: tuple[int, int, int] | None


def unchanged_now(plan: WavePlan) -> Compared:
    """`unchanged` of the store as it is now; none where there is none."""
    try:
        store = Store.open(plan.workspace.warehouse)
    except NothingStored:
        return Compared({}, None)
    written = store.written()
    return Compared(unchanged(store, plan), written)


def still_unchanged(store: Store, plan: WavePlan, known: Compared | None) -> dict[str, Headline]:
    """What is `known`, where nothing was written since; else `unchanged`."""
    if known is not None and known.written == store.written():
        return known.unchanged
    return unchanged(store, plan)


def takes_seconds(plan: WavePlan, kept: Collection[str]) -> bool:
    """Whether one sector at most beside those that are `kept`, and not a large one, is to be estimated."""
    left = [one for one in plan.sector_ids if one not in kept]
    if len(left) > 1:
        return False
    try:
        with Store.opened_alone(plan.workspace.warehouse) as store:
            parts = store.table(CORE_PARTITIONS.name, plan.wave.id)
    except NothingStored:
        return False
    return int(parts.loc[parts["sector"].isin(left), "rows"].sum()) < _LARGE


def _counted_of_releases(store: Store, wave: str) -> dict[str, pd.DataFrame]:
    """Rows of core_published_by_respondent of the sectors of which a release is out."""
    name = CORE_PUBLISHED_BY_RESPONDENT.name
    known = store.counts(name, ["sector", "revision"], wave)
    sectors = known.loc[known["revision"] != ESTIMATED, "sector"].unique()
    return {str(sector): store.table(name, wave, sector) for sector in sectors}


def _figures(
    index: pd.DataFrame, plan: WavePlan
) -> Iterator[tuple[str, tuple[int, float, float, float, float]]]:
    for sector in plan.sector_ids:
        own = index[(index["sector"] == sector) & (index["construct"] == plan.instruments[sector].target)]
        for row in own.to_dict("records"):
            yield sector, (int(row["n"]), row["index_0_100"], row["low"], row["high"], row["n_eff"])
