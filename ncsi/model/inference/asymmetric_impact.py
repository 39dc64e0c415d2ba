"""Asymmetric impact: whether low answers to an item cost more than high answers bring (penalty-reward contrasts).

Not a Kano questionnaire: nobody was asked how he would feel. The target's index is regressed on two dummies of an item,
low and high answers, those in between being the base (Brandt 1988; Mikulić & Prebežac 2011).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.errors import ModelError
from ncsi.model.inference.changes import holm
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.labels import effect_pairs
from ncsi.model.pls.positions import layout_of, position_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.intervals import require_level, t_reach, two_sided

Cuts = tuple[float, float]
FEWEST = 0.05
"""Share of the respondents that each of low, middle and high must have for a class."""


@dataclass(frozen=True, slots=True)
class AsymmetricImpact:
    """`items` (construct, item, cut_low, cut_high, share_low, share_high, penalty, penalty_se, reward, reward_se,
    asymmetry, asymmetry_se, asymmetry_low, asymmetry_high, p, p_holm, kind, joint_penalty, joint_penalty_se,
    joint_reward, joint_reward_se): points of the target's index on 0-100.

    `asymmetry` = −penalty − reward, with its interval at `level` and p, Holm over the items. `kind`: basic (a penalty,
    and larger than the reward), attractive (a reward, and larger than the penalty), performance (both, neither larger),
    undecided (one alone, not told apart from the other), no_effect, too_few (a cell under 5 %). The single contrasts
    carry the halo of overall satisfaction; the joint ones, all items at once, are unsteady: look at both. They are
    missing where the answers do not tell the items apart. `n_joint`: the respondents of the joint regression, those
    without a missing answer.
    """

    items: pd.DataFrame
    target: str
    level: float
    n_joint: int


def asymmetric_impact(
    fit: PlsFit,
    target: str | None = None,
    cuts: Cuts | Mapping[str, Cuts] = (4, 9),
    level: float = 0.95,
) -> AsymmetricImpact:
    """Penalty and reward of every item of a construct that acts on `target`, the instrument's by default.

    `cuts`: low is at most the first and high at least the second answer, on the item's own scale; for items on other
    scales give a mapping from item to cuts. Weighted; errors by linearisation over the sample's strata and clusters, t
    on clusters less strata, the index's outer weights taken as they are. Raises ModelError for cuts that leave no low,
    middle and high answers on an item's scale, for a target nothing acts on, and a level that is not between 0 and 1.
    """
    require_level(level)
    layout = layout_of(fit.instrument)
    name = fit.instrument.target if target is None else target
    y_at = position_of(fit.instrument, name)
    acting = [i for i, j in effect_pairs(layout) if j == y_at]
    rows = np.flatnonzero(np.isin(layout.owner, acting))
    if rows.size == 0:
        raise ModelError(f"no construct acts on {name}, so no item has an impact on it. Name another target.")
    y = row_scores(fit.sample.X, fit.outer, [layout.blocks[y_at]])[:, 0]
    ends = [_cuts(fit, int(k), cuts) for k in rows]
    dummies = [_dummies(fit, int(k), pair) for k, pair in zip(rows, ends, strict=True)]
    df = _freedom(fit.sample)
    single = [_single(fit.sample, y, low, high) for low, high in dummies]
    joint, n_joint = _joint(fit.sample, y, dummies)
    frame = pd.concat(
        [
            fit.weights.loc[rows, ["construct", "item"]].reset_index(drop=True),
            pd.DataFrame(ends, columns=["cut_low", "cut_high"]),
            pd.DataFrame(single),
        ],
        axis=1,
    )
    return AsymmetricImpact(pd.concat([_classed(frame, df, level), joint], axis=1), name, level, n_joint)


def _cuts(fit: PlsFit, k: int, cuts: Cuts | Mapping[str, Cuts]) -> Cuts:
    item = fit.instrument.items[k]
    pair = cuts.get(item.id) if isinstance(cuts, Mapping) else cuts
    if pair is None:
        raise ModelError(f"no cuts for item {item.id}. Give every item of a driver its low and high answer.")
    low, high = pair
    if not item.scale.min <= low < high <= item.scale.max or not any(
        low < answer < high for answer in range(item.scale.min, item.scale.max + 1)
    ):
        raise ModelError(
            f"item {item.id}: cuts {low:g} and {high:g} leave no low, middle and high answers on its scale "
            f"{item.scale.min:g}-{item.scale.max:g}. Give cuts for this item in a mapping."
        )
    return float(low), float(high)


def _dummies(fit: PlsFit, k: int, cuts: Cuts) -> tuple[Array, Array]:
    """1 for low and for high answers (n,), NaN where missing."""
    x, scale = fit.sample.X[:, k], fit.instrument.items[k].scale
    a, b = (float(scale.on_0_100(np.array([cut]))[0]) for cut in cuts)
    missing, slack = np.isnan(x), 1e-9
    return np.where(missing, np.nan, x <= a + slack), np.where(missing, np.nan, x >= b - slack)


def _single(sample: Sample, y: Array, low: Array, high: Array) -> dict[str, float]:
    used = ~np.isnan(y) & ~np.isnan(low)
    w = sample.weights[used]
    shares = [float(w @ part[used] / w.sum()) for part in (low, high)]
    middle = 1 - sum(shares)
    out = {"share_low": shares[0], "share_high": shares[1]}
    names = ("penalty", "penalty_se", "reward", "reward_se", "asymmetry", "asymmetry_se")
    if min(*shares, middle) <= 0:
        return out | dict.fromkeys(names, float("nan"))
    X = np.column_stack([np.ones(len(y)), low, high])
    beta, covariance = regression(sample, y, X, used)
    both = np.array([-1.0, -1.0])
    values = (
        beta[1], covariance[1, 1] ** 0.5, beta[2], covariance[2, 2] ** 0.5,
        both @ beta[1:], (both @ covariance[1:, 1:] @ both) ** 0.5,
    )  # fmt: skip
    return out | {name: float(value) for name, value in zip(names, values, strict=True)}


def regression(sample: Sample, y: Array, X: Array, used: Mask) -> tuple[Array, Array]:
    """Weighted least squares of y (n,) on X (n, c) over the rows `used`: coefficients (c,) and their covariance by
    linearisation over the sample's strata and units, in which rows not used count as a domain's others."""
    w = np.where(used, sample.weights, 0.0)
    Z, target = np.where(used[:, None], X, 0.0), np.where(used, y, 0.0)
    A = (Z * w[:, None]).T @ Z
    beta = np.linalg.solve(A, Z.T @ (w * target))
    scores = np.linalg.solve(A, (Z * (w * (target - Z @ beta))[:, None]).T).T
    return beta, _linearised(sample, scores)


def _linearised(sample: Sample, u: Array) -> Array:
    """Covariance (c, c) of sums of u (n, c) over strata and units."""
    stratum = sample.stratum
    if sample.units is not None:
        u = np.array([np.bincount(sample.units.of_row, column) for column in u.T]).T
        stratum = sample.units.stratum
    of = np.unique(stratum, return_inverse=True)[1].ravel()
    n = np.bincount(of)
    mean = np.array([np.bincount(of, column) for column in u.T]).T / n[:, None]
    centred = (u - mean[of]) * np.sqrt(np.where(n > 1, n / np.maximum(n - 1, 1), 0.0))[of, None]
    return np.asarray(centred.T @ centred)


def _freedom(sample: Sample) -> float:
    """Units less strata."""
    stratum = sample.stratum if sample.units is None else sample.units.stratum
    return float(max(len(stratum) - len(np.unique(stratum)), 1))


def _joint(sample: Sample, y: Array, dummies: list[tuple[Array, Array]]) -> tuple[pd.DataFrame, int]:
    """All items at once; an answer that nobody gave has no coefficient, and none has where they are not told apart."""
    columns = np.column_stack([part for low, high in dummies for part in (low, high)])
    used = ~np.isnan(y) & ~np.isnan(columns).any(axis=1)
    given = np.flatnonzero(np.nan_to_num(columns[used]).any(axis=0))
    X = np.column_stack([np.ones(len(y)), columns[:, given]])
    values, errors = np.full((2, columns.shape[1]), np.nan)
    if used.sum() > X.shape[1] and np.linalg.matrix_rank(X[used]) == X.shape[1]:
        beta, covariance = regression(sample, y, X, used)
        values[given], errors[given] = beta[1:], np.sqrt(np.diag(covariance)[1:])
    frame = pd.DataFrame(
        {
            "joint_penalty": values[::2], "joint_penalty_se": errors[::2],
            "joint_reward": values[1::2], "joint_reward_se": errors[1::2],
        }
    )  # fmt: skip
    return frame, int(used.sum())


def _classed(frame: pd.DataFrame, df: float, level: float) -> pd.DataFrame:
    reach = float(t_reach(level, df))
    gap, se = (frame[name].to_numpy(dtype=float) for name in ("asymmetry", "asymmetry_se"))
    t = np.divide(gap, se, out=np.full(len(gap), np.nan), where=se > 0)
    p = two_sided(t, df)
    low, high = gap - reach * se, gap + reach * se
    costs = (frame["penalty"] + reach * frame["penalty_se"] < 0).to_numpy()
    brings = (frame["reward"] - reach * frame["reward_se"] > 0).to_numpy()
    middle = 1 - frame["share_low"] - frame["share_high"]
    few = pd.concat([frame[["share_low", "share_high"]], middle], axis=1).min(axis=1).to_numpy() < FEWEST
    kind = np.select(
        [few, costs & (low > 0), brings & (high < 0), costs & brings, costs | brings],
        ["too_few", "basic", "attractive", "performance", "undecided"],
        "no_effect",
    )
    return frame.assign(asymmetry_low=low, asymmetry_high=high, p=p, p_holm=holm(p), kind=kind)
