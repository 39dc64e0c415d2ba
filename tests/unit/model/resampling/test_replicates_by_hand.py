"""Replicates against sums written out: totals by block, strata restored, relabelled groups, degrees of freedom."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import ncsi
from ncsi.model.pls import kernel
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.permutation import observed, pooled_of
from ncsi.model.resampling.streams import left_out_weights
from ncsi.model.resampling.totals import Block, Totals


@pytest.fixture(scope="module")
def fit(survey_missing, inst):
    return ncsi.fit_pls(survey_missing, inst, weights="weight", by="brand")


def test_totals_of_each_block_are_its_own(fit):
    """Blocks of different columns, each column answered by other respondents than the next."""
    rng = np.random.default_rng(2)
    n = len(fit.sample.X)
    blocks = []
    for c in (3, 2, 4):
        rows = np.sort(rng.choice(n, 50, replace=False))
        values = np.where(rng.random((n, c)) < 0.3, np.nan, rng.normal(50, 9, (n, c)))
        blocks.append(Block(rows, values))
    totals = Totals.of(fit, blocks)
    for k, block in enumerate(blocks):
        w, given = fit.sample.weights[block.rows], ~np.isnan(block.values)
        np.testing.assert_allclose(totals.weights_of(k), w @ given)
        expected = (w @ np.where(given, block.values, 0)) / (w @ given)
        np.testing.assert_allclose(totals.mean([k]).estimate, expected)
    pair = Totals.of(fit, [blocks[0], Block(blocks[2].rows, blocks[2].columns[:, :3])])
    tops, bottoms = zip(
        *(
            (
                fit.sample.weights[one.rows] @ np.nan_to_num(one.values[:, :3]),
                fit.sample.weights[one.rows] @ ~np.isnan(one.values[:, :3]),
            )
            for one in (blocks[0], blocks[2])
        ),
        strict=True,
    )
    np.testing.assert_allclose(pair.mean([0, 1]).estimate, sum(tops) / sum(bottoms))


def test_totals_under_other_weights(fit):
    values = np.full((len(fit.sample.X), 2), np.nan)
    values[[0, 4]] = [[1.0, np.nan], [3.0, 5.0]]
    totals = Totals.of(fit, [Block(np.array([0, 4]), values)])
    W = np.zeros((2, len(fit.sample.X)))
    W[0, [0, 4]], W[1, [0, 4]] = (1, 2), (0.5, 0)
    sums, sizes = totals.under(W)
    assert sums.tolist() == [[7.0, 0.5], [10.0, 0.0]]
    assert sorted(sizes.tolist()) == sorted([[3.0, 0.5], [2.0, 0.0]])


@pytest.mark.parametrize("scale", [0.001, 1.0, 40.0])
def test_a_stratum_keeps_its_total_whatever_the_size_of_weights(scale):
    weights, stratum = np.arange(1.0, 9.0) * scale, np.repeat([0, 1], 4)
    W = np.concatenate(list(left_out_weights(weights, stratum)))
    np.testing.assert_allclose(W[:, :4].sum(axis=1), 10 * scale)
    np.testing.assert_allclose(W[:, 4:].sum(axis=1), 26 * scale)
    one = np.concatenate(list(left_out_weights(np.array([scale]), np.array([0]))))
    assert one.tolist() == [[0.0]]


def test_a_labelling_gives_what_the_groups_give(survey, inst):
    """Paths of both groups and the difference of their composites, by fits of the groups alone."""
    fit = ncsi.fit_pls(survey, inst)
    first = (survey["region"] == survey["region"].iloc[0]).to_numpy()[fit.sample.rows]
    layout = layout_of(inst)
    pooled = pooled_of(fit.sample, fit.moments, layout, fit.scheme, fit.weights["weight_std"].to_numpy())
    found = observed(pooled, first)
    ids = inst.construct_ids
    for g, who in enumerate((first, ~first)):
        own = ncsi.fit_pls(survey[who], inst)
        for row in own.paths.to_dict("records"):
            at = found.paths[g, ids.index(row["from"]), ids.index(row["to"]), 0]
            assert at == pytest.approx(row["estimate"], abs=1e-7)
    Z = (fit.sample.X - fit.moments.mean) / fit.moments.sd
    own = np.add.reduceat(Z * pooled.outer, layout.starts, axis=1)
    np.testing.assert_allclose(found.mean[:, 0], own[first].mean(axis=0) - own[~first].mean(axis=0))
    logs = np.log(own[first].var(axis=0)) - np.log(own[~first].var(axis=0))
    np.testing.assert_allclose(found.log_variance[:, 0], logs, rtol=1e-9)
    assert found.converged.tolist() == [True]
    assert (np.abs(found.c) <= 1 + 1e-12).all()


def test_labels_under_missing_answers_move_from_the_pooled_moments(survey_missing, inst):
    """A group that is everybody has the pooled moments; two halves lie on both sides of them."""
    fit = ncsi.fit_pls(survey_missing, inst)
    pooled = pooled_of(
        fit.sample, fit.moments, layout_of(inst), fit.scheme, fit.weights["weight_std"].to_numpy()
    )
    half = np.random.default_rng(3).random(len(fit.sample.X)) < 0.5
    found, swapped = observed(pooled, half), observed(pooled, ~half)
    np.testing.assert_allclose(found.mean, -swapped.mean, atol=1e-9)
    own = ncsi.fit_pls(survey_missing.iloc[fit.sample.rows[half]], inst)
    other = ncsi.fit_pls(survey_missing.iloc[fit.sample.rows[~half]], inst)
    gap = (own.moments.mean - other.moments.mean) / fit.moments.sd
    expected = np.add.reduceat(gap * pooled.outer, layout_of(inst).starts)
    np.testing.assert_allclose(found.mean[:, 0], expected, atol=0.02)
    paths = np.array([[one.paths["estimate"].to_numpy() for one in (own, other)]])[0]
    arcs = [(inst.construct_ids.index(p.source), inst.construct_ids.index(p.target)) for p in inst.paths]
    order = [
        list(zip(own.paths["from"], own.paths["to"], strict=True)).index((p.source, p.target))
        for p in inst.paths
    ]
    ours = np.array([[found.paths[g, a, b, 0] for a, b in arcs] for g in (0, 1)])
    np.testing.assert_allclose(ours, paths[:, order], atol=0.06)
    assert (np.abs(ours[0] - ours[1]) > 0.02).any()


def test_shares_and_order_of_replicates(survey, inst):
    fit = ncsi.fit_pls(survey.head(240), inst, by="brand")
    boot = ncsi.bootstrap(fit, replicates=60, seed=2)
    assert boot.draws.index_by.shape == (len(inst.construct_ids), len(fit.sample.groups), 60)
    expected = [
        np.mean([(w <= 0) or (c <= 0) for w, c in zip(*pair, strict=True)])
        for pair in zip(boot.draws.weights, boot.draws.loadings, strict=True)
    ]
    assert boot.draws.share_not_positive.tolist() == expected


def test_a_share_of_negative_loadings_is_told(survey, inst):
    """An item of noise: its weight or loading is negative in some replicates, not in all."""
    noisy = survey.assign(IMA4=np.random.default_rng(5).integers(1, 11, len(survey)))
    with pytest.warns(UserWarning, match="not positive in"):
        boot = ncsi.bootstrap(ncsi.fit_pls(noisy, inst), replicates=200, seed=2)
    at = list(inst.item_ids).index("IMA4")
    own = (boot.draws.weights[at] <= 0) | (boot.draws.loadings[at] <= 0)
    assert 0 < boot.draws.share_not_positive[at] < 1
    assert boot.draws.share_not_positive[at] == own.mean()


def test_one_matrix_from_its_own_start_converges_at_once(survey, inst):
    R = survey[list(inst.item_ids)].corr().to_numpy()[..., None]
    layout = layout_of(inst)
    once = kernel.solve(R, layout, kernel.SCHEMES["path"], 1e-10)
    again = kernel.solve(R, layout, kernel.SCHEMES["path"], 1e-9, start=once.weights[:, 0])
    assert again.iterations == 1
    assert stats.pearsonr(once.weights[:, 0], again.weights[:, 0])[0] == pytest.approx(1)
