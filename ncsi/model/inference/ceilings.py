"""Ceilings over a scatter: the step function and the line of necessary condition analysis (Dul 2016), in batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions

Scope = tuple[float, float, float, float]
"""Least and greatest x, least and greatest y."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Of B scatters over the same ascending, distinct `x` (g,): the step function's `height` (g, B), which of its
    points are `peers` (first, and each new maximum) (g, B), `intercept` and `slope` (B,) of the line through the
    peers, NaN where there is only one."""

    x: Array
    height: Array
    peers: Array
    intercept: Array
    slope: Array

    def effect(self, scope: Scope) -> Array:
        """Effect sizes (2, B) of step function and line: the empty zone above them, as a share of the scope."""
        x_low, x_high, y_low, y_high = scope
        area = (x_high - x_low) * (y_high - y_low)
        widths = np.diff(np.append(self.x, x_high))
        steps = widths @ (y_high - self.height) + (self.x[0] - x_low) * (y_high - y_low)
        with np.errstate(divide="ignore", invalid="ignore"):
            start, stop = (np.clip((y - self.intercept) / self.slope, x_low, x_high) for y in (y_low, y_high))
            below = (y_high - self.intercept) * (stop - start) - self.slope * (stop**2 - start**2) / 2
            line = (start - x_low) * (y_high - y_low) + below
        return np.asarray(np.stack([steps, np.where(np.isfinite(line), line, 0.0)]) / area)


def ceilings(x: Array, starts: Positions, Y: Array) -> Ceilings:
    """Of B scatters: distinct `x` (g,) in ascending order, and Y (n, B) in the order of x, `starts` (g,) the first row
    of each x."""
    height = np.maximum.accumulate(np.maximum.reduceat(Y, starts, axis=0), axis=0)
    peers = np.ones(height.shape, dtype=bool)
    peers[1:] = height[1:] > height[:-1]
    count = peers.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = (x @ peers) / count, (height * peers).sum(axis=0) / count
        gap = (x[:, None] - mean_x) * peers
        slope = np.where(count > 1, (gap * (height - mean_y)).sum(axis=0) / (gap**2).sum(axis=0), np.nan)
    return Ceilings(x, height, peers, mean_y - slope * mean_x, slope)


def ordered(x: Array) -> tuple[Array, Positions, Positions]:
    """Distinct values ascending, first row of each in the order of x, and that order."""
    order = np.argsort(x, kind="stable")
    values, starts = np.unique(x[order], return_index=True)
    return values, starts.astype(np.intp), order


def required(one: Ceilings, levels: Array) -> Array:
    """Least x at which step function and line (2, levels) reach each y; −inf where even the least x does, NaN where
    none does. Of a single scatter."""
    height = one.height[:, 0]
    first = np.searchsorted(height, levels)
    steps = np.where(first < len(height), one.x[np.minimum(first, len(height) - 1)], np.nan)
    steps = np.where(first == 0, -np.inf, steps)
    line = (levels - one.intercept[0]) / one.slope[0]
    line = np.where(line <= one.x[0], -np.inf, np.where(line > one.x[-1], np.nan, line))
    return np.stack([steps, line if np.isfinite(one.slope[0]) else np.full(len(levels), -np.inf)])
