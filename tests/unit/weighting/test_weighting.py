"""A sector's weights: the steps, what they achieve, and what is refused by which words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import NotConverged, WeightingError
from ncsi.spec import MarginRow, MarginTable, Wave
from ncsi.weighting import by_margin, by_respondent, by_sector, largest, weigh
from ncsi.weighting.targets import as_texts

REGIONS, TIERS, AGES, SEXES = ("east", "west"), ("1", "2"), ("young", "old"), ("f", "m")


@pytest.fixture
def responses():
    rng = np.random.default_rng(11)
    n = 600
    return pd.DataFrame(
        {
            "brand": rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2]),
            "respondent": [f"p{k}" for k in range(n)],
            "weight_base": rng.lognormal(0, 0.2, n),
            "region": rng.choice(REGIONS, n, p=[0.7, 0.3]),
            "background_tier": rng.choice(TIERS, n),
            "background_age": rng.choice(AGES, n, p=[0.6, 0.4]),
            "background_sex": rng.choice(SEXES, n),
            "background_point": [f"{k}" for k in rng.integers(0, 40, n)],
        }
    )


def wave(shares=(0.4, 0.3, 0.2), **weighting):
    """Shares of brands a, b, c; background tier, age, sex, point; a weighting where one is given."""
    both = {"zh": "x", "en": "x"}
    brands = [{"id": one, "label": both} for one in "abc"]
    for brand, share in zip(brands, shares or (), strict=False):
        brand["share"] = share
    content = {
        "spec": "ncsi/wave/1", "id": "2026", "label": both, "title": both, "publisher": both,
        "field": {"start": "2026-03-01", "end": "2026-03-31"}, "release_date": "2026-05-15",
        "sectors": [{"id": "dairy", "brands": brands}], "background": {
            name: {
                "label": {"zh": name, "en": name}, "values": [{"id": v, "label": {"zh": v, "en": v}} for v in values]
            }
            for name, values in (
                ("region", REGIONS), ("tier", TIERS), ("age", AGES), ("sex", SEXES),
                ("point", map(str, range(40))),
            )
        },
    }  # fmt: skip
    return Wave.model_validate(content | ({"weighting": weighting} if weighting else {}))


def table(by, totals, drawn=None, file=None):
    rows = tuple(
        MarginRow(
            key if isinstance(key, tuple) else (key,), total, "census", 2020, None, (drawn or {}).get(key)
        )
        for key, total in totals.items()
    )
    return MarginTable(file or f"margins/{'_'.join(by)}.csv", tuple(by), rows, "0")


GEOGRAPHY = table(
    ("region", "tier"), {("east", "1"): 30, ("east", "2"): 25, ("west", "1"): 20, ("west", "2"): 25}
)
PEOPLE = table(("age", "sex"), {("young", "f"): 20, ("young", "m"): 30, ("old", "f"): 26, ("old", "m"): 24})
FRAME = table(("region",), {"east": 60000.0, "west": 40000.0}, {"east": 600.0, "west": 800.0})
BOTH = [{"by": list(one.by), "file": one.file} for one in (GEOGRAPHY, PEOPLE)]
FILES = {one.file: one for one in (GEOGRAPHY, PEOPLE, FRAME)}


def weights_of(responses, spec, files=FILES, seed=3):
    return weigh(responses, spec, spec.sector("dairy"), files, seed)


def test_without_a_weighting_brands_weigh_their_market_share(responses):
    weighed = weights_of(responses, wave(), {})
    shares = pd.Series(weighed.weights).groupby(responses["brand"]).sum() / weighed.weights.sum()
    assert shares.to_dict() == pytest.approx({"a": 4 / 9, "b": 3 / 9, "c": 2 / 9})
    ratio = pd.Series(weighed.weights / responses["weight_base"]).groupby(responses["brand"])
    assert (ratio.max() / ratio.min() - 1).max() < 1e-12
    assert weighed.weights.mean() == pytest.approx(1)
    assert weighed.method == ("base", "post_stratification")


def test_without_shares_the_base_weight_stands(responses):
    weighed = weights_of(responses, wave(shares=None), {})
    expected = responses["weight_base"] / responses["weight_base"].mean()
    np.testing.assert_allclose(weighed.weights, expected, rtol=1e-12)
    assert by_margin(weighed).empty


def test_a_brand_nobody_answered_for_takes_no_share(responses):
    weighed = weights_of(responses[responses["brand"] != "c"], wave(), {})
    assert by_margin(weighed)["target"].to_list() == pytest.approx([4 / 7, 3 / 7])


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_region_by_tier_age_by_sex_and_brand_shares_are_all_met(responses, method):
    weighed = weights_of(responses, wave(margins=BOTH, method=method))
    report = by_margin(weighed)
    assert report["margin"].unique().tolist() == ["region × tier", "age × sex", "brand"]
    np.testing.assert_allclose(report["after"], report["target"], rtol=1e-6)
    assert (report["before"] - report["target"]).abs().max() > 0.05
    assert report["respondents"].groupby(report["margin"]).sum().unique().tolist() == [600]
    assert set(report["source"]) == {"census", "调查期文件2026：市场份额 | wave file 2026, market shares"}
    assert report.loc[report["category"] == "east × 1", "target"].item() == pytest.approx(0.3)
    assert weighed.weights.mean() == pytest.approx(1, abs=1e-12)


def test_the_stored_weight_is_the_product_of_its_factors(responses):
    spec = wave(
        frame={"by": ["region"], "file": FRAME.file}, margins=BOTH, bounds={"low": 0.4, "high": 2.2},
        nonresponse={"by": ["sex"], "file": "margins/sex.csv"},
    )  # fmt: skip
    files = FILES | {"margins/sex.csv": table(("sex",), {"f": 700, "m": 300})}
    weighed = weights_of(responses, spec, files)
    rows = by_respondent(weighed, responses)
    names = [name for name in rows if name.startswith(("weight_base", "factor_"))]
    np.testing.assert_allclose(rows[names].prod(axis=1), rows["weight"], rtol=1e-12)
    assert rows["factor_frame"].groupby(responses["region"]).first().to_dict() == {
        "east": 100.0,
        "west": 50.0,
    }
    start = rows["weight_base"] * rows["factor_frame"] * rows["factor_nonresponse"]
    by_class = start.groupby(responses["background_sex"]).sum()
    assert by_class["f"] / by_class.sum() == pytest.approx(0.7)
    assert rows["weight"].between(0.4 * (1 - 1e-5), 2.2 * (1 + 1e-5)).all()
    row = by_sector(weighed).iloc[0]
    assert row["method"] == "base frame nonresponse raking trimming"
    assert row["trimmed"] > 0
    assert row["n_eff"] == pytest.approx(rows["weight"].sum() ** 2 / (rows["weight"] ** 2).sum())
    assert row["deff"] * row["n_eff"] == pytest.approx(600)
    assert largest(weighed)["weight"].tolist() == sorted(rows["weight"])[:-11:-1]


def test_a_brand_that_replicates_leave_out_is_told_with_a_cure_that_there_is(responses):
    responses["brand"] = np.where(np.arange(len(responses)) < 3, "a", responses["brand"].replace("a", "b"))
    design = {"strata": ["region"], "replicates": {"number": 100}}
    with pytest.raises(
        WeightingError, match=r"margin brand, category 'a': its 3 respondents.*`brand_share: false`"
    ):
        weights_of(responses, wave(**design))
    assert weights_of(responses, wave(brand_share=False, **design)).used().replicates is not None
    assert weights_of(responses, wave(replicates={"number": 100})).used().replicates is not None


def test_those_without_a_value_keep_their_share_on_request(responses):
    responses.loc[:59, "background_age"] = None
    people = BOTH[1] | {"missing": "own_share"}
    weighed = weights_of(responses, wave(shares=None, margins=[people]))
    report = by_margin(weighed).set_index("category")
    own = responses.loc[:59, "weight_base"].sum() / responses["weight_base"].sum()
    assert report.loc["(missing) × (missing)", "after"] == pytest.approx(own)
    assert report.loc["young × m", "after"] == pytest.approx(0.3 * (1 - own))


def test_replicate_weights_are_calibrated_each(responses):
    spec = wave(margins=BOTH, cluster="point", replicates={"number": 120})
    weighed = weights_of(responses, spec)
    sets = weighed.replicates.weights
    assert sets.shape == (600, 120)
    for target in weighed.targets:
        for own in sets.T[::17]:
            reached = np.bincount(target.margin.codes, own, len(target.margin.totals))
            np.testing.assert_allclose(reached, target.margin.totals, rtol=1e-6)
    row = by_sector(weighed).iloc[0]
    assert (row["strata"], row["clusters"], row["degrees_of_freedom"], row["replicates"]) == (1, 40, 39, 120)
    again = weights_of(responses, spec).replicates.weights
    np.testing.assert_array_equal(again, sets)
    assert (weights_of(responses, spec, seed=4).replicates.weights != sets).any()


def test_the_jackknife_leaves_one_cluster_out_at_a_time(responses):
    spec = wave(margins=BOTH, cluster="point", replicates={"method": "jackknife"})
    weighed = weights_of(responses, spec)
    gone = weighed.replicates.weights == 0
    for k in range(40):
        assert responses.loc[gone[:, k], "background_point"].nunique() == 1


@pytest.mark.parametrize("bad", [0.0, -2.0, float("nan")])
def test_base_weights_are_positive(responses, bad):
    responses.loc[3, "weight_base"] = bad
    with pytest.raises(
        WeightingError, match="wave 2026, sector dairy, base weights: 1 of 600 are zero, negative or missing"
    ):
        weights_of(responses, wave())


def geography(**totals):
    """The region margin with these totals, as files and a weighting that names it."""
    own = table(("region",), totals, file="margins/r.csv")
    return wave(margins=[{"by": ["region"], "file": own.file}]), {own.file: own}


@pytest.mark.parametrize(
    ("totals", "message"),
    [
        (
            {"east": 5, "west": 4, "north": 1},
            "category 'north': it has a total but no respondent. Join",
        ),
        (
            {"East": 5, "west": 4},
            r"category 'east': \d+ rows have it, but it has no total\. .*Did you mean 'East'\?",
        ),
        ({"east": 5}, "category 'west': .* Categories are: east"),
    ],
)
def test_a_category_absent_or_misspelt_is_named_with_its_cure(responses, totals, message):
    spec, files = geography(**totals)
    with pytest.raises(WeightingError, match=f"wave 2026, sector dairy, margin region.*{message}"):
        weights_of(responses, spec, files)


def test_a_missing_value_is_an_error_unless_declared(responses):
    responses.loc[[7, 9], "region"] = None
    spec, files = geography(east=5, west=4)
    with pytest.raises(
        WeightingError,
        match=r"column region: 2 of 600 responses have no declared value\. .*missing: own_share",
    ):
        weights_of(responses, spec, files)
    with pytest.raises(
        WeightingError, match=r"column region: 2 of 600 .*The design needs it of every response"
    ):
        weights_of(responses, wave(strata=["region"]))
    with pytest.raises(WeightingError, match=r"column region: 2 of 600 .*stratum of the frame"):
        weights_of(responses, wave(frame={"by": ["region"], "file": FRAME.file}))


def test_a_brand_without_a_share_is_named(responses):
    responses.loc[5, "brand"] = "z"
    with pytest.raises(WeightingError, match="sector dairy, margin brand, category 'z': 1 rows have it"):
        weights_of(responses, wave())


def test_several_categories_without_totals_are_counted(responses):
    west, total = int((responses["region"] == "west").sum()), len(responses)
    first = str(responses.loc[0, "region"])
    own = west if first == "west" else total - west
    spec, files = geography(north=1, south=2)
    message = f"category '{first}': {own} rows have it, but it has no total, as have 1 more"
    with pytest.raises(WeightingError, match=message):
        weights_of(responses, spec, files)


def test_margins_that_contradict_each_other_name_sector_and_margin(responses):
    responses["background_tier"] = responses["region"].map({"east": "1", "west": "2"})
    tier = table(("tier",), {"1": 10, "2": 90}, file="margins/t.csv")
    spec = wave(margins=[{"by": ["region"], "file": "margins/r.csv"}, {"by": ["tier"], "file": tier.file}])
    files = {"margins/r.csv": table(("region",), {"east": 50, "west": 50}), tier.file: tier}
    with pytest.raises(
        NotConverged, match=r"wave 2026, sector dairy, raking: margin (tier|region), category .*off"
    ):
        weights_of(responses, spec, files)


def test_a_stratum_of_one_cluster_is_an_error_or_certain(responses):
    responses.loc[responses["region"] == "west", "background_point"] = "7"
    declared = {"strata": ["region"], "cluster": "point", "replicates": {"number": 100}}
    with pytest.raises(
        WeightingError, match=r"sector dairy, stratum west: it has one cluster only.*`lonely: certainty`"
    ):
        weights_of(responses, wave(**declared))
    certain = weights_of(responses, wave(shares=None, lonely="certainty", **declared)).replicates.weights
    west = (responses["region"] == "west").to_numpy()
    assert (certain[west] > 0).all()
    assert (certain[~west] == 0).any()


def test_a_brand_of_one_keeps_it_where_brands_are_the_strata(responses):
    responses["brand"] = np.where(np.arange(len(responses)) < 1, "a", responses["brand"].replace("a", "b"))
    sets = weights_of(responses, wave(replicates={"number": 100})).used().replicates.weights
    assert (sets[0] > 0).all()
    assert (sets[1:] == 0).any(axis=1).mean() > 0.9


def test_a_category_too_small_for_replicates_is_named(responses):
    responses["background_age"] = ["old"] * 2 + ["young"] * 598
    age = table(("age",), {"old": 1, "young": 99}, file="margins/a.csv")
    spec = wave(margins=[{"by": ["age"], "file": age.file}], replicates={"number": 100})
    with pytest.raises(
        WeightingError, match="margin age, category 'old': its 2 respondents are all left out of one"
    ):
        weights_of(responses, spec, {age.file: age})


def test_bounds_cut_only_what_lies_outside(responses):
    """Without margins the mean is 1, so that the bounds are weights; a weight on a bound stays."""
    base = np.r_[0.5, 2.0, 0.49, 2.01, np.linspace(0.9, 1.1, 596)]
    base[4:] *= (600 - base[:4].sum()) / base[4:].sum()
    spec = wave(shares=None, bounds={"low": 0.5, "high": 2.0})
    weighed = weights_of(responses.assign(weight_base=base), spec)
    assert weighed.trimmed == 2
    assert weighed.method == ("base", "trimming")
    assert weighed.weights.min() >= 0.5
    assert weighed.weights.max() <= 2.0
    assert weighed.weights[2:4].tolist() == pytest.approx([0.5, 2.0])
    whole = weights_of(responses.assign(weight_base=np.r_[base[:2], base[:2], base[4:]]), spec)
    assert whole.trimmed == 0
    assert (whole.factors["factor_trimming"] == 1).all()
    for k, value in ((2, 0.49), (3, 2.01)):
        one = np.r_[base[:2], base[:2], base[4:]]
        one[k] = value
        one[4:] *= (600 - one[:4].sum()) / one[4:].sum()
        assert weights_of(responses.assign(weight_base=one), spec).trimmed == 1


def test_without_bounds_nothing_is_trimmed(responses):
    assert weights_of(responses, wave()).trimmed == 0


def test_the_design_carries_the_trimming_but_not_the_calibration(responses):
    """Replicates are calibrated anew, so the design's weights are base, frame and trimming."""
    spec = wave(margins=BOTH, bounds={"low": 0.5, "high": 1.9}, replicates={"number": 100})
    weighed = weights_of(responses, spec)
    assert weighed.trimmed > 0
    trimming = weighed.factors["factor_trimming"]
    np.testing.assert_allclose(weighed.design.weights, responses["weight_base"] * trimming)
    assert trimming.min() < 0.999
    assert trimming.max() > 1.001


