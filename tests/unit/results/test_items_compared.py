"""Which items of brands are compared: none whose mean would be that of a few, by itself or beside the others'."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ncsi.model.moments.sample import Sample
from ncsi.results.comparisons import _compared


def fit_of(*answered: tuple[int, int], of: int = 50, heavy: float = 1.0) -> SimpleNamespace:
    """Brands of `of` respondents each, so many of whom answered either of two items; the first of all is `heavy`."""
    X = np.full((of * len(answered), 2), np.nan)
    for brand, numbers in enumerate(answered):
        for item, number in enumerate(numbers):
            X[of * brand : of * brand + number, item] = 70.0
    weights = np.ones(len(X))
    weights[0] = heavy
    names = [f"b{k}" for k in range(len(answered))]
    group = np.repeat(np.arange(len(answered)), of)
    sample = Sample(X, weights, group, tuple(names), group, 0, np.arange(len(X)))
    return SimpleNamespace(fit=SimpleNamespace(sample=sample))


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (((50, 30), (50, 40)), [[True, True], [True, True]]),
        (((50, 29), (50, 40)), [[True, False], [True, False]]),
        (((50, 1), (50, 40)), [[True, False], [True, False]]),
        (((50, 0), (50, 40)), [[True, False], [True, True]]),
        (((50, 0), (50, 0)), [[True, False], [True, False]]),
    ],
)
def test_an_item_that_few_of_a_brand_answered_is_compared_in_none(answered, expected):
    assert _compared(fit_of(*answered), ["b0", "b1"]).tolist() == expected


def test_brands_that_are_not_shown_and_weights_of_any_size():
    assert _compared(fit_of((50, 3), (50, 40)), ["b1"]).tolist() == [[True, True]]
    assert not _compared(fit_of((50, 50), (50, 50), heavy=9.0), ["b0", "b1"]).any()
    huge = fit_of((50, 50), (50, 50))
    huge.fit.sample.weights[:] = 1e300
    assert _compared(huge, ["b0", "b1"]).all()
