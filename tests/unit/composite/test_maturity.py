"""Levels without a gap, elements and firms, self-assessment against audit, points, scorecards with vetoes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncsi.composite.agreement import krippendorff_alpha, percent_agreement, weighted_kappa
from ncsi.composite.maturity import (
    checked_levels,
    criterion_levels,
    level_label,
    maturity,
    maturity_index,
)
from ncsi.composite.points import award_points
from ncsi.composite.scorecards import Scorecard, ScoreClass, Veto, classified
from ncsi.composite.self_assessment import bias_of, calibrated
from ncsi.errors import InputError, ModelError


def statements(met: dict[str, list[bool]], source: str = "self", **more: object) -> pd.DataFrame:
    rows = [
        {"firm": "F1", "criterion": code, "level": level, "source": source, "met": one}
        for code, ladder in met.items()
        for level, one in enumerate(ladder, start=2)
    ]
    return pd.DataFrame(rows).assign(**more)


# -- levels of criteria


@pytest.mark.parametrize(
    ("met", "level", "gap", "above", "flag"),
    [
        ([True, True, True, True], 5, np.nan, 0, ""),
        ([True, True, False, False], 3, 4, 0, ""),
        ([True, False, True, True], 2, 3, 2, ""),
        ([False, True, True, True], 1, 2, 3, ""),
        ([False, False, False, False], 1, 2, 0, "no_evidence"),
    ],
)
def test_a_gap_stops_the_level(met, level, gap, above, flag):
    (row,) = criterion_levels(statements({"K1": met})).to_dict("records")
    assert (row["level"], row["above_gap"], row["flag"]) == (level, above, flag)
    assert row["gap"] == gap or (np.isnan(row["gap"]) and np.isnan(gap))


def test_all_statements_of_a_level_count():
    two = pd.concat([statements({"K1": [True, True]}), statements({"K1": [True, False]})], ignore_index=True)
    assert criterion_levels(two)["level"].to_list() == [2]


def test_a_criterion_may_end_before_the_highest_level():
    assert criterion_levels(statements({"K1": [True, True]}))["level"].to_list() == [3]


def test_what_is_audited_needs_evidence_and_what_is_said_does_not():
    frame = pd.concat(
        [
            statements({"K1": [True, True, True, True]}, evidence=None, evidence_id=None),
            statements({"K1": [True, True, True, True]}, source="audit", evidence="record", evidence_id="R1"),
        ],
        ignore_index=True,
    )
    frame.loc[6, "evidence_id"] = None  # level 4 of the audit
    assert criterion_levels(frame).set_index("source")["level"].to_dict() == {"audit": 3, "self": 5}
    with pytest.raises(InputError, match="audited statements come without evidence"):
        criterion_levels(frame.drop(columns="evidence"))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("level", 6, "`level` is 6"),
        ("level", 1, "`level` is 1"),
        ("source", "boss", "`source` is 'boss'. Use one of audit, self"),
        ("met", None, "`met` is"),
        ("evidence", "hearsay", "`evidence` is 'hearsay'"),
    ],
)
def test_statements_that_are_none(column, value, message):
    frame = statements({"K1": [True, True, True, True]}, evidence="record", evidence_id="R1").astype(object)
    frame.loc[2, column] = value
    with pytest.raises(InputError, match=f"row 2, firm F1, criterion K1: {message}"):
        criterion_levels(frame)


def test_ladders_with_holes():
    frame = statements({"K1": [True, True, True, True]})
    with pytest.raises(InputError, match="criterion K1: no statement of level 3"):
        criterion_levels(frame[frame["level"] != 3])
    other = frame.assign(firm="F2")
    with pytest.raises(InputError, match="firm F2, criterion K1, source self: the statements of level 4"):
        criterion_levels(pd.concat([frame, other[other["level"] != 4]], ignore_index=True))
    with pytest.raises(InputError, match="column 'met' is missing"):
        criterion_levels(frame.drop(columns="met"))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 3))
def test_meeting_one_statement_more_never_lowers_the_level(met, at):
    more = [one or place == at for place, one in enumerate(met)]
    before, after = (criterion_levels(statements({"K1": one}))["level"][0] for one in (met, more))
    assert after >= before


# -- elements and firms


CRITERIA = pd.DataFrame(
    {"criterion": ["K1", "K2", "K3"], "element": ["领导", "领导", "过程"], "weight": [3.0, 3.0, 1.0]}
)


def rated(levels: dict[str, object], firm: str = "F1", source: str = "audit") -> pd.DataFrame:
    return pd.DataFrame(
        {"firm": firm, "source": source, "criterion": list(levels), "level": list(levels.values())}
    )


def test_a_firm_by_hand():
    """领导 (2 + 5)/2 = 3.5, least 2; 过程 2; Σω·L = .75·3.5 + .25·2 = 3.125; 100·2.125/4 = 53.125."""
    ours = maturity(rated({"K1": 2, "K2": 5, "K3": 2}), CRITERIA)
    elements = ours.elements.set_index("element")
    assert elements.loc["领导", ["mean", "minimum", "criteria"]].to_list() == [3.5, 2, 2]
    (firm,) = ours.firms.to_dict("records")
    assert firm["mean_level"] == pytest.approx(3.125)
    assert firm["index_0_100"] == pytest.approx(53.125)
    assert (firm["level"], firm["weakest"], firm["criteria"]) == (3, "过程", 3)


def test_the_ends_of_the_index():
    assert maturity_index(np.array([1.0, 5.0])).tolist() == [0, 100]
    assert maturity_index(np.array([4.0]), levels=4).tolist() == [100]


def test_a_label_is_what_is_certain():
    """2.9 − 1.645·.1 = 2.74; 3.2 − 1.645·.1 = 3.04; 3.1 − .16 = 2.94."""
    labels = level_label(np.array([2.9, 3.2, 3.1, 1.0, 5.0, 3.0]), np.array([0.1, 0.1, 0.1, 0.5, 0.0, 0.0]))
    assert labels.tolist() == [2, 3, 2, 1, 5, 3]
    assert np.isnan(level_label(np.array([3.0]), np.array([np.nan]))).all()


def test_sources_stay_apart():
    both = pd.concat([rated({"K1": 2, "K2": 2, "K3": 2}), rated({"K1": 4, "K2": 4, "K3": 4}, source="self")])
    assert maturity(both, CRITERIA).firms.set_index("source")["level"].to_dict() == {"audit": 2, "self": 4}


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"K1": 6, "K2": 1, "K3": 1}, "level, row 0: the level is 6. Use whole levels from 1 to 5"),
        ({"K1": 0, "K2": 1, "K3": 1}, "the level is 0"),
        ({"K1": 2.5, "K2": 1, "K3": 1}, "the level is 2.5"),
        ({"K1": "high", "K2": 1, "K3": 1}, "the level is high"),
        ({"K1": None, "K2": 1, "K3": 1}, "firm F1, source audit: K1 has no level"),
        ({"K1": 1, "K2": 1}, "firm F1, source audit: K3 is not rated"),
        ({"K1": 1, "K2": 1, "K3": 1, "K9": 1}, "criterion K9: it is not declared"),
    ],
)
def test_ratings_that_are_none(levels, message):
    with pytest.raises(InputError, match=message):
        maturity(rated(levels), CRITERIA)


def test_ratings_twice_and_weights_that_differ():
    once = rated({"K1": 1, "K2": 1, "K3": 1})
    with pytest.raises(InputError, match="K1 is rated twice"):
        maturity(pd.concat([once, once]), CRITERIA)
    with pytest.raises(InputError, match="element 领导: its weight"):
        maturity(once, CRITERIA.assign(weight=[3.0, 2.0, 1.0]))
    with pytest.raises(InputError, match="criterion K1: it is declared twice"):
        maturity(once, pd.concat([CRITERIA, CRITERIA]))


def test_levels_not_rated_stay_missing():
    np.testing.assert_array_equal(checked_levels(pd.Series([1, None, 5], name="audit")), [1, np.nan, 5])


# -- self-assessment


def test_bias_of_one_pair_or_of_none_differing():
    with pytest.raises(ModelError, match="1 cases were audited too"):
        bias_of(np.array([3.0, 4.0]), np.array([3.0, np.nan]))
    same = bias_of(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    assert (same.mean, same.se) == (0, 0)
    assert np.isnan([same.t, same.p, same.p_wilcoxon]).all()


def test_shrinkage_by_hand():
    """Groups of biases 1 and 0, differences ±.1 about them: σ² = 4·.01/2 = .02, n = 2 each, so se² = .01.
    Q = 2·.25/.01 = 50; τ² = (50 − 1)/(200 − 100) = .49; B = .01/.5 = .02; overall .5: 1 → .99, 0 → .01."""
    own = np.array([3.1, 2.9, 2.1, 1.9, 4.0, 4.0])
    audit = np.array([2.0, 2.0, 2.0, 2.0, np.nan, np.nan])
    ours = calibrated(own, audit, ["A", "A", "B", "B", "A", "C"])
    groups = ours.groups.set_index("group")
    np.testing.assert_allclose(groups["bias_shrunken"], [0.99, 0.01, 0.5], atol=1e-12)
    np.testing.assert_allclose(groups["shrinkage"], [0.02, 0.02, 1], atol=1e-12)
    np.testing.assert_allclose(ours.cases["calibrated"], [2, 2, 2, 2, 3.01, 3.5], atol=1e-12)
    assert ours.cases["basis"].to_list() == ["audit"] * 4 + ["self"] * 2


def test_calibrated_levels_stay_levels():
    own, audit = np.array([5.0, 5, 1, 1.2]), np.array([1.0, 1.5, np.nan, np.nan])
    ours = calibrated(own, audit, ["A"] * 4)
    assert (ours.cases["calibrated"] >= 1).all()
    assert ours.between_variance == 0


def test_groups_that_differ_by_chance_alone_take_the_bias_of_all():
    rng = np.random.default_rng(1)
    own = 3 + rng.normal(size=40)
    groups = list("AB") * 20
    gap = rng.normal(size=40)
    gap -= np.where(np.array(groups) == "A", gap[::2].mean(), gap[1::2].mean())
    ours = calibrated(own, own - gap - 0.4, groups)
    np.testing.assert_allclose(ours.groups["bias_shrunken"], 0.4, atol=1e-12)


# -- agreement


def test_agreement_of_one_level_only_is_not_known():
    ones = np.ones(5)
    assert np.isnan(weighted_kappa(ones, ones))
    assert np.isnan(krippendorff_alpha(np.vstack([ones, ones])))
    assert percent_agreement(ones, ones) == 100


def test_agreement_without_a_common_case():
    first, second = np.array([1.0, np.nan]), np.array([np.nan, 2.0])
    with pytest.raises(ModelError, match="no case was rated by both"):
        weighted_kappa(first, second)
    with pytest.raises(ModelError, match="no case has two ratings"):
        krippendorff_alpha(np.vstack([first, second]))
    with pytest.raises(ModelError, match="0 or more"):
        krippendorff_alpha(np.array([[-1.0, 1], [1, 1]]), "ratio")
    assert np.isnan(percent_agreement(first, second))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=20))
def test_agreement_does_not_turn_on_the_order(pairs):
    first, second = np.array(pairs, dtype=float).T
    both = np.vstack([first, second])
    for metric in ("nominal", "ordinal", "interval", "ratio"):
        a, b = krippendorff_alpha(both, metric), krippendorff_alpha(both[::-1, ::-1], metric)
        assert a == pytest.approx(b, nan_ok=True)
    for kind in ("unweighted", "linear", "quadratic"):
        a, b = weighted_kappa(first, second, kind), weighted_kappa(second, first, kind)
        assert a == pytest.approx(b, nan_ok=True)
        assert np.isnan(a) or a <= 1


# -- points


ITEMS = pd.DataFrame({"item": ["领导", "结果"], "points": [600, 400]})


def test_points_by_hand():
    scored = pd.DataFrame({"firm": "F1", "item": ["领导", "结果"], "percent": [55, 30]})
    ours = award_points(scored, ITEMS)
    assert ours.items["points"].to_list() == pytest.approx([330, 120])
    assert ours.items["band"].to_list() == [4, 3]
    assert ours.firms["points"].to_list() == pytest.approx([450])


def test_every_step_lies_in_one_band():
    steps = list(range(0, 101, 5))
    scored = pd.DataFrame({"firm": [f"F{one}" for one in steps], "item": "领导", "percent": steps})
    bands = award_points(scored, pd.DataFrame({"item": ["领导"], "points": [1000]})).items["band"].to_list()
    assert bands == [1] * 2 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [6] * 3


@pytest.mark.parametrize(
    ("scored", "items", "message"),
    [
        ([("领导", 52), ("结果", 30)], ITEMS, "item 领导, per cent 52: the per cent is none of"),
        ([("领导", 105), ("结果", 30)], ITEMS, "item 领导, per cent 105"),
        ([("领导", 50)], ITEMS, "firm F1: item 结果 is not scored"),
        ([("领导", 50), ("领导", 50)], ITEMS, "the item is scored twice"),
        ([("领导", 50), ("战略", 50)], ITEMS, "item 战略, per cent 50: the item is not declared"),
        ([("领导", 50), ("结果", 30)], ITEMS.assign(points=[600, 300]), "they sum to 900"),
    ],
)
def test_points_that_are_none(scored, items, message):
    frame = pd.DataFrame(scored, columns=["item", "percent"]).assign(firm="F1")
    with pytest.raises(InputError, match=message):
        award_points(frame, items)


# -- scorecards


CARD = Scorecard(
    (ScoreClass("A", 80), ScoreClass("B", 60), ScoreClass("C", -np.inf)),
    (Veto("severe", "violations", ">=", 1, "C"), Veto("recall", "recalls", ">", 0, "B")),
)


def test_a_veto_lowers_and_never_raises():
    scores = pd.Series({"甲": 95.0, "乙": 80.0, "丙": 79.9, "丁": 10.0, "戊": 90.0})
    facts = pd.DataFrame(
        {"violations": [0, 0, 0, 0, 2], "recalls": [0, 1, 1, 1, 1]}, index=["甲", "乙", "丙", "丁", "戊"]
    )
    ours = classified(scores, facts, CARD).set_index("unit")
    assert ours["class_by_score"].to_list() == ["A", "A", "B", "C", "A"]
    assert ours["class_awarded"].to_list() == ["A", "B", "B", "C", "C"]
    assert ours["vetoes"].to_list() == [(), ("recall",), ("recall",), ("recall",), ("severe", "recall")]


def test_what_is_not_known_is_no_clean_record():
    facts = pd.DataFrame({"violations": [np.nan, 0], "recalls": [1, 0]}, index=["甲", "乙"])
    ours = classified(pd.Series({"甲": 95.0, "乙": np.nan}), facts, CARD)
    assert ours["class_awarded"].isna().all()
    assert ours["undecided"].to_list() == [("violations",), ()]
    assert ours["vetoes"].to_list() == [("recall",), ()]


def test_cards_and_facts_that_are_none():
    classes = CARD.classes
    with pytest.raises(InputError, match="its classes are A"):
        Scorecard(classes[:1])
    with pytest.raises(InputError, match="do not fall"):
        Scorecard(classes[::-1])
    with pytest.raises(InputError, match="do not fall"):
        Scorecard(classes[:2])
    with pytest.raises(InputError, match="veto v: 'x >= 1, at best Z' is no rule"):
        Scorecard(classes, (Veto("v", "x", ">=", 1, "Z"),))
    with pytest.raises(InputError, match="the code is used twice"):
        Scorecard(classes, CARD.vetoes[:1] * 2)
    scores = pd.Series({"甲": 95.0})
    with pytest.raises(InputError, match="column 'recalls' is missing"):
        classified(scores, pd.DataFrame({"violations": [0]}, index=["甲"]), CARD)
    with pytest.raises(InputError, match="unit '甲' has no row"):
        classified(scores, pd.DataFrame({"violations": [0], "recalls": [0]}, index=["乙"]), CARD)
    with pytest.raises(InputError, match="two rows"):
        classified(scores, pd.DataFrame({"violations": [0, 0], "recalls": [0, 0]}, index=["甲", "甲"]), CARD)
