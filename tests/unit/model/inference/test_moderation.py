"""Moderation: on rows, in replicates, with weights and missing answers, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model import moderation
from ncsi.model.inference.drawn_weights import of_design
from ncsi.model.inference.moderation import _moderator_scores, _Slope, johnson_neyman
from ncsi.model.moments.respondents import Respondents
from ncsi.spec import Instrument
from ncsi.survey import Replicates

ASKED = ("Satisfaction", "Image", "Loyalty")


def coefficients(df, inst, weights=None):
    """Written out over respondents: scores, product, weighted least squares."""
    fit = ncsi.fit_pls(df, inst, weights=weights)
    w = np.ones(len(df)) if weights is None else df[weights].to_numpy(dtype=float)
    X = df[list(inst.item_ids)].to_numpy(dtype=float)
    scores = {}
    for name, part in fit.weights.groupby("construct"):
        own = X[:, part.index] @ part["weight"].to_numpy()
        own = own - np.average(own, weights=w)
        scores[name] = own / np.sqrt(np.average(own**2, weights=w))
    A = np.column_stack(
        [np.ones(len(df)), scores["Image"], scores["Satisfaction"], scores["Image"] * scores["Satisfaction"]]
    )
    root = np.sqrt(w)[:, None]
    return np.linalg.lstsq(A * root, scores["Loyalty"] * root[:, 0], rcond=None)[0]


def test_equals_the_regression_on_rows(survey, inst):
    found = moderation(ncsi.fit_pls(survey, inst, weights="weight"), *ASKED, replicates=50)
    assert found.terms["estimate"].to_numpy() == pytest.approx(
        coefficients(survey, inst, "weight")[1:], abs=1e-8
    )


def test_every_replicate_makes_everything_anew(survey, inst):
    """Replicate weights of 0, 1, 2 are drawn rows: the standard error is that of fits to the drawn rows."""
    part = survey.head(300)
    rng = np.random.default_rng(1)
    counts = rng.poisson(1, (300, 12))
    design = Replicates(counts.astype(float), 1 / 12, np.ones(12), df=11)
    found = moderation(ncsi.fit_pls(part, inst), *ASKED, replicates=design).terms
    whole = coefficients(part, inst)
    drawn = np.array([coefficients(part.loc[part.index.repeat(c)], inst) for c in counts.T])
    se = np.sqrt(((drawn - whole) ** 2).mean(axis=0))[1:]
    assert found["se"].to_numpy() == pytest.approx(se, rel=1e-6)
    assert (found["df"] == 11).all()


def test_integer_weights_equal_repeated_rows(survey, inst):
    weights = np.arange(720) % 3 + 1
    weighted = moderation(ncsi.fit_pls(survey.assign(w=weights), inst, weights="w"), *ASKED, replicates=2)
    repeated = moderation(ncsi.fit_pls(survey.loc[survey.index.repeat(weights)], inst), *ASKED, replicates=2)
    gap = weighted.terms["estimate"] - repeated.terms["estimate"]
    assert np.abs(gap).max() <= 1e-10
    assert weighted.r2 == pytest.approx(repeated.r2, abs=1e-10)


def test_missing_answers_are_completed_and_counted(survey_missing, inst):
    fit = ncsi.fit_pls(survey_missing, inst)
    found = moderation(fit, *ASKED, replicates=200)
    assert found.completed == int(np.isnan(fit.sample.X).any(axis=1).sum()) > 0
    assert (found.terms["se"] > 0).all()


def test_a_moderator_with_missing_answers_has_the_scores_of_the_regression(survey_missing, inst):
    """Expected from all other answers of the respondent, not from the mean."""
    fit = ncsi.fit_pls(survey_missing, inst)
    made = Respondents.of(fit.sample.X, fit.sample.weights, fit.moments)
    ours = _moderator_scores(fit, made, inst.construct_ids.index("Satisfaction"))
    X, mean, cov = fit.sample.X, fit.moments.mean, fit.moments.cov
    whole = X.copy()
    for k in np.flatnonzero(np.isnan(X).any(axis=1)):
        gone = np.isnan(X[k])
        slopes = np.linalg.solve(cov[np.ix_(~gone, ~gone)], cov[np.ix_(~gone, gone)])
        whole[k, gone] = mean[gone] + (X[k, ~gone] - mean[~gone]) @ slopes
    at = [inst.item_ids.index(item) for item in ("SAT1", "SAT2", "SAT3")]
    theirs = whole[:, at] @ fit.outer[at]
    assert np.isnan(X[:, at]).any()
    assert ours == pytest.approx((theirs - theirs.mean()) / theirs.std(), abs=1e-8)


def test_slopes_bounds_and_shares_agree(survey, inst):
    """Loyalty made of Image times Satisfaction: beyond the bounds the slope's interval leaves 0 out."""
    image = survey[["IMA1", "IMA2", "IMA3"]].mean(axis=1)
    happy = survey[["SAT1", "SAT2", "SAT3"]].mean(axis=1)
    rng = np.random.default_rng(4)
    product = (image - image.mean()) * (happy - happy.mean())
    made = {f"LOY{k}": np.clip(np.round(6 + product + rng.normal(0, 1, 720)), 1, 10) for k in (1, 2, 3)}
    found = moderation(ncsi.fit_pls(survey.assign(**made), inst), *ASKED, replicates=400)
    low, high = found.johnson_neyman["bound"]
    line = found.floodlight
    inside = line["moderator"].between(low, high)
    assert ((line["low"] * line["high"] > 0) == ~inside).all()
    assert 0 < found.significant < 1
    assert found.slopes["estimate"].is_monotonic_increasing


