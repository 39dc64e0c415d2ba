"""Bootstrap: streams, shares, missing answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model.moments.em import em_moments
from ncsi.model.moments.respondents import moment_rows
from ncsi.model.pls.kernel import SCHEMES, solve, structural
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling import streams
from ncsi.model.resampling.draws import correlations_of
from ncsi.model.resampling.streams import replicate_weights


def test_the_result_does_not_depend_on_the_batch_size(survey, inst, monkeypatch):
    fit = ncsi.fit_pls(survey, inst, weights="weight", by="brand")
    whole = ncsi.bootstrap(fit, replicates=300, seed=5)
    monkeypatch.setattr(streams, "BYTES_AT_A_TIME", 1)
    parts = ncsi.bootstrap(fit, replicates=300, seed=5)
    for name in ("paths", "weights", "index", "index_by"):
        np.testing.assert_allclose(
            getattr(whole, name)["se"], getattr(parts, name)["se"], rtol=1e-9, err_msg=name
        )


def test_every_stratum_keeps_its_weight_total():
    rng = np.random.default_rng(1)
    weights, stratum = rng.uniform(0.2, 3, 90), np.repeat([0, 1, 2], [20, 30, 40])
    for W in replicate_weights(weights, stratum, 130, seed=3):
        for s in range(3):
            np.testing.assert_allclose(W[:, stratum == s].sum(axis=1), weights[stratum == s].sum())


def test_replicates_are_as_many_as_asked():
    assert sum(len(W) for W in replicate_weights(np.ones(10), np.zeros(10, dtype=np.intp), 100, 1)) == 100


def test_seed_moves_the_result_and_fixes_it(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    a, b, c = (ncsi.bootstrap(fit, replicates=100, seed=seed).paths["se"].to_numpy() for seed in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()


def test_one_corrected_em_step_equals_full_reestimation(survey_missing, inst):
    """Standard errors within 2 % of those from running EM to its end in every replicate."""
    fit = ncsi.fit_pls(survey_missing.head(400), inst)
    boot = ncsi.bootstrap(fit, replicates=48, seed=11)
    layout, X = layout_of(inst), fit.sample.X
    draws = []
    for W in replicate_weights(fit.sample.weights, fit.sample.stratum, 48, seed=11):
        for w in W:
            moments = em_moments(X[w > 0], w[w > 0])
            R = moments.cov / np.outer(moments.sd, moments.sd)
            paths, _ = structural(solve(R[:, :, None], layout, SCHEMES["path"], 1e-8).phi, layout)
            draws.append(
                [
                    paths[inst.construct_ids.index(p.source), inst.construct_ids.index(p.target), 0]
                    for p in inst.paths
                ]
            )
    full = np.std(draws, axis=0, ddof=1)
    assert boot.paths["se"].to_numpy() == pytest.approx(full, rel=0.02)


def test_intervals_hold_the_estimate(survey, inst):
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst, by="brand"), replicates=500)
    for name in ("paths", "index", "index_by", "weights", "total_effects", "items"):
        frame = getattr(boot, name)
        assert ((frame["low"] <= frame["estimate"]) & (frame["estimate"] <= frame["high"])).all(), name


@pytest.mark.parametrize("weighted", [False, True])
def test_small_strata_keep_their_variance(weighted):
    """Against the textbook variance of a stratified mean; drawing n_h of n_h = 3 would give two thirds of it."""
    rng = np.random.default_rng(8)
    stratum, y = np.repeat(np.arange(100), 3), rng.normal(size=300)
    weights = np.repeat(rng.uniform(1, 2, 100), 3) if weighted else np.ones(300)
    means = [W @ y / W.sum(axis=1) for W in replicate_weights(weights, stratum, 6000, seed=2)]
    total = weights.reshape(100, 3).sum(axis=1) / weights.sum()
    expected = (total**2 * y.reshape(100, 3).var(axis=1, ddof=1) / 3).sum() ** 0.5
    assert np.concatenate(means).std() == pytest.approx(expected, rel=0.03)


def test_a_group_of_one_has_an_index_but_no_error_and_no_rank(survey, inst):
    alone = survey.assign(brand=survey["brand"].where(survey.index > 0, "alone"))
    boot = ncsi.bootstrap(ncsi.fit_pls(alone, inst, by="brand"), replicates=100)
    row = boot.index_by[boot.index_by["brand"] == "alone"]
    assert row["estimate"].notna().all()
    assert row[["se", "low", "high"]].isna().all(axis=None)
    assert "alone" not in set(ncsi.rank_sets(boot)["brand"])


def clustered(rows: int = 300, size: int = 5, brands: int = 2) -> pd.DataFrame:
    """Golden answers laid out so that the members of a cluster answer alike: sorted by their mean."""
    frame = pd.read_csv(Path(__file__).parents[3] / "golden" / "golden.csv").head(rows)
    items = [name for name in frame.columns if frame[name].isin(range(1, 11)).all()]
    order = frame[items].mean(axis=1).sort_values(kind="stable").index
    frame = frame.loc[order].reset_index(drop=True)
    cluster = np.arange(rows) // size
    return frame.assign(cluster=cluster, brand=np.array([f"b{k}" for k in range(brands)])[cluster % brands])


def test_strata_of_one_respondent_each_tell_no_error(survey, inst):
    alone = survey.assign(own=np.arange(len(survey)))
    with pytest.raises(ModelError, match="each stratum holds one respondent"):
        ncsi.bootstrap(ncsi.fit_pls(alone, inst, by="brand", strata="own"), replicates=64)
    with pytest.raises(ModelError, match=r"infinitesimal jackknife of .*: each stratum holds one respondent"):
        ncsi.infinitesimal_jackknife(ncsi.fit_pls(alone, inst, by="brand", strata="own"))
    one = survey["brand"].iloc[0]
    some = alone.assign(own=np.where(alone["brand"] == one, alone["own"], 0))
    by = ncsi.bootstrap(ncsi.fit_pls(some, inst, by="brand", strata="own"), replicates=64).index_by
    unknown = by.loc[by["brand"] == one]
    assert unknown[["se", "low", "high", "df"]].isna().all(axis=None)
    assert unknown["estimate"].notna().all()
    assert by.loc[by["brand"] != one, "se"].gt(0).all()


def test_clusters_are_drawn_whole():
    weights, stratum = np.random.default_rng(1).uniform(0.5, 2, 12), np.repeat([0, 1], 6)
    units = streams.Units(np.repeat(np.arange(4), 3), np.array([0, 0, 1, 1]))
    for W in replicate_weights(weights, stratum, 64, 2, units):
        share = (W / weights).reshape(len(W), 4, 3)
        assert np.ptp(share, axis=2) == pytest.approx(0)
        np.testing.assert_allclose(W[:, :6].sum(axis=1), weights[:6].sum())


def test_the_error_of_a_clustered_mean_is_the_textbooks(inst):
    """Linearised variance of a ratio mean with clusters as units: Σ over strata of C/(C−1) Σ(z_c − z̄)²."""
    frame = clustered()
    fit = ncsi.fit_pls(frame, inst, by="brand", clusters="cluster")
    boot = ncsi.bootstrap(fit, replicates=2000)
    item = inst.item_ids[0]
    y = 100 * (frame[item] - 1) / 9
    variance, of_respondents = 0.0, 0.0
    for _, rows in frame.groupby("brand"):
        totals = y[rows.index].groupby(rows["cluster"]).sum() / len(frame)
        variance += len(totals) * totals.var(ddof=1)
        of_respondents += len(rows) * (y[rows.index] / len(frame)).var(ddof=1)
    se = boot.items.loc[boot.items["item"] == item, "se"].iloc[0]
    assert se == pytest.approx(variance**0.5, rel=0.06)
    alone = ncsi.bootstrap(ncsi.fit_pls(frame, inst, by="brand"), replicates=2000)
    assert alone.items.loc[alone.items["item"] == item, "se"].iloc[0] == pytest.approx(
        of_respondents**0.5, rel=0.06
    )
    assert variance > 2 * of_respondents


def test_clusters_of_one_are_respondents(survey, inst):
    frame = survey.assign(own=np.arange(len(survey)))
    a = ncsi.bootstrap(ncsi.fit_pls(frame, inst, by="brand"), replicates=100)
    b = ncsi.bootstrap(ncsi.fit_pls(frame, inst, by="brand", clusters="own"), replicates=100)
    for name in ("paths", "index_by"):
        np.testing.assert_allclose(getattr(b, name)["se"], getattr(a, name)["se"], rtol=1e-9)


def test_clusters_may_cut_across_brands(inst):
    """Then they are drawn from the whole sample, and brands share their luck: the difference varies less."""
    frame = clustered().assign(brand=np.tile(["b0", "b1"], 150))
    boot = ncsi.bootstrap(ncsi.fit_pls(frame, inst, by="brand", clusters="cluster"), replicates=300)
    k = inst.construct_ids.index(inst.target)
    first, second = boot.draws.index_by[k]
    assert np.corrcoef(first, second)[0, 1] > 0.5


def test_bca_leaves_out_whole_clusters(inst):
    fit = ncsi.fit_pls(clustered(), inst, clusters="cluster")
    frame = ncsi.bootstrap(fit, replicates=300, interval="bca").index
    assert ((frame["low"] < frame["estimate"]) & (frame["estimate"] < frame["high"])).all()
    left = np.concatenate(
        list(streams.left_out_weights(fit.sample.weights, fit.sample.stratum, fit.sample.units))
    )
    assert left.shape == (60, 300)
    assert ((left == 0).sum(axis=1) == 5).all()


@pytest.mark.parametrize(
    ("clusters", "said"),
    [
        (lambda frame: frame["cluster"].where(frame.index > 3), "column 'cluster': 4 rows have no value"),
        (lambda frame: (frame["brand"] == "b1").astype(int), "2 strata hold a single cluster"),
    ],
)
def test_clusters_that_cannot_be_drawn_are_named(inst, clusters, said):
    frame = clustered()
    with pytest.raises(ModelError, match=said):
        ncsi.fit_pls(frame.assign(cluster=clusters(frame)), inst, by="brand", clusters="cluster")


def test_a_brand_in_few_clusters_is_refused_rather_than_missing(inst):
    frame = clustered().assign(brand=lambda rows: np.where(rows["cluster"] == 0, "rare", "b"))
    frame.loc[frame["cluster"] == 0, "brand"] = ["rare", "rare", "b", "b", "b"]
    fit = ncsi.fit_pls(frame, inst, by="brand", clusters="cluster")
    with pytest.raises(
        ModelError, match="brand rare: in so few clusters that some replicates hold none of its"
    ):
        ncsi.bootstrap(fit, replicates=100)
    boot = ncsi.model.bootstrap(fit, replicates=100, wanted=("b",))
    errors = boot.index_by.groupby("brand")[["se", "low", "high"]].count()
    assert errors.loc["rare"].tolist() == [0, 0, 0]
    assert errors.loc["b"].tolist() == [len(inst.constructs)] * 3
    with pytest.raises(ModelError, match="brand rare"):
        ncsi.model.bootstrap(fit, replicates=100, wanted=("b", "rare"))


@pytest.mark.parametrize("level", [0.0, 7.0, 1e8])
def test_a_replicate_in_which_an_item_does_not_vary_is_not_converged(level):
    """Whatever rounding leaves of its variance, on any processor (docs/method.md §7)."""
    rng = np.random.default_rng(5)
    X = rng.integers(1, 11, (500, 3)).astype(float)
    X[:, 1] = level + np.pi
    weights = rng.uniform(0.1, 3, (4, 500))
    step = moment_rows(X) @ weights.T / weights.sum(axis=1)
    R, sd = correlations_of(step, 3)
    assert np.isnan(sd[1]).all()
    assert np.isnan(R[1]).all()
    assert np.isfinite(R[::2, ::2]).all()
