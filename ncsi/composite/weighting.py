"""Weights of siblings that are computed: from experts' points, or from the data.

Weights that come from data move when a unit is added, so none of them is official: entropy and balance serve to
see how far the method matters, PCA after the OECD handbook as a description. Each function returns positive weights
of one group of siblings, which sum to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import chdtrc

from ncsi.arrays import Array, Positions
from ncsi.composite.components import Components, components_of, strongest, varimax
from ncsi.errors import InputError, ModelError

POINTS = 100.0
BALANCED = 1e-8
"""Largest sum of squared differences of correlation shares that counts as balance reached."""


def equal_weights(codes: list[str]) -> pd.Series:
    """1/k for each of k siblings."""
    return pd.Series(1 / len(codes), index=codes, name="weight")


@dataclass(frozen=True, slots=True)
class BudgetWeights:
    """Experts' points as weights. `table`: code, weight (mean of the experts, sums to 1), sd (among experts, n − 1),
    low, high (their range); Kendall's W of the experts' orders in [0, 1], corrected for ties, with the p value of its
    χ² (NaN where each expert gave all the same); `shares` (experts, k) as given, over 100."""

    table: pd.DataFrame
    kendall_w: float
    p: float
    shares: Array

    def draws(self, count: int, seed: int, panel: bool = False) -> Array:
        """Weights (count, k) for the uncertainty of the index: each the shares of one expert drawn, or, for a
        `panel`, the mean of as many experts as there are, drawn with replacement."""
        rng = np.random.Generator(np.random.Philox(key=[seed, 0]))
        experts = len(self.shares)
        drawn = rng.integers(0, experts, size=(count, experts if panel else 1))
        return np.asarray(self.shares[drawn].mean(axis=1))


def budget_weights(points: pd.DataFrame) -> BudgetWeights:
    """Weights from `points` (a row an expert, a column an indicator), each expert's summing to 100.

    No expert is dropped. Raises InputError for points that are missing, negative or do not sum to 100 ± 1e-6, and with
    fewer than two experts or indicators.
    """
    if min(points.shape) < 2:
        raise InputError(
            "budget allocation", f"{points.shape[0]} experts and {points.shape[1]} indicators",
            "Give two or more of each.",
        )  # fmt: skip
    values = points.to_numpy(dtype=np.float64)
    for row, expert in zip(values, points.index, strict=True):
        where = f"budget allocation, expert {expert}"
        bad = ~(row >= 0)
        if bad.any():
            code = points.columns[int(bad.argmax())]
            raise InputError(where, f"indicator '{code}' has {row[bad.argmax()]:g} points", "Give 0 or more.")
        if abs(row.sum() - POINTS) > 1e-6:
            raise InputError(where, f"the points sum to {row.sum():g}", "Give 100 in all.")
    shares = values / values.sum(axis=1, keepdims=True)
    kendall_w, p = _concordance(values)
    table = pd.DataFrame(
        {
            "code": points.columns, "weight": shares.mean(axis=0), "sd": shares.std(axis=0, ddof=1),
            "low": shares.min(axis=0), "high": shares.max(axis=0),
        }
    )  # fmt: skip
    return BudgetWeights(table, kendall_w, p, shares)


def _concordance(values: Array) -> tuple[float, float]:
    """Kendall's W of m rows over k columns, corrected for ties, and p of χ² = m(k − 1)W."""
    from scipy.stats import rankdata  # late: half a second

    m, k = values.shape
    ranks = rankdata(values, axis=1)
    ties = sum((counts**3 - counts).sum() for counts in (np.unique(r, return_counts=True)[1] for r in ranks))
    most = m**2 * (k**3 - k) - m * ties
    if most == 0:
        return np.nan, np.nan
    w = 12 * ((ranks.sum(axis=0) - m * (k + 1) / 2) ** 2).sum() / most
    return float(w), float(chdtrc(k - 1, m * (k - 1) * w))


@dataclass(frozen=True, slots=True)
class EntropyWeights:
    """Entropy weights, for sensitivity only. `table`: code, weight (sums to 1), entropy in [0, 1], and jackknife_low,
    jackknife_high: the weight's range as each unit in turn is left out; `scale` the scores stand on."""

    table: pd.DataFrame
    scale: tuple[float, float]


