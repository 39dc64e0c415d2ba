"""Choice among models: what is refused, and when the construct is another one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import model_choice
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.reliability import htmt2
from ncsi.spec import Instrument, load_instrument


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


def test_gm_has_one_error_variance_for_all_models():
    """Without Expectation → Quality, Quality comes first in that model; no cause of Expectation for all that."""
    inst = load_instrument("ecsi")
    rng = np.random.default_rng(1)
    image = rng.standard_normal(400)
    expectation = 0.5 * image + rng.standard_normal(400)
    quality = 0.4 * image + 0.6 * expectation + rng.standard_normal(400)
    of = {"Image": image, "Expectation": expectation}
    df = pd.DataFrame(
        {
            item.id: np.clip(np.round(5.5 + 1.5 * of.get(c.id, quality) + rng.standard_normal(400)), 1, 10)
            for c in inst.constructs
            for item in c.items
        }
    )
    less = without(inst, "Expectation", "Quality")
    assert layout_of(less).order != layout_of(inst).order
    found = model_choice({"full": ncsi.fit_pls(df, inst), "less": ncsi.fit_pls(df, less)}).criteria
    of_expectation = found[found["construct"] == "Expectation"].set_index("model")
    assert of_expectation["r2"]["less"] == pytest.approx(of_expectation["r2"]["full"], abs=0.002)
    assert of_expectation["gm"]["less"] == pytest.approx(of_expectation["gm"]["full"], abs=2)


def test_models_that_contradict_each_other_have_no_gm(survey, inst):
    model = inst.model_dump(by_alias=True)
    turned = [
        {"from": "Value", "to": "Quality"} if (p["from"], p["to"]) == ("Quality", "Value") else p
        for p in model["paths"]
    ]
    other = Instrument.model_validate({**model, "paths": turned})
    found = model_choice({"a": ncsi.fit_pls(survey, inst), "b": ncsi.fit_pls(survey, other)}).criteria
    assert found["gm"].isna().all()
    assert found["bic"].notna().all()


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


def test_criteria_by_definition(survey, inst):
    """SSE = (1 − R²)(n − 1), k the predictors and 1; support exp(−ΔBIC/2) over its sum."""
    fits = {
        "full": ncsi.fit_pls(survey, inst),
        "less": ncsi.fit_pls(survey, without(inst, "Quality", "Value")),
    }
    found = model_choice(fits).criteria
    n = 720
    for row in found.itertuples():
        fit = fits[row.model]
        r2 = fit.r2.set_index("construct")["r2"][row.construct]
        k = sum(path.target == row.construct for path in fit.instrument.paths)
        assert (row.predictors, row.r2) == (k, r2)
        base = n * np.log((1 - r2) * (n - 1) / n)
        assert row.aic == pytest.approx(base + 2 * (k + 1))
        assert row.bic == pytest.approx(base + (k + 1) * np.log(n))
        assert row.r2_adjusted == pytest.approx(1 - (1 - r2) * (n - 1) / (n - k - 1))
    value = found[found["construct"] == "Value"].set_index("model")
    weight = np.exp(-(value["bic"] - value["bic"].min()) / 2)
    assert value["support"].to_dict() == pytest.approx((weight / weight.sum()).to_dict())
    assert found["comparable"].tolist() == [True] * len(found)
    assert found.index.tolist() == list(range(len(found)))
    assert found["construct"].tolist() == [one for one in inst.construct_ids[1:] for _ in range(2)]
    # of Expectation, with the same cause first in all models, the saturated model is the model
    gm = found[found["construct"] == "Expectation"].set_index("model")["gm"]
    assert gm["full"] == pytest.approx((n - 1) + 2 * np.log(n), abs=0.5)


def test_a_construct_that_is_endogenous_in_one_model_alone_is_not_compared(survey, inst):
    fits = {
        "full": ncsi.fit_pls(survey, inst),
        "less": ncsi.fit_pls(survey, without(inst, "Image", "Expectation")),
    }
    assert model_choice(fits).criteria["construct"].unique().tolist() == [
        "Quality", "Value", "Satisfaction", "Loyalty"
    ]  # fmt: skip
    none = Instrument.model_validate(
        {**inst.model_dump(by_alias=True), "paths": [{"from": "Value", "to": "Image"}, *(
            {"from": "Image", "to": one} for one in ("Expectation", "Quality", "Satisfaction", "Loyalty"))]}
    )  # fmt: skip
    other = Instrument.model_validate(
        {**inst.model_dump(by_alias=True), "paths": [
            {"from": one, "to": "Value"} for one in ("Expectation", "Quality", "Satisfaction", "Loyalty", "Image")]}
    )  # fmt: skip
    with pytest.raises(ModelError, match="no construct is endogenous in every model"):
        model_choice({"a": ncsi.fit_pls(survey, none), "b": ncsi.fit_pls(survey, other)})
