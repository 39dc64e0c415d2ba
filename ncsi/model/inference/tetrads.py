"""Confirmatory tetrad analysis: could a block be reflective at all (Bollen & Ting 1993, 2000)?

Products of covariances of disjoint pairs of four items, less those of other pairs, vanish where one construct causes
all the items and errors are independent. Of 2·C(k, 4) such tetrads k(k − 3)/2 are free, and only those are tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError
from ncsi.model.inference.changes import holm
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of, position_of

LEAST_ITEMS = 4
FEW_UNITS = 5
"""Sampling units for each free tetrad that a test needs at least."""

_Tetrad = tuple[int, int, int, int]
"""s_ij·s_kl − s_ik·s_jl, by positions in the block."""


@dataclass(frozen=True, slots=True)
class Tetrads:
    """Whether the tetrads of blocks vanish.

    `tests` (construct, mode, items, n who answered them all, statistic: χ² on `df` = k(k − 3)/2, p, p_holm over the
    constructs). `tetrads` (construct, tetrad "A·B C·D − A·C B·D", estimate: of the covariances, over the product of the
    four standard deviations; se, z, free: among those tested together). `untested`: constructs of fewer than 4 items.
    """

    tests: pd.DataFrame
    tetrads: pd.DataFrame
    untested: tuple[str, ...]


def tetrads(fit: PlsFit, constructs: Sequence[str] | None = None) -> Tetrads:
    """Of all constructs with four items or more, or of the `constructs` named.

    A Wald test of the free tetrads against the asymptotically distribution-free covariance of the items' covariances,
    by the weights of respondents and, where the fit names them, by clusters; strata are not used, which makes p a
    little too large. A large p does not show that a block is reflective. Raises ModelError for constructs that are not
    in the model or have fewer items, none that can be tested, and fewer than 5 respondents or clusters a free tetrad.
    """
    inst, layout = fit.instrument, layout_of(fit.instrument)
    sizes = [np.arange(layout.p)[block].size for block in layout.blocks]
    if constructs is None:
        asked = [k for k, size in enumerate(sizes) if size >= LEAST_ITEMS]
        untested = tuple(one for k, one in enumerate(inst.construct_ids) if k not in asked)
    else:
        asked, untested = [position_of(inst, one) for one in dict.fromkeys(constructs)], ()
    small = [inst.construct_ids[k] for k in asked if sizes[k] < LEAST_ITEMS]
    if small or not asked:
        who = ", ".join(small) if small else "every construct"
        raise ModelError(f"{who}: fewer than {LEAST_ITEMS} items have no tetrads. Name constructs with more.")
    parts = [_tested(fit, k, np.arange(layout.p)[layout.blocks[k]]) for k in asked]
    tests = pd.DataFrame([part[0] for part in parts])
    return Tetrads(
        tests.assign(p_holm=holm(tests["p"])),
        pd.concat([part[1] for part in parts], ignore_index=True),
        untested,
    )


def _tested(fit: PlsFit, k: int, items: Positions) -> tuple[dict[str, object], pd.DataFrame]:
    """The row of tests and the tetrads of one block."""
    sample, inst = fit.sample, fit.instrument
    X = sample.X[:, items]
    rows = np.flatnonzero(~np.isnan(X).any(axis=1))
    units = rows if sample.units is None else sample.units.of_row[rows]
    units = np.unique(units, return_inverse=True)[1]
    named, free = _listed(len(items))
    name = inst.construct_ids[k]
    if units.size == 0 or units.max() + 1 < FEW_UNITS * len(free):
        raise ModelError(
            f"construct {name}: {units.max() + 1 if units.size else 0} respondents or clusters with all its items "
            f"answered are too few for {len(free)} tetrads; {FEW_UNITS * len(free)} are needed."
        )
    S, each = _covariances(X[rows], sample.weights[rows], units)
    scale = np.array([np.prod(np.sqrt(np.diag(S)[list(one)])) for one in named])
    tau, slopes = _values(S, named)
    V = _spread(slopes, each)
    own = tau[free]
    statistic = float(own @ np.linalg.solve(V[np.ix_(free, free)], own))
    se = np.sqrt(np.diag(V))
    ids = [inst.item_ids[i] for i in items]
    listed = pd.DataFrame(
        {
            "construct": name, "tetrad": [_told(one, ids) for one in named], "estimate": tau / scale, "se": se / scale,
            "z": tau / se, "free": np.isin(np.arange(len(named)), free),
        }
    )  # fmt: skip
    df = len(free)
    row: dict[str, object] = {
        "construct": name, "mode": inst.constructs[k].mode, "items": len(items), "n": len(rows),
        "statistic": statistic, "df": df, "p": float(chdtrc(df, statistic)),
    }  # fmt: skip
    return row, listed


def _listed(k: int) -> tuple[list[_Tetrad], list[int]]:
    """All tetrads of k items, two of each four, and the first that do not follow from those before them where they
    vanish: there a tetrad changes as its pairs' covariances do."""
    named: list[_Tetrad] = []
    for a, b, c, d in combinations(range(k), 4):
        named += [(a, b, c, d), (a, b, d, c)]
    free: list[int] = []
    basis = np.zeros((0, k * k))
    for at, (i, j, m, n) in enumerate(named):
        change = np.zeros((k, k))
        change[i, j] = change[min(m, n), max(m, n)] = 1
        change[i, m] = change[min(j, n), max(j, n)] = -1
        grown = np.vstack([basis, change.ravel()])
        if np.linalg.matrix_rank(grown) == len(grown):
            free, basis = [*free, at], grown
        if len(free) == k * (k - 3) // 2:
            break
    return named, free


def _covariances(X: Array, weights: Array, units: Positions) -> tuple[Array, Array]:
    """Weighted covariances (k, k), divisor Σw, and what each unit adds to their error (units, k, k)."""
    share = weights / weights.sum()
    D = X - share @ X
    products = D[:, :, None] * D[:, None, :]
    S = np.einsum("n,nij->ij", share, products)
    if (np.diag(S) <= 0).any():
        raise ModelError(
            "an item has the same answer everywhere among those who answered the block. Leave it out."
        )
    each = np.zeros((int(units.max()) + 1, *S.shape))
    np.add.at(each, units, share[:, None, None] * (products - S))
    return S, each


def _values(S: Array, named: list[_Tetrad]) -> tuple[Array, Array]:
    """Tetrads (T,) and their derivatives (T, k, k) by covariances, in the upper triangle's places."""
    tau, slopes = np.empty(len(named)), np.zeros((len(named), *S.shape))
    for t, (i, j, m, n) in enumerate(named):
        tau[t] = S[i, j] * S[m, n] - S[i, m] * S[j, n]
        slopes[t, i, j], slopes[t, m, n] = S[m, n], S[i, j]
        slopes[t, i, m], slopes[t, j, n] = -S[j, n], -S[i, m]
    return tau, slopes


def _spread(slopes: Array, each: Array) -> Array:
    """Covariance (T, T) of tetrads by linearisation over the units."""
    parts = each.reshape(len(each), -1) @ slopes.reshape(len(slopes), -1).T
    return np.asarray(parts.T @ parts)


def _told(tetrad: _Tetrad, ids: list[str]) -> str:
    a, b, c, d = (ids[one] for one in tetrad)
    return f"{a}·{b} {c}·{d} − {a}·{c} {b}·{d}"
