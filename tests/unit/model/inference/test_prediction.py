"""Out-of-sample prediction, against fitting every fold on its own."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import cvpat, predict, q2_predict
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
    with pytest.raises(ModelError, match="do not make" if folds == 1 else "some would be empty"):
        q2_predict(fit, folds=folds)


def test_frequency_weights_equal_repeated_rows(survey, inst):
    part = survey.head(200)
    weights = np.arange(200) % 3 + 1
    fold = np.arange(200) % 4
    weighted = predict(ncsi.fit_pls(part.assign(w=weights), inst, weights="w"), fold).items
    repeated = predict(
        ncsi.fit_pls(part.loc[part.index.repeat(weights)], inst), np.repeat(fold, weights)
    ).items
    columns = ["q2_predict", "rmse", "rmse_lm", "mae", "mae_lm"]
    assert np.abs(weighted[columns] - repeated[columns]).to_numpy().max() < 1e-8


def test_folds_keep_clusters_together(survey, inst):
    fit = ncsi.fit_pls(survey.assign(street=np.arange(len(survey)) // 6), inst, clusters="street")
    complete = np.ones(len(fit.sample.X), dtype=bool)
    (fold,) = prediction._fold_numbers(fit.sample, complete, 5, 1, 3, 20)
    for unit in np.unique(fit.sample.units.of_row):
        assert len(set(fold[fit.sample.units.of_row == unit])) == 1
    assert np.bincount(fold).min() >= len(survey) / 5 - 6


def test_given_folds_follow_the_rows_of_the_data(survey, inst):
    """The sample is sorted by group, the folds are not: order must not matter."""
    fold = np.arange(len(survey)) % 5
    plain = predict(ncsi.fit_pls(survey, inst), fold).items
    sorted_ = predict(ncsi.fit_pls(survey, inst, by="brand"), fold).items
    assert np.abs(plain["rmse"] - sorted_["rmse"]).max() < 1e-9


def test_a_fold_outside_which_an_item_does_not_vary(survey, inst):
    part = survey.head(120).assign(LOY2=7)
    part.loc[part.index[:10], "LOY2"] = 3
    fold = np.where(np.arange(120) < 12, 0, 1 + np.arange(120) % 3)
    with pytest.raises(ModelError, match="outside fold 1 every answer to item LOY2 is the same"):
        predict(ncsi.fit_pls(part, inst), fold)


@pytest.mark.parametrize(
    ("fold", "message"), [(np.zeros(719), "719 fold numbers for 720"), (np.zeros(720), "these folds")]
)
def test_given_folds_that_do_not_fit(survey, inst, fold, message):
    with pytest.raises(ModelError, match=message):
        predict(ncsi.fit_pls(survey, inst), fold)


def test_a_model_against_itself_is_not_tested(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    tests = cvpat(fit, ncsi.fit_pls(survey, inst), folds=3).tests
    assert (tests["difference"] == 0).all()
    assert tests["t"].isna().all()


def test_models_of_other_respondents_are_not_compared(survey, inst):
    with pytest.raises(ModelError, match="of other items, respondents, weights, strata or clusters"):
        cvpat(ncsi.fit_pls(survey, inst), ncsi.fit_pls(survey.head(500), inst))
    with pytest.raises(ModelError, match="of other items, respondents, weights, strata or clusters"):
        cvpat(ncsi.fit_pls(survey, inst), ncsi.fit_pls(survey, inst, weights="weight"))


def test_models_whose_folds_would_differ_are_not_compared(survey, inst):
    """Folds are drawn over clusters: a model compared with itself without them would look better or worse."""
    data = survey.assign(street=np.arange(720) // 6, quarter=np.arange(720) % 2)
    plain = ncsi.fit_pls(data, inst)
    for other in ({"clusters": "street"}, {"strata": "quarter"}):
        with pytest.raises(ModelError, match="strata or clusters, so they do not compare"):
            cvpat(plain, ncsi.fit_pls(data, inst, **other), folds=5)
    kinds = (data.assign(street=np.arange(720) // 12), data)
    fits = [ncsi.fit_pls(one, inst, clusters="street") for one in kinds]
    with pytest.raises(ModelError, match="strata or clusters, so they do not compare"):
        cvpat(*fits, folds=5)


def test_cvpat_uses_the_design(survey, inst):
    plain = cvpat(ncsi.fit_pls(survey, inst), folds=np.arange(720) % 6).tests
    clustered = ncsi.fit_pls(survey.assign(street=np.arange(720) % 40), inst, clusters="street")
    tests = cvpat(clustered, folds=np.arange(720) % 6).tests
    order = clustered.sample.rows
    assert tests["difference"].to_numpy() == pytest.approx(plain["difference"].to_numpy(), rel=1e-6)
    assert (tests["df"] <= 39).all()
    gap = predict(clustered, np.arange(720) % 6).held_out
    d = (gap.mean - gap.path)[:, 4:].mean(axis=1)
    by_unit = np.bincount(np.arange(720)[order] % 40, d - d.mean())
    se = np.sqrt(40 / 39 * (by_unit**2).sum()) / 720
    found = tests[(tests["against"] == "mean") & (tests["construct"] == "all items")]
    assert found["se"].item() == pytest.approx(se, rel=1e-9)
