"""Ceilings by hand, an empty corner, weights, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import necessity
from ncsi.model.inference.ceilings import ceilings, ordered, required
from ncsi.model.inference.weighted_ranks import spearman


def of(points):
    x, y = np.array(points, dtype=float).T
    values, starts, order = ordered(x)
    return ceilings(values, starts, y[order][:, None]), (x.min(), x.max(), y.min(), y.max())


def test_two_steps_by_hand():
    """From (0, 2) over (2, 4) to (4, 4) with the floor at 0: the step leaves 2 x 2 of 4 x 4 empty, the line half."""
    one, scope = of([(0, 2), (2, 4), (4, 0), (4, 4), (1, 1)])
    assert one.effect(scope)[:, 0] == pytest.approx([4 / 16, 2 / 16])
    assert (one.intercept[0], one.slope[0]) == pytest.approx((2, 1))
    assert required(one, np.array([1.0, 3.0, 4.0])) == pytest.approx(
        np.array([[-np.inf, 2, 2], [-np.inf, 1, 2]])
    )


def test_of_equal_x_the_highest_counts_whatever_the_order():
    a, scope = of([(0, 1), (0, 3), (1, 2), (2, 4)])
    b, _ = of([(0, 3), (0, 1), (1, 2), (2, 4)])
    assert a.effect(scope) == pytest.approx(b.effect(scope))
    assert a.effect(scope)[0, 0] == pytest.approx(2 / 6)


def test_no_corner_is_no_condition():
    """The least x reaches the top: nothing is empty, where the peer program stops with an error."""
    one, scope = of([(0, 4), (1, 1), (2, 3), (3, 0)])
    assert one.effect(scope)[:, 0].tolist() == [0.0, 0.0]
    assert np.isneginf(required(one, np.array([0.0, 4.0]))).all()


def test_a_line_that_does_not_reach_the_top_is_out_of_reach():
    one, _ = of([(0, 0), (1, 0.1), (2, 0.2), (3, 5)])
    steps, line = required(one, np.array([5.0]))
    assert steps == [3.0]
    assert np.isnan(line).all()


def test_an_empty_corner_in_a_survey(survey, inst):
    low = dict.fromkeys(("IMA1", "IMA2", "IMA3", "IMA4"), 1)
    high = dict.fromkeys(("SAT1", "SAT2", "SAT3"), 10)
    found = necessity(
        ncsi.fit_pls(survey.assign().pipe(_with_row, {**low, **high}), inst), permutations=50
    ).effects.set_index("construct")
    assert found["d_ce"]["Image"] == found["d_cr"]["Image"] == 0
    assert found["p_ce"]["Image"] == found["p_ce_matched"]["Image"] == 1
    assert not found["necessary"]["Image"]


def _with_row(df, values):
    changed = df.copy()
    for name, value in values.items():
        changed.loc[changed.index[0], name] = value
    return changed


def test_spearman_with_integer_weights_is_that_of_repeated_rows():
    rng = np.random.default_rng(1)
    x = rng.integers(1, 6, 60).astype(float)
    y = x + rng.integers(0, 4, 60)
    w = rng.integers(1, 4, 60)
    repeated = spearman(np.repeat(x, w), np.repeat(y, w), np.ones(w.sum()))
    assert spearman(x, y, w.astype(float)) == pytest.approx(repeated, abs=0.01)


def test_weights_move_the_matched_null_and_not_d(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    even = replace(fit, sample=replace(fit.sample, weights=np.ones(fit.n)))
    weighted, plain = (necessity(one, permutations=50).effects for one in (fit, even))
    same = ["d_ce", "d_cr", "d_ce_0_100", "d_cr_0_100", "p_ce", "p_cr", "d_ce_lowest", "d_ce_highest"]
    assert weighted[same].equals(plain[same])
    for name in ("spearman", "d_ce_matched", "d_cr_matched"):
        assert (weighted[name] != plain[name]).all()


def test_respondents_without_a_score_stay_out(survey, inst):
    gappy = survey.astype(dict.fromkeys(inst.item_ids, float))
    gappy.loc[:3, ["VAL1", "VAL2"]] = np.nan
    fit = ncsi.fit_pls(gappy, inst)
    assert necessity(fit, permutations=50).effects["n"].tolist() == [fit.n - 4] * 4
    assert necessity(fit, constructs=["Image"], permutations=50).effects["n"].tolist() == [fit.n]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"target": "Joy"}, "no construct 'Joy'"),
        ({"target": "Image"}, "Image has no condition to examine"),
        ({"constructs": ["Satisfaction"]}, "but itself"),
        ({"permutations": 5}, "no p below"),
    ],
)
def test_what_is_refused(survey, inst, asked, message):
    with pytest.raises(ModelError, match=message):
        necessity(ncsi.fit_pls(survey, inst), **asked)
