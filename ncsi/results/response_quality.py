"""Response quality of a sector as result tables: counts by status and rule, the index with and without."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.model import PlsFit
from ncsi.model.pls.scores import fitted_scores, mean_score, target_scores
from ncsi.quality import Columns, Quality
from ncsi.tables import (
    OUT_RESPONSE_QUALITY_BY_RULE,
    OUT_RESPONSE_QUALITY_BY_SECTOR,
)


def quality_tables(
    out: pd.DataFrame, quality: Quality, kept: Columns, fit: PlsFit
) -> dict[str, pd.DataFrame]:
    """The tables of response quality, without their wave and sector columns.

    `out` are the responses that are not in the model, `kept` those that are, with the column weight the fit had.
    """
    status = quality.by_respondent["status"].value_counts()
    counts = {name: int(status.get(name, 0)) for name in ("valid", "flagged", "excluded")}
    row = {"responses": len(quality.kept), **counts, **_indices(out, quality, kept, fit)}
    return {
        OUT_RESPONSE_QUALITY_BY_SECTOR.name: pd.DataFrame([row]),
        OUT_RESPONSE_QUALITY_BY_RULE.name: quality.by_rule,
    }


def _indices(out: pd.DataFrame, quality: Quality, kept: Columns, fit: PlsFit) -> dict[str, float | None]:
    """The target's index as published, without the flagged, and with the excluded, all by the published weights.

    An excluded response weighs its base weight times what its brand's kept ones gained on theirs.
    """
    scores, weights = fitted_scores(fit, len(kept)), kept["weight"].to_numpy(dtype=float)
    published = mean_score(scores, weights)
    valid = mean_score(scores, weights, quality.valid[quality.kept])
    everyone = published
    if len(out):
        scores = np.append(scores, target_scores(fit, out))
        everyone = mean_score(scores, np.append(weights, _weights_of(out, kept)))
    return {"index_0_100": published, "index_valid_0_100": valid, "index_all_0_100": everyone}


def _weights_of(out: pd.DataFrame, kept: Columns) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    brand = kept["brand"]
    total, base = (kept[name].groupby(brand).sum() for name in ("weight", "weight_base"))
    gain = out["brand"].map(total / base).fillna(1.0)
    return (out["weight_base"] * gain).to_numpy(dtype=float)
