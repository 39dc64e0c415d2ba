"""Shares of answers, net promoter score and Wilson's interval."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model.inference.shares import percent_of, wilson
from ncsi.model.resampling.totals import Block, Totals
from ncsi.spec import Item, Measure


def item(low: int, high: int) -> Item:
    words = {"zh": "题", "en": "q"}
    return Item.model_validate(
        {"id": "Q", "label": words, "question": words, "scale": {"min": low, "max": high}}
    )


@pytest.mark.parametrize(
    ("measure", "scale", "answers", "points"),
    [
        ({"measure": "nps"}, (0, 10), [0, 6, 7, 8, 9, 10, np.nan], [-100, -100, 0, 0, 100, 100, np.nan]),
        ({"measure": "top_two_box"}, (1, 10), [1, 8, 9, 10], [0, 0, 100, 100]),
        ({"measure": "top_two_box"}, (1, 5), [3, 4, 5], [0, 100, 100]),
        ({"measure": "complaint_rate"}, (0, 1), [0, 1, np.nan], [0, 100, np.nan]),
        ({"measure": "complaints_handled", "answers": (7, 8, 9, 10)}, (1, 10), [6, 7, 10], [0, 100, 100]),
    ],
)
def test_what_each_answer_adds(measure, scale, answers, points):
    declared = Measure.model_validate({"item": "Q", **measure})
    np.testing.assert_array_equal(percent_of(answers, declared, item(*scale)), points)


def test_nps_and_its_error_are_the_textbooks(survey, inst):
    """100(p − d), SE = 100 √((p + d − (p − d)²)/n)."""
    fit = ncsi.fit_pls(survey, inst)
    answers = survey[inst.item_ids[0]].to_numpy()[fit.sample.rows]
    points = percent_of(answers, Measure(measure="nps", item="Q"), item(0, 10))
    totals = Totals.of(fit, [Block(slice(None), points[:, None])])
    boot = ncsi.bootstrap(fit, replicates=2000, totals=totals)
    score = totals.mean([0])
    p, d, n = (answers >= 9).mean(), (answers <= 6).mean(), len(answers)
    assert score.estimate[0] == pytest.approx(100 * (p - d))
    assert boot.intervals.se(score.estimate, score.pick)[0] == pytest.approx(
        100 * ((p + d - (p - d) ** 2) / n) ** 0.5, rel=0.05
    )


def test_wilsons_interval_is_the_textbooks():
    """Agresti & Coull (1998): 0 of 10 gives 0 to .2775; 5 of 10 gives .2366 to .7634."""
    low, high = wilson(
        np.array([0.0, 50.0]), np.array([0.0, 100 * (0.25 / 10) ** 0.5]), np.full(2, 10.0), 0.95
    )
    np.testing.assert_allclose(low, [0, 23.66], atol=0.01)
    np.testing.assert_allclose(high, [27.75, 76.34], atol=0.01)


def test_equal_answers_whose_sums_round_have_an_interval_too():
    """Of weights that do not add up exactly, p is 1 and its standard error 1e-14."""
    p = np.array([100.0, 100 - 1e-13, 1e-13])
    low, high = wilson(p, np.full(3, 1e-12), np.full(3, 10.0), 0.95)
    np.testing.assert_allclose(low, [72.25, 72.25, 0], atol=0.01)
    np.testing.assert_allclose(high, [100, 100, 27.75], atol=0.01)
