"""The likelihood of every answer given: against likelihoods and derivatives computed row by row, and in surveys whose
truth is known. No golden has robust figures under missing answers, so these stand in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import ncsi
from ncsi.errors import ModelError
from ncsi.model.cbsem import full_information, modification_indices, residuals
from ncsi.model.cbsem.answers import answers_of
from ncsi.model.cbsem.casewise import _independent_trace, separate_meat
from ncsi.model.cbsem.full_information import Part
from ncsi.model.cbsem.groups import fit_levels, groups_of
from ncsi.model.cbsem.modification import _candidates, _with
from ncsi.model.cbsem.optimum import _curvature
from ncsi.model.moments.sample import Units

ITEMS = ["a1", "a2", "a3", "b1", "b2", "b3"]
COMPARED = ("chisq", "df", "cfi", "tli", "rmsea", "chisq_scaled", "scaling", "cfi_robust")


def holed(frame, share=0.08, seed=1):
    """Answers missing at random, at most one a respondent, so that nobody is left out."""
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(rng.random(len(frame)) < 6 * share)
    found = frame.copy()
    for row, item in zip(rows, rng.integers(0, 6, len(rows)), strict=True):
        found.loc[row, ITEMS[item]] = np.nan
    return found


@pytest.fixture(scope="module")
def few(drawn):
    return holed(drawn(150, 3)).assign(weight=np.random.default_rng(4).uniform(0.5, 2, 150))


def asked_less(frame):
    """Marks what is missing as not asked, so that respondents with one gap of six items still enter."""
    marks = {f"{one}_missing": np.where(frame[one].isna(), "not_asked", None) for one in ITEMS}
    return frame.assign(**marks)


def logl(X, weights, mean, cov):
    """Of every row under the normal distribution of the items it has, by scipy."""
    total = 0.0
    for row, weight in zip(X, weights, strict=True):
        seen = ~np.isnan(row)
        if not seen.any():
            continue
        total += weight * multivariate_normal(mean[seen], cov[np.ix_(seen, seen)]).logpdf(row[seen])
    return total


def implied_cov(fit, inst):
    found, p = fit.estimates, len(inst.item_ids)
    Lambda, Theta = np.zeros((p, 2)), np.zeros(p)
    items, ids = list(inst.item_ids), list(inst.construct_ids)
    B, Psi = np.zeros((2, 2)), np.zeros((2, 2))
    for row in found.itertuples():
        if row.op == "=~":
            Lambda[items.index(row.rhs), ids.index(row.lhs)] = row.estimate
        elif row.op == "~":
            B[ids.index(row.lhs), ids.index(row.rhs)] = row.estimate
        elif row.lhs in ids:
            Psi[ids.index(row.lhs), ids.index(row.rhs)] = row.estimate
        else:
            Theta[items.index(row.lhs)] = row.estimate
    total = np.linalg.inv(np.eye(2) - B)
    return Lambda @ total @ Psi @ total.T @ Lambda.T + np.diag(Theta)


@pytest.mark.parametrize("how", [{}, {"robust": True}], ids=["plain", "robust"])
def test_with_nothing_missing_it_is_maximum_likelihood(survey, inst, how):
    """Errors differ in which information counts: expected for the covariance matrix, observed for single answers."""
    ours, ml = (ncsi.fit_cbsem(survey, inst, missing=one, **how) for one in ("fiml", "two_stage"))
    np.testing.assert_allclose(ours.estimates["estimate"], ml.estimates["estimate"], atol=1e-8)
    for measure in COMPARED if how else COMPARED[:5]:
        assert ours.fit_measures[measure] == pytest.approx(ml.fit_measures[measure], rel=1e-8, abs=1e-8), (
            measure
        )
    tolerance = 1e-7 if how else 0.2
    np.testing.assert_allclose(ours.estimates["se"], ml.estimates["se"], rtol=tolerance)
    assert ours.fit_measures["npar"] == ml.fit_measures["npar"] + len(inst.item_ids)
    assert ours.fit_measures["logl"] == pytest.approx(ml.fit_measures["logl"], abs=1e-6)


def test_chisq_is_the_likelihood_ratio_computed_row_by_row(few, two_blocks):
    fit = ncsi.fit_cbsem(asked_less(few), two_blocks, weights="weight", missing="fiml")
    assert fit.n == len(few)
    X = few[ITEMS].to_numpy(dtype=float)
    w = (few["weight"] / few["weight"].mean()).to_numpy()
    saturated = ncsi.model.moments.em.em_moments(X, w)
    best = logl(X, w, saturated.mean, saturated.cov)
    own = logl(X, w, fit.mean.to_numpy(), implied_cov(fit, two_blocks))
    assert fit.fit_measures["chisq"] == pytest.approx(2 * (best - own), abs=1e-6)
    assert fit.fit_measures["logl"] == pytest.approx(own, abs=1e-6)
    np.testing.assert_allclose(fit.cov, saturated.cov, atol=1e-6)
    alone = [logl(X[:, [k]], w, np.array([m]), np.array([[v]])) for k, (m, v) in enumerate(_alone(X, w))]
    assert fit.fit_measures["baseline.chisq"] == pytest.approx(2 * (best - sum(alone)), abs=1e-6)


def _alone(X, w):
    for column in X.T:
        seen = ~np.isnan(column)
        mean = np.average(column[seen], weights=w[seen])
        yield mean, np.average((column[seen] - mean) ** 2, weights=w[seen])


def are_those_of_differences(problem, theta):
    """First and second derivatives at theta against central differences."""
    step = 1e-5 * np.eye(len(theta))
    value = [(problem.at(theta + h).value - problem.at(theta - h).value) / 2e-5 for h in step]
    np.testing.assert_allclose(problem.gradient(problem.at(theta)), value, atol=1e-8)
    slopes = [
        (problem.gradient(problem.at(theta + h)) - problem.gradient(problem.at(theta - h))) / 2e-5
        for h in step
    ]
    np.testing.assert_allclose(problem.observed(theta), slopes, atol=1e-7)


def test_derivatives_are_those_of_differences(few, two_blocks):
    answered = ncsi.fit_cbsem(asked_less(few), two_blocks, weights="weight", missing="fiml").answered
    problem = answered.problem
    theta = np.random.default_rng(5).normal(0.02, 0.05, len(problem.labels))
    theta += ncsi.fit_cbsem(asked_less(few), two_blocks, missing="fiml").solution.optimum.theta
    are_those_of_differences(problem, theta)


@pytest.mark.parametrize("clusters", [None, "cluster"])
def test_robust_errors_are_the_sandwich_of_numerical_derivatives(few, two_blocks, clusters):
    """Every row's log-likelihood by its own patterns, differenced twice; clusters sum it, and count m/(m − 1)."""
    frame = asked_less(few.assign(cluster=np.arange(len(few)) // 3))
    fit = ncsi.fit_cbsem(frame, two_blocks, weights="weight", robust=True, missing="fiml", clusters=clusters)
    problem, theta = fit.answered.problem, fit.solution.optimum.theta
    (part,) = problem.parts

    def by_row(at):
        (found,) = problem.at(at).against
        off = np.nan_to_num(part.answers.X - found.mean)
        inverse = found.inverse[part.answers.pattern]
        logdet = -np.linalg.slogdet(
            inverse + (1 - part.answers.mask[part.answers.pattern])[:, None] * np.eye(6)
        )[1]
        return -0.5 * part.answers.weights * (logdet + np.einsum("ni,nij,nj->n", off, inverse, off))

    step = 1e-4 * np.eye(len(theta))
    scores = np.stack([(by_row(theta + h) - by_row(theta - h)) / 2e-4 for h in step], axis=1)
    if clusters:
        scores = np.stack([scores[k : k + 3].sum(axis=0) for k in range(0, len(few), 3)])
        scores *= np.sqrt(len(scores) / (len(scores) - 1))
    B = scores.T @ scores if not clusters else np.cov(scores.T, ddof=0) * len(scores)
    slope = lambda at: problem.gradient(problem.at(at))  # noqa: E731
    A = 0.5 * fit.n * np.stack([(slope(theta + h) - slope(theta - h)) / 2e-4 for h in step])
    V = np.linalg.inv(A) @ B @ np.linalg.inv(A)
    q = fit.solution.structure.n_parameters
    table = ncsi.model.cbsem.estimates.estimates(
        fit.solution.layout, fit.solution.structure, theta[:q], fit.solution.sd, V[:q, :q]
    )
    np.testing.assert_allclose(fit.estimates["se"], table["se"], rtol=1e-4)
    np.testing.assert_allclose(fit.estimates["std_se"], table["std_se"], rtol=1e-4)
    shared = problem.shared()
    meat = shared.T @ separate_meat(fit.answered, fit.solution.optimum.point) @ shared
    np.testing.assert_allclose(meat, B, rtol=1e-4, atol=1e-4 * np.abs(B).max())


def test_under_a_model_that_holds_chisq_rejects_as_often_as_it_says(drawn, two_blocks):
    """80 surveys of 300, answers missing by what others say: mean of χ² on 8 degrees, rejections, coverage of the path
    .5 (of standardised factors). Four standard errors of simulation either way."""
    found = []
    for seed in range(80):
        frame = drawn(300, 100 + seed, gap=0.4)
        fit = ncsi.fit_cbsem(asked_less(frame), two_blocks, missing="fiml")
        path = fit.estimates.set_index(["lhs", "op", "rhs"]).loc[("B", "~", "A")]
        found.append(
            (fit.fit_measures["chisq"], fit.fit_measures["pvalue"], abs(path["std"] - 0.5) / path["std_se"])
        )
    chisq, p, off = np.array(found).T
    assert fit.fit_measures["df"] == 8
    assert chisq.mean() == pytest.approx(8, abs=4 * np.sqrt(16 / 80))
    assert (p < 0.05).mean() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 80)
    assert (off < 1.96).mean() >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 80)


