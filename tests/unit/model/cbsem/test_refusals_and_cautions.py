"""What a covariance SEM refuses, what it warns of, and that neither scale, size nor threads change it."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model import em_moments
from ncsi.model.cbsem import fit_cbsem_moments
from ncsi.model.cbsem.checks import check_freedom
from ncsi.model.cbsem.optimum import _restless
from ncsi.spec import Instrument

THREE = ("a1", "a2", "a3")


def correlations(first, second, between):
    loadings = np.concatenate([first, second])
    same = np.equal.outer(np.arange(6) < 3, np.arange(6) < 3)
    matrix = np.outer(loadings, loadings) * np.where(same, 1.0, between)
    np.fill_diagonal(matrix, 1.0)
    return matrix


GOOD = correlations([0.8, 0.7, 0.9], [0.8, 0.8, 0.7], 0.5)


def test_known_population_is_recovered_exactly(two_blocks):
    fit = fit_cbsem_moments(GOOD, None, 500, two_blocks)
    std = fit.estimates.set_index(["lhs", "op", "rhs"])["std"]
    assert std["B", "~", "A"] == pytest.approx(0.5, abs=1e-8)
    assert std["A", "=~", "a3"] == pytest.approx(0.9, abs=1e-8)
    assert fit.fit_measures["chisq"] == pytest.approx(0, abs=1e-8)
    assert fit.warnings == ()


def test_units_of_the_items_do_not_matter(two_blocks):
    scale = np.array([1, 10, 0.01, 100, 1, 0.5])
    plain = fit_cbsem_moments(GOOD + 0.02 * np.eye(6), None, 500, two_blocks)
    scaled = fit_cbsem_moments((GOOD + 0.02 * np.eye(6)) * np.outer(scale, scale), None, 500, two_blocks)
    np.testing.assert_allclose(scaled.estimates["std"], plain.estimates["std"], atol=1e-9)
    np.testing.assert_allclose(scaled.estimates["z"].dropna(), plain.estimates["z"].dropna(), rtol=1e-7)


def test_a_model_with_no_degrees_of_freedom_has_no_missing_measure(instrument_of):
    inst = instrument_of({"A": ("a1", "a2"), "B": ("b1",)}, [("A", "B")])
    fit = fit_cbsem_moments([[1, 0.6, 0.4], [0.6, 1, 0.3], [0.4, 0.3, 1]], None, 300, inst)
    assert fit.fit_measures["df"] == 0
    assert fit.fit_measures["cfi"] == pytest.approx(1, abs=1e-12)
    assert not fit.fit_measures.isna().any()
    assert fit.fit_measures[["pvalue", "tli", "rmsea"]].tolist() == [1.0, 1.0, 0.0]


def test_constructs_of_one_item_are_observed_variables(survey, instrument_of):
    inst = instrument_of(
        {"A": ("IMA1", "IMA2"), "X": ("EXP1",), "B": ("SAT1", "SAT2"), "C": ("LOY1",), "D": ("LOY2", "LOY3")},
        [("A", "B"), ("X", "B"), ("B", "C"), ("B", "D")],
    )
    fit = ncsi.fit_cbsem(survey, inst)
    lines = set(zip(fit.estimates["lhs"], fit.estimates["op"], fit.estimates["rhs"], strict=True))
    assert {("B", "~", "X"), ("C", "~", "B"), ("A", "~~", "X"), ("C", "~~", "D")} <= lines
    assert ("C", "=~", "LOY1") not in lines
    variance = fit.estimates.query("lhs == 'X' and op == '~~' and rhs == 'X'")["estimate"].item()
    assert variance == pytest.approx(survey["EXP1"].var(ddof=0), rel=1e-6)


def test_an_isolated_pair_of_items_is_not_identified(instrument_of):
    inst = instrument_of({"A": ("a1", "a2"), "B": ("b1", "b2")}, [("A", "B")])
    cov = np.array([[1, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0.6], [0, 0, 0.6, 1]])
    with pytest.raises(ModelError, match=r"not identified by these data around .*B.* =~ "):
        fit_cbsem_moments(cov, None, 500, inst)


def test_dependent_items_are_named_with_their_construct(survey, inst):
    with pytest.raises(
        ModelError, match=r"SAT1 \(Satisfaction\), SAT2 \(Satisfaction\) are linearly dependent"
    ):
        ncsi.fit_cbsem(survey.assign(SAT1=survey["SAT2"]), inst)


@pytest.mark.parametrize(
    ("cov", "n", "message"),
    [
        (GOOD, 6, "6 respondents for 6 items"),
        (GOOD[:5, :5], 500, "5 × 5, the instrument has 6 items"),
        (np.where(np.eye(6) * np.arange(6) == 2, np.nan, GOOD), 500, r"item a3 \(A\): its moments are not"),
        (GOOD * np.outer([1, 0, 1, 1, 1, 1], [1, 0, 1, 1, 1, 1]), 500, r"item a2 \(A\): every answer is the same"),
    ],
)  # fmt: skip
def test_moments_that_carry_no_model(cov, n, message, two_blocks):
    with pytest.raises(ModelError, match=message):
        fit_cbsem_moments(cov, None, n, two_blocks)


def test_heywood_case_is_a_warning_that_names_the_item(two_blocks):
    fit = fit_cbsem_moments(correlations([1.1, 0.8, 0.8], [0.8, 0.8, 0.7], 0.3), None, 500, two_blocks)
    assert any(str(one).startswith("Heywood case: a1 ~~ a1 is a variance of -") for one in fit.warnings)
    assert ("beyond_one", ("A", "=~", "a1")) in [(one.code, one.about) for one in fit.warnings]


def test_negative_construct_variance_is_said_not_computed_through(two_blocks):
    rng = np.random.default_rng(14)  # forty people whose B answers hang together worse than by chance
    rows = rng.standard_normal((40, 6)) + 0.4 * rng.standard_normal((40, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        fit = fit_cbsem_moments(np.cov(rows.T, bias=True), None, 40, two_blocks)
    assert set(fit.estimates.loc[fit.estimates["std"].isna(), "lhs"]) == {"B"}
    assert ("no_standardised_value", ("B", "~", "A")) in [(one.code, one.about) for one in fit.warnings]


def test_a_solution_behind_a_singularity_is_not_converged(two_blocks):
    cov = correlations([1, -0.6, -0.6], [0.8, 0.8, 0.7], 0.1)
    cov[0, 1:3] = cov[1:3, 0] = 0.5
    cov[1, 2] = cov[2, 1] = -0.3
    with pytest.raises(NotConverged, match="the decrement is"):
        fit_cbsem_moments(cov, None, 500, two_blocks)


def test_sectors_fitted_in_threads_get_what_they_get_alone(survey, inst, two_blocks):
    items = survey[list(inst.item_ids)].to_numpy(dtype=float)
    jobs = [(np.cov(items.T, bias=True), inst), (GOOD, two_blocks)] * 5

    def estimates(job: tuple[np.ndarray, Instrument]) -> pd.Series:
        return fit_cbsem_moments(job[0], None, 720, job[1]).estimates["estimate"]

    alone = [estimates(job) for job in jobs[:2]]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(estimates, jobs))
    for k, found in enumerate(together):
        pd.testing.assert_series_equal(found, alone[k % 2], check_exact=True)


def test_every_parameter_that_is_not_identified_is_named(instrument_of):
    """Both isolated pairs have a free direction; no basis of the two is better than another."""
    inst = instrument_of({"A": ("a1", "a2"), "B": ("b1", "b2")}, [("A", "B")])
    cov = np.array([[1, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0.6], [0, 0, 0.6, 1]])
    with pytest.raises(ModelError, match=r"around A, B \(parameters A =~ a2; B =~ b2; "):
        fit_cbsem_moments(cov, None, 500, inst)


def test_items_that_are_nearly_one_are_named_where_nothing_settles(survey, inst, monkeypatch):
    monkeypatch.setattr("ncsi.model.cbsem.optimum.PROOF", 0.0)
    twin = survey.assign(VAL2=survey["VAL1"].where(survey.index > 0, 11 - survey["VAL1"]))
    with pytest.raises(
        NotConverged, match=r"VAL1 \(Value\) and VAL2 \(Value\) correlate at 0\.9\d+: drop one"
    ):
        ncsi.fit_cbsem(twin, inst)


def test_moments_of_a_column_without_variance_are_refused():
    X = np.array([[1.0, 3.3], [2.0, 3.3], [np.nan, 3.3], [4.0, np.nan]])
    with pytest.raises(ModelError, match="column 1 is the same"):
        em_moments(X, np.ones(4))


def test_more_parameters_than_variances_and_covariances_are_refused(two_blocks):
    three = SimpleNamespace(items=THREE)
    check_freedom(three, SimpleNamespace(n_parameters=6), two_blocks)
    with pytest.raises(ModelError, match="7 parameters, the items give only 6 variances and covariances"):
        check_freedom(three, SimpleNamespace(n_parameters=7), two_blocks)


def test_the_three_parameters_that_move_most_are_named():
    problem = SimpleNamespace(labels=["a", "b", "c", "d"])
    assert _restless(problem, np.array([0.1, -3.0, 2.0, -0.5])) == "b, c, d"


def test_estimates_come_before_their_standardised_values(two_blocks):
    columns = ["lhs", "op", "rhs", "estimate", "se", "z", "p", "std", "std_se"]
    assert list(fit_cbsem_moments(GOOD, None, 500, two_blocks).estimates) == columns


@pytest.mark.parametrize(("variance", "there"), [(1e-6, True), (1e-9, False)])
def test_a_variance_is_held_against_the_second_moment(two_blocks, variance, there):
    """At a mean of 1,000 what lies below 1.4e-8 is rounding."""
    if there:
        assert fit_cbsem_moments(GOOD * variance, np.full(6, 1000.0), 500, two_blocks).n == 500
        return
    with pytest.raises(ModelError, match="every answer is the same"):
        fit_cbsem_moments(GOOD * variance, np.full(6, 1000.0), 500, two_blocks)


def test_what_is_not_identified_is_told_before_an_optimum_is_looked_for(
    instrument_of, two_blocks, monkeypatch
):
    """Where nothing would settle, the reason is named; a start that implies no covariance has no such reason."""

    def never(*_):
        raise NotConverged("it did not settle")

    monkeypatch.setattr("ncsi.model.cbsem.solution.polish", never)
    inst = instrument_of({"A": ("a1", "a2"), "B": ("b1", "b2")}, [("A", "B")])
    cov = np.array([[1, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0.6], [0, 0, 0.6, 1]])
    with pytest.raises(ModelError, match="not identified by these data"):
        fit_cbsem_moments(cov, None, 500, inst)
    monkeypatch.setattr("ncsi.model.cbsem.solution.implied", lambda *_: None)
    with pytest.raises(NotConverged, match="it did not settle"):
        fit_cbsem_moments(GOOD, None, 500, two_blocks)
