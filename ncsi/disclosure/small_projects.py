"""Which figures of few respondents may be shown: of projects and their builders, of buyers by volume.

Each function gives the status of every row, from the rule that is declared for its table (docs/method.md §13): a
missing count or share hides the row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncsi.disclosure.small_groups import COMPLEMENT, DOMINATED, EMPTY, FEW, PUBLISHED

FEWEST, LARGEST = 5, 0.4
"""Respondents that a project, builder or role needs, and the share of its figure that one of them may carry."""
Mask = NDArray[np.bool_]


def builder_status(frame: pd.DataFrame) -> pd.Series:
    """Of rows with n and largest_share: published, few, dominated."""
    return _status(frame, frame["n"] >= FEWEST, frame["largest_share"] <= LARGEST)


def project_status(frame: pd.DataFrame) -> pd.Series:
    """Of rows of projects (`role` empty) and of their roles: part, builder, unit, role, n, weight, largest_share.

    A builder's figure is the mean of its projects, and a project's that of its respondents: what is hidden of them must
    be, together, a figure that could be shown itself, else the smallest of the others is hidden too. Roles of a
    project that is hidden are hidden.
    """
    status = builder_status(frame)
    whole = frame["role"] == ""
    projects = frame[whole & (status != EMPTY)]
    for at in projects.groupby(["part", "builder"], sort=False).groups.values():
        status.loc[at] = _completed(status.loc[at], frame.loc[at], np.ones(len(at)))
    keys = [frame["part"], frame["builder"], frame["unit"]]
    open_ = set(zip(*(key[whole & (status == PUBLISHED)] for key in keys), strict=True))
    of_hidden = ~whole & np.array([key not in open_ for key in zip(*keys, strict=True)], dtype=bool)
    status = status.mask(of_hidden & (status == PUBLISHED), COMPLEMENT)
    roles = frame[~whole & (status != EMPTY)]
    for at in roles.groupby(["part", "builder", "unit"], sort=False).groups.values():
        status.loc[at] = _completed(status.loc[at], frame.loc[at], frame.loc[at, "weight"].to_numpy(float))
    return status


def buyer_status(frame: pd.DataFrame) -> pd.Series:
    """Of rows of suppliers: n buyers, least_buyers; largest_share and top_share of the volume, with their limits."""
    below = (frame["largest_share"] <= frame["largest_limit"]) & (frame["top_share"] <= frame["top_limit"])
    enough = (frame["n"] >= FEWEST) & (frame["n"] >= frame["least_buyers"])
    return _status(frame, enough, below)


def _status(frame: pd.DataFrame, enough: pd.Series, balanced: pd.Series) -> pd.Series:
    told = np.select([frame["n"] == 0, ~enough, ~balanced], [EMPTY, FEW, DOMINATED], PUBLISHED)
    return pd.Series(told, index=frame.index, dtype=object)


def _completed(status: pd.Series, cells: pd.DataFrame, weight: NDArray[np.float64]) -> pd.Series:
    """The status of cells that add up to one figure by their `weight`, with as many more hidden as that needs."""
    hidden = (status != PUBLISHED).to_numpy(dtype=bool)
    if not hidden.any():
        return status
    n, largest = (cells[name].to_numpy(dtype=np.float64) for name in ("n", "largest_share"))
    done = hidden.copy()
    for k in np.argsort(np.where(hidden, np.inf, n), kind="stable"):
        if done.all() or _could_be_shown(done, n, largest, weight):
            break
        done[k] = True
    return status.mask(done & ~hidden, COMPLEMENT)


def _could_be_shown(
    hidden: Mask, n: NDArray[np.float64], largest: NDArray[np.float64], weight: NDArray[np.float64]
) -> bool:
    carried = (largest * weight)[hidden].max() / weight[hidden].sum()
    return bool(hidden.sum() > 1 and n[hidden].sum() >= FEWEST and carried <= LARGEST)
