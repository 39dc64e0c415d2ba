"""Changes between waves, and Holm's adjustment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
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


def joint(**own: object) -> pd.DataFrame:
    """Change of 3 between waves of equal error 1, on 10 and 20 degrees of freedom."""
    return pd.DataFrame({"unit": ["a"], "index_0_100": [73.0], "se": [1.0], "df": [10.0], **own})


BEFORE = pd.DataFrame({"unit": ["a"], "index_0_100": [70.0], "se": [1.0], "df": [20.0]})


@pytest.mark.parametrize(
    ("own", "se", "df"),
    [
        ({}, 2**0.5, 4 / (1 / 10 + 1 / 20)),  # Welch-Satterthwaite
        ({"correlation": [0.5]}, 1.0, 10),  # the fewer of the two
        ({"correlation": [0.5], "df_change": [33.0]}, 1.0, 33),
        ({"correlation": [np.nan], "df_change": [33.0]}, 2**0.5, 4 / (1 / 10 + 1 / 20)),
        ({"correlation": [1.0], "df_change": [33.0]}, 0.0, 33),
    ],
)
def test_a_correlation_takes_from_the_error_and_brings_its_degrees_of_freedom(own, se, df):
    row = changes(joint(**own), BEFORE, ["unit"], 0.95).iloc[0]
    assert (row["se"], row["df"]) == (pytest.approx(se), pytest.approx(df))
    reach = stats.t.ppf(0.975, df) * se
    assert (row["low"], row["high"]) == (pytest.approx(3 - reach), pytest.approx(3 + reach))


def test_a_small_error_is_an_error_whatever_its_unit():
    fine = {"se": [1e-4], "index_0_100": [70.001], "correlation": [0.5]}
    row = changes(joint(**fine), BEFORE.assign(se=1e-4), ["unit"], 0.95).iloc[0]
    assert row["se"] == pytest.approx(1e-4)


def test_families_are_adjusted_each_for_itself_wherever_their_rows_stand():
    units = pd.MultiIndex.from_product([["a", "b", "c"], ["value", "loyalty"]], names=["unit", "construct"])
    now = (
        pd.DataFrame(index=units)
        .reset_index()
        .assign(index_0_100=[70.0, 71, 72, 70, 74, 69], se=1.0, df=np.nan)
    )
    before = now.assign(index_0_100=70.0)
    keys = ["unit", "construct"]
    together = changes(now, before, keys, 0.95, within="construct").set_index(keys)["p_holm"]
    for construct in ("value", "loyalty"):
        own = now[now["construct"] == construct]
        alone = changes(own, before, keys, 0.95).set_index(keys)["p_holm"]
        pd.testing.assert_series_equal(together[alone.index], alone)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_a_change_and_its_test_do_not_depend_on_the_unit(unit):
    now = pd.DataFrame(
        {
            "unit": list("abc"), "index_0_100": [72.0, 70.0, 69.5], "se": [0.7, 0.4, 0.5], "df": [20.0, 30.0, np.nan],
            "correlation": [0.9, np.nan, 1.0], "df_change": [15.0, np.nan, 40.0],
        }
    )  # fmt: skip
    before = pd.DataFrame({"unit": list("abc"), "index_0_100": 70.0, "se": [0.6, 0.4, 0.5], "df": 25.0})

    def made(factor):
        scaled = [
            one.assign(index_0_100=factor * one["index_0_100"], se=factor * one["se"])
            for one in (now, before)
        ]
        return changes(*scaled, ["unit"], 0.95)

    own, other = made(1.0), made(unit)
    for name in ("change", "se", "low", "high"):
        np.testing.assert_allclose(other[name], unit * own[name], rtol=1e-9, atol=unit * 1e-12)
    for name in ("df", "p", "p_holm"):
        np.testing.assert_allclose(other[name], own[name])
    assert own["se"].tolist() == pytest.approx([np.sqrt(0.49 + 0.36 - 2 * 0.9 * 0.42), np.sqrt(0.32), 0.0])
    assert own["df"].tolist()[::2] == [15, 40]
    assert own["p"].isna().tolist() == [False, False, True], "what did change has no p without an error"
    assert other["verdict"].tolist() == own["verdict"].tolist() == ["rose", *["no_significant_change"] * 2]
