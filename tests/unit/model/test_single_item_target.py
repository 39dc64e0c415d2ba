"""A target of one item (docs/method.md §2): estimated, its index that item's mean, its reliability left blank."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.spec import Instrument
from ncsi.spec.instrument_checks import check_instrument


@pytest.fixture(scope="module")
def single(inst) -> Instrument:
    spec = inst.model_dump(by_alias=True)
    for construct in spec["constructs"]:
        if construct["id"] == "Satisfaction":
            construct["items"] = construct["items"][:1]
    return Instrument.model_validate(spec)


def test_it_is_allowed_and_its_index_is_the_mean_of_its_item(single, survey):
    check_instrument(single, lambda *_: "here")
    fit = ncsi.fit_pls(survey, single, weights="weight")
    mean = 100 * (np.average(survey["SAT1"], weights=survey["weight"]) - 1) / 9
    assert fit.index.set_index("construct")["index_0_100"]["Satisfaction"] == pytest.approx(mean, abs=1e-9)
    quality = fit.quality.set_index("construct").loc["Satisfaction"]
    assert quality[["alpha", "rho_a", "rho_c", "ave"]].isna().all()


def test_consistent_pls_takes_it_as_free_of_error(single, survey):
    fit = ncsi.fit_pls(survey, single, weights="weight")
    found = fit.paths.set_index(["from", "to"])["estimate"]
    assert found.between(-1, 1).all()
    assert np.isfinite(found).all()


def test_who_left_it_out_is_not_in_the_model(single, survey_missing):
    fit = ncsi.fit_pls(survey_missing, single, weights="weight")
    assert survey_missing["SAT1"].isna().any()
    assert survey_missing.iloc[fit.sample.rows]["SAT1"].notna().all()
