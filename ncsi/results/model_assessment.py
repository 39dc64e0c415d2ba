"""How well a sector's PLS model holds, as result tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.errors import ModelError
from ncsi.model import Bootstrap, PlsFit, assess, q2_predict
from ncsi.tables import (
    OUT_ASSESSMENT_BY_ITEM,
    OUT_ASSESSMENT_BY_PATH,
    OUT_ASSESSMENT_BY_SECTOR,
    OUT_COMPONENTS,
    OUT_CROSS_LOADINGS,
    OUT_INDIRECT_BY_SECTOR,
)

Frames = dict[str, pd.DataFrame]


def assessment_tables(fit: PlsFit, boot: Bootstrap) -> Frames:
    """Effect sizes, collinearity, prediction, fit, cross-loadings, indirect effects and components."""
    found = assess(fit)
    whole = {
        "scheme": fit.scheme,
        "iterations": fit.iterations,
        "gof": found.gof,
        "srmr_saturated": found.srmr_saturated,
        "srmr_estimated": found.srmr_estimated,
    }
    items = found.items.merge(_predicted(fit), on=["construct", "item"], how="left")
    return {
        OUT_ASSESSMENT_BY_SECTOR.name: pd.DataFrame([whole]),
        OUT_ASSESSMENT_BY_PATH.name: found.paths,
        OUT_ASSESSMENT_BY_ITEM.name: items,
        OUT_INDIRECT_BY_SECTOR.name: indirect(found.indirect_effects, boot),
        OUT_CROSS_LOADINGS.name: fit.cross_loadings.rename_axis("item")
        .reset_index()
        .melt("item", var_name="construct", value_name="loading"),
        OUT_COMPONENTS.name: fit.components,
    }


def indirect(effects: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Indirect effects with se, low, high from the replicates of total and direct effects."""
    ids = boot.fit.instrument.construct_ids
    at = np.array([[ids.index(end) for end in effects[side]] for side in ("from", "to")], dtype=np.intp)
    values = boot.intervals.of(
        effects["estimate"].to_numpy(dtype=float),
        lambda d: d.effects[*at] - d.paths[*at],
        boot.spreads.others,
    )
    return effects[["from", "to"]].assign(**values)


def _predicted(fit: PlsFit) -> pd.DataFrame:
    """Q²predict; no rows where too few respondents answered everything for ten folds."""
    try:
        return q2_predict(fit)
    except ModelError:
        return pd.DataFrame(columns=["construct", "item", "q2", "rmse", "rmse_lm"])
