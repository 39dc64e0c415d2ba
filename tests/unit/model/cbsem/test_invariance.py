"""Does the questionnaire measure alike in every group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.cli.groups import _levels
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cbsem import groups
from ncsi.spec import Instrument
from ncsi.stages.group_comparison import GroupOutcome


@pytest.fixture(scope="module")
def small(inst):
    spec = inst.model_dump(by_alias=True)
    kept = [one for one in spec["constructs"] if one["id"] in ("Image", "Loyalty")]
    path = {"from": "Image", "to": "Loyalty"}
    return Instrument.model_validate({**spec, "constructs": kept, "paths": [path], "target": "Loyalty"})


@pytest.fixture(scope="module")
def halves(survey):
    return survey.assign(half=np.where(np.arange(len(survey)) % 2 == 0, "even", "odd"))


def test_halves_drawn_at_random_measure_alike(halves, small):
    found = ncsi.invariance(halves, small, group="half")
    assert found.levels["model"].tolist() == ["configural", "metric", "scalar", "strict"]
    assert found.levels["holds"].all()
    assert found.verdict == "strict"
    assert found.levels["delta_df"].iloc[1:].tolist() == [5, 5, 7]
    metric = found.estimates.query("model == 'metric' and op == '=~'")
    loadings = metric.pivot(index="rhs", columns="group", values="estimate")
    np.testing.assert_allclose(loadings["even"], loadings["odd"], rtol=1e-9)


def test_an_item_that_means_less_in_one_group_breaks_metric_invariance(halves, small):
    rng = np.random.default_rng(2)
    odd = np.flatnonzero(halves["half"] == "odd")
    moved = halves.copy()
    moved.loc[odd, "IMA2"] = moved.loc[rng.permutation(odd), "IMA2"].to_numpy()
    found = ncsi.invariance(moved, small, group="half")
    assert found.verdict == "configural"
    assert found.levels["delta_p"].iloc[1] < 1e-6
    assert not found.levels["holds"].iloc[1]


def test_an_item_that_is_answered_higher_breaks_scalar_invariance(halves, small):
    moved = halves.copy()
    moved["IMA2"] = np.where(moved["half"] == "odd", moved["IMA2"] * 0.9 + 1, moved["IMA2"] * 0.9)
    found = ncsi.invariance(moved, small, group="half")
    assert found.verdict == "metric"
    assert found.levels["delta_p"].iloc[2] < 1e-6


def test_a_group_that_is_happier_throughout_does_not(halves, small):
    """A higher latent mean is a finding, not a fault of measurement."""
    items = [item.id for item in small.construct("Image").items]
    moved = halves.astype(dict.fromkeys(items, float))
    moved.loc[:, items] = moved[items] * 0.8 + 1
    moved.loc[moved["half"] == "odd", items] += 1
    assert ncsi.invariance(moved, small, group="half").verdict == "strict"


def test_missing_answers_and_weights(survey_missing, small):
    found = ncsi.invariance(survey_missing, small, group="region", weights="weight")
    assert found.levels["df"].tolist() == [39, 49, 59, 73]
    assert found.estimates["estimate"].notna().all()
    assert found.estimates.index.is_unique


def test_a_construct_of_one_item_has_nothing_to_hold_equal(survey, small):
    spec = small.model_dump(by_alias=True)
    spec["constructs"][1]["items"] = spec["constructs"][1]["items"][:1]
    single = Instrument.model_validate(spec)
    found = ncsi.invariance(survey, single, group="region")
    assert found.levels["delta_df"].iloc[1:].tolist() == [6, 6, 8]


@pytest.mark.parametrize(
    ("change", "group", "message"),
    [
        ({}, "planet", "no column planet"),
        ({"half": "odd"}, "half", "column 'half' holds 1 group"),
        ({"half": lambda df: np.where(df.index < 5, "few", "many")}, "half", r"group few of 'half': .* 5 eligible"),
        ({"IMA1": lambda df: df["IMA1"].where(df["half"] == "odd", 7)}, "half",
         "group even of 'half': construct Image, item IMA1: every answer is the same"),
        ({"IMA1": lambda df: df["IMA1"].where(df["half"] == "odd", df["IMA2"])}, "half",
         "group even of 'half': .*linearly"),
    ],
)  # fmt: skip
def test_what_is_refused(halves, small, change, group, message):
    with pytest.raises(ModelError, match=message):
        ncsi.invariance(halves.assign(**change), small, group=group)


@pytest.fixture(scope="module")
def shifted(halves):
    """IMA2 is answered half a point lower by the odd ones, whatever they think."""
    moved = halves.astype({"IMA2": float})
    moved["IMA2"] = np.where(moved["half"] == "odd", 0.9 * moved["IMA2"], 0.9 * moved["IMA2"] + 0.8)
    return moved


def test_an_intercept_left_free_restores_what_it_broke(shifted, small):
    whole = ncsi.invariance(shifted, small, group="half")
    assert whole.verdict == "metric"
    scalar = whole.releases.query("model == 'scalar'").sort_values("mi", ascending=False).iloc[0]
    assert (scalar["lhs"], scalar["op"]) == ("IMA2", "~1")
    partial = ncsi.invariance(shifted, small, group="half", free="IMA2 ~ 1")
    assert (partial.verdict, partial.free) == ("strict", ("IMA2 ~ 1",))
    levels, freed = (one.levels.set_index("model") for one in (whole, partial))
    assert freed["df"]["scalar"] == levels["df"]["scalar"] - 1
    assert scalar["mi"] == pytest.approx(levels["chisq"]["scalar"] - freed["chisq"]["scalar"], rel=0.15)
    own = partial.estimates.query("model == 'scalar' and lhs == 'IMA2' and op == '~1'").set_index("group")[
        "estimate"
    ]
    assert own["even"] - own["odd"] == pytest.approx(0.8, abs=0.2)
    sign = 1 if scalar["group"] == "even" else -1
    assert scalar["epc"] == pytest.approx(sign * (own["even"] - own["odd"]), rel=0.15)


def test_scores_of_equalities_are_falls_of_chisq(shifted, small):
    """MI of the small ones, freed one by one, against fitting again."""
    whole = ncsi.invariance(shifted, small, group="half", free=["IMA2 ~1"])
    held = whole.levels.set_index("model")["chisq"]
    for level, name in (("metric", "Image =~ IMA3"), ("scalar", "IMA4 ~1"), ("strict", "LOY1 ~~ LOY1")):
        freed = ncsi.invariance(shifted, small, group="half", free=["IMA2 ~1", name]).levels.set_index(
            "model"
        )["chisq"]
        rows = whole.releases[whole.releases["model"] == level]
        told = (rows["lhs"] + " " + rows["op"] + " " + rows["rhs"]).str.strip() == name
        assert rows[told]["mi"].nunique() <= 2
        assert rows[told]["mi"].iloc[0] == pytest.approx(held[level] - freed[level], rel=0.1, abs=0.1)


@pytest.mark.parametrize("how", [{}, {"robust": True, "weights": "weight"}], ids=["plain", "robust"])
def test_groups_that_share_nothing_are_as_if_fitted_alone(halves, small, how):
    """Configural: estimates, errors and χ² of each by itself; robust ones too, scaled χ² by the sum of the traces."""
    found = ncsi.invariance(halves, small, group="half", **how)
    alone = {
        name: ncsi.fit_cbsem(
            halves[halves["half"] == name], small, missing="fiml" if how else "two_stage", **how
        )
        for name in ("even", "odd")
    }
    ours = found.estimates.query("model == 'configural' and op != '~1'")
    for name, one in alone.items():
        part = ours[ours["group"] == name].reset_index(drop=True)
        for column in ("estimate", "se", "std"):
            np.testing.assert_allclose(part[column], one.estimates[column], rtol=1e-6, atol=1e-8)
    first = found.levels.iloc[0]
    assert first["chisq"] == pytest.approx(sum(one.fit_measures["chisq"] for one in alone.values()), abs=1e-6)
    if how:
        total = sum(one.fit_measures["scaling"] * one.fit_measures["df"] for one in alone.values())
        assert first["scaling"] == pytest.approx(total / first["df"], rel=1e-6)


def test_clusters_that_cut_across_groups_count_once(survey, small):
    """Everybody twice, in either group: as clusters the scaling is that of each once, by 2 (clusters) and m/(m − 1)."""
    both = pd.concat([survey.assign(side="left"), survey.assign(side="right")], ignore_index=True)
    naive = ncsi.invariance(both, small, group="side", robust=True)
    clustered = ncsi.invariance(both, small, group="side", robust=True, clusters="respondent")
    m = len(survey)
    a, b = (one.levels.set_index("model") for one in (naive, clustered))
    np.testing.assert_allclose(a["chisq"], b["chisq"])
    assert b["scaling"]["configural"] == pytest.approx(a["scaling"]["configural"] * m / (m - 1), rel=1e-6)
    shared = [one.estimates.query("model == 'metric' and lhs == 'Image' and rhs == 'IMA2'")["se"].iloc[0]
              for one in (naive, clustered)]  # fmt: skip
    assert shared[1] == pytest.approx(shared[0] * np.sqrt(2 * m / (m - 1)), rel=1e-5)


def test_under_invariance_scaled_differences_reject_as_often_as_they_say(drawn, two_blocks):
    """20 surveys of two groups of 250, heavy tails in clusters of 8 that lie across them: Δχ² on 4 degrees."""
    scaled = []
    for seed in range(20):
        frame = drawn(500, 300 + seed, tails=True, clusters=8).assign(half=np.arange(500) % 2)
        found = ncsi.invariance(frame, two_blocks, group="half", robust=True, clusters="cluster").levels
        scaled.append(found["delta_chisq"].iloc[2])
    assert np.mean(scaled) == pytest.approx(4, abs=4 * np.sqrt(8 / 20))
    assert found["delta_df"].tolist()[1:] == [4, 4, 6]


@pytest.mark.parametrize(
    ("free", "message"),
    [
        (
            ["Image =~ IMA9"],
            "free: no level of invariance holds 'Image =~ IMA9' equal.*did you mean Image =~ IMA",
        ),
        (
            ["Image =~ IMA1"],
            "free: the loading Image =~ IMA1 sets the scale of Image and is 1 in every group",
        ),
        (["Loyalty ~ Image"], "free: no level of invariance holds 'Loyalty ~ Image' equal"),
        (["IMA1 ~1", "IMA2 ~1", "IMA3 ~1", "IMA4 ~1"], "free: no intercept of Image .IMA1, .* is left equal"),
    ],
)
def test_what_cannot_be_left_free(halves, small, free, message):
    with pytest.raises(ModelError, match=message):
        ncsi.invariance(halves, small, group="half", free=free)
    with pytest.raises(ModelError, match="clusters 'region' change standard errors only"):
        ncsi.invariance(halves, small, group="half", clusters="region")


def test_the_page_tells_what_was_left_free(shifted, small):
    found = ncsi.invariance(shifted, small, group="half", free=["IMA2 ~1"], robust=True)
    for lang, said in (
        ("zh", "各组自由估计（部分不变性）：IMA2 ~1"),
        ("en", "(partial invariance): IMA2 ~1"),
    ):
        page = str(found.summary(lang))
        assert said in page
    assert "残差方差" in str(found.summary("zh"))
    assert "scaled by the design" in str(found.summary())
    assert set(found.tidy()["group"]) == {"even", "odd"}


def without(levels, monkeypatch):
    """Those levels have no optimum."""
    asked, polish = iter(("configural", "metric", "scalar", "strict")), groups.polish

    def tried(problem, start):
        if next(asked) in levels:
            raise NotConverged("the decrement is too large")
        return polish(problem, start)

    monkeypatch.setattr(groups, "polish", tried)


def test_a_level_without_an_optimum_takes_no_other_with_it(halves, small, monkeypatch):
    whole = ncsi.invariance(halves, small, group="half").levels
    without({"metric"}, monkeypatch)
    found = ncsi.invariance(halves, small, group="half")
    assert found.levels["chisq"].isna().tolist() == [False, True, False, False]
    np.testing.assert_allclose(found.levels["chisq"].iloc[2:], whole["chisq"].iloc[2:])
    assert found.levels["delta_chisq"].isna().tolist() == [True, True, True, False]
    assert found.levels["holds"].tolist() == [True, False, False, True]
    assert found.verdict == "configural"
    told = _levels(GroupOutcome(None, found, "", {}))
    assert [line.split()[0] for line in told[2:]] == ["configural", "scalar", "strict"]
    assert "the metric model has no proven optimum" in told[1]
    assert "载荷不变性模型" in str(found.summary("zh"))


def test_only_the_first_level_has_an_optimum(halves, small, monkeypatch):
    without({"metric", "scalar", "strict"}, monkeypatch)
    found = ncsi.invariance(halves, small, group="half", robust=True)
    assert (found.verdict, len(found.releases), len(found.warnings)) == ("configural", 0, 3)
    assert found.releases.columns.tolist() == ["model", "group", "lhs", "op", "rhs", "mi", "p", "epc"]
    assert found.summary("en")


def test_none_has_an_optimum(halves, small, monkeypatch):
    without({"configural"}, monkeypatch)
    with pytest.raises(NotConverged, match="configural model: the decrement"):
        ncsi.invariance(halves, small, group="half")
