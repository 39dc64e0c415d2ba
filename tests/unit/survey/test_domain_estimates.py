"""Means, totals, ratios, proportions and differences by domain: identities, edges, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ncsi.errors import InputError
from ncsi.survey import (
    ReplicateDesign,
    design_of,
    jackknife,
    post_stratify,
    survey_difference,
    survey_mean,
    survey_proportion,
    survey_ratio,
    survey_total,
)
from ncsi.survey.distribution import survey_regression
from ncsi.survey.domains import domains_of
from ncsi.survey.proportion import interval_of


@pytest.fixture
def sample():
    rng = np.random.default_rng(8)
    n = 90
    return pd.DataFrame(
        {
            "cluster": np.repeat(np.arange(18), 5),
            "stratum": np.repeat(["a", "b", "c"], 30),
            "age": rng.choice(["1", "2", "3"], n),
            "sex": rng.choice(["f", "m"], n),
            "w": rng.uniform(2, 9, n),
            "y": rng.normal(60, 10, n),
            "x": rng.uniform(5, 9, n),
        }
    )


@pytest.fixture
def design(sample):
    return design_of(sample, "w", "stratum", "cluster")


def test_a_simple_random_sample_is_what_design_effects_compare_with():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"y": rng.normal(10, 3, 20), "x": rng.uniform(1, 2, 20), "w": 5.0, "N": 100})
    design = design_of(frame, "w", fpc="N")
    tables = (
        survey_mean(frame, "y", design=design),
        survey_total(frame, "y", design),
        survey_ratio(frame, "y", "x", design),
    )
    for one in tables:
        assert one["deff"].item() == pytest.approx(1)
        assert one["deff_replace"].item() == pytest.approx(0.8)
        assert one["n_eff"].item() == pytest.approx(20)
        assert one["df"].item() == 19
    assert tables[0]["se"].item() == pytest.approx(frame["y"].std() / 20**0.5 * 0.8**0.5)
    assert tables[1]["estimate"].item() == pytest.approx(5 * frame["y"].sum())


def test_the_default_level_is_95_per_cent(sample, design):
    for table in (
        survey_mean(sample, "y", design=design),
        survey_mean(sample, "y", "w", "stratum", "cluster"),
        survey_total(sample, "y", design),
        survey_ratio(sample, "y", "x", design),
        survey_difference(sample, "y", design, "sex"),
    ):
        half = stats.t.ppf(0.975, 15) * table["se"]
        np.testing.assert_allclose(table["high"] - table["estimate"], half)
        np.testing.assert_allclose(table["estimate"] - table["low"], half)
    narrow = survey_mean(sample, "y", design=design, level=0.8)
    np.testing.assert_allclose(narrow["high"] - narrow["estimate"], stats.t.ppf(0.9, 15) * narrow["se"])


def test_a_ratio_to_one_is_a_mean(sample, design):
    ours = survey_ratio(sample.assign(one=1.0), "y", "one", design, by="age")
    mean = survey_mean(sample, "y", design=design, by="age")
    pd.testing.assert_frame_equal(ours.drop(columns="variable"), mean.drop(columns="variable"))
    assert ours["variable"].tolist() == ["y/one"] * 3


def test_several_variables_stand_one_after_the_other(sample, design):
    both = survey_mean(sample, ["y", "x"], design=design, by=["age", "sex"])
    assert both["variable"].tolist() == ["y"] * 6 + ["x"] * 6
    assert list(both)[:2] == ["age", "sex"]
    one = survey_total(sample, ["x"], design)
    assert one["variable"].tolist() == ["x"]


def test_every_table_counts_its_rows_from_0(sample, design):
    for table in (
        survey_mean(sample, ["y", "x"], design=design, by="sex"),
        survey_total(sample, ["y", "x"], design, by="sex"),
        survey_proportion(sample, "stratum", design),
    ):
        assert table.index.tolist() == list(range(len(table)))


def test_a_variable_that_does_not_vary_has_no_design_effect(sample, design):
    one = survey_mean(sample.assign(y=7.0), "y", design=design).iloc[0]
    assert (one["estimate"], one["se"]) == (7.0, 0.0)
    assert np.isnan([one["deff"], one["deff_replace"], one["n_eff"]]).all()


def test_a_domain_of_one_cluster_has_no_interval(sample):
    ours = survey_mean(sample, "y", "w", clusters="cluster", by="cluster").iloc[0]
    assert ours["df"] == 0
    assert np.isnan([ours["low"], ours["high"]]).all()


def test_a_domain_of_one_row_has_no_design_effect(sample, design):
    marked = sample.assign(alone=["x"] + ["y"] * 89)
    ours = survey_mean(marked, "y", design=design, by="alone").iloc[0]
    assert ours["n"] == 1
    assert np.isnan([ours["deff"], ours["n_eff"]]).all()


def test_degrees_of_freedom_of_a_domain_are_its_clusters_less_its_strata(sample, design):
    marked = sample.assign(part=np.where(sample["cluster"] < 8, "few", "many"))
    ours = survey_mean(marked, "y", design=design, by="part")
    assert ours["df"].tolist() == [8 - 2, 10 - 2]
    rows = survey_mean(marked, "y", "w", "stratum", by="part")
    assert rows["df"].tolist() == [40 - 2, 50 - 2]


def test_rows_without_weight_or_key_or_answer_are_in_no_domain(sample):
    sample.loc[0, "w"] = 0.0
    sample.loc[1, "age"] = None
    sample.loc[2, "y"] = np.nan
    ours = survey_mean(sample, "y", "w", by="age")
    assert ours["n"].sum() == 87
    assert ours["age"].tolist() == ["1", "2", "3"]
    assert survey_total(sample, "y", design_of(sample, "w"), by="age")["n"].sum() == 87
    sample.loc[3, "x"] = np.nan
    assert survey_ratio(sample, "y", "x", design_of(sample, "w"), by="age")["n"].sum() == 86
    apart = survey_difference(sample, "y", design_of(sample, "w"), "age")
    means = survey_mean(sample, "y", "w", by="age")["estimate"]
    np.testing.assert_allclose(
        apart["estimate"], [means[0] - means[1], means[0] - means[2], means[1] - means[2]]
    )


def test_a_row_outside_of_all_domains_keeps_1_in_its_place(sample):
    cells = domains_of(sample, "age", (sample["age"] != "2").to_numpy())
    spread = cells.spread(np.array([5.0, 6.0]))
    wanted = sample["age"].map({"1": 5.0, "2": 1.0, "3": 6.0})
    np.testing.assert_array_equal(spread, wanted)


def listed(frame):
    """Its groups in lists, as nested columns of other tools have them."""
    return frame.assign(sex=[[one] for one in frame["sex"]])


def spent(frame, value):
    """The frame with something else in place of one answer."""
    return frame.assign(y=frame["y"].astype(object).where(frame.index != 2, value))


def test_texts_of_numbers_are_numbers_and_blanks_are_missing(sample, design):
    told = survey_mean(
        sample.assign(y=sample["y"].astype(str).where(sample.index != 2, "  ")), "y", design=design
    )
    there = survey_mean(sample.assign(y=sample["y"].where(sample.index != 2)), "y", design=design)
    pd.testing.assert_frame_equal(told, there)


def test_replicate_weights_of_other_rows_are_refused(sample):
    W = pd.DataFrame(np.random.default_rng(2).uniform(1, 2, (90, 20)), index=sample.index)
    assert survey_mean(sample, "y", "w", replicates=W)["n"].item() == 90
    for other in (W.iloc[::-1], W.set_axis(range(90, 180)), W.head(60)):
        with pytest.raises(InputError, match="replicate weights: they are of other rows than the data"):
            survey_mean(sample, "y", "w", replicates=other)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f, d: survey_mean(f, "nobody", design=d), "there is no column 'nobody'"),
        (lambda f, d: survey_mean(f, "y", design=d, by="nobody"), "by: there is no column 'nobody'"),
        (lambda f, d: survey_mean(f, "age", design=d, by=["sex", "nobody"]), "there is no column 'nobody'"),
        (
            lambda f, d: survey_mean(f.assign(y=np.nan), "y", design=d),
            "no row has both an answer and a weight",
        ),
        (
            lambda f, d: survey_mean(f, "sex", design=d),
            r"column sex, row 0: the value is not a number \(90 such",
        ),
        (
            lambda f, d: survey_mean(spent(f, "1,200"), "y", design=d),
            r"column y, row 2: .* not a number \(1 such",
        ),
        (
            lambda f, d: survey_mean(spent(f, np.inf), "y", design=d),
            "column y, row 2: the value is not a number",
        ),
        (
            lambda f, d: survey_mean(spent(f, pd.Timestamp(2026, 3, 1)), "y", design=d),
            "column y, row 2: the val",
        ),
        (
            lambda f, d: survey_mean(f.assign(y=pd.Timestamp(2026, 3, 1)), "y", design=d),
            "y: it holds dates or",
        ),
        (lambda f, d: survey_mean(f, f["y"], design=d), "float is not the name of a column"),
        (lambda f, d: survey_mean(f, ["y", 3], design=d), "int is not the name of a column"),
        (
            lambda f, d: survey_mean(pd.concat([f, f[["y"]]], axis=1), "y", design=d),
            "there are 2 columns 'y'",
        ),
        (
            lambda f, d: survey_mean(f.to_dict("list"), "y", design=d),
            "the data are dict, not a pandas data fr",
        ),
        (lambda f, _: survey_mean(f, "y", weights=f["w"]), "Series is not the name of a column.* its name"),
        (lambda f, _: survey_mean(f, "y", weights=f["w"].to_numpy()), "ndarray is not the name of a column"),
        (
            lambda f, _: survey_mean(f.to_dict("list"), "y", weights="w"),
            "the data are dict, not a pandas data f",
        ),
        (
            lambda f, _: survey_mean(f.assign(w=f["w"].where(f.index != 3)), "y", "w"),
            "row 3: .* a weight of 0 lea",
        ),
        (lambda f, d: survey_mean(f, "y", design=d, level=95), "level: 95 does not lie between 0 and 1"),
        (lambda f, d: survey_total(f, "y", d, level="x"), "level: x does not lie between 0 and 1"),
        (lambda f, d: survey_difference(f, "y", d, "sex", level=1), "level: 1 does not lie between 0 and 1"),
        (
            lambda f, d: survey_mean(f.assign(n=f["sex"]), "y", design=d, by="n"),
            "'n' is called as a column of the r",
        ),
        (lambda f, d: survey_mean(f, "y", design=d, by=["sex", "sex"]), "by: sex, sex name a column twice"),
        (lambda f, d: survey_mean(f, [], design=d), "no variable is named"),
        (lambda f, d: survey_difference(f, "y", d, "sex", ("f", "x")), "no row of sex 'x' has an answer"),
        (lambda f, d: survey_proportion(f, "nobody", d), "there is no column 'nobody'"),
        (lambda f, d: survey_mean(f.assign(y=f["y"] + 1j), "y", design=d), "y: it holds complex numbers"),
        (
            lambda f, _: survey_mean(f.assign(w=pd.Timestamp(2026, 3, 1)), "y", weights="w"),
            "column w: it holds dates or durations",
        ),
        (
            lambda f, _: survey_mean(pd.concat([f, f[["w"]]], axis=1), "y", weights="w"),
            "there are 2 columns 'w'",
        ),
        (
            lambda f, d: survey_mean(pd.concat([f, f[["sex"]]], axis=1), "y", design=d, by="sex"),
            "there are 2 columns 'sex'",
        ),
        (
            lambda f, d: survey_mean(listed(f), "y", design=d, by="sex"),
            "sex: its values are lists or the like",
        ),
        (lambda f, _: survey_mean(listed(f), "y", strata="sex"), "sex: its values are lists or the like"),
        (lambda f, _: survey_mean(f.head(0), "y", weights="w"), "the data have no rows"),
    ],
)
def test_what_cannot_be_estimated_is_named(sample, design, call, message):
    with pytest.raises(InputError, match=message):
        call(sample, design)


def test_labels_of_rows_that_are_called_as_a_column_change_nothing(sample, design):
    called = sample.set_index("sex", drop=False)
    pd.testing.assert_frame_equal(
        survey_mean(called, "y", design=design, by=["sex"]), survey_mean(sample, "y", design=design, by="sex")
    )


def test_a_difference_is_the_slope_on_a_dummy(sample, design):
    """The regression on an indicator has the same linearised error."""
    ours = survey_difference(sample, "y", design, "sex", between=("m", "f")).iloc[0]
    slope = survey_regression(sample.assign(m=(sample["sex"] == "m").astype(float)), "y", ["m"], design).iloc[
        1
    ]
    assert ours["estimate"] == pytest.approx(slope["estimate"], rel=1e-10)
    assert ours["se"] == pytest.approx(slope["se"], rel=1e-10)
    t = ours["estimate"] / ours["se"]
    assert ours["df"] == 15
    assert ours["p"] == pytest.approx(2 * stats.t.sf(abs(t), 15))
    assert ours[["variable", "first", "second"]].tolist() == ["y", "m", "f"]


def test_all_pairs_of_domains_in_their_order(sample, design):
    ours = survey_difference(sample, "y", design, "age")
    assert ours[["first", "second"]].to_numpy().tolist() == [["1", "2"], ["1", "3"], ["2", "3"]]
    estimate = ours["estimate"]
    assert estimate[0] + estimate[2] == pytest.approx(estimate[1])
    turned = survey_difference(sample, "y", design, "age", between=("3", "1")).iloc[0]
    assert turned["estimate"] == pytest.approx(-estimate[1])
    assert (turned["se"], turned["p"]) == pytest.approx((ours["se"][1], ours["p"][1]))


def test_a_difference_counts_the_clusters_of_both_domains(sample, design):
    marked = sample.assign(
        part=np.where(sample["cluster"] < 4, "a", np.where(sample["cluster"] < 8, "b", "c"))
    )
    assert survey_difference(marked, "y", design, "part")["df"].tolist() == [8 - 2, 14 - 3, 14 - 3]


def test_a_difference_without_degrees_of_freedom_has_no_interval(sample):
    frame = sample[sample["cluster"] == 0]
    frame = frame.assign(sex=["f", "f", "m", "m", "m"], g=0.5)
    ours = survey_difference(
        frame, "y", design_of(frame, "w", clusters="cluster", fpc="g", lonely="remove"), "sex"
    )
    assert ours["df"].item() == 0
    assert ours[["low", "high", "p"]].isna().all(axis=None)


def test_a_difference_that_cannot_vary_has_no_p(sample, design):
    ours = survey_difference(sample.assign(y=(sample["sex"] == "f") * 1.0), "y", design, "sex")
    assert (ours["estimate"].item(), ours["se"].item()) == (1.0, 0.0)
    assert np.isnan(ours["p"].item())


def test_a_difference_under_replicates_is_that_of_each_replicate(sample, design):
    made = jackknife(design)
    own = ReplicateDesign(design.weights, made)
    ours = survey_difference(sample, "y", own, "sex").iloc[0]
    f, y = (sample["sex"] == "f").to_numpy(), sample["y"].to_numpy()
    theta = [
        np.average(y[f], weights=w[f]) - np.average(y[~f], weights=w[~f])
        for w in (design.weights, *made.weights.T)
    ]
    se = np.sqrt(np.sum(made.rscales * (np.array(theta[1:]) - theta[0]) ** 2))
    assert (ours["estimate"], ours["se"], ours["df"]) == pytest.approx((theta[0], se, 15))
    assert (survey_mean(sample, "y", design=own, by="sex")["df"] == 15).all()
    about_mean = ReplicateDesign(design.weights, jackknife_about_mean(made))
    assert survey_difference(sample, "y", about_mean, "sex")["se"].item() < se


def jackknife_about_mean(made):
    return type(made)(made.weights, made.scale, made.rscales, mse=False, df=made.df)


def test_calibration_reaches_into_domains(sample, design):
    """Residuals of calibration reach beyond a domain's rows: the error of a domain that is a category is smaller."""
    totals = {"f": 300.0, "m": 250.0}
    own = post_stratify(sample, design, "sex", totals)
    total = survey_total(sample.assign(one=1.0), "one", own, by="sex")
    assert total["estimate"].tolist() == pytest.approx([300.0, 250.0])
    np.testing.assert_allclose(total["se"], 0, atol=1e-9)
    ours = survey_difference(sample, "y", own, "sex").iloc[0]
    means = survey_mean(sample, "y", design=own, by="sex")
    assert ours["estimate"] == pytest.approx(means["estimate"][0] - means["estimate"][1])


