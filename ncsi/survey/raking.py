"""Raking (iterative proportional fitting) of weights to population margins, for one set of weights or many.

Source: Deming and Stephan (1940); Deville, Särndal and Sautory, JASA 88 (1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ncsi.arrays import Codes
from ncsi.errors import InputError, NotConverged
from ncsi.kinds import of_kind
from ncsi.survey.design import Calibration, Design, Floats
from ncsi.survey.design_columns import crossed, require_numbers, require_once, require_same_rows
from ncsi.survey.known_margins import Margin, Name, Totals, margin_of, require_agreement, require_known

TOLERANCE = 1e-8
ACHIEVED = 1e-6
ROUNDS = 500


@of_kind
def rake(
    frame: pd.DataFrame,
    margins: Mapping[Name, Totals | pd.Series],
    base: str | pd.Series | None = "weight",
) -> pd.Series:
    """Weights (Series on the frame's index) whose sums meet every margin; closest to `base` in their ratios.

    `margins`: column, or tuple of crossed columns → category → population total (or share: all margins sum
    alike). `base`: a column, a Series on the frame's index, or None for 1 each; positive. Iterates until no weight
    moves by more than 1e-8 of itself, then checks the achieved margins to 1e-6. Raises InputError naming margin,
    category and cure; NotConverged naming the margin that is not met (margins that contradict each other).
    """
    _require_margins(margins)
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "raking", f"the data are {type(frame).__name__}, not a pandas data frame", "Make them one"
        )
    if not len(frame):
        raise InputError("raking", "the data have no rows", "Look at what they were selected by")
    own = _base(frame, base)
    known = [margin_of(frame, name, totals) for name, totals in margins.items()]
    return pd.Series(raked(own, known), index=frame.index, name="weight")


def _require_margins(margins: object) -> None:
    """InputError for margins that are a frame, a list of pairs or anything else but a mapping."""
    if not isinstance(margins, Mapping):
        raise InputError(
            "raking: margins", f"they are {type(margins).__name__}, not a mapping",
            "Give each column its totals: {'region': {'North': 0.4, 'South': 0.6}}",
        )  # fmt: skip


def rake_design(frame: pd.DataFrame, design: Design, margins: Mapping[Name, Totals]) -> Design:
    """The design with raked weights; its variances are of residuals from a base-weighted regression on the margins."""
    known = [margin_of(frame, name, totals) for name, totals in margins.items()]
    weights = raked(design.weights, known)
    dummies = np.column_stack([np.eye(len(one.totals))[one.codes] for one in known])
    return design.with_weights(weights, Calibration(dummies, design.weights))


def raked(weights: Floats, margins: Sequence[Margin]) -> Floats:
    """Raked weights: (n,), or (n, R) for R sets at once, each to all margins.

    Rows alike in every margin are moved alike, so that the iteration runs over their cells, not over rows.
    """
    if not margins:
        raise InputError("raking", "there is no margin", "Name at least one")
    require_agreement(list(margins))
    cell, codes = _cells(margins)
    sets = weights.reshape(len(weights), -1)
    start = _summed(cell, sets, len(codes[0]))
    for margin, code in zip(margins, codes, strict=True):
        require_known(margin, _summed(code, start, len(margin.totals)).min(axis=1), sets.shape[1])
    moved = _iterate(start, margins, codes)[cell]
    moved *= sets
    return moved.reshape(weights.shape)


def _cells(margins: Sequence[Margin]) -> tuple[Codes, tuple[Codes, ...]]:
    """Which cell each row is in (n,), of those that have any, and by margin the category of each cell; cells in the
    order of the categories."""
    which, first = crossed([one.codes for one in margins])
    found = [one.codes[first] for one in margins]
    order = np.lexsort(found[::-1])
    place = np.empty(len(order), dtype=which.dtype)
    place[order] = np.arange(len(order), dtype=which.dtype)
    return place[which], tuple(one[order] for one in found)


def _iterate(start: Floats, margins: Sequence[Margin], codes: Sequence[np.ndarray]) -> Floats:
    """Factors (cells, R)."""
    factors = np.ones_like(start)
    for _ in range(ROUNDS):
        moved = 0.0
        for margin, code in zip(margins, codes, strict=True):
            step = margin.totals[:, None] / _summed(code, start * factors, len(margin.totals))
            factors *= step[code]
            moved = max(moved, float(np.abs(step - 1).max()))
        if moved < TOLERANCE:
            break
    _require_achieved(start * factors, margins, codes)
    return factors


def _require_achieved(cells: Floats, margins: Sequence[Margin], codes: Sequence[np.ndarray]) -> None:
    """Convergence is proven by what was achieved, not by how little the last step moved."""
    for margin, code in zip(margins, codes, strict=True):
        off = np.abs(_summed(code, cells, len(margin.totals)) / margin.totals[:, None] - 1).max(axis=1)
        worst = int(off.argmax())
        if not off[worst] <= ACHIEVED:
            raise NotConverged(
                f"raking: margin {margin.name}, category '{margin.categories[worst]}' is off by "
                f"{off[worst]:.2g} of its total after {ROUNDS} rounds: the margins contradict each other on these "
                "respondents. Join categories with few respondents, or leave a margin out."
            )


def _summed(code: np.ndarray, cells: Floats, size: int) -> Floats:
    """Sums (size, R) of the cells' weights (cells, R) by category."""
    return np.stack([np.bincount(code, one, size) for one in cells.T], axis=1).astype(float)


def _base(frame: pd.DataFrame, base: str | pd.Series | None) -> Floats:
    if base is None:
        return np.ones(len(frame))
    if isinstance(base, str) and base not in frame:
        raise InputError(
            "raking: base weights", f"there is no column '{base}'", "Name one, or give base=None"
        )
    if isinstance(base, str):
        require_once(frame, base)
    column = frame[base] if isinstance(base, str) else base
    if not isinstance(column, pd.Series):
        raise InputError(
            "raking: base weights", f"{type(column).__name__} is neither the name of a column nor a Series",
            "Name a column of the data, or give base=None",
        )  # fmt: skip
    require_numbers(column, str(base if isinstance(base, str) else column.name))
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if len(values) != len(frame) or len(bad):
        row = frame.index[bad[0]] if len(bad) and len(values) == len(frame) else "none"
        raise InputError(
            f"raking: base weights, row {row}", "a weight is missing, 0 or negative", "Give positive weights"
        )
    require_same_rows("raking: base weights", column.index, frame)
    return np.asarray(values)
