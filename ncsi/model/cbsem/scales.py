"""From 0-100 to the items' own scales, on which a covariance SEM is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ncsi.arrays import Array
from ncsi.model.moments.weighted import Moments

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


def on_scale(moments: Moments, inst: Instrument) -> tuple[Array, Array]:
    """Covariance and mean on the items' own scales, from moments on 0-100."""
    _, unit = _scales(inst)
    return moments.cov * np.outer(unit, unit), on_items_scale(moments.mean, inst)


def on_items_scale(X: Array, inst: Instrument) -> Array:
    """Answers or means (…, p) from 0-100 to the items' own scales."""
    low, unit = _scales(inst)
    return np.asarray(low + X * unit)


def _scales(inst: Instrument) -> tuple[Array, Array]:
    """Lowest answer (p,) of each item, and a hundredth of its scale."""
    low = np.array([item.scale.min for item in inst.items], dtype=np.float64)
    high = np.array([item.scale.max for item in inst.items], dtype=np.float64)
    return low, (high - low) / 100
