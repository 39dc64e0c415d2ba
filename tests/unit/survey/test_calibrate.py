"""Calibration: what each method meets, keeps and refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import InputError, NotConverged
from ncsi.survey import calibrate, design_of, post_stratify, rake
from ncsi.survey.calibrate import linear
from ncsi.survey.known_margins import margin_of


@pytest.fixture
def sample():
    rng = np.random.default_rng(6)
    n = 60
    return pd.DataFrame(
        {"sex": rng.choice(["f", "m"], n), "age": rng.choice(["1", "2", "3"], n), "w": rng.uniform(1, 3, n)}
    )


SEX = {"f": 70.0, "m": 60.0}
AGE = {"1": 30.0, "2": 55.0, "3": 45.0}


def dummies(sample):
    x = pd.get_dummies(sample[["sex", "age"]], dtype=float)
    return x, {f"sex_{k}": v for k, v in SEX.items()} | {f"age_{k}": v for k, v in AGE.items()}


@pytest.mark.parametrize(
    ("method", "bounds"),
    [(None, None), ("linear", None), ("raking", None), (None, (0.3, 2.0)), ("logit", (0.0, 5.0))],
)
def test_every_method_meets_the_totals(sample, method, bounds):
    x, totals = dummies(sample)
    base = design_of(sample, "w")
    own = calibrate(x, base, totals, method, bounds)
    np.testing.assert_allclose(own.weights @ x.to_numpy(), [totals[name] for name in x], rtol=1e-10)
    assert (own.weights > 0).all()
    np.testing.assert_array_equal(own.calibration.auxiliaries, x)
    np.testing.assert_array_equal(own.calibration.regression_weights, base.weights)


def test_raking_is_the_exponential_method(sample):
    x, totals = dummies(sample)
    own = calibrate(x, design_of(sample, "w"), totals, "raking")
    np.testing.assert_allclose(own.weights, rake(sample, {"sex": SEX, "age": AGE}, base="w"), rtol=1e-7)


def test_the_first_step_of_every_method_is_the_linear_one(sample):
    """Close to the base totals all methods agree to second order (Deville and Särndal, result 5)."""
    x, _ = dummies(sample)
    base = design_of(sample, "w")
    totals = dict(zip(x, (base.weights * (1 + 1e-4 * x["sex_f"])) @ x.to_numpy(), strict=True))
    plain = calibrate(x, base, totals).weights
    for method, bounds in (("raking", None), ("logit", (0.2, 3.0))):
        own = calibrate(x, base, totals, method, bounds).weights
        np.testing.assert_allclose(own, plain, rtol=2e-8)
        assert np.abs(own / base.weights - 1).max() > 5e-5


def test_logit_factors_stay_within_tight_bounds(sample):
    x, totals = dummies(sample)
    base = design_of(sample, "w")
    free = calibrate(x, base, totals, "raking").weights / base.weights
    low, high = float(free.min() * 1.01), float(free.max() * 0.99)
    own = calibrate(x, base, totals, bounds=(low, high)).weights / base.weights
    assert low < own.min() < own.max() < high
    np.testing.assert_allclose((own * base.weights) @ x.to_numpy(), [totals[name] for name in x], rtol=1e-10)


def test_far_totals_are_reached_by_shorter_steps():
    """A full Newton step from the base would overshoot by far."""
    frame = pd.DataFrame({"one": 1.0, "x": np.r_[np.zeros(50), 1.0]})
    own = calibrate(frame, design_of(frame), {"one": 60.0, "x": 40.0}, "raking")
    np.testing.assert_allclose(own.weights, [20 / 50] * 50 + [40.0], rtol=1e-9)


def test_totals_of_zero_are_met_to_an_absolute_tolerance(sample):
    x = pd.DataFrame({"one": 1.0, "centred": np.where(sample["sex"] == "f", 1.0, -1.0)})
    own = calibrate(x, design_of(sample, "w"), {"one": 100.0, "centred": 0.0}, "raking")
    assert own.weights[sample["sex"] == "f"].sum() == pytest.approx(50)


def test_bounds_that_are_too_tight_name_the_total_that_is_missed(sample):
    x, totals = dummies(sample)
    with pytest.raises(
        NotConverged, match=r"the total of '(sex|age)_.', \d+, is missed by .* Widen the bounds"
    ):
        calibrate(x, design_of(sample, "w"), totals, bounds=(0.98, 1.02))


@pytest.mark.parametrize("bounds", [(-0.1, 2.0), (1.0, 2.0), (0.5, 1.0), (1.2, 2.0), (0.5, np.inf)])
def test_bounds_enclose_1(sample, bounds):
    x, totals = dummies(sample)
    with pytest.raises(InputError, match="do not enclose 1"):
        calibrate(x, design_of(sample, "w"), totals, bounds=bounds)


@pytest.mark.parametrize(
    ("method", "bounds"), [("logit", None), ("raking", (0.5, 2.0)), ("linear", (0.5, 2.0))]
)
def test_bounds_go_with_logit_only(sample, method, bounds):
    x, totals = dummies(sample)
    with pytest.raises(InputError, match=f"method {method}: bounds and method do not go together"):
        calibrate(x, design_of(sample, "w"), totals, method, bounds)


def test_a_missing_auxiliary_is_refused(sample):
    x, totals = dummies(sample)
    x.iloc[3, 0] = np.nan
    with pytest.raises(InputError, match="an auxiliary value is missing"):
        calibrate(x, design_of(sample, "w"), totals)


def test_a_weight_of_exactly_zero_is_not_positive():
    frame = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 1.0]})
    with pytest.raises(InputError, match="1 weights would not be positive"):
        calibrate(frame, design_of(frame), {"a": 0.0, "b": 3.0})


def test_many_sets_are_calibrated_each(sample):
    margins = [margin_of(sample, "sex", SEX), margin_of(sample, "age", AGE)]
    x, totals = dummies(sample)
    w = sample["w"].to_numpy()
    sets = np.column_stack([w, np.where(np.arange(60) < 9, 0.0, w), w * 3])
    done = linear(sets, margins)
    assert done.shape == (60, 3)
    for k in range(3):
        np.testing.assert_array_equal(linear(sets[:, k], margins), done[:, k])
    wanted = calibrate(x, design_of(sample, "w"), totals).weights
    np.testing.assert_allclose(done[:, 0], wanted, rtol=1e-10)
    np.testing.assert_allclose(done[:, 2], wanted, rtol=1e-10)
    assert (done[:9, 1] == 0).all()


def test_a_category_that_one_replicate_empties_is_named(sample):
    """Its respondents are in the sample, and in the other replicates."""
    margins = [margin_of(sample, "sex", SEX), margin_of(sample, "age", AGE)]
    w = sample["w"].to_numpy()
    gone = np.where(sample["age"] == "3", 0.0, w)
    count = (sample["age"] == "3").sum()
    message = f"margin age, category '3': its {count} respondents are all left out of one of 3 replicates"
    with pytest.raises(InputError, match=message):
        linear(np.column_stack([w, gone, w]), margins)
    with pytest.raises(InputError, match="category '3': it has a total but no respondent"):
        linear(gone, margins)


def test_totals_that_disagree_name_margin_and_category(sample):
    margins = [margin_of(sample, "sex", SEX), margin_of(sample, "age", {**AGE, "3": 99.0})]
    with pytest.raises(InputError, match=r"calibration, total of '(sex|age), category .': .* cannot be met"):
        linear(sample["w"].to_numpy(), margins)


def test_post_stratified_weights_sum_to_the_totals(sample):
    own = post_stratify(sample, design_of(sample, "w"), "sex", SEX)
    reached = pd.Series(own.weights).groupby(sample["sex"]).sum()
    assert reached.to_dict() == pytest.approx(SEX)
    ratio = pd.Series(own.weights / sample["w"]).groupby(sample["sex"])
    assert (ratio.max() - ratio.min()).max() < 1e-12


@pytest.mark.parametrize(("method", "bounds"), [("linear", None), ("raking", None), ("logit", (0.5, 4.0))])
def test_rows_without_a_value_in_any_auxiliary_keep_their_weight(sample, method, bounds):
    """F(0) = 1, without an intercept that could take the place of it."""
    women = (sample["sex"] == "f").astype(float)
    own = calibrate(pd.DataFrame({"f": women}), design_of(sample, "w"), {"f": 70.0}, method, bounds)
    np.testing.assert_allclose(own.weights[women == 0], sample.loc[women == 0, "w"], rtol=1e-12)
    assert own.weights[women == 1].sum() == pytest.approx(70)


def test_the_first_of_several_totals_that_are_missed_is_named(sample):
    x = pd.DataFrame({"one": 1.0, "two": 2.0, "three": 3.0}, index=sample.index)
    with pytest.raises(InputError, match=r"total of 'one': 100 cannot be met .*was reached"):
        calibrate(x, design_of(sample), {"one": 100.0, "two": 100.0, "three": 100.0})
