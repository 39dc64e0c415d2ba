"""Finite mixtures of the path model (FIMIX: Hahn, Johnson, Herrmann & Huber 2002), with a null of one class.

Scores that are not normal look like classes: criteria then ask for several where there is one. Beside them stand
surveys drawn from one class with the same margins and rank correlations, fitted in the same way. That null is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError
from ncsi.model.inference import mixture_em as em
from ncsi.model.inference.score_regressions import standardised
from ncsi.model.inference.weighted_ranks import (
    margin,
    middle_ranks,
    normal_correlation,
    ranked_scores,
)
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.survey import effective_size

MOST_CLASSES = 8
AHEAD, FURTHER = 40, 500
"""Cycles that all starts get, and those that the best of them get."""
BEST = 15
NULL_STARTS, NULL_CYCLES = 5, 12
"""Those of a simulated survey; the survey itself is compared by as many."""
EM_TOLERANCE, ROUGHLY, NULL_TOLERANCE = 1e-12, 1e-6, 1e-5
SPURIOUS = 0.05
"""A class whose residuals vary by less, as a share of those of all, is a few respondents who answer alike."""
SAME_HEIGHT = 0.01
"""Log likelihoods so near count as one maximum."""


@dataclass(frozen=True, slots=True)
class FiniteMixture:
    """Mixtures of `criteria["k"]` classes over given scores; an appendix and no result to publish.

    `criteria` (k, lnl, parameters, aic, aic3, bic, caic: less is better; en: normed entropy, 1 where every respondent
    is told apart, missing for one class; smallest: share of the smallest class; narrowest: least residual variance of
    a class, as a share of that of all; reached: starts that end there; p_one_class: how often a survey of one class
    gains as much over one class). `classes` (k, segment, share, assigned), `paths` (k, segment, from, to, estimate),
    `r2` (k, segment, construct, r2). Segments are numbered by share, the largest first. `posteriors`: by k, a column a
    segment, with the index of the data. `n_eff` stands for n. `clustered`: no p, whose null draws single respondents.
    """

    criteria: pd.DataFrame
    classes: pd.DataFrame
    paths: pd.DataFrame
    r2: pd.DataFrame
    posteriors: Mapping[int, pd.DataFrame]
    intercepts: bool
    n: int
    n_eff: float
    left_out: int
    starts: int
    simulations: int
    clustered: bool
    seed: int

    def best(self, criterion: str) -> int:
        """The number of classes that a criterion asks for."""
        at = int(self.criteria[criterion].to_numpy(dtype=float).argmin())
        return int(self.criteria["k"].to_numpy()[at])


def finite_mixture(
    fit: PlsFit, k: int | Iterable[int] = range(1, 5), starts: int = 50, intercepts: bool = False,
    simulations: int = 99, seed: int = 1,
) -> FiniteMixture:  # fmt: skip
    """Mixtures of each number `k` of classes with their own paths, by maximum likelihood from `starts` random starts.

    Scores are those of all respondents. `intercepts`: classes differ in their means too. Weights of the fit make a
    pseudo-likelihood of n_eff respondents. `simulations` of one class give p = (1 + count)/(1 + simulations), 0 gives
    none. Raises ModelError for k outside 1 to 8, fewer effective respondents than two for each parameter, no starts,
    and 1 to 18 simulations.
    """
    wanted = [k] if isinstance(k, int) else sorted(set(k))
    _require(wanted, starts, simulations)
    made = _Survey.of(fit, intercepts)
    _require_size(made, wanted[-1])
    one = _raised(made.n_eff, made, 1, 1, seed)
    parts = [one if size == 1 else _raised(made.n_eff, made, size, starts, seed) for size in wanted]
    clustered = fit.sample.units is not None
    p = (
        [np.nan] * len(wanted)
        if clustered or not simulations
        else _against_one(made, wanted, simulations, seed)
    )
    rows = [_row(made, part) for part in parts]
    told = zip(*(_told(made, part) for part in parts), strict=True)
    classes, paths, r2 = (pd.concat(frames, ignore_index=True) for frames in told)
    return FiniteMixture(
        pd.DataFrame(rows).assign(p_one_class=p), classes, paths, r2,
        {part.k: made.posterior(part) for part in parts}, intercepts, len(made.S), made.n_eff, made.left_out, starts,
        simulations, clustered, seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Survey:
    """Scores (n, K) of a survey, its weights, its equations, and the products that a mixture is made of."""

    fit: PlsFit
    S: Array
    weights: Array
    paths: em.Paths
    P: Array
    n_eff: float
    left_out: int
    rows: Positions

    @classmethod
    def of(cls, fit: PlsFit, intercepts: bool) -> _Survey:
        layout = layout_of(fit.instrument)
        scores = ranked_scores(fit)
        whole = np.flatnonzero(~np.isnan(scores).any(axis=1))
        w = fit.sample.weights[whole]
        outcomes = np.array([*layout.equations]) + 1
        first = [0] if intercepts else []
        causes = tuple(np.array([*first, *(x + 1 for x in layout.causes[y])]) for y in layout.equations)
        bare = em.Paths(outcomes, causes, np.zeros(len(outcomes)))
        left_out = len(scores) - len(whole)
        made = cls(fit, scores[whole], w, bare, np.empty(0), float(effective_size(w)), left_out, whole)
        return made.holding(scores[whole])

    def holding(self, scores: Array) -> _Survey:
        """The same survey with other scores."""
        S = standardised(scores, (self.weights / self.weights.sum())[:, None])
        P = em.products(S)
        paths = em.pooled(P, self.weights, self.paths.outcomes, self.paths.causes)
        return _Survey(self.fit, S, self.weights, paths, P, self.n_eff, self.left_out, self.rows)

    def parameters(self, k: int) -> int:
        """Shares, coefficients and variances of k classes."""
        return (k - 1) + k * (self.paths.coefficients + len(self.paths.outcomes))

    def posterior(self, part: _Fitted) -> pd.DataFrame:
        """Of each respondent, in the order and with the index of the data."""
        sample, order = self.fit.sample, np.argsort(self.fit.sample.rows[self.rows])
        at = sample.rows[self.rows][order]
        index = pd.Index(at) if sample.labels is None else sample.labels[at]
        return pd.DataFrame(part.posterior.T[order], index, range(1, part.k + 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """The best of the starts: its classes by share (1, k, …), posteriors (k, n), log likelihood, and how many starts
    end there."""

    k: int
    classes: em.Classes
    posterior: Array
    lnl: float
    reached: int


def _starts(n: int, k: int, starts: int, seed: int) -> Array:
    """Posteriors (starts, k, n): every respondent mostly in a class at random."""
    rng = np.random.Generator(np.random.Philox(key=[seed, k]))
    own = rng.integers(0, k, (starts, n))
    away = 0.1 / (k - 1) if k > 1 else 1.0
    return np.where(own[:, None] == np.arange(k)[:, None], 0.9 if k > 1 else 1.0, away)


def _raised(n_eff: float, made: _Survey, k: int, starts: int, seed: int) -> _Fitted:
    """The highest maximum found: all starts some way, the best of them to the end."""
    begun = em.maximised(made.P, _starts(len(made.S), k, starts, seed) * made.weights, made.paths)
    found, height = em.climbed(made.P, made.weights, made.paths, begun, ROUGHLY, AHEAD)
    top = np.argsort(-height, kind="stable")[:BEST]
    best, high = em.climbed(made.P, made.weights, made.paths, found.of(top), EM_TOLERANCE, FURTHER)
    at = int(np.argmax(high))
    order = np.argsort(-best.share[at], kind="stable")
    one = em.Classes(*(getattr(best, name)[at][order][None] for name in ("share", "slopes", "variance")))
    posterior, log = em.expected(made.P, one, made.paths)
    lnl = n_eff * float(log[0] @ made.weights / made.weights.sum())
    ended = np.where(np.isin(np.arange(starts), top), -np.inf, height)
    reached = int((n_eff * (high[at] - np.concatenate([high, ended])) <= SAME_HEIGHT).sum())
    return _Fitted(k, one, posterior[0], lnl, reached)


def _against_one(made: _Survey, wanted: list[int], simulations: int, seed: int) -> list[float]:
    """p of each k against surveys of one class, by the gain in log likelihood over one class."""
    own = _gains(made, wanted, seed)
    drawn = np.array(
        [_gains(made.holding(scores), wanted, seed) for scores in _of_one_class(made, simulations, seed)]
    )
    counts = (drawn >= own - 1e-9).sum(axis=0)
    return [
        np.nan if size == 1 else float((1 + c) / (1 + simulations))
        for size, c in zip(wanted, counts, strict=True)
    ]


def _gains(made: _Survey, wanted: list[int], seed: int) -> Array:
    """Gain of the mean log density over one class (len(wanted),), by few starts."""
    n, P, w = len(made.S), made.P, made.weights
    heights = []
    for size in (1, *wanted):
        begun = em.maximised(P, _starts(n, size, 1 if size == 1 else NULL_STARTS, seed) * w, made.paths)
        heights.append(float(em.climbed(P, w, made.paths, begun, NULL_TOLERANCE, NULL_CYCLES)[1].max()))
    return np.array(heights[1:]) - heights[0]


def _of_one_class(made: _Survey, simulations: int, seed: int) -> Iterator[Array]:
    """Scores (n, K) with the margins and rank correlations of the survey, otherwise a Gaussian copula."""
    ranks = np.array([middle_ranks(one, made.weights) for one in made.S.T])
    R = normal_correlation(_correlations(ranks, made.weights))
    values, vectors = np.linalg.eigh(R)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    margins = np.array([margin(one, made.weights) for one in made.S.T])
    rng = np.random.Generator(np.random.Philox(key=[seed, 0]))
    for _ in range(simulations):
        Z = root @ rng.standard_normal((len(R), len(made.S)))
        places = np.argsort(np.argsort(Z, axis=1), axis=1)
        yield np.take_along_axis(margins, places, axis=1).T


def _correlations(ranks: Array, weights: Array) -> Array:
    cov = np.cov(ranks, aweights=weights)
    sd = np.sqrt(np.diag(cov))
    return np.asarray(cov / np.outer(sd, sd))


def _row(made: _Survey, part: _Fitted) -> dict[str, float]:
    """What criteria say of k classes."""
    q, n, deviance = made.parameters(part.k), made.n_eff, -2 * part.lnl
    share = made.weights / made.weights.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = -np.nansum(part.posterior * np.log(part.posterior), axis=0) @ share
    narrow = part.classes.variance[0] / (made.paths.least / em.FLOOR)
    return {
        "k": part.k, "lnl": part.lnl, "parameters": q, "aic": deviance + 2 * q, "aic3": deviance + 3 * q,
        "bic": deviance + q * np.log(n), "caic": deviance + q * (np.log(n) + 1),
        "en": np.nan if part.k == 1 else 1 - float(spread) / np.log(part.k),
        "smallest": float(part.classes.share.min()), "narrowest": float(narrow.min()), "reached": part.reached,
    }  # fmt: skip


def _told(made: _Survey, part: _Fitted) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """classes, paths and r2 of k classes."""
    ids, inst = made.fit.instrument.construct_ids, made.fit.instrument
    numbers = range(1, part.k + 1)
    assigned = np.bincount(part.posterior.argmax(axis=0), minlength=part.k)
    classes = pd.DataFrame(
        {"k": part.k, "segment": numbers, "share": part.classes.share[0], "assigned": assigned}
    )
    paths: list[tuple[int, int, str, str, float]] = []
    r2: list[tuple[int, int, str, float]] = []
    at = 0
    spread = _spread(made, part)
    for e, (y, x) in enumerate(zip(made.paths.outcomes, made.paths.causes, strict=True)):
        for c in range(part.k):
            slopes = part.classes.slopes[0, c, at : at + len(x)]
            paths += [
                (part.k, c + 1, ids[a - 1], ids[y - 1], float(b)) for a, b in zip(x, slopes, strict=True) if a
            ]
            r2.append(
                (part.k, c + 1, ids[y - 1], 1 - float(part.classes.variance[0, c, e]) / spread[c, y - 1])
            )
        at += len(x)
    order = {(p.source, p.target): i for i, p in enumerate(inst.paths)}
    paths.sort(key=lambda one: (one[1], order[one[2], one[3]]))
    r2.sort(key=lambda one: one[1])
    return (
        classes, pd.DataFrame(paths, columns=["k", "segment", "from", "to", "estimate"]),
        pd.DataFrame(r2, columns=["k", "segment", "construct", "r2"]),
    )  # fmt: skip


def _spread(made: _Survey, part: _Fitted) -> Array:
    """Variance (k, K) of each score within each class: about its mean there, about 0 without intercepts."""
    parts = part.posterior * made.weights
    parts = parts / parts.sum(axis=1, keepdims=True)
    mean = parts @ made.S if made.paths.causes[0][0] == 0 else 0.0
    return np.asarray(parts @ made.S**2 - mean**2)


def _require(wanted: list[int], starts: int, simulations: int) -> None:
    if not wanted or wanted[0] < 1 or wanted[-1] > MOST_CLASSES:
        raise ModelError(
            f"k is {wanted}; numbers of classes lie between 1 and {MOST_CLASSES}. Use range(1, 5)."
        )
    if starts < 1:
        raise ModelError(f"{starts} starts find nothing. Use 50.")
    if simulations and simulations < 19:
        raise ModelError(
            f"{simulations} simulations give no p below {1 / (1 + max(simulations, 0)):.2f}. Use 99, or 0 for none."
        )


def _require_size(made: _Survey, k: int) -> None:
    needed = 2 * made.parameters(k)
    if made.n_eff < needed:
        raise ModelError(
            f"{made.n_eff:.0f} effective respondents are too few for the {made.parameters(k)} parameters of {k} "
            f"classes: {needed} are needed. Ask for fewer classes."
        )
