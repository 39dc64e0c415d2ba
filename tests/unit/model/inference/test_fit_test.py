"""Test of fit: against the assessment's SRMR, where the model holds, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import assess, fit_test


def test_saturated_srmr_is_that_of_the_assessment(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    found = fit_test(fit, replicates=0)
    estimate = found.distances.set_index(["kind", "statistic"])["estimate"]
    assert estimate["saturated", "srmr"] == pytest.approx(assess(fit).srmr_saturated, abs=1e-10)
    assert found.distances["p"].isna().all()


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
