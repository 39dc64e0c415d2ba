"""Checks of a fit corrected for unreliability: what is worst, where, and what cannot be checked."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import admissibility, plsc


def test_the_worst_is_named(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    found = admissibility(fit).set_index("check")
    corrected = plsc(fit)
    loadings = corrected.loadings.set_index("item")["loading"]
    assert found["worst"]["loadings"] == pytest.approx(loadings.abs().max())
    assert found["where"]["loadings"] == loadings.abs().idxmax()
    off = np.abs(np.triu(corrected.construct_correlations.to_numpy(), 1))
    assert found["worst"]["correlations"] == pytest.approx(off.max())
    assert found["worst"]["reliability"] == pytest.approx(corrected.quality["rho_a"].max())


def test_constructs_that_cannot_be_told_apart(survey, inst):
    """Value's items are two of Quality's with noise of their own: corrected for it, the two are more than one thing."""
    rng = np.random.default_rng(1)
    noisy = {
        value: np.clip(survey[quality] + rng.integers(-5, 6, 720), 1, 10)
        for value, quality in (("VAL1", "QUA1"), ("VAL2", "QUA2"))
    }
    found = admissibility(ncsi.fit_pls(survey.assign(**noisy), inst)).set_index("check")
    assert found["worst"]["correlations"] > 1
    assert found["where"]["correlations"] == "Quality, Value"
    assert not found["holds"][["correlations", "constructs", "items"]].any()


@pytest.mark.filterwarnings("ignore::ncsi.model.ModelWarning")
def test_a_reliability_that_is_not_positive_fails_its_checks(survey, inst):
    rng = np.random.default_rng(3)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        noise = survey.assign(VAL1=rng.integers(1, 11, 720), VAL2=rng.integers(1, 11, 720))
        fit = ncsi.fit_pls(noise, inst)
        if float(fit.quality.set_index("construct")["rho_a"]["Value"]) < 0:
            break
    found = admissibility(fit).set_index("check")
    assert not found["holds"][["reliability", "constructs", "items"]].any()
    assert found["where"]["reliability"] == "Value"
    with pytest.raises(ModelError, match="reliability of Value is not positive"):
        plsc(fit)