def test_heavy_tails_in_clusters_are_rid_of_by_the_scaling(drawn, two_blocks):
    """30 surveys of 400 in clusters of 8 with heavy tails: χ² is far too large, scaled χ² about its degrees."""
    plain, scaled = [], []
    for seed in range(30):
        frame = asked_less(drawn(400, 500 + seed, gap=0.2, tails=True, clusters=8))
        fit = ncsi.fit_cbsem(frame, two_blocks, missing="fiml", robust=True, clusters="cluster")
        plain.append(fit.fit_measures["chisq"])
        scaled.append(fit.fit_measures["chisq_scaled"])
    assert np.mean(plain) > 11
    assert np.mean(scaled) == pytest.approx(8, abs=4 * np.sqrt(16 / 30))


def test_what_it_is_called_and_what_is_refused(few, two_blocks):
    fit = ncsi.fit_cbsem(asked_less(few), two_blocks, missing="fiml")
    assert (fit.missing, fit.glance()["missing"].iloc[0]) == ("fiml", "fiml")
    assert "full information (FIML)" in str(fit.summary())
    assert "完全信息似然（FIML）" in str(fit.summary("zh"))
    assert fit.update(missing="two_stage").missing == "two_stage"
    assert fit.scores().shape == (len(few), 2)
    with pytest.raises(ModelError, match=r"missing='listwise' is not known\. Use two_stage or fiml"):
        ncsi.fit_cbsem(few, two_blocks, missing="listwise")
    with pytest.raises(ModelError, match="no respondent answered both a1"):
        ncsi.fit_cbsem(
            asked_less(few.assign(a1=few["a1"].where(few["b1"].isna()))), two_blocks, missing="fiml"
        )


