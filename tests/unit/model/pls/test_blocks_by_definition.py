"""The PLS room against its definitions: reliability, other weightings, sizes, what is said of small samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import assess, plsc
from ncsi.model.moments.weighted import Moments
from ncsi.model.pls import kernel, reliability
from ncsi.model.pls.consistent import _refuse_indefinite
from ncsi.model.pls.fit import correlation
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.model.pls.remarks import hardly_varying, may_count_backwards, of_items, of_size, require_size
from ncsi.model.pls.scores import fitted_scores, mean_score, target_scores, weighted_means
from ncsi.spec import Instrument


def changed(inst: Instrument, **change) -> Instrument:
    """The instrument with some constructs changed."""
    spec = inst.model_dump(by_alias=True)
    blocks = [change.get(one["id"], dict)(one) for one in spec["constructs"]]
    return type(inst).model_validate(spec | {"constructs": blocks})


@pytest.fixture(scope="module")
def two_by_three():
    """The positions of two constructs, of three items and of two."""
    return Layout(np.array([0, 3]), 5, (False, False), ((), (0,)), (0, 1), ((), ()), False)


@pytest.fixture(scope="module")
def single(inst):
    """Of one item: the first construct's neighbour and the last."""
    return changed(
        inst,
        Expectation=lambda one: one | {"items": one["items"][:1]},
        Loyalty=lambda one: one | {"items": one["items"][:1]},
    )


def test_reliability_of_two_items_by_hand_and_of_one_not_at_all():
    """Spearman-Brown: α of two items is 2r/(1 + r), and so is ρ_C of loadings √((1 + r)/2) beside their formula."""
    S, loadings = np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([0.9, 0.7])
    assert reliability.cronbach_alpha(S) == pytest.approx(2 * 0.5 / 1.5)
    assert reliability.average_variance_extracted(loadings) == pytest.approx((0.81 + 0.49) / 2)
    assert reliability.composite_reliability(loadings) == pytest.approx(2.56 / (2.56 + 0.19 + 0.51))
    w = np.array([0.6, 0.5])
    assert reliability.rho_a(S, w) == pytest.approx((0.36 + 0.25) ** 2 * (2 * 0.3 * 0.5) / (2 * 0.3**2))
    alone = np.ones((1, 1))
    for one in (
        reliability.cronbach_alpha(alone), reliability.rho_a(alone, np.ones(1)),
        reliability.composite_reliability(np.ones(1)), reliability.average_variance_extracted(np.ones(1)),
    ):  # fmt: skip
        assert np.isnan(one)


def test_rho_a_of_unequal_items_by_its_quadratic_forms():
    S = np.array([[1.0, 0.5, 0.3], [0.5, 1.0, 0.6], [0.3, 0.6, 1.0]])
    w = np.array([0.5, 0.4, 0.3])
    off = [(0, 1), (0, 2), (1, 2)]
    above = sum(2 * w[i] * w[j] * S[i, j] for i, j in off)
    below = sum(2 * (w[i] * w[j]) ** 2 for i, j in off)
    assert reliability.rho_a(S, w) == pytest.approx((w @ w) ** 2 * above / below)


def test_htmt_is_between_over_within(survey, single):
    """Of two blocks of several items, and of a single item, whose own correlation is 1."""
    found = ncsi.fit_pls(survey, single).htmt.set_index(["construct_a", "construct_b"])["htmt"]
    R = survey[list(single.item_ids)].corr().abs()
    value, target, one = (
        [item.id for item in single.construct(name).items]
        for name in ("Value", "Satisfaction", "Expectation")
    )
    within = [
        R.loc[block, block].to_numpy()[np.triu_indices(len(block), 1)].mean() for block in (value, target)
    ]
    between = R.loc[value, target].to_numpy().mean()
    assert found["Value", "Satisfaction"] == pytest.approx(between / np.sqrt(within[0] * within[1]))
    alone = R.loc[one, target].to_numpy().mean()
    assert found["Expectation", "Satisfaction"] == pytest.approx(alone / np.sqrt(within[1]))


def test_goodness_of_fit_leaves_single_items_out(survey, single):
    fit = ncsi.fit_pls(survey, single)
    several = fit.weights[~fit.weights["construct"].isin(["Expectation", "Loyalty"])]
    wanted = np.sqrt((several["loading"] ** 2).mean() * fit.r2["r2"].mean())
    assert assess(fit).gof == pytest.approx(wanted)


