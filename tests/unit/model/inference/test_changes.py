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
    now = pd.DataFrame(
        {"unit": ["a", "b", "new"], "index_0_100": [75.0, 70, 60], "se": [0.6, 0.6, 1], "df": np.nan}
    )
    before = pd.DataFrame({"unit": ["b", "a"], "index_0_100": [73.0, 74.5], "se": [0.8, 0.8], "df": np.nan})
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


def test_a_missing_p_stays_missing_and_counts_for_none():
    np.testing.assert_allclose(holm([0.01, np.nan, 0.03]), [0.02, np.nan, 0.03])
    assert np.isnan(holm([np.nan])).all()


def test_a_change_without_an_error_has_no_p_and_stays_out_of_holm():
    now = pd.DataFrame(
        {
            "unit": ["a", "b", "c", "d"],
            "index_0_100": [75.0, 70, 60, 80],
            "se": [0.6, np.nan, 0, 0],
            "df": np.nan,
        }
    )
    before = now.assign(index_0_100=[73.0, 60, 50, 80])
    frame = changes(now, before, ["unit"], 0.95).set_index("unit")
    assert frame["p"].isna().tolist() == [False, True, True, False]
    assert frame["p_holm"].isna().tolist() == [False, True, True, False]
    assert frame.loc["d", "p"] == 1, "the same result stands in both waves"
    assert frame.loc["a", "p_holm"] == pytest.approx(2 * frame.loc["a", "p"])
    assert frame["verdict"].tolist() == ["rose"] + ["no_significant_change"] * 3