def test_nonresponse_classes_of_those_without_a_value_go_by_base_and_frame(responses):
    responses.loc[:49, "background_sex"] = None
    sex = table(("sex",), {"f": 600, "m": 400}, file="margins/sex.csv")
    source = {"by": ["sex"], "file": sex.file, "missing": "own_share"}
    spec = wave(shares=None, frame={"by": ["region"], "file": FRAME.file}, nonresponse=source)
    weighed = weights_of(responses, spec, FILES | {sex.file: sex})
    factors = weighed.factors
    start = factors["weight_base"] * factors["factor_frame"]
    unknown = responses["background_sex"].isna()
    own = start[unknown].sum() / start.sum()
    after = start * factors["factor_nonresponse"]
    assert after[unknown].sum() / after.sum() == pytest.approx(own)
    f = responses["background_sex"] == "f"
    assert after[f].sum() / after.sum() == pytest.approx(0.6 * (1 - own))
    assert weighed.method == ("base", "frame", "nonresponse")


def test_own_share_changes_nothing_where_every_value_is_there(responses):
    people = BOTH[1] | {"missing": "own_share"}
    plain = weights_of(responses, wave(shares=None, margins=[BOTH[1]]))
    np.testing.assert_array_equal(
        weights_of(responses, wave(shares=None, margins=[people])).weights, plain.weights
    )


