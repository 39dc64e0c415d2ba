"""A panel's respondents over its waves, from the store: who was seen when, and the responses of a wave with the classes
in which those who were asked again are weighted up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.moments.scaled import on_0_100
from ncsi.results.declared import empty
from ncsi.results.panel_attrition import PanelKeeping
from ncsi.spec import Wave, wave_order
from ncsi.spec.background import OTHER
from ncsi.spec.plan import WavePlan, load_earlier_plan
from ncsi.stages.register import withdrawn_waves
from ncsi.store import Store, Warehouse
from ncsi.tables import (
    CORE_WEIGHTS_BY_RESPONDENT,
    OUT_INDEX_BY_SECTOR,
    OUT_ITEMS_BY_SECTOR,
    OUT_PANEL_LEAVERS,
)
from ncsi.tables.core import background_column
from ncsi.weighting.attrition import Members, attrition_classes


def responses_of(store: Store, plan: WavePlan, sector_id: str) -> pd.DataFrame:
    """The accepted responses of a sector as it is estimated from; with the classes of attrition where the wave declares
    it. Raises StoreError without responses, WeightingError where too few members answered again."""
    kept_up = panel_keeping(store, plan, sector_id) if plan.wave.attrition is not None else None
    (whole,) = with_classes([store.responses(plan.wave.id, sector_id)], plan, kept_up)
    return whole


def with_classes(
    responses: Iterable[pd.DataFrame], plan: WavePlan, kept_up: PanelKeeping | None
) -> Iterator[pd.DataFrame]:
    """Blocks of responses as `responses_of` gives them, of a wave whose panel is known."""
    declared = plan.wave.attrition
    if declared is None or kept_up is None or kept_up.members is None:
        yield from responses
        return
    classes = attrition_classes(kept_up.members, declared.by, declared.least)
    for block in responses:
        yield block.merge(classes, on="respondent", how="left")


def panel_keeping(store: Store, plan: WavePlan, sector_id: str) -> PanelKeeping | None:
    """Who of the sector was seen in which wave of the panel; None where the wave is of none,
    is the sector's first, or the one before is withdrawn."""
    followed = followed_members(store, plan, sector_id)
    if followed is None:
        return None
    due = followed.due(plan.wave.rotation)
    waves = list(followed.seen)
    return replace(
        followed,
        members=_members(store, plan, sector_id, due, followed.seen[waves[-1]]),
        told=_told(store, plan.wave.id, sector_id),
    )


def followed_members(store: Warehouse, plan: WavePlan, sector_id: str) -> PanelKeeping | None:
    """The same without what they answered. Where nobody has answered this wave yet, nobody of it is seen."""
    wave, workspace = plan.wave, plan.workspace
    if wave.panel is None or wave.previous is None or wave.previous not in workspace.wave_ids():
        return None
    if wave.previous in withdrawn_waves(store):
        return None
    rows = {}
    for one in workspace.wave_ids():
        if wave_order(one) > wave_order(wave.id) or sector_id not in store.sectors(one):
            continue
        earlier = wave if one == wave.id else workspace.wave_alone(one)
        if earlier.panel == wave.panel:
            rows[one] = _profile(store, wave, earlier, sector_id)
    if wave.previous not in rows:
        return None
    seen = {one: frozenset(found["respondent"]) for one, found in rows.items()}
    seen.setdefault(wave.id, frozenset())
    if list(seen)[-2:] != [wave.previous, wave.id]:
        return None
    return PanelKeeping(seen, None, groups=_groups(wave, rows), profile=rows[wave.previous])


def _profile(store: Warehouse, wave: Wave, earlier: Wave, sector_id: str) -> pd.DataFrame:
    """Respondents of an earlier wave by brand, and by the variables that both waves tell them apart by."""
    both = [one for one in wave.dimensions if one in earlier.dimensions]
    columns = {background_column(one): one for one in both}
    rows = store.responses(earlier.id, sector_id, ["respondent", "brand", *columns])
    return rows.rename(columns=columns)


def _groups(wave: Wave, rows: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The rotation group of whoever has one, as it was told last."""
    by = wave.rotation.by if wave.rotation is not None else None
    found: dict[str, str] = {}
    for one in rows.values():
        if by is not None and by in one:
            known = one.loc[one[by].notna() & (one[by] != OTHER), ["respondent", by]]
            found |= dict(zip(known["respondent"].astype(str), known[by].astype(str), strict=True))
    return found


def _told(store: Store, wave: str, sector_id: str) -> pd.DataFrame | None:
    """What the release of the wave that is out says of those who left; one of an earlier version says nothing."""
    public = store.public_results(wave, sector_id, (OUT_PANEL_LEAVERS.name, OUT_INDEX_BY_SECTOR.name))
    return public.get(OUT_PANEL_LEAVERS.name, empty(OUT_PANEL_LEAVERS.name)) if public else None


def _members(
    store: Store, plan: WavePlan, sector_id: str, due: frozenset[str], now: frozenset[str]
) -> Members | None:
    before = load_earlier_plan(plan.workspace, str(plan.wave.previous))
    weights = store.table(CORE_WEIGHTS_BY_RESPONDENT.name, before.wave.id, sector_id)
    if weights.empty or sector_id not in before.instruments:
        return None
    instrument = before.instruments[sector_id]
    responses = store.responses(before.wave.id, sector_id).merge(
        weights[["brand", "respondent", "weight"]], on=["brand", "respondent"]
    )
    target = [item.id for item in instrument.construct(instrument.target).items]
    points = pd.DataFrame(on_0_100(responses, instrument), columns=list(instrument.item_ids))[target]
    items = store.table(OUT_ITEMS_BY_SECTOR.name, before.wave.id, sector_id)
    as_counted = _is_of(items, points, responses["weight"].to_numpy(dtype=float))
    scores = points.mean(axis=1)
    declared = plan.wave.attrition
    by = {name: background_column(name) for name in (declared.by if declared else ())}
    rows = responses.assign(score=scores.to_numpy()).dropna(subset=["score"])
    known = {name: ("first" if column in rows else None, column) for name, column in by.items()}
    found = rows[rows["respondent"].isin(due)].groupby("respondent", sort=True).agg(
        weight=("weight", "sum"), score=("score", "mean"),
        **{name: (column, how) for name, (how, column) in known.items() if how},
    )  # fmt: skip
    released = rows["respondent"].nunique() - len(found)
    missing = {name: "unknown" for name, (how, _) in known.items() if how is None}
    return Members(found.assign(**missing).reset_index(), now, released, as_counted)


def _is_of(items: pd.DataFrame, points: pd.DataFrame, weights: Array) -> bool:
    """Whether out_items_by_sector is of these answers (0-100, NaN for none). It is not where somebody was forgotten or
    corrected since, or came too late for figures that are out: less these answers it would tell of those few."""
    stored, given = items.set_index("item").reindex(points.columns), points.to_numpy(dtype=float)
    weighed = np.where(np.isnan(given), 0.0, weights[:, None])
    means = np.nansum(weighed * given, axis=0) / weighed.sum(axis=0)
    counts = (~np.isnan(given)).sum(axis=0)
    return np.array_equal(counts, stored["answered"].to_numpy(dtype=float)) and np.allclose(
        means, stored["mean_0_100"].to_numpy(dtype=float), rtol=0, atol=1e-9
    )
