"""Sobol' indices: which input a result's variance comes from, exactly or by Monte Carlo.

S_i = Var(E[y | x_i]) / Var(y) is what input i explains alone, ST_i = E[Var(y | x_~i)] / Var(y) what it explains with
all its interactions. The only door to SALib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError

FEWEST_RUNS = 1024
RESAMPLES = 200
CONSTANT = 1e-20
"""A variance below this share of the squared size of y is rounding: nothing varies."""


def exact_indices(y: Array, inputs: int) -> tuple[Array, Array]:
    """S and ST (d, …) of results `y` (k_1, …, k_d, …) of every combination of d = `inputs` discrete inputs.

    All levels count the same; variances divide by the number of combinations. 0 where y does not vary.
    """
    axes = tuple(range(inputs))
    total = y.var(axis=axes)
    varies = total > CONSTANT * np.square(y).mean(axis=axes)
    first, whole = [], []
    for i in axes:
        others = tuple(axis for axis in axes if axis != i)
        first.append(y.mean(axis=others).var(axis=0))
        whole.append(y.var(axis=i).mean(axis=tuple(range(inputs - 1))))
    safe = np.where(varies, total, 1.0)
    return tuple(np.where(varies, np.stack(part) / safe, 0.0) for part in (first, whole))  # type: ignore[return-value]


def combinations(levels: Sequence[int]) -> Positions:
    """Every combination of levels (runs, d), the last input's level changing fastest."""
    return np.indices(levels, dtype=np.intp).reshape(len(levels), -1).T


def design(inputs: int, n: int, seed: int) -> Array:
    """Points (n·(d + 2), d) in the unit cube after Saltelli: for each of n rows A, AB_1 … AB_d, B (scrambled Sobol').

    Raises ModelError for n below 1,024 or no power of two, where the sequence is not balanced.
    """
    from SALib.sample import sobol

    if n < FEWEST_RUNS or n & (n - 1):
        raise ModelError(f"Sobol' indices from n = {n}: take a power of two from {FEWEST_RUNS} on.")
    points = sobol.sample(_problem(inputs), n, calc_second_order=False, seed=_stream(seed, 0))
    return np.asarray(points, dtype=np.float64)


def levels_of(points: Array, counts: Sequence[int]) -> Positions:
    """The level, 0 to k − 1, that each point of [0, 1) stands for: ⌊u·k⌋."""
    return np.asarray(np.minimum((points * np.asarray(counts)).astype(np.intp), np.asarray(counts) - 1))


@dataclass(frozen=True, slots=True)
class SobolIndices:
    """S1 and ST with the half width of a 95 % interval by bootstrap over the n rows. `table`: input, s1, s1_reach, st,
    st_reach, flag: `n_too_small` where S1 exceeds ST beyond their intervals, else empty. A negative s1 is noise about
    0. `mean` and `variance` of y over A and B; `n` rows."""

    table: pd.DataFrame
    mean: float
    variance: float
    n: int


def sobol_indices(y: Array, inputs: Sequence[str], seed: int) -> SobolIndices:
    """Indices of one result `y` (n·(d + 2),) at the points of `design`, by SALib: S1 of Saltelli et al. (2010), ST of
    Jansen (1999), y standardised first, variances over A and B.

    All 0 where y does not vary. Raises ModelError for a length that fits no design, and for a y that is not finite.
    """
    from SALib.analyze import sobol

    d = len(inputs)
    _check(y, d)
    a, b = y[:: d + 2], y[d + 1 :: d + 2]
    both = np.concatenate([a, b])
    if y.var() <= CONSTANT * np.square(y).mean():
        found = {name: np.zeros(d) for name in ("S1", "S1_conf", "ST", "ST_conf")}
    else:
        found = sobol.analyze(
            _problem(d), y, calc_second_order=False, num_resamples=RESAMPLES, seed=_stream(seed, 1)
        )
    table = pd.DataFrame(
        {
            "input": list(inputs), "s1": found["S1"], "s1_reach": found["S1_conf"], "st": found["ST"],
            "st_reach": found["ST_conf"],
        }
    )  # fmt: skip
    excess = table["s1"] - table["s1_reach"] > table["st"] + table["st_reach"]
    table["flag"] = np.where(excess, "n_too_small", "")
    return SobolIndices(table, float(both.mean()), float(both.var()), len(a))


def sobol_indices_of_many(y: Array, inputs: int) -> tuple[Array, Array]:
    """S1 and ST (d, q) of q results `y` (n·(d + 2), q), by the same estimators, without intervals."""
    from SALib.analyze import sobol

    _check(y, inputs)
    size = np.square(y).mean(axis=0)
    centred = y - y.mean(axis=0)
    spread = np.where(y.var(axis=0) > CONSTANT * size, y.std(axis=0), np.inf)
    scaled = (centred / spread).reshape(-1, inputs + 2, y.shape[1])
    a, b = scaled[:, 0], scaled[:, -1]
    mixed = [scaled[:, 1 + i] for i in range(inputs)]
    if not np.isfinite(spread).any():
        return np.zeros((inputs, y.shape[1])), np.zeros((inputs, y.shape[1]))
    return (
        np.stack([sobol.first_order(a, ab, b) for ab in mixed]),
        np.stack([sobol.total_order(a, ab, b) for ab in mixed]),
    )


def _check(y: Array, inputs: int) -> None:
    if len(y) == 0 or len(y) % (inputs + 2):
        raise ModelError(f"Sobol' indices: {len(y)} runs fit no design of {inputs} inputs, n·{inputs + 2}.")
    if not np.isfinite(y).all():
        raise ModelError("Sobol' indices: a run has no result. Leave out the unit that lacks one.")


def _problem(inputs: int) -> dict[str, object]:
    return {
        "num_vars": inputs,
        "names": [f"x{i}" for i in range(inputs)],
        "bounds": [[0.0, 1.0]] * inputs,
    }


def _stream(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, number])