def test_a_model_of_single_items_has_no_goodness_of_fit(survey, inst):
    spec = {one.id: (lambda own: own | {"items": own["items"][:1]}) for one in inst.constructs}
    alone = changed(inst.model_copy(update={"subindices": (), "measures": ()}), **spec)
    fit = ncsi.fit_pls(survey, alone)
    assert np.isnan(assess(fit).gof)
    assert (fit.weights["weight"] == 1).all()
    np.testing.assert_allclose(fit.weights["loading"], 1)
    assert fit.quality[["alpha", "rho_a", "rho_c", "ave"]].isna().all(axis=None)


def test_the_index_under_equal_weights_and_under_the_first_component(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    w = fit.sample.weights
    for name, block in zip(inst.construct_ids, layout_of(inst).blocks, strict=True):
        X = fit.sample.X[:, block]
        equal = fit.index_equal.set_index("construct")["index_0_100"]
        assert equal[name] == pytest.approx(np.average(X.mean(axis=1), weights=w))
        cov = np.cov(X, rowvar=False, aweights=w, ddof=0)
        sd = np.sqrt(np.diag(cov))
        first = np.abs(np.linalg.eigh(cov / np.outer(sd, sd))[1][:, -1]) / sd
        component = fit.index_pc1.set_index("construct")["index_0_100"]
        assert component[name] == pytest.approx(np.average(X @ first / first.sum(), weights=w))
        score = X @ fit.outer[block]
        row = fit.index.set_index("construct").loc[name]
        assert row["index_0_100"] == pytest.approx(np.average(score, weights=w))
        spread = np.average((score - row["index_0_100"]) ** 2, weights=w) * 720 / 719
        assert row["sd"] == pytest.approx(np.sqrt(spread))


def test_an_index_by_group_counts_whom_it_is_of(survey_missing, inst):
    fit = ncsi.fit_pls(survey_missing, inst, weights="weight", by="brand")
    for row in fit.index_by.itertuples(index=False):
        block = layout_of(inst).blocks[inst.construct_ids.index(row.construct)]
        X = fit.sample.X[:, block]
        kept = (fit.sample.group == fit.sample.groups.index(row.brand)) & ~np.isnan(X).all(axis=1)
        outer = fit.outer[block] * ~np.isnan(X[kept])
        scores = (np.nan_to_num(X[kept]) * outer).sum(axis=1) / outer.sum(axis=1)
        w = fit.sample.weights[kept]
        assert row.n == kept.sum()
        assert row.n_eff == pytest.approx(w.sum() ** 2 / (w**2).sum())
        assert row.index_0_100 == pytest.approx(np.average(scores, weights=w))


def test_sizes_of_a_fit(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    w = survey["weight"]
    n_eff = w.sum() ** 2 / (w**2).sum()
    assert (fit.n, fit.excluded, fit.by) == (720, 0, None)
    assert fit.n_eff == pytest.approx(n_eff)
    assert fit.deff == pytest.approx(720 / n_eff)


def test_no_answer_of_a_respondent_stands_in_the_text_of_a_result(survey, inst):
    """A log that holds a fit or its replicates must not hold the survey."""
    fit = ncsi.fit_pls(survey, inst)
    text = repr(fit) + repr(ncsi.bootstrap(fit, replicates=20))
    for name in ("sample=", "moments=", "draws=", "own=", "spreads=", "intervals=", "X="):
        assert name not in text


def test_weighted_means_of_the_lightest():
    values = np.array([[1.0, np.nan, 4.0], [3.0, np.nan, np.nan]])
    found = weighted_means(values, np.array([0.001, 0.003]))
    assert found[[0, 2]] == pytest.approx([2.5, 4.0])
    assert np.isnan(found[1])


def test_scores_on_the_target_follow_the_rows_of_the_data(survey, inst):
    blank = survey.copy()
    blank.loc[[4, 9], ["SAT1", "SAT2"]] = np.nan
    fit = ncsi.fit_pls(blank, inst, by="brand")
    own, others = fitted_scores(fit, len(blank)), target_scores(fit, blank)
    assert np.flatnonzero(np.isnan(own)).tolist() == [4, 9]
    np.testing.assert_allclose(own, others)
    items = [item.id for item in inst.construct(inst.target).items]
    at = [inst.item_ids.index(one) for one in items]
    np.testing.assert_allclose(
        own[0], 100 * (survey.loc[0, items].to_numpy(dtype=float) - 1) / 9 @ fit.outer[at]
    )
    w = np.arange(1.0, len(own) + 1)
    who = np.arange(len(own)) < 12
    kept = [k for k in range(12) if k not in (4, 9)]
    assert mean_score(own, w, who) == pytest.approx(np.average(own[kept], weights=w[kept]))
    assert mean_score(own, w, np.isin(np.arange(len(own)), [4, 9])) is None


@pytest.mark.parametrize(("n_eff", "told"), [(49.9, True), (50.0, False), (50.5, False)])
def test_fewer_than_fifty_effective_respondents_are_few(inst, n_eff, told):
    found = of_size(n_eff, 80, inst)
    assert [one.code for one in found] == (["few_effective"] if told else [])
    assert all((one.figure, one.besides) == (n_eff, (80.0,)) for one in found)


def test_a_block_wants_as_many_effective_respondents_as_items(inst):
    largest = max(inst.constructs, key=lambda one: len(one.items))
    require_size(float(len(largest.items)), layout_of(inst), inst)
    with pytest.raises(ModelError, match=rf"4\.9 effective respondents for the 5 items of {largest.id}"):
        require_size(4.9, layout_of(inst), inst)


def test_items_are_told_that_are_nearly_one_or_count_backwards(inst):
    layout, p = layout_of(inst), len(inst.item_ids)
    R = np.full((p, p), 0.5)
    R[0, 1] = R[1, 0] = -0.985
    R[2, 3] = R[3, 2] = 0.97
    weights, loadings = np.full(p, 0.3), np.full(p, 0.7)
    weights[5], loadings[6] = 0.0, -0.1
    found = of_items(R, weights, loadings, layout, inst)
    assert [(one.code, one.about[-1]) for one in found] == [
        ("nearly_one", inst.item_ids[1]), ("counts_backwards", inst.item_ids[5]),
        ("counts_backwards", inst.item_ids[6]),
    ]  # fmt: skip
    assert [one.figure for one in found] == [-0.985, 0.0, 0.3]


def test_items_may_count_backwards_that_do_in_more_than_a_share(inst, single):
    share = np.zeros(len(inst.item_ids))
    share[[0, 1, 2]] = 0.05, 0.051, 0.04
    found = may_count_backwards(share, 0.05, layout_of(inst), inst)
    assert [(one.about[-1], one.figure) for one in found] == [(inst.item_ids[1], 0.051)]
    all_of_them = may_count_backwards(np.ones(len(single.item_ids)), 0.05, layout_of(single), single)
    several = [one.id for block in single.constructs for one in block.items if len(block.items) > 1]
    assert [one.about[-1] for one in all_of_them] == several


@pytest.mark.parametrize(("others", "named"), [(2, True), (3, False)])
def test_an_item_hardly_varies_from_98_answers_alike_of_a_hundred(survey, inst, others, named):
    frame = survey.head(100).assign(QUA3=9)
    frame.loc[frame.index[:others], "QUA3"] = 4
    sample = ncsi.fit_pls(frame, inst).sample
    wanted = f"construct Quality, item QUA3 ({100 - others} of 100 answers alike)"
    assert (hardly_varying(sample, inst) == wanted) == named
    assert ("collinear items" in hardly_varying(sample, inst)) != named


def test_collinear_items_are_named_and_no_others(inst):
    """Two items of which one follows from the other; the rest do not vary with them."""
    p = len(inst.item_ids)
    cov = np.eye(p) * 4
    cov[3, 7] = cov[7, 3] = 4
    moments = Moments(np.zeros(p), cov, 100.0, 100)
    with pytest.raises(ModelError) as caught:
        correlation(moments, inst)
    named = [one for one in inst.item_ids if f".{one}" in str(caught.value)]
    assert named == [inst.item_ids[3], inst.item_ids[7]]
    cov[3, 7] = cov[7, 3] = 1
    assert correlation(moments, inst)[3, 7] == pytest.approx(0.25)


def test_constructs_that_are_one_are_named_with_their_correlation():
    phi = np.eye(4)
    phi[1, 2] = phi[2, 1] = -1.2
    with pytest.raises(ModelError, match=r"correlations of B, C do not form.*largest: B with C, -1\.200"):
        _refuse_indefinite(phi, ["A", "B", "C", "D"])
    phi[1, 2] = phi[2, 1] = -0.99
    _refuse_indefinite(phi, ["A", "B", "C", "D"])


def test_consistent_paths_are_regressions_on_corrected_correlations(survey, inst):
    """Dijkstra & Henseler (2015): φ/√(ρρ') off the diagonal; λ = w√ρ / w'w; paths by least squares on φ."""
    fit = ncsi.fit_pls(survey, inst)
    made = plsc(fit)
    rho = fit.quality.set_index("construct")["rho_a"]
    phi = fit.construct_correlations / np.sqrt(np.outer(rho, rho))
    for name in inst.construct_ids:
        phi.loc[name, name] = 1.0
    np.testing.assert_allclose(made.construct_correlations, phi)
    causes = [one.source for one in inst.paths if one.target == "Satisfaction"]
    beta = np.linalg.solve(phi.loc[causes, causes], phi.loc[causes, "Satisfaction"])
    own = made.paths[made.paths["to"] == "Satisfaction"].set_index("from")["estimate"]
    np.testing.assert_allclose(own[causes], beta)
    assert made.r2.set_index("construct")["r2"]["Satisfaction"] == pytest.approx(
        beta @ phi.loc[causes, "Satisfaction"]
    )
    w = fit.weights.set_index("item").loc[["SAT1", "SAT2", "SAT3"], "weight_std"]
    loadings = made.loadings.set_index("item").loc[w.index, "loading"]
    np.testing.assert_allclose(loadings, w * np.sqrt(rho["Satisfaction"]) / (w @ w))
    quality = made.quality.set_index("construct").loc["Satisfaction"]
    assert quality["ave"] == pytest.approx((loadings**2).mean())
    common = loadings.sum() ** 2
    assert quality["rho_c"] == pytest.approx(common / (common + (1 - loadings**2).sum()))
    assert made.separable == bool((made.paths["estimate"].abs() <= 1).all())


def test_a_block_without_reliability_cannot_be_corrected(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    quality = fit.quality.assign(rho_a=fit.quality["rho_a"].where(fit.quality["construct"] != "Value", -0.1))
    with pytest.raises(ModelError, match="the reliability of Value is not positive"):
        plsc(replace(fit, quality=quality))


def test_a_path_beyond_one_is_not_separable(survey, inst):
    """Two constructs whose items are largely the same answers: the consistent path between them exceeds 1."""
    alike = np.random.default_rng(2).random(len(survey)) < 0.6
    noisy = survey.assign(**{f"VAL{k}": survey[f"VAL{k}"].where(~alike, survey[f"QUA{k}"]) for k in (1, 2)})
    made = plsc(ncsi.fit_pls(noisy, inst))
    largest = made.paths["estimate"].abs().max()
    assert 1 < largest < 2
    assert not made.separable


def test_iterations_are_counted_past_the_first_thirty(survey, inst):
    R = survey[list(inst.item_ids)].corr().to_numpy()[..., None]
    found = kernel.solve(R, layout_of(inst), kernel.SCHEMES["path"], 0.0, 47)
    assert (found.iterations, found.converged.tolist()) == (47, [False])


def test_the_sign_of_a_construct_goes_by_the_majority_and_a_tie_by_the_sum(two_by_three):
    """Three items of one construct, two of the other; one matrix each."""
    cross = np.zeros((5, 2, 3))
    cross[:3, 0] = np.array([[0.1, -0.1, -0.1], [0.1, -0.1, 0.9], [-0.9, 0.9, -0.1]])
    cross[3:, 1] = np.array([[0.5, 0.5, -0.5], [-0.9, -0.2, -0.5]])
    np.testing.assert_array_equal(kernel._signs(cross, two_by_three), [[1, -1, -1], [-1, 1, -1]])


def test_indirect_effects_are_a_table_of_their_own(survey, inst):
    table = assess(ncsi.fit_pls(survey, inst)).indirect_effects
    assert list(table.columns) == ["from", "to", "estimate"]
    assert table.index.tolist() == list(range(len(table)))
