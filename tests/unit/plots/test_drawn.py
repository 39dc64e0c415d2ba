"""What charts draw: positions, intervals and words are those of the results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

import ncsi
from ncsi.errors import InputError
from ncsi.model import assess
from ncsi.model.inference.changes import holm
from ncsi.model.pls.assessment import residual_correlations
from ncsi.numerals import number, per_cent
from ncsi.palette import DARK, LIGHT
from ncsi.plots import importance
from ncsi.plots.answers import classes
from ncsi.plots.densities import density
from ncsi.plots.words import interval
from ncsi.survey.size import Setting


def words(ax):
    return [one.get_text() for one in ax.texts]


def rows(ax):
    return [one.get_text().replace("\n", " ") for one in ax.get_yticklabels()]


def dots(ax):
    """Positions of the single markers."""
    return [(one.get_xdata()[0], one.get_ydata()[0]) for one in ax.lines if one.get_marker() in ("o", "D")]


def bars(ax):
    """Ends and row of every horizontal interval."""
    lines = [one for one in ax.lines if len(one.get_xdata()) == 2 and one.get_linestyle() == "-"]
    level = [one for one in lines if one.get_ydata()[0] == one.get_ydata()[1]]
    return {float(one.get_ydata()[0]): tuple(map(float, one.get_xdata())) for one in level}


def test_the_path_diagram_says_every_coefficient_index_and_r2(results):
    boot, fit = results.boot, results.fit
    ax = ncsi.plot(boot)
    told = {one.replace("\n", " ") for one in words(ax)}
    for estimate, se in boot.paths[["estimate", "se"]].itertuples(index=False):
        assert f"{number(estimate, 2)} ({number(se, 2)})" in told
    assert {number(one) for one in fit.index["index_0_100"]} <= told
    assert {f"R² {number(one, 2)}" for one in fit.r2["r2"]} <= told
    boxes = [one for one in ax.patches if isinstance(one, FancyBboxPatch)]
    assert len(boxes) == len(fit.instrument.constructs)


def test_paths_are_dashed_where_they_are_not_significant_together(results):
    ax = ncsi.plot(results.boot, "paths")
    joint = ncsi.summary(results.fit, results.boot).paths["p_joint"]
    arrows = [one for one in ax.patches if isinstance(one, FancyArrowPatch)]
    assert sum(one.get_linestyle() != "-" for one in arrows) == (joint >= 0.05).sum() > 0
    plain = [one for one in ncsi.plot(results.fit).patches if isinstance(one, FancyArrowPatch)]
    assert {one.get_linestyle() for one in plain} == {"-"}


def test_loadings_stand_by_construct_with_their_intervals(results):
    frame, ax = results.boot.loadings.set_index("item"), ncsi.plot(results.boot, "loadings", lang="zh")
    order = [one for construct in results.inst.constructs for one in (construct, *construct.items)]
    assert rows(ax) == [one.label.zh for one in order]
    drawn = bars(ax)
    for k, one in enumerate(order):
        if one.id in frame.index:
            assert drawn[k] == (frame.loc[one.id, "low"], frame.loc[one.id, "high"])
            assert (frame.loc[one.id, "estimate"], k) in dots(ax)
    row = frame.iloc[0]
    assert interval(row["low"], row["high"], 2, "zh") in words(ax)


def test_outer_weights_of_a_fit_have_no_intervals(results):
    ax = ncsi.plot(results.fit, "weights")
    assert [x for x, _ in dots(ax)] == results.fit.weights["weight"].tolist()
    assert bars(ax) == {}
    assert any("no intervals" in one for one in words(ax))


def test_a_ranking_shows_rank_sets_and_tiers(results):
    ranks, ax = ncsi.rank_sets(results.boot), ncsi.plot(results.boot, "ranking")
    ends = results.boot.index_by.query("construct == 'Satisfaction'").set_index("brand")
    assert rows(ax) == ranks["brand"].tolist()
    assert [x for x, _ in dots(ax)] == ranks["index_0_100"].tolist()
    assert bars(ax) == {
        k: (ends.loc[one, "low"], ends.loc[one, "high"]) for k, one in enumerate(ranks["brand"])
    }
    for low, high in ranks[["rank_low", "rank_high"]].itertuples(index=False):
        assert (f"{low}–{high}" if low < high else f"{low}") in words(ax)
    assert [one for one in words(ax) if one in set(ranks["tier"])] == list(dict.fromkeys(ranks["tier"]))


def test_a_frame_of_ranks_is_drawn_without_intervals_where_it_has_none(results):
    ranks = ncsi.rank_sets(results.boot)
    ax = ncsi.plot(ranks.sample(frac=1, random_state=1), names={"B1": "First brand"})
    assert rows(ax)[0] == "First brand"
    assert bars(ax) == {}


def test_drivers_are_filled_where_they_are_decided(results):
    found = ncsi.drivers(results.fit, results.boot)
    for items in (False, True):
        chosen = found[found["item"].notna() == items]
        ax = ncsi.plot(results.boot, "drivers", items=items)
        markers = [one for one in ax.lines if one.get_marker() in ("o", "D")]
        assert len(markers) == len(chosen)
        hollow = [one for one in markers if to_hex(one.get_markerfacecolor()) == LIGHT.paper]
        assert len(hollow) == chosen["quadrant"].isin(["undecided", "not_actionable"]).sum()
        assert (
            sum(one.get_marker() == "D" for one in markers) == (chosen["quadrant"] == "improve_first").sum()
        )
    assert sorted(y for _, y in dots(ax)) == pytest.approx(sorted(chosen["performance"]))


def test_no_dot_in_the_grey_zone_has_a_verdict():
    frame = pd.DataFrame(
        {
            "x": [1.0, 2.0, 3.0, 4.0, 5.0],
            "x_low": [0.5, 0.9, 2.9, 2.8, 4.5],
            "x_high": [1.5, 3.2, 3.1, 5.0, 5.5],
        }
    )
    low, high = importance.zone(frame, "x", 3.0)
    assert 1.0 < low <= 2.0
    assert 4.0 <= high < 5.0
    apart = frame.assign(x_low=frame["x"] - 0.1, x_high=frame["x"] + 0.1)
    assert importance.zone(apart, "x", 3.5) is None
    mixed = frame.assign(x_high=[3.5, 2.1, 3.1, 5.0, 5.5], x_low=[0.5, 1.9, 2.9, 2.8, 4.5])
    low, high = importance.zone(mixed, "x", 3.0)
    assert low > 2.0
    assert importance.zone(frame[["x"]], "x", 3.0) is None


def test_chains_are_the_largest_and_the_rest_is_counted(results):
    frame = results.mediation
    ax = ncsi.plot(results.mediation, most=5)
    largest = frame.loc[frame["estimate"].abs().nlargest(5).index]
    assert [x for x, _ in dots(ax)] == largest["estimate"].tolist()
    label = {one.id: one.label.en for one in results.inst.constructs}
    assert rows(ax) == [" → ".join(label[part] for part in one.split(" -> ")) for one in largest["chain"]]
    plain = ncsi.plots.chains(results.mediation.found[0], most=5)
    assert rows(plain) == [one.replace("->", "→") for one in largest["chain"]]
    assert any(f"{len(frame) - 5} smaller ones not shown" in one for one in words(ax))


def test_shares_are_bars_from_zero(results):
    ax = ncsi.plot(results.shares)
    parts = results.shares.sort_values("r2_part", ascending=False)
    assert [one.get_width() for one in ax.patches] == parts["r2_part"].tolist()
    assert {one.get_x() for one in ax.patches} == {0}
    assert ax.get_xlim()[0] <= 0
    assert "95% interval" in words(ax)
    assert "区间" in words(ncsi.plot(results.shares.found[0], lang="zh")), (
        "a level that is not known is not told"
    )


def test_differences_of_the_pair_asked_for(results):
    frame = results.groups
    a, b = frame[["group_a", "group_b"]].drop_duplicates().iloc[-1]
    ax = ncsi.plot(results.groups, pair=(a, b))
    own = frame[(frame["group_a"] == a) & (frame["group_b"] == b)]
    assert [x for x, _ in dots(ax)] == own["difference"].tolist()
    assert list(bars(ax).values()) == list(own[["low", "high"]].itertuples(index=False, name=None))
    with pytest.raises(InputError, match=r"no pair compared\. Choose of Central and East"):
        ncsi.plot(results.groups, pair=("x", "y"))


def test_a_trend_is_not_joined_over_a_break(results):
    ax = ncsi.plot(results.waves)
    lines = [one.get_ydata().tolist() for one in ax.lines if one.get_marker() == "o"]
    assert lines == [[74.2, 74.6], [74.1, 75.0, 75.9, 76.4]]
    assert "questionnaire changed" in words(ax)
    assert {"74.2", "75.9", "76.4"} <= set(words(ax))
    assert any("断点" in one for one in words(ncsi.plot(results.waves, lang="zh")))
    whole = ncsi.plot(results.waves.drop(columns="break"))
    assert [len(one.get_ydata()) for one in whole.lines if one.get_marker() == "o"] == [6]


def test_a_trend_takes_the_last_wave_and_one_unit(results):
    points = results.waves.rename(columns={"wave": "at"})
    table = pd.concat(
        [
            points.assign(wave=w, level="sector", unit=u)
            for w in ("2026Q1", "2026Q2")
            for u in ("banks", "dairy")
        ]
    )
    ax = ncsi.plot(table, unit="banks")
    assert sum(len(one.get_ydata()) for one in ax.lines if one.get_marker() == "o") == 6
    with pytest.raises(InputError, match=r"several: unit banks, dairy … *\. Choose with unit="):
        ncsi.plot(table)
    with pytest.raises(InputError, match="0 points are no series"):
        ncsi.plot(table, unit="beer")
    with pytest.raises(InputError, match="a wave stands twice"):
        ncsi.plot(pd.concat([results.waves, results.waves]))


def test_two_ends_are_written_apart():
    assert interval(-2.3, -0.4, 1, "en") == "−2.3 to −0.4"
    assert interval(-2.3, -0.4, 1, "zh") == "−2.3 至 −0.4"
    assert interval(float("nan"), 1.0, 1, "en") == ""


def test_charts_go_on_the_axes_given_and_say_what_they_show(results):
    figure, pair = plt.subplots(1, 2, layout="constrained")
    ax = ncsi.plot(results.shares, ax=pair[1], title="A finding", dark=True)
    assert ax is pair[1]
    assert "A finding" in words(ax)
    assert to_hex(figure.get_facecolor()) == DARK.paper
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda r: ncsi.plot(r.fit, "ranking"), "a PlsFit has no chart 'ranking'. It has paths, loadings"),
        (lambda r: ncsi.plot(r.boot, "loading"), "Did you mean loadings"),
        (lambda r: ncsi.plot(r.fit, lang="fr"), "there is no language 'fr' here"),
        (lambda r: ncsi.plot(r.fit, "paths", colour="red"), "the chart 'path_diagram' has no option colour"),
        (lambda _: ncsi.plot(3), "an int has no chart"),
        (lambda _: ncsi.plot(pd.DataFrame({"a": [1]})), "no chart is known of a frame with these columns"),
        (lambda _: ncsi.plots.ranking(pd.DataFrame({"rank": [1]})), "the frame has no index_0_100, rank_low"),
        (lambda _: ncsi.plots.trend(pd.DataFrame({"wave": ["a"]})), "the frame has no index_0_100, low, high"),
        (lambda _: ncsi.plots.importance_map(pd.DataFrame({"item": [None]})), "the frame has no construct, importance"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(results, call, said):
    with pytest.raises(InputError) as caught:
        call(results)
    assert said in str(caught.value)


def test_a_bootstrap_without_groups_has_no_ranking(results):
    alone = ncsi.bootstrap(ncsi.fit_pls(results.survey, results.inst), replicates=20, seed=1)
    with pytest.raises(ncsi.errors.ModelError, match="need groups to rank"):
        ncsi.plot(alone, "ranking")


def test_nothing_is_computed_from_the_screen(results):
    """The same chart on any size of figure draws the same data."""
    small = ncsi.plot(results.boot, "ranking", ax=plt.subplots(figsize=(3, 3))[1])
    large = ncsi.plot(results.boot, "ranking", ax=plt.subplots(figsize=(9, 9))[1])
    assert np.allclose(dots(small), dots(large))


def widths(ax):
    """By row, widths of the stacked bars from left to right."""
    found = {}
    for one in sorted((p for p in ax.patches if p.get_height() < 0.9), key=lambda p: p.get_x()):
        found.setdefault(round(one.get_y() + one.get_height() / 2), []).append(one.get_width())
    return found


def test_answers_are_weighted_shares_about_the_middle(results):
    items = ["QUA1", "SAT1"]
    ax = ncsi.plot(results.fit, "answers", items=items)
    survey, total = results.survey, results.survey["weight"].sum()
    label = {one.label.en: one.id for one in results.inst.items}
    for row, name in enumerate(rows(ax)):
        given = survey[label[name]]
        expected = [
            100 * survey.loc[given.between(low, low + 1), "weight"].sum() / total for low in (1, 3, 5, 7, 9)
        ]
        assert widths(ax)[row] == pytest.approx(expected)
        left = min(p.get_x() for p in ax.patches if round(p.get_y() + p.get_height() / 2) == row)
        assert left == pytest.approx(-(expected[0] + expected[1] + expected[2] / 2))
        assert {f"{expected[0] + expected[1]:.0f}", f"{expected[3] + expected[4]:.0f}"} <= set(words(ax))
    plain = ncsi.plot(survey, "answers", instrument=results.inst, weights="weight", items=items)
    for row, parts in widths(plain).items():
        assert parts == pytest.approx(widths(ax)[row])
    assert any("weighted" in one for one in words(ax))


def test_classes_of_answers_are_alike_about_the_middle():
    assert classes(1, 10) == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    assert classes(0, 10) == [(0, 1), (2, 3), (4, 6), (7, 8), (9, 10)]
    assert classes(1, 5) == [(k, k) for k in range(1, 6)]
    assert classes(0, 1) == [(0, 0), (1, 1)]
    for high in range(8, 60):
        sizes = [b - a + 1 for a, b in classes(1, high)]
        assert sizes == sizes[::-1]
        assert sum(sizes) == high


def test_patterns_of_missing_answers_with_their_shares(results):
    gone = results.gaps[list(results.inst.item_ids)].isna()
    ax = ncsi.plot(results.gaps, "missing", instrument=results.inst, most=4)
    patterns = gone.value_counts(normalize=True)
    drawn = [p for p in ax.patches if to_hex(p.get_facecolor()) == LIGHT.blue]
    marked = {(round(p.get_x() + p.get_width() / 2), round(p.get_y() + p.get_height() / 2)) for p in drawn}
    expected = {
        (c, r) for c, one in enumerate(patterns.index[:4]) for r, is_gone in enumerate(one) if is_gone
    }
    assert marked == expected
    assert {per_cent(one, 1) for one in gone.mean()} <= set(words(ax))
    assert any(per_cent(patterns.iloc[4:].sum()) in one for one in words(ax) if "other patterns" in one)
    assert any("No answer is missing" in one for one in words(ncsi.plot(results.fit, "missing")))


def test_residuals_are_what_srmr_is_made_of(results):
    found, check = residual_correlations(results.fit), assess(results.fit)
    p = len(found)
    assert np.sqrt((np.tril(found) ** 2).sum() / (p * (p + 1) / 2)) == pytest.approx(check.srmr_estimated)
    ax = ncsi.plot(results.fit, "residuals")
    ids, first = list(results.inst.item_ids), len(results.inst.constructs[0].items)
    shades = {}
    for one in ax.patches:
        j, i = round(one.get_x() + one.get_width() / 2), round(one.get_y() + one.get_height() / 2) + first
        shades.setdefault(to_hex(one.get_facecolor()), []).append(found.iloc[i, j])
        assert results.inst.construct_of(ids[i]) != results.inst.construct_of(ids[j])
    palette = LIGHT
    assert all(abs(one) <= 0.05 for one in shades[palette.zone])
    assert all(0.05 < one <= 0.10 for one in shades[palette.soft_blue])
    assert all(-0.10 <= one < -0.05 for one in shades[palette.soft_red])
    assert any("SRMR" in one and number(check.srmr_estimated, 3) in one for one in words(ax))


def test_densities_hold_the_replicates(results):
    ax = ncsi.plot(results.boot, "densities")
    assert list(bars(ax).values()) == list(
        results.boot.paths[["low", "high"]].itertuples(index=False, name=None)
    )
    draws = np.random.default_rng(3).normal(0.4, 0.05, 800)
    at, height = density(draws)
    assert np.trapezoid(height, at) == pytest.approx(1, abs=0.01)
    assert at[height.argmax()] == pytest.approx(0.4, abs=0.02)


def test_simple_slopes_have_the_slopes_of_the_result(results):
    ax = ncsi.plot(results.moderated, "slopes")
    lines = [one for one in ax.lines if len(one.get_xdata()) > 2]
    slopes = [np.diff(one.get_ydata())[0] / np.diff(one.get_xdata())[0] for one in lines]
    assert slopes == pytest.approx(results.moderated.slopes["estimate"].tolist())
    middle = [float(np.interp(0, one.get_xdata(), one.get_ydata())) for one in lines]
    level = results.moderated.terms.set_index("term")["estimate"]["Image"]
    assert middle == pytest.approx([-level, 0, level])
    assert {"Image +1 SD", "mean", "−1 SD"} <= set(words(ax))
    assert {"品牌形象 +1个标准差", "−1个标准差"} <= set(
        words(ncsi.plot(results.moderated, "slopes", lang="zh"))
    )


def test_a_construct_that_moderates_itself_is_one_curve(results):
    found = ncsi.moderation(results.fit, "Image", "Image", "Loyalty", replicates=20)
    line = ncsi.plot(found).lines[0]
    b = found.terms.set_index("term")["estimate"]
    x = line.get_xdata()
    assert np.allclose(line.get_ydata(), b["Image"] * x + b["Image²"] * x**2)


def test_the_floodlight_is_grey_where_the_interval_holds_zero(results):
    ax = ncsi.plot(results.conditional, "floodlight")
    bound = results.conditional.johnson_neyman["bound"]
    inside = [one for one in bound if -3 < one < 3]
    assert [one for one in words(ax) if one.startswith("JN")] == [f"JN {number(one, 2)}" for one in inside]
    grey = [p for p in ax.patches if to_hex(p.get_facecolor()) == LIGHT.zone]
    lit = results.conditional.floodlight
    holds = lit[(lit["low"] < 0) & (lit["high"] > 0)]["moderator"]
    assert all(any(p.get_x() <= x <= p.get_x() + p.get_width() for p in grey) for x in holds)
    outside = lit[(lit["low"] > 0) | (lit["high"] < 0)]["moderator"]
    assert not any(p.get_x() < x < p.get_x() + p.get_width() for p in grey for x in outside)
    assert any("significant for 70% of respondents" in one.replace("\n", " ") for one in words(ax))


def test_a_ceiling_lies_over_every_respondent(results):
    ax = ncsi.plot(results.conditions, "ceiling", construct="Quality", at=80)
    cloud, steps = ax.lines[0], ax.lines[1]
    scores = results.fit.scores()
    assert sorted(cloud.get_xdata()) == sorted(scores["Quality"].dropna())
    x, y = np.asarray(steps.get_xdata()), np.asarray(steps.get_ydata())
    under = y[np.searchsorted(x, cloud.get_xdata(), side="right") - 1]
    assert (np.asarray(cloud.get_ydata()) <= under + 1e-9).all()
    peers = results.conditions.peers.query("construct == 'Quality'")
    need = peers[peers["y"] >= 80]["x"].min()
    assert f"Satisfaction 80 needs ≥ {need:.0f}" in words(ax)
    alone = ncsi.plots.ceiling(results.conditions.found[0], "Quality")
    assert alone.lines[0].get_xdata().tolist() == peers["x"].tolist()
    with pytest.raises(InputError, match="Loyalty was not examined"):
        ncsi.plot(results.conditions, construct="Loyalty")


def test_the_bottleneck_table_holds_what_each_level_needs(results):
    ax = ncsi.plot(results.conditions, "bottleneck", lang="zh")
    table = results.conditions.bottleneck
    cells = sorted(number(one, 0) for one in table[table["ce_state"] == "needed"]["ce"])
    shown = [one for one in words(ax) if one.replace("−", "").isdigit()]
    assert sorted(shown) == cells
    assert words(ax).count("NN") == (table["ce_state"] == "not_needed").sum()
    assert rows(ax)[0] == "100%"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"items": ["QUA9"]}, "no item is called QUA9"),
        ({"weights": "w"}, "the responses have no column w"),
        ({"instrument": None}, "a frame of responses does not tell its items. Give instrument="),
    ],
)
def test_responses_that_cannot_be_drawn(results, options, said):
    with pytest.raises(InputError) as caught:
        ncsi.plot(results.survey, "answers", **{"instrument": results.inst, **options})
    assert said in str(caught.value)


def test_answers_beyond_the_scale_and_items_without_any_are_named(results):
    coded = results.survey.assign(QUA1=98)
    with pytest.raises(InputError, match="item QUA1: 720 answers lie beyond 1 to 10"):
        ncsi.plot(coded, "answers", instrument=results.inst)
    for weight in (np.nan, -1.0):
        with pytest.raises(InputError, match="weight 'w': some are negative or missing"):
            ncsi.plot(results.survey.assign(w=weight), "answers", instrument=results.inst, weights="w")
    with pytest.raises(InputError, match="all who answered it have weight 0"):
        ncsi.plot(results.survey.assign(w=0.0), "answers", instrument=results.inst, weights="w")
    with pytest.raises(InputError, match="nobody answered QUA1"):
        ncsi.plot(coded.assign(QUA1=np.nan), "answers", instrument=results.inst)
    with pytest.raises(InputError, match="asked on several scales"):
        ncsi.plot(pd.DataFrame({one: [1, 1] for one in ncsi.load_instrument("acsi").item_ids}), "answers",
                  instrument=ncsi.load_instrument("acsi"), items=["SATIS", "COMP"])  # fmt: skip


def test_segments_are_bars_from_zero_with_their_intervals(results):
    ax = ncsi.plot(results.boot, "segments", construct="Value")
    frame = results.fit.index_by.query("construct == 'Value'").sort_values("index_0_100", ascending=False)
    ends = results.boot.index_by.query("construct == 'Value'").set_index("brand")
    assert rows(ax) == frame["brand"].tolist()
    assert [p.get_width() for p in ax.patches] == frame["index_0_100"].tolist()
    assert ax.get_xlim()[0] == 0
    assert bars(ax) == {
        k: (ends.loc[one, "low"], ends.loc[one, "high"]) for k, one in enumerate(frame["brand"])
    }
    assert set(frame["n"].astype(str)) <= set(words(ax))
    assert any("no intervals" in one for one in words(ncsi.plot(results.fit, "segments")))
    with pytest.raises(InputError, match="there is no construct Price"):
        ncsi.plot(results.fit, "segments", construct="Price")
    with pytest.raises(InputError, match="fitted without groups"):
        ncsi.plot(results.fit.update(by=None), "segments")


def test_weights_before_and_after_sum_to_all_respondents(results):
    before = results.survey["weight"]
    ax = ncsi.plot(results.raked, before=before)
    grey, blue = (one.get_data() for one in ax.patches)
    assert grey.values.sum() == pytest.approx(100)
    assert blue.values.sum() == pytest.approx(100)
    after = results.raked / results.raked.mean()
    inside = after.between(*blue.edges[:2], inclusive="left").mean()
    assert blue.values[0] == pytest.approx(100 * inside)
    sizes = [one.sum() ** 2 / (one**2).sum() for one in (before, results.raked)]
    assert f"before: n_eff {sizes[0]:,.0f}" in words(ax)
    assert f"after: n_eff {sizes[1]:,.0f}, largest {after.max():.2f}" in words(ax)
    assert len(ncsi.plot(results.raked).patches) == 1
    with pytest.raises(InputError, match="1 of 2 are missing, 0 or negative"):
        ncsi.plot(pd.Series([1.0, 0.0]))
    with pytest.raises(InputError, match="there are 720 weights and 2 before"):
        ncsi.plot(results.raked, before=pd.Series([1.0, 2.0]))


def test_power_curves_pass_through_the_sizes_that_are_needed():
    setting = Setting(sd=20, deff=1.4)
    ax = ncsi.plot(setting, changes=(2, 5))
    dots_ = [(one.get_xdata()[0], one.get_ydata()[0]) for one in ax.lines if one.get_marker() == "o"]
    assert dots_ == [(setting.n_for_change(5), 80), (setting.n_for_change(2), 80)]
    assert f"{setting.n_for_change(2):,}" in words(ax)
    curves = [one for one in ax.lines if len(one.get_xdata()) > 2]
    at = [
        np.interp(n, line.get_xdata(), line.get_ydata()) for line, (n, _) in zip(curves, dots_, strict=True)
    ]
    assert at == pytest.approx([80, 80], abs=0.3)
    with pytest.raises(InputError, match="Give positive numbers of points"):
        ncsi.plot(setting, changes=())


def test_results_of_the_front_door_are_drawn_with_what_they_know(results):
    ranks = ncsi.rank_sets(results.boot, construct="Value")
    ends = results.boot.index_by.query("construct == 'Value'").set_index("brand")
    drawn = bars(ncsi.plot(ranks))
    assert drawn == {k: (ends.loc[one, "low"], ends.loc[one, "high"]) for k, one in enumerate(ranks["brand"])}
    ax = ncsi.plot(ncsi.drivers(results.fit, results.boot), lang="zh")
    assert any("95%区间" in one for one in words(ax))
    assert "感知质量" in words(ax)
    summed = ncsi.plot(results.boot.summary())
    assert {number(one) for one in results.fit.index["index_0_100"]} <= set(words(summed))


def test_a_model_of_two_constructs_stands_in_one_row(results):
    two = ncsi.model_from(
        ncsi.constructs(ncsi.composite_of("A", "IMA1", "IMA2"), ncsi.composite_of("B", "SAT1")),
        ncsi.paths(("A", "B")),
    )
    ax = ncsi.plot(ncsi.fit_pls(results.survey, two))
    a, b = (one.get_window_extent() for one in ax.patches if isinstance(one, FancyBboxPatch))
    assert a.y0 == pytest.approx(b.y0)
    assert a.x1 < b.x0
    assert b.x1 == pytest.approx(ax.get_window_extent().x1, abs=4)


def test_reasons_of_breaks_beside_each_other_do_not_meet(results):
    close = results.waves.assign(**{"break": ["", "", "", "instrument", "both", "sector_list"]})
    ax = ncsi.plot(close)
    said = [one.get_window_extent() for one in ax.texts if "changed" in one.get_text()]
    assert len(said) == 3
    assert not any(a.overlaps(b) for k, a in enumerate(said) for b in said[:k])


def test_classes_are_bars_of_their_shares_beside_the_criteria(results):
    found = results.mixtures.found[0]
    ax = ncsi.plot(results.mixtures)
    assert [one.get_width() for one in ax.patches] == pytest.approx((100 * found.classes["share"]).tolist())
    assert rows(ax) == ["1 class", "2 classes", "3 classes"]
    for column in ("caic", "aic3"):
        gaps = found.criteria[column] - found.criteria[column].min()
        assert [number(one, 0) in words(ax) for one in gaps] == [True] * 3
    assert any("not to publish" in one.get_text().replace("\n", " ") for one in ax.texts)


def test_paths_stand_within_their_classes(results):
    found = results.mixtures.found[0]
    ax = ncsi.plot(results.mixtures, "class_paths", k=3)
    own = found.paths[found.paths["k"] == 3]
    assert [x for x, _ in dots(ax)] == own["estimate"].tolist()
    assert sum(one.startswith("Class ") for one in rows(ax)) == 3
    with pytest.raises(InputError, match=r"no mixture of 5 classes was fitted\. Choose of 1, 2, 3"):
        ncsi.plot(results.mixtures, "class_paths", k=5)


def test_a_split_tree_has_a_box_for_every_node(results):
    nodes = results.tree.found[0].nodes
    ax = ncsi.plot(results.tree)
    boxes = [one for one in ax.patches if isinstance(one, FancyBboxPatch)]
    assert len(boxes) == len(nodes) == 7
    told = " ".join(words(ax)).replace("\n", " ")
    for node in nodes.itertuples():
        assert f"index {number(node.index_0_100)}, n {node.n}" in told
    assert told.count("split by ") == (~nodes["leaf"]).sum() == 3
    filled = {to_hex(one.get_facecolor()) for one in boxes if to_hex(one.get_facecolor()) != LIGHT.paper}
    assert filled == {LIGHT.pale}
    joined = [one for one in ax.lines if len(one.get_xdata()) == 4]
    assert len(joined) == 6


def test_a_tree_that_is_not_split_is_one_box(results):
    fit = ncsi.fit_pls(results.survey, results.inst)
    alone = ncsi.split_tree(fit, by="region", on="index", signs=99)
    assert len(alone) == 1
    ax = ncsi.plot(alone, lang="zh")
    assert len([one for one in ax.patches if isinstance(one, FancyBboxPatch)]) == 1
    assert "全体" in words(ax)


def test_free_tetrads_stand_by_block_hollow_where_it_is_not_rejected(results):
    found = results.tetrads.found[0]
    ax = ncsi.plot(results.tetrads)
    free = found.tetrads[found.tetrads["free"]]
    assert [x for x, _ in dots(ax)] == free["estimate"].tolist()
    ends = list(bars(ax).values())
    assert ends[0][1] - free["estimate"].iloc[0] == pytest.approx(1.959964 * free["se"].iloc[0])
    assert sum("χ²" in one for one in rows(ax)) == len(found.tests)
    hollow = [one.get_markerfacecolor() == LIGHT.paper for one in ax.lines if one.get_marker() == "o"]
    rejected = found.tests.set_index("construct")["p_holm"] < 0.05
    assert hollow == [not rejected[one] for one in free["construct"]]


def test_composition_lies_over_what_equal_composites_give(results):
    found = results.micom
    pair = ("Central", "West")
    ax = ncsi.plot(found, pair=pair)
    own = found.composition[
        (found.composition["group_a"] == "Central") & (found.composition["group_b"] == "West")
    ]
    assert [x for x, _ in dots(ax)] == own["c"].tolist()
    assert list(bars(ax).values()) == [(low, 1.0) for low in own["c_low"]]
    assert rows(ax)[0] == "Image"
    with pytest.raises(InputError, match=r"is no pair compared\. Choose of Central and East"):
        ncsi.plot(found, pair=("a", "b"))


def test_penalties_lie_left_and_rewards_right_of_zero(results):
    found = results.impact.found[0].items
    ax = ncsi.plot(results.impact)
    widths_of = [one.get_width() for one in ax.patches]
    assert widths_of[0::2] == pytest.approx(found["penalty"].tolist())
    assert widths_of[1::2] == pytest.approx(found["reward"].tolist())
    assert {number(one) for one in found["asymmetry"]} <= set(words(ax))
    assert sum(one == "too few" for one in words(ax)) == (found["kind"] == "too_few").sum() > 0


def test_prediction_shows_both_errors_and_names_what_the_benchmark_saw(results):
    found = results.predicted.found[0].items
    ax = ncsi.plot(results.predicted)
    drawn = [(one.get_marker(), one.get_xdata()[0]) for one in ax.lines if one.get_marker() in ("o", "D")]
    assert [x for mark, x in drawn if mark == "o"] == found["rmse"].tolist()
    assert [x for mark, x in drawn if mark == "D"] == found["rmse_lm"].tolist()
    assert any("benchmark sees the items of direct causes" in one.replace("\n", " ") for one in words(ax))
    assert number(found["q2_predict"].iloc[0], 2) in words(ax)


def test_losses_are_tested_together(results):
    found = results.losses.found[0].tests
    ax = ncsi.plot(results.losses)
    assert [x for x, _ in dots(ax)] == found["difference"].tolist()
    hollow = [one.get_markerfacecolor() == LIGHT.paper for one in ax.lines if one.get_marker() == "o"]
    tested = found["p_holm"].fillna(found["p"])
    assert hollow == (tested >= 0.05).tolist()
    assert {"training mean", "linear benchmark"} <= set(rows(ax))


def test_a_change_is_drawn_with_its_parts_and_groups(results):
    ax, parts = ncsi.plot(results.why), results.why.set_index("part")
    regions = [f"– {one}" for one in ("Central", "East", "West")]
    assert rows(ax) == ["Change", "Who answers", *regions, "How they answer", *regions]
    widths = [one.get_width() for one in ax.patches]
    cells = results.why.cells
    wanted = [parts["estimate"]["change"], parts["estimate"]["composition"], *cells["composition"],
              parts["estimate"]["answers"], *cells["answers"]]  # fmt: skip
    assert widths == pytest.approx(wanted)
    told = interval(parts["low"]["change"], parts["high"]["change"], 2, "en")
    assert told in words(ax)


def test_changes_within_persons_and_by_turnover_add_up(results):
    ax = ncsi.plot(results.within, lang="zh")
    assert rows(ax) == ["同一批受访者", "人员更替", "全体均值的变化"]
    within, turnover, whole = (one.get_width() for one in ax.patches)
    assert within + turnover == pytest.approx(whole)


def test_cohorts_are_lines_over_waves_or_ages(results):
    ax = ncsi.plot(results.cohorts)
    means = results.cohorts.table().to_numpy()
    lines = [one.get_ydata() for one in ax.lines if len(one.get_ydata()) == 2]
    np.testing.assert_allclose(lines, means)
    assert set(results.cohorts["cohort"]) <= set(words(ax))
    over = ncsi.plot(results.cohorts, over="age")
    assert [one.get_xdata().tolist() for one in over.lines] == [[53, 54]]
    named = ncsi.cohorts(results.two_waves, "score", "region")
    with pytest.raises(InputError, match="nothing over 'age'"):
        ncsi.plot(named, over="age")


def test_a_covariance_model_is_drawn_with_its_standardised_paths(results):
    cb = results.covariances
    paths = cb.estimates[cb.estimates["op"] == "~"]
    ax = ncsi.plot(cb.summary("zh"), lang="zh")
    told = {one.replace("\n", " ") for one in words(ax)}
    assert {
        f"{number(a, 2)} ({number(b, 2)})" for a, b in zip(paths["std"], paths["std_se"], strict=True)
    } <= told
    own = cb.estimates.query("op == '~~' and lhs == rhs").set_index("lhs")["std"]
    assert {f"R² {number(1 - own[one], 2)}" for one in paths["lhs"].unique()} <= told
    arrows = [one for one in ax.patches if isinstance(one, FancyArrowPatch)]
    dashed = sum(one.get_linestyle() != "-" for one in arrows)
    assert dashed == (holm(paths["p"]) >= 0.05).sum() > 0
    with pytest.raises(InputError, match="a covariance model does not tell its constructs"):
        ncsi.plots.covariance_diagram(cb)


def test_residuals_of_a_covariance_model_are_coloured_by_size(results):
    found = results.covariances.residuals()
    ax = ncsi.plot(found, show="z")
    z = found.matrices["z"].to_numpy()
    coloured = [one for one in ax.patches if to_hex(one.get_facecolor()) != LIGHT.zone]
    assert len(coloured) == (np.abs(z[np.tril_indices(20, -1)]) > 1.96).sum() > 0
    plain = ncsi.plot(results.covariances, "residuals")
    assert len(plain.patches) == 20 * 19 / 2
    with pytest.raises(InputError, match="there are no residuals 'raw'"):
        ncsi.plot(found, show="raw")


@pytest.mark.parametrize(
    ("name", "frame", "column", "hollow"),
    [
        ("copula", lambda one: one.found[0].terms, "estimate",
         lambda one: (one["p_holm"] >= 0.05) | (one["state"] != "usable")),
        ("congruence", lambda one: one.found[0].pairs, "estimate", lambda one: one["estimate"] > 9),
        ("wald", lambda one: one.found[0].omnibus, "statistic", lambda one: one["p_adjusted"].fillna(one["p"]) >= 0.05),
        ("omnibus", lambda one: one.found[0].omnibus, "estimate", lambda one: one["p"] >= 0.05),
        ("levels", lambda one: one.levels, "cfi", lambda one: ~one["holds"]),
    ],
)  # fmt: skip
def test_dots_are_the_estimates_and_hollow_where_nothing_is_shown(results, name, frame, column, hollow):
    value = getattr(results, name)
    found, ax = frame(value), ncsi.plot(value)
    marks = [one for one in ax.lines if one.get_marker() == "o"]
    assert [one.get_xdata()[0] for one in marks] == found[column].tolist()
    assert [to_hex(one.get_markerfacecolor()) == LIGHT.paper for one in marks] == hollow(found).tolist()


def test_a_path_that_all_groups_share_is_named(results):
    assert rows(ncsi.plot(results.wald))[-1] == "all paths"
    assert rows(ncsi.plot(results.wald, lang="zh"))[-1] == "全部路径"
    with pytest.raises(InputError, match="'welch' tests groups two by two"):
        ncsi.plots.together(results.groups.found[0])


def test_second_values_are_hollow_beside_the_first(results):
    for ax, first, second in (
        (ncsi.plot(results.ordinal), results.ordinal["ordinal"], results.ordinal["estimate"]),
        (
            ncsi.plot(results.corners, construct="Value"),
            results.corners.query("construct == 'Value'")["d"],
            results.corners.query("construct == 'Value'")["benchmark"],
        ),
    ):
        drawn = {
            mark: [one.get_xdata()[0] for one in ax.lines if one.get_marker() == mark] for mark in ("o", "D")
        }
        assert drawn == {"o": first.tolist(), "D": second.tolist()}
    with pytest.raises(InputError, match=r"'Loyalty' was not looked at. Choose of"):
        ncsi.plot(results.corners, construct="Loyalty")


def test_support_is_shares_by_construct(results):
    ax = ncsi.plot(results.choice)
    wide = [one.get_width() for one in ax.patches if not np.isnan(one.get_width())]
    assert wide == results.choice.criteria["support"].tolist()
    assert rows(ax)[:3] == ["Expectation", "all paths", "fewer"]


def test_a_result_without_a_chart_says_so(results):
    for value in (
        ncsi.compare(results.fit, results.fit),
        results.covariances.modification_indices(),
        ncsi.fit_test(results.fit, replicates=0),
        ncsi.infinitesimal_jackknife(results.fit),
        ncsi.admissibility(results.fit),
        ncsi.gsca(results.fit),
    ):
        for one in (value, value.summary()):
            with pytest.raises(InputError, match=rf"what {type(value).__name__} holds has no chart"):
                ncsi.plot(one)


def test_combined_levers_are_drawn_as_levers(results):
    found = ncsi.cipma(results.fit, results.boot, permutations=20)
    levers = ncsi.drivers(results.fit, results.boot)
    assert dots(ncsi.plot(found)) == dots(ncsi.plot(levers))