def test_the_category_of_missing_values_names_source_and_year(responses):
    responses.loc[:59, "background_age"] = None
    rows = tuple(MarginRow((key,), 1.0, "census", year) for key, year in (("young", 2018), ("old", 2021)))
    age = MarginTable("margins/a.csv", ("age",), rows, "0")
    source = {"by": ["age"], "file": age.file, "missing": "own_share"}
    report = by_margin(weights_of(responses, wave(shares=None, margins=[source]), {age.file: age}))
    row = report.set_index("category").loc["(missing)"]
    assert (row["source"], row["year"]) == ("share by base weights", 2018)


def test_a_wave_says_whether_brands_weigh_their_market_share(responses):
    assert weights_of(responses, wave()).by_share
    assert not weights_of(responses, wave(shares=None)).by_share
    assert not weights_of(responses, wave(shares=None, margins=BOTH)).by_share
    assert weights_of(responses, wave(margins=BOTH)).by_share
    assert not weights_of(responses, wave(margins=BOTH, brand_share=False)).by_share


def test_several_columns_cross_into_strata(responses):
    design = weights_of(responses, wave(strata=["region", "tier"])).design
    assert design.strata == ("east × 1", "east × 2", "west × 1", "west × 2")
    assert weights_of(responses, wave(strata=["region"])).design.strata == ("east", "west")
    assert weights_of(responses, wave()).design.strata == ("a", "b", "c")
    assert weights_of(responses, wave(cluster="point")).design.strata == ("all",)


