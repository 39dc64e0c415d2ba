"""A sector that is asked otherwise than in the wave before: what the two questionnaires share, and the change of the
index on that alone (docs/method.md §8).

Both waves are fitted to the shared questions only, each to its own answers, weights and replicates. So the change is
one of answers to the same questions; the levels of the two indices are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from ncsi.errors import ModelError, WeightingError
from ncsi.model import changes, gate
from ncsi.results import sector_rows
from ncsi.results.declared import empty
from ncsi.results.panel import EarlierWave, Measured, measured_again
from ncsi.results.weighted_model import fit_weighed, replicates_of
from ncsi.spec import Construct, Instrument, Item
from ncsi.tables import OUT_QUESTIONNAIRE_CHANGES

Reason = Literal["", "target_changed", "model_changed", "answers_gone", "not_repeated", "not_estimated"]
"""Why a trend breaks; empty where it is linked."""
_FIGURES = ("index_0_100", "se", "df")


@dataclass(frozen=True, slots=True)
class Shared:
    """Items of two questionnaires: asked in both with the same words on the same scale; under one id, but otherwise;
    in the later only; in the earlier only. In the order of the questionnaires."""

    same: tuple[str, ...]
    reworded: tuple[str, ...]
    added: tuple[str, ...]
    dropped: tuple[str, ...]


def shared_items(now: Instrument, before: Instrument) -> Shared:
    """What they share of the items of their models."""
    then = {one.id: one for one in before.items}
    same = tuple(one.id for one in now.items if one.id in then and _is_same(one, then[one.id]))
    both = [one.id for one in now.items if one.id in then]
    return Shared(
        same,
        tuple(one for one in both if one not in same),
        tuple(one.id for one in now.items if one.id not in then),
        tuple(one for one in then if one not in now.item_ids),
    )


def shared_instrument(now: Instrument, before: Instrument) -> Instrument | Reason:
    """The model on the shared questions; or why the two cannot be linked: the target was asked otherwise in any way, or
    the constructs that share questions are connected or measured otherwise, or none of them explains the target."""
    same = set(shared_items(now, before).same)
    if now.target != before.target or now.target not in before.construct_ids:
        return "target_changed"
    asked = [{one.id for one in each.construct(now.target).items} for each in (now, before)]
    if asked[0] != asked[1] or not asked[0] <= same:
        return "target_changed"
    kept, then = (
        {one.id: one for one in each.constructs if any(item.id in same for item in one.items)}
        for each in (now, before)
    )
    if kept.keys() != then.keys():
        return "model_changed"
    if any(
        one.mode != then[name].mode or one.components or then[name].components for name, one in kept.items()
    ):
        return "model_changed"
    paths, others = (
        {(one.source, one.target) for one in each.paths if {one.source, one.target} <= kept.keys()}
        for each in (now, before)
    )
    linked = {name for path in paths for name in path}
    explained = any(target == now.target for _, target in paths)
    if paths != others or linked != kept.keys() or not explained:
        return "model_changed"
    return now.model_copy(
        update={
            "constructs": tuple(_of_items(one, same) for one in kept.values()),
            "paths": tuple(one for one in now.paths if (one.source, one.target) in paths),
            "attention": (), "contradictions": (), "routing": (), "required": (), "beside": (), "subindices": (),
            "measures": (),
        }
    )  # fmt: skip


def questionnaire_change(sector_id: str, now: Measured, earlier: EarlierWave | None) -> pd.DataFrame:
    """The row of out_questionnaire_changes_by_sector, without its wave and sector columns; none where the sector was
    asked the same in the wave before, or not at all. `earlier`: that wave, where it was asked otherwise; its responses
    are empty where they are not kept any more."""
    if earlier is None:
        return empty(OUT_QUESTIONNAIRE_CHANGES.name)
    own, then = now.plan.instruments[sector_id], earlier.plan.instruments[sector_id]
    found, common = shared_items(own, then), shared_instrument(own, then)
    reason: Reason = common if isinstance(common, str) else ""
    figures: dict[str, float | None] = {}
    if isinstance(common, Instrument):
        reason, figures = _linked(sector_id, now, earlier, common)
    row = {
        "previous": earlier.plan.wave.id,
        "instrument": own.id, "instrument_version": own.version,
        "previous_instrument": then.id, "previous_version": then.version,
        "items": len(own.items), "previous_items": len(then.items), "shared": len(found.same),
        "reworded": " ".join(found.reworded), "added": " ".join(found.added), "dropped": " ".join(found.dropped),
        "reason": reason, **figures,
    }  # fmt: skip
    return pd.DataFrame([row]).reindex(columns=list(empty(OUT_QUESTIONNAIRE_CHANGES.name).columns))


def _linked(
    sector_id: str, now: Measured, earlier: EarlierWave, common: Instrument
) -> tuple[Reason, dict[str, float | None]]:
    if earlier.responses.empty:
        return "answers_gone", {}
    before = measured_again(sector_id, earlier)
    if before is None:
        return "not_repeated", {}
    try:
        own, then = (_on_shared(sector_id, one, common) for one in (now, before))
    except (ModelError, WeightingError):
        return "not_estimated", {}
    (change,) = changes(own, then, ["construct"], now.plan.wave.level).to_dict("records")
    told = {name: change[name] for name in ("change", "low", "high", "p")}
    told |= {"change_se": change["se"], "change_df": change["df"]}
    told |= {name: own[name].iloc[0] for name in _FIGURES}
    return "", told | {f"previous_{name.removeprefix('index_')}": then[name].iloc[0] for name in _FIGURES}


def _on_shared(sector_id: str, measured: Measured, common: Instrument) -> pd.DataFrame:
    """The target's index in that wave from the shared questions: one row. Raises ModelError."""
    plan = replace(measured.plan, instruments={sector_id: common})
    fit = fit_weighed(plan, sector_id, measured.data)
    boot = replicates_of(plan, sector_id, fit, measured.weighed)
    gate(boot).require()
    index = sector_rows.index_by_sector(fit, boot)
    if measured.weighed.by_share:
        brands = sector_rows.index_by_brand(fit, boot)
        index = sector_rows.with_brand_share_errors(index, brands, plan.wave.sector(sector_id))
    return index[index["construct"] == common.target].reset_index(drop=True)


def _is_same(one: Item, other: Item) -> bool:
    return one.scale == other.scale and one.question == other.question


def _of_items(construct: Construct, ids: set[str]) -> Construct:
    return construct.model_copy(update={"items": tuple(one for one in construct.items if one.id in ids)})
