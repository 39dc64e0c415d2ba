"""Moderation: whether the effect of one construct depends on another, or on itself.

Two stages (Chin, Marcolin & Newsted 2003): scores of the model without the term, then the regression of the outcome's
score on those of its causes and on the product of two. The product is of standardised scores and is not standardised
again, so that its coefficient is what one standard deviation of the moderator adds to the slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.drawn_weights import of_design, require_settled, row_weights
from ncsi.model.inference.joint_tests import on_normal_scale, stepped_down
from ncsi.model.inference.score_regressions import Regressions, Term, regressions, standardised
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of, position_of
from ncsi.model.resampling.freedom import of_weights
from ncsi.model.resampling.intervals import require_level, t_reach, two_sided
from ncsi.survey import Replicates

TIMES, SQUARED = " × ", "²"
WORST_SHARE = 0.001
GRID = np.linspace(-3, 3, 61)
"""Moderator values of the floodlight, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Moderation:
    """The effect of `predictor` on `outcome` by the level of `moderator`, all scores standardised.

    `terms` (term, estimate, se, df, low, high, t, p, p_joint, f2): the causes, then the products, "A × B" and "A²";
    p_joint (max-|t|) and f2 of the products alone: (R² − R² without it)/(1 − R²). `slopes` (moderator, estimate, se,
    df, low, high): of the predictor, at its mean, at −1, 0 and 1 standard deviations. `floodlight` the same on a grid
    from −3 to 3.
    `johnson_neyman` (bound, observed): moderator values at which the slope's interval touches 0, and whether
    respondents lie beyond them on both sides; no rows where there are none. `significant`: share of respondents
    (weighted) whose moderator lies where the slope's interval excludes 0. `r2`, `r2_without` any product. `completed`:
    respondents whose missing answers were taken as expected from the others.
    """

    predictor: str
    moderator: str
    outcome: str
    terms: pd.DataFrame
    slopes: pd.DataFrame
    floodlight: pd.DataFrame
    johnson_neyman: pd.DataFrame
    significant: float
    r2: float
    r2_without: float
    completed: int
    replicates: int
    failed: int
    level: float


def moderation(
    fit: PlsFit,
    moderator: str,
    predictor: str,
    outcome: str,
    quadratic: Sequence[str] = (),
    replicates: int | Replicates = 5000,
    seed: int = 1,
    level: float = 0.95,
) -> Moderation:
    """Add predictor × moderator to the outcome's equation, and the squares of `quadratic`.

    The same construct as predictor and moderator gives its square alone. A curved effect looks like an interaction of
    correlated causes and the other way round: ask for both. Outer weights, scores and regression are made anew in
    every replicate, under the sample's weights, strata and clusters or under replicate weights; intervals are t on the
    degrees of freedom of §7. Raises ModelError for constructs that are not in the model or not among the outcome's
    causes, a level that is not between 0 and 1, fewer than 2 replicates, a term whose scores do not vary apart from the
    others; NotConverged.
    """
    require_level(level)
    ids = fit.instrument.construct_ids
    x, m, y, squares = _positions(fit, predictor, moderator, outcome, quadratic)
    causes = list(layout_of(fit.instrument).causes[y])
    products: list[Term] = list(dict.fromkeys([(x, m), *((k, k) for k in squares)]))
    terms: list[Term] = [*((k,) for k in causes), *products]
    names = [*(ids[k] for k in causes), *(_name(ids, term) for term in products)]
    respondents = Respondents.of(fit.sample.X, fit.sample.weights, fit.moments)
    own = [fit.sample.weights[None]]
    found = regressions(fit, respondents, y, terms, own)
    _require_known(found, outcome, names)
    kept = [[t for t in terms if t not in gone] for gone in _left_out(products)]
    less = [float(regressions(fit, respondents, y, one, own).r2[0]) for one in kept]
    drawn = regressions(fit, respondents, y, terms, row_weights(fit.sample, replicates, seed))
    errors = _errors(fit, found.coefficients[:, 0], drawn, replicates, outcome)
    r2 = float(found.r2[0])
    frame = _terms(errors, names, len(causes), level)
    frame["f2"] = [*[np.nan] * len(causes), *((r2 - one) / (1 - r2) for one in less[1:])]
    pair = (1 + causes.index(x), 1 + len(causes))
    scores = _moderator_scores(fit, respondents, m)
    slope = _Slope.of(errors, pair, 2.0 if x == m else 1.0)
    neyman = slope.roots(float(t_reach(level, errors.df)))
    return Moderation(
        predictor, moderator, outcome, frame,
        slopes=slope.at(np.array([-1.0, 0.0, 1.0]), level), floodlight=slope.at(GRID, level),
        johnson_neyman=pd.DataFrame(
            {"bound": neyman, "observed": [bool(scores.min() < one < scores.max()) for one in neyman]}
        ),
        significant=slope.share(scores, fit.sample.weights, level), r2=r2, r2_without=less[0],
        completed=int(np.isnan(fit.sample.X).any(axis=1).sum()), replicates=errors.kept, failed=errors.failed,
        level=level,
    )  # fmt: skip


def johnson_neyman(slope: float, change: float, covariance: Array, t: float) -> list[float]:
    """Moderator values at which (slope + change·m)² = t²·Var, in ascending order; none or two of them.

    `covariance` (2, 2) of slope and change. Johnson & Neyman (1936); Bauer & Curran (2005).
    """
    a = change**2 - t**2 * covariance[1, 1]
    b = 2 * (slope * change - t**2 * covariance[0, 1])
    c = slope**2 - t**2 * covariance[0, 0]
    inside = b**2 - 4 * a * c
    if a == 0 or inside <= 0:
        return []
    return sorted(float((-b + sign * inside**0.5) / (2 * a)) for sign in (-1, 1))


