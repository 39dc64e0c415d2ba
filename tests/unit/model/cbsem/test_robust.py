"""Robust standard errors: what they must not depend on, and what they must."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError


@pytest.fixture(scope="module")
def alone(survey, inst):
    return ncsi.fit_cbsem(survey, inst, robust=True)


def test_respondents_entered_twice_count_once_when_they_are_clusters(survey, inst, alone):
    twice = pd.concat([survey, survey], ignore_index=True)
    clustered = ncsi.fit_cbsem(twice, inst, clusters="respondent", robust=True)
    np.testing.assert_allclose(clustered.estimates["se"], alone.estimates["se"], rtol=1e-6)
    naive = ncsi.fit_cbsem(twice, inst, robust=True)
    free = alone.estimates["se"].notna()
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
