"""Spread, quantiles, regression and association: what they come to in a simple sample, and which rows count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.errors import InputError, ModelError
from ncsi.survey import design_of, survey_mean
from ncsi.survey.distribution import survey_association, survey_quantile, survey_regression, survey_variance


@pytest.fixture
def sample():
    rng = np.random.default_rng(3)
    n = 60
    x = rng.normal(5, 2, n)
    return pd.DataFrame(
        {
            "cluster": np.repeat(np.arange(12), 5),
            "w": rng.uniform(1, 4, n),
            "x": x,
            "y": 3 + 2 * x + rng.normal(0, 1, n),
            "a": rng.choice(["p", "q"], n),
            "b": rng.choice(["u", "v", "w"], n),
        }
    )


def design(frame):
    return design_of(frame, "w", clusters="cluster")


@pytest.fixture
def with_more(sample):
    """Rows in the same clusters that have no weight, or no answer."""
    weightless = sample.head(7).assign(w=0.0, y=1e6, x=-1e6, a="z", b="z")
    silent = sample.tail(8).assign(y=np.nan, a=None)
    mixed = pd.concat([weightless, sample, silent], ignore_index=True)
    return mixed.sample(frac=1, random_state=1).reset_index(drop=True)


def test_rows_without_a_weight_or_an_answer_do_not_count(sample, with_more):
    assert survey_variance(with_more, "y", design(with_more)) == pytest.approx(
        survey_variance(sample, "y", design(sample)), rel=1e-10
    )
    shares = [0.001, 0.1, 0.5, 0.9, 1.0]
    pd.testing.assert_frame_equal(
        survey_quantile(with_more, "y", design(with_more), shares),
        survey_quantile(sample, "y", design(sample), shares),
    )
    pd.testing.assert_frame_equal(
        survey_regression(with_more, "y", ["x"], design(with_more)),
        survey_regression(sample, "y", ["x"], design(sample)),
    )
    ours, wanted = (survey_association(one, "a", "b", design(one)) for one in (with_more, sample))
    for name in ("f", "df_numerator", "df_denominator", "p"):
        assert getattr(ours, name) == pytest.approx(getattr(wanted, name), rel=1e-10)


def test_a_weight_below_one_counts_like_any_other(sample):
    small = sample.assign(w=sample["w"] / 100)
    assert survey_variance(small, "y", design(small)) == pytest.approx(
        survey_variance(sample, "y", design(sample))
    )
    for call in (
        lambda one: survey_quantile(one, "y", design(one), [0.3, 0.6]),
        lambda one: survey_regression(one, "y", ["x"], design(one)),
    ):
        pd.testing.assert_frame_equal(call(small), call(sample))
    assert survey_association(small, "a", "b", design(small)).f == pytest.approx(
        survey_association(sample, "a", "b", design(sample)).f
    )


def test_without_a_design_the_variance_is_the_usual_one(sample):
    variance, se = survey_variance(sample, "y", design_of(sample))
    assert variance == pytest.approx(sample["y"].var())
    squares = (sample["y"] - sample["y"].mean()) ** 2 * 60 / 59
    assert se == pytest.approx(squares.std() / 60**0.5)


def test_a_variance_is_a_mean_of_squares(sample):
    """With the error of that mean: the deviations' own centre is of second order."""
    variance, se = survey_variance(sample, "y", design(sample))
    mean = np.average(sample["y"], weights=sample["w"])
    squares = sample.assign(square=(sample["y"] - mean) ** 2 * 60 / 59)
    wanted = survey_mean(squares, "square", design=design(sample)).iloc[0]
    assert (variance, se) == pytest.approx((wanted["estimate"], wanted["se"]), rel=1e-12)


