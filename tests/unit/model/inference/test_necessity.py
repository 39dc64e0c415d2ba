"""Ceilings by hand, an empty corner, weights, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import necessity, necessity_sensitivity
from ncsi.model.inference.ceilings import ceilings, ordered, required
from ncsi.model.inference.changes import holm
from ncsi.model.inference.necessity import LEVELS, _bottleneck, _matched, _Scatter, _without_a_peer
from ncsi.model.inference.necessity_sensitivity import _corners, _one
from ncsi.model.inference.weighted_ranks import (
    margin,
    middle_ranks,
    normal_correlation,
    one_where_tied,
    spearman,
)


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


@pytest.mark.parametrize("seed", range(4))
def test_the_unit_of_weights_moves_nothing_where_many_reach_the_top(survey, inst, seed):
    """All tens make 100 whether three items were answered or two of them; which of them rounding sets higher, the unit
    of the weights decides. A second peer of that height tilts the line through the peers."""
    rng = np.random.default_rng(seed)
    items = list(inst.item_ids)
    answers = (survey[items] + 2).clip(upper=10)
    some = survey.assign(**answers.mask(rng.random(answers.shape) < 0.04), w=rng.integers(1, 4, len(survey)))
    one, other = (ncsi.fit_pls(some.assign(w=some["w"] * unit), inst, weights="w") for unit in (1.0, 37.5))
    a, b = (necessity(fit, permutations=20) for fit in (one, other))
    for table in ("effects", "bottleneck", "peers", "lines"):
        pd.testing.assert_frame_equal(getattr(a, table), getattr(b, table), rtol=0, atol=1e-9)
    corners = [necessity_sensitivity(fit).effects for fit in (one, other)]
    pd.testing.assert_frame_equal(*corners, rtol=0, atol=1e-9)


def test_values_that_rounding_sets_apart_are_one():
    apart = np.array([100.0, np.nan, 100.0 - 3e-14, 7.0, 100.0 + 3e-14, 99.999])
    assert np.array_equal(one_where_tied(apart), [100, np.nan, 100, 7, 100, 99.999], equal_nan=True)


def test_a_quantile_that_whole_weights_reach_is_reached_in_any_unit():
    """Of weights 1, 4, 2 and 1 the first has 1/8 and the first three 7/8, which are the first and the last quantile."""
    values, whole = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 4.0, 2.0, 1.0])
    for unit in (1, 0.1, 1 / 3, 0.7, 3.3):
        assert margin(values, whole * unit).tolist() == [1, 2, 2, 3], unit


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


def test_the_bottleneck_in_per_cent_of_both_ranges():
    """From (0, 20) over (2, 60) to (4, 100): of the range of y, 20 to 100, a half wants x of 2, half its range."""
    points = [(0, 20), (2, 60), (4, 100), (4, 20), (3, 30)]
    own, scope = of(points)
    needed = required(own, scope[2] + LEVELS / 100 * (scope[3] - scope[2]))
    found = _bottleneck("A", needed, scope).set_index("level")
    assert found.index.tolist() == list(range(0, 101, 10))
    assert found["target"].tolist() == pytest.approx([20 + 0.8 * k for k in range(0, 101, 10)])
    assert found["ce_state"].tolist() == ["not_needed"] + ["needed"] * 10
    assert found["ce"].tolist() == pytest.approx([np.nan, *[50.0] * 5, *[100.0] * 5], nan_ok=True)
    assert found["cr"].tolist() == pytest.approx([np.nan, *range(10, 101, 10)], nan_ok=True)
    assert found["cr_state"].tolist() == ["not_needed"] + ["needed"] * 10
    assert set(found["construct"]) == {"A"}
    short, scope = of([(0, 0), (1, 0.1), (2, 0.2), (3, 5)])
    last = _bottleneck("B", required(short, np.array([*[0.0] * 10, 5.0])), scope).iloc[-1]
    assert (last["ce"], last["ce_state"], last["cr_state"]) == (100, "needed", "out_of_reach")
    assert np.isnan(last["cr"])


def test_effects_without_one_peer_by_hand():
    """Three peers: without the first the scope begins later, without the last it ends lower."""
    x, y = np.array([0.0, 2, 4, 4, 3, 0]), np.array([20.0, 60, 100, 20, 30, 10])
    own, scope = of(list(zip(x, y, strict=True)))
    peers = own.peers[:, 0]
    found = []
    for a, b in ((0, 20), (2, 60), (4, 100)):
        kept = ~((x == a) & (y == b))
        found.append(of(list(zip(x[kept], y[kept], strict=True))))
    each = [one.effect(within)[0, 0] for one, within in found]
    assert _without_a_peer(x, y, own.x[peers], own.height[peers, 0]) == pytest.approx((min(each), max(each)))
    assert min(each) < own.effect(scope)[0, 0] < max(each)


def test_of_two_that_are_alike_one_is_left_out():
    """A peer whom another equals rests on two: without one of them nothing changes."""
    x, y = np.array([0.0, 1, 1, 2]), np.array([0.0, 3, 3, 4])
    own, scope = of(list(zip(x, y, strict=True)))
    low, high = _without_a_peer(x, y, np.array([1.0]), np.array([3.0]))
    assert low == high == own.effect(scope)[0, 0]


def test_effects_of_batches_are_those_of_single_scatters():
    rng = np.random.default_rng(2)
    x = np.repeat([0.0, 1, 3, 4], 5)
    Y = rng.integers(0, 9, (20, 6)).astype(float)
    values, starts, order = ordered(x)
    scope = (0.0, 5.0, -1.0, 10.0)
    found = ceilings(values, starts, Y[order]).effect(scope)
    for b in range(6):
        tops = [Y[x <= v, b].max() for v in values]
        steps = sum(w * (10 - t) for w, t in zip([1, 2, 1, 1], tops, strict=True))
        assert found[0, b] == pytest.approx(steps / 55)
        peers = [k for k in range(4) if k == 0 or tops[k] > tops[k - 1]]
        line = 0.0
        if len(peers) > 1:
            slope, intercept = np.polyfit(values[peers], np.array(tops)[peers], 1)
            grid = np.linspace(0, 5, 200_001)
            line = np.trapezoid(10 - np.clip(intercept + slope * grid, -1, 10), grid)
        assert found[1, b] == pytest.approx(line / 55, abs=1e-5)


def test_nulls_and_p_of_a_survey(survey, inst):
    """p counts the scatters that are at least as empty; without weights the matched ones have the survey's margins."""
    fit = ncsi.fit_pls(survey.head(200), inst)
    found = necessity(fit, constructs=["Image", "Value", "Image"], permutations=40, alpha=0.5)
    effects = found.effects.set_index("construct")
    assert effects.index.tolist() == ["Image", "Value"], "named twice is asked once"
    for name in ("p_ce", "p_cr", "p_ce_matched", "p_cr_matched"):
        assert ((effects[name] * 41).round(9) % 1 == 0).all()
        assert effects[f"{name}_holm"].to_numpy() == pytest.approx(holm(effects[name]))
    assert (effects["p_ce"] < effects["p_ce_matched"]).all(), "what correlates is emptier than what does not"
    both = (effects["p_ce_holm"] < 0.5) & (effects["p_ce_matched_holm"] < 0.5)
    assert effects["necessary"].tolist() == both.tolist()
    assert (found.target, found.alpha, found.permutations, found.seed) == (inst.target, 0.5, 40, 1)
    for table in (found.bottleneck, found.peers, found.lines):
        assert table.index.tolist() == list(range(len(table)))
    S = fit.scores()
    for name, row in effects.iterrows():
        x, y = S[name].to_numpy(), S["Satisfaction"].to_numpy()
        assert row["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic)
        own, scope = of(list(zip(x, y, strict=True)))
        assert row["d_ce"] == pytest.approx(own.effect(scope)[0, 0])
        assert row["d_ce_0_100"] == pytest.approx(own.effect((0, 100, 0, 100))[0, 0])
        told = found.peers[found.peers["construct"] == name]
        assert told["y"].is_monotonic_increasing
        assert told["x"].is_monotonic_increasing
        tops = [y[x <= a].max() for a in told["x"]]
        assert told["y"].tolist() == pytest.approx(tops)
        line = found.lines.set_index("construct").loc[name]
        slope, intercept = np.polyfit(told["x"], told["y"], 1)
        assert (line["slope"], line["intercept"]) == pytest.approx((slope, intercept))


def test_a_matched_scatter_has_both_margins_and_the_rank_correlation():
    rng = np.random.default_rng(4)
    x = rng.integers(1, 6, 400).astype(float)
    y = np.round(x + rng.normal(size=400))
    w = rng.integers(1, 3, 400).astype(float)
    scatter = _Scatter.of("A", x, y, w)
    assert scatter.scope == (1, 5, y.min(), y.max())
    assert scatter.margin.tolist() == sorted(scatter.margin)
    assert np.mean(scatter.margin <= 2) == pytest.approx(w[x <= 2].sum() / w.sum(), abs=1 / 400)
    ascending = margin(y, np.ones(400))
    assert ascending.tolist() == sorted(y)
    first = np.sort(rng.standard_normal((3, 400)), axis=1)
    for r, at in ((1.0, 0.0), (-1.0, None)):
        made = _matched(replace(scatter, rank=r), ascending, first, rng.standard_normal((3, 400)))
        ranked = np.sort(y) if r > 0 else np.sort(y)[::-1]
        own, scope = of(list(zip(scatter.margin, ranked, strict=True)))
        assert made == pytest.approx(np.repeat(own.effect(scope), 3, axis=1))
        if at is None:
            assert made[0] == pytest.approx(0), "the lowest x has the highest y: nothing is empty"


def test_middle_ranks_by_hand():
    """Weights of 1, 2, 1 and 4 at 5, 3, 5 and 9: 3 fills 0 to 2, 5 fills 2 to 4, 9 fills 4 to 8."""
    found = middle_ranks(np.array([5.0, 3, 5, 9]), np.array([1.0, 2, 1, 4]))
    assert found.tolist() == [3, 1, 3, 6]
    assert normal_correlation(np.array([-1.0, 0.0, 1.0])).tolist() == pytest.approx([-1, 0, 1])
    assert margin(np.array([3.0, 1, 2]), np.array([1.0, 4, 1])).tolist() == [1, 1, 2]


@pytest.mark.parametrize("thresholds", [(), (-0.01,), (0.51,), (0.1, np.nan)])
def test_thresholds_of_corners_lie_between_0_and_a_half(survey, inst, thresholds):
    fit = ncsi.fit_pls(survey.head(80), inst)
    with pytest.raises(ModelError, match=r"are not all between 0 and 0\.5"):
        necessity_sensitivity(fit, thresholds=thresholds)
    numbered = necessity_sensitivity(fit, thresholds=(0.5, 0, 0.5)).effects
    assert numbered.index.tolist() == list(range(len(numbered)))
    assert numbered["threshold"].unique().tolist() == [0, 0.5]


def test_corners_by_hand():
    """x no higher and y no lower, oneself among them; those at the threshold are left out."""
    x, y = np.array([1.0, 2, 2, 3]), np.array([1.0, 5, 3, 3])
    share = np.array([0.1, 0.2, 0.3, 0.4])
    assert _corners(x, y, share).tolist() == pytest.approx([0.1, 0.2, 0.5, 0.9])
    found = _one("A", x, y, share, np.array([0.1, 0.2, 0.6, 0.9]))
    assert found["kept"].tolist() == [3, 2, 1, 0]
    d = []
    for kept in ((2, 5), (2, 3), (3, 3)), ((2, 3), (3, 3)), ((3, 3),):
        one, _ = of(list(kept))
        d.append(one.effect((1, 3, 1, 5))[0, 0])
    assert found["d"].tolist() == pytest.approx([*d, np.nan], nan_ok=True)
    t = np.array([0.1, 0.2, 0.6, 0.9])
    np.testing.assert_allclose(found["benchmark"], t * (1 - np.log(t)))
    np.testing.assert_allclose(found["excess"], found["d"] - found["benchmark"])
