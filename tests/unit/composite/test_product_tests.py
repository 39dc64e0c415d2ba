"""Product tests and laboratories: three answers, uncertainty that does not shrink, repeats that disagree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.composite.measures import (
    against_perceived,
    algorithm_a,
    conformity,
    e_numbers,
    of_product,
    precision,
    propagated,
    repeats_disagree,
    z_scores,
)
from ncsi.errors import CompositeError


@pytest.mark.parametrize(
    ("y", "verdict"),
    [
        (9.0, "conforms"),
        (9.67, "conforms"),
        (9.9, "undecided"),
        (10.3, "undecided"),
        (10.4, "does_not_conform"),
    ],
)
def test_there_are_three_answers(y, verdict):
    assert conformity(y, 0.2, upper=10).verdict == verdict


def test_what_passes_a_strict_rule_passes_the_likely_and_the_shared():
    assert conformity(9.65, 0.2, upper=10, guard="strict").verdict == "undecided"
    assert conformity(9.65, 0.2, upper=10, guard="likely").verdict == "conforms"
    assert conformity(9.99, 0.2, upper=10, guard="shared").verdict == "conforms"
    assert conformity(10.01, 0.2, upper=10, guard="shared").verdict == "does_not_conform"


def test_a_tolerance_narrower_than_the_uncertainty_decides_nothing():
    assert conformity(5.0, 2.0, lower=4.9, upper=5.1).verdict == "undecided"


def test_without_uncertainty_the_limit_decides():
    assert conformity(10.0, 0.0, upper=10).verdict == "conforms"
    assert conformity(10.1, 0.0, upper=10).verdict == "does_not_conform"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"y": 1, "u": 0.1}, "none to conform to"),
        ({"y": 1, "u": 0.1, "lower": 2, "upper": 1}, "not below"),
        ({"y": 1, "u": -0.1, "upper": 2}, "no measurement"),
        ({"y": float("nan"), "u": 0.1, "upper": 2}, "no measurement"),
    ],
)
def test_measurements_that_cannot_be_are_refused(arguments, words):
    with pytest.raises(CompositeError, match=words):
        conformity(**arguments)


def test_the_systematic_part_does_not_shrink_with_specimens():
    rng = np.random.default_rng(3)
    few, many = (of_product(rng.normal(10, 0.1, (m, 2)).tolist(), 0.05, u_bias=0.3).u for m in (4, 400))
    assert many == pytest.approx(0.3, abs=0.002)
    assert few >= 0.3


def test_one_specimen_says_nothing_of_the_product():
    found = of_product([[10.1, 10.2]], 0.05)
    assert found.value == pytest.approx(10.15)
    assert np.isnan(found.u)


def test_specimens_without_a_value_are_refused():
    with pytest.raises(CompositeError, match="at least one finite repeat"):
        of_product([[1.0], []], 0.1)


def test_repeats_further_apart_than_r_are_to_be_repeated():
    assert repeats_disagree([10.0, 10.29], 0.1)
    assert not repeats_disagree([10.0, 10.27], 0.1)


def test_correlated_inputs_add_or_cancel():
    def total(x):
        return x[0] + x[1]

    alone = propagated(total, [1, 1], [3, 4])
    together = propagated(total, [1, 1], [3, 4], correlation=np.ones((2, 2)))
    against = propagated(total, [1, 1], [3, 4], correlation=np.array([[1.0, -1], [-1, 1]]))
    assert [one.u for one in (alone, together, against)] == pytest.approx([5, 7, 1])


def test_an_input_without_uncertainty_is_refused():
    with pytest.raises(CompositeError, match="uncertainty of 0 or more"):
        propagated(lambda x: x[0], [1.0], [float("nan")])


def test_laboratories_without_repeats_are_refused():
    with pytest.raises(CompositeError, match="two repeats"):
        precision(pd.DataFrame({"lab": ["a", "a", "b"], "y": [1.0, 2, 3]}))
    with pytest.raises(CompositeError, match="missing"):
        precision(pd.DataFrame({"lab": ["a", "a", "b", "b"], "y": [1.0, 2, 3, np.nan]}))


def test_laboratories_that_agree_have_no_variance_between_them():
    found = precision(pd.DataFrame({"lab": list("aabb"), "y": [1.0, 2, 1, 2]}))
    assert found.s_L == 0
    assert found.s_R == found.s_r


def test_unequal_repeats_follow_the_standard():
    frame = pd.DataFrame({"lab": list("aaabb"), "y": [1.0, 2, 3, 4, 6]})
    between = (3 * (2 - 3.2) ** 2 + 2 * (5 - 3.2) ** 2) / 1
    assert precision(frame).s_L == pytest.approx(np.sqrt((between - 4 / 3) / (5 - 13 / 5)))


def test_a_robust_mean_does_not_follow_a_wild_laboratory():
    x = np.array([10.0, 10.1, 9.9, 10.05, 9.95])
    assert algorithm_a(np.append(x, 1000.0)).mean == pytest.approx(algorithm_a(x).mean, abs=0.1)
    with pytest.raises(CompositeError, match="three finite"):
        algorithm_a(np.array([1.0, 2.0]))


def test_an_uncertain_consensus_weakens_a_score():
    assert abs(z_scores(np.array([12.0]), 10, 1, 1)[0]) < abs(z_scores(np.array([12.0]), 10, 1)[0])
    assert e_numbers(np.array([12.0]), np.array([3.0]), 10, 4).tolist() == [0.4]
    with pytest.raises(CompositeError, match="above 0"):
        z_scores(np.array([1.0]), 1, 0)


def test_tested_against_perceived_needs_ten_products():
    rng = np.random.default_rng(5)
    truth = rng.normal(size=40)
    tested, seen = truth + rng.normal(0, 0.3, 40), truth + rng.normal(0, 0.3, 40)
    error = np.full(40, 0.3)
    assert against_perceived(tested[:9], seen[:9], error[:9], error[:9], seed=1) is None
    found = against_perceived(tested, seen, error, error, seed=1, replicates=200)
    assert found.low < found.correlation < found.high
    assert found.correlation < found.disattenuated <= 1
    noise = against_perceived(tested, seen, error * 9, error, seed=1, replicates=50)
    assert np.isnan(noise.disattenuated)
