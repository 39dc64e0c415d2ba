"""What a weighting achieved, as rows of the result tables without their wave and sector columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.survey import effective_size
from ncsi.weighting.steps import Weighed

LARGEST = 10
_SHARES = ((0.05, "weight_p05"), (0.5, "weight_median"), (0.95, "weight_p95"))


def by_sector(weighed: Weighed) -> pd.DataFrame:
    """One row: steps, effective size, distribution of the weights, design."""
    weights, design = weighed.weights, weighed.design
    n_eff = float(effective_size(weights))
    found = np.quantile(weights, [share for share, _ in _SHARES])
    quantiles = {name: float(one) for (_, name), one in zip(_SHARES, found, strict=True)}
    row = {
        "method": " ".join(weighed.method),
        "n": len(weights),
        "n_eff": n_eff,
        "deff": len(weights) / n_eff,
        "weight_min": float(weights.min()),
        **quantiles,
        "weight_max": float(weights.max()),
        "trimmed": weighed.trimmed,
        "strata": len(design.strata),
        "clusters": len(design.stratum_of_cluster),
        "degrees_of_freedom": design.degrees_of_freedom(),
        "replicates": 0 if weighed.replicates is None else weighed.replicates.weights.shape[1],
    }
    return pd.DataFrame([row])


def by_step(weighed: Weighed) -> pd.DataFrame:
    """One row a step taken: effective size and design effect of the weights after it, and what the step adds."""
    sizes = [float(effective_size(weights)) for weights in weighed.steps.values()]
    deff = np.array([len(weighed.weights) / one for one in sizes])
    return pd.DataFrame({
        "place": np.arange(1, len(sizes) + 1), "step": list(weighed.steps), "n_eff": sizes, "deff": deff,
        "deff_of_step": deff / np.concatenate([[1.0], deff[:-1]]),
    })  # fmt: skip


def by_margin(weighed: Weighed) -> pd.DataFrame:
    """Shares of each category of each margin: target, before and after calibration; source and year."""
    parts = []
    for target in weighed.targets:
        margin, size = target.margin, len(target.margin.totals)
        shares = [
            np.bincount(margin.codes, weights, size) / weights.sum()
            for weights in (weighed.before, weighed.weights)
        ]
        parts.append(
            pd.DataFrame(
                {
                    "margin": margin.name, "category": list(margin.categories),
                    "respondents": np.bincount(margin.codes, minlength=size),
                    "target": margin.totals / margin.totals.sum(), "before": shares[0], "after": shares[1],
                    "source": list(target.sources), "year": list(target.years),
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def largest(weighed: Weighed) -> pd.DataFrame:
    """The ten largest weights, without whose they are."""
    own, few = weighed.weights, min(LARGEST, len(weighed.weights))
    top = np.sort(np.partition(own, len(own) - few)[len(own) - few :])[::-1]
    return pd.DataFrame(
        {"place": np.arange(1, len(top) + 1), "weight": top, "share": top / weighed.weights.sum()}
    )


def by_respondent(weighed: Weighed, responses: pd.DataFrame, run: slice = slice(None)) -> pd.DataFrame:
    """The weight of each response with its factors and replicate weights (none: an empty list); `responses` are those
    of a run of the weighed ones."""
    keys = responses[["brand", "respondent"]].reset_index(drop=True)
    made, factors = weighed.replicates, weighed.factors_of(run)
    sets: list[object] = (
        [np.empty(0)] * len(keys) if made is None else [*np.ascontiguousarray(made.weights[run])]
    )
    return pd.concat([keys, factors], axis=1).assign(replicates=pd.Series(sets, dtype=object))
