"""Standard errors, fit measures and the optimum, by formulas that a small model has in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, ncx2, norm

from ncsi.errors import NotConverged
from ncsi.model.cbsem import fit_cbsem_moments
from ncsi.model.cbsem.optimum import PROOF, _newton, polish
from ncsi.model.cbsem.parameters import layout
from ncsi.model.cbsem.problem import OneGroup
from ncsi.model.cbsem.robust import Influence, sandwich
from ncsi.model.cbsem.semopy_start import start
from ncsi.model.cbsem.solution import labels_of, solve
from ncsi.model.moments.respondents import moment_rows

R, N = 0.6, 400
_LOADINGS = np.array([0.8, 0.7, 0.9, 0.8, 0.8, 0.7])
GOOD = np.outer(_LOADINGS, _LOADINGS) * np.where(np.equal.outer(np.arange(6) < 3, np.arange(6) < 3), 1.0, 0.5)
np.fill_diagonal(GOOD, 1.0)


@pytest.fixture(scope="module")
def chain(instrument_of):
    return instrument_of({"X": ("x1",), "Y": ("y1",), "B": ("b1", "b2", "b3")}, [("X", "Y"), ("Y", "B")])


@pytest.fixture(scope="module")
def observed():
    """X → Y → B, B measured by three items: the part of X and Y is saturated, so its ML is the sample's own."""
    loadings = np.array([0.8, 0.7, 0.9])
    latent = np.array([[1, R, 0.5 * R], [R, 1, 0.5], [0.5 * R, 0.5, 1]])
    pattern = np.zeros((5, 3))
    pattern[[0, 1], [0, 1]] = 1
    pattern[2:, 2] = loadings
    cov = pattern @ latent @ pattern.T
    np.fill_diagonal(cov, 1.0)
    return cov


def rows_of(fit):
    return fit.estimates.set_index(["lhs", "op", "rhs"])


def test_a_path_of_observed_variables_is_their_correlation_with_its_error(observed, chain):
    """Var(r) = (1 - r²)²/n; Var(b) = (1 - r²)/n in correlation metric (Anderson 2003, §4.2)."""
    path = rows_of(fit_cbsem_moments(observed, None, N, chain)).loc[("Y", "~", "X")]
    assert path["std"] == pytest.approx(R, abs=1e-8)
    assert path["std_se"] == pytest.approx((1 - R**2) / np.sqrt(N), rel=1e-6)
    assert path["se"] == pytest.approx(np.sqrt((1 - R**2) / N), rel=1e-6)
    assert path["p"] == pytest.approx(2 * norm.sf(path["estimate"] / path["se"]), rel=1e-9)


def test_a_variance_has_the_error_of_a_variance(observed, chain):
    """Var(s²) = 2σ⁴/n; on a scale of its own, four times as wide."""
    scaled = observed * np.outer([4, 1, 1, 1, 1], [4, 1, 1, 1, 1])
    one = rows_of(fit_cbsem_moments(scaled, None, N, chain)).loc[("X", "~~", "X")]
    assert one["estimate"] == pytest.approx(16, rel=1e-8)
    assert one["se"] == pytest.approx(16 * np.sqrt(2 / N), rel=1e-6)


def test_what_no_parameter_moves_has_no_standardised_error(observed, chain):
    """A variance in its own standard deviations is 1, and a marker's loading is fixed on the items' scale only."""
    rows = rows_of(fit_cbsem_moments(observed, None, N, chain))
    assert np.isnan(rows.loc[("X", "~~", "X"), "std_se"])
    assert np.isnan(rows.loc[("B", "=~", "b1"), "se"])
    assert rows.loc[("B", "=~", "b1"), "std_se"] > 0


def problem_of(cov, inst):
    plan = layout(inst)
    structure, theta = start(plan, cov, 500)
    sample = cov[np.ix_(structure.order, structure.order)]
    return OneGroup(structure, sample, labels_of(plan, structure)), theta


