"""The pace of field work against the distributions that it is said to be."""

import numpy as np
import pytest
from scipy import stats

from ncsi.waves.pace import Part, dispersion, expected, fan, forecast

WEEK = np.array([5.0, 4, 4, 4, 5, 4, 4])


def part(daily, target, phi=1.0):
    return Part(np.asarray(daily, dtype=np.float64), target, phi)


@pytest.mark.parametrize(("lacking", "ahead"), [(1, 1), (30, 9), (40, 9), (60, 20)])
def test_the_chance_is_the_tail_of_a_negative_binomial(lacking, ahead):
    """S = 30 in 7 days and Jeffreys' prior: size 30.5, success 7/(7 + h)."""
    found = forecast([part(WEEK, 30 + lacking)], ahead)
    assert found.chance == pytest.approx(stats.nbinom.sf(lacking - 1, 30.5, 7 / (7 + ahead)), abs=1e-12)


def test_only_the_last_week_tells_the_pace():
    before = forecast([part([50, *WEEK], 120)], 9)
    assert before.recent == pytest.approx(30 / 7)
    assert before.chance == forecast([part(WEEK, 70)], 9).chance


def test_quotas_are_full_when_each_of_them_is():
    quick, slow = part(WEEK, 60), part(WEEK / 2, 40)
    alone = [forecast([one], 9).chance for one in (quick, slow)]
    both = forecast([quick, slow], 9)
    assert both.chance == pytest.approx(alone[0] * alone[1], abs=1e-15)
    assert (both.accepted, both.target) == (45, 100)
    assert both.needed == pytest.approx((30 + 25) / 9)
    assert both.middle >= max(forecast([one], 9).middle for one in (quick, slow))


def test_the_day_it_is_full_is_the_first_with_that_chance():
    found = forecast([part(WEEK, 70)], 30)
    chance = stats.nbinom.sf(39, 30.5, 7 / (7 + np.arange(1, 60)))
    days = [int(np.argmax(chance >= at)) + 1 for at in (0.1, 0.5, 0.9)]
    assert [found.earliest, found.middle, found.latest] == days


@pytest.mark.parametrize(
    ("daily", "target", "remaining", "chance", "days"),
    [
        ([10, 10, 10], 30, 5, 1.0, (0, 0, 0)),  # full
        ([10, 10, 20], 30, 5, 1.0, (0, 0, 0)),  # beyond its quota
        ([10, 10, 9], 30, 0, 0.0, (None, None, None)),  # field work is over
        ([10, 10], 300, 9, None, (None, None, None)),  # too early to tell
        ([], 300, 28, None, (None, None, None)),  # before field work
    ],
)
def test_what_needs_no_prediction(daily, target, remaining, chance, days):
    found = forecast([part(daily, target)], remaining)
    assert found.chance == chance
    assert (found.earliest, found.middle, found.latest) == days


def test_a_quota_that_nobody_has_answered_is_behind_but_may_still_come():
    found = forecast([part([0] * 7, 5)], 7)
    assert 0 < found.chance < 0.2
    assert found.behind
    assert not forecast([part([1] * 7, 8)], 7).behind


def test_the_fan_is_of_answers_that_stop_at_the_quota():
    """Mean and variance of min(lacking, X) by simulation; beyond the quota nobody is asked."""
    rng = np.random.default_rng(1)
    draws = rng.poisson(rng.gamma(30.5, 1 / 7, 400_000) * 9)
    capped = np.minimum(draws, 38)
    low, middle, high = fan([part(WEEK, 68)], 9)[-1]
    assert middle == pytest.approx(30 + capped.mean(), abs=0.03)
    assert (middle - low) / 1.2815515655446004 == pytest.approx(capped.std(), abs=0.03)
    assert high <= 68


def test_the_fan_of_two_quotas_adds_means_and_variances():
    one, two = part(WEEK, 200), part(2 * WEEK, 400)
    ends = np.array([fan([own], 5)[-1] for own in (one, two)])
    both = fan([one, two], 5)[-1]
    assert both[1] == pytest.approx(ends[:, 1].sum(), abs=1e-9)
    assert both[2] - both[1] == pytest.approx(np.hypot(*(ends[:, 2] - ends[:, 1])), abs=1e-9)


def test_days_that_differ_more_than_by_chance_widen_what_is_to_come():
    assert dispersion([10, 10, 10, 10]) == 1.0
    assert dispersion([0, 20, 0, 20]) == pytest.approx(np.var([0, 20, 0, 20], ddof=1) / 10)
    assert dispersion([3, 9]) == 1.0
    calm, rough = (fan([part(WEEK, 500, phi)], 9)[-1] for phi in (1.0, 9.0))
    assert rough[2] - rough[0] > 2.5 * (calm[2] - calm[0])


def test_expected_goes_on_at_the_pace_of_the_last_week():
    assert expected(part([100, *WEEK], 1), 14) == pytest.approx(130 + 2 * 30)
    assert expected(part([], 1), 14) == 0
