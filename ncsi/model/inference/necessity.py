"""Necessary condition analysis with the null that fits: not independence, but equal correlation without a corner.

The usual test permutes y and so rejects for whatever correlates. Beside it stand scatters drawn from a Gaussian copula
with the same margins and the same rank correlation: only an emptier corner than theirs speaks for a necessary
condition. The second null is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError
from ncsi.model.inference.ceilings import Ceilings, Scope, ceilings, ordered, required
from ncsi.model.inference.changes import holm
from ncsi.model.inference.weighted_ranks import margin, normal_correlation, ranked_scores, spearman
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of, position_of
from ncsi.model.resampling.intervals import require_level, require_whole

LEVELS = np.linspace(0, 100, 11)
CELLS_AT_A_TIME = 400_000
_TYPES = ("ce", "cr")


@dataclass(frozen=True, slots=True)
class Necessity:
    """Whether high `target` occurs without high values of a construct, scores on 0-100.

    `effects` (construct, n, then of step function (ce) and line (cr): d, d_0_100 (scope 0-100, comparable over waves),
    p against independence, p_matched against equal correlation, each with _holm over the constructs; d_matched, the
    mean under equal correlation; spearman; d_ce_lowest, d_ce_highest when any one peer is left out; necessary: both
    p_holm of the step function below alpha). `bottleneck` (construct, level (% of the target's range), target,
    ce, cr (% of the construct's range that the level needs), ce_state, cr_state: needed, not_needed (NN) or
    out_of_reach). `peers` (construct, x, y) and `lines` (construct, intercept, slope) draw the ceilings.
    """

    effects: pd.DataFrame
    bottleneck: pd.DataFrame
    peers: pd.DataFrame
    lines: pd.DataFrame
    target: str
    alpha: float
    permutations: int
    seed: int


def necessity(
    fit: PlsFit,
    target: str | None = None,
    constructs: Sequence[str] | None = None,
    permutations: int = 1000,
    seed: int = 1,
    alpha: float = 0.05,
) -> Necessity:
    """Of the direct causes of `target` (the instrument's by default), or of the `constructs` named.

    d is the empty area above the ceiling as a share of the scope; it rests on about ten extreme respondents and ignores
    weights, which enter the copula's margins and rank correlation. p = (1 + count)/(1 + permutations). Raises
    ModelError for constructs that are not in the model, and fewer than 20 permutations.
    """
    require_level(alpha, "alpha", 0.05)
    y, xs = conditions_of(fit, target, constructs)
    require_whole(permutations=permutations, seed=seed)
    if permutations < 20:
        raise ModelError(
            f"{permutations} permutations give no p below {1 / (max(permutations, 0) + 1):.2f}. Use 1000."
        )
    ids, scores = fit.instrument.construct_ids, ranked_scores(fit)
    given = ~np.isnan(scores[:, [y, *xs]]).any(axis=1)
    w, high = fit.sample.weights[given], scores[given, y]
    scatters = [_Scatter.of(ids[k], scores[given, k], high, w) for k in xs]
    nulls = _nulls(scatters, high, margin(high, w), permutations, seed)
    parts = [_one(scatter, *null) for scatter, null in zip(scatters, nulls, strict=True)]
    effects = pd.DataFrame([part[0] for part in parts])
    for kind in _TYPES:
        for name in (f"p_{kind}", f"p_{kind}_matched"):
            effects[f"{name}_holm"] = holm(effects[name])
    both = (effects["p_ce_holm"] < alpha) & (effects["p_ce_matched_holm"] < alpha)
    bottleneck = pd.concat([part[1] for part in parts], ignore_index=True)
    peers = pd.concat([part[2] for part in parts], ignore_index=True)
    return Necessity(
        effects.assign(necessary=both), bottleneck, peers, pd.DataFrame([part[3] for part in parts]), ids[y],
        alpha, permutations, seed,
    )  # fmt: skip


def with_necessity(drivers: pd.DataFrame, found: Necessity) -> pd.DataFrame:
    """Construct rows of `ncsi.drivers` with d_ce, p_ce_holm, p_ce_matched_holm and necessary: importance, performance
    and necessity side by side. Missing for a driver that was not examined."""
    rows = drivers[drivers["item"].isna()].drop(columns="item")
    columns = ["construct", "d_ce", "p_ce_holm", "p_ce_matched_holm", "necessary"]
    return rows.merge(found.effects[columns], on="construct", how="left")


def conditions_of(fit: PlsFit, target: str | None, constructs: Sequence[str] | None) -> tuple[int, list[int]]:
    """Positions of the target and of the constructs whose necessity is asked: its direct causes by default. Raises
    ModelError for constructs that are not in the model, and where there is none."""
    name = fit.instrument.target if target is None else target
    y, *named = (position_of(fit.instrument, one) for one in (name, *(constructs or ())))
    causes = layout_of(fit.instrument).causes[y]
    xs = list(causes) if constructs is None else list(dict.fromkeys(named))
    if not xs or y in xs:
        raise ModelError(
            f"{name} has no condition to examine{' but itself' if y in xs else ''}. Name constructs."
        )
    return y, xs


@dataclass(frozen=True, slots=True)
class _Scatter:
    """One condition `x` (n,) against `y`: its ceilings over the observed `scope`, the weighted rank correlation, and
    the margin of x from which matched scatters are made."""

    name: str
    x: Array
    y: Array
    own: Ceilings
    starts: Positions
    scope: Scope
    rank: float
    margin: Array

    @classmethod
    def of(cls, name: str, x: Array, y: Array, weights: Array) -> _Scatter:
        values, starts, order = ordered(x)
        scope = (float(values[0]), float(values[-1]), float(y.min()), float(y.max()))
        return cls(
            name, x, y, ceilings(values, starts, y[order][:, None]), starts, scope, spearman(x, y, weights),
            margin(x, weights),
        )  # fmt: skip


def _one(
    scatter: _Scatter, independent: Array, matched: Array
) -> tuple[dict[str, object], pd.DataFrame, pd.DataFrame, dict[str, object]]:
    """Row of effects, bottleneck, peers and line of one condition; effect sizes under both nulls (2, R)."""
    own, scope = scatter.own, scatter.scope
    d, wide = own.effect(scope)[:, 0], own.effect((0.0, 100.0, 0.0, 100.0))[:, 0]
    p, p_matched = (
        (1 + (null >= d[:, None] - 1e-12).sum(axis=1)) / (1 + null.shape[1])
        for null in (independent, matched)
    )
    peer = own.peers[:, 0]
    peers = pd.DataFrame({"construct": scatter.name, "x": own.x[peer], "y": own.height[peer, 0]})
    low, high = _without_a_peer(scatter.x, scatter.y, own.x[peer], own.height[peer, 0])
    row: dict[str, object] = {"construct": scatter.name, "n": len(scatter.x)}
    for i, kind in enumerate(_TYPES):
        row |= {
            f"d_{kind}": d[i], f"d_{kind}_0_100": wide[i], f"p_{kind}": p[i],
            f"p_{kind}_matched": p_matched[i], f"d_{kind}_matched": matched[i].mean(),
        }  # fmt: skip
    row |= {"spearman": scatter.rank, "d_ce_lowest": low, "d_ce_highest": high}
    needed = required(own, scope[2] + LEVELS / 100 * (scope[3] - scope[2]))
    line = {"construct": scatter.name, "intercept": own.intercept[0], "slope": own.slope[0]}
    return row, _bottleneck(scatter.name, needed, scope), peers, line


def _bottleneck(name: str, needed: Array, scope: Scope) -> pd.DataFrame:
    percent = 100 * (needed - scope[0]) / (scope[1] - scope[0])
    frame = pd.DataFrame(
        {
            "construct": name,
            "level": LEVELS,
            "target": scope[2] + LEVELS / 100 * (scope[3] - scope[2]),
        }
    )
    for i, kind in enumerate(_TYPES):
        state = np.select(
            [np.isneginf(needed[i]), np.isnan(needed[i])], ["not_needed", "out_of_reach"], "needed"
        )
        frame[kind] = np.where(state == "needed", percent[i], np.nan)
        frame[f"{kind}_state"] = state
    return frame


def _nulls(
    scatters: list[_Scatter], y: Array, ascending: Array, permutations: int, seed: int
) -> list[tuple[Array, Array]]:
    """Effect sizes (2, R) of every scatter with y permuted, and of matched scatters: the margins of x and y
    (`ascending`) and their rank correlation, otherwise a Gaussian copula; what has the k-th rank gets the k-th value.
    All conditions share the random numbers."""
    rng = np.random.Generator(np.random.Philox(key=[seed, len(y)]))
    batch = max(1, CELLS_AT_A_TIME // len(y))
    found: list[tuple[list[Array], list[Array]]] = [([], []) for _ in scatters]
    for start in range(0, permutations, batch):
        shape = (min(batch, permutations - start), len(y))
        shuffled = np.ascontiguousarray(rng.permuted(np.tile(y, (shape[0], 1)), axis=1).T)
        waits = np.cumsum(rng.standard_exponential((shape[0], shape[1] + 1)), axis=1)
        first, second = ndtri(waits[:, :-1] / waits[:, -1:]), rng.standard_normal(shape)
        for scatter, (independent, matched) in zip(scatters, found, strict=True):
            independent.append(ceilings(scatter.own.x, scatter.starts, shuffled).effect(scatter.scope))
            matched.append(_matched(scatter, ascending, first, second))
    return [(np.concatenate(a, axis=1), np.concatenate(b, axis=1)) for a, b in found]


def _matched(scatter: _Scatter, ascending: Array, first: Array, second: Array) -> Array:
    """Effect sizes (2, B) from standard normal draws (B, n), the `first` in ascending order."""
    r = float(normal_correlation(scatter.rank))
    values, starts, _ = ordered(scatter.margin)
    scope = (float(values[0]), float(values[-1]), float(ascending[0]), float(ascending[-1]))
    Y = np.empty(first.shape)
    np.put_along_axis(Y, np.argsort(r * first + np.sqrt(1 - r**2) * second, axis=1), ascending[None], axis=1)
    return ceilings(values, starts, np.ascontiguousarray(Y.T)).effect(scope)


def _without_a_peer(x: Array, y: Array, peers_x: Array, peers_y: Array) -> tuple[float, float]:
    """Least and greatest d of the step function when one peer's row is left out."""
    found = []
    for a, b in zip(peers_x, peers_y, strict=True):
        kept = np.ones(len(x), dtype=bool)
        kept[np.flatnonzero((x == a) & (y == b))[0]] = False
        values, starts, order = ordered(x[kept])
        scope = (float(values[0]), float(values[-1]), float(y[kept].min()), float(y[kept].max()))
        found.append(ceilings(values, starts, y[kept][order][:, None]).effect(scope)[0, 0])
    return float(min(found)), float(max(found))
