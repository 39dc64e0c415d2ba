"""Post-stratification and calibration of weights to known totals: linear (GREG), raking, and bounded (logit).

Source: Deville and Särndal, Calibration estimators in survey sampling, JASA 87 (1992): cases 1, 2 and 6 of table 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from ncsi.errors import InputError, NotConverged
from ncsi.survey.design import Calibration, Design, Floats
from ncsi.survey.known_margins import Margin, margin_of, require_known

TOLERANCE = 1e-6
MET = 1e-12
"""Relative distance from the totals at which the iteration ends."""
ROUNDS = 25
HALVINGS = 30

Method = Literal["linear", "raking", "logit"]
Function = Callable[[Floats], tuple[Floats, Floats]]
"""F and its derivative."""


def post_stratify(frame: pd.DataFrame, design: Design, column: str, totals: Mapping[str, float]) -> Design:
    """The design with weights whose sum in each category of a column is its population total.

    Raises InputError naming category and cure when frame and totals do not name the same categories.
    """
    margin = margin_of(frame, column, totals)
    reached = np.bincount(margin.codes, design.weights, len(margin.totals)).astype(float)
    require_known(margin, reached)
    weights = design.weights * (margin.totals / reached)[margin.codes]
    dummies = np.eye(len(margin.totals))[margin.codes]
    return design.with_weights(weights, Calibration(dummies, design.weights))


def calibrate(
    auxiliaries: pd.DataFrame,
    design: Design,
    totals: Mapping[str, float],
    method: Method | None = None,
    bounds: tuple[float, float] | None = None,
) -> Design:
    """The design with weights d·F(xᵀλ) that meet the totals of the auxiliary columns (n rows; 1 for an intercept).

    `method`: linear F(u) = 1 + u, the default; raking F(u) = exp(u); logit, the default with `bounds` (low, high), 0 ≤
    low < 1 < high, keeps every F between them. Variances are of residuals from the base-weighted regression on the
    auxiliaries, whichever F. Linear weights may turn out negative where the totals are far off; that raises
    InputError, as do totals that cannot be met (collinear columns that disagree), columns without a total, and
    bounds that do not enclose 1. NotConverged when the totals cannot be met within the bounds.
    """
    names = [str(name) for name in auxiliaries.columns]
    odd = sorted(set(map(str, totals)) ^ set(map(str, names)))
    if odd:
        raise InputError("calibration", f"'{odd[0]}' has no column or no total", "Name the same in both")
    x = auxiliaries.to_numpy(dtype=float)
    if not np.isfinite(x).all():
        raise InputError("calibration", "an auxiliary value is missing", "Fill it, or leave the column out")
    wanted = np.array([float(totals[name]) for name in names])
    d, chosen = design.weights, method or ("logit" if bounds else "linear")
    if (chosen == "logit") != (bounds is not None):
        raise InputError(
            f"calibration, method {chosen}",
            "bounds and method do not go together",
            "Give bounds with logit, and with it only",
        )
    if chosen == "linear":
        return design.with_weights(d * _factors(d, x, wanted, names), Calibration(x, d))
    function = _exponential if bounds is None else _logit(*bounds)
    return design.with_weights(d * _solved(d, x, wanted, names, function), Calibration(x, d))


def linear(weights: Floats, margins: Sequence[Margin]) -> Floats:
    """Weights d(1 + xᵀλ), x the categories of the margins: (n,), or (n, R) for R sets, each to all margins.

    Raises InputError naming margin and category when one is empty or cannot be met, or a weight turns negative.
    """
    x = np.column_stack([np.eye(len(one.totals))[one.codes] for one in margins])
    wanted = np.concatenate([one.totals for one in margins])
    names = [f"{one.name}, category {category}" for one in margins for category in one.categories]
    sets = weights.reshape(len(weights), -1)
    for margin in margins:
        reached = np.stack([np.bincount(margin.codes, one, len(margin.totals)) for one in sets.T], axis=1)
        require_known(margin, reached.min(axis=1), sets=sets.shape[1])
    done = [own * _factors(own, x, wanted, names) for own in sets.T]
    return np.stack(done, axis=1).reshape(weights.shape)


def _factors(d: Floats, x: Floats, wanted: Floats, names: list[str]) -> Floats:
    """1 + xᵀλ (n,), λ solving the calibration equations; InputError when they cannot be met."""
    slopes = np.linalg.lstsq(x.T @ (d[:, None] * x), wanted - d @ x, rcond=1e-12)[0]
    factors = 1 + x @ slopes
    _require_met(names, (d * factors) @ x, wanted)
    if (factors <= 0).any():
        raise InputError(
            "calibration",
            f"{int((factors <= 0).sum())} weights would not be positive",
            "Use fewer or coarser totals, or rake instead",
        )
    return np.asarray(factors)


def _solved(d: Floats, x: Floats, wanted: Floats, names: list[str], function: Function) -> Floats:
    """F(xᵀλ) (n,) by Newton steps, each halved until it leads nearer to the totals."""
    scale = np.maximum(np.abs(wanted), 1.0)

    def at(slopes: Floats) -> tuple[Floats, Floats, Floats]:
        factors, slope = function(x @ slopes)
        return factors, slope, (wanted - (d * factors) @ x) / scale

    slopes = np.zeros(x.shape[1])
    factors, slope, off = at(slopes)
    for _ in range(ROUNDS):
        if np.abs(off).max() <= MET:
            break
        step = np.linalg.lstsq(x.T @ ((d * slope)[:, None] * x), off * scale, rcond=1e-12)[0]
        for _ in range(HALVINGS):
            nearer = at(slopes + step)
            if np.abs(nearer[2]).max() < np.abs(off).max():
                slopes = slopes + step
                factors, slope, off = nearer
                break
            step = step / 2
        else:
            break  # as near as rounding allows, or as the bounds do
    worst = int(np.abs(off).argmax())
    if abs(off[worst]) > TOLERANCE:
        raise NotConverged(
            f"calibration: the total of '{names[worst]}', {wanted[worst]:g}, is missed by {abs(off[worst]):.2g} of it. "
            "Widen the bounds, use fewer or coarser totals, or correct totals that contradict each other."
        )
    return factors


def _exponential(u: Floats) -> tuple[Floats, Floats]:
    with np.errstate(over="ignore"):  # a step too long is halved
        value = np.exp(u)
    return value, value


def _logit(low: float, high: float) -> Function:
    """F between the bounds, F(0) = 1, and its derivative. Deville and Särndal's factor A would only scale λ."""
    if not 0 <= low < 1 < high < np.inf:
        raise InputError(
            "calibration", f"the bounds {low:g} and {high:g} do not enclose 1", "Give factors of the weights"
        )
    start = np.log((1 - low) / (high - 1))

    def function(u: Floats) -> tuple[Floats, Floats]:
        share = special.expit(u + start)
        return low + (high - low) * share, (high - low) * share * (1 - share)

    return function


def _require_met(names: list[str], reached: Floats, wanted: Floats) -> None:
    off = np.abs(reached - wanted) > TOLERANCE * np.maximum(np.abs(wanted), 1.0)
    if off.any():
        k = int(np.flatnonzero(off)[0])
        raise InputError(
            f"calibration, total of '{names[k]}'",
            f"{wanted[k]:g} cannot be met together with the others ({reached[k]:g} was reached)",
            "Correct the totals, or leave one of the collinear columns out",
        )
