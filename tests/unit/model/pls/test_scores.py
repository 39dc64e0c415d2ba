"""Scores and their sums, against respondents one by one; the kernel's batch against its matrices one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.model import assess, plsc
from ncsi.model.pls import kernel
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.score_cells import cells_of, sums_of
from ncsi.model.pls.scores import (
    Scores,
    mean_score,
    of_rows,
    row_scores,
    target_scores,
    unstandardised,
    weighted_means,
)
from ncsi.model.resampling.freedom import spread_of


@pytest.fixture(scope="module")
def fit(survey_missing, inst):
    return ncsi.fit_pls(survey_missing, inst, weights="weight", by="brand")


def test_sums_over_cells_are_those_over_respondents(fit, inst):
    """For three sets of row weights with their own outer weights, in each group and of each item."""
    layout, sample = layout_of(inst), fit.sample
    rng = np.random.default_rng(3)
    W = rng.uniform(0.0, 2.0, (3, len(sample.X)))
    W[1, sample.group == 0] = 0.0
    outer = np.concatenate([rng.dirichlet(np.ones(b.stop - b.start), 3).T for b in layout.blocks], axis=0)
    found = sums_of(cells_of(sample, layout), W, outer)
    for b in range(3):
        scores = row_scores(sample.X, outer[:, b], layout.blocks)
        for g in range(len(sample.groups)):
            who, w = sample.group == g, W[b]
            given = ~np.isnan(scores[who])
            np.testing.assert_allclose(
                found.scores[:, g, b], w[who] @ np.where(given, scores[who], 0), atol=1e-8
            )
            np.testing.assert_allclose(found.weights[:, g, b], w[who] @ given, atol=1e-9)
            answered = ~np.isnan(sample.X[who])
            np.testing.assert_allclose(
                found.item_sums[:, g, b], w[who] @ np.where(answered, sample.X[who], 0), atol=1e-8
            )
            np.testing.assert_allclose(found.item_weights[:, g, b], w[who] @ answered, atol=1e-9)
        np.testing.assert_allclose(found.overall[:, b], weighted_means(scores, W[b]))
        np.testing.assert_allclose(found.item_means[:, b], weighted_means(sample.X, W[b]))
    assert np.isnan(found.by_group[:, 0, 1]).all()
    assert np.isnan(found.items_by_group[:, 0, 1]).all()
    assert np.isfinite(found.by_group[:, 0, 0]).all()


def test_a_sample_without_gaps_keeps_no_cells(survey, inst):
    complete = ncsi.fit_pls(survey, inst, by="brand").sample
    assert cells_of(complete, layout_of(inst)).gaps is None
    assert len(cells_of(complete, layout_of(inst)).groups) == survey["brand"].nunique()


def test_weights_of_several_matrices_are_those_of_each(survey, inst):
    """A matrix that has converged stands still while others go on."""
    layout = layout_of(inst)
    brands = [part for _, part in survey.groupby("brand")]
    R = np.stack([part[list(inst.item_ids)].corr().to_numpy() for part in brands], axis=-1)
    scheme = kernel.SCHEMES["path"]
    together = kernel.solve(R, layout, scheme, 1e-4)
    assert together.converged.all()
    counts = []
    for b in range(R.shape[2]):
        alone = kernel.solve(R[:, :, [b]], layout, scheme, 1e-4)
        counts.append(alone.iterations)
        np.testing.assert_allclose(alone.weights[:, 0], together.weights[:, b], atol=1e-11)
        np.testing.assert_allclose(alone.phi[..., 0], together.phi[..., b], atol=1e-11)
    assert together.iterations == max(counts)
    assert len(set(counts)) > 1


def test_a_matrix_has_the_same_bits_whichever_others_it_is_solved_with(survey, inst):
    """The slowest of them too, which goes on when all others have converged."""
    layout, scheme, rng = layout_of(inst), kernel.SCHEMES["path"], np.random.default_rng(5)
    X = survey[list(inst.item_ids)].to_numpy()
    R = np.stack([np.corrcoef(X[rng.integers(0, len(X), 80)].T) for _ in range(160)], axis=-1)
    together = kernel.solve(R, layout, scheme, 1e-7)
    assert together.converged.all()
    for some in np.split(np.arange(160), 10):
        apart = kernel.solve(R[..., some], layout, scheme, 1e-7)
        for name in ("weights", "phi", "cross"):
            assert getattr(apart, name).tobytes() == getattr(together, name)[..., some].tobytes(), name


def test_what_does_not_settle_in_time_is_said(survey, inst):
    R = survey[list(inst.item_ids)].corr().to_numpy()[..., None]
    found = kernel.solve(R, layout_of(inst), kernel.SCHEMES["path"], 1e-15, max_iterations=3)
    assert (found.iterations, found.converged.tolist()) == (3, [False])


def test_a_matrix_without_variance_ends_the_batch_without_weights(survey, inst):
    R = survey[list(inst.item_ids)].corr().to_numpy()
    lost = R.copy()
    lost[0] = lost[:, 0] = np.nan
    found = kernel.solve(np.stack([R, lost], axis=-1), layout_of(inst), kernel.SCHEMES["path"], 1e-10)
    assert found.converged.tolist() == [True, False]
    alone = kernel.solve(R[..., None], layout_of(inst), kernel.SCHEMES["path"], 1e-10)
    assert found.iterations == alone.iterations


def test_signs_go_by_the_majority_and_a_tie_by_the_sum(survey, inst):
    R = survey[list(inst.item_ids)].corr().to_numpy()
    layout = layout_of(inst)
    plain = kernel.solve(R[..., None], layout, kernel.SCHEMES["path"], 1e-12)
    flipped = kernel.solve(R[..., None], layout, kernel.SCHEMES["path"], 1e-12, start=-np.ones(layout.p))
    np.testing.assert_allclose(flipped.weights, plain.weights, atol=1e-10)
    for k, block in enumerate(layout.blocks):
        assert (plain.cross[block, k, 0] > 0).all()


def test_means_and_scores_at_their_edges():
    values = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    means = weighted_means(values, np.array([1.0, 3.0, 9.0]))
    assert means[0] == 2.5
    assert np.isnan(means[1])
    assert np.isnan(weighted_means(values, np.array([0.0, 0.0, 1.0]))).all()
    scores = np.array([10.0, 20.0, np.nan])
    weights = np.array([1.0, 3.0, 5.0])
    assert mean_score(scores, weights, np.array([True, True, True])) == 17.5
    assert mean_score(scores, weights, np.array([True, False, True])) == 10.0
    assert mean_score(scores, weights, np.array([False, False, True])) is None


def test_unstandardised_weights_sum_to_one_in_each_construct(fit, inst):
    layout = layout_of(inst)
    std = fit.weights["weight_std"].to_numpy()[:, None]
    weights = unstandardised(std, fit.moments.sd[:, None], layout)[:, 0]
    np.testing.assert_allclose(np.add.reduceat(weights, layout.starts), 1.0)
    np.testing.assert_allclose(weights, fit.weights["weight"], rtol=1e-12)
    raw = std[:, 0] / fit.moments.sd
    np.testing.assert_allclose(weights / weights[0], raw / raw[0] * np.repeat(
        [raw[0] / weights[0] * weights[b.start] / raw[b.start] for b in layout.blocks],
        [b.stop - b.start for b in layout.blocks],
    ))  # fmt: skip


def test_scores_of_other_respondents_lack_those_with_too_few_answers(survey, inst, fit):
    other = survey.head(3).astype(dict.fromkeys(inst.item_ids, float))
    other.loc[1, list(inst.item_ids[:8])] = np.nan
    found = target_scores(fit, other)
    assert np.isnan(found).tolist() == [False, True, False]
    target = next(one for one in inst.constructs if one.id == inst.target)
    weight = fit.weights.set_index("item")["weight"]
    answers = (other.loc[0, [one.id for one in target.items]] - 1) / 9 * 100
    assert found[0] == pytest.approx(sum(weight[one.id] * answers[one.id] for one in target.items))


def test_goodness_of_fit_is_of_blocks_of_several_items(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    own = fit.weights.assign(n=fit.weights.groupby("construct")["item"].transform("size"))
    communality = (own.loc[own["n"] > 1, "loading"] ** 2).mean()
    assert assess(fit).gof == pytest.approx(np.sqrt(communality * fit.r2["r2"].mean()), rel=1e-12)


def test_indirect_effects_keep_their_own_order(survey, inst):
    found = assess(ncsi.fit_pls(survey, inst))
    assert list(found.indirect_effects.index) == list(range(len(found.indirect_effects)))
    assert isinstance(found.paths, pd.DataFrame)


def test_corrected_correlations_are_divided_by_the_reliabilities(survey, inst):
    """Dijkstra and Henseler (2015), eq. 9, and loadings along the weights, eq. 6."""
    fit = ncsi.fit_pls(survey, inst)
    found = plsc(fit)
    rho = fit.quality.set_index("construct")["rho_a"]
    several = [one.id for one in inst.constructs if len(one.items) > 1]
    a, b = several[:2]
    expected = fit.construct_correlations.loc[a, b] / np.sqrt(rho[a] * rho[b])
    assert found.construct_correlations.loc[a, b] == pytest.approx(expected, rel=1e-12)
    w = fit.weights[fit.weights["construct"] == a]["weight_std"].to_numpy()
    own = found.loadings[found.loadings["construct"] == a]["loading"].to_numpy()
    np.testing.assert_allclose(own, w * np.sqrt(rho[a]) / (w @ w), rtol=1e-12)


@pytest.mark.parametrize("held", [0, 3 * 300, 10**6])
@pytest.mark.parametrize("kind", ["rows", "run", "all"])
def test_scores_of_some_respondents_are_made_as_they_are_looked_at(fit, inst, monkeypatch, held, kind):
    """With columns beside them, as many at a time as may be held: one at least."""
    monkeypatch.setattr("ncsi.model.pls.scores._HELD", held)
    n, layout = fit.n, layout_of(inst)
    rng = np.random.default_rng(4)
    beside = rng.normal(size=(n, 3))
    rows = {"rows": np.sort(rng.permutation(n)[:300]), "run": slice(7, 307), "all": slice(None)}[kind]
    scores = Scores.of(fit.sample.answers, fit.outer, layout.blocks, beside)
    wanted = np.column_stack([row_scores(fit.sample.X, fit.outer, layout.blocks), beside])[rows]
    some = of_rows(scores, rows)
    assert (len(some), some.shape) == (len(wanted), wanted.shape)
    np.testing.assert_array_equal(some[11:95], wanted[11:95])
    np.testing.assert_array_equal(some[:], wanted)
    parts = [*some.in_turn()]
    np.testing.assert_array_equal(np.column_stack(parts), wanted)
    step = max(1, held // len(wanted))
    assert max(one.shape[1] for one in parts) <= step
    assert len(parts) == -(-layout.K // step) + -(-3 // step)
    ours, theirs = spread_of(fit.sample, some, rows), spread_of(fit.sample, wanted, rows)
    np.testing.assert_allclose(ours.variance, theirs.variance, rtol=1e-10)
    np.testing.assert_allclose(ours.df, theirs.df, rtol=1e-10)