def test_proportions_sum_to_one_by_domain(sample, design):
    ours = survey_proportion(sample.assign(one=1.0), "age", design, by="sex")
    assert ours.groupby("sex")["estimate"].sum().tolist() == pytest.approx([1, 1])
    assert ours["category"].tolist() == ["1", "1", "2", "2", "3", "3"]
    assert ((ours["low"] > 0) & (ours["high"] < 1) & (ours["low"] < ours["estimate"])).all()
    means = survey_mean(sample.assign(is_2=(sample["age"] == "2") * 1.0), "is_2", design=design, by="sex")
    np.testing.assert_allclose(ours.loc[ours["category"] == "2", "se"], means["se"])


def test_an_answer_that_is_missing_counts_in_no_category(sample, design):
    sample.loc[:9, "age"] = None
    ours = survey_proportion(sample, "age", design)
    assert ours["estimate"].sum() == pytest.approx(1)
    assert ours["n"].tolist() == [80] * 3


@pytest.mark.parametrize("kind", ["logit", "beta", "mean"])
@pytest.mark.parametrize(("share", "se", "df"), [(0.4, 0.0, 5), (0.0, 0.1, 5), (1.0, 0.1, 5), (0.4, 0.1, 0)])
def test_a_share_that_does_not_vary_is_its_own_interval(kind, share, se, df):
    assert interval_of(kind, share, se, 20, df) == (share, share)


