"""Designs, margins, trimming and replicates: what must hold, and what is refused by which words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import InputError, NotConverged
from ncsi.survey import (
    calibrate,
    design_of,
    jackknife,
    post_stratify,
    rao_wu,
    survey_mean,
    survey_ratio,
    trim,
)


@pytest.fixture
def sample():
    rng = np.random.default_rng(4)
    n = 400
    return pd.DataFrame(
        {
            "region": rng.choice(["east", "west"], n, p=[0.7, 0.3]),
            "age": rng.choice(["young", "middle", "old"], n, p=[0.5, 0.3, 0.2]),
            "sex": rng.choice(["f", "m"], n),
            "cluster": rng.integers(0, 40, n),
            "weight": rng.lognormal(0, 0.3, n),
            "y": rng.normal(70, 14, n),
        }
    )


MARGINS = {
    "region": {"east": 600.0, "west": 400.0},
    ("age", "sex"): {
        ("young", "f"): 150.0, ("young", "m"): 160.0, ("middle", "f"): 170.0,
        ("middle", "m"): 180.0, ("old", "f"): 190.0, ("old", "m"): 150.0,
    },
}  # fmt: skip


def test_raked_weights_meet_every_margin_also_crossed_ones(sample):
    weights = ncsi.rake(sample, MARGINS)
    assert weights.groupby(sample["region"]).sum().to_dict() == pytest.approx(MARGINS["region"], rel=1e-9)
    crossed = weights.groupby([sample["age"], sample["sex"]]).sum().to_dict()
    assert crossed == pytest.approx(MARGINS["age", "sex"], rel=1e-9)
    assert (weights > 0).all()


def test_raking_keeps_the_ratios_of_rows_alike_in_every_margin(sample):
    weights = ncsi.rake(sample, MARGINS)
    factor = (weights / sample["weight"]).groupby([sample["region"], sample["age"], sample["sex"]])
    assert factor.agg(lambda one: one.max() / one.min() - 1).max() < 1e-12


def test_raking_what_is_raked_changes_nothing(sample):
    once = ncsi.rake(sample, MARGINS)
    pd.testing.assert_series_equal(ncsi.rake(sample, MARGINS, base=once), once, rtol=1e-8)


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({"tier": {"1": 2}}, "margin tier: there is no column 'tier'"),
        ({"sex": {"f": 10}}, "margin sex, category 'm': .* rows have it, but it has no total"),
        ({"sex": {"f": 10, "m": 9, "x": 3}}, "margin sex, category 'x': it has a total but no respondent"),
        ({"sex": {"f": 10, "m": 0}}, "margin sex, category 'm': its total is not positive"),
        ({"sex": {"f": 10, "m": float("nan")}}, "margin sex, category 'm': its total is not positive"),
        (
            {"sex": {"f": 1, "m": 1}, "region": {"east": 2, "west": 1}},
            "margin region: its totals sum to 3, those",
        ),
        ({}, "there is no margin"),
    ],
)
def test_margins_that_cannot_be_met_are_named(sample, margins, message):
    with pytest.raises(InputError, match=message):
        ncsi.rake(sample, margins)


def test_a_missing_category_is_named_by_row(sample):
    sample.loc[7, "sex"] = None
    with pytest.raises(InputError, match=r"margin sex, row 7: the value is missing \(1 such rows\)"):
        ncsi.rake(sample, {"sex": {"f": 1, "m": 1}})


def test_margins_that_contradict_each_other_do_not_converge():
    """Every f is in the east, every m in the west: the two margins cannot disagree."""
    frame = pd.DataFrame({"sex": ["f", "m"] * 5, "region": ["east", "west"] * 5})
    margins = {"sex": {"f": 6.0, "m": 4.0}, "region": {"east": 4.0, "west": 6.0}}
    with pytest.raises(NotConverged, match=r"margin sex, category '[fm]' is off by .* contradict each other"):
        ncsi.rake(frame, margins, base=None)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_base_weights_are_positive(sample, bad):
    sample.loc[3, "weight"] = bad
    with pytest.raises(InputError, match="base weights, row 3: a weight is missing, 0 or negative"):
        ncsi.rake(sample, MARGINS)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda f: f.to_dict("list"), "the data are dict, not a pandas data frame"),
        (lambda f: f.assign(weight=pd.Timestamp(2026, 3, 1)), "column weight: it holds dates or durations"),
        (lambda f: pd.concat([f, f[["weight"]]], axis=1), "there are 2 columns 'weight'"),
        (lambda f: pd.concat([f, f[["sex"]]], axis=1), "there are 2 columns 'sex'"),
        (lambda f: f.assign(sex=[[one] for one in f["sex"]]), "column sex: its values are lists or the like"),
    ],
)
def test_data_that_cannot_be_raked_are_named(sample, data, message):
    with pytest.raises(InputError, match=message):
        ncsi.rake(data(sample), MARGINS)


def test_trimmed_weights_keep_bounds_and_margins(sample):
    sample.loc[:4, "weight"] = 40.0
    raked = ncsi.rake(sample, MARGINS)
    assert raked.max() > 4 * raked.mean()
    own = trim(sample, raked, (0.2, 3.0), MARGINS)
    assert own.max() <= 3.0 * raked.mean() * (1 + 1e-6)
    assert own.min() >= 0.2 * raked.mean() * (1 - 1e-6)
    assert own.groupby(sample["region"]).sum().to_dict() == pytest.approx(MARGINS["region"], rel=1e-6)


def test_trimming_without_margins_keeps_the_sum(sample):
    own = trim(sample, sample["weight"], (0.8, 1.2))
    assert own.sum() == pytest.approx(sample["weight"].sum())
    assert own.between(0.8 * own.mean() * (1 - 1e-9), 1.2 * own.mean() * (1 + 1e-9)).all()


def test_bounds_that_cannot_be_kept_are_an_error(sample):
    with pytest.raises(NotConverged, match="Widen the bounds"):
        trim(sample, ncsi.rake(sample, MARGINS), (0.95, 1.05), MARGINS)
    with pytest.raises(InputError, match="do not enclose 1"):
        trim(sample, sample["weight"], (1.5, 3.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": "nobody"}, "no column 'nobody'"),
        ({"strata": "holes"}, "column holes, row 2: the value is missing"),
        ({"weights": "negative"}, "column negative, row 1: the value is negative"),
        ({"weights": "text"}, "column text, row 0: the value is not a number"),
        ({"fpc": "small"}, "smaller than its sample"),
        ({"strata": "own"}, "stratum a: it has one cluster only.*lonely="),
    ],
)
def test_designs_that_make_no_sense_are_refused(arguments, message):
    frame = pd.DataFrame(
        {
            "y": [1.0, 2.0, 3.0],
            "holes": ["a", "a", None],
            "negative": [1.0, -1.0, 1.0],
            "text": ["x", "1", "2"],
            "small": [2, 2, 2],
            "own": ["a", "b", "b"],
        }
    )
    with pytest.raises(InputError, match=message):
        survey_mean(frame, "y", **arguments)


def test_missing_answers_make_a_domain_not_a_smaller_design(sample):
    sample.loc[::3, "y"] = np.nan
    marked = sample.assign(asked=sample["y"].notna())
    left_out = survey_mean(marked, "y", "weight", clusters="cluster").iloc[0]
    domain = survey_mean(marked, "y", "weight", clusters="cluster", by="asked").iloc[0]
    assert left_out["n"] == marked["asked"].sum()
    assert left_out["se"] == pytest.approx(domain["se"], rel=1e-12)


def test_weights_scaled_to_the_sample_have_a_design_effect_too(sample):
    """They sum to n, not to a population: the comparison is with drawing with replacement."""
    scaled = sample.assign(weight=sample["weight"] / sample["weight"].mean())
    row = survey_mean(scaled, "y", "weight", clusters="cluster").iloc[0]
    mean, n = np.average(scaled["y"], weights=scaled["weight"]), len(scaled)
    simple = np.average((scaled["y"] - mean) ** 2, weights=scaled["weight"]) / (n - 1)
    assert row["deff"] == pytest.approx(row["se"] ** 2 / simple, rel=1e-12)
    assert row["n_eff"] == pytest.approx(n / row["deff"])
    population = survey_mean(
        scaled.assign(weight=scaled["weight"] * 1000), "y", "weight", clusters="cluster"
    ).iloc[0]
    assert population["deff"] == pytest.approx(row["deff"] / (1 - 1 / 1000))


def test_many_domains_at_once_equal_one_after_the_other(sample):
    design = design_of(sample, "weight", "region", "cluster")
    at_once = survey_mean(sample, "y", design=design, by=["age", "sex"])
    for row in at_once.itertuples():
        inside = ((sample["age"] == row.age) & (sample["sex"] == row.sex)).to_numpy()
        w = np.where(inside, design.weights, 0.0)
        influence = np.where(inside, sample["y"] - row.estimate, 0.0) / w.sum()
        assert row.se == pytest.approx(float(np.sqrt(design.covariance(influence[:, None])[0, 0])), rel=1e-10)


def test_a_ratio_needs_a_denominator(sample):
    with pytest.raises(InputError, match="ratio y/zero: a domain's denominator is 0"):
        survey_ratio(sample.assign(zero=0.0), "y", "zero", design_of(sample))


def test_calibration_refuses_totals_it_cannot_meet(sample):
    x = pd.DataFrame({"one": 1.0, "again": 1.0}, index=sample.index)
    with pytest.raises(InputError, match="cannot be met together"):
        calibrate(x, design_of(sample), {"one": 400.0, "again": 500.0})
    with pytest.raises(InputError, match="'again' has no column or no total"):
        calibrate(x, design_of(sample), {"one": 400.0})
    with pytest.raises(InputError, match="weights would not be positive"):
        calibrate(pd.DataFrame({"y": sample["y"] - 70}), design_of(sample), {"y": 1e6})


def test_post_stratification_names_an_empty_category(sample):
    with pytest.raises(InputError, match="category 'x': it has a total but no respondent"):
        post_stratify(sample, design_of(sample), "sex", {"f": 1, "m": 1, "x": 1})


def test_rao_wu_replicates_give_the_linearised_error(sample):
    design = design_of(sample, "weight", "region", "cluster")
    replicates = rao_wu(design, 3000, seed=5)
    means = replicates.weights.T @ sample["y"].to_numpy() / replicates.weights.sum(axis=0)
    se = float(np.sqrt(replicates.covariance(means[:, None])[0, 0]))
    assert se == pytest.approx(survey_mean(sample, "y", design=design)["se"].iloc[0], rel=0.05)
    again = rao_wu(design, 3000, seed=5).weights
    np.testing.assert_array_equal(replicates.weights, again)


def test_replicates_need_two_clusters_a_stratum():
    frame = pd.DataFrame({"s": ["a", "b", "b"]})
    for make in (jackknife, lambda design: rao_wu(design, 10, 1)):
        with pytest.raises(InputError, match="stratum a: it has one cluster only"):
            make(design_of(frame, strata="s"))