def entropy_weights(scores: pd.DataFrame, scale: tuple[float, float]) -> EntropyWeights:
    """Weights after Shannon's entropy of `scores` (units × indicators, complete, all on `scale`).

    p_ij = z_ij / Σ_i z_ij, e_j = −Σ p ln p / ln n, ω = (1 − e) / Σ(1 − e). They hang on where the scale's zero lies:
    the same data give one indicator 86 % on raw scales, 42 % on 1–100 and 28 % on 60–100. So raw scales are refused:
    raises ModelError for a score outside `scale`, a scale that starts below 0, a missing score, fewer than three
    units, and where no indicator varies.
    """
    values, (low, high) = scores.to_numpy(dtype=np.float64), scale
    if not 0 <= low < high:
        raise ModelError(f"entropy weights need one scale from 0 or above: {low:g} to {high:g} is none.")
    if len(values) < 3:
        raise ModelError(f"entropy weights of {len(values)} units say nothing: three are needed.")
    slack = 1e-9 * (high - low)
    bad = ~((values >= low - slack) & (values <= high + slack))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ModelError(
            f"entropy weights: unit {scores.index[row]} has {values[row, column]:g} on indicator "
            f"'{scores.columns[column]}', which is no score from {low:g} to {high:g}. Impute, then normalise all "
            "indicators to one scale: on raw scales the weights follow the units of measurement."
        )
    values = np.maximum(values, 0)
    entropy = _entropy(values)
    left_out = np.array([_shares(_entropy(np.delete(values, row, axis=0))) for row in range(len(values))])
    table = pd.DataFrame(
        {
            "code": scores.columns, "weight": _shares(entropy), "entropy": entropy,
            "jackknife_low": left_out.min(axis=0), "jackknife_high": left_out.max(axis=0),
        }
    )  # fmt: skip
    return EntropyWeights(table, scale)


def _entropy(values: Array) -> Array:
    totals = values.sum(axis=0)
    p = np.divide(values, totals, out=np.full_like(values, 1 / len(values)), where=totals > 0)
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(-(p * logs).sum(axis=0) / np.log(len(values)))


def _shares(entropy: Array) -> Array:
    spread = np.clip(1 - entropy, 0, None)
    if spread.sum() <= 1e-14:
        raise ModelError(
            "entropy weights: no indicator varies among the units, so there is nothing to weigh by."
        )
    return np.asarray(spread / spread.sum())


@dataclass(frozen=True, slots=True)
class PcaWeights:
    """Weights from principal components. `table`: code, weight (sums to 1), factor (1 is the first) and the loading on
    it after rotation, not negative; `components` they come from; `kept` factors (eigenvalue over 1)."""

    table: pd.DataFrame
    components: Components
    kept: int


def pca_weights(scores: pd.DataFrame) -> PcaWeights:
    """Weights by rotated components (OECD/JRC Handbook 2008, step 6; Nicoletti et al. 2000).

    Components with eigenvalue over 1, varimax; an indicator belongs to the factor it loads on most, with squared
    loading over the factor's sum of squares, times the factor's share of the rotated variance; scaled to sum to 1.
    Raises ModelError where two indicators correlate negatively: their weights would then reward what the other
    punishes.
    """
    components = components_of(scores)
    _refuse_negative(components)
    kept = components.kept
    loadings = varimax(components.loadings(kept))
    squared, factor = loadings**2, strongest(loadings)
    own = squared[np.arange(len(factor)), factor]
    totals = squared.sum(axis=0)
    raw = own / totals[factor] * totals[factor] / totals.sum()
    table = pd.DataFrame(
        {
            "code": components.codes, "weight": raw / raw.sum(), "factor": _by_size(totals)[factor],
            "loading": np.sqrt(own),
        }
    )  # fmt: skip
    return PcaWeights(table, components, kept)


def first_component_weights(scores: pd.DataFrame) -> pd.Series:
    """Loadings of the first component over their sum (what COINr calls PCA weights), by code.

    Raises ModelError where two indicators correlate negatively, or a loading is negative.
    """
    components = components_of(scores)
    _refuse_negative(components)
    first = components.vectors[:, 0]
    return pd.Series(first / first.sum(), index=list(components.codes), name="weight")


