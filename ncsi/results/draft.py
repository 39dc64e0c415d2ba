"""One sector as it stands while answers come in: figures and standard errors without any replicate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from ncsi.model import PlsFit, infinitesimal_jackknife
from ncsi.model.gates import gate_of_errors
from ncsi.model.resampling.infinitesimal import InfinitesimalJackknife
from ncsi.quality import assess
from ncsi.results.sector_rows import with_brand_share_errors
from ncsi.results.weighted_model import fit_weighed, kept_responses, weighed_responses, with_design
from ncsi.results.withheld import without_constructs
from ncsi.spec import RULE, WaveSector
from ncsi.spec.plan import WavePlan
from ncsi.tables.draft import (
    OUT_DRAFT_EFFECTS_BY_SECTOR,
    OUT_DRAFT_INDEX_BY_BRAND,
    OUT_DRAFT_INDEX_BY_SECTOR,
    OUT_DRAFT_PATHS_BY_SECTOR,
    OUT_DRAFT_WEIGHTS_BY_ITEM,
)
from ncsi.tables.possible import ending_where_figures_end
from ncsi.weighting import Weighed

_INTERVAL = ["se", "low", "high", "df"]


@dataclass(frozen=True, slots=True, eq=False)
class DraftSector:
    """`tables` by name, without wave and sector; `answered`: item, answered (respondents); `quality`: of every accepted
    response, as `assess`; `withheld`: constructs without figures, as an item of theirs counts backwards by chance."""

    tables: dict[str, pd.DataFrame]
    answered: pd.DataFrame
    quality: pd.DataFrame
    withheld: tuple[str, ...]


def draft_of_sector(plan: WavePlan, sector_id: str, responses: pd.DataFrame) -> DraftSector:
    """Indices, paths, effects, weights and loadings, with t intervals by the infinitesimal jackknife (method §7).

    `responses` are accepted rows as the store returns them. Declared replicate weights are not made: errors take the
    weights as they are, on the design's degrees of freedom at most. Raises as `compute_sector` does.
    """
    quality = assess(responses, plan.instruments[sector_id])
    kept = kept_responses(responses, quality)
    weighed = weighed_responses(without_replicates(plan), sector_id, kept)
    fit = fit_weighed(plan, sector_id, with_design(plan.wave, kept, weighed))
    errors = infinitesimal_jackknife(fit, plan.wave.level, _most_freedom(plan, weighed))
    judged = gate_of_errors(fit, errors)
    judged.require()
    tables = _tables(fit, errors, plan.wave.sector(sector_id), by_share=weighed.by_share)
    withheld = tuple(judged.withheld)
    return DraftSector(
        {
            name: frame if name == OUT_DRAFT_WEIGHTS_BY_ITEM.name else without_constructs(frame, withheld)
            for name, frame in tables.items()
        },
        kept[list(fit.instrument.item_ids)].notna().sum().rename_axis("item").reset_index(name="answered"),
        quality.by_respondent,
        withheld,
    )


def without_replicates(plan: WavePlan) -> WavePlan:
    """The plan of a wave that declares no replicate weights."""
    weighting = plan.wave.weighting
    if weighting is None or weighting.replicates is None:
        return plan
    plain = weighting.model_copy(update={"replicates": None})
    return replace(plan, wave=plan.wave.model_copy(update={"weighting": plain}))


def _most_freedom(plan: WavePlan, weighed: Weighed) -> float:
    """As errors of replicate weights have it, where these are declared."""
    weighting = plan.wave.weighting
    declared = weighting is not None and weighting.replicates is not None
    return weighed.design.degrees_of_freedom() if declared else float("inf")


def _tables(
    fit: PlsFit, errors: InfinitesimalJackknife, entry: WaveSector, *, by_share: bool
) -> dict[str, pd.DataFrame]:
    brands = _index_by_brand(fit, errors)
    sector = fit.index.merge(errors.index[["construct", *_INTERVAL]], on="construct").assign(
        n=fit.n, n_eff=fit.n_eff, deff=fit.deff, status=RULE.status(fit.n_eff)
    )
    if by_share:
        sector = with_brand_share_errors(sector, brands, entry)
    made = (
        (OUT_DRAFT_INDEX_BY_SECTOR, sector),
        (OUT_DRAFT_INDEX_BY_BRAND, brands),
        (OUT_DRAFT_PATHS_BY_SECTOR, errors.paths),
        (OUT_DRAFT_EFFECTS_BY_SECTOR, errors.total_effects),
        (OUT_DRAFT_WEIGHTS_BY_ITEM, _weights_by_item(errors)),
    )
    return {table.name: ending_where_figures_end(table, frame) for table, frame in made}


def _index_by_brand(fit: PlsFit, errors: InfinitesimalJackknife) -> pd.DataFrame:
    if fit.by is None:
        return pd.DataFrame(columns=list(OUT_DRAFT_INDEX_BY_BRAND.names[2:]))
    sizes = fit.index_by.assign(deff=fit.index_by["n"] / fit.index_by["n_eff"])
    keys = ["brand", "construct"]
    frame = sizes.merge(errors.index_by[[*keys, *_INTERVAL]], on=keys)
    return frame[frame["n"] > 0].assign(status=lambda rows: rows["n_eff"].map(RULE.status))


def _weights_by_item(errors: InfinitesimalJackknife) -> pd.DataFrame:
    ends = ("se", "low", "high")
    weights, loadings = (
        frame.rename(columns={"estimate": name, **{one: f"{name}_{one}" for one in ends}})
        for name, frame in (("weight", errors.weights), ("loading", errors.loadings))
    )
    return weights.merge(loadings.drop(columns="df"), on=["construct", "item"])
