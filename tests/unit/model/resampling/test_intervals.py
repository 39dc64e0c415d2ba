"""Intervals: percentile, BCa and replicate weights, against scipy and against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import bootstrap, replicated
from ncsi.model.resampling.draws import Draws
from ncsi.model.resampling.intervals import SAMPLED, Bca, Replicated
from ncsi.model.resampling.streams import left_out_weights

NAMES = ("paths", "weights", "loadings", "htmt", "index", "index_by", "total_effects", "items")


def only(items) -> Draws:
    """Replicates of one quantity, called `items`."""
    nothing = np.empty(0)
    return Draws(*(items if name == "items" else nothing for name in Draws.__dataclass_fields__))


def test_bca_agrees_with_scipy():
    rng = np.random.default_rng(4)
    x = rng.exponential(size=60)
    made = stats.bootstrap((x,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(7))
    left_out = (x.sum() - x) / (len(x) - 1)
    intervals = Bca(only(made.bootstrap_distribution[None]), only(left_out[None]), 0.95)
    ours = intervals.of(np.array([x.mean()]), lambda d: d.items, np.inf)
    assert ours["low"][0] == pytest.approx(made.confidence_interval.low, abs=2e-3)
    assert ours["high"][0] == pytest.approx(made.confidence_interval.high, abs=2e-3)
    assert ours["se"][0] == pytest.approx(made.standard_error)


def test_bca_of_every_quantity(survey, inst):
    fit = ncsi.fit_pls(survey.head(300), inst, by="brand")
    plain, bca = bootstrap(fit, 400, htmt=True), bootstrap(fit, 400, interval="bca", htmt=True)
    for name in NAMES:
        ours, theirs = getattr(bca, name), getattr(plain, name)
        assert np.isfinite(ours.select_dtypes("number")).all(axis=None), name
        assert (ours["low"] < ours["high"]).all(), name
        np.testing.assert_allclose(ours["se"], theirs["se"], rtol=1e-12)
        assert (np.abs(ours["low"] - theirs["low"]) < 2 * theirs["se"]).all(), name
    assert "importance_low" in ncsi.drivers(fit, bca)


def test_jackknife_leaves_each_row_out_once_and_keeps_stratum_totals():
    weights, stratum = np.arange(1.0, 131.0), np.repeat([0, 1], [50, 80])
    W = np.concatenate(list(left_out_weights(weights, stratum)))
    assert ((W == 0) == np.eye(130, dtype=bool)).all()
    np.testing.assert_allclose(W[:, :50].sum(axis=1), weights[:50].sum())


def jackknife(survey: pd.DataFrame) -> pd.DataFrame:
    n = len(survey)
    return pd.DataFrame(
        np.where(np.eye(n, dtype=bool), 0.0, n / (n - 1)), columns=[f"r{k}" for k in range(n)]
    )


def test_jackknife_weights_give_the_standard_error_of_a_mean(survey, inst):
    part = survey.head(150)
    n = len(part)
    fit = ncsi.fit_pls(part, inst)
    made = replicated(fit, jackknife(part), scale=(n - 1) / n, df=n - 1)
    answers = 100 * (part["SAT1"] - 1) / 9
    row = made.items.set_index("item").loc["SAT1"]
    assert row["se"] == pytest.approx(answers.std(ddof=1) / n**0.5, rel=1e-9)
    half = stats.t.ppf(0.975, n - 1) * row["se"]
    assert row["high"] - row["estimate"] == pytest.approx(half)
    assert made.seed is None


def test_replicate_weights_follow_their_rows(survey, inst):
    """Rows left out of the model and rows sorted by brand keep their own replicate weights."""
    part = survey.head(200).copy()
    part.loc[[3, 60], ["SAT1", "SAT2"]] = np.nan
    rng = np.random.default_rng(2)
    columns = pd.DataFrame(rng.multinomial(200, np.full(200, 1 / 200), size=40).T.astype(float))
    fit = ncsi.fit_pls(part, inst, by="brand")
    assert fit.excluded == 2
    made = replicated(fit, columns)
    again = ncsi.fit_pls(part.assign(w=columns[7]).loc[columns[7] > 0], inst, weights="w", by="brand")
    np.testing.assert_allclose(made.draws.index[:, 7], again.index["index_0_100"], atol=1e-5)
    np.testing.assert_allclose(made.draws.weights[:, 7], again.weights["weight"], atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.iloc[1:], "149 rows of replicate weights for 150 rows"),
        (lambda w: w.assign(r3=-1.0), "replicate weight 'r3': some are negative"),
        (lambda w: w.assign(r5=np.nan), "replicate weight 'r5'"),
    ],
)
def test_faulty_replicate_weights(survey, inst, change, message):
    fit = ncsi.fit_pls(survey.head(150), inst)
    with pytest.raises(ModelError, match=message):
        replicated(fit, change(jackknife(survey.head(150))))


def test_wrong_number_of_rscales(survey, inst):
    fit = ncsi.fit_pls(survey.head(150), inst)
    with pytest.raises(ModelError, match="3 rscales for 150 replicate weights"):
        replicated(fit, jackknife(survey.head(150)), rscales=np.ones(3))


@pytest.mark.parametrize(
    "options",
    [{"scale": -1.0}, {"scale": 0}, {"scale": np.nan}, {"rscales": -np.ones(150)}, {"scale": np.inf}],
)
def test_factors_that_make_no_variance(survey, inst, options):
    fit = ncsi.fit_pls(survey.head(150), inst)
    with pytest.raises(ModelError, match="scale lies above 0, and rscales are 0 or more"):
        replicated(fit, jackknife(survey.head(150)), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replicates": 1}, "1 replicates give no standard error"),
        ({"replicates": 99.5}, "replicates 99.5 is no whole number. Give one: replicates=1000"),
        ({"replicates": "100"}, "replicates 100 is no whole number"),
        ({"seed": None}, "seed None is no whole number. Give one: seed=1"),
        ({"level": 95}, "level 95 must lie between 0 and 1"),
        ({"level": "95 %"}, "level 95 % must lie between 0 and 1"),
    ],
)
def test_bootstrap_refuses(survey, inst, options, message):
    with pytest.raises(ModelError, match=message):
        bootstrap(ncsi.fit_pls(survey, inst), **options)


def test_unknown_scheme(survey, inst):
    with pytest.raises(ModelError, match="there is no scheme 'cantroid'"):
        ncsi.fit_pls(survey, inst, scheme="cantroid")


def test_draws_for_ranks_have_the_covariance_of_the_replicates():
    """Three units, two of them moving together: Σ scale · rscales · gap gap', however small."""
    rng = np.random.default_rng(6)
    estimate, base = np.array([70.0, 71.0, 72.0]), rng.normal(size=(2, 20)) * 0.01
    replicates = estimate[:, None] + np.array([base[0], base[0], base[1]])
    rscales = rng.uniform(0.5, 2, 20)
    gaps = replicates - estimate[:, None]
    wanted = 0.3 * (gaps * rscales) @ gaps.T
    made = Replicated(only(replicates), 0.3, rscales, np.inf, 0.95).sampled(estimate, replicates)
    assert made.shape == (SAMPLED, 3)
    np.testing.assert_allclose(np.cov(made, rowvar=False), wanted, atol=0.1 * wanted.max())
    np.testing.assert_allclose(made.mean(axis=0), estimate, atol=0.1 * wanted.max() ** 0.5)