def _refuse_negative(components: Components) -> None:
    i, j = np.unravel_index(components.correlations.argmin(), components.correlations.shape)
    if (smallest := components.correlations[i, j]) < 0:
        raise ModelError(
            f"PCA weights: '{components.codes[i]}' and '{components.codes[j]}' correlate {smallest:.2f}. Check their "
            "directions; if both are right, PCA weights are not for this group."
        )


def _by_size(totals: Array) -> Positions:
    """Number of each factor, 1 for the one with the largest sum of squares."""
    numbers = np.empty(len(totals), dtype=np.intp)
    numbers[np.argsort(-totals, kind="stable")] = np.arange(1, len(totals) + 1)
    return numbers


@dataclass(frozen=True, slots=True)
class BalancedWeights:
    """Weights that bring the siblings' correlations with their index as near as may be to `target`; never official.

    `table`: code, weight (≥ 0, sums to 1), correlation with the index, share (of the correlations' sum), target.
    `residual`: Σ(share − target)²; `reached`: residual under 1e-8. Often it is not (Paruolo, Saisana & Saltelli 2013).
    """

    table: pd.DataFrame
    residual: float
    reached: bool


def balanced_weights(scores: pd.DataFrame, target: pd.Series | None = None) -> BalancedWeights:
    """Weights ω ≥ 0, Σω = 1, that minimise Σ(ρ_i/Σρ − t_i)², ρ_i the correlation of sibling i with Σωz.

    `scores`: units × siblings, complete. `target`: positive, by code (default: equal), scaled to sum to 1. Raises
    ModelError for a sibling that does not vary, for missing scores, and where no weights give correlations with a
    positive sum; InputError for a target that does not name the siblings or is not positive.
    """
    wanted = _target(scores, target)
    complete = components_of(scores)
    if scores.isna().to_numpy().any():
        raise ModelError("balanced weights need complete scores: impute, or take out the units with gaps.")
    sd = scores.to_numpy(dtype=np.float64).std(axis=0)
    covariances = complete.correlations * np.outer(sd, sd)

    def correlations(weights: Array) -> Array:
        own = float(weights @ covariances @ weights)
        return np.asarray(covariances @ weights / (sd * np.sqrt(max(own, 1e-300))))

    def distance(weights: Array) -> float:
        rho = correlations(weights)
        return float(((rho / rho.sum() - wanted) ** 2).sum()) if rho.sum() > 1e-9 else 1e3

    weights = _least(distance, len(wanted))
    rho = correlations(weights)
    if rho.sum() <= 1e-9:
        raise ModelError("balanced weights: the siblings' correlations cancel out. Check their directions.")
    residual = distance(weights)
    table = pd.DataFrame(
        {
            "code": scores.columns, "weight": weights, "correlation": rho, "share": rho / rho.sum(), "target": wanted,
        }
    )  # fmt: skip
    return BalancedWeights(table, residual, residual < BALANCED)


def _target(scores: pd.DataFrame, target: pd.Series | None) -> Array:
    k = scores.shape[1]
    if target is None:
        return np.full(k, 1 / k)
    if set(target.index) != set(scores.columns):
        raise InputError(
            "target of balanced weights", "it does not name the siblings", "Give one number for each."
        )
    values = target[scores.columns].to_numpy(dtype=np.float64)
    if not (values > 0).all():
        raise InputError("target of balanced weights", "a share is not positive", "Give numbers over 0.")
    return np.asarray(values / values.sum())


def _least(distance: Callable[[Array], float], k: int) -> Array:
    """Where `distance` is least among weights ≥ 0 that sum to 1: the best of SLSQP from k + 1 starts."""
    starts = [np.full(k, 1 / k), *(0.5 * np.eye(k) + 0.5 / k)]
    found = [
        minimize(
            distance, start, method="SLSQP", bounds=[(0, 1)] * k,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-16, "maxiter": 500},
        ).x
        for start in starts
    ]  # fmt: skip
    weights = min((np.clip(w, 0, None) / np.clip(w, 0, None).sum() for w in found), key=distance)
    return np.where(weights < 1e-12, 0.0, weights)
