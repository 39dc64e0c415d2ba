"""Whom an export of respondents shows: those that the figures were made from, and none told by background or weight."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import ncsi.export as handed
from ncsi.errors import InputError
from ncsi.export.respondents import NO_CONSENT, WEIGHTS
from ncsi.ledger import Ledger
from ncsi.results.weighted_model import fit_weighed, with_design
from ncsi.spec.plan import WavePlan
from ncsi.store import Store
from ncsi.survey import effective_size
from ncsi.tables import (
    CORE_LINEAGE_BY_INDEX,
    CORE_WEIGHTS_BY_RESPONDENT,
    ESTIMATED,
)
from ncsi.tables.core import background_column
from ncsi.weighting import Weighed

_CELLS_NAMED = 20
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Coarsened:
    """Weights that files gave to persons, made those of several: rows whose weight changed, by how much of itself at
    most and on average over all rows; n / n_eff before and after; points by which the target of the sector and of each
    brand of k persons moved, by the model of the figures."""

    rows: int
    largest_change: float
    mean_change: float
    deff: tuple[float, float]
    sector_moved: float
    brands_moved: Mapping[str, float]


def with_shared_weights(
    plan: WavePlan, sector: str, kept: pd.DataFrame, weighed: Weighed, names: Sequence[str]
) -> tuple[Weighed, Coarsened]:
    """The weights of the responses `kept`, each that of k persons in its combination of the background `names` within
    its stratum and cluster, which the files show beside them.

    Whoever drew the sample knows whom each base weight is of. Replicates follow in proportion. Raises InputError where
    a combination has fewer persons whose answers count.
    """
    design = _design_columns(plan)
    columns = list(map(background_column, (*names, *design)))
    counts = kept[kept["disposition"] != NO_CONSENT]
    few = handed.small_cells(counts, columns, least=handed.K)
    if few:
        raise InputError(
            f"wave {plan.wave.id}, sector {sector}",
            f"files gave each person a weight, and fewer than {handed.K} whose answers count are in {len(few):,} of "
            f"its combinations of background{' and design' if design else ''}, so that weights would tell them",
            "Add `--without weights`, or leave variables out (`--without NAME`)",
        )
    brand = "brand" if plan.wave.sector(sector).brands else None
    made = handed.shared_weights(weighed.weights, kept, columns, least=handed.K, totals_of=brand)
    ratio = np.divide(made, weighed.weights, out=np.ones_like(made), where=weighed.weights > 0)
    sets = weighed.replicates
    if sets is not None:
        sets = replace(sets, weights=sets.weights * ratio[:, None])
    after = replace(weighed, weights=made, replicates=sets)
    change = np.abs(ratio - 1)
    first, second = (float(len(kept) / effective_size(one)) for one in (weighed.weights, made))
    told = Coarsened(
        int((change > _SAME).sum()), round(float(change.max()), 6), round(float(change.mean()), 6),
        (round(first, 3), round(second, 3)), *_moved(plan, sector, kept, weighed, after),
    )  # fmt: skip
    return after, told


def _moved(
    plan: WavePlan, sector: str, kept: pd.DataFrame, before: Weighed, after: Weighed
) -> tuple[float, dict[str, float]]:
    """Points by which the target of the sector, and of each brand that k persons rate, moves by weights `after`."""
    target = plan.instruments[sector].target
    first, second = (fit_weighed(plan, sector, with_design(plan.wave, kept, one)) for one in (before, after))

    def points(one: pd.DataFrame) -> pd.DataFrame:
        return one[one["construct"] == target]

    whole = [float(points(one.index)["index_0_100"].iloc[0]) for one in (first, second)]
    if not plan.wave.sector(sector).brands:
        return round(whole[1] - whole[0], 2), {}
    persons = kept.groupby("brand")["respondent"].nunique()
    by_brand = [points(one.index_by).set_index("brand")["index_0_100"] for one in (first, second)]
    told = (by_brand[1] - by_brand[0]).dropna().round(2)
    return round(whole[1] - whole[0], 2), {
        str(one): float(value) for one, value in told.items() if persons.get(one, 0) >= handed.K
    }


def require_not_joined(
    plan: WavePlan, sector: str, kept: pd.DataFrame, shown: Sequence[str], exact: bool
) -> None:
    """Exact weights of persons and their background are never in two exports of the same respondents, which can be
    matched by their answers: whichever is asked for second is refused."""
    if kept["weight_base"].nunique() <= 1:
        return
    for event in _earlier(plan, sector):
        if exact and event.get("identifiers"):
            raise InputError(
                "--exact-weights",
                "an earlier export of these respondents has their background, and the two could be matched by answers",
                "Work with the store itself: `ncsi.open` has the responses and table core_weights_by_respondent",
            )
        if event.get("exact_weights") and shown:
            raise InputError(
                f"wave {plan.wave.id}, sector {sector}",
                "an earlier export of these respondents has their exact weights, and the two could be matched by "
                f"answers, which would tell them by {', '.join(shown)}",
                "Leave every background variable out (`--without NAME`)",
            )


def require_estimated(store: Store, sector: str, kept: pd.DataFrame, weighed: Weighed, wave: str) -> None:
    """What is handed out is what the wave's figures were made from: files, readings, persons and weights."""
    stored = store.table(CORE_WEIGHTS_BY_RESPONDENT.name, wave, sector)
    cure = f"Run `ncsi estimate --wave {wave}` first"
    if stored.empty:
        raise InputError(f"wave {wave}", "the sector is not estimated", cure)
    index = store.table(CORE_LINEAGE_BY_INDEX.name, wave, sector)
    if index.loc[index["revision"] == ESTIMATED, "figures_of"].notna().any():
        raise InputError(
            f"wave {wave}", "its figures are those of its release, because too few responses changed since",
            "Export respondents when figures of more responses are estimated",
        )  # fmt: skip
    now = kept[["brand", "respondent"]].assign(now=weighed.weights)
    both = now.merge(stored[["brand", "respondent", "weight"]], on=["brand", "respondent"], how="outer")
    same = store.estimated_as_held(wave, sector)
    if not same or len(both) != len(now) or not np.allclose(both["now"], both["weight"], rtol=0, atol=_SAME):
        raise InputError(
            f"wave {wave}", "responses or the weighting changed since the sector was estimated", cure
        )


