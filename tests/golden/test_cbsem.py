"""Covariance SEM and EM moments against lavaan 0.6-20 (docs/method.md §2, §5)."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model.cbsem import fit_cbsem_moments
from ncsi.model.cbsem.full_fit import fit_full_information
from ncsi.model.moments.em import em_moments
from ncsi.model.moments.sample import Sample
from ncsi.model.moments.scaled import on_0_100
from ncsi.model.moments.weighted import weighted_moments

FIT = {"chisq": 1e-3, "df": 0, "pvalue": 1e-5, "baseline.chisq": 1e-3, "baseline.df": 0, "cfi": 1e-5, "tli": 1e-5,
       "rmsea": 1e-5, "srmr": 1e-5, "logl": 1e-3, "aic": 1e-3, "bic": 1e-3}  # fmt: skip


def by_parameter(rows, value):
    return {
        f"{r['lhs']} {r['op']} {r['rhs']}": r[value] for r in rows if r["op"] != "~1" and r[value] is not None
    }


@pytest.fixture(scope="module")
def ml(golden, inst):
    return ncsi.fit_cbsem(golden, inst)


@pytest.mark.parametrize(("measure", "tolerance"), FIT.items())
def test_fit_measures(ml, lavaan, measure, tolerance):
    assert ml.fit_measures[measure] == pytest.approx(lavaan["ML"]["fit"][measure], abs=tolerance)


def test_rmsea_interval(ml, lavaan):
    fit = lavaan["ML"]["fit"]
    assert ml.fit_measures["rmsea_low"] == pytest.approx(fit["rmsea.ci.lower"], abs=1e-5)
    assert ml.fit_measures["rmsea_high"] == pytest.approx(fit["rmsea.ci.upper"], abs=1e-5)


def test_estimates(ml, lavaan, close):
    ours, theirs = ml.estimates.to_dict("records"), lavaan["ML"]["estimates"]
    close("estimates", by_parameter(ours, "estimate"), by_parameter(theirs, "est"), 1e-3)
    close("standardised", by_parameter(ours, "std"), by_parameter(theirs, "std.all"), 1e-3)
    free = [row for row in theirs if row["se"]]
    close("standard errors", by_parameter(ours, "se"), by_parameter(free, "se"), 1e-3)


def test_the_optimum_is_proven(ml):
    assert ml.gradient_norm < 1e-8


def test_em_moments(golden_missing, inst, lavaan, close):
    items = list(inst.item_ids)
    moments = em_moments(golden_missing[items].to_numpy(dtype=float), np.ones(len(golden_missing)))
    expected = lavaan["em_moments_missing"]
    close("EM mean", dict(zip(items, moments.mean, strict=True)), expected["mean"], 1e-4)
    ours = {a: dict(zip(items, row, strict=True)) for a, row in zip(items, moments.cov, strict=True)}
    close("EM covariance", ours, expected["cov"], 1e-4)


def test_estimates_under_missing_answers(golden_missing, inst, lavaan, close):
    X = golden_missing[list(inst.item_ids)].to_numpy(dtype=float)
    moments = em_moments(X, np.ones(len(X)))
    fit = fit_cbsem_moments(moments.cov, moments.mean, moments.n, inst)
    theirs = by_parameter(lavaan["FIML_missing"]["estimates"], "est")
    close("FIML estimates", by_parameter(fit.estimates.to_dict("records"), "estimate"), theirs, 2e-2)


def test_the_likelihood_of_every_answer_given(golden_missing, inst, lavaan, close):
    """All 720 rows, as lavaan takes them: means, χ², likelihood and errors of the observed information."""
    X = on_0_100(golden_missing, inst)
    none = np.zeros(len(X), dtype=np.intp)
    sample = Sample(X, np.ones(len(X)), none, (), none, 0, np.arange(len(X)))
    fit = fit_full_information(sample, sample.moments(), inst, robust=False, units=None)
    theirs, measures = lavaan["FIML_missing"]["estimates"], lavaan["FIML_missing"]["fit"]
    ours = fit.estimates.to_dict("records")
    close("FIML estimates", by_parameter(ours, "estimate"), by_parameter(theirs, "est"), 1e-4)
    free = [row for row in theirs if row["se"]]
    close("FIML errors", by_parameter(ours, "se"), by_parameter(free, "se"), 1e-5)
    for item, mean in fit.mean.items():
        (row,) = [one for one in theirs if (one["lhs"], one["op"]) == (item, "~1")]
        assert mean == pytest.approx(row["est"], abs=1e-5)
    exact = {"chisq": 1e-5, "df": 0, "pvalue": 1e-7, "baseline.chisq": 1e-5, "cfi": 1e-8, "tli": 1e-8, "rmsea": 1e-8,
             "logl": 1e-5, "aic": 1e-5, "bic": 1e-5, "srmr": 1e-6}  # fmt: skip
    for measure, tolerance in exact.items():
        assert fit.fit_measures[measure] == pytest.approx(measures[measure], abs=tolerance), measure


def test_sampling_weights_enter_through_the_moments(golden, inst, lavaan, close):
    X = golden[list(inst.item_ids)].to_numpy(dtype=float)
    moments = weighted_moments(X, golden["weight"].to_numpy(dtype=float))
    fit = fit_cbsem_moments(moments.cov, moments.mean, moments.n, inst)
    theirs = by_parameter(lavaan["MLR_sampling_weights"]["estimates"], "est")
    close("weighted estimates", by_parameter(fit.estimates.to_dict("records"), "estimate"), theirs, 1e-3)


@pytest.mark.parametrize(("weights", "name"), [(None, "MLR"), ("weight", "MLR_sampling_weights")])
def test_robust_errors_and_scaled_fit(golden, inst, lavaan, close, weights, name):
    fit, theirs = ncsi.fit_cbsem(golden, inst, weights, robust=True), lavaan[name]
    free = [row for row in theirs["estimates"] if row["se"]]
    close(
        "robust errors", by_parameter(fit.estimates.to_dict("records"), "se"), by_parameter(free, "se"), 1e-4
    )
    measures = theirs["fit"]
    assert fit.fit_measures["chisq"] == pytest.approx(measures["chisq"], abs=1e-3)
    assert fit.fit_measures["chisq_scaled"] == pytest.approx(measures["chisq.scaled"], abs=1e-3)
    for ours in ("cfi", "tli", "rmsea"):
        assert fit.fit_measures[f"{ours}_robust"] == pytest.approx(measures[f"{ours}.robust"], abs=1e-5)


def test_robust_errors_under_missing_answers(golden_missing, inst, lavaan):
    """Two stages against FIML: other estimators of the same thing, and the data are normal, so nearly equal."""
    fit = ncsi.fit_cbsem(golden_missing, inst, robust=True)
    theirs = by_parameter([row for row in lavaan["FIML_missing"]["estimates"] if row["se"]], "se")
    ours = by_parameter(fit.estimates.to_dict("records"), "se")
    ratios = np.array([ours[name] / se for name, se in theirs.items() if name in ours])
    assert ratios.mean() == pytest.approx(1, abs=0.02)
    assert np.abs(ratios - 1).max() < 0.15
    expected = lavaan["FIML_missing"]["fit"]
    assert fit.fit_measures["chisq_scaled"] < fit.fit_measures["chisq"]
    for ours_too in ("cfi", "rmsea"):
        assert fit.fit_measures[f"{ours_too}_robust"] == pytest.approx(
            expected[f"{ours_too}.robust"], abs=0.012
        )


@pytest.mark.parametrize("name", ["ML", "MLR_sampling_weights"])
def test_variance_explained(golden, inst, lavaan, close, name):
    """R² of items and endogenous constructs is one less the standardised residual variance."""
    fit = ncsi.fit_cbsem(golden, inst, "weight" if name != "ML" else None)
    own = fit.estimates[(fit.estimates["op"] == "~~") & (fit.estimates["lhs"] == fit.estimates["rhs"])]
    close("r2", 1 - own.set_index("lhs")["std"], lavaan[name]["r2"], 1e-3)
