"""Complementary suppression: what must be withheld so that a total does not give a small cell away."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


def with_complement(
    small: ArrayLike, size: ArrayLike, blocks: pd.Series | pd.DataFrame, least: float, beside: ArrayLike = 0.0
) -> pd.Series:
    """Which cells to hide, so that nothing smaller than `least` follows from the total of its block.

    `small` marks the cells that may not be shown, `size` is their effective sample, `blocks` the columns that
    name the total each belongs to; its index is that of the result. A total gives away what is hidden of it as one
    sum: so at least two cells of a block are hidden, of `least` together, taking the smallest of the others; all
    of them where they do not suffice. What is hidden beside a small cell is its share `beside` of its size at least: of
    97 and 5 the larger one follows from their sum to a twentieth of the scale. Of one that is hidden for another's sake
    it is 0: that one could be shown. ValueError where no column names a total.
    """
    frame = pd.DataFrame(blocks)
    if not len(frame.columns):
        raise ValueError("no column names the total that cells add up to")
    hidden = np.asarray(small, dtype=bool).copy()
    sizes = np.asarray(size, dtype=float)
    shares = np.broadcast_to(np.asarray(beside, dtype=float), sizes.shape)
    together = np.nan_to_num(np.where(hidden & (shares > 0), sizes * (1 + shares), 0.0))
    for at in _places(frame):
        if hidden[at].any():
            hidden[at] = _completed(hidden[at], sizes[at], max(least, float(together[at].max())))
    return pd.Series(hidden, index=frame.index)


def _places(blocks: pd.DataFrame) -> Iterable[list[int]]:
    """The rows of each block, by place: of a few rows, a tenth of what pandas takes to group them."""
    found: dict[tuple[object, ...], list[int]] = {}
    for place, block in enumerate(zip(*(blocks[name].tolist() for name in blocks), strict=True)):
        found.setdefault(block, []).append(place)
    return found.values()


def _completed(hidden: NDArray[np.bool_], size: NDArray[np.floating], least: float) -> NDArray[np.bool_]:
    done = hidden.copy()
    for k in np.argsort(np.where(hidden, np.inf, size), kind="stable"):
        if done.all() or (done.sum() > 1 and np.nansum(size[done]) >= least):
            break
        done[k] = True
    return done
