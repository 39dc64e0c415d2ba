"""Scores by a covariance SEM: Thurstone's formula in another form, patterns of missing answers, single items."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError


def matrices(fit, inst):
    """Λ, Θ, Φ of the estimates, written out from the parameter table."""
    ids, items, found = list(inst.construct_ids), list(inst.item_ids), fit.estimates
    Lambda, Theta = np.zeros((len(items), len(ids))), np.zeros(len(items))
    B, Psi = np.zeros((len(ids), len(ids))), np.zeros((len(ids), len(ids)))
    for row in found.itertuples():
        if row.op == "=~":
            Lambda[items.index(row.rhs), ids.index(row.lhs)] = row.estimate
        elif row.op == "~":
            B[ids.index(row.lhs), ids.index(row.rhs)] = row.estimate
        elif row.lhs in ids:
            a, b = ids.index(row.lhs), ids.index(row.rhs)
            Psi[a, b] = Psi[b, a] = row.estimate
        else:
            Theta[items.index(row.lhs)] = row.estimate
    total = np.linalg.inv(np.eye(len(ids)) - B)
    return Lambda, Theta, total @ Psi @ total.T


def thurstone(x, Lambda, Theta, Phi):
    """(Φ⁻¹ + Λ'Θ⁻¹Λ)⁻¹ Λ'Θ⁻¹ x: the same expectation without the covariance of the items."""
    precision = Lambda.T / Theta
    return np.linalg.solve(np.linalg.inv(Phi) + precision @ Lambda, precision @ x)


def test_they_are_what_the_model_expects_of_each_construct(survey, inst):
    shuffled = survey.sample(frac=1, random_state=2)
    fit = ncsi.fit_cbsem(shuffled, inst, weights="weight")
    scores = fit.scores()
    assert scores.index.equals(shuffled.index)
    centred = shuffled[list(inst.item_ids)].to_numpy(dtype=float) - fit.mean.to_numpy()
    expected = thurstone(centred.T, *matrices(fit, inst)).T
    assert np.abs(scores.to_numpy() - expected).max() < 1e-10
    assert np.average(scores, weights=shuffled["weight"], axis=0) == pytest.approx(np.zeros(6), abs=1e-10)


def test_missing_answers_are_left_to_the_others(survey, inst):
    gappy = survey.astype(dict.fromkeys(inst.item_ids, float))
    gappy.loc[5, ["IMA1", "LOY3"]] = np.nan
    gappy.loc[7, list(inst.item_ids)] = np.nan
    fit = ncsi.fit_cbsem(gappy, inst)
    scores = fit.scores()
    assert 7 not in scores.index
    seen = gappy.loc[5, list(inst.item_ids)].notna().to_numpy()
    Lambda, Theta, Phi = matrices(fit, inst)
    x = gappy.loc[5, list(inst.item_ids)].to_numpy(dtype=float) - fit.mean.to_numpy()
    expected = thurstone(x[seen], Lambda[seen], Theta[seen], Phi)
    assert scores.loc[5].to_numpy() == pytest.approx(expected, abs=1e-10)


def test_a_single_item_is_its_own_score(survey):
    text = "Image =~ IMA1 + IMA2 + IMA3\nValue =~ VAL1\nLoyalty =~ LOY1 + LOY2 + LOY3\nValue ~ Image\nLoyalty ~ Value"
    fit = ncsi.fit_cbsem(survey, ncsi.model_from(text))
    value = survey["VAL1"] - survey["VAL1"].mean()
    assert fit.scores()["Value"].to_numpy() == pytest.approx(value.to_numpy(), abs=1e-10)


def test_answers_off_the_scale_are_refused(survey, inst):
    fit = ncsi.fit_cbsem(survey, inst)
    survey = survey.assign(SAT1=11)
    with pytest.raises(ModelError, match="item SAT1"):
        ncsi.model.cbsem.factor_scores(fit, survey, inst)
