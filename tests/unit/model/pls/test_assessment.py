"""Effect sizes, collinearity, indirect effects and SRMR, against longhand from scores."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import assess, plsc
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores
from ncsi.spec import Instrument


@pytest.fixture(scope="module")
def fit(survey, inst):
    return ncsi.fit_pls(survey, inst)


@pytest.fixture(scope="module")
def scores(fit, inst):
    """Standardised construct scores, by respondent."""
    outer = fit.weights["weight"].to_numpy()
    raw = row_scores(fit.sample.X, outer, layout_of(inst).blocks)
    return dict(zip(inst.construct_ids, ((raw - raw.mean(axis=0)) / raw.std(axis=0)).T, strict=True))


def r2(y, *causes):
    if not causes:
        return 0.0
    X = np.column_stack(causes)
    return 1 - ((y - X @ np.linalg.lstsq(X, y, rcond=None)[0]) ** 2).sum() / (y**2).sum()


def test_effect_sizes_and_collinearity(fit, inst, scores):
    table = assess(fit).paths
    assert len(table) == len(inst.paths)
    for row in table.to_dict("records"):
        causes = [p.source for p in inst.paths if p.target == row["to"]]
        others = [scores[c] for c in causes if c != row["from"]]
        full = r2(scores[row["to"]], *(scores[c] for c in causes))
        assert row["f2"] == pytest.approx((full - r2(scores[row["to"]], *others)) / (1 - full))
        assert row["vif"] == pytest.approx(1 / (1 - r2(scores[row["from"]], *others)))


def test_item_vif(fit, survey):
    items = assess(fit).items.set_index("item")
    Z = survey[["SAT1", "SAT2", "SAT3"]].to_numpy(dtype=float)
    Z = Z - Z.mean(axis=0)
    assert items.loc["SAT2", "vif"] == pytest.approx(1 / (1 - r2(Z[:, 1], Z[:, 0], Z[:, 2])))


def test_indirect_effects_are_products_along_routes(fit):
    path = fit.paths.set_index(["from", "to"])["estimate"]
    table = assess(fit).indirect_effects.set_index(["from", "to"])["estimate"]
    expected = path["Expectation", "Value"] * path["Value", "Satisfaction"] + path[
        "Expectation", "Quality"
    ] * (path["Quality", "Satisfaction"] + path["Quality", "Value"] * path["Value", "Satisfaction"])
    assert table["Expectation", "Satisfaction"] == pytest.approx(expected)
    assert ("Image", "Expectation") not in table.index
    assert ("Satisfaction", "Loyalty") not in table.index


def test_srmr_counts_what_loadings_leave_between_blocks(fit, inst, survey):
    found = assess(fit)
    R = survey[list(inst.item_ids)].corr()
    phi = fit.construct_correlations
    table = fit.weights.set_index("item")
    total = 0.0
    for a, item in enumerate(inst.item_ids):
        for other in inst.item_ids[:a]:
            i, j = table.loc[item], table.loc[other]
            if i["construct"] != j["construct"]:
                implied = i["loading"] * j["loading"] * phi.loc[i["construct"], j["construct"]]
                total += (R.loc[item, other] - implied) ** 2
    p = len(inst.item_ids)
    assert found.srmr_saturated == pytest.approx((total / (p * (p + 1) / 2)) ** 0.5)
    assert found.srmr_saturated < found.srmr_estimated < 0.2
    assert 0 < found.gof < 1


def test_a_model_with_all_paths_implies_what_is_observed(survey, inst):
    ids = inst.construct_ids
    every = [{"from": a, "to": b} for k, b in enumerate(ids) for a in ids[:k]]
    spec = inst.model_dump(by_alias=True)
    full = Instrument.model_validate({**spec, "paths": every})
    found = assess(ncsi.fit_pls(survey, full))
    assert found.srmr_estimated == pytest.approx(found.srmr_saturated)


def test_consistent_pls_names_constructs_that_are_one(survey, inst):
    nudged = {f"VAL{k}": survey[f"SAT{k}"].where(survey.index % 9 != k, 5) for k in (1, 2)}
    same = survey.assign(**nudged)
    fit = ncsi.fit_pls(same, inst)
    with pytest.raises(ModelError, match=r"Value.*Satisfaction.*cannot be told apart"):
        plsc(fit)


def test_formative_blocks_and_single_items_count_as_free_of_error(survey, inst):
    spec = inst.model_dump(by_alias=True)
    change = {"Image": lambda c: c | {"mode": "B"}, "Expectation": lambda c: c | {"items": c["items"][:1]}}
    blocks = [change.get(c["id"], dict)(c) for c in spec["constructs"]]
    mixed = type(inst).model_validate(spec | {"constructs": blocks})
    fit = ncsi.fit_pls(survey, mixed)
    made = plsc(fit)
    plain, corrected = fit.construct_correlations, made.construct_correlations
    assert corrected.loc["Image", "Expectation"] == pytest.approx(plain.loc["Image", "Expectation"])
    quality = made.quality.set_index("construct")["rho_a"]
    assert quality[["Image", "Expectation"]].tolist() == [1, 1]
    wanted = plain.loc["Image", "Quality"] / quality["Quality"] ** 0.5
    assert corrected.loc["Image", "Quality"] == pytest.approx(wanted)
    own = made.loadings["construct"].isin(["Image", "Expectation"])
    np.testing.assert_allclose(made.loadings.loc[own, "loading"], fit.weights.loc[own, "loading"])
