"""Post-stratification and linear calibration (GREG) of weights to known totals.

Source: Deville and Särndal, Calibration estimators in survey sampling, JASA 87 (1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ncsi.errors import InputError
from ncsi.survey.design import Calibration, Design, Floats
from ncsi.survey.margins import Margin, margin_of, require_known

TOLERANCE = 1e-6


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


def calibrate(auxiliaries: pd.DataFrame, design: Design, totals: Mapping[str, float]) -> Design:
    """The design with weights d(1 + xᵀλ) that meet the totals of the auxiliary columns (n rows; 1 for an intercept).

    Weights may turn out negative where the totals are far off; that raises InputError, as do totals that
    cannot be met (collinear columns that disagree) and columns without a total.
    """
    names = [str(name) for name in auxiliaries.columns]
    odd = sorted(set(map(str, totals)) ^ set(map(str, names)))
    if odd:
        raise InputError("calibration", f"'{odd[0]}' has no column or no total", "Name the same in both")
    x = auxiliaries.to_numpy(dtype=float)
    if not np.isfinite(x).all():
        raise InputError("calibration", "an auxiliary value is missing", "Fill it, or leave the column out")
    wanted = np.array([float(totals[name]) for name in names])
    d = design.weights
    return design.with_weights(d * _factors(d, x, wanted, names), Calibration(x, d))


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


def _require_met(names: list[str], reached: Floats, wanted: Floats) -> None:
    off = np.abs(reached - wanted) > TOLERANCE * np.maximum(np.abs(wanted), 1.0)
    if off.any():
        k = int(np.flatnonzero(off)[0])
        raise InputError(
            f"calibration, total of '{names[k]}'",
            f"{wanted[k]:g} cannot be met together with the others ({reached[k]:g} was reached)",
            "Correct the totals, or leave one of the collinear columns out",
        )
