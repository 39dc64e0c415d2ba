"""How well a sector's PLS model holds, as result tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.errors import ModelError
from ncsi.model import Bootstrap, PlsFit, assess, q2_predict

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
        "out_assessment_by_sector": pd.DataFrame([whole]),
        "out_assessment_by_path": found.paths,
        "out_assessment_by_item": items,
        "out_indirect_by_sector": indirect(found.indirect_effects, boot),
        "out_cross_loadings_by_item": fit.cross_loadings.rename_axis("item")
        .reset_index()
        .melt("item", var_name="construct", value_name="loading"),
        "out_components_by_construct": fit.components,
    }


def indirect(effects: pd.DataFrame, boot: Bootstrap) -> pd.DataFrame:
    """Indirect effects with se, low, high from the replicates of total and direct effects."""
    ids = boot.fit.instrument.construct_ids
    at = np.array([[ids.index(end) for end in effects[side]] for side in ("from", "to")], dtype=np.intp)
    values = boot.intervals.of(
        effects["estimate"].to_numpy(dtype=float), lambda d: d.effects[*at] - d.paths[*at]
    )
    return effects[["from", "to"]].assign(**values)


def _predicted(fit: PlsFit) -> pd.DataFrame:
    """Q²predict; no rows where too few respondents answered everything for ten folds."""
    try:
        return q2_predict(fit)
    except ModelError:
        return pd.DataFrame(columns=["construct", "item", "q2", "rmse", "rmse_lm"])
