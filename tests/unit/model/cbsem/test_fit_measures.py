"""Fit measures and checks by their definitions: small figures worked out, likelihoods by scipy."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model.cbsem import fit_cbsem_moments
from ncsi.model.cbsem.checks import check_moments, nearly_one
from ncsi.model.cbsem.fit_measures import comparative, fit_measures, rmsea, srmr
from ncsi.model.cbsem.optimum import _descend
from ncsi.model.cbsem.parameters import layout
from ncsi.model.cbsem.robust import Sandwich, scaled


@pytest.mark.parametrize(
    ("chisq", "df", "base", "base_df", "cfi", "tli"),
    [
        (10.0, 8, 100.0, 28, 1 - 2 / 72, (100 / 28 - 10 / 8) / (100 / 28 - 1)),
        (8.5, 8, 28.2, 28, 0.0, (28.2 / 28 - 8.5 / 8) / (28.2 / 28 - 1)),
        (1.5, 1, 40.0, 6, 1 - 0.5 / 34, (40 / 6 - 1.5) / (40 / 6 - 1)),
        (3.0, 2, 9.0, 1, 1 - 1 / 8, (9 - 1.5) / (9 - 1)),
        (2.0, 8, 100.0, 28, 1.0, (100 / 28 - 2 / 8) / (100 / 28 - 1)),
        (0.0, 0, 100.0, 28, 1.0, 1.0),
        (2.0, 8, 20.0, 28, 1.0, (20 / 28 - 2 / 8) / (20 / 28 - 1)),
        (2.0, 8, 28.0, 28, 1.0, 1.0),
    ],
)
def test_comparative_fit_by_hand(chisq, df, base, base_df, cfi, tli):
    assert comparative(chisq, df, base, base_df) == {"cfi": pytest.approx(cfi), "tli": pytest.approx(tli)}


@pytest.mark.parametrize(("chisq", "df", "n"), [(30.0, 8, 200), (8.0, 8, 200), (9.0, 1, 50), (300.0, 8, 100)])
def test_rmsea_and_the_ends_of_its_interval(chisq, df, n):
    """√(max(χ² − df, 0)/(n df)); ends where the noncentral χ² reaches 95 % and 5 %, 0 where it cannot."""
    found = rmsea(chisq, df, n)
    assert found["rmsea"] == pytest.approx(np.sqrt(max(chisq - df, 0) / (n * df)))
    for name, probability in (("rmsea_low", 0.95), ("rmsea_high", 0.05)):
        shift = found[name] ** 2 * n * df
        if stats.chi2.cdf(chisq, df) < probability:
            assert shift == 0
        else:
            assert stats.ncx2.cdf(chisq, df, shift) == pytest.approx(probability, abs=1e-8)
    twice = rmsea(chisq, df, n, groups=2)
    assert twice["rmsea_high"] == pytest.approx(found["rmsea_high"] * np.sqrt(2))


def test_a_model_without_degrees_of_freedom_fits_trivially():
    assert rmsea(0.0, 0, 100) == {"rmsea": 0.0, "rmsea_low": 0.0, "rmsea_high": 0.0}
    cov = np.array([[2.0, 0.6], [0.6, 1.0]])
    found = fit_measures(cov, cov, 0.0, 100, 3)
    assert (found["pvalue"], found["cfi"], found["tli"], found["df"]) == (1, 1, 1, 0)
    one = fit_measures(cov, cov, 0.03, 100, 2)
    assert (one["chisq"], one["df"]) == (pytest.approx(3), 1)
    assert one["pvalue"] == pytest.approx(stats.chi2.sf(3, 1))


def test_likelihood_and_baseline_are_those_of_the_normal_distribution():
    """Of 40 rows under the implied covariance, at their own mean; of independence, n log of the determinant."""
    rng = np.random.default_rng(3)
    X = rng.multivariate_normal([0, 0, 0], [[2, 0.8, 0.3], [0.8, 1, 0.4], [0.3, 0.4, 3]], 40)
    cov = np.cov(X, rowvar=False, ddof=0)
    sigma = np.diag(np.diag(cov)) + 0.5 * (cov - np.diag(np.diag(cov)))
    value = (
        np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(cov)[1] + np.trace(np.linalg.solve(sigma, cov)) - 3
    )
    found = fit_measures(cov, sigma, float(value), 40, 4)
    logl = stats.multivariate_normal(X.mean(axis=0), sigma).logpdf(X).sum()
    assert found["logl"] == pytest.approx(logl)
    assert (found["aic"], found["bic"]) == pytest.approx((8 - 2 * logl, 4 * np.log(40) - 2 * logl))
    assert found["baseline.chisq"] == pytest.approx(-40 * np.log(np.linalg.det(np.corrcoef(X, rowvar=False))))
    assert (found["df"], found["baseline.df"], found["npar"]) == (2, 3, 4)
    assert found["chisq"] == pytest.approx(40 * value)
    half = np.corrcoef(X, rowvar=False)[np.triu_indices(3, 1)] / 2
    assert found["srmr"] == pytest.approx(np.sqrt((half**2).sum() / 6))
    assert srmr(cov, cov) == 0


def test_rmsea_of_several_groups_is_the_plain_one_where_nothing_is_to_be_scaled():
    plain = pd.Series({"chisq": 30.0, "df": 8.0, "baseline.chisq": 200.0, "baseline.df": 15.0})
    found = scaled(plain, 100, Sandwich(np.eye(1), 1.0, 1.0), groups=3)
    assert found["rmsea_robust"] == pytest.approx(rmsea(30.0, 8, 100, groups=3)["rmsea"])


def test_measures_rid_of_what_skewed_answers_add_by_hand():
    """χ²/c; CFI, TLI and RMSEA from χ² − c·df (Brosseau-Liard & Savalei 2014)."""
    plain = pd.Series({"chisq": 30.0, "df": 8.0, "baseline.chisq": 200.0, "baseline.df": 15.0})
    found = scaled(plain, 100, Sandwich(np.eye(1), 1.25, 1.6))
    excess, base = 30 - 1.25 * 8, 200 - 1.6 * 15
    assert found["chisq_scaled"] == 24
    assert found["pvalue_scaled"] == pytest.approx(stats.chi2.sf(24, 8))
    assert found["cfi_robust"] == pytest.approx(1 - excess / base)
    assert found["tli_robust"] == pytest.approx(1 - excess / base * 15 / 8)
    assert found["rmsea_robust"] == pytest.approx(np.sqrt(excess / 800))
    good = scaled(plain.replace(30.0, 5.0), 100, Sandwich(np.eye(1), 1.25, 1.6))
    assert (good["cfi_robust"], good["rmsea_robust"]) == (1, 0)
    assert good["tli_robust"] == pytest.approx(1 + 5 / 176 * 15 / 8)
    none = scaled(plain.replace({30.0: 0.0, 8.0: 0.0}), 100, Sandwich(np.eye(1), 1.0, 1.6))
    assert (none["pvalue_scaled"], none["cfi_robust"], none["tli_robust"], none["rmsea_robust"]) == (
        1,
        1,
        1,
        0,
    )
    poor = scaled(plain.replace(200.0, 20.0), 100, Sandwich(np.eye(1), 1.25, 1.6))
    assert poor["cfi_robust"] == 0, "a baseline that fits no worse than the model"


def test_answers_that_are_normal_need_no_scaling(two_blocks):
    rng = np.random.default_rng(2)
    n = 6000
    factors = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], n)
    items = 5.5 + 0.7 * (0.8 * np.repeat(factors, 3, axis=1) + 0.6 * rng.normal(size=(n, 6)))
    fit = ncsi.fit_cbsem(
        pd.DataFrame(items.clip(1, 10), columns=two_blocks.item_ids), two_blocks, robust=True
    )
    own = fit.fit_measures
    assert own["scaling"] == pytest.approx(1, abs=0.05)
    for name in ("cfi", "tli"):
        assert own[f"{name}_robust"] == pytest.approx(own[name], abs=0.002)
    implied = (1 - own["cfi_robust"]) * (own["baseline.chisq"] - 15)
    assert implied == pytest.approx(max(own["chisq"] - own["scaling"] * 8, 0), abs=0.5)


def moments(inst, variance=4.0, mean=5.0):
    p = len(inst.item_ids)
    cov = np.full((p, p), 0.3)
    np.fill_diagonal(cov, 1.0)
    sd = np.full(p, 2.0)
    sd[1] = variance**0.5
    at = np.full(p, 5.0)
    at[1] = mean
    return cov * np.outer(sd, sd), at


@pytest.mark.parametrize(
    ("variance", "mean", "alike"),
    [(1e-12, 1e3, True), (1e-6, 1e3, False), (1e-12, -1e3, True), (1e-12, 0.0, False)],
)
def test_an_item_does_not_vary_where_rounding_is_all_that_is_left(two_blocks, variance, mean, alike):
    cov, at = moments(two_blocks, variance, mean)
    if alike:
        with pytest.raises(ModelError, match=r"item a2 \(A\): every answer is the same"):
            check_moments(cov, at, 100, two_blocks)
    else:
        check_moments(cov, at, 100, two_blocks)


def test_more_respondents_than_items_are_wanted(two_blocks):
    cov, at = moments(two_blocks)
    check_moments(cov, at, 7, two_blocks)
    with pytest.raises(ModelError, match="6 respondents for 6 items"):
        check_moments(cov, at, 6, two_blocks)
    with pytest.raises(ModelError, match="5 × 5, the instrument has 6 items"):
        check_moments(cov[:5, :5], at, 100, two_blocks)


def test_two_items_most_alike_are_named_where_they_are_nearly_one(two_blocks):
    R = np.eye(6)
    R[0, 4] = R[4, 0] = -0.985
    R[1, 2] = R[2, 1] = 0.983
    assert nearly_one(R, two_blocks) == ". a1 (A) and b2 (B) correlate at -0.9850: drop one of them"
    R[0, 4] = R[4, 0] = R[1, 2] = R[2, 1] = 0.97
    assert nearly_one(R, two_blocks) == ""


def test_single_items_alone_make_no_measurement_model(instrument_of):
    with pytest.raises(ModelError, match="no construct has two items"):
        layout(instrument_of({"A": ("a1",), "B": ("b1",)}, [("A", "B")]))


def test_skewed_answers_scale_the_baseline_by_its_traces(two_blocks):
    """Yuan & Bentler: [tr(W_R Γ) − tr(W_I Γ)]/df, W = ½ tr(R⁻¹ E_k R⁻¹ E_l) over cells k and l of a correlation
    matrix, Γ the cross-products of the products of standardised answers about their mean."""
    rng = np.random.default_rng(4)
    n, p = 800, 6
    factors = rng.exponential(size=(n, 2)) @ [[1, 0.5], [0, 0.8]]
    extra = rng.exponential(size=(n, 1)) * [1, 0, 0, 1, 0, 0]
    X = np.clip(1 + 0.8 * np.repeat(factors, 3, axis=1) + rng.exponential(size=(n, p)) + extra, 1, 10)
    own = ncsi.fit_cbsem(pd.DataFrame(X, columns=two_blocks.item_ids), two_blocks, robust=True).fit_measures
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    R = Z.T @ Z / n
    cells = [(i, j) for i in range(p) for j in range(i, p)]
    units = np.zeros((len(cells), p, p))
    for k, (i, j) in enumerate(cells):
        units[k, i, j] = units[k, j, i] = 1.0
    products = np.array([Z[:, i] * Z[:, j] - R[i, j] for i, j in cells])
    gamma = products @ products.T / n

    def trace(of):
        inverse = np.linalg.inv(of)
        turned = [inverse @ one for one in units]
        W = np.array([[0.5 * np.trace(a @ b) for b in turned] for a in turned])
        return np.trace(W @ gamma)

    diagonal = [k for k, (i, j) in enumerate(cells) if i == j]
    wanted = (trace(R) - 0.5 * np.trace(gamma[np.ix_(diagonal, diagonal)])) / 15
    excess = own["chisq"] - own["scaling"] * own["df"]
    base = excess / (1 - own["cfi_robust"])
    assert excess > 0
    assert (own["baseline.chisq"] - base) / 15 == pytest.approx(wanted, rel=1e-6)
    assert wanted > 1.05


def test_a_step_that_lowers_nothing_is_refused_by_name():
    """Where no part of a step is admissible, the parameters that would move most are named."""
    nowhere = SimpleNamespace(at=lambda _: None, labels=("A =~ a2", "A ~~ A"))
    with pytest.raises(
        NotConverged, match=r"no step lowers the discrepancy.*A ~~ A, A =~ a2 would still move"
    ):
        _descend(nowhere, np.ones(2), np.array([0.1, -3.0]), SimpleNamespace(value=1.0), 0.5)


def test_a_step_is_halved_until_the_discrepancy_falls_enough():
    """Armijo's rule on (θ − 1)²: a step of 2.2 from 0 leads too far, half of it does not."""
    bowl = SimpleNamespace(at=lambda theta: SimpleNamespace(value=float((theta[0] - 1) ** 2)), labels=("A",))
    theta, point = _descend(bowl, np.zeros(1), np.array([-2.2]), SimpleNamespace(value=1.0), 0.5)
    assert theta.tolist() == [1.1]
    assert point.value == pytest.approx(0.01)
    whole, _ = _descend(bowl, np.zeros(1), np.array([-1.9]), SimpleNamespace(value=1.0), 0.5)
    assert whole.tolist() == [1.9]