@pytest.fixture(scope="module")
def sought(two_blocks):
    """A problem whose model does not fit quite, and semopy's start."""
    return problem_of(GOOD + 0.03 * np.eye(6) * np.arange(6), two_blocks)


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_is_the_same_from_wherever_it_begins(seed, sought):
    problem, theta = sought
    away = theta * np.random.default_rng(seed).uniform(0.6, 1.4, len(theta))
    one, other = polish(problem, theta), polish(problem, away)
    np.testing.assert_allclose(other.theta, one.theta, atol=1e-8)
    for found in (one, other):
        slope = problem.gradient(found.point)
        assert found.gradient_norm == pytest.approx(np.abs(slope).max(), abs=1e-18)
        assert found.decrement <= PROOF
        assert float(np.sqrt(slope @ np.linalg.solve(found.observed, slope))) <= PROOF


def test_second_derivatives_observed_are_those_of_the_function(sought):
    """By differences of F itself, which know nothing of its gradient."""
    problem, theta = sought
    found = polish(problem, theta)
    h = 1e-3
    eye = np.eye(len(theta)) * h

    def value(moved):
        return problem.at(found.theta + moved).value

    expected = [
        [
            (value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / (4 * h * h)
            for b in eye
        ]
        for a in eye
    ]  # fmt: skip
    np.testing.assert_allclose(found.observed, expected, atol=2e-4)


def test_starting_values_that_imply_nothing_are_refused(sought):
    problem, theta = sought
    with pytest.raises(NotConverged, match="starting values do not imply a valid covariance matrix"):
        polish(problem, np.where(theta > 0, -9.0, theta))


def test_a_direction_that_curves_down_is_walked_along_its_slope():
    """|λ| in place of λ: it descends whatever the sign; a flat direction counts as 1e-9 of the steepest."""
    slope = np.array([1.0, 1.0, 1.0])
    np.testing.assert_allclose(_newton(np.diag([4.0, -2.0, 1.0]), slope), [0.25, 0.5, 1.0])
    np.testing.assert_allclose(_newton(np.diag([4.0, 2.0, 0.0]), slope), [0.25, 0.5, 1 / (4e-9)])


def test_fit_measures_by_their_formulas(two_blocks):
    """RMSEA and its interval by the non-central χ² (Browne & Cudeck 1993), CFI and TLI against independence."""
    cov = GOOD + 0.0
    cov[0, 3] = cov[3, 0] = cov[0, 3] + 0.12
    measures = fit_cbsem_moments(cov, None, 500, two_blocks).fit_measures
    chisq, df, n = measures["chisq"], measures["df"], 500
    base, base_df = measures["baseline.chisq"], measures["baseline.df"]
    assert (df, base_df) == (8, 15)
    assert base == pytest.approx(-n * np.linalg.slogdet(cov)[1], rel=1e-9)
    assert measures["pvalue"] == pytest.approx(chi2.sf(chisq, df), rel=1e-9)
    assert measures["rmsea"] == pytest.approx(np.sqrt(max(chisq - df, 0) / (n * df)), rel=1e-9)
    assert measures["cfi"] == pytest.approx(1 - (chisq - df) / (base - base_df), rel=1e-9)
    assert measures["tli"] == pytest.approx(1 - (chisq - df) / (base - base_df) * base_df / df, rel=1e-9)
    low, high = (measures[name] ** 2 * n * df for name in ("rmsea_low", "rmsea_high"))
    assert ncx2.cdf(chisq, df, low) == pytest.approx(0.95, abs=1e-6)
    assert ncx2.cdf(chisq, df, high) == pytest.approx(0.05, abs=1e-6)


def test_normal_answers_need_no_scaling(two_blocks):
    """Both scalings and the ratio of the variances tend to 1: of the model, and of independence as the baseline."""
    rng = np.random.default_rng(11)
    X = rng.multivariate_normal(np.zeros(6), GOOD, 40_000)
    cov = np.cov(X.T, bias=True)
    solution = solve(cov, None, len(X), two_blocks)
    rows = moment_rows((X - X.mean(axis=0)) / X.std(axis=0))[6:]
    rows -= rows.mean(axis=1, keepdims=True)
    influence = Influence(rows @ rows.T, len(X))
    found = sandwich(solution.structure, solution.optimum, solution.sample, influence)
    assert found.scaling == pytest.approx(1, abs=0.03)
    assert found.baseline_scaling == pytest.approx(1, abs=0.03)
    naive = np.linalg.inv(0.5 * len(X) * solution.optimum.expected)
    np.testing.assert_allclose(np.diag(found.variance) / np.diag(naive), 1, atol=0.06)