def test_bounds_by_hand():
    assert johnson_neyman(0.0, 1.0, np.diag([0.25, 0.0]), 2.0) == pytest.approx([-1.0, 1.0])
    assert johnson_neyman(5.0, 0.0, np.diag([0.01, 0.0]), 2.0) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("Satisfaction", "Imagine", "Loyalty"), "no construct 'Imagine'"),
        (("Value", "Image", "Loyalty"), "Value is no direct cause of Loyalty.*Add the path Value -> Loyalty"),
    ],
)
def test_what_is_refused(survey, inst, asked, message):
    with pytest.raises(ModelError, match=message):
        moderation(ncsi.fit_pls(survey, inst), *asked)


def test_a_moderator_of_one_value(survey, inst):
    same = survey.assign(SAT1=7, SAT2=7, SAT3=7)
    with pytest.raises(ModelError, match="Satisfaction, item SAT1: every answer is the same"):
        moderation(ncsi.fit_pls(same, inst), *ASKED)


def test_the_square_of_two_values_follows_from_them(survey, inst):
    model = inst.model_dump(by_alias=True, exclude_none=True)
    model["constructs"][0]["items"] = model["constructs"][0]["items"][:1]
    two = survey.assign(IMA1=np.where(survey["IMA1"] > 6, 9, 3))
    fit = ncsi.fit_pls(two, Instrument.model_validate(model))
    with pytest.raises(ModelError, match=r"of Image, Satisfaction, Image² one follows from the others"):
        moderation(fit, "Image", "Image", "Loyalty", replicates=20)


def test_no_replicate_of_a_design_may_fail(survey, inst):
    """Its variance is a sum over all of them; of 1,200 drawn ones a single one may."""
    W = np.random.default_rng(0).poisson(1, (720, 1200)).astype(float)
    W[:, 7] = np.arange(720) == 0
    design = Replicates(W, 1 / 1200, np.ones(1200), df=30)
    with pytest.raises(NotConverged, match="1 of 1200 replicates"):
        moderation(ncsi.fit_pls(survey, inst), *ASKED, replicates=design)


def test_covariance_of_a_design_about_its_own_centre():
    replicates = np.array([[1.0, 2.0, 6.0]])
    about = {True: (1 + 0 + 16) / 3, False: (4 + 1 + 9) / 3}
    for mse, variance in about.items():
        design = Replicates(np.ones((2, 3)), 1 / 3, np.ones(3), mse=mse, df=2)
        covariance, draws = of_design(design, np.array([2.0]), replicates)
        assert covariance[0, 0] == pytest.approx(variance)
        assert draws.shape == (1, 5000)
        assert draws.std() == pytest.approx(variance**0.5, rel=0.05)


def test_designs_that_do_not_fit(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    with pytest.raises(ModelError, match="9 rows of replicate weights for 720"):
        moderation(fit, *ASKED, replicates=Replicates(np.ones((9, 3)), 1.0, np.ones(3)))
    with pytest.raises(ModelError, match="1 replicates give no standard error"):
        moderation(fit, *ASKED, replicates=1)


def test_a_slope_by_hand():
    """b + c·m, its variance V₁₁ + 2m V₁₂ + m² V₂₂, t on 12 degrees of freedom; a square counts twice."""
    V = np.array([[9.0, 9.0, 9.0], [9.0, 0.04, -0.01], [9.0, -0.01, 0.09]])
    errors = SimpleNamespace(estimate=np.array([9.0, 0.5, -0.2]), covariance=V, df=12.0)
    for factor in (1.0, 2.0):
        slope = _Slope.of(errors, (1, 2), factor)
        m = np.array([-2.0, 0.0, 1.5])
        found = slope.at(m, 0.9)
        assert found["moderator"].tolist() == m.tolist()
        np.testing.assert_allclose(found["estimate"], 0.5 - 0.2 * factor * m)
        se = np.sqrt(0.04 - 0.02 * factor * m + 0.09 * factor**2 * m**2)
        np.testing.assert_allclose(found["se"], se)
        reach = stats.t.ppf(0.95, 12) * se
        np.testing.assert_allclose(found["low"], found["estimate"] - reach)
        np.testing.assert_allclose(found["high"], found["estimate"] + reach)
        for bound in slope.roots(1.1):
            at = slope.at(np.array([bound]), 0.9).iloc[0]
            assert abs(at["estimate"]) == pytest.approx(1.1 * at["se"])
    assert len(_Slope.of(errors, (1, 2), 1.0).roots(0.5)) == 2


def test_the_share_of_respondents_whose_slope_is_told_from_zero():
    """At −2 and 0 the slope of 1 + m is far from 0, at −1 it is 0: weights of 3 and 1 of 6 are told."""
    slope = _Slope(1.0, 1.0, np.diag([1e-4, 1e-4]), 50.0)
    assert slope.share(np.array([-2.0, -1.0, 0.0]), np.array([3.0, 2.0, 1.0]), 0.95) == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("slope", "change", "V", "bounds"),
    [
        (1.0, 1.0, np.zeros((2, 2)), []),  # the two bounds are one
        (1.0, 2.0, np.array([[0.01, 0.0], [0.0, 1.0]]), []),  # a = 0: one bound and infinity
        (0.0, 0.5, np.array([[0.25, 0.0], [0.0, 0.0]]), [-2.0, 2.0]),
        (0.3, 0.1, np.array([[0.01, 0.002], [0.002, 0.01]]), None),
    ],
)
def test_bounds_solve_their_equation(slope, change, V, bounds):
    found = johnson_neyman(slope, change, V, 2.0)
    if bounds is not None:
        assert found == pytest.approx(bounds)
        return
    assert found == sorted(found)
    for m in found:
        variance = V[0, 0] + 2 * m * V[0, 1] + m**2 * V[1, 1]
        assert (slope + change * m) ** 2 == pytest.approx(4 * variance)