def test_a_model_without_degrees_of_freedom_fits_trivially(few, instrument_of):
    """Three items, two constructs: as many parameters as means and covariances."""
    inst = instrument_of({"A": ("a1", "a2"), "B": ("b1",)}, [("A", "B")])
    found = ncsi.fit_cbsem(few.dropna(subset=["a1"]), inst, missing="fiml").fit_measures
    assert (found["df"], found["pvalue"], found["cfi"], found["tli"]) == (0, 1, pytest.approx(1), 1)
    assert found[["rmsea", "rmsea_low", "rmsea_high"]].tolist() == [0, 0, 0]
    assert (found["npar"], found["baseline.df"]) == (9, 3)
    assert found["chisq"] == pytest.approx(0, abs=1e-9)


@pytest.fixture(scope="module")
def told(few, two_blocks):
    """A fit under missing answers, and the information in its patterns written out row by row: of every covariance and
    every mean, at what the model implies."""
    fit = ncsi.fit_cbsem(asked_less(few), two_blocks, weights="weight", missing="fiml")
    problem, theta = fit.answered.problem, fit.solution.optimum.theta
    (part,) = problem.parts
    sigma = problem.at(theta).moments[0].sigma
    cells = list(zip(*np.triu_indices(6), strict=True))
    W = np.zeros((27, 27))
    for row, weight in zip(part.answers.X, part.answers.weights, strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        K = np.zeros((6, 6))
        K[np.ix_(seen, seen)] = np.linalg.inv(sigma[np.ix_(seen, seen)])
        turned = []
        for i, j in cells:
            unit = np.zeros((6, 6))
            unit[i, j] = unit[j, i] = 1.0
            turned.append(K @ unit)
        flat = np.array([one.ravel() for one in turned])
        back = np.array([one.T.ravel() for one in turned])
        W[:21, :21] += weight * 0.5 * flat @ back.T
        W[21:, 21:] += weight * K
    return fit, W


def moved_by(problem, theta):
    """How covariances and means move with each parameter, by differences (27, parameters)."""

    def at(values):
        point = problem.at(values)
        return np.append(point.moments[0].sigma[np.triu_indices(6)], point.against[0].mean)

    return np.array([(at(theta + h) - at(theta - h)) / 2e-5 for h in 1e-5 * np.eye(len(theta))]).T


def test_residuals_under_missing_answers_are_over_their_errors(told, two_blocks):
    """Γ − Δ(Δ'WΔ)⁻¹Δ', Γ = W⁻¹: what is left of the spread of covariances once the model has had its part."""
    fit, W = told
    problem, theta = fit.answered.problem, fit.solution.optimum.theta
    D = moved_by(problem, theta)
    variance = np.diag(np.linalg.inv(W) - D @ np.linalg.solve(D.T @ W @ D, D.T))[:21]
    left = (fit.answered.saturated.covs[0] - problem.at(theta).moments[0].sigma)[np.triu_indices(6)]
    z = np.full((6, 6), np.nan)
    order = problem.structure.order
    for (i, j), value, spread in zip(zip(*np.triu_indices(6), strict=True), left, variance, strict=True):
        a, b = order[i], order[j]
        z[a, b] = z[b, a] = value / np.sqrt(spread) if spread > 1e-8 else np.nan
    found = residuals(fit, two_blocks)
    np.testing.assert_allclose(found.z.to_numpy(), z, rtol=1e-4, atol=1e-6)
    assert np.isfinite(z[np.triu_indices(6, 1)]).sum() > 12


def test_indices_under_missing_answers_are_score_tests_by_the_expected_information(told):
    """s²/(I_cc − I_cf I_ff⁻¹ I_fc) of each candidate, its slope by differences of the likelihood."""
    fit, W = told
    solution = fit.solution
    found = modification_indices(fit).set_index(["lhs", "op", "rhs"])
    q = solution.structure.n_parameters
    theta = np.insert(solution.optimum.theta, q, 0.0)
    for cell in list(_candidates(solution.layout, solution.structure))[::4]:
        wider = _with(solution.structure, [cell])
        (part,) = fit.answered.problem.parts
        at = np.concatenate([np.arange(q + 7), np.full(2, -1)])
        problem = replace(
            fit.answered.problem, structure=wider, parts=(replace(part, at=at),), labels=("",) * (q + 7)
        )
        D = moved_by(problem, theta)
        information = D.T @ W @ D
        free = [k for k in range(q + 7) if k != q]
        rest = information[q, q] - information[q, free] @ np.linalg.solve(
            information[np.ix_(free, free)], information[free, q]
        )
        h = 1e-5 * (np.arange(q + 7) == q)
        slope = -0.5 * fit.n * (problem.at(theta + h).value - problem.at(theta - h).value) / 2e-5
        assert found.loc[(cell.lhs, cell.op, cell.rhs), "mi"] == pytest.approx(
            slope**2 / rest, rel=1e-3, abs=1e-6
        )


def scores_by_row(X, weights, moments):
    """∂log-likelihood of each row by every covariance and every mean, at moments (27,) of the items it has."""
    upper = np.triu_indices(6)
    sigma = np.zeros((6, 6))
    sigma[upper] = moments[:21]
    sigma = sigma + np.triu(sigma, 1).T
    rows = []
    for row, weight in zip(X, weights, strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        K, off = np.zeros((6, 6)), np.zeros(6)
        K[np.ix_(seen, seen)] = np.linalg.inv(sigma[np.ix_(seen, seen)])
        off[seen] = row[seen] - moments[21:][seen]
        pull = K @ off
        half = 0.5 * (np.outer(pull, pull) - K)
        rows.append(weight * np.append((half + half.T - np.diag(np.diag(half)))[upper], pull))
    return np.array(rows)


@pytest.mark.parametrize("clusters", [None, "cluster"])
def test_robust_residuals_under_missing_answers_have_the_errors_of_their_design(
    told, few, two_blocks, clusters
):
    """Γ is the sandwich of the saturated model: its curvature by differences, its scores row by row or by cluster."""
    plain, W = told
    frame = asked_less(few.assign(cluster=np.arange(len(few)) // 3))
    fit = ncsi.fit_cbsem(frame, two_blocks, weights="weight", missing="fiml", robust=True, clusters=clusters)
    problem, theta = fit.answered.problem, fit.solution.optimum.theta
    (part,) = problem.parts
    X, weights = part.answers.X, part.answers.weights
    at = np.append(fit.answered.saturated.covs[0][np.triu_indices(6)], fit.answered.saturated.means[0])
    scores = scores_by_row(X, weights, at)
    assert np.abs(scores.sum(axis=0)).max() < 1e-4
    bend = [
        (scores_by_row(X, weights, at + h).sum(axis=0) - scores_by_row(X, weights, at - h).sum(axis=0)) / 2e-5
        for h in 1e-5 * np.eye(27)
    ]
    bread = np.linalg.inv(-np.array(bend))
    if clusters:
        scores = np.array([scores[k : k + 3].sum(axis=0) for k in range(0, len(few), 3)]) * np.sqrt(50 / 49)
    scores = scores - scores.mean(axis=0)
    spread = bread @ scores.T @ scores @ bread
    D = moved_by(problem, theta)
    off = np.eye(27) - D @ np.linalg.solve(D.T @ W @ D, D.T @ W)
    variance = np.diag(off @ spread @ off.T)[:21]
    left = (fit.answered.saturated.covs[0] - problem.at(theta).moments[0].sigma)[np.triu_indices(6)]
    found, order = residuals(fit, two_blocks).z.to_numpy(), problem.structure.order
    for (i, j), value, one in zip(zip(*np.triu_indices(6), strict=True), left, variance, strict=True):
        if i != j and one > 1e-7:
            assert found[order[i], order[j]] == pytest.approx(value / np.sqrt(one), rel=1e-3, abs=1e-5)
    np.testing.assert_allclose(theta, plain.solution.optimum.theta, atol=1e-8)


@pytest.mark.parametrize("clustered", [False, True])
def test_the_baseline_scales_by_what_respondents_add_to_each_items_moments(clustered):
    """Of every item its own mean and variance: Σu²/information, in any unit; missing answers add nothing."""
    rng = np.random.default_rng(6)
    X = rng.exponential(size=(90, 3)) + rng.normal(size=(90, 1))
    X[rng.random((90, 3)) < 0.2] = np.nan
    X[np.isnan(X).all(axis=1), 0] = 1.0
    w = rng.uniform(0.5, 2, 90)
    w /= w.mean()
    units = Units(np.arange(90) // 3, np.zeros(30, dtype=np.intp)) if clustered else None
    wanted = 0.0
    for column in X.T:
        seen = ~np.isnan(column)
        mean = np.average(column[seen], weights=w[seen])
        variance = np.average((column[seen] - mean) ** 2, weights=w[seen])
        off = np.where(seen, column - mean, 0.0)
        given = w[seen].sum()
        for u, information in (
            (w * off / variance, given / variance),
            (w * seen * 0.5 * (off**2 / variance - 1) / variance, given / (2 * variance**2)),
        ):
            u = u.reshape(30, 3).sum(axis=1) if clustered else u
            wanted += ((u - u.mean()) ** 2).sum() * (30 / 29 if clustered else 1) / information
    for unit in (1.0, np.array([0.1, 3.0, 20.0])):
        part = Part(answers_of(X * unit, w), 1.0, np.arange(6), np.arange(90))
        assert _independent_trace(part, units) == pytest.approx(wanted)


def test_derivatives_of_groups_with_means_of_their_own_are_those_of_differences(few, two_blocks):
    """Scalar invariance: shared loadings and intercepts, free latent means in the second group, answers missing."""
    frame = asked_less(few).assign(half=np.arange(len(few)) % 2)
    groups = groups_of(frame, two_blocks, "half", "weight", None, None, ())
    fitted = fit_levels(groups, two_blocks, robust=False)["scalar"]
    problem = fitted.answered.problem
    assert any(label.endswith("~1 in 1") for label in problem.labels)
    theta = fitted.optimum.theta + np.random.default_rng(5).normal(0.02, 0.05, len(problem.labels))
    are_those_of_differences(problem, theta)
    information = 0.5 * fitted.answered.n * problem.observed(fitted.optimum.theta)
    np.testing.assert_allclose(fitted.variance, np.linalg.inv(information), rtol=1e-6)


def test_where_no_covariance_is_implied_there_are_no_second_derivatives(told, monkeypatch):
    """At the point itself, or a step beside it: missing, so that Fisher scoring goes on with the expected ones."""
    fit, _ = told
    problem, theta = fit.answered.problem, fit.solution.optimum.theta
    nowhere = np.zeros_like(theta)
    assert problem.at(nowhere) is None
    assert np.isnan(problem.observed(nowhere)).all()
    assert problem.observed(nowhere).shape == (len(theta), len(theta))
    whole = full_information.implied
    monkeypatch.setattr(
        full_information, "implied", lambda structure, at: whole(structure, at) if at.ndim == 1 else None
    )
    assert np.isnan(problem.observed(theta)).all()
    np.testing.assert_allclose(_curvature(problem, theta, np.eye(len(theta))), np.eye(len(theta)))
