"""Design weights: base weights post-stratified to market shares, mean 1."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.errors import InputError
from ncsi.ingest.weigh import design_weights


def frame(weights=(1.0, 1.0, 1.0, 1.0)):
    return pd.DataFrame({"brand": ["a", "a", "a", "b"], "weight_base": weights})


def test_brands_weigh_their_market_share():
    weight = design_weights(frame(), {"a": 0.3, "b": 0.3})
    assert weight.tolist() == pytest.approx([2 / 3] * 3 + [2.0])
    assert weight.mean() == pytest.approx(1)


def test_within_a_brand_base_weights_keep_their_ratio():
    weight = design_weights(frame((1, 2, 1, 5)), {"a": 0.5, "b": 0.5})
    assert weight.tolist() == pytest.approx([0.5, 1.0, 0.5, 2.0])


def test_without_shares_base_weights_stand_scaled_to_mean_one():
    assert design_weights(frame((1, 2, 3, 2)), {}).tolist() == pytest.approx([0.5, 1, 1.5, 1])


def test_a_brand_without_a_share_is_named():
    with pytest.raises(InputError, match="b has responses but no share"):
        design_weights(frame(), {"a": 1.0})


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_is_positive(bad):
    with pytest.raises(InputError, match="a weight is not a positive number"):
        design_weights(frame((1, 1, 1, bad)), {})
