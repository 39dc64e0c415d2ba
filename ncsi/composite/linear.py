"""The scale on which a mean is arithmetic: logarithms under the geometric mean, reciprocals, powers."""

from __future__ import annotations

import numpy as np

from ncsi.arrays import Array, Mask
from ncsi.composite.choices import Mean


def to_linear(values: Array, mean: Mean) -> Array:
    """Values on the scale on which `mean` is arithmetic."""
    if mean.form == "arithmetic":
        return values
    if mean.form == "geometric":
        return np.asarray(np.log(values))
    return np.asarray(values ** _power(mean))


def from_linear(values: Array, mean: Mean) -> Array:
    """Back from `to_linear`."""
    if mean.form == "arithmetic":
        return values
    if mean.form == "geometric":
        return np.asarray(np.exp(values))
    return np.asarray(values ** (1.0 / _power(mean)))


def _power(mean: Mean) -> float:
    return -1.0 if mean.power is None else mean.power  # of the other forms only the harmonic is a power mean


def needs_positive(mean: Mean) -> bool:
    """Whether 0 is outside the domain too."""
    return mean.form in ("geometric", "harmonic") or (mean.power is not None and mean.power < 0)


def outside_domain(values: Array, mean: Mean) -> Mask:
    """Which values the mean is not defined for: 0 and less, or under powers above 0 what is negative."""
    if mean.form == "arithmetic":
        return np.zeros(values.shape, dtype=bool)
    return np.asarray(values <= 0 if needs_positive(mean) else values < 0)


def one_mean(means: tuple[Mean, ...]) -> Mean | None:
    """The mean that all levels share: where nothing is missing, the index is that mean of the indicators by global
    weights. None where levels differ, and for Copeland's scores."""
    first = means[0]
    alike = all(one == first for one in means)
    return first if alike and first.form != "copeland" else None