@pytest.mark.parametrize("kind", ["logit", "beta", "mean"])
def test_the_smallest_design_has_an_interval(kind):
    low, high = interval_of(kind, 0.4, 0.01, 20, 1)
    assert low < 0.4 < high
    assert interval_of(kind, 0.4, 0.01, 20, 1, 0.95) == (low, high)


def test_intervals_by_their_formulas():
    t = stats.t.ppf(0.95, 9)
    assert interval_of("mean", 0.4, 0.05, 80, 9, 0.9) == pytest.approx((0.4 - t * 0.05, 0.4 + t * 0.05))
    low, high = interval_of("logit", 0.4, 0.05, 80, 9, 0.9)
    half = t * 0.05 / 0.24
    assert [np.log(p / (1 - p)) for p in (low, high)] == pytest.approx(
        [np.log(2 / 3) - half, np.log(2 / 3) + half]
    )
    n = 0.24 / 0.05**2 * (stats.t.ppf(0.95, 79) / t) ** 2
    wanted = stats.beta.ppf(0.05, 0.4 * n, 0.6 * n + 1), stats.beta.ppf(0.95, 0.4 * n + 1, 0.6 * n)
    assert interval_of("beta", 0.4, 0.05, 80, 9, 0.9) == pytest.approx(wanted)


