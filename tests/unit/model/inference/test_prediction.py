"""Out-of-sample prediction, against fitting every fold on its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import cvpat, predict, q2_predict
from ncsi.model.inference import prediction, training_folds
from ncsi.model.inference.changes import holm
from ncsi.model.inference.cvpat import require_same
from ncsi.model.pls.positions import layout_of


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


def test_the_table_of_a_comparison(survey, inst):
    """Weighted losses of both, their difference with its error, t, Holm over the constructs and not over all items."""
    fit = ncsi.fit_pls(survey.assign(w=np.arange(720) % 2 + 1.0), inst, weights="w")
    fold = np.arange(720) % 4
    tests = cvpat(fit, folds=fold, benchmark="exogenous").tests
    out = predict(fit, fold, benchmark="exogenous").held_out
    w = fit.sample.weights[out.rows] / fit.sample.weights[out.rows].sum()
    names = ["Expectation", "Quality", "Value", "Satisfaction", "Loyalty", "all items"]
    blocks = [slice(4, 7), slice(7, 12), slice(12, 14), slice(14, 17), slice(17, 20), slice(4, 20)]
    assert tests["against"].tolist() == ["mean"] * 6 + ["linear model"] * 6
    for against, other in (("mean", out.mean), ("linear model", out.linear)):
        own = tests[tests["against"] == against].reset_index(drop=True)
        assert own["construct"].tolist() == names
        for row, block in zip(own.itertuples(), blocks, strict=True):
            a, b = (w @ one[:, block].mean(axis=1) for one in (out.path, other))
            assert (row.loss_a, row.loss_b, row.difference) == pytest.approx((a, b, b - a))
            u = w * ((other - out.path)[:, block].mean(axis=1) - row.difference)
            assert row.se == pytest.approx(np.sqrt(720 / 719 * ((u - u.mean()) ** 2).sum()))
            assert row.t == pytest.approx(row.difference / row.se)
            assert row.p == pytest.approx(2 * stats.t.sf(abs(row.t), row.df))
            reach = stats.t.ppf(0.975, row.df) * row.se
            assert (row.low, row.high) == pytest.approx((row.difference - reach, row.difference + reach))
        assert own["p_holm"].to_numpy()[:-1] == pytest.approx(holm(own["p"][:-1]))
        assert np.isnan(own["p_holm"].iloc[-1])


def test_designs_are_compared_both_ways_round(survey, inst):
    data = survey.assign(street=np.arange(720) // 6)
    fits = ncsi.fit_pls(data, inst), ncsi.fit_pls(data, inst, clusters="street")
    require_same(fits[1], ncsi.fit_pls(data, inst, clusters="street"))
    for a, b in (fits, fits[::-1]):
        with pytest.raises(ModelError, match="strata or clusters, so they do not compare"):
            require_same(a, b)
    moved = data.assign(street=data["street"].to_numpy()[::-1])
    with pytest.raises(ModelError, match="do not compare"):
        require_same(fits[1], ncsi.fit_pls(moved.assign(street=np.arange(720) // 7), inst, clusters="street"))


def test_a_model_with_fewer_endogenous_constructs_is_compared_by_those_of_both(survey, inst):
    """Without its cause Expectation is exogenous: it is no construct of the comparison."""
    fit = ncsi.fit_pls(survey, inst)
    less = fit.update(drop=["Image -> Expectation"])
    found = cvpat(fit, less, folds=3)
    assert found.tests["construct"].tolist() == ["Quality", "Value", "Satisfaction", "Loyalty", "all items"]
    assert found.tests["against"].unique().tolist() == ["other model"]
    assert found.benchmark is None
    assert cvpat(fit, folds=3).benchmark == "direct"
    assert cvpat(fit, folds=3, antecedents="earliest").benchmark == "exogenous"


def test_what_the_linear_model_may_see(survey, inst):
    """Regressions of each item on the items of the direct causes, of exogenous constructs, of everything else."""
    fit = ncsi.fit_pls(survey, inst)
    R, layout = fit.moments.correlations, layout_of(inst)
    image, satisfaction = slice(0, 4), slice(14, 17)
    for benchmark, seen in (
        ("direct", [*range(0, 4), *range(14, 17)]), ("exogenous", [*range(0, 4)]), ("all", [*range(17)]),
    ):  # fmt: skip
        found = training_folds._linear(R, layout, benchmark)
        beta = np.linalg.solve(R[np.ix_(seen, seen)], R[seen, 17:20])
        assert found[seen, 17:20] == pytest.approx(beta)
        others = np.setdiff1d(np.arange(20), seen)
        assert (found[others, 17:20] == 0).all()
        assert (found[:, image] == 0).all(), "nothing predicts what has no cause"
    assert (training_folds._linear(R, layout, "all")[17:20, satisfaction] != 0).all()
    assert (training_folds._linear(R, layout, "all")[satisfaction, satisfaction] == 0).all()


def test_repetitions_are_averaged_and_differ(survey, inst):
    fit = ncsi.fit_pls(survey.head(200), inst)
    layout = layout_of(inst)
    whole = np.ones(200, dtype=bool)
    numbers = prediction._fold_numbers(fit.sample, whole, 4, 3, 5, layout.p)
    assert len(numbers) == 3
    assert all(np.bincount(one).tolist() == [50] * 4 for one in numbers)
    assert len({tuple(one) for one in numbers}) == 3
    thrice = predict(fit, 4, repetitions=3, seed=5).held_out
    alone = [predict(fit, one).held_out for one in numbers]
    for kind in (0, 1):  # squared, absolute
        together, *each = (
            np.concatenate([errors[kind] for _, *errors in one.blocks()], axis=1) for one in (thrice, *alone)
        )
        np.testing.assert_allclose(together, np.mean(each, axis=0), rtol=1e-6)
    assert (thrice.folds, alone[0].folds) == (4, 4)
    (_, squared, absolute), *_ = alone[0].blocks()
    np.testing.assert_allclose(absolute**2, squared[:2])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"antecedents": "late"}, "there are no antecedents 'late'. Use direct, earliest"),
        ({"benchmark": "none"}, "there are no benchmark 'none'. Use direct, exogenous, all"),
        ({"folds": 0}, "do not make 0 folds"),
        ({"folds": "10"}, "folds is str, neither how many nor a number for each row"),
        ({"folds": 721}, "721 folds of 720 respondents without missing answers: some would be empty"),
    ],
)
def test_what_there_is_not_to_predict_by(survey, inst, asked, message):
    with pytest.raises(ModelError, match=message):
        predict(ncsi.fit_pls(survey, inst), **asked)


def test_a_training_set_has_more_respondents_than_items_and_one(survey, inst):
    """20 items: outside the largest fold there must be 22; as many folds as clusters are no fold too many."""
    fit = ncsi.fit_pls(survey.head(44), inst)
    whole = np.ones(44, dtype=bool)
    assert len(prediction._fold_numbers(fit.sample, whole, np.arange(44) % 2, 1, 1, 20)) == 1
    with pytest.raises(ModelError, match="44 respondents without missing answers do not make these folds"):
        prediction._fold_numbers(fit.sample, whole, np.arange(44) < 23, 1, 1, 20)
    street = ncsi.fit_pls(survey.assign(street=np.arange(720) // 6), inst, clusters="street")
    whole = np.ones(720, dtype=bool)
    (numbers,) = prediction._fold_numbers(street.sample, whole, 120, 1, 1, 20)
    assert np.bincount(numbers).tolist() == [6] * 120
    with pytest.raises(ModelError, match="121 folds of 120 clusters"):
        prediction._fold_numbers(street.sample, whole, 121, 1, 1, 20)


def test_folds_have_a_number_for_rows_that_were_left_out(survey, inst):
    """Excluded rows have numbers too, and those with a missing answer are predicted by nobody."""
    gone = survey.astype(dict.fromkeys(inst.item_ids, float))
    gone.loc[:9, list(inst.item_ids)] = np.nan
    gone.loc[700:, "LOY1"] = np.nan
    fit = ncsi.fit_pls(gone, inst)
    fold = np.arange(720) % 3
    found = predict(fit, fold)
    assert fit.sample.excluded == 10
    assert len(found.held_out.rows) == 690
    assert set(fit.sample.rows[found.held_out.rows]) == set(range(10, 700))
    with pytest.raises(ModelError, match="710 fold numbers for 720 rows of data"):
        predict(fit, fold[10:])
