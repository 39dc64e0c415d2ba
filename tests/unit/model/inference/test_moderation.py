"""Moderation: on rows, in replicates, with weights and missing answers, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import moderation
from ncsi.model.inference.moderation import johnson_neyman
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
        (("Satisfaction", "Imagine", "Loyalty"), "no construct Imagine"),
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


def test_designs_that_do_not_fit(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    with pytest.raises(ModelError, match="9 rows of replicate weights for 720"):
        moderation(fit, *ASKED, replicates=Replicates(np.ones((9, 3)), 1.0, np.ones(3)))
    with pytest.raises(ModelError, match="1 replicates give no standard error"):
        moderation(fit, *ASKED, replicates=1)
