"""A brand's index by other outer weights."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model.inference.alternative_weights import index_variants


def test_a_brands_own_weights_are_those_of_a_fit_to_its_rows(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight", by="brand")
    own = index_variants(ncsi.bootstrap(fit, replicates=50)).set_index(["brand", "construct"])
    name = fit.sample.groups[0]
    alone = ncsi.fit_pls(survey[survey["brand"] == name], inst, weights="weight")
    expected = alone.index.set_index("construct")["index_0_100"]
    assert own.loc[name, "index_own_0_100"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-4)
    equal = survey[survey["brand"] == name]
    items = [item.id for item in inst.construct("Satisfaction").items]
    mean = np.average(100 * (equal[items].mean(axis=1) - 1) / 9, weights=equal["weight"])
    assert own.loc[(name, "Satisfaction"), "index_equal_0_100"] == pytest.approx(mean)


def test_of_a_handful_own_weights_of_both_signs_make_no_index(survey, inst):
    """Of groups of five some fits weigh an item negatively, and their index leaves 0-100; none is told then."""
    few = survey.assign(group=[f"g{k // 5}" for k in range(len(survey))])
    boot = ncsi.bootstrap(ncsi.fit_pls(few, inst, weights="weight", by="group"), replicates=50)
    outside = (boot.own < 0) | (boot.own > 100)
    assert outside.any()
    own = index_variants(boot)["index_own_0_100"].to_numpy().reshape(boot.own.T.shape).T
    assert np.isnan(own[outside]).all()
    settled = ~np.isnan(boot.own) & ~outside
    assert (own[settled] == boot.own[settled]).all()