def test_products_and_squares_beside_each_other(survey, inst):
    """Each product's f² against the model without that product alone; t and p on n − 1 degrees of freedom."""
    fit = ncsi.fit_pls(survey, inst)
    found = moderation(fit, *ASKED, quadratic=("Image", "Satisfaction"), replicates=60, level=0.9)
    terms = found.terms.set_index("term")
    assert terms.index.tolist() == [
        "Image",
        "Satisfaction",
        "Image × Satisfaction",
        "Image²",
        "Satisfaction²",
    ]
    S = fit.scores()
    S = (S - S.mean()) / S.std(ddof=0)
    columns = {
        "Image": S["Image"], "Satisfaction": S["Satisfaction"], "Image × Satisfaction": S["Image"] * S["Satisfaction"],
        "Image²": S["Image"] ** 2, "Satisfaction²": S["Satisfaction"] ** 2,
    }  # fmt: skip

    def r2(names):
        A = np.column_stack([np.ones(720), *(columns[one] for one in names)])
        beta, left = np.linalg.lstsq(A, S["Loyalty"], rcond=None)[:2]
        return 1 - left[0] / 720, beta

    whole, beta = r2(list(columns))
    assert found.r2 == pytest.approx(whole, abs=1e-9)
    assert terms["estimate"].to_numpy() == pytest.approx(beta[1:], abs=1e-9)
    assert found.r2_without == pytest.approx(r2(["Image", "Satisfaction"])[0], abs=1e-9)
    for name in list(columns)[2:]:
        less = r2([one for one in columns if one != name])[0]
        assert terms.loc[name, "f2"] == pytest.approx((whole - less) / (1 - whole), abs=1e-9)
    assert terms[["f2", "p_joint"]].isna().any(axis=1).tolist() == [True, True, False, False, False]
    assert (terms["p_joint"].dropna() >= 1 / 61).all()
    assert (found.replicates, found.failed, found.completed, found.level) == (60, 0, 0, 0.9)
    t, df = terms["estimate"] / terms["se"], terms["df"].iloc[0]
    assert terms["t"].to_numpy() == pytest.approx(t.to_numpy())
    assert df > 300
    assert terms["p"].to_numpy() == pytest.approx(2 * stats.t.sf(np.abs(t), df))
    reach = stats.t.ppf(0.95, df) * terms["se"]
    assert terms["low"].to_numpy() == pytest.approx((terms["estimate"] - reach).to_numpy())
    assert terms["high"].to_numpy() == pytest.approx((terms["estimate"] + reach).to_numpy())
    assert found.slopes["moderator"].tolist() == [-1, 0, 1]
    assert found.slopes["estimate"][1] == terms.loc["Image", "estimate"]
    assert found.slopes["estimate"].diff()[1] == pytest.approx(terms.loc["Image × Satisfaction", "estimate"])
    assert found.floodlight["moderator"].iloc[[0, 30, 60]].tolist() == [-3, 0, 3]


def test_a_square_alone_bends_the_slope_twice(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    found = moderation(fit, "Image", "Image", "Loyalty", quadratic=("Image",), replicates=30)
    terms = found.terms.set_index("term")["estimate"]
    assert terms.index.tolist() == ["Image", "Satisfaction", "Image²"]
    assert found.slopes["estimate"].to_numpy() == pytest.approx(
        terms["Image"] + 2 * terms["Image²"] * np.array([-1, 0, 1])
    )
    z = fit.scores()["Image"]
    z = (z - z.mean()) / z.std(ddof=0)
    for bound, observed in found.johnson_neyman.itertuples(index=False):
        assert observed == (z.min() < bound < z.max())
