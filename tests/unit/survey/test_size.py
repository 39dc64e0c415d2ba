"""Sample sizes: against closed forms, published tables, and what samples of that size really tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ncsi.errors import InputError
from ncsi.survey.size import Setting, invitations

USUAL = Setting(sd=14.4)


def test_margins_are_those_of_the_method():
    """docs/method.md §8: 797·deff for ±1 point, 199·deff (199.1, so 200 people) for ±2, at 95 % and SD 14.4."""
    assert USUAL.n_for_margin(1) == 797
    assert USUAL.n_for_margin(2) == 200
    assert Setting(sd=14.4, deff=1.3).n_for_margin(1) == 1036
    assert USUAL.margin(797) == pytest.approx(1, abs=1e-3)


def test_a_share_of_half_needs_the_pollsters_1068():
    """±3 per cent points on a share of 50 %."""
    assert Setting(sd=50).n_for_margin(3) == 1068


def test_two_means_need_63_each_for_half_a_standard_deviation():
    """Cohen (1988): d = .5, power .8, two-sided .05 gives 63 by the normal approximation (64 by t)."""
    assert Setting(sd=1).n_for_change(0.5) == 63
    assert Setting(sd=1, power=0.9).n_for_change(0.5) == 85
    assert Setting(sd=1).power_for_change(0.5, 63) == pytest.approx(0.80, abs=0.005)
    assert Setting(sd=1).power_for_change(0.5, 62) < 0.80 <= Setting(sd=1).power_for_change(0.5, 63)
    assert Setting(sd=1).power_for_change(0.5, 85) == pytest.approx(0.90, abs=0.005)


def test_two_brands_are_a_change():
    """With two units the studentised range is √2·z."""
    assert USUAL.n_apart(3, 2) == USUAL.n_for_change(3)
    assert USUAL.apart(250, 2) == pytest.approx(USUAL.change(250))


def test_ten_brands_take_tukeys_range():
    """q(.05; 10, ∞) = 4.474 in the tables."""
    z = 4.474 / np.sqrt(2) + stats.norm.ppf(0.8)
    assert USUAL.n_apart(3, 10) == pytest.approx(2 * (14.4 * z / 3) ** 2, rel=2e-3)


def test_a_panel_needs_fewer():
    assert Setting(sd=14.4, correlation=0.5).n_for_change(3) == pytest.approx(
        USUAL.n_for_change(3) / 2, abs=1
    )


@pytest.mark.parametrize("n", [30, 250, 1000])
def test_sizes_and_what_they_tell_are_inverse(n):
    assert USUAL.n_for_margin(USUAL.margin(n)) == n
    assert USUAL.n_for_change(USUAL.change(n)) == n
    assert USUAL.n_apart(USUAL.apart(n, 8), 8) == n


def test_the_power_is_what_was_asked_for():
    """Of 4,000 pairs of surveys 3 points apart, 80 % differ significantly."""
    rng, n = np.random.default_rng(3), USUAL.n_for_change(3)
    gaps = 3 + rng.normal(0, 14.4 * np.sqrt(2 / n), 4000)
    found = (gaps / (14.4 * np.sqrt(2 / n)) > stats.norm.ppf(0.975)).mean()
    assert found == pytest.approx(0.8, abs=0.02)


def test_who_has_to_be_invited():
    assert invitations(300, 0.3) == 1000
    assert invitations(301, 0.3) == 1004


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sd": 0.0}, "sd"), ({"sd": float("nan")}, "sd"), ({"deff": 0.9}, "deff"), ({"level": 1.0}, "level"),
        ({"power": 0.2}, "power"), ({"correlation": 1.0}, "correlation"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_named(change, said):
    with pytest.raises(InputError, match=said):
        Setting(**{"sd": 14.4, **change})


def test_goals_that_cannot_be_are_named():
    for call, said in (
        (lambda: USUAL.n_for_margin(0), "margin"), (lambda: USUAL.n_for_change(-1), "change"),
        (lambda: USUAL.n_apart(1, 1), "brands"), (lambda: USUAL.margin(1), "n: 1"),
        (lambda: invitations(10, 0), "response rate"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=said):
            call()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sd": 0}, "sd: 0 is out of range. Give a positive number of points"),
        ({"deff": 0.99}, "deff: 0.99 is out of range. Give 1 or more"),
        ({"level": 0.5}, "level: 0.5 is out of range"),
        ({"level": 1.0}, "level: 1.0 is out of range"),
        ({"power": 0.49}, "power: 0.49 is out of range"),
        ({"power": 1.0}, "power: 1.0 is out of range"),
        ({"correlation": -0.01}, "correlation: -0.01 is out of range. Give 0 to below 1"),
        ({"correlation": 1.0}, "correlation: 1.0 is out of range"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Setting(**{"sd": 14.4, **values})


def test_a_setting_at_its_ends_is_none_to_refuse():
    one = Setting(sd=0.5, deff=1.0, level=0.51, power=0.5, correlation=0.0)
    assert one.n_for_margin(0.01) == pytest.approx((0.5 * stats.norm.ppf(0.755) / 0.01) ** 2, abs=1)
    assert Setting(sd=1) == Setting(sd=1, deff=1, level=0.95, power=0.8, correlation=0)


def test_whole_sizes_are_not_raised_by_rounding_and_two_is_the_least():
    z = stats.norm.ppf(0.975)
    assert Setting(sd=10).n_for_margin(10 * z / 10) == 100
    assert Setting(sd=10).n_for_margin(10 * z / 10 * (1 - 1e-6)) == 101
    assert Setting(sd=1).n_for_margin(100) == 2
    assert invitations(300, 0.3) == 1000
    assert invitations(300, 1.0) == 300


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: USUAL.n_for_margin(0), "margin: it is 0. Give a positive"),
        (lambda: USUAL.n_for_change(-1), "change: it is -1. Give a positive"),
        (lambda: USUAL.n_apart(0, 3), "gap: it is 0. Give a positive"),
        (lambda: USUAL.margin(1), "n: 1 respondents allow no interval"),
        (lambda: USUAL.change(1.9), "n: 1.9 respondents allow no interval"),
        (lambda: USUAL.n_apart(3, 1), "brands: 1 is too few for neighbours in rank"),
        (lambda: invitations(300, 0), "response rate: it is 0, but must lie between 0 and 1"),
        (lambda: invitations(300, 1.01), "response rate: it is 1.01, but must lie between 0 and 1"),
    ],
)
def test_questions_without_an_answer_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_two_respondents_are_the_least_that_tell_anything():
    assert USUAL.margin(2) == pytest.approx(14.4 * stats.norm.ppf(0.975) / 2**0.5)
    assert USUAL.change(2) == pytest.approx(14.4 * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)))


def test_the_change_that_a_panel_detects_is_smaller():
    panel = Setting(sd=14.4, correlation=0.36)
    assert panel.change(250) == pytest.approx(USUAL.change(250) * 0.8)