def require_anonymous(
    plan: WavePlan, sector: str, responses: pd.DataFrame, shown: Sequence[str], without: Collection[str]
) -> list[str]:
    """Every combination of what the files show, or lets be worked out, is that of k persons; the variables of those.

    Weights follow from the variables they are calibrated by, and rows of two exports can be matched by their answers:
    both count as shown.
    """
    wave = plan.wave
    weighting = () if WEIGHTS in without or wave.weighting is None else wave.weighting.variables
    attrition = () if WEIGHTS in without or wave.attrition is None else wave.attrition.by
    design = () if WEIGHTS in without or wave.weighting is None else _design_columns(plan)
    _require_large_clusters(plan, sector, responses, (), design)
    earlier = _handed_before(plan, sector)
    names = [
        name for name in wave.dimensions
        if background_column(name) in responses and name in {*shown, *weighting, *attrition, *earlier}
    ]  # fmt: skip
    columns = [background_column(name) for name in names]
    cells = handed.small_cells(responses, columns, least=handed.K)
    if not cells:
        _require_large_clusters(plan, sector, responses, names, design)
        return names
    told = ["; ".join(f"{name} {value}" for name, value in zip(names, cell, strict=True)) for cell in cells]
    more = f" and {len(told) - _CELLS_NAMED:,} more" if len(told) > _CELLS_NAMED else ""
    where = f"({') ('.join(told[:_CELLS_NAMED])}){more}" if names else "the sector as a whole"
    hidden = [name for name in names if name not in shown]
    because = (
        f" Of these, {', '.join(hidden)} would be told by weights or by an earlier export." if hidden else ""
    )
    raise InputError(
        f"wave {wave.id}, sector {sector}",
        f"fewer than {handed.K} respondents are in {len(cells):,} of its combinations of background: {where}",
        "Leave variables out (`--without NAME`; `--without weights` too where weights follow from them), or declare "
        f"fewer, larger categories.{because}",
    )


def _require_large_clusters(
    plan: WavePlan, sector: str, responses: pd.DataFrame, names: Sequence[str], design: Sequence[str]
) -> None:
    """Weights tell strata and clusters: k persons are in each, and in each combination of background within it."""
    for one in design:
        few = handed.small_cells(responses, list(map(background_column, (one, *names))), least=handed.K)
        if few:
            among = f"{len(few):,} combinations of background within a" if names else "some"
            raise InputError(
                f"wave {plan.wave.id}, sector {sector}",
                f"fewer than {handed.K} respondents are in {among} {one} of the design, which weights show",
                "Add `--without weights`" + (", or leave variables out (`--without NAME`)" if names else ""),
            )


def _design_columns(plan: WavePlan) -> tuple[str, ...]:
    """Strata and cluster of the design that are no variables of the files themselves."""
    weighting = plan.wave.weighting
    named = () if weighting is None else (*weighting.strata, weighting.cluster)
    return tuple(
        one for one in named if one and one in plan.wave.background and one not in plan.wave.dimensions
    )


def _handed_before(plan: WavePlan, sector: str) -> set[str]:
    """Background variables that earlier exports of the sector's respondents showed or let be worked out, as the ledger
    knows."""
    return {
        name
        for event in _earlier(plan, sector)
        for name in event.get("counted", event.get("identifiers", ()))
    }


def _earlier(plan: WavePlan, sector: str) -> list[dict[str, Any]]:
    """Events of the ledger by which respondents of the sector were exported."""
    return [
        event
        for event in Ledger.of(plan.workspace).events()
        if event["event"] == "COMPLETE" and event["job"] == "export" and event.get("microdata")
        if (event.get("wave"), event.get("sector")) == (plan.wave.id, sector)
    ]
