"""Which part of a construct's explained variance each of its drivers accounts for: LMG and Johnson.

Both are shares of explained variance, not effects: a driver without an effect of its own has a part of what it shares
with others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of, position_of
from ncsi.model.resampling.replicates import Bootstrap

ImportanceMethod = Literal["lmg", "johnson"]
MOST_FOR_LMG = 12
"""Drivers whose 2^p models are all taken, in every replicate."""


@dataclass(frozen=True, slots=True)
class RelativeImportance:
    """`parts` (construct, r2_part, share; with replicates low, high of r2_part and share_low, share_high), which sum
    to `r2`, the variance of `target` that its drivers explain."""

    parts: pd.DataFrame
    target: str
    method: ImportanceMethod
    r2: float


def relative_importance(
    fit: PlsFit | Bootstrap,
    target: str | None = None,
    method: ImportanceMethod = "lmg",
    drivers: Sequence[str] | None = None,
) -> RelativeImportance:
    """Parts of R² of `target` (the instrument's by default) for `drivers`, its direct causes by default.

    lmg: the mean over all orders of entry of what a driver adds to R² (Lindeman, Merenda & Gold; Grömping 2006), for at
    most 12 drivers. johnson: relative weights (Johnson 2000), for any number. From the correlations of the constructs,
    weighted as the fit is; with a `Bootstrap`, intervals from its replicates. Raises ModelError for constructs that are
    not in the model, fewer than two drivers, or more than 12 for lmg.
    """
    of, boot = (fit.fit, fit) if isinstance(fit, Bootstrap) else (fit, None)
    y, x = _positions(of, target, drivers, method)
    used = np.ix_([*x, y], [*x, y])
    parts_of = lmg if method == "lmg" else johnson
    parts = parts_of(of.construct_correlations.to_numpy()[used][..., None])[:, 0]
    ids = of.instrument.construct_ids
    r2 = float(parts.sum())
    frame = pd.DataFrame({"construct": [ids[k] for k in x], "r2_part": parts, "share": parts / r2})
    if boot is not None:
        drawn, df = parts_of(boot.draws.phi[used]), boot.spreads.others
        shares = drawn / drawn.sum(axis=0)
        part = boot.intervals.of(parts, lambda _: drawn, df)
        share = boot.intervals.of(parts / r2, lambda _: shares, df)
        frame = frame.assign(
            se=part["se"],
            low=part["low"],
            high=part["high"],
            share_low=share["low"],
            share_high=share["high"],
        )
    return RelativeImportance(frame, ids[y], method, r2)


def lmg(R: Array) -> Array:
    """Parts (p, B) of R² from correlations (p + 1, p + 1, B), the target last.

    Every subset is reached once: a further driver is swept out of what those before it leave of the covariances.
    """
    p = len(R) - 1
    parts: Array = np.zeros((p, R.shape[2]))
    share = [factorial(k) * factorial(p - 1 - k) / factorial(p) for k in range(p)]

    def entered(left: list[int], C: Array, size: int, after: int) -> None:
        own = C[np.arange(len(left)), np.arange(len(left))]
        parts[left] += share[size] * C[:-1, -1] ** 2 / own
        if size == p - 1:
            return
        for at, driver in enumerate(left):
            if driver > after:
                keep = [k for k in range(len(C)) if k != at]
                rest = C[np.ix_(keep, keep)] - C[keep, at][:, None] * C[at, keep] / C[at, at]
                entered([k for k in left if k != driver], rest, size + 1, driver)

    entered(list(range(p)), R, 0, -1)
    return parts


def johnson(R: Array) -> Array:
    """Relative weights (p, B) from correlations (p + 1, p + 1, B), the target last: Λ²β², Λ the symmetric root of the
    drivers' correlations and β the regression on the orthogonal variables nearest to them."""
    batch = np.moveaxis(R, -1, 0)
    values, vectors = np.linalg.eigh(batch[:, :-1, :-1])
    turned = np.swapaxes(vectors, 1, 2) @ batch[:, :-1, -1:]
    root = np.sqrt(values)[..., None]
    beta = vectors @ (turned / root)
    loading = vectors @ (root * np.swapaxes(vectors, 1, 2))
    return np.ascontiguousarray((loading**2 @ beta**2)[..., 0].T)


def _positions(
    fit: PlsFit, target: str | None, drivers: Sequence[str] | None, method: ImportanceMethod
) -> tuple[int, list[int]]:
    if method not in get_args(ImportanceMethod):
        raise ModelError(f"there is no method '{method}'. Use {' or '.join(get_args(ImportanceMethod))}.")
    name = fit.instrument.target if target is None else target
    y, *named = (position_of(fit.instrument, one) for one in (name, *(drivers or ())))
    x = list(layout_of(fit.instrument).causes[y]) if drivers is None else named
    if y in x or len(set(x)) < len(x):
        raise ModelError(f"drivers of {name}: one is named twice, or is {name} itself. Name each once.")
    if len(x) < 2:
        told = f"{len(x)} direct causes" if drivers is None else f"{len(x)} drivers named"
        raise ModelError(f"{name} has {told}, so there is nothing to share out. Name two drivers or more.")
    if method == "lmg" and len(x) > MOST_FOR_LMG:
        raise ModelError(
            f"{len(x)} drivers make {2 ** len(x):,} models; lmg takes at most {MOST_FOR_LMG}. Use method='johnson'."
        )
    return y, x
