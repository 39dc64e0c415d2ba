"""Does a tree hold together: correlations along its branches, reliability and components of its groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.composite.components import components_of
from ncsi.composite.ranks import significant
from ncsi.errors import ModelError

SILENT = 0.3
REDUNDANT = 0.92
FEWEST = 3
"""Units that a correlation needs."""


@dataclass(frozen=True, slots=True)
class Coherence:
    """What the checks of a tree found.

    `lineage`: code, ancestor (its parent, then the root), pearson, spearman, kendall (τ-b), n, flag:
    `wrong_direction` (Pearson < 0), `silent` (under 0.3 in size) or empty. `pairs`: group, code, other, pearson of
    siblings, flag: `redundant` (over 0.92), `trade_off` (under 0) or empty. `reliability`: group, k, n, alpha,
    alpha_std (NaN for a single child). `components`: group, k, n, eigenvalue_1, eigenvalue_2, share_1 of the variance,
    one_dimensional (one eigenvalue over 1), same_sign (all loadings of the first of one sign). The thresholds are
    ours, not tests.
    """

    lineage: pd.DataFrame
    pairs: pd.DataFrame
    reliability: pd.DataFrame
    components: pd.DataFrame


def coherence(scores: pd.DataFrame, parents: Mapping[str, str]) -> Coherence:
    """Checks of `scores` (units × nodes: normalised indicators and aggregates), `parents` from child to parent.

    Correlations use the units that have both, groups the units that have all children. A node that does not vary
    has no correlations (NaN). Raises ModelError for a node of `parents` without scores.
    """
    if unknown := [node for pair in parents.items() for node in pair if node not in scores.columns]:
        raise ModelError(f"coherence: node '{unknown[0]}' has no scores. Give the scores of every node.")
    groups: dict[str, list[str]] = {}
    for child, parent in parents.items():
        groups.setdefault(parent, []).append(child)
    siblings = {parent: children for parent, children in groups.items() if len(children) > 1}
    return Coherence(
        lineage(scores, parents),
        pd.concat([_pairs(scores, parent, children) for parent, children in siblings.items()], ignore_index=True)
        if siblings
        else pd.DataFrame(columns=["group", "code", "other", "pearson", "flag"]),
        pd.DataFrame([_reliability(scores, parent, children) for parent, children in groups.items()]),
        pd.DataFrame([_components(scores, parent, children) for parent, children in siblings.items()]),
    )  # fmt: skip


def lineage(scores: pd.DataFrame, parents: Mapping[str, str]) -> pd.DataFrame:
    """Correlations of each node with its parent and with the root; columns as in `Coherence.lineage`."""
    (root,) = set(parents.values()) - set(parents)
    rows = []
    for child, parent in parents.items():
        for ancestor in dict.fromkeys((parent, root)):
            r = correlations(scores[child].to_numpy(float), scores[ancestor].to_numpy(float))
            rows.append({"code": child, "ancestor": ancestor, **r, "flag": _flag(r["pearson"])})
    return pd.DataFrame(rows)


def correlations(x: Array, y: Array) -> dict[str, float]:
    """Pearson's r, Spearman's ρ and Kendall's τ-b of two variables, over the `n` cases that have both; NaN with fewer
    than three and where one does not vary. Ranks are those of 12 significant digits."""
    x, y = _of_both(x, y)
    if not _comparable(x, y):
        return {"pearson": np.nan, "spearman": np.nan, "kendall": np.nan, "n": len(x)}
    from scipy.stats import (
        kendalltau,
        rankdata,
    )  # late: half a second, of which nothing else here needs anything

    return {
        "pearson": float(np.corrcoef(x, y)[0, 1]),
        "spearman": float(np.corrcoef(rankdata(x), rankdata(y))[0, 1]),
        "kendall": float(kendalltau(x, y).statistic),
        "n": len(x),
    }


def pearson(x: Array, y: Array) -> float:
    """Pearson's r of `correlations` alone."""
    x, y = _of_both(x, y)
    return float(np.corrcoef(x, y)[0, 1]) if _comparable(x, y) else np.nan


def _of_both(x: Array, y: Array) -> tuple[Array, Array]:
    both = np.isfinite(x) & np.isfinite(y)
    return significant(x[both]), significant(y[both])


def _comparable(x: Array, y: Array) -> bool:
    return bool(len(x) >= FEWEST and np.ptp(x) > 0 and np.ptp(y) > 0)


def _flag(r: float) -> str:
    if r < 0:
        return "wrong_direction"
    return "silent" if abs(r) < SILENT else ""


def _pairs(scores: pd.DataFrame, parent: str, children: list[str]) -> pd.DataFrame:
    rows = []
    for code, other in combinations(children, 2):
        r = pearson(scores[code].to_numpy(float), scores[other].to_numpy(float))
        flag = "redundant" if r > REDUNDANT else "trade_off" if r < 0 else ""
        rows.append({"group": parent, "code": code, "other": other, "pearson": r, "flag": flag})
    return pd.DataFrame(rows)


def cronbach_alpha(values: Array) -> tuple[float, float]:
    """Cronbach's α of complete columns (n, k), raw k/(k−1)·(1 − Σs²/s_T²) and standardised k·r̄/(1 + (k−1)·r̄).

    NaN for a single column, for fewer than three rows, and where the sum, or for the standardised a column, does not
    vary.
    """
    n, k = values.shape
    if k < 2 or n < FEWEST:
        return np.nan, np.nan
    covariances = np.cov(values, rowvar=False)
    total, own = covariances.sum(), np.diag(covariances)
    raw = k / (k - 1) * (1 - own.sum() / total) if total > 0 else np.nan
    if not (own > 0).all():
        return float(raw), np.nan
    correlations_ = covariances / np.sqrt(np.outer(own, own))
    mean = (correlations_.sum() - k) / (k * (k - 1))
    return float(raw), float(k * mean / (1 + (k - 1) * mean))


def _reliability(scores: pd.DataFrame, parent: str, children: list[str]) -> dict[str, object]:
    complete = scores[children].dropna().to_numpy(dtype=np.float64)
    raw, standardised = cronbach_alpha(complete)
    return {
        "group": parent, "k": len(children), "n": len(complete), "alpha": raw, "alpha_std": standardised,
    }  # fmt: skip


def _components(scores: pd.DataFrame, parent: str, children: list[str]) -> dict[str, object]:
    complete = scores[children].dropna()
    row = {"group": parent, "k": len(children), "n": len(complete)}
    if len(complete) < FEWEST or (np.ptp(complete.to_numpy(dtype=np.float64), axis=0) == 0).any():
        return row | {
            "eigenvalue_1": np.nan, "eigenvalue_2": np.nan, "share_1": np.nan, "one_dimensional": False,
            "same_sign": False,
        }  # fmt: skip
    found = components_of(complete)
    return row | {
        "eigenvalue_1": found.eigenvalues[0], "eigenvalue_2": found.eigenvalues[1], "share_1": found.shares[0],
        "one_dimensional": bool((found.eigenvalues > 1).sum() == 1),
        "same_sign": bool((found.vectors[:, 0] >= 0).all()),
    }  # fmt: skip