@dataclass(frozen=True, slots=True)
class _Errors:
    """Coefficients, their covariance, draws about them (c, R) and degrees of freedom."""

    estimate: Array
    covariance: Array
    draws: Array
    df: float
    kept: int
    failed: int


@dataclass(frozen=True, slots=True)
class _Slope:
    """slope + change·m, with the covariance (2, 2) of the two, on `df` degrees of freedom."""

    slope: float
    change: float
    covariance: Array
    df: float

    @classmethod
    def of(cls, errors: _Errors, pair: tuple[int, int], factor: float) -> _Slope:
        """From the coefficients of predictor and product; that of a square counts twice."""
        scale = np.array([1.0, factor])
        b = errors.estimate[[*pair]] * scale
        return cls(
            float(b[0]),
            float(b[1]),
            errors.covariance[np.ix_(pair, pair)] * np.outer(scale, scale),
            errors.df,
        )

    def at(self, values: Array, level: float) -> pd.DataFrame:
        estimate = self.slope + self.change * values
        V = self.covariance
        se = np.sqrt(V[0, 0] + 2 * values * V[0, 1] + values**2 * V[1, 1])
        reach = t_reach(level, self.df) * se
        return pd.DataFrame(
            {
                "moderator": values, "estimate": estimate, "se": se, "df": self.df,
                "low": estimate - reach, "high": estimate + reach,
            }
        )  # fmt: skip

    def roots(self, t: float) -> list[float]:
        return johnson_neyman(self.slope, self.change, self.covariance, t)

    def share(self, scores: Array, weights: Array, level: float) -> float:
        found = self.at(scores, level)
        beyond = (found["low"] * found["high"] > 0).to_numpy()
        return float(weights @ beyond / weights.sum())


def _positions(
    fit: PlsFit, predictor: str, moderator: str, outcome: str, quadratic: Sequence[str]
) -> tuple[int, int, int, list[int]]:
    x, m, y, *squares = (
        position_of(fit.instrument, name) for name in (predictor, moderator, outcome, *quadratic)
    )
    causes = layout_of(fit.instrument).causes[y]
    for name, at in zip((predictor, moderator, *quadratic), (x, m, *squares), strict=True):
        if at not in causes:
            raise ModelError(
                f"{name} is no direct cause of {outcome}, and a product without its parts would stand for them. "
                f"Add the path {name} -> {outcome} to the model."
            )
    return x, m, y, squares


def _name(ids: Sequence[str], term: Term) -> str:
    a, b = term
    return f"{ids[a]}{SQUARED}" if a == b else f"{ids[a]}{TIMES}{ids[b]}"


def _require_known(found: Regressions, outcome: str, names: list[str]) -> None:
    if not found.settled.all():
        raise NotConverged(
            f"moderation of {outcome}: the outer weights did not settle under the fit's own weights."
        )
    if not found.distinct.all():
        raise ModelError(
            f"moderation of {outcome}: of {', '.join(names)} one follows from the others, as the square of a construct "
            "with two values does, so their effects cannot be told apart. Leave that term out."
        )


def _left_out(products: list[Term]) -> list[list[Term]]:
    """All products, then each alone."""
    return [products, *([one] for one in products)]


def _errors(
    fit: PlsFit, estimate: Array, drawn: Regressions, replicates: int | Replicates, outcome: str
) -> _Errors:
    failed = require_settled(
        drawn.good, replicates, WORST_SHARE, f"moderation of {outcome}", "Look for items that hardly vary."
    )
    draws = drawn.coefficients[:, drawn.good]
    df = of_weights(fit.sample)
    if isinstance(replicates, Replicates):
        df = min(df, float(replicates.degrees_of_freedom()))
        covariance, normal = of_design(replicates, estimate, draws)
        return _Errors(estimate, covariance, normal, df, draws.shape[1], failed)
    return _Errors(estimate, np.cov(draws), draws, df, draws.shape[1], failed)


def _terms(errors: _Errors, names: list[str], causes: int, level: float) -> pd.DataFrame:
    """The coefficients without the intercept."""
    estimate, se = errors.estimate[1:], np.sqrt(np.diag(errors.covariance))[1:]
    reach, t = t_reach(level, errors.df) * se, estimate / se
    added = np.arange(causes, len(names))
    size = on_normal_scale(estimate[added], se[added], np.asarray(errors.df))
    gaps = (errors.draws[1:][added] - estimate[added, None]) / se[added, None]
    joint = np.full(len(names), np.nan)
    joint[added] = stepped_down(size, gaps).p_joint
    return pd.DataFrame(
        {
            "term": names, "estimate": estimate, "se": se, "df": errors.df, "low": estimate - reach,
            "high": estimate + reach, "t": t, "p": two_sided(t, errors.df), "p_joint": joint,
        }
    )  # fmt: skip


def _moderator_scores(fit: PlsFit, respondents: Respondents, m: int) -> Array:
    """Standardised scores (n,) of the moderator, those that the regression has."""
    block = layout_of(fit.instrument).blocks[m]
    scores = (fit.outer * fit.moments.sd)[block] @ respondents.Z[:][:, block].T
    return standardised(scores, fit.sample.weights / fit.sample.weights.sum())
