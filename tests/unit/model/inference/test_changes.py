"""Changes between waves, and Holm's adjustment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from ncsi.model import changes, holm


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_change_by_hand():
    now = pd.DataFrame({"unit": ["a", "b", "new"], "index_0_100": [75.0, 70.0, 60.0], "se": [0.6, 0.6, 1.0]})
    before = pd.DataFrame({"unit": ["b", "a"], "index_0_100": [73.0, 74.5], "se": [0.8, 0.8]})
    frame = changes(now, before, ["unit"], 0.95).set_index("unit")
    assert frame.index.tolist() == ["a", "b"]
    assert frame.loc["b", "change"] == pytest.approx(-3)
    assert frame.loc["b", "se"] == pytest.approx(1)
    assert frame.loc["b", "p"] == pytest.approx(0.0026998, abs=1e-7)
    assert frame.loc["b", "p_holm"] == pytest.approx(0.0053996, abs=1e-7)
    assert frame["verdict"].tolist() == ["no_significant_change", "fell"]


def test_holm_is_that_of_statsmodels():
    p = np.random.default_rng(3).uniform(size=40) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
