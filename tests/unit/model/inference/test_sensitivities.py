"""Copula terms, congruence, ordinal PLS and ESSE: by definition, with weights, designs and missing answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import congruence, gaussian_copula, necessity_sensitivity, ordinal_pls
from ncsi.model.inference.congruence import _of_draws, _of_fit
from ncsi.model.inference.endogeneity import copula_term, normal_distance
from ncsi.model.inference.necessity_sensitivity import benchmark
from ncsi.model.moments.polychoric import below, polychoric
from ncsi.model.pls.positions import layout_of
from ncsi.survey import Replicates


@pytest.fixture(scope="module")
def weights():
    return np.arange(720) % 3 + 1.0


@pytest.fixture(scope="module")
def weighted(survey, inst, weights):
    return ncsi.fit_pls(survey.assign(w=weights), inst, weights="w")


@pytest.fixture(scope="module")
def repeated(survey, inst, weights):
    return ncsi.fit_pls(survey.loc[survey.index.repeat(weights.astype(int))], inst)


def test_the_copula_term_is_the_quantile_of_the_distribution_function():
    x, w = np.array([3.0, 1.0, 2.0, 2.0, 5.0]), np.array([2.0, 1.0, 1.0, 3.0, 3.0])
    term = copula_term(x[:, None], (w / w.sum())[:, None], 5 / 6)[:, 0]
    assert term == pytest.approx(stats.norm.ppf([0.7, 0.1, 0.5, 0.5, 5 / 6]))


def test_every_replicate_makes_the_copula_anew(survey, inst):
    """Replicate weights of 0, 1, 2 are drawn rows: the standard error is that of fits to the drawn rows."""
    part = survey.head(300)
    counts = np.random.default_rng(4).poisson(1, (300, 8))
    design = Replicates(counts.astype(float), 1 / 8, np.ones(8), df=7)
    fit = ncsi.fit_pls(part, inst)
    found = gaussian_copula(fit, replicates=design).terms

    def alone(rows):
        own = ncsi.fit_pls(part.loc[rows], inst)
        S = own.scores().to_numpy()
        S = (S - S.mean(axis=0)) / S.std(axis=0)
        rank = np.floor(stats.rankdata(np.round(S[:, 0], 9), method="max")) / len(S)
        term = stats.norm.ppf(np.minimum(rank, 300 / 301))
        A = np.column_stack([np.ones(len(S)), S[:, 0], term])
        return np.linalg.lstsq(A, S[:, 1], rcond=None)[0][2]

    drawn = np.array([alone(part.index.repeat(c)) for c in counts.T])
    assert found["estimate"][0] == pytest.approx(alone(part.index), abs=1e-8)
    assert found["se"][0] == pytest.approx(np.sqrt(((drawn - alone(part.index)) ** 2).mean()), rel=1e-5)
    assert (found["df"] == 7).all()


def test_an_endogenous_cause_is_corrected_and_a_normal_one_is_not_told():
    """x and the error of y share a part: least squares finds too much, the copula's part of it is found where x is
    skewed; normal scores say that nothing can be told."""
    rng = np.random.default_rng(5)
    common = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 3000)
    skewed = stats.expon.ppf(stats.norm.cdf(common[:, 0]))
    inst = ncsi.model_from("X =~ x\n Y =~ y\n Y ~ X", scale=(-100, 100), target="Y")

    def told(x):
        df = pd.DataFrame({"x": x, "y": 0.5 * x + common[:, 1]})
        return gaussian_copula(ncsi.fit_pls(df, inst), replicates=100).terms.iloc[0], df

    row, df = told(skewed)
    true = 0.5 * df["x"].std() / df["y"].std()
    assert row["state"] == "usable"
    assert row["path"] > true + 0.1
    assert row["corrected"] == pytest.approx(true, abs=0.08)
    assert row["p_holm"] < 0.01
    assert told(common[:, 0] * 2)[0]["state"] == "normal"


def test_why_nothing_can_be_told(survey, inst):
    few = gaussian_copula(ncsi.fit_pls(survey.head(150), inst), replicates=20).terms
    assert set(few["state"]) == {"few"}
    whole = gaussian_copula(ncsi.fit_pls(survey, inst), replicates=20).terms
    assert {"usable", "lump", "normal"} == set(whole["state"])
    assert (whole.loc[whole["state"] == "lump", "at_top"] >= 0.05).all()


def test_missing_answers_are_completed_for_the_copula(survey_missing, inst):
    found = gaussian_copula(ncsi.fit_pls(survey_missing, inst), replicates=20)
    assert found.completed > 0
    assert found.terms["se"].gt(0).all()


def test_a_cause_of_two_values_has_no_copula_term():
    rng = np.random.default_rng(6)
    x = np.arange(200) % 2 * 1.0
    df = pd.DataFrame({"x": x, "y": x + rng.normal(size=200)})
    inst = ncsi.model_from("X =~ x\n Y =~ y\n Y ~ X", scale=(-100, 100), target="Y")
    with pytest.raises(ModelError, match="X -> Y: the term follows from the causes"):
        gaussian_copula(ncsi.fit_pls(df, inst), replicates=10)


def test_the_distance_from_the_normal_is_kolmogorovs(survey):
    z = survey["SAT1"].to_numpy(dtype=float)
    z = (z - z.mean()) / z.std()
    theirs = stats.kstest(z * np.sqrt(719 / 720), "norm").statistic
    assert normal_distance(z, np.full(720, 1 / 720), 720) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("reliability", ["rho_a", "rho_c", "alpha", "one"])
def test_congruence_by_integer_weights_is_that_of_repeated_rows(weighted, repeated, reliability):
    ours, theirs = (congruence(one, reliability).pairs["estimate"] for one in (weighted, repeated))
    assert np.abs(ours - theirs).max() <= 1e-10


def test_reliabilities_of_replicates_are_those_of_the_fit(survey, inst):
    """A replicate whose weights are the sample's own."""
    fit, layout = ncsi.fit_pls(survey, inst), layout_of(inst)
    same = ncsi.replicated(fit, pd.DataFrame(np.ones((720, 2))))
    for name in ("rho_a", "rho_c", "one"):
        assert _of_draws(same.draws, layout, name)[:, 0] == pytest.approx(
            _of_fit(fit, layout, name), abs=1e-6
        )
    found = congruence(same).pairs
    assert found["se"].to_numpy() == pytest.approx(0, abs=1e-6)


