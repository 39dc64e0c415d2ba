"""Test of fit: against the assessment's SRMR, where the model holds, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model import assess, fit_test
from ncsi.model.inference.fit_test import _distances, _implied, _root
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls.positions import layout_of


def test_saturated_srmr_is_that_of_the_assessment(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    found = fit_test(fit, replicates=0)
    estimate = found.distances.set_index(["kind", "statistic"])["estimate"]
    assert estimate["saturated", "srmr"] == pytest.approx(assess(fit).srmr_saturated, abs=1e-10)
    assert found.distances["p"].isna().all()
    assert (found.replicates, found.failed, found.level) == (0, 0, 0.95)


def test_integer_weights_equal_repeated_rows(survey, inst):
    weights = np.arange(720) % 3 + 1
    weighted = ncsi.fit_pls(survey.assign(w=weights), inst, weights="w")
    repeated = ncsi.fit_pls(survey.loc[survey.index.repeat(weights)], inst)
    a, b = (fit_test(fit, replicates=0).distances["estimate"].to_numpy() for fit in (weighted, repeated))
    assert np.abs(a - b).max() <= 1e-10


def test_missing_answers_are_refused_with_the_cure(survey_missing, inst):
    fit = ncsi.fit_pls(survey_missing, inst)
    assert fit_test(fit, replicates=0).distances["estimate"].notna().all()
    with pytest.raises(ModelError, match=r"respondents have missing answers.*replicates=0"):
        fit_test(fit, replicates=100)


@pytest.fixture(scope="module")
def fit(survey, inst):
    return ncsi.fit_pls(survey.head(200), inst)


@pytest.fixture(scope="module")
def own(fit):
    return fit_test(fit, replicates=0).distances["estimate"].to_numpy()


def drawn(own, settled):
    """Of both kinds five draws of each statistic: 0.5, 0.9, 1, 1.1 and 2 times the estimate."""

    def made(_fit, _implied, _layout, _replicates, _seed, kind):
        part = own.reshape(2, 3)[kind]
        return part[:, None] * np.array([0.5, 0.9, 1.0, 1.1, 2.0]), np.array(settled[kind])

    return made


def test_p_counts_what_is_as_far_and_the_critical_value_is_a_quantile(fit, own, monkeypatch):
    every = [[True] * 5, [True] * 5]
    monkeypatch.setattr("ncsi.model.inference.fit_test._drawn", drawn(own, every))
    found = fit_test(fit, replicates=5, level=0.75)
    assert found.distances["p"].tolist() == [4 / 6] * 6, "1 + the 3 of 5 that are not nearer"
    assert found.distances["critical"].to_numpy() == pytest.approx(1.1 * own)
    assert (found.level, found.replicates, found.failed) == (0.75, 5, 0)
    assert found.distances["kind"].tolist() == ["estimated"] * 3 + ["saturated"] * 3
    assert found.distances["statistic"].tolist() == ["srmr", "dG", "dL"] * 2


def test_replicates_that_did_not_settle_are_left_out_of_their_kind(fit, own, monkeypatch):
    settled = [[True, True, True, True, False], [False, True, True, True, True]]
    monkeypatch.setattr("ncsi.model.inference.fit_test._drawn", drawn(own, settled))
    found = fit_test(fit, replicates=200)
    assert found.distances["p"].to_numpy() == pytest.approx([3 / 5] * 3 + [4 / 5] * 3)
    assert (found.replicates, found.failed) == (198, 2)
    with pytest.raises(NotConverged, match="2 of 199 replicates did not converge"):
        fit_test(fit, replicates=199)


def test_distances_by_hand():
    """SRMR over the p(p + 1)/2 cells, the diagonal among them; dL half of all squares."""
    a, b = np.eye(3), np.array([[1.0, 0.3, 0.0], [0.3, 1.0, -0.4], [0.0, -0.4, 1.0]])
    found = _distances(a[..., None], b[..., None])[:, 0]
    assert found == pytest.approx(
        [np.sqrt((0.09 + 0.16) / 6), 0.5 * (np.log(np.linalg.eigvalsh(b)) ** 2).sum(), 0.25]
    )


def test_the_data_are_turned_into_what_the_model_implies(fit):
    """A root times itself is the matrix; what is no correlation matrix has none."""
    S = fit.moments.correlations
    half = _root(S, 0.5)
    np.testing.assert_allclose(half @ half, S, atol=1e-10)
    np.testing.assert_allclose(_root(S, -0.5) @ half, np.eye(len(S)), atol=1e-8)
    with pytest.raises(ModelError, match="no correlation matrix"):
        _root(np.array([[1.0, 1.1], [1.1, 1.0]]), 0.5)
    with pytest.raises(ModelError, match="no correlation matrix"):
        _root(np.diag([0.0, 1.0]), 0.5)


def test_a_small_test_has_its_own_draws_for_both_kinds(fit):
    found = fit_test(fit, replicates=40, seed=2)
    again = fit_test(fit, replicates=40, seed=2)
    assert found.distances.equals(again.distances)
    p = found.distances["p"] * 41
    assert (p.round(9) % 1 == 0).all()
    assert (found.distances["critical"] > 0).all()
    assert not found.distances.equals(fit_test(fit, replicates=40, seed=3).distances)


def test_replicates_are_drawn_from_respondents_of_whom_the_model_holds(survey, inst, monkeypatch):
    """Turned by R^-½ Σ^½, weighted answers have a mean of 0 and just the correlations that the model implies."""
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    R = fit.moments.correlations[..., None]
    loadings = fit.weights["loading"].to_numpy()[:, None]
    implied = _implied(R, loadings, fit.construct_correlations.to_numpy()[..., None], layout_of(inst))
    seen = []

    class Watched:
        @staticmethod
        def complete(Z, weights):
            seen.append((Z, weights))
            return Respondents.complete(Z, weights)

    monkeypatch.setattr("ncsi.model.inference.fit_test.Respondents", Watched)
    fit_test(fit, replicates=2)
    for (Z, weights), wanted in zip(seen, implied, strict=True):
        w = weights / weights.sum()
        np.testing.assert_allclose(w @ Z, 0, atol=1e-10)
        np.testing.assert_allclose((Z * w[:, None]).T @ Z, wanted[..., 0], atol=1e-8)
