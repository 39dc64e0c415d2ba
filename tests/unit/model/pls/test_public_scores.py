"""Scores of respondents, as an analyst gets them."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi


def test_their_weighted_mean_is_the_index_whatever_the_order_of_rows(survey, inst):
    shuffled = survey.sample(frac=1, random_state=3)
    fit = ncsi.fit_pls(shuffled, inst, weights="weight", by="brand")
    scores = fit.scores()
    assert scores.index.equals(shuffled.index)
    assert scores.columns.tolist() == list(inst.construct_ids)
    means = np.average(scores, weights=shuffled["weight"], axis=0)
    assert means == pytest.approx(fit.index["index_0_100"].to_numpy(), abs=1e-10)
    one = shuffled[shuffled["brand"] == shuffled["brand"].iloc[0]].index
    by = fit.index_by.set_index(["brand", "construct"])["index_0_100"]
    mean = np.average(scores.loc[one, "Loyalty"], weights=shuffled.loc[one, "weight"])
    assert mean == pytest.approx(by[shuffled["brand"].iloc[0], "Loyalty"], abs=1e-10)


def test_weights_are_shared_among_the_items_answered(survey, inst):
    first, *others = (item.id for item in inst.constructs[0].items)
    gappy = survey.astype(dict.fromkeys(inst.item_ids, float))
    gappy.loc[5, first] = np.nan
    gappy.loc[7, list(inst.item_ids)] = np.nan
    fit = ncsi.fit_pls(gappy, inst)
    scores = fit.scores()
    assert 7 not in scores.index
    assert len(scores) == fit.n == len(survey) - 1
    outer = fit.weights.set_index("item")["weight"]
    answers = (gappy.loc[5, others].astype(float) - 1) / 9 * 100
    assert scores.loc[5, inst.constructs[0].id] == pytest.approx(np.average(answers, weights=outer[others]))
