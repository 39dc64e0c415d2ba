"""How far self-assessment lies from audit, and what it says once that is taken off.

The two series stay apart: a calibrated level is a third figure, never printed as either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.composite.maturity import LEVELS
from ncsi.errors import ModelError


@dataclass(frozen=True, slots=True)
class Bias:
    """Self-assessment less audit over n pairs: mean, se, t and p of the paired t test, p of Wilcoxon's (normal, with
    correction for ties and continuity; NaN where all differences are 0)."""

    n: int
    mean: float
    se: float
    t: float
    p: float
    p_wilcoxon: float


def bias_of(self_rated: Array, audited: Array) -> Bias:
    """Bias of self-assessment, over the cases (n,) that have both. Raises ModelError with fewer than two."""
    gap = (self_rated - audited)[np.isfinite(self_rated) & np.isfinite(audited)]
    if len(gap) < 2:
        raise ModelError(f"bias of self-assessment: {len(gap)} cases were audited too, two are needed.")
    from scipy.stats import (
        ttest_1samp,
        wilcoxon,
    )  # late: half a second, of which nothing else here needs anything

    mean, se = float(gap.mean()), float(gap.std(ddof=1) / np.sqrt(len(gap)))
    t, p = ttest_1samp(gap, 0) if se > 0 else (np.nan, np.nan)
    signed = (
        wilcoxon(gap, zero_method="wilcox", correction=True, method="asymptotic").pvalue
        if gap.any()
        else np.nan
    )
    return Bias(len(gap), mean, se, float(t), float(p), float(signed))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bias by group, shrunken, and self-assessments less it. `groups`: group, n, bias, se, shrinkage in [0, 1] (0: the
    group's own, 1: that of all), bias_shrunken. `cases`: group, self, audit, calibrated, basis (`audit` where audited,
    else `self`)."""

    groups: pd.DataFrame
    cases: pd.DataFrame
    between_variance: float


def calibrated(
    self_rated: Array, audited: Array, groups: Sequence[str], highest: float = LEVELS
) -> Calibration:
    """Self-assessed mean levels (n,) brought to the auditors' scale; where audited, the audit stands.

    Bias is taken by group (sector, element) from the cases that have both, and shrunken towards that of all by the
    share of its variance that is error: B = se²/(se² + τ²), τ² after DerSimonian & Laird with the pooled variance of
    differences. A group without a pair takes the bias of all. Kept within 1 … `highest`. Raises ModelError with fewer
    than two pairs. The shrinkage is ours: no standard prescribes one.
    """
    overall = bias_of(self_rated, audited)
    cases = pd.DataFrame({"group": list(groups), "self": self_rated, "audit": audited})
    gap = cases["self"] - cases["audit"]
    found = gap.groupby(cases["group"]).agg(n="count", bias="mean").reset_index()
    within = gap - cases["group"].map(found.set_index("group")["bias"])
    freedom = int(found["n"].sum() - (found["n"] > 0).sum())
    variance = float((within**2).sum() / freedom) if freedom > 0 else overall.se**2 * overall.n
    between = _between(found["bias"].to_numpy(), found["n"].to_numpy(), variance)
    own = np.divide(variance, found["n"], out=np.full(len(found), np.inf), where=found["n"].to_numpy() > 0)
    shrinkage = np.array([1.0 if not np.isfinite(v) or v + between == 0 else v / (v + between) for v in own])
    shrunken = shrinkage * overall.mean + (1 - shrinkage) * found["bias"].fillna(0.0)
    table = found.assign(
        se=np.sqrt(np.where(np.isfinite(own), own, np.nan)), shrinkage=shrinkage, bias_shrunken=shrunken
    )
    moved = np.clip(cases["self"] - cases["group"].map(table.set_index("group")["bias_shrunken"]), 1, highest)
    return Calibration(
        table,
        cases.assign(
            calibrated=cases["audit"].where(cases["audit"].notna(), moved),
            basis=np.where(cases["audit"].notna(), "audit", "self"),
        ),
        between,
    )


def _between(bias: Array, n: Array, variance: float) -> float:
    """τ² of group biases about their mean, DerSimonian & Laird (1986); 0 with one group."""
    some = n > 0
    if some.sum() < 2 or variance <= 0:
        return float(bias[some].var(ddof=1)) if some.sum() > 1 else 0.0
    w = n[some] / variance
    centre = (w * bias[some]).sum() / w.sum()
    q = (w * (bias[some] - centre) ** 2).sum()
    return float(max(0.0, (q - (some.sum() - 1)) / (w.sum() - (w**2).sum() / w.sum())))
