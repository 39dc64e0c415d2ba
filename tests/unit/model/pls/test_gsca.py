"""GSCA: its weights are the best there are by its own criterion, written out over respondents; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import gsca
from ncsi.model.pls import gsca as module
from ncsi.model.pls.positions import layout_of
from ncsi.spec import Instrument


def residuals(df, inst, weights):
    """Σ of squared residuals of items on their component and of components on their causes, on rows."""
    items = list(inst.item_ids)
    Z = (df[items] - df[items].mean()) / df[items].std(ddof=0)
    layout = layout_of(inst)
    Y = np.column_stack([Z.to_numpy()[:, block] @ weights[block] for block in layout.blocks])
    Y /= Y.std(axis=0)
    total = 0.0
    for j, k in enumerate(layout.owner):
        z = Z.to_numpy()[:, j]
        total += ((z - Y[:, k] * (z @ Y[:, k] / len(z))) ** 2).sum()
    for j in layout.equations:
        X = Y[:, list(layout.causes[j])]
        total += ((Y[:, j] - X @ np.linalg.lstsq(X, Y[:, j], rcond=None)[0]) ** 2).sum()
    return total


def test_no_other_weights_leave_less_unexplained(survey, inst):
    best = gsca(ncsi.fit_pls(survey, inst)).weights["weight_std"].to_numpy()
    least = residuals(survey, inst, best)
    rng = np.random.default_rng(1)
    for size in (1e-3, 1e-2, 0.1):
        for _ in range(15):
            assert residuals(survey, inst, best + size * rng.standard_normal(len(best))) > least


def test_fit_is_one_less_the_residuals(survey, inst):
    """Of the variance of 20 items and 6 components; an exogenous component has nothing explained."""
    found = gsca(ncsi.fit_pls(survey, inst))
    left = residuals(survey, inst, found.weights["weight_std"].to_numpy()) / len(survey)
    assert found.fit == pytest.approx(1 - (left + 1) / 26, abs=1e-10)


def test_integer_weights_equal_repeated_rows(survey, inst):
    weights = np.arange(720) % 3 + 1
    weighted = gsca(ncsi.fit_pls(survey.assign(w=weights), inst, weights="w"))
    repeated = gsca(ncsi.fit_pls(survey.loc[survey.index.repeat(weights)], inst))
    assert np.abs(weighted.weights["weight_std"] - repeated.weights["weight_std"]).max() <= 1e-9
    assert np.abs(weighted.index["index_0_100"] - repeated.index["index_0_100"]).max() <= 1e-8


def test_an_index_by_gsca_is_near_that_by_pls(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    assert np.abs(gsca(fit).index["index_0_100"] - fit.index["index_0_100"]).max() < 0.2


def test_what_is_refused(survey, inst, monkeypatch):
    constructs = inst.model_dump(by_alias=True, exclude_none=True)["constructs"]
    items = [item["id"] for item in constructs[0]["items"]]
    parts = [{"id": "P1", "label": constructs[0]["label"], "items": items[:2]},
             {"id": "P2", "label": constructs[0]["label"], "items": items[2:]}]  # fmt: skip
    model = inst.model_dump(by_alias=True)
    model["constructs"][0]["components"] = parts
    higher = Instrument.model_validate(model)
    with pytest.raises(ModelError, match="no higher-order constructs"):
        gsca(ncsi.fit_pls(survey, higher))
    monkeypatch.setattr(module, "MAX_ITERATIONS", 2)
    with pytest.raises(ncsi.errors.NotConverged, match="after 2 iterations"):
        gsca(ncsi.fit_pls(survey, inst))