def test_alpha_has_no_intervals_and_a_single_item_no_error(survey):
    inst = ncsi.model_from("A =~ IMA1 + IMA2\n B =~ EXP1\n C =~ SAT1 + SAT2\n C ~ A + B", target="C")
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst), replicates=50)
    assert list(congruence(boot, "alpha").pairs) == ["construct_a", "construct_b", "estimate"]
    assert congruence(boot).pairs["low"].lt(1).all()
    assert _of_fit(boot.fit, layout_of(inst), "rho_a")[1] == 1


def test_two_constructs_are_not_compared_by_others(survey):
    inst = ncsi.model_from("A =~ IMA1 + IMA2\n C =~ SAT1 + SAT2\n C ~ A", target="C")
    with pytest.raises(ModelError, match="2 constructs; congruence compares two by all others"):
        congruence(ncsi.fit_pls(survey, inst))


@pytest.mark.parametrize("r", [-0.95, -0.3, 0.0, 0.5, 0.95])
def test_the_bivariate_normal(r):
    h, k = np.array([-1.0, 0.0, 0.4, 2.0]), np.array([0.3, 0.0, -1.2, 1.0])
    theirs = [stats.multivariate_normal.cdf([a, b], cov=[[1, r], [r, 1]]) for a, b in zip(h, k, strict=True)]
    assert below(h, k, np.full(4, r)) == pytest.approx(theirs, abs=1e-6)


def test_polychoric_correlations_are_those_of_the_variables_behind():
    rng = np.random.default_rng(7)
    R = np.array([[1, 0.7, -0.4], [0.7, 1, 0.2], [-0.4, 0.2, 1]])
    Z = rng.multivariate_normal(np.zeros(3), R, 20000)
    X = np.column_stack(
        [np.digitize(Z[:, 0], [-1, 0]), np.digitize(Z[:, 1], [0.5]), np.digitize(Z[:, 2], [-1, 0, 1])]
    )
    found = polychoric(X.astype(float), np.ones(20000), ("a", "b", "c"))
    assert found.correlations == pytest.approx(R, abs=0.03)
    assert found.thresholds[2] == pytest.approx([-1, 0, 1], abs=0.05)


def test_ordinal_by_integer_weights_is_that_of_repeated_rows(weighted, repeated):
    ours, theirs = ordinal_pls(weighted), ordinal_pls(repeated)
    assert np.abs(ours.correlations - theirs.correlations).to_numpy().max() < 1e-8
    assert ours.paths["ordinal"].to_numpy() == pytest.approx(theirs.paths["ordinal"].to_numpy(), abs=1e-8)


def test_pairs_that_were_answered_count(survey_missing, inst):
    found = ordinal_pls(ncsi.fit_pls(survey_missing, inst))
    assert found.pairwise > 0
    assert found.paths["ordinal"].notna().all()


def test_what_is_no_category_is_refused(survey):
    inst = ncsi.model_from("A =~ IMA1 + IMA2\n C =~ SAT1 + SAT2\n C ~ A", scale=(0, 100), target="C")
    odd = survey.assign(IMA1=survey["IMA1"] + np.random.default_rng(1).random(720))
    with pytest.raises(ModelError, match="item IMA1 has 720 different answers"):
        ordinal_pls(ncsi.fit_pls(odd, inst))


def test_a_corner_is_counted_by_weight_and_independent_scores_have_the_benchmark(weighted, repeated):
    """Of weights 1, 2, 3 the same corners as of repeated rows."""
    ours, theirs = (necessity_sensitivity(one).effects for one in (weighted, repeated))
    assert ours["d"].to_numpy() == pytest.approx(theirs["d"].to_numpy(), abs=1e-8)
    rng = np.random.default_rng(8)
    df = pd.DataFrame({"x": rng.random(4000) * 100, "y": rng.random(4000) * 100})
    inst = ncsi.model_from("X =~ x\n Y =~ y\n Y ~ X", scale=(0, 100), target="Y")
    free = necessity_sensitivity(ncsi.fit_pls(df, inst), thresholds=[0.01, 0.05]).effects
    assert free["d"].to_numpy() == pytest.approx(benchmark(np.array([0.01, 0.05])), abs=0.02)


def test_where_nobody_is_left_there_is_no_effect():
    """Of scores that rise together each corner holds but one respondent."""
    df = pd.DataFrame({"x": np.arange(200.0), "y": np.arange(200.0) ** 2 / 199})
    inst = ncsi.model_from("X =~ x\n Y =~ y\n Y ~ X", scale=(0, 199), target="Y")
    found = ncsi.esse(ncsi.fit_pls(df, inst), thresholds=[0, 0.05])
    assert found["kept"].tolist() == [200, 0]
    assert found["d"].notna().tolist() == [True, False]
    assert found["excess"].isna().tolist() == [False, True]
    for lang in ("zh", "en"):
        assert "nan" not in str(found.summary(lang)).lower()