def test_weights_and_errors_below_one_count_too(sample):
    small = design_of(sample.assign(w=sample["w"] / 100), "w", "stratum", "cluster")
    assert survey_total(sample, "y", small)["n"].item() == 90
    ours = survey_difference(sample.assign(y=sample["y"] / 1000), "y", small, "sex").iloc[0]
    wanted = survey_difference(sample, "y", design_of(sample, "w", "stratum", "cluster"), "sex").iloc[0]
    assert ours["se"] < 1
    assert (ours["estimate"] * 1000, ours["p"]) == pytest.approx((wanted["estimate"], wanted["p"]))


def test_a_domain_without_weight_is_none(sample):
    sample.loc[sample["age"] == "3", "w"] = 0.0
    none = design_of(sample, "w")
    assert survey_difference(sample, "y", none, "age")[["first", "second"]].to_numpy().tolist() == [
        ["1", "2"]
    ]
    assert survey_total(sample, "y", none, by="age")["age"].tolist() == ["1", "2"]


def test_one_degree_of_freedom_gives_a_wide_interval(sample):
    frame = sample[sample["cluster"] < 2].assign(sex=["f", "f", "m", "m", "m"] * 2)
    design = design_of(frame, "w", clusters="cluster")
    apart = survey_difference(frame, "y", design, "sex").iloc[0]
    mean = survey_mean(frame, "y", design=design).iloc[0]
    for one in (apart, mean):
        assert one["df"] == 1
        assert one["high"] - one["estimate"] == pytest.approx(stats.t.ppf(0.975, 1) * one["se"])
    assert apart["p"] == pytest.approx(2 * stats.t.sf(abs(apart["estimate"] / apart["se"]), 1))


