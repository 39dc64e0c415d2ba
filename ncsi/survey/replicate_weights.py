"""Replicate weights: jackknife (JK1, JKn), balanced half samples (BRR, Fay), the Rao-Wu bootstrap, and a user's own.

Sources: Wolter, Introduction to Variance Estimation (2007) §3 and §4; Fay in Judkins, Journal of Official Statistics
6 (1990); Rao, Wu and Yue, Survey Methodology 18 (1992); Paley, Journal of Mathematics and Physics 12 (1933).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.arrays import Codes
from ncsi.errors import InputError, LonelyStratum
from ncsi.survey.design import Design, Floats

RANK = 1e-5
"""Singular values below this share of the largest count as zero, as in R survey."""

Kind = Literal["bootstrap", "BRR", "Fay", "JK1", "JKn", "ACS", "successive-difference"]


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Weights (n, R); the variance is scale · Σ_r rscales_r (θ_r - θ)².

    `mse`: θ is the estimate under the full weights, else the mean of the θ_r. `df`: degrees of freedom of the design
    they were made from, None where that is not known.
    """

    weights: Floats
    scale: float
    rscales: Floats
    mse: bool = True
    df: int | None = None

    def covariance(self, estimates: Floats, centre: Floats | None = None) -> Floats:
        """Covariance (k, k) of estimates (R, k) about `centre` (k,), else about their mean."""
        about = estimates - (estimates.mean(axis=0) if centre is None else centre)
        return np.asarray(self.scale * (about.T * self.rscales) @ about)

    def variances(self, estimates: Floats, centre: Floats) -> Floats:
        """Variances (k,) of estimates (R, k) about the full estimates (k,) or, without `mse`, about their mean."""
        about = estimates - (centre if self.mse else estimates.mean(axis=0))
        return np.asarray(self.scale * self.rscales @ about**2)

    def degrees_of_freedom(self) -> int:
        """Of the design, else the rank of the weights less 1."""
        if self.df is not None:
            return self.df
        roots = np.sqrt(np.maximum(np.linalg.eigvalsh(self.weights.T @ self.weights), 0.0))
        return int(np.count_nonzero(roots > RANK * roots.max(initial=0.0))) - 1

    def reweighted(self, step: Callable[[Floats], Floats]) -> Replicates:
        """Each set of weights put through the same step as the full weights (raking: n × R at once)."""
        return replace(self, weights=step(self.weights))


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateDesign:
    """Full weights (n,) with their replicates: in the place of a `Design` in every estimate."""

    weights: Floats
    replicates: Replicates


def jackknife(design: Design) -> Replicates:
    """One replicate a cluster, which it leaves out: JK1 without strata, JKn with them.

    Sampling fractions of the first stage enter as 1 - f. Raises InputError for a stratum of one cluster, unless
    `lonely` is remove: it then stays whole in every replicate.
    """
    size = _sizes(design)
    h = design.stratum_of_cluster
    out = np.flatnonzero(size[h] > 1)
    own, kept = size[h[out]], 1 - design.fraction[out]
    factors = np.where(h[:, None] == h[out][None, :], own / (own - 1), 1.0)
    factors[out, np.arange(len(out))] = 0.0
    weights, df = design.weights[:, None] * factors[design.cluster], design.degrees_of_freedom()
    if len(size) == 1:
        return Replicates(weights, (len(h) - 1) / len(h) * float(kept[0]), np.ones(len(h)), df=df)
    return Replicates(weights, 1.0, (own - 1) / own * kept, df=df)


def brr(design: Design, fay: float = 0.0) -> Replicates:
    """Balanced half samples of a design with two clusters in every stratum: each replicate takes one of each pair.

    Weights of the half taken are multiplied by 2 - ρ, the others by ρ = `fay` (0 ≤ ρ < 1; 0 is plain BRR), and the
    variance by 1/(R(1 - ρ)²). R is the least order of a Hadamard matrix above the number of strata that doubling and
    Paley's construction of prime order reach. Population sizes are not used. Raises InputError naming a stratum that
    has not two clusters, and for ρ outside its range.
    """
    if not 0 <= fay < 1:
        raise InputError(
            "Fay's factor",
            f"{fay:g} is out of range",
            "It must be at least 0 (plain BRR) and below 1, often 0.3",
        )
    size = np.bincount(design.stratum_of_cluster, minlength=len(design.strata))
    odd = np.flatnonzero(size != 2)
    if len(odd):
        raise InputError(
            f"stratum {design.strata[odd[0]]}",
            f"it has {size[odd[0]]} clusters, where balanced half samples need two",
            "Pair the clusters, or use the jackknife",
        )
    signs = hadamard(len(size) + 1)[:, 1 : len(size) + 1].T
    first = np.zeros(len(design.stratum_of_cluster), dtype=bool)
    first[np.unique(design.stratum_of_cluster, return_index=True)[1]] = True
    taken = np.where(first, 1, -1)[:, None] * signs[design.stratum_of_cluster]
    weights = design.weights[:, None] * (1 + (1 - fay) * taken)[design.cluster]
    count = signs.shape[1]
    return Replicates(weights, 1 / (count * (1 - fay) ** 2), np.ones(count), df=design.degrees_of_freedom())


