"""Gaussian copulas: a sensitivity to causes that go with the error of their equation (Park & Gupta 2012).

Φ⁻¹ of a cause's distribution function is added to its equation, one cause at a time. What identifies its coefficient is
nothing but that the cause is not normal, so how far that holds stands beside every figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.changes import holm
from ncsi.model.inference.drawn_weights import of_design, require_settled, row_weights
from ncsi.model.inference.score_regressions import Regressions, drawn_scores, joined, least_squares
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.freedom import of_weights
from ncsi.model.resampling.intervals import require_level, t_reach, two_sided
from ncsi.survey import Replicates, effective_size

WORST_SHARE = 0.001
TIED = 1e-9
"""Standard deviations by which scores of the same answers may differ."""
LUMP, FEW, SKEWED, ALPHA = 0.05, 200.0, 0.5, 0.05
"""A share of respondents at the highest score, effective respondents, a skewness and a p of normality, beyond which
nothing is concluded: ours."""
NORMALS, MOST_NORMAL = 999, 500


@dataclass(frozen=True, slots=True)
class CopulaTerms:
    """`terms` (outcome, construct, estimate: coefficient of the copula term, se, df, low, high, t, p, p_holm over all
    rows, path: the cause's own coefficient without it, corrected: with it; then of the cause's scores skew, distance
    from the normal distribution (largest), p_normal, at_top: share at the highest score, and state: usable, or why not:
    normal, lump, few). `completed`: respondents whose missing answers were taken as expected from the others."""

    terms: pd.DataFrame
    level: float
    replicates: int
    failed: int
    completed: int


def gaussian_copula(
    fit: PlsFit, replicates: int | Replicates = 5000, seed: int = 1, level: float = 0.95
) -> CopulaTerms:
    """The copula term of every cause in its equation, one at a time.

    Outer weights, scores, distribution functions and regressions are made anew in every replicate, under the sample's
    weights, strata and clusters or under replicate weights. Raises ModelError for fewer than 2 replicates, a level that
    is not between 0 and 1, a cause of two values; NotConverged.
    """
    require_level(level)
    layout, ids = layout_of(fit.instrument), fit.instrument.construct_ids
    asked = [(y, x) for y in layout.equations for x in layout.causes[y]]
    respondents = Respondents.of(fit.sample.X, fit.sample.weights, fit.moments)
    own = [fit.sample.weights[None]]
    found = _regressed(fit, respondents, asked, own)
    _require_known(found, fit, asked)
    drawn = _regressed(fit, respondents, asked, row_weights(fit.sample, replicates, seed))
    good = np.all([one.good for one in drawn], axis=0)
    failed = require_settled(
        good, replicates, WORST_SHARE, "Gaussian copula", "Look for items that hardly vary."
    )
    estimate = np.array([one.coefficients[-1, 0] for one in found])
    draws = np.array([one.coefficients[-1, good] for one in drawn])
    df = of_weights(fit.sample)
    if isinstance(replicates, Replicates):
        df = min(df, float(replicates.degrees_of_freedom()))
        se = np.sqrt(np.diag(of_design(replicates, estimate, draws)[0]))
    else:
        se = draws.std(axis=1, ddof=1)
    reach, t = t_reach(level, df) * se, estimate / se
    paths = fit.paths.set_index(["to", "from"])["estimate"]
    frame = pd.DataFrame(
        {
            "outcome": [ids[y] for y, _ in asked], "construct": [ids[x] for _, x in asked], "estimate": estimate,
            "se": se, "df": df, "low": estimate - reach, "high": estimate + reach, "t": t, "p": two_sided(t, df),
        }
    )  # fmt: skip
    frame["p_holm"] = holm(frame["p"])
    frame["path"] = [float(paths[ids[y], ids[x]]) for y, x in asked]
    frame["corrected"] = [
        float(one.coefficients[1 + layout.causes[y].index(x), 0])
        for one, (y, x) in zip(found, asked, strict=True)
    ]
    shapes = _shapes(fit, respondents, sorted({x for _, x in asked}))
    completed = int(np.isnan(fit.sample.X).any(axis=1).sum())
    return CopulaTerms(
        frame.merge(shapes, on="construct", how="left"), level, int(good.sum()), failed, completed
    )


def copula_term(scores: Array, share: Array, most: float) -> Array:
    """Φ⁻¹ of the weighted distribution function of scores (n, B) under shares (n, B), at most Φ⁻¹(`most`)."""
    order = np.argsort(scores, axis=0, kind="stable")
    along = np.take_along_axis(scores, order, axis=0)
    reached = np.cumsum(np.take_along_axis(share, order, axis=0), axis=0)
    last = np.ones(along.shape, dtype=bool)
    last[:-1] = np.diff(along, axis=0) > TIED
    place = np.where(last, np.arange(len(along))[:, None], len(along))
    place = np.minimum.accumulate(place[::-1], axis=0)[::-1]
    level = np.take_along_axis(reached, place, axis=0)
    term = np.empty_like(level)
    np.put_along_axis(term, order, ndtri(np.clip(level, 1e-15, most)), axis=0)
    return term


def _regressed(
    fit: PlsFit, respondents: Respondents, asked: list[tuple[int, int]], batches: Iterable[Array]
) -> list[Regressions]:
    """Of each (outcome, cause): intercept, causes and the copula term of that cause, the last."""
    layout, n_eff = layout_of(fit.instrument), float(effective_size(fit.sample.weights))
    most = n_eff / (n_eff + 1)
    used = sorted({one for pair in asked for one in pair} | {c for y, _ in asked for c in layout.causes[y]})
    parts: list[list[Regressions]] = [[] for _ in asked]
    for scores, share, settled in drawn_scores(fit, respondents, used, batches):
        terms = {x: copula_term(scores[x], share, most) for x in sorted({x for _, x in asked})}
        one = np.ones_like(share)
        for (y, x), part in zip(asked, parts, strict=True):
            columns = [one, *(scores[c] for c in layout.causes[y]), terms[x]]
            part.append(least_squares(columns, scores[y], share, settled))
    return [joined(part) for part in parts]


def _require_known(found: list[Regressions], fit: PlsFit, asked: list[tuple[int, int]]) -> None:
    ids = fit.instrument.construct_ids
    for one, (y, x) in zip(found, asked, strict=True):
        if not one.settled.all():
            raise NotConverged(
                "Gaussian copula: the outer weights did not settle under the fit's own weights."
            )
        if not one.distinct.all():
            raise ModelError(
                f"Gaussian copula of {ids[x]} -> {ids[y]}: the term follows from the causes, as it does of a construct "
                "with two values. Take that path out of the model."
            )


def _shapes(fit: PlsFit, respondents: Respondents, causes: list[int]) -> pd.DataFrame:
    """How far the causes' scores are from normal ones."""
    own = [fit.sample.weights[None]]
    (scores, share, _), *_ = drawn_scores(fit, respondents, causes, own)
    n_eff = float(effective_size(fit.sample.weights))
    nulls = _normal_distances(round(min(n_eff, MOST_NORMAL)))
    rows = []
    for x in causes:
        z, w = scores[x][:, 0], share[:, 0]
        distance = normal_distance(z, w, n_eff)
        p = float((1 + (nulls >= _scaled(distance, n_eff)).sum()) / (1 + len(nulls)))
        top = float(w[z >= z.max() - TIED].sum())
        skew = float(w @ z**3)
        normal = p >= ALPHA or abs(skew) < SKEWED
        state = "few" if n_eff < FEW else "normal" if normal else "lump" if top >= LUMP else "usable"
        rows.append((fit.instrument.construct_ids[x], skew, distance, p, top, state))
    return pd.DataFrame(rows, columns=["construct", "skew", "distance", "p_normal", "at_top", "state"])


