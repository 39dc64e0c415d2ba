"""Robust standard errors: what they must not depend on, and what they must."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model.cbsem.respondents import respondents_drawn
from ncsi.model.cbsem.robust import of_clusters
from ncsi.model.moments.sample import Units


@pytest.fixture(scope="module")
def alone(survey, inst):
    return ncsi.fit_cbsem(survey, inst, robust=True)


def test_respondents_entered_twice_count_once_when_they_are_clusters(survey, inst, alone):
    """The factor m/(m − 1) of lavaan's `cluster=`, by its formula: no golden has figures of a clustered fit."""
    twice = pd.concat([survey, survey], ignore_index=True)
    clustered = ncsi.fit_cbsem(twice, inst, clusters="respondent", robust=True)
    m = len(survey)
    free = alone.estimates["se"].notna()
    ratio = (clustered.estimates["se"] / alone.estimates["se"])[free]
    np.testing.assert_allclose(ratio, np.sqrt(m / (m - 1)), rtol=1e-6)
    scaling = clustered.fit_measures["scaling"] / alone.fit_measures["scaling"]
    assert scaling == pytest.approx(2 * m / (m - 1), rel=1e-6)
    naive = ncsi.fit_cbsem(twice, inst, robust=True)
    np.testing.assert_allclose(
        naive.estimates["se"][free] * np.sqrt(2), alone.estimates["se"][free], rtol=1e-6
    )


def test_a_common_factor_of_the_weights_changes_nothing(survey, inst):
    weighted = ncsi.fit_cbsem(survey, inst, "weight", robust=True)
    tenfold = ncsi.fit_cbsem(survey.assign(weight=10 * survey["weight"]), inst, "weight", robust=True)
    np.testing.assert_allclose(tenfold.estimates["std_se"], weighted.estimates["std_se"], rtol=1e-9)
    assert tenfold.fit_measures["chisq_scaled"] == pytest.approx(weighted.fit_measures["chisq_scaled"])


def test_the_default_is_normal_theory_without_scaled_measures(survey, inst, alone):
    plain = ncsi.fit_cbsem(survey, inst)
    assert (alone.robust, plain.robust) == (True, False)
    assert "chisq_scaled" not in plain.fit_measures
    np.testing.assert_allclose(plain.estimates["estimate"], alone.estimates["estimate"], rtol=1e-12)
    assert not np.allclose(plain.estimates["se"].dropna(), alone.estimates["se"].dropna(), rtol=0.01)


def test_a_blank_that_matters_little_moves_errors_little(survey, inst, alone):
    holed = survey.copy()
    holed["IMA1"] = holed["IMA1"].astype(float).where(holed.index > 2)
    fit = ncsi.fit_cbsem(holed, inst, robust=True)
    free = alone.estimates["se"].notna()
    np.testing.assert_allclose(fit.estimates["se"][free], alone.estimates["se"][free], rtol=0.02)


def test_clusters_without_robust_errors_are_refused(survey, inst):
    with pytest.raises(ModelError, match="clusters 'region' change standard errors only"):
        ncsi.fit_cbsem(survey, inst, clusters="region")


def test_clusters_within_strata_vary_about_their_strata_alone(survey, inst):
    """What strata differ by is no error of sampling: standard errors change, estimates do not."""
    apart = survey.sort_values("SAT1", kind="stable", ignore_index=True)
    apart = apart.assign(stratum=np.arange(720) // 360, point=np.arange(720) // 12)
    within = ncsi.fit_cbsem(apart, inst, clusters="point", strata="stratum", robust=True).estimates
    across = ncsi.fit_cbsem(apart, inst, clusters="point", robust=True).estimates
    free = within["se"].notna()
    assert not np.allclose(within["se"][free], across["se"][free], rtol=1e-3)
    np.testing.assert_allclose(within["estimate"], across["estimate"])


def test_the_factor_counts_clusters_of_each_stratum():
    units = Units(np.repeat(np.arange(5), 2), np.array([0, 0, 1, 1, 1]))
    rows = np.arange(10.0)[None] ** 2
    sums = rows.reshape(5, 2).sum(axis=1)
    expected = np.concatenate([(s - s.mean()) * np.sqrt(len(s) / (len(s) - 1)) for s in (sums[:2], sums[2:])])
    parted = [
        (part, rows[:, part]) for part in (slice(0, 3), slice(3, 10))
    ]  # the second cluster lies in both
    np.testing.assert_allclose(of_clusters(parted, 1, units)[0], expected)


@pytest.mark.parametrize("missing", ["two_stage", "fiml"])
def test_strata_alone_are_those_of_respondents(survey, inst, missing):
    """The same as every respondent a cluster of one; a stratum of one respondent is refused."""
    how = {"strata": "region", "robust": True, "missing": missing}
    alone = ncsi.fit_cbsem(survey, inst, **how).estimates
    each = ncsi.fit_cbsem(survey.assign(own=np.arange(len(survey))), inst, clusters="own", **how).estimates
    np.testing.assert_allclose(alone["se"], each["se"], rtol=1e-10)
    lonely = survey.assign(region=np.where(survey.index == 0, "Islet", survey["region"]))
    with pytest.raises(ModelError, match="column 'region': a stratum holds a single respondent"):
        ncsi.fit_cbsem(lonely, inst, **how)
    with pytest.raises(ModelError, match="strata 'region' change standard errors only"):
        ncsi.fit_cbsem(survey, inst, strata="region", missing=missing)


def test_two_respondents_make_a_stratum():
    found = respondents_drawn(SimpleNamespace(X=np.zeros((4, 2)), stratum=np.array([0, 0, 1, 1])), "region")
    assert (found.of_row.tolist(), found.stratum.tolist()) == ([0, 1, 2, 3], [0, 0, 1, 1])
    with pytest.raises(ModelError, match="column 'region': a stratum holds a single respondent"):
        respondents_drawn(SimpleNamespace(X=np.zeros((3, 2)), stratum=np.array([0, 0, 1])), "region")
