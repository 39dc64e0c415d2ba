"""PLS and covariance SEM side by side: what they agree on, what they do not, what neither can tell apart."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ncsi.errors import ModelError
from ncsi.model.cbsem.solution import CbsemFit
from ncsi.model.pls.consistent import plsc
from ncsi.model.pls.fit import PlsFit
from ncsi.model.resampling.replicates import Bootstrap

ALIKE = 0.95
"""HTMT above which two constructs are not told apart."""


def engines(boot: Bootstrap, cbsem: CbsemFit | None) -> pd.DataFrame:
    """Every path by both engines: from, to, pls, pls_low, pls_high, plsc, cbsem, cbsem_low, cbsem_high, verdict.

    All standardised, intervals at the bootstrap's level. PLS paths are of composites and smaller than those of
    error-free constructs, so the verdict is on sign and significance, not on size; `plsc` shows how much of the
    gap unreliability explains (null where it cannot be computed). Verdicts: `both_effect` (both exclude zero,
    same sign), `both_none`, `pls_only`, `cbsem_only`, `opposite`; `not_separable` (|path| > 1, standard error
    above 1, or HTMT above .95 with the effect or another cause); `no_cbsem` when there is no covariance model.
    """
    table = boot.paths[["from", "to", "estimate", "low", "high"]].set_axis(
        ["from", "to", "pls", "pls_low", "pls_high"], axis=1
    )
    table = table.assign(plsc=_consistent(boot.fit))
    if cbsem is None:
        return table.assign(cbsem=np.nan, cbsem_low=np.nan, cbsem_high=np.nan, verdict="no_cbsem")
    table = table.merge(_covariance_paths(cbsem, boot.level), on=["from", "to"], how="left")
    alike = _alike(boot.fit)
    verdicts = [_verdict(row, (row["from"], row["to"]) in alike) for row in table.to_dict("records")]
    return table.drop(columns="cbsem_se").assign(verdict=verdicts)


def _consistent(fit: PlsFit) -> pd.Series:
    try:
        return plsc(fit).paths["estimate"]
    except ModelError:  # the refusal is the finding: constructs that cannot be told apart have no PLSc
        return pd.Series(np.nan, index=fit.paths.index)


def _covariance_paths(cbsem: CbsemFit, level: float) -> pd.DataFrame:
    paths = cbsem.estimates[cbsem.estimates["op"] == "~"]
    reach = ndtri(0.5 + level / 2) * paths["std_se"]
    return pd.DataFrame(
        {
            "from": paths["rhs"],
            "to": paths["lhs"],
            "cbsem": paths["std"],
            "cbsem_low": paths["std"] - reach,
            "cbsem_high": paths["std"] + reach,
            "cbsem_se": paths["std_se"],
        }
    )


def _alike(fit: PlsFit) -> set[tuple[str, str]]:
    """Paths whose cause is hardly another construct than its effect or than another cause of it."""
    close = fit.htmt[fit.htmt["htmt"] > ALIKE]
    pairs = {frozenset(pair) for pair in zip(close["construct_a"], close["construct_b"], strict=True)}
    arcs = list(zip(fit.paths["from"], fit.paths["to"], strict=True))
    rivals = {
        (source, target): [target, *(other for other, end in arcs if end == target)]
        for source, target in arcs
    }
    return {
        (source, target)
        for (source, target), others in rivals.items()
        if any(frozenset((source, other)) in pairs for other in others)
    }


def _verdict(row: dict[Hashable, Any], alike: bool) -> str:
    if alike or not abs(row["cbsem"]) <= 1 or not row["cbsem_se"] <= 1:
        return "not_separable"
    pls = _direction(row["pls_low"], row["pls_high"])
    covariance = _direction(row["cbsem_low"], row["cbsem_high"])
    verdicts = {
        (True, True): "both_effect" if pls == covariance else "opposite",
        (True, False): "pls_only",
        (False, True): "cbsem_only",
        (False, False): "both_none",
    }
    return verdicts[pls != 0, covariance != 0]


def _direction(low: float, high: float) -> int:
    """1 or −1 when the interval excludes zero, else 0."""
    return int(low > 0) - int(high < 0)