def rao_wu(design: Design, replicates: int, seed: int) -> Replicates:
    """Rao-Wu rescaled bootstrap: m_h - 1 clusters drawn with replacement in each stratum, R times.

    The sampling fraction enters as √(1 - f). The same seed gives the same weights. A stratum of one cluster as
    in `jackknife`.
    """
    size = _sizes(design)
    draws = np.ones((len(design.stratum_of_cluster), replicates))
    for stratum, count in enumerate(size.astype(int)):
        if count < 2:
            continue
        rng = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, stratum]))
        here = design.stratum_of_cluster == stratum
        drawn = rng.multinomial(count - 1, np.full(count, 1 / count), size=replicates).T
        shrink = np.sqrt(1 - design.fraction[here])[:, None]
        draws[here] = 1 - shrink + shrink * drawn * count / (count - 1)
    weights = design.weights[:, None] * draws[design.cluster]
    return Replicates(weights, 1 / replicates, np.ones(replicates), df=design.degrees_of_freedom())


def replicates_of(
    frame: pd.DataFrame,
    columns: Sequence[str] | None = None,
    kind: Kind = "bootstrap",
    scale: float | None = None,
    rscales: Sequence[float] | None = None,
    fay: float = 0.0,
    base: str | None = None,
    mse: bool = True,
    df: int | None = None,
) -> Replicates:
    """The replicate weights that a user brings: `columns` of a frame (none: all of them), one a replicate.

    `kind` gives the scale where none is given: bootstrap and BRR 1/R, Fay 1/(R(1 - ρ)²) with ρ = `fay`, JK1
    (R - 1)/R, ACS and successive-difference 4/R, JKn 1. `rscales` are 1 each, but for JKn, which needs them: (m_h -
    1)/m_h of the replicate's stratum. `base`: a column to multiply by, where the columns hold factors. Raises
    InputError for an unknown, missing, negative or infinite weight, naming column and row, and for a count that is
    wrong.
    """
    names = list(frame.columns) if columns is None else list(columns)
    lacking = [name for name in [*names, *([base] if base else [])] if name not in frame]
    if lacking or not names:
        name = lacking[0] if lacking else "of weights"
        raise InputError("replicate weights", f"there is no column '{name}'", "Name columns of the frame")
    own = frame if columns is None else frame[names]
    W = own.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    if base:
        W = W * pd.to_numeric(frame[base], errors="coerce").to_numpy(dtype=np.float64)[:, None]
    _require_weights(frame, names, ~np.isfinite(W) | (W < 0))
    count = len(names)
    if rscales is None and kind == "JKn":
        raise InputError(
            "replicate weights", "JKn has no rscales", "Give (m - 1)/m of each replicate's stratum"
        )
    factors = np.ones(count) if rscales is None else np.asarray(rscales, dtype=np.float64)
    if len(factors) != count:
        raise InputError(
            "replicate weights", f"{len(factors)} rscales for {count} replicates", "Give one for each"
        )
    return Replicates(W, _scale(kind, count, fay) if scale is None else scale, factors, mse, df)


def hadamard(least: int) -> NDArray[np.int64]:
    """Hadamard matrix of the smallest order ≥ `least` within reach, its first row and column +1.

    Orders 2ᵏ and 2ᵏ(q + 1), q a prime that leaves 3 when divided by 4 (Paley's first construction); an order that
    several primes reach is doubled from the smallest, as in R survey.
    """
    order = least
    while (core := _core(order)) == 0:
        order += 1
    whole = _paley(core) if core > 1 else np.ones((1, 1), dtype=np.int64)
    while len(whole) < order:
        whole = np.block([[whole, whole], [whole, -whole]])
    return whole


def _core(order: int) -> int:
    """The smallest order that doubling takes to `order`: 1 or q + 1; 0 for none."""
    halves = [order >> k for k in range(order.bit_length()) if order % (1 << k) == 0]
    return min((one for one in halves if one == 1 or _is_paley(one - 1)), default=0)


def _is_paley(q: int) -> bool:
    return q % 4 == 3 and all(q % k for k in range(2, int(q**0.5) + 1))


def _paley(order: int) -> NDArray[np.int64]:
    q = order - 1
    place = np.add.outer(np.arange(q), np.arange(q)) % q
    squares = {k * k % q for k in range(1, q)}
    sign = np.array([-1 if k == 0 or k in squares else 1 for k in range(q)], dtype=np.int64)
    whole = np.ones((order, order), dtype=np.int64)
    whole[1:, 1:] = sign[place]
    return whole


def _scale(kind: Kind, count: int, fay: float) -> float:
    if kind == "JKn":
        return 1.0
    if kind == "JK1":
        return (count - 1) / count
    if kind in ("ACS", "successive-difference"):
        return 4 / count
    if kind == "Fay":
        return 1 / (count * (1 - fay) ** 2)
    return 1 / count


def _require_weights(frame: pd.DataFrame, names: Sequence[str], bad: NDArray[np.bool_]) -> None:
    if bad.any():
        row, column = (int(one[0]) for one in np.nonzero(bad))
        raise InputError(
            f"replicate weights, column {names[column]}, row {frame.index[row]}",
            "the weight is missing, negative or not a number",
            "Make replicate weights 0 or more",
        )


def _sizes(design: Design) -> Codes:
    size = np.bincount(design.stratum_of_cluster, minlength=len(design.strata))
    alone = size < 2
    if alone.any() and (design.lonely != "remove" or alone.all()):
        name = design.strata[int(np.flatnonzero(alone)[0])]
        raise LonelyStratum(
            f"stratum {name}", "it has one cluster only, so nothing can be left out of it or drawn again",
            "Join it to a similar stratum, or let it count as drawn with certainty (lonely)",
        )  # fmt: skip
    return size
