"""Properties of raking and trimming, whatever the sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import ncsi
from ncsi.survey import trim

ONES = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> tuple[pd.DataFrame, dict[object, dict[object, float]]]:
    """A sample, and the margins of the population that it is one of: they can be met by construction."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 200))
    frame = pd.DataFrame(
        {
            "a": rng.choice(["p", "q", "r"], n),
            "b": rng.choice(["x", "y"], n),
            "c": rng.choice(["u", "v"], n),
            "weight": rng.lognormal(0, 0.5, n),
        }
    )
    true = rng.lognormal(0, 0.4, n) * 50
    margins: dict[object, dict[object, float]] = {
        name if len(name) > 1 else name[0]: pd.Series(true)
        .groupby([frame[one] for one in name])
        .sum()
        .to_dict()
        for name in (("a", "b"), ("c",))
    }
    return frame, margins


@settings(max_examples=25, deadline=None)
@given(ONES)
def test_margins_of_a_population_are_met_and_the_order_of_rows_does_not_matter(seed):
    frame, margins = drawn(seed)
    weights = ncsi.rake(frame, margins)
    for name, totals in margins.items():
        by = [frame[one] for one in (name if isinstance(name, tuple) else (name,))]
        reached = weights.groupby(by).sum().to_dict()
        assert all(abs(reached[key] / total - 1) < 1e-6 for key, total in totals.items())
    shuffled = frame.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(ncsi.rake(shuffled, margins).sort_index(), weights, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(ONES, st.floats(1e-3, 1e3))
def test_the_scale_of_base_weights_does_not_matter(seed, scale):
    frame, margins = drawn(seed)
    scaled = frame.assign(weight=frame["weight"] * scale)
    pd.testing.assert_series_equal(ncsi.rake(scaled, margins), ncsi.rake(frame, margins), rtol=1e-7)


@settings(max_examples=25, deadline=None)
@given(ONES, st.floats(0.1, 0.6), st.floats(2.0, 6.0))
def test_trimming_keeps_bounds_sum_and_order(seed, low, high):
    frame, _ = drawn(seed)
    weights = frame["weight"]
    own = trim(frame, weights, (low, high))
    assert np.isclose(own.sum(), weights.sum())
    assert own.between(low * weights.mean() * (1 - 1e-9), high * weights.mean() * (1 + 1e-9)).all()
    order = weights.argsort()
    assert (np.diff(own.iloc[order]) >= -1e-9).all()