def test_a_share_that_the_design_fixes_has_no_effective_size():
    frame = pd.DataFrame({"s": list("aabb"), "y": [1.0, 1, 0, 0]})
    one = survey_mean(frame, "y", strata="s").iloc[0]
    assert (one["estimate"], one["se"], one["deff"]) == (0.5, 0.0, 0.0)
    assert np.isnan(one["n_eff"])


def test_a_domain_of_two_rows_has_a_design_effect(sample, design):
    two = sample.index.isin([0, 5])
    ours = survey_mean(sample.assign(part=np.where(two, "x", "y")), "y", design=design, by="part").iloc[0]
    w, y = sample.loc[two, "w"], sample.loc[two, "y"]
    assert ours["se"] > 1
    mean = np.average(y, weights=w)
    simple = np.average((y - mean) ** 2, weights=w)
    assert ours["deff_replace"] == pytest.approx(ours["se"] ** 2 / simple)
    assert ours["deff"] == pytest.approx(ours["se"] ** 2 / (simple * (1 - 2 / w.sum())))


def test_a_stratum_with_one_row_in_a_domain_costs_a_degree_of_freedom(sample, design):
    part = np.where((sample["stratum"] == "a") | (sample.index == 30), "x", "y")
    assert survey_mean(sample.assign(part=part), "y", design=design, by="part")["df"].tolist() == [
        7 - 2,
        12 - 2,
    ]


def test_categories_that_nobody_has_are_no_domain(sample, design):
    marked = sample.assign(age=pd.Categorical(sample["age"], list("4321")))
    assert survey_mean(marked, "y", design=design, by="age")["age"].tolist() == ["3", "2", "1"]


def test_a_single_row_has_the_index_0(sample, design):
    assert survey_ratio(sample, "y", "x", design).index.tolist() == [0]


def test_what_rounding_leaves_of_a_variance_is_none(sample, design):
    """The mean of a domain inside one cluster has no variance between clusters, nor an effective size."""
    marked = sample.assign(part=["x", "x"] + ["y"] * 88)
    ours = survey_mean(marked, "y", design=design, by="part").iloc[0]
    assert (ours["se"], ours["deff"], ours["df"]) == (0.0, 0.0, 0)
    assert np.isnan(ours["n_eff"])
