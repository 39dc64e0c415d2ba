"""Choice among models: what is refused, and when the construct is another one."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import model_choice
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.reliability import htmt2
from ncsi.spec import Instrument


def without(inst, source, target):
    model = inst.model_dump(by_alias=True)
    kept = [p for p in model["paths"] if (p["from"], p["to"]) != (source, target)]
    return Instrument.model_validate({**model, "paths": kept})


def test_support_sums_to_one_and_prefers_the_path_that_counts(survey, inst):
    fits = {
        "full": ncsi.fit_pls(survey, inst),
        "less": ncsi.fit_pls(survey, without(inst, "Quality", "Value")),
    }
    found = model_choice(fits).criteria
    assert found.groupby("construct")["support"].sum().to_numpy() == pytest.approx(1)
    value = found[found["construct"] == "Value"].set_index("model")
    assert value["support"]["full"] > 0.99
    assert value["predictors"].to_dict() == {"full": 2, "less": 1}


def test_weighted_respondents_count_as_effective_ones(survey, inst):
    weighted = {name: ncsi.fit_pls(survey, inst, weights="weight") for name in ("a", "b")}
    assert model_choice(weighted).n == pytest.approx(weighted["a"].n_eff)


def test_a_score_that_is_another_one_is_told(survey, inst):
    other = without(without(inst, "Satisfaction", "Loyalty"), "Value", "Satisfaction")
    rng = np.random.default_rng(2)
    part = survey.sample(60, random_state=3).assign(LOY3=rng.integers(1, 11, 60))
    found = model_choice({"one": ncsi.fit_pls(part, inst), "two": ncsi.fit_pls(part, other)}).criteria
    told = found[found["model"] == "two"].set_index("construct")["comparable"]
    assert not told["Loyalty"]
    assert found[found["model"] == "one"]["comparable"].all()


def test_what_is_refused(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    with pytest.raises(ModelError, match="one model has nothing"):
        model_choice({"only": fit})
    with pytest.raises(ModelError, match="of other items, respondents, weights, strata or clusters"):
        model_choice({"a": fit, "b": ncsi.fit_pls(survey.head(600), inst)})


def test_htmt2_has_no_value_where_a_correlation_is_not_positive(inst):
    layout = layout_of(inst)
    R = np.full((layout.p, layout.p), 0.5)
    np.fill_diagonal(R, 1)
    R[0, 5] = R[5, 0] = -0.1
    found = htmt2(R[..., None], layout)[:, 0]
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx(1)
