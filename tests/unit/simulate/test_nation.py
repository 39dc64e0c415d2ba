"""A nation with a known truth: readiness to answer hangs on what makes people content, and weights undo it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.simulate.nation import REGIONS, TIERS, simulate_census
from ncsi.spec import load_instrument

SECTORS = {"banks": 0.6, "telecom": 0.4}


@pytest.fixture(scope="module")
def coverage():
    """The study of the benchmarks."""
    path = Path(__file__).parents[2] / "benchmarks" / "nation_coverage.py"
    spec = importlib.util.spec_from_file_location("nation_coverage", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["nation_coverage"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parts(coverage):
    return coverage.census(SECTORS, people=12_000)


def test_the_same_arguments_draw_the_same_people(parts):
    again = simulate_census("banks", load_instrument("ccsi"), people=12_000)
    pd.testing.assert_frame_equal(again.people, parts[0].people)
    assert sum(again.cells.values()) == 12_000
    assert sum(again.brand_shares.values()) == pytest.approx(1)
    assert set(again.people["region"]) == set(REGIONS)
    assert set(again.people["background_city_tier"]) == set(TIERS)
    assert (again.people.groupby("city")[["region", "background_city_tier"]].nunique() == 1).all(axis=None)


def test_those_who_answer_are_not_like_those_who_are_asked(parts):
    one = parts[0]
    items = [item.id for item in one.instrument.construct("Satisfaction").items]
    content = one.people[items].mean(axis=1)
    assert np.corrcoef(content, one.readiness)[0, 1] > 0.15
    assert np.average(content, weights=one.readiness) > content.mean() + 0.1
    rows = one.survey(4, 25, np.random.default_rng(1))
    answered = rows["background_city_tier"].value_counts(normalize=True)
    assert answered["tier3"] > 1 / 3 + 0.1, "each tier was asked as often"


def test_base_weights_stand_for_the_people_of_each_stratum(parts):
    """Everyone ready to answer: the weights of a survey sum to the population, cell by cell."""
    from dataclasses import replace

    one = replace(parts[0], readiness=np.ones(12_000))
    rows = one.survey(5, 20, np.random.default_rng(2))
    sums = rows.groupby(["region", "background_city_tier"])["weight_base"].sum()
    assert {key: round(value) for key, value in sums.items()} == one.cells
    assert rows.groupby("background_psu")["city"].nunique().max() == 1


def test_weighted_intervals_hold_the_truth_and_unweighted_ones_do_not(coverage, parts):
    """Eight draws; `tests/benchmarks/nation_coverage.py` is the study of 500."""
    made = coverage.study(parts, SECTORS, draws=8)
    assert made["weighted"].coverage >= 7 / 8
    assert abs(made["weighted"].bias) < 0.8
    assert made["unweighted"].coverage <= 2 / 8
    assert made["unweighted"].bias > 1
