"""Copula terms, congruence, ordinal PLS and ESSE: by definition, with weights, designs and missing answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import congruence, gaussian_copula, necessity_sensitivity, ordinal_pls
from ncsi.model.inference.changes import holm
from ncsi.model.inference.congruence import _of_draws, _of_fit, coefficients
from ncsi.model.inference.endogeneity import _normal_distances, _scaled, _shapes, copula_term, normal_distance
from ncsi.model.inference.necessity_sensitivity import benchmark
from ncsi.model.inference.score_regressions import least_squares
from ncsi.model.moments.polychoric import below, polychoric
from ncsi.model.moments.respondents import Respondents
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


def test_the_table_of_copula_terms(survey, inst):
    """t on the sample's degrees of freedom, Holm over all rows, the path without the term beside it."""
    fit = ncsi.fit_pls(survey.head(300), inst)
    made = gaussian_copula(fit, replicates=30, level=0.9)
    found = made.terms
    assert (made.replicates, made.failed, made.completed, made.level) == (30, 0, 0, 0.9)
    paths = fit.paths.set_index(["from", "to"])["estimate"]
    assert list(zip(found["construct"], found["outcome"], found["path"], strict=True)) == [
        (row.construct, row.outcome, paths[row.construct, row.outcome]) for row in found.itertuples()
    ]
    assert set(zip(found["construct"], found["outcome"], strict=True)) == set(paths.index)
    t, df = found["estimate"] / found["se"], found["df"].iloc[0]
    assert found["df"].nunique() == 1
    assert 150 < df < 300
    assert found["t"].to_numpy() == pytest.approx(t.to_numpy())
    assert found["p"].to_numpy() == pytest.approx(2 * stats.t.sf(np.abs(t), df))
    assert found["p_holm"].to_numpy() == pytest.approx(holm(found["p"]))
    reach = stats.t.ppf(0.95, df) * found["se"]
    assert found["low"].to_numpy() == pytest.approx((found["estimate"] - reach).to_numpy())
    assert found["high"].to_numpy() == pytest.approx((found["estimate"] + reach).to_numpy())


def test_shapes_are_those_of_the_scores(survey, inst, weights, weighted):
    """Skewness, the distance, and the share at the highest score, by weight; one row a cause."""
    respondents = Respondents.of(weighted.sample.X, weighted.sample.weights, weighted.moments)
    found = _shapes(weighted, respondents, [0, 3]).set_index("construct")
    assert found.index.tolist() == ["Image", "Value"]
    for name, items in (("Image", slice(0, 4)), ("Value", slice(12, 14))):
        raw = weighted.sample.X[:, items] @ weighted.outer[items]
        z = (raw - np.average(raw, weights=weights)) / np.sqrt(
            np.average((raw - np.average(raw, weights=weights)) ** 2, weights=weights)
        )
        row = found.loc[name]
        assert row["skew"] == pytest.approx(np.average(z**3, weights=weights))
        assert row["at_top"] == pytest.approx(weights[z > z.max() - 1e-6].sum() / weights.sum())
        n_eff = weights.sum() ** 2 / (weights**2).sum()
        share = weights / weights.sum()
        assert row["distance"] == pytest.approx(normal_distance(z, share, n_eff))
        assert (row["p_normal"] * 1000).round(6) % 1 == 0


def test_lilliefors_critical_values():
    """Stephens (1974), of the modified statistic: 10 %, 5 % and 1 % lie at .819, .895 and 1.035, whatever n."""
    for n in (40, 400):
        drawn = _normal_distances(n)
        assert drawn.shape == (999,)
        assert np.quantile(drawn, [0.9, 0.95, 0.99]) == pytest.approx([0.819, 0.895, 1.035], abs=0.06)
    assert _scaled(0.1, 100.0) == pytest.approx(0.1 * (10 - 0.01 + 0.085))


def test_scores_that_are_as_normal_as_can_be_are_normal():
    z = stats.norm.ppf((np.arange(300) + 0.5) / 300)
    inst = ncsi.model_from("X =~ x\n Y =~ y\n Y ~ X", scale=(-100, 100), target="Y")
    df = pd.DataFrame({"x": z, "y": z + np.random.default_rng(1).normal(size=300)})
    row = gaussian_copula(ncsi.fit_pls(df, inst), replicates=5).terms.iloc[0]
    assert row["p_normal"] == 1.0
    assert row["skew"] == pytest.approx(0, abs=1e-9)
    assert row["at_top"] == pytest.approx(1 / 300)
    assert row["state"] == "normal"


def test_a_reliability_that_there_is_not(survey, inst):
    with pytest.raises(ModelError, match=r"there is no reliability 'omega'\. Use rho_a, rho_c, alpha, one"):
        congruence(ncsi.fit_pls(survey, inst), "omega")


def test_congruence_of_columns_by_hand(survey):
    """Three constructs: the columns of their correlations with the reliabilities on the diagonal."""
    inst = ncsi.model_from("A =~ IMA1 + IMA2\n B =~ EXP1 + EXP2\n C =~ SAT1 + SAT2\n C ~ A + B", target="C")
    fit = ncsi.fit_pls(survey, inst)
    found = congruence(fit, "one").pairs
    phi = fit.construct_correlations.to_numpy()
    for row, (a, b) in zip(found.itertuples(), ((0, 1), (0, 2), (1, 2)), strict=True):
        cosine = phi[a] @ phi[b] / np.sqrt((phi[a] @ phi[a]) * (phi[b] @ phi[b]))
        assert row.estimate == pytest.approx(cosine)
    boot = ncsi.bootstrap(fit, replicates=30)
    drawn = congruence(boot, "one")
    assert drawn.level == boot.level
    own = boot.draws.phi[..., 4]
    assert coefficients(boot.draws.phi, np.ones((3, 30)))[1, 4] == pytest.approx(
        own[0] @ own[2] / np.sqrt((own[0] @ own[0]) * (own[2] @ own[2]))
    )
    assert (drawn.pairs["df"].nunique(), drawn.reliability) == (1, "one")
    assert congruence(fit).level is None


def test_two_hundred_effective_respondents_are_not_few(survey, inst):
    for n, few in ((200, False), (199, True)):
        fit = ncsi.fit_pls(survey.head(n), inst)
        respondents = Respondents.of(fit.sample.X, fit.sample.weights, fit.moments)
        assert (_shapes(fit, respondents, [0])["state"].item() == "few") == few


def test_terms_that_follow_from_one_another_have_no_coefficients():
    """By what varies least as a share of what varies most: a scale of 10⁶ makes a column of its own nothing."""
    rng = np.random.default_rng(2)
    x, z, y = rng.normal(size=(3, 50, 1))
    share, settled = np.full((50, 1), 1 / 50), np.array([True])
    for scale, distinct in ((1.0, True), (1e4, True), (1e6, False)):
        found = least_squares([x * scale, z], y, share, settled)
        assert found.distinct.tolist() == [distinct]
        assert np.isfinite(found.coefficients).all() == distinct
        assert found.good.tolist() == [distinct]
    tiny = least_squares([x * 1e-4, z * 1e-4], y, share, settled)
    assert tiny.coefficients[:, 0] == pytest.approx(
        np.linalg.lstsq(np.hstack([x, z]) * 1e-4, y[:, 0], rcond=None)[0], rel=1e-6
    )
    assert not least_squares([x, z], y, share, np.array([False])).good.any()
