"""Grades: the bound decides, the gate that binds is named, a held grade is not lost to chance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ncsi.composite.measures import (
    Estimate,
    Gate,
    Grade,
    Share,
    false_entries,
    fewest_without_defect,
    graded,
    graded_list,
    listed,
    p_of,
    require_rules,
)
from ncsi.errors import CompositeError


def grade(name: str, index: float, defects: float) -> Grade:
    return Grade(name, (Gate("index", "at_least", index), Gate("defects", "at_most", defects)))


RULES = [grade("excellent", 92, 0.01), grade("good", 85, 0.02), grade("pass", 75, 0.05)]
CLEAN = Share(0, 1000)


@pytest.mark.parametrize(
    ("index", "se", "point", "awarded", "standing", "borderline"),
    [
        (94.8, 1.0, "excellent", "excellent", "graded", False),
        (93.4, 1.3, "excellent", "good", "graded", True),
        (86.0, 2.4, "good", "pass", "graded", True),
        (76.1, 1.9, "pass", "", "undetermined", True),
        (73.9, 1.2, "", "", "undetermined", True),
        (70.0, 1.2, "", "", "below", False),
    ],
)
def test_the_lower_bound_decides(index, se, point, awarded, standing, borderline):
    found = graded(RULES, {"index": Estimate(index, se), "defects": CLEAN})
    assert (found.point, found.awarded, found.standing, found.borderline) == (
        point,
        awarded,
        standing,
        borderline,
    )


def test_the_gate_that_binds_is_named_with_its_bound():
    found = graded(RULES, {"index": Estimate(92.9, 0.1), "defects": Share(20, 600)})
    assert found.awarded == "pass"
    (one,) = found.binding
    assert (one.grade, one.gate.quantity, one.gate.cut) == ("good", "defects", 0.02)
    assert one.bound == pytest.approx(Share(20, 600).bounds(0.05)[1])


def test_the_best_grade_has_no_binding_gate():
    assert graded(RULES, {"index": Estimate(99, 0.1), "defects": CLEAN}).binding == ()


def test_t_asks_for_more_than_the_normal_where_degrees_of_freedom_are_few():
    assert Estimate(90, 1, df=4).bounds(0.05)[0] < Estimate(90, 1).bounds(0.05)[0]


def test_sixty_tested_without_a_defect_do_not_prove_two_per_cent():
    assert Share(0, 60).bounds(0.05)[1] == pytest.approx(0.0487, abs=5e-5)
    assert fewest_without_defect(0.02) == 149
    assert Share(0, 149).bounds(0.05)[1] <= 0.02 < Share(0, 148).bounds(0.05)[1]


def test_a_held_grade_is_lost_only_when_the_favourable_bound_fails():
    unsure = {"index": Estimate(84.0, 1.0), "defects": CLEAN}
    assert graded(RULES, unsure).awarded == "pass"
    kept = graded(RULES, unsure, last="good")
    assert (kept.awarded, kept.held) == ("good", True)
    lost = graded(RULES, {"index": Estimate(80.0, 1.0), "defects": CLEAN}, last="good")
    assert (lost.awarded, lost.held) == ("pass", False)


def test_a_grade_of_last_time_lifts_nobody():
    found = graded(RULES, {"index": Estimate(95, 0.5), "defects": CLEAN}, last="pass")
    assert (found.awarded, found.held) == ("excellent", False)


def test_a_list_bounds_its_false_entries():
    assert false_entries(12, 0.05) == pytest.approx(0.6)
    p = np.array([0.001, 0.04, np.nan, 0.02, 0.6])
    assert listed(p).tolist() == [True, False, False, True, False]
    assert not listed(np.array([np.nan, np.nan])).any()


def test_the_p_of_a_grade_is_that_of_its_weakest_gate():
    rule = RULES[1]
    evidence = {"index": Estimate(90, 1), "defects": Share(9, 600)}
    defects = p_of(Grade("x", rule.gates[1:]), evidence)
    assert p_of(rule, evidence) == defects > p_of(Grade("x", rule.gates[:1]), evidence)
    passed = graded([rule], evidence).awarded == "good"
    assert passed == (p_of(rule, evidence) <= 0.05)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "no grade"),
        ([Grade("a", ())], "without a gate"),
        ([grade("a", 90, 0.1), grade("a", 80, 0.2)], "stands twice"),
        ([Grade("a", (Gate("x", "at_least", 90), Gate("x", "at_most", 80)))], "nothing passes"),
        ([Grade("a", (Gate("x", "at_least", 90, alpha=0.7),))], "0 to 0.5"),
        ([grade("a", 80, 0.01), grade("b", 85, 0.02)], "asks for less"),
        ([Grade("a", (Gate("x", "at_least", 90),)), grade("b", 80, 0.1)], "asks for less"),
    ],
)
def test_rules_that_cannot_work_are_refused(rules, words):
    with pytest.raises(CompositeError, match=words):
        require_rules(rules)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"index": Estimate(90, 1)}, "defects: has no evidence"),
        ({"index": Estimate(float("nan"), 1), "defects": CLEAN}, "index: cannot be"),
        ({"index": Estimate(90, -1), "defects": CLEAN}, "index: cannot be"),
        ({"index": Estimate(90, 1), "defects": Share(7, 5)}, "defects: cannot be"),
    ],
)
def test_evidence_that_cannot_be_is_refused(evidence, words):
    with pytest.raises(CompositeError, match=words):
        graded(RULES, evidence)


def test_a_fact_passes_its_gate_without_doubt_or_not_at_all():
    accidents = Grade("x", (Gate("accidents", "at_most", 0),))
    assert p_of(accidents, {"accidents": Estimate(0, 0)}) == 0
    assert p_of(accidents, {"accidents": Estimate(1, 0)}) == 1


def test_a_list_by_its_own_procedure_bars_grades_that_bounds_alone_would_give():
    units = [{"index": Estimate(86.7, 1.0), "defects": CLEAN}] + [
        {"index": Estimate(70, 1.0), "defects": CLEAN}
    ] * 9
    alone = graded_list(RULES, units, [""] * 10)[0]
    assert (alone.awarded, alone.by_list, alone.earned) == ("good", False, "good")
    barred = graded_list(RULES, units, [""] * 10, "bh")[0]
    assert (barred.awarded, barred.by_list, barred.earned) == ("pass", True, "pass")
    assert barred.binding == ()  # no bound fails: the rule for the list keeps it from "good"


def test_a_grade_held_is_kept_whatever_the_procedure_of_the_list_says():
    units = [{"index": Estimate(86.7, 1.0), "defects": CLEAN}] + [
        {"index": Estimate(70, 1.0), "defects": CLEAN}
    ] * 9
    kept = graded_list(RULES, units, ["good"] + [""] * 9, "bh")[0]
    assert (kept.awarded, kept.held, kept.by_list, kept.earned) == ("good", True, False, "pass")


def test_lists_of_lesser_grades_hold_those_of_better_ones():
    rng = np.random.default_rng(7)
    units = [
        {"index": Estimate(float(mean), 1.2), "defects": Share(int(bad), 4000)}
        for mean, bad in zip(rng.normal(93, 6, 40), rng.integers(0, 30, 40), strict=True)
    ]
    lists = [listed(np.array([p_of(one, unit) for unit in units])) for one in RULES]
    assert lists[0].sum() > 0
    for better, lesser in pairwise(lists):
        assert not (better & ~lesser).any()
        assert lesser.sum() > better.sum()