def normal_distance(z: Array, share: Array, n_eff: float) -> float:
    """Kolmogorov's distance of a weighted sample from the normal distribution of its mean and deviation."""
    z = z * np.sqrt((n_eff - 1) / n_eff)
    values, at = np.unique(np.round(z / TIED), return_inverse=True)
    upper = np.cumsum(np.bincount(at.ravel(), share))
    expected = ndtr(values * TIED)
    lower = np.append(0.0, upper[:-1])
    return float(max(np.abs(upper - expected).max(), np.abs(expected - lower).max()))


def _scaled(distance: float | Array, n: float) -> Array:
    """Of a size that hardly depends on n (Stephens 1974)."""
    return np.asarray(distance * (np.sqrt(n) - 0.01 + 0.85 / np.sqrt(n)))


def _normal_distances(n: int) -> Array:
    """Scaled distances of normal samples from the normal distribution that fits them best (Lilliefors 1967)."""
    rng = np.random.Generator(np.random.Philox(key=[0, n]))
    Z = np.sort(rng.standard_normal((NORMALS, n)), axis=1)
    U = ndtr((Z - Z.mean(axis=1, keepdims=True)) / Z.std(axis=1, ddof=1, keepdims=True))
    steps = np.arange(n + 1) / n
    return _scaled(np.maximum((steps[1:] - U).max(axis=1), (U - steps[:-1]).max(axis=1)), n)
