"""How those who left a panel had answered, and when that would tell of the few who were released."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ncsi.results.panel_attrition import PanelKeeping, leavers_table, panel_tables
from ncsi.tables import OUT_PANEL_LEAVERS
from ncsi.weighting.attrition import Members


def members(stayed, left, released=0):
    names = [f"p{k}" for k in range(stayed + left)]
    score = np.repeat([80.0, 60.0], [stayed, left]) + np.tile([-1.0, 1.0], stayed + left)[: stayed + left]
    rows = pd.DataFrame({"respondent": names, "weight": 1.0, "score": score})
    return Members(rows, frozenset(names[:stayed]), released)


@pytest.mark.parametrize(
    ("stayed", "left", "released", "told"),
    [(40, 30, 0, 1), (40, 29, 0, 0), (29, 40, 0, 0), (40, 40, 1, 0), (40, 40, 29, 0), (40, 40, 30, 1)],
)
def test_it_is_told_only_where_each_part_of_the_wave_before_is_nobody_or_thirty(stayed, left, released, told):
    assert len(leavers_table(members(stayed, left, released), "2026", 0.95)) == told


def test_the_difference_is_that_of_two_independent_means():
    (row,) = leavers_table(members(40, 30), "2026", 0.95).to_dict("records")
    # both parts alternate ±1 about their mean: s² = n/(n - 1)
    assert row["difference"] == pytest.approx(-20)
    assert row["se"] == pytest.approx(np.sqrt(1 / 39 + 1 / 29))
    assert row["low"] < -20 < row["high"]


def changed(given, **columns):
    return replace(given, rows=given.rows.assign(**columns))


def test_nobody_is_told_by_weight_who_would_not_be_by_number():
    given = members(100, 100)
    even = np.ones(200)
    assert len(leavers_table(changed(given, weight=even), "2026", 0.95)) == 1
    for heavy, of in ((12, 1), (60, 20)):  # one has over a tenth of those who stayed; 20 of them nearly all
        weight = even.copy()
        weight[:of] = heavy
        assert len(leavers_table(changed(given, weight=weight), "2026", 0.95)) == 0


def test_the_one_opinion_of_all_who_left_is_not_told():
    assert len(leavers_table(changed(members(40, 40), score=[50.0] * 80), "2026", 0.95)) == 0
    given = members(40, 40)
    assert (
        len(leavers_table(changed(given, score=given.rows["score"].where(given.stayed, 60)), "2026", 0.95))
        == 0
    )


def test_figures_of_the_wave_before_that_are_of_other_answers_are_not_to_be_subtracted_from():
    assert len(leavers_table(replace(members(40, 40), as_counted=False), "2026", 0.95)) == 0


def test_a_revision_does_not_tell_who_came_back_late():
    wave = SimpleNamespace(previous="2026", level=0.95, rotation=None)
    names = frozenset(members(40, 40).rows["respondent"])

    def told_by(given, told):
        seen = {"2026": names, "2027": given.returned}
        return panel_tables(PanelKeeping(seen, given, told), wave)[OUT_PANEL_LEAVERS.name]

    first = told_by(members(40, 40), None)
    late = replace(members(40, 40), returned=members(41, 39).returned)
    assert len(first) == 1
    assert len(told_by(members(40, 40), first)) == 1
    assert len(told_by(late, first)) == 0
    assert len(told_by(late, first.iloc[:0])) == 0
