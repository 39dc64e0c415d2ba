"""Weights that are computed: what they refuse, and what they say beside the weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.composite.components import components_of, varimax
from ncsi.composite.weighting import (
    balanced_weights,
    budget_weights,
    entropy_weights,
    equal_weights,
    first_component_weights,
    pca_weights,
)
from ncsi.errors import InputError, ModelError

POINTS = pd.DataFrame(
    [[50, 30, 20], [60, 20, 20], [40, 40, 20]], columns=["a", "b", "c"], index=["E1", "E2", "E3"]
)


@pytest.fixture
def scores():
    rng = np.random.default_rng(3)
    common = rng.normal(size=40)
    noise = {"a": 0.4, "b": 0.8, "c": 1, "d": 2}
    return pd.DataFrame({code: 50 + 10 * (common + sd * rng.normal(size=40)) for code, sd in noise.items()})


def test_equal_weights():
    assert equal_weights(["a", "b"]).to_dict() == {"a": 0.5, "b": 0.5}


def test_budget_weights_by_hand():
    """Ranks 3 2 1 · 3 1.5 1.5 · 2.5 2.5 1: sums 8.5 6 3.5, S = 12.5, ties 6 + 6, W = 150/(216 − 36)."""
    ours = budget_weights(POINTS)
    assert ours.table["code"].to_list() == ["a", "b", "c"]
    np.testing.assert_allclose(ours.table["weight"], [0.5, 0.3, 0.2])
    np.testing.assert_allclose(ours.table["sd"], [0.1, 0.1, 0.0], atol=1e-15)
    np.testing.assert_allclose(ours.table[["low", "high"]], [[0.4, 0.6], [0.2, 0.4], [0.2, 0.2]])
    assert ours.kendall_w == pytest.approx(12 * 12.5 / 180)
    assert ours.p == pytest.approx(np.exp(-3 * 2 * ours.kendall_w / 2))  # χ² of 2 degrees of freedom


def test_draws_are_of_experts_or_of_panels():
    ours = budget_weights(POINTS)
    single, panel = ours.draws(4000, seed=1), ours.draws(4000, seed=1, panel=True)
    given = {tuple(row) for row in np.round(ours.shares, 12)}
    assert {tuple(row) for row in np.round(single, 12)} == given
    assert len({tuple(row) for row in np.round(panel, 12)}) > len(given)
    for drawn in (single, panel):
        np.testing.assert_allclose(drawn.sum(axis=1), 1)
        np.testing.assert_allclose(drawn.mean(axis=0), [0.5, 0.3, 0.2], atol=0.01)
    np.testing.assert_allclose(single.var(axis=0), 3 * panel.var(axis=0), rtol=0.1, atol=1e-12)
    np.testing.assert_array_equal(single, ours.draws(4000, seed=1))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("a", 51, "expert E1: the points sum to 101"),
        ("a", -50, "expert E1: indicator 'a' has -50 points"),
        ("b", np.nan, "expert E1: indicator 'b' has nan points"),
    ],
)
def test_points_that_are_none(column, value, message):
    points = POINTS.astype(float)
    points.loc["E1", column] = value
    with pytest.raises(InputError, match=message):
        budget_weights(points)


def test_one_expert_is_no_panel():
    with pytest.raises(InputError, match="1 experts and 3 indicators"):
        budget_weights(POINTS.head(1))


def test_experts_without_preferences_have_no_concordance():
    ours = budget_weights(pd.DataFrame([[50, 50], [50, 50]], columns=["a", "b"]))
    assert np.isnan(ours.kendall_w)


def test_entropy_of_zeros_and_of_indicators_that_do_not_vary():
    """0·ln 0 = 0: all of the first on one unit, no entropy; all of the third alike, entropy 1."""
    frame = pd.DataFrame({"a": [3.0, 0, 0], "b": [1.0, 1, 0], "c": [2.0, 2, 2]})
    ours = entropy_weights(frame, (0, 3)).table
    np.testing.assert_allclose(ours["entropy"], [0, np.log(2) / np.log(3), 1], atol=1e-15)
    spread = np.array([1, 1 - np.log(2) / np.log(3), 0])
    np.testing.assert_allclose(ours["weight"], spread / spread.sum(), atol=1e-15)


@pytest.mark.parametrize(
    ("frame", "scale", "message"),
    [
        (pd.DataFrame({"a": [1.0, 2, 3]}), (-1, 3), "one scale from 0 or above"),
        (pd.DataFrame({"a": [1.0, 2]}), (0, 3), "2 units"),
        (pd.DataFrame({"a": [1.0, np.nan, 2]}), (0, 3), "unit 1 has nan on indicator 'a'"),
        (pd.DataFrame({"a": [1.0, 1, 1], "b": [2.0, 2, 2]}), (0, 3), "no indicator varies"),
    ],
)
def test_entropy_refuses(frame, scale, message):
    with pytest.raises(ModelError, match=message):
        entropy_weights(frame, scale)


@pytest.mark.parametrize("weigh", [pca_weights, first_component_weights])
def test_pca_refuses_opposite_indicators_and_names_them(scores, weigh):
    with pytest.raises(ModelError, match=r"'[ac]' and '[ac]' correlate -0\.\d\d\. Check their directions"):
        weigh(scores[["a", "b", "c"]].assign(c=-scores["c"]))


def test_components_refuse_what_has_none(scores):
    with pytest.raises(ModelError, match="'a' has one value in all units"):
        components_of(scores.assign(a=5.0))
    with pytest.raises(ModelError, match="2 units have all of them"):
        components_of(scores.head(2))


def test_varimax_to_the_end_changes_a_weight_by_little(scores):
    """The stop of R's varimax is early; the criterion only grows beyond it, and communalities stay."""
    rng = np.random.default_rng(1)
    loadings = rng.normal(size=(9, 3))

    def criterion(turned):
        rows = turned / np.sqrt((turned**2).sum(axis=1, keepdims=True))
        return (rows**2).var(axis=0).sum()

    early, late = varimax(loadings), varimax(loadings, change=1e-14)
    assert criterion(late) >= criterion(early) > criterion(loadings)
    np.testing.assert_allclose((late**2).sum(axis=1), (loadings**2).sum(axis=1))


