"""Small areas: closed forms, coverage, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ncsi.errors import ModelError
from ncsi.model.inference.small_areas import fay_herriot


def test_shrinkage_with_equal_errors_is_the_closed_form():
    """Balanced: REML is A = s² − SE², the predictor James-Stein's with its shrinkage SE²/s²."""
    y, se = np.array([60.0, 66, 70, 75, 79]), np.full(5, 3.0)
    shrunk = fay_herriot(y, se)
    assert shrunk.variance == pytest.approx(y.var(ddof=1) - 9)
    np.testing.assert_allclose(shrunk.estimate, y.mean() + (1 - 9 / y.var(ddof=1)) * (y - y.mean()))
    assert (shrunk.se > np.sqrt(shrunk.own) * 3).all()


def test_shrinkage_holds_what_it_promises():
    """Modelled intervals hold the true means of small units, and err less than their own estimates."""
    rng = np.random.default_rng(2)
    held, own_error, error = [], [], []
    for _ in range(400):
        se = np.array([1.0] * 8 + [2.5, 3.0])
        truth = 70 + 2 * rng.standard_normal(10)
        y = truth + se * rng.standard_normal(10)
        s = fay_herriot(y, se)
        held.extend((s.low(0.95) <= truth)[8:] & (truth <= s.high(0.95))[8:])
        own_error.extend((y - truth)[8:] ** 2)
        error.extend((s.estimate - truth)[8:] ** 2)
    assert 0.925 < np.mean(held) < 0.985
    assert np.mean(error) < 0.55 * np.mean(own_error)


def test_units_that_do_not_differ_are_one():
    shrunk = fay_herriot([70.0, 70.1, 69.9, 70.0], [3.0, 3.0, 3.0, 3.0])
    assert shrunk.variance == 0
    np.testing.assert_allclose(shrunk.estimate, 70)


@pytest.mark.parametrize(
    ("y", "se", "said"),
    [([70.0, 71], [1.0, 1], "three or more"), ([70.0, 71, 72], [1.0, 0, 1], "not positive")],
)
def test_what_cannot_be_shrunk_is_refused(y, se, said):
    with pytest.raises(ModelError, match=said):
        fay_herriot(y, se)


def test_mean_squared_error_is_the_sum_of_its_three_parts():
    """Prasad & Rao (1990), REML: g₁ + g₂ + 2g₃. Balanced, with v = s² and γ = 1 − D/v: γD, (1 − γ)²v/J, 2D²/(Jv)."""
    y, D = np.array([60.0, 66, 70, 75, 79]), 9.0
    v, J = y.var(ddof=1), 5
    own = 1 - D / v
    mse = own * D + (1 - own) ** 2 * v / J + 2 * (2 * D**2 / (J * v))
    np.testing.assert_allclose(fay_herriot(y, np.full(J, 3.0)).se, np.sqrt(mse), rtol=1e-8)


def test_mean_squared_error_of_units_of_unequal_error():
    y, se = np.array([60.0, 66, 70, 75, 79, 71]), np.array([1.0, 2, 3, 1.5, 2.5, 4])
    shrunk = fay_herriot(y, se)
    D, v = se**2, shrunk.variance + se**2
    g3 = D**2 / v**3 * (2 / (1 / v**2).sum())
    mse = shrunk.own * D + (1 - shrunk.own) ** 2 / (1 / v).sum() + 2 * g3
    np.testing.assert_allclose(shrunk.se, np.sqrt(mse))
    reach = stats.t.ppf(0.975, 5) * shrunk.se
    np.testing.assert_allclose(shrunk.high(0.95) - shrunk.estimate, reach)
    np.testing.assert_allclose(shrunk.estimate - shrunk.low(0.95), reach)


def test_units_are_drawn_to_the_mean_of_their_own_group():
    """Two balanced groups: A = pooled s² − SE² on J − 2 degrees of freedom, each drawn to its own mean."""
    y, se = np.array([60.0, 66, 72, 80, 83, 89]), np.full(6, 2.0)
    shrunk = fay_herriot(y, se, ["road", "road", "road", "home", "home", "home"])
    pooled = (6.0**2 + 6.0**2 + 4.0**2 + 1.0**2 + 5.0**2) / 4
    assert shrunk.variance == pytest.approx(pooled - 4)
    np.testing.assert_allclose(shrunk.toward, [66, 66, 66, 84, 84, 84])
    own = 1 - 4 / pooled
    np.testing.assert_allclose(shrunk.estimate, own * y + (1 - own) * shrunk.toward)
    mse = own * 4 + (1 - own) ** 2 * pooled / 3 + 2 * (4**2 / pooled) * 2 / 6
    np.testing.assert_allclose(shrunk.se, np.sqrt(mse))
    assert shrunk.df == 4


def test_a_unit_alone_in_its_group_keeps_its_own_estimate():
    shrunk = fay_herriot([60.0, 70, 75, 90], [2.0, 2, 2, 3], ["a", "a", "a", "b"])
    assert shrunk.estimate[3] == pytest.approx(90)
    assert shrunk.se[3] >= 3
    with pytest.raises(ModelError, match="two more units than groups"):
        fay_herriot([60.0, 70, 75, 90], [2.0, 2, 2, 3], ["a", "a", "b", "c"])
