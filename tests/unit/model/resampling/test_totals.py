"""Means beside the model from the one bootstrap: against the model's own indices and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.model.inference import contrasts
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.streams import replicate_weights
from ncsi.model.resampling.subsamples import construct_items, score_block
from ncsi.model.resampling.totals import Block, Totals


def test_scores_summed_beside_the_model_are_its_indices_in_every_replicate(asked, inst):
    """To first order in the outer weights: what is left is far below a standard error."""
    fit, totals, boot = asked
    for g, name in enumerate(fit.sample.groups):
        own = totals.mean([g])
        rows = boot.index_by[boot.index_by["brand"] == name]
        np.testing.assert_allclose(own.estimate, rows["estimate"], rtol=1e-12)
        off = own.pick(boot.draws) - boot.draws.index_by[:, g]
        assert (off.std(axis=1) < 0.04 * rows["se"].to_numpy()).all()
        assert own.pick(boot.draws).std(axis=1, ddof=1) == pytest.approx(rows["se"], rel=5e-3)


def test_blocks_together_are_the_sector(asked):
    fit, totals, boot = asked
    whole = totals.mean(range(len(fit.sample.groups)))
    np.testing.assert_allclose(whole.estimate, boot.index["estimate"], rtol=1e-12)
    assert whole.pick(boot.draws).std(axis=1, ddof=1) == pytest.approx(boot.index["se"], rel=5e-3)


def test_the_bootstrap_is_the_same_with_and_without_totals(asked):
    fit, _, boot = asked
    alone = ncsi.bootstrap(fit, replicates=300, seed=4)
    pd.testing.assert_frame_equal(alone.index_by, boot.index_by)


def test_the_error_of_a_difference_of_brands_is_that_of_independent_means(asked):
    """Within strata drawn apart, Var(a − b) = Var a + Var b but for the shared outer weights."""
    fit, totals, boot = asked
    gap = contrasts.t_tests(boot, totals.mean([0]).minus(totals.mean([1])))
    rows = [boot.index_by[boot.index_by["brand"] == name]["se"].to_numpy() for name in fit.sample.groups[:2]]
    assert gap["se"].to_numpy() == pytest.approx(np.hypot(*rows), rel=0.12)
    a, b = (totals.mean([g]).spread for g in (0, 1))
    df = (a.variance + b.variance) ** 2 / (a.variance**2 / a.df + b.variance**2 / b.df)
    np.testing.assert_allclose(gap["high"] - gap["difference"], stats.t.ppf(0.975, df) * gap["se"])
    np.testing.assert_allclose(gap["difference"] - gap["low"], gap["high"] - gap["difference"])
    np.testing.assert_allclose(gap["p"], 2 * stats.t.sf(np.abs(gap["difference"] / gap["se"]), df))


def test_replicate_weights_carry_the_totals_too(survey, inst):
    """Rao-Wu weights made of the bootstrap's own streams: same errors of a brand's score as of its index."""
    fit = ncsi.fit_pls(survey, inst, by="brand")
    composites = construct_items(fit)
    rows = np.flatnonzero(fit.sample.group == 0)
    totals = Totals.of(
        fit, [score_block(fit, composites, row_scores(fit.sample.X, fit.outer, composites), rows)]
    )
    drawn = np.vstack(list(replicate_weights(fit.sample.weights, fit.sample.stratum, 100, seed=1)))
    columns = np.empty((len(survey), 100))
    columns[fit.sample.rows] = drawn.T
    boot = ncsi.replicated(fit, pd.DataFrame(columns), df=100.0, totals=totals)
    own, index = totals.mean([0]), boot.index_by[boot.index_by["brand"] == fit.sample.groups[0]]
    assert boot.intervals.se(own.estimate, own.pick) == pytest.approx(index["se"].to_numpy(), rel=5e-3)
    assert np.isfinite(boot.own).all()


def test_bca_leaves_rows_out_of_the_totals_too(survey, inst):
    fit = ncsi.fit_pls(survey.head(240), inst)
    totals = Totals.of(fit, [Block(slice(0, 120), fit.sample.X)])
    boot = ncsi.bootstrap(fit, replicates=200, interval="bca", totals=totals)
    half = totals.mean([0])
    found = boot.intervals.of(half.estimate, half.pick, half.spread.df)
    assert ((found["low"] < half.estimate) & (half.estimate < found["high"])).all()


def test_replicates_of_a_difference_are_the_differences_of_the_replicates(asked):
    """A brand and the sector that holds it move together: their difference is surer than their sum."""
    _, totals, boot = asked
    brand, sector = totals.mean([0]), totals.mean(range(len(boot.fit.sample.groups)))
    difference = brand.minus(sector)
    np.testing.assert_allclose(difference.estimate, brand.estimate - sector.estimate)
    np.testing.assert_array_equal(
        difference.pick(boot.draws), brand.pick(boot.draws) - sector.pick(boot.draws)
    )