def test_means_are_kept_where_they_are_known(two_blocks):
    cov, at = moments(two_blocks)
    assert fit_cbsem_moments(cov, None, 500, two_blocks).mean is None
    assert fit_cbsem_moments(cov, at, 500, two_blocks).mean.to_dict() == dict.fromkeys(
        two_blocks.item_ids, 5.0
    )


def test_a_step_that_lowers_the_discrepancy_by_too_little_is_no_step():
    flat = SimpleNamespace(at=lambda _: SimpleNamespace(value=1.0 + 1e-12), labels=("A",))
    with pytest.raises(NotConverged, match="no step lowers"):
        _descend(flat, np.zeros(1), np.array([-1.0]), SimpleNamespace(value=1.0), 0.5)


@pytest.mark.parametrize(("share", "involved"), [(0.2, "a1 (A), a2 (A), b1 (B)"), (0.1, "a1 (A), a2 (A)")])
def test_items_that_hardly_take_part_in_a_dependence_are_not_named(two_blocks, share, involved):
    """a1 = a2 + share × b1: of the direction that does not vary b1 has .14 at a fifth and .07 at a tenth."""
    turn = np.eye(6)
    turn[0, :] = 0.0
    turn[0, [1, 3]] = 1.0, share
    with pytest.raises(ModelError) as told:
        check_moments(turn @ turn.T, None, 500, two_blocks)
    assert f"the items {involved} are linearly dependent" in str(told.value)
