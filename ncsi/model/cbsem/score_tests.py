"""Score tests: by how much χ² would fall if a parameter that is fixed or shared were free, without fitting again."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from ncsi.arrays import Array, Positions

ROOM = 1e-6
"""A parameter is its own where at least this share of its information is not that of the free ones."""


def score_tests(
    slope: Array, information: Array, free: Array, candidates: Positions, meat: Array | None
) -> tuple[Array, Array, Array]:
    """MI, p (1 degree of freedom) and the expected parameter change of each candidate.

    `slope` (s,) and `information` (s, s) are those of the log-likelihood by parameters of which `free` (s, q) makes the
    fitted ones; a candidate is moved alone. With the cross-products `meat` (s, s) of scores MI is rid of what
    non-normal answers, weights and clusters add (Boos 1992), else it is lavaan's (Sörbom 1989). NaN where the candidate
    cannot be told from the parameters that are free.
    """
    fitted = free.T @ information @ free
    reach = np.linalg.solve(fitted, free.T @ information[:, candidates]).T
    own = np.diag(information)[candidates]
    rest = own - (reach @ fitted * reach).sum(axis=1)
    rest = np.where(rest > ROOM * own, rest, np.nan)
    change = slope[candidates] / rest
    spread = rest
    if meat is not None:
        moved = -free @ reach.T
        moved[candidates, np.arange(len(candidates))] += 1.0
        spread = np.where(np.isnan(rest), np.nan, (moved * (meat @ moved)).sum(axis=0))
    found = slope[candidates] ** 2 / spread
    return found, np.asarray(chdtrc(1.0, found)), change
