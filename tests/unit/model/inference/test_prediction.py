"""Out-of-sample prediction, against fitting every fold on its own."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import q2_predict
from ncsi.model.inference import prediction


def test_equals_fits_of_the_training_rows(survey, inst):
    part = survey.head(240)
    fit = ncsi.fit_pls(part, inst)
    found = q2_predict(fit, folds=3, seed=2).set_index("item")
    fold = prediction._folds(240, 3, 2, 0)
    squared, by_mean, by_items = 0.0, 0.0, 0.0
    for f in range(3):
        training, test = part[fold != f], part[fold == f]
        model = ncsi.fit_pls(training, inst)
        low = training[list(inst.item_ids)].mean()
        z = (test[list(inst.item_ids)] - low) / training[list(inst.item_ids)].std(ddof=0)
        weights = model.weights.set_index("item")
        path = model.paths.set_index(["to", "from"])["estimate"].loc["Loyalty"]
        score = sum(
            path[c] * z[own.index] @ own["weight_std"]
            for c, own in weights.groupby("construct")
            if c in path.index
        )
        spread = training["LOY2"].std(ddof=0)
        squared += ((z["LOY2"] - score * weights.loc["LOY2", "loading"]) ** 2).sum() * spread**2
        by_mean += ((test["LOY2"] - low["LOY2"]) ** 2).sum()
        causes = [i for i in inst.item_ids if i[:3] in ("IMA", "SAT")]
        X = np.column_stack([np.ones(len(training)), training[causes]])
        beta = np.linalg.lstsq(X, training["LOY2"], rcond=None)[0]
        by_items += ((test["LOY2"] - np.column_stack([np.ones(len(test)), test[causes]]) @ beta) ** 2).sum()
    assert found.loc["LOY2", "q2"] == pytest.approx(1 - squared / by_mean, abs=1e-6)
    assert found.loc["LOY2", "rmse"] == pytest.approx(100 / 9 * (squared / 240) ** 0.5, rel=1e-6)
    assert found.loc["LOY2", "rmse_lm"] == pytest.approx(100 / 9 * (by_items / 240) ** 0.5, rel=1e-6)


def test_only_endogenous_items_and_all_predicted(survey, inst):
    table = q2_predict(ncsi.fit_pls(survey, inst, weights="weight"), repetitions=3)
    assert "Image" not in set(table["construct"])
    assert table["q2"].between(0, 1).all()
    assert (table.groupby("construct", sort=False)["item"].size() > 0).all()


def test_noise_is_not_predictive(survey, inst):
    rng = np.random.default_rng(1)
    shuffled = survey.assign(**{c: rng.permutation(survey[c]) for c in ("LOY1", "LOY2", "LOY3")})
    table = q2_predict(ncsi.fit_pls(shuffled, inst)).set_index("item")
    assert (table.loc[["LOY1", "LOY2", "LOY3"], "q2"] < 0.02).all()


@pytest.mark.parametrize("folds", [1, 200])
def test_refuses(survey, inst, folds):
    fit = ncsi.fit_pls(survey.head(21), inst) if folds == 200 else ncsi.fit_pls(survey, inst)
    with pytest.raises(ModelError, match="do not make"):
        q2_predict(fit, folds=folds)
