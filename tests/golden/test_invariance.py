"""Multi-group covariance SEM against lavaan 0.6-20."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import ncsi
from ncsi.model.cbsem import optimum

FIT = {"chisq": 1e-3, "df": 0, "pvalue": 1e-5, "cfi": 1e-5, "tli": 1e-5, "rmsea": 1e-5, "rmsea_low": 1e-5,
       "rmsea_high": 1e-5, "srmr": 1e-5, "baseline.chisq": 1e-3, "baseline.df": 0}  # fmt: skip
LAVAAN = {"rmsea_low": "rmsea.ci.lower", "rmsea_high": "rmsea.ci.upper"}


@pytest.fixture(scope="module")
def regions(golden, inst):
    return ncsi.invariance(golden, inst, group="region")


@pytest.mark.parametrize("model", ["configural", "metric", "scalar"])
def test_fit_measures(regions, lavaan, model):
    ours = regions.levels.set_index("model").loc[model]
    theirs = lavaan[f"multigroup_region_{model}"]["fit"]
    for measure, tolerance in FIT.items():
        assert ours[measure] == pytest.approx(theirs[LAVAAN.get(measure, measure)], abs=tolerance), measure


def test_differences(regions, lavaan):
    fits = [lavaan[f"multigroup_region_{model}"]["fit"] for model in ("configural", "metric", "scalar")]
    for k in (1, 2):
        row = regions.levels.iloc[k]
        assert row["delta_chisq"] == pytest.approx(fits[k]["chisq"] - fits[k - 1]["chisq"], abs=1e-3)
        assert row["delta_df"] == fits[k]["df"] - fits[k - 1]["df"]
        assert row["delta_cfi"] == pytest.approx(fits[k]["cfi"] - fits[k - 1]["cfi"], abs=1e-5)
    assert regions.verdict == "strict"


def test_likelihood_counts_and_information_criteria(regions, lavaan):
    for model in ("configural", "metric", "scalar"):
        ours = regions.levels.set_index("model").loc[model]
        for measure in ("logl", "aic", "bic"):
            assert ours[measure] == pytest.approx(
                lavaan[f"multigroup_region_{model}"]["fit"][measure], abs=1e-3
            )


def test_means_of_constructs_in_the_scalar_model(regions, lavaan):
    """Ours are against Central, lavaan's against East: the difference of West and East in Image is the same."""
    theirs = lavaan["multigroup_region_scalar"]["estimates"]
    size = len(theirs) // 3
    image = [row["est"] for row in theirs if (row["lhs"], row["op"]) == ("Image", "~1")]
    assert len(theirs) == 3 * size
    assert image[0] == 0
    means = regions.estimates.query("model == 'scalar' and op == '~1' and lhs == 'Image'").set_index("group")[
        "estimate"
    ]
    assert means["Central"] == 0
    assert means["West"] - means["East"] == pytest.approx(image[2], abs=1e-3)
    assert means["Central"] - means["East"] == pytest.approx(image[1], abs=1e-3)


def test_estimates_of_the_metric_model(regions, lavaan):
    theirs = lavaan["multigroup_region_metric"]["estimates"]
    size = len(theirs) // 3
    for k, region in enumerate(("East", "Central", "West")):
        found = regions.estimates
        ours = found[(found["group"] == region) & (found["model"] == "metric")].set_index(
            ["lhs", "op", "rhs"]
        )
        for row in theirs[k * size : (k + 1) * size]:
            if row["op"] == "~1":
                continue
            found = ours.loc[(row["lhs"], row["op"], row["rhs"])]
            assert found["estimate"] == pytest.approx(row["est"], abs=1e-3)
            assert found["std"] == pytest.approx(row["std.all"], abs=1e-3)
            if row["se"]:
                assert found["se"] == pytest.approx(row["se"], abs=1e-3)


def test_intercepts_of_the_metric_model(regions, lavaan):
    """Means of the items, their errors and, over the implied deviations, standardised; z and p of all parameters."""
    theirs = lavaan["multigroup_region_metric"]["estimates"]
    size = len(theirs) // 3
    items = set(regions.estimates.query("op == '=~'")["rhs"])
    compared = 0
    for k, region in enumerate(("East", "Central", "West")):
        metric = regions.estimates[regions.estimates["model"] == "metric"]
        ours = metric[(metric["group"] == region) & (metric["op"] == "~1")].set_index("lhs")
        for row in theirs[k * size : (k + 1) * size]:
            if row["op"] == "~1" and row["lhs"] in items:
                assert ours.loc[row["lhs"], "estimate"] == pytest.approx(row["est"], abs=1e-4)
                assert ours.loc[row["lhs"], "se"] == pytest.approx(row["se"], abs=1e-4)
                assert ours.loc[row["lhs"], "std"] == pytest.approx(row["std.all"], abs=1e-3)
                compared += 1
    assert compared == 60
    assert regions.releases.columns.tolist() == ["model", "group", "lhs", "op", "rhs", "mi", "p", "epc"]
    parameter = ["lhs", "op", "rhs", "estimate", "se", "z", "p", "std", "std_se"]
    assert regions.estimates.columns.tolist() == ["model", "group", *parameter]
    assert regions.estimates["model"].unique().tolist() == ["configural", "metric", "scalar", "strict"]
    assert set(regions.releases["model"]) == {"metric", "scalar", "strict"}
    free = regions.estimates.dropna(subset=["se"])
    assert {"~1", "=~", "~", "~~"} == set(free["op"])
    np.testing.assert_allclose(free["z"], free["estimate"] / free["se"])
    np.testing.assert_allclose(free["p"], 2 * stats.norm.sf(free["z"].abs()), atol=1e-12)


def test_a_level_without_an_optimum_leaves_those_before_it(golden, inst, monkeypatch):
    """Brand B6's causes of satisfaction run off under equal residual variances; the first three levels have an optimum
    within twelve steps."""
    monkeypatch.setattr(optimum, "STEPS", 20)
    found = ncsi.invariance(golden, inst, group="brand")
    levels = found.levels.set_index("model")
    assert levels["chisq"].iloc[:3].tolist() == pytest.approx([1061.6, 1134.3, 1223.7], abs=0.05)
    assert levels.loc["strict"].drop("holds").isna().all()
    assert not levels["holds"]["strict"]
    assert found.verdict in ("configural", "metric", "scalar")
    assert [(one.code, one.about) for one in found.warnings] == [("level_not_reached", ("strict",))]
    assert set(found.estimates["model"]) == {"configural", "metric", "scalar"}
    assert "残差方差不变性模型" in str(found.summary("zh"))
    assert "the strict model has no proven optimum" in str(found.summary("en"))