def test_reports_are_rows_numbered_from_0_whatever_the_index(responses):
    shuffled = responses.set_index(pd.Index(range(1000, 1600)))
    weighed = weights_of(shuffled, wave(margins=BOTH))
    rows = by_respondent(weighed, shuffled)
    assert rows.index.tolist() == by_margin(weighed).index.tolist() + list(
        range(len(by_margin(weighed)), 600)
    )
    assert rows["respondent"].tolist() == responses["respondent"].tolist()
    assert rows["brand"].tolist() == responses["brand"].tolist()
    assert [len(one) for one in rows["replicates"]] == [0] * 600
    np.testing.assert_array_equal(rows["weight"], weighed.weights)


def test_what_a_weighting_achieved_in_numbers(responses):
    weighed = weights_of(responses, wave())
    row, top = by_sector(weighed).iloc[0], largest(weighed)
    assert row["replicates"] == 0
    names = ["weight_min", "weight_p05", "weight_median", "weight_p95", "weight_max"]
    wanted = np.quantile(weighed.weights, [0, 0.05, 0.5, 0.95, 1])
    np.testing.assert_allclose(row[names].to_numpy(dtype=float), wanted)
    assert top["place"].tolist() == list(range(1, 11))
    np.testing.assert_allclose(top["share"], top["weight"] / 600)


