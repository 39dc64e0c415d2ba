"""Flags along a tree, reliability of small groups, importance where nothing is left to explain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.composite.diagnostics import coherence, correlations, cronbach_alpha
from ncsi.composite.importance import importance, penalised_spline, spline_share
from ncsi.errors import ModelError


@pytest.fixture
def scores():
    rng = np.random.default_rng(5)
    a = rng.normal(size=200)
    frame = pd.DataFrame({"a": a, "a2": a + 0.01 * rng.normal(size=200), "b": rng.normal(size=200)})
    frame["c"] = -a + rng.normal(size=200)
    frame["P"] = (frame["a"] + frame["a2"] + 0.1 * frame["b"] + 0.1 * frame["c"]) / 2.2
    return frame.assign(I=frame["P"])


PARENTS = {"a": "P", "a2": "P", "b": "P", "c": "P", "P": "I"}


def test_flags(scores):
    ours = coherence(scores, PARENTS)
    flags = ours.lineage.set_index(["code", "ancestor"])["flag"]
    assert flags.to_dict() == {
        ("a", "P"): "", ("a", "I"): "", ("a2", "P"): "", ("a2", "I"): "", ("b", "P"): flags["b", "P"],
        ("b", "I"): flags["b", "P"], ("c", "P"): "wrong_direction", ("c", "I"): "wrong_direction", ("P", "I"): "",
    }  # fmt: skip
    assert abs(ours.lineage.set_index(["code", "ancestor"])["pearson"]["b", "P"]) < 0.3
    assert flags["b", "P"] in ("silent", "wrong_direction")
    pairs = ours.pairs.set_index(["code", "other"])["flag"]
    assert pairs["a", "a2"] == "redundant"
    assert pairs["a", "c"] == "trade_off"


def test_single_children_have_no_reliability_and_no_components(scores):
    ours = coherence(scores, PARENTS)
    alone = ours.reliability.set_index("group").loc["I"]
    assert np.isnan(alone["alpha"])
    assert ours.components["group"].to_list() == ["P"]
    found = ours.components.iloc[0]
    assert not found["same_sign"]
    assert found["share_1"] == pytest.approx(found["eigenvalue_1"] / 4)


def test_a_silent_node(scores):
    frame = scores.assign(b=np.tile([1.0, -1.0], 100), P=np.repeat(np.arange(100.0), 2))
    flag = coherence(frame, {"b": "P"}).lineage["flag"]
    assert flag.to_list() == ["silent"]


def test_correlations_use_what_both_have_and_tie_what_is_equal():
    x = np.array([1.0, 2, 3, np.nan, 0.1 + 0.2])
    y = np.array([2.0, 4, np.nan, 1, 0.3])
    ours = correlations(x, y)
    assert ours["n"] == 3
    assert ours["spearman"] == 1
    tied = correlations(np.array([0.3, 0.1 + 0.2, 1, 2]), np.array([1.0, 2, 3, 4]))
    assert tied["kendall"] == pytest.approx(5 / np.sqrt(5 * 6))
    assert np.isnan(correlations(np.array([1.0, 1, 1]), y[:3])["pearson"])


def test_alpha_of_parallel_items_and_of_what_has_none():
    rng = np.random.default_rng(2)
    common = rng.normal(size=(5000, 1))
    raw, standardised = cronbach_alpha(common + rng.normal(size=(5000, 4)))
    assert raw == pytest.approx(4 * 0.5 / (1 + 3 * 0.5), abs=0.02)
    assert standardised == pytest.approx(raw, abs=0.005)
    assert np.isnan(cronbach_alpha(common)).all()
    assert np.isnan(cronbach_alpha(np.column_stack([common, np.ones(5000)]))[1])


def test_a_node_without_scores(scores):
    with pytest.raises(ModelError, match="node 'Q' has no scores"):
        coherence(scores, {"a": "Q"})


def test_a_curve_is_seen_by_the_spline_and_not_by_the_line():
    rng = np.random.default_rng(8)
    x = rng.uniform(-1, 1, 300)
    y = np.sin(3 * x) ** 2 + 0.05 * rng.normal(size=300)
    frame = pd.DataFrame({"x": x, "noise": rng.normal(size=300)})
    weights = pd.Series({"x": 0.5, "noise": 0.5})
    ours = importance(frame, pd.Series(y), weights).table.set_index("code")
    assert ours["s_linear"]["x"] < 0.05
    assert ours["s_spline"]["x"] > 0.95
    assert ours["s_spline"]["noise"] < 0.05
    assert ours["share"].sum() == pytest.approx(1)
    assert (ours["s_correlated"] == ours["s_spline"] - ours["s_uncorrelated"]).all()


def test_independent_indicators_have_no_correlated_part():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(4000, 3)), columns=list("abc"))
    weights = pd.Series({"a": 0.5, "b": 0.3, "c": 0.2})
    ours = importance(frame, frame @ weights, weights).table
    known = weights.to_numpy() ** 2 / (weights**2).sum()
    np.testing.assert_allclose(ours["s_spline"], known, atol=0.04)
    np.testing.assert_allclose(ours["s_correlated"], 0, atol=0.04)


def test_an_indicator_that_others_make_up_leaves_nothing(recwarn):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(50, 2)), columns=list("ab"))
    frame["c"] = frame["a"] + frame["b"]
    ours = importance(frame, frame.sum(axis=1), pd.Series({"a": 0.4, "b": 0.4, "c": 0.2})).table
    assert ours["s_uncorrelated"].isna().all()
    assert ours["s_spline"].notna().all()
    assert not recwarn


def test_a_line_stays_a_line_and_a_constant_explains_nothing():
    x = np.linspace(0, 1, 30)
    np.testing.assert_allclose(penalised_spline(x, 2 + 3 * x), 2 + 3 * x, atol=1e-8)
    assert np.isnan(spline_share(np.ones(30), x))
    assert spline_share((x > 0.5).astype(float), (x > 0.5) * 2.0) == pytest.approx(1)


def test_importance_refuses():
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, np.nan]})
    with pytest.raises(ModelError, match="4 units have all indicators"):
        importance(frame, pd.Series([1.0, 2, 3, 4, 5]), pd.Series({"a": 1.0}))
    with pytest.raises(ModelError, match="same for all units"):
        importance(frame.fillna(0), pd.Series([1.0] * 5), pd.Series({"a": 1.0}))
