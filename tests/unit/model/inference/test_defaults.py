"""What is asked when nobody says otherwise, and the conventions that methods stand on: figures of other surveys compare
only while these stay."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from ncsi import model
from ncsi.model.inference import (
    endogeneity,
    fit_test,
    group_distance,
    group_replicates,
    joint_tests,
    micom,
    mixtures,
    model_choice,
    moderation,
    necessity,
    necessity_sensitivity,
    rank_sets,
)
from ncsi.model.inference.prediction import q2_predict

ONCE = {"seed": 1}


@pytest.mark.parametrize(
    ("asked", "defaults"),
    [
        (model.asymmetric_impact, {"cuts": (4, 9), "level": 0.95}),
        (model.compare_groups, {"method": "welch", "replicates": None, "level": 0.95, **ONCE}),
        (model.cvpat, {"folds": 10, "repetitions": 1, "antecedents": "direct", "benchmark": None, **ONCE}),
        (
            model.finite_mixture,
            {"k": range(1, 5), "starts": 50, "intercepts": False, "simulations": 99, **ONCE},
        ),
        (model.fit_test, {"replicates": 1000, "level": 0.95, **ONCE}),
        (model.gaussian_copula, {"replicates": 5000, "level": 0.95, **ONCE}),
        (micom.micom, {"permutations": 1000, "alpha": 0.05, **ONCE}),
        (model.moderation, {"quadratic": (), "replicates": 5000, "level": 0.95, **ONCE}),
        (model.necessity, {"permutations": 1000, "alpha": 0.05, **ONCE}),
        (model.predict, {"folds": 10, "antecedents": "direct", "benchmark": None, "repetitions": 1, **ONCE}),
        (q2_predict, {"folds": 10, "repetitions": 1, **ONCE}),
        (rank_sets.rank_sets, {"construct": "Satisfaction", "level": 0.95, "among": None}),
        (model.split_tree, {"on": "paths", "depth": 3, "least": 100.0, "alpha": 0.05, "signs": 1000, **ONCE}),
    ],
)
def test_what_is_asked_by_default(asked, defaults):
    """5,000 draws for errors, 1,000 for a p, 10 folds, 95 %: what the methods' authors recommend."""
    told = inspect.signature(asked).parameters
    assert {name: told[name].default for name in defaults} == defaults


def test_conventions_of_the_peers():
    """Thresholds of ESSE from 0 to 5 % by halves of a per cent; levels of a bottleneck by tenths; a floodlight three
    deviations either way."""
    assert tuple(round(0.005 * k, 3) for k in range(11)) == necessity_sensitivity.THRESHOLDS
    assert necessity.LEVELS.tolist() == [10.0 * k for k in range(11)]
    assert moderation.GRID.tolist() == pytest.approx([-3 + 0.1 * k for k in range(61)])
    assert rank_sets.NORMAL_DRAWS == 10_000
    assert (mixtures.SPURIOUS, mixtures.SAME_HEIGHT, model_choice.NEARLY) == (0.05, 0.01, 0.05)


def test_how_many_replicates_may_be_lost():
    """One in a hundred where all are of one fit, one in a thousand where a regression is made of each."""
    for one in (fit_test, group_distance, group_replicates, micom):
        assert one.WORST_SHARE == 0.01
    for one in (endogeneity, moderation):
        assert one.WORST_SHARE == 0.001


def test_a_standard_error_that_is_rounding_tests_nothing():
    """Below 10⁻¹² nothing varies; a thousand times as much is a figure."""
    se = np.array([1e-9, 1e-13])
    found = joint_tests.on_normal_scale(np.array([3e-9, 3e-13]), se, np.full(2, np.inf))
    assert found[0] == pytest.approx(3)
    assert np.isnan(found[1])