def test_small_base_weights_are_scaled_up(responses):
    """The factor of calibration holds the scale, so that the weights have a mean of 1."""
    small = weights_of(responses.assign(weight_base=responses["weight_base"] / 100), wave(shares=None))
    assert small.weights.mean() == pytest.approx(1)
    rows = small.factors
    np.testing.assert_allclose(rows["factor_calibration"] * rows["weight_base"], rows["weight"])
    sets = weights_of(
        responses.assign(weight_base=3.0),
        wave(shares=None, cluster="point", replicates={"method": "jackknife"}),
    ).replicates.weights
    np.testing.assert_allclose(sets.mean(axis=0), 1)


def test_without_a_seed_replicates_are_those_of_seed_1(responses):
    spec = wave(shares=None, replicates={"number": 100})
    plain = weigh(responses, spec, spec.sector("dairy"), {})
    np.testing.assert_array_equal(
        plain.replicates.weights, weights_of(responses, spec, {}, 1).replicates.weights
    )


@pytest.mark.parametrize("values", [["a", None, "b", "a"], [None, None], ["b"], []])
def test_categories_as_texts_are_what_they_stand_for(values):
    plain = pd.Series(values, dtype="str", index=range(3, 3 + len(values)), name="age")
    made = as_texts(plain.astype(pd.CategoricalDtype(["b", "c", "a"])))
    pd.testing.assert_series_equal(made, plain)
    assert as_texts(plain) is plain
    nobody = pd.Series(pd.Categorical([None] * 3), name="device")
    pd.testing.assert_series_equal(as_texts(nobody), pd.Series([None] * 3, dtype="str", name="device"))