def test_quantiles_are_answers(sample):
    ours = survey_quantile(sample, "y", design_of(sample), [0.0, 0.5, 1.0], level=0.9).set_index("share")
    ordered = np.sort(sample["y"])
    assert ours["estimate"].tolist() == [ordered[0], ordered[29], ordered[-1]]
    half = stats.t.ppf(0.95, 59) * 0.5 / 59**0.5
    low, high = ordered[int(np.ceil(60 * (0.5 - half))) - 1], ordered[int(np.ceil(60 * (0.5 + half))) - 1]
    assert ours.loc[0.5, ["low", "high"]].tolist() == [low, high]
    assert ours.loc[0.5, "se"] == pytest.approx((high - low) / (2 * stats.t.ppf(0.95, 59)))
    assert ours.loc[1.0, "high"] == ordered[-1]
    assert ours.loc[0.0, "low"] == ordered[0]


def test_the_interval_of_a_quantile_is_that_of_the_share_below_it(sample):
    """Woodruff: turned back into answers."""
    own, wide = design(sample), 0.999
    for share in (0.3, 0.55, 0.8):
        one = survey_quantile(sample, "y", own, [share]).iloc[0]
        below = sample.assign(below=(sample["y"] <= one["estimate"]) * 1.0)
        ends = survey_mean(below, "below", design=own).iloc[0]
        wanted = survey_quantile(sample, "y", own, [ends["low"], ends["high"]])["estimate"]
        assert one[["low", "high"]].tolist() == wanted.tolist()
    high = survey_quantile(sample, "y", own, [0.99], level=wide)["high"].item()
    low = survey_quantile(sample, "y", own, [0.01], level=wide)["low"].item()
    assert (low, high) == (sample["y"].min(), sample["y"].max())


def test_a_quantile_has_the_95_per_cent_interval_unless_told_otherwise(sample):
    default = survey_quantile(sample, "y", design(sample), [0.4])
    pd.testing.assert_frame_equal(default, survey_quantile(sample, "y", design(sample), [0.4], level=0.95))
    assert default["se"].item() > 0


def test_a_share_that_rounding_misses_by_a_hair_is_reached():
    """0.1 + 0.2 of ten equal weights is not 0.3 to the last bit."""
    frame = pd.DataFrame({"y": np.arange(10.0), "w": 0.1})
    ours = survey_quantile(frame, "y", design_of(frame, "w"), [0.1, 0.3, 0.6, 0.7, 0.8])
    assert ours["estimate"].tolist() == [0.0, 2.0, 5.0, 6.0, 7.0]


def test_regression_is_weighted_least_squares(sample):
    ours = survey_regression(sample, "y", ["x"], design(sample))
    root = np.sqrt(sample["w"])
    X = np.column_stack([root, root * sample["x"]])
    np.testing.assert_allclose(ours["estimate"], np.linalg.lstsq(X, root * sample["y"], rcond=None)[0])
    assert ours["term"].tolist() == ["intercept", "x"]


def test_independence_in_a_simple_sample_is_pearsons_test(sample):
    """Without clusters and weights the design's effects are all n/(n - 1)."""
    ours = survey_association(sample, "a", "b", design_of(sample))
    table = pd.crosstab(sample["a"], sample["b"])
    pearson = stats.chi2_contingency(table, correction=False).statistic
    assert (ours.df_numerator, ours.df_denominator) == pytest.approx((2, 2 * 59))
    assert ours.f == pytest.approx(pearson / (2 * 60 / 59), rel=1e-9)
    assert ours.p == pytest.approx(stats.f.sf(ours.f, 2, 2 * 59))


def test_what_says_nothing_is_refused(sample):
    with pytest.raises(ModelError, match="regression of y: predictors are collinear"):
        survey_regression(sample.assign(twice=2 * sample["x"]), "y", ["x", "twice"], design(sample))
    for a, b in (("a", "one"), ("one", "b")):
        with pytest.raises(InputError, match="one has a single category"):
            survey_association(sample.assign(one="x"), a, b, design(sample))
    lacking = sample[(sample["a"] == "p") | (sample["b"] != "w")]
    with pytest.raises(InputError, match="a cell of the table is empty"):
        survey_association(lacking, "a", "b", design(lacking))
