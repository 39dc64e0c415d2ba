"""Small groups of respondents: closed forms, R survey's means, coverage of what is promised."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.composite.measures.small_groups import builder_mean, drawn, small_mean, small_means
from ncsi.survey import design_of, survey_mean


def test_equal_weights_give_the_mean_of_a_textbook():
    """Answers 60, 70, 80, 90, 100: mean 80, s² = 250, SE = √(250/5), t on 4 degrees of freedom."""
    mean = small_mean(np.array([60.0, 70, 80, 90, 100]), np.ones(5))
    assert mean.score == 80
    assert mean.within == pytest.approx(250)
    assert mean.se == pytest.approx(np.sqrt(50))
    assert mean.df == pytest.approx(4)
    reach = 2.7764451 * np.sqrt(50)
    assert mean.low == pytest.approx(80 - reach)
    assert mean.high == pytest.approx(80 + reach)
    assert small_mean(np.array([70.0, 80, 90, 100, 100]), np.ones(5)).high == 100, (
        "cut at the end of the scale"
    )
    assert mean.largest_share == pytest.approx(0.2)


def test_a_population_that_is_known_makes_the_error_smaller():
    """5 of 20 owners: 1 − f = 0.75; 5 of 5: nothing is left to chance, and the interval is the mean itself."""
    values = np.array([60.0, 70, 80, 90, 100])
    assert small_mean(values, np.ones(5), 20).se == pytest.approx(np.sqrt(50 * 0.75))
    everybody = small_mean(values, np.ones(5), 5)
    assert (everybody.se, everybody.low, everybody.high, everybody.design) == (0, 80, 80, 0)


@pytest.mark.parametrize("largest", [1e6, 1e9, 1e12, 1e15, 1e300])
def test_one_respondent_with_all_the_weight_has_no_error(largest):
    """Not a division by the zero that 1 − Σp² rounds to, nor an error that is its rounding."""
    mean = small_mean(np.array([60.0, 70, 80]), np.array([largest, 1.0, 1.0]))
    assert mean.score == pytest.approx(60, rel=1e-5)
    assert mean.largest_share == pytest.approx(1, rel=1e-5)
    assert np.isnan([mean.within, mean.se, mean.df, mean.low, mean.high]).all()


def test_it_agrees_with_the_survey_mean_of_each_stratum():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"project": np.repeat(["a", "b", "c"], [6, 9, 14]), "weight": 1.0})
    frame["population"] = frame["project"].map({"a": 10, "b": 40, "c": 15})
    frame["value"] = np.clip(75 + 12 * rng.standard_normal(len(frame)), 0, 100)
    own = small_means(frame, ["project"])
    design = design_of(frame, "weight", "project", fpc="population")
    other = survey_mean(frame, "value", by="project", design=design)
    np.testing.assert_allclose(own["score"], other["estimate"])
    np.testing.assert_allclose(own["se"], other["se"])
    np.testing.assert_allclose(own["df"], other["df"])


def test_unequal_weights_by_hand():
    """Volumes 50, 30, 20, answers 80, 60, 90: mean 76, Σp² = 0.38, n_eff = 2.63."""
    mean = small_mean(np.array([80.0, 60, 90]), np.array([50.0, 30, 20]))
    assert mean.score == pytest.approx(76)
    assert mean.n_eff == pytest.approx(1 / 0.38)
    squares = 0.25 * 16 / 0.38 + 0.09 * 256 / 0.78 + 0.04 * 196 / 0.98
    assert mean.se == pytest.approx(np.sqrt(squares))
    assert mean.df == pytest.approx(1 / 0.38 - 1), "fewer than respondents − 1"


@pytest.mark.parametrize("values", [[80.0], [80.0, 80, 80, 80, 80]])
def test_what_does_not_vary_has_no_interval(values):
    mean = small_mean(np.array(values), np.ones(len(values)))
    assert mean.score == 80
    assert np.isnan([mean.se, mean.low, mean.high]).all()


def test_a_builder_is_the_mean_of_its_projects_by_the_error_between_them():
    """Projects at 60, 65, 70, 75, 80: mean 70, s = 7.9057, SE = 3.5355, t on 4; four of them have no interval."""
    projects = pd.DataFrame({"score": [60.0, 65, 70, 75, 80], "n": [5, 9, 20, 7, 12], "largest_share": 0.2})
    mean = builder_mean(projects)
    assert (mean.projects, mean.n, mean.score) == (5, 53, 70)
    assert mean.se == pytest.approx(7.9056942 / np.sqrt(5))
    assert mean.high == pytest.approx(70 + stats.t.ppf(0.975, 4) * mean.se)
    assert mean.largest_share == pytest.approx(0.04)
    few = builder_mean(projects[:4])
    assert few.score == 67.5
    assert np.isnan([few.se, few.low, few.high]).all()


def _answers(rng: np.random.Generator, truth: float, n: int) -> np.ndarray:
    """Means of three items of 1-10, as people answer: whole numbers, cut at the ends."""
    person = truth + 14 * rng.standard_normal((n, 1)) + 10 * rng.standard_normal((n, 3))
    return 100 * (np.clip(np.round(1 + 9 * person / 100), 1, 10).mean(axis=1) - 1) / 9


def test_intervals_of_projects_and_of_drawn_projects_hold_what_they_promise():
    """12 projects of 5 to 30 owners, two kinds; own t intervals and drawn ones, and drawing lowers the error."""
    rng = np.random.default_rng(11)
    n = np.array([5, 5, 6, 7, 8, 10, 12, 15, 18, 22, 26, 30])
    kinds = ["home", "road"] * 6
    held: dict[str, list[np.ndarray]] = {"own": [], "drawn": []}
    errors: dict[str, list[np.ndarray]] = {"own": [], "drawn": []}
    for _ in range(150):
        truth = np.where(np.array(kinds) == "home", 66, 72) + 5 * rng.standard_normal(12)
        owners = [_answers(rng, one, 40) for one in truth]
        truth = np.array([one.mean() for one in owners])
        asked = pd.DataFrame(
            [(k, value) for k, (own, size) in enumerate(zip(owners, n, strict=True)) for value in own[:size]],
            columns=["project", "value"],
        ).assign(weight=1.0, population=40.0)
        own = small_means(asked, ["project"])
        shrunk = drawn(own, kinds)
        assert shrunk is not None
        held["own"].append((own["low"] <= truth) & (truth <= own["high"]))
        held["drawn"].append((shrunk.low(0.95) <= truth) & (truth <= shrunk.high(0.95)))
        errors["own"].append((own["score"] - truth) ** 2)
        errors["drawn"].append((shrunk.estimate - truth) ** 2)
    assert 0.93 < np.mean(held["own"]) < 0.97
    assert 0.94 < np.mean(held["drawn"]) < 0.985
    assert np.mean(errors["drawn"]) < 0.8 * np.mean(errors["own"])


def test_intervals_of_buyers_of_unequal_volume_hold_what_they_promise():
    """8 buyers, the two largest with 35 and 25 % of the volume."""
    rng = np.random.default_rng(5)
    volumes = np.array([35.0, 25, 12, 10, 8, 5, 3, 2])
    held = []
    for _ in range(1500):
        mean = small_mean(np.clip(70 + 15 * rng.standard_normal(8), 0, 100), volumes)
        held.append(mean.low <= 70 <= mean.high)
    assert 0.935 < np.mean(held) < 0.975


def test_nothing_is_drawn_where_nothing_tells_how_far():
    means = pd.DataFrame({"n": [5, 6], "within": [100.0, 90], "design": [0.2, 0.17], "score": [70.0, 80]})
    assert drawn(means, ["a", "a"]) is None
    assert drawn(means.assign(within=np.nan), ["a", "a"]) is None