def test_background_in_categories_weighs_as_in_texts(responses):
    """Other values than those declared count as missing, which may be a category of its own."""
    responses.loc[:49, "background_sex"] = "other"
    people = BOTH[1] | {"missing": "own_share"}
    spec = wave(margins=[BOTH[0], people], strata=["region", "tier"], bounds={"low": 0.5, "high": 1.9})
    names = [name for name in responses if name.startswith("background_")]
    few = responses.assign(**{name: responses[name].astype("category") for name in ["brand", *names]})
    first, second = (weights_of(one, spec) for one in (responses, few))
    assert first.trimmed == second.trimmed > 0
    pd.testing.assert_frame_equal(first.factors, second.factors, check_exact=True)
    pd.testing.assert_frame_equal(by_margin(first), by_margin(second), check_exact=True)
    assert first.design.strata == second.design.strata
    np.testing.assert_array_equal(first.design.cluster, second.design.cluster)
    with pytest.raises(WeightingError, match="column sex: 50 of 600 responses have no declared value"):
        weights_of(few, wave(margins=BOTH))


def test_factors_multiply_to_the_weight_whatever_steps_were_taken(responses):
    source = {"by": ["region"], "file": FRAME.file}
    steps = {"margins": BOTH, "bounds": {"low": 0.5, "high": 1.9}, "frame": source}
    for taken in ({}, *({name: steps[name]} for name in steps), steps):
        rows = weights_of(responses, wave(**taken)).factors
        product = rows.drop(columns="weight").prod(axis=1)
        np.testing.assert_allclose(product, rows["weight"], rtol=1e-12)
        assert rows["weight"].mean() == pytest.approx(1, abs=1e-12)
        np.testing.assert_array_equal(rows["weight_base"], responses["weight_base"])
        assert (rows["factor_frame"].nunique() == 2) == ("frame" in taken)
        assert (rows["factor_trimming"].nunique() > 1) == ("bounds" in taken)