def test_balance_is_reached_where_it_can_be(scores):
    ours = balanced_weights(scores[["a", "b", "c"]])
    assert ours.reached
    assert ours.residual < 1e-8
    np.testing.assert_allclose(ours.table["share"], 1 / 3, atol=1e-4)
    index = scores[["a", "b", "c"]].to_numpy() @ ours.table["weight"].to_numpy()
    found = [np.corrcoef(index, scores[code])[0, 1] for code in "abc"]
    np.testing.assert_allclose(ours.table["correlation"], found, atol=1e-10)


def test_balance_of_unequal_targets(scores):
    target = pd.Series({"c": 1.0, "a": 1.2, "b": 1.0})
    ours = balanced_weights(scores[["a", "b", "c"]], target)
    np.testing.assert_allclose(ours.table["target"], np.array([1.2, 1, 1]) / 3.2)
    np.testing.assert_allclose(ours.table["share"], ours.table["target"], atol=1e-3)


def test_balance_refuses(scores):
    with pytest.raises(ModelError, match="complete scores"):
        balanced_weights(scores.assign(a=scores["a"].where(scores.index != 3)))
    with pytest.raises(InputError, match="does not name the siblings"):
        balanced_weights(scores[["a", "b"]], pd.Series({"a": 1.0, "x": 1.0}))
    with pytest.raises(InputError, match="not positive"):
        balanced_weights(scores[["a", "b"]], pd.Series({"a": 1.0, "b": 0.0}))
