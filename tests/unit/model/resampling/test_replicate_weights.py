"""Replicate weights carry the design through moments, outer weights, index and ranks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.survey import design_of, jackknife, rao_wu, survey_mean


@pytest.fixture(scope="module")
def clustered(survey):
    """The golden survey with clusters of alike respondents: sorted by satisfaction, ten to a cluster."""
    rng = np.random.default_rng(2)
    order = (survey["SAT1"] + survey["SAT2"] + rng.normal(0, 5, len(survey))).argsort()
    return survey.assign(point=order.argsort() // 10)


@pytest.fixture(scope="module")
def fit(clustered, inst):
    return ncsi.fit_pls(clustered, inst, weights="weight", by="brand", clusters="point")


def columns(replicates, like):
    return pd.DataFrame(replicates.weights, index=like.index)


def test_jackknife_and_bootstrap_replicates_agree_on_every_quantity(clustered, fit):
    design = design_of(clustered, "weight", clusters="point")
    sets = jackknife(design)
    df = design.degrees_of_freedom()
    assert df == 71
    jack = ncsi.replicated(fit, columns(sets, clustered), sets.scale, sets.rscales, df=df)
    boot = ncsi.replicated(fit, columns(rao_wu(design, 400, seed=3), clustered), df=df)
    for name in ("index", "index_by", "paths", "weights", "items"):
        ratio = (getattr(jack, name)["se"] / getattr(boot, name)["se"]).median()
        assert ratio == pytest.approx(1, abs=0.1), name
    plain = ncsi.bootstrap(fit, replicates=400, seed=3)
    assert (jack.index["se"] / plain.index["se"]).median() == pytest.approx(1, abs=0.15)
    ranks = [ncsi.rank_sets(one).set_index("brand") for one in (jack, boot)]
    wide = [(one["rank_high"] - one["rank_low"]).sum() for one in ranks]
    assert abs(wide[0] - wide[1]) <= 4
    assert (ranks[0]["p_top_third"] - ranks[1]["p_top_third"]).abs().max() < 0.15


def test_clusters_of_alike_respondents_widen_the_index(clustered, inst, fit):
    sets = jackknife(design_of(clustered, "weight", clusters="point"))
    own = ncsi.replicated(fit, columns(sets, clustered), sets.scale, sets.rscales)
    alone = ncsi.bootstrap(ncsi.fit_pls(clustered, inst, weights="weight"), replicates=300, seed=1)
    target = own.index["construct"] == "Satisfaction"
    assert own.index.loc[target, "se"].item() > 1.5 * alone.index.loc[target, "se"].item()


def test_replicate_weights_of_other_respondents_are_refused(clustered, inst):
    design = design_of(clustered, "weight", clusters="point")
    last_year = clustered.set_axis([f"2025-{k}" for k in range(len(clustered))])
    sets = columns(rao_wu(design, 100, seed=1), last_year)
    this_year = clustered.set_axis([f"2026-{k}" for k in range(len(clustered))])
    with pytest.raises(ModelError, match="of other respondents than the data, of another wave") as caught:
        ncsi.replicated(ncsi.fit_pls(this_year, inst, weights="weight"), sets)
    assert "2025-0" not in str(caught.value)


@pytest.fixture(scope="module")
def airport(shared):
    return pd.read_csv(shared("data", "sfo_2016.csv"), usecols=["RUNID", "WEIGHT", "Q7ALL"]).query(
        "1 <= Q7ALL <= 5"
    )


def test_passengers_of_one_flight_are_alike(airport):
    """SFO 2016: the overall rating's variance is 1.8 times that of a simple random sample."""
    flights = survey_mean(airport, "Q7ALL", weights="WEIGHT", clusters="RUNID").iloc[0]
    alone = survey_mean(airport, "Q7ALL", weights="WEIGHT").iloc[0]
    assert flights["estimate"] == pytest.approx(alone["estimate"], rel=1e-12)
    assert flights["se"] > 1.15 * alone["se"]
    assert flights["deff"] == pytest.approx(1.8, abs=0.05)
    assert flights["n_eff"] == pytest.approx(flights["n"] / flights["deff"])


def test_replicates_of_flights_give_the_linearised_error(airport):
    design = design_of(airport, "WEIGHT", clusters="RUNID")
    y = airport["Q7ALL"].to_numpy(dtype=float)
    linearised = survey_mean(airport, "Q7ALL", design=design)["se"].item()
    for sets in (jackknife(design), rao_wu(design, 1000, seed=7)):
        means = sets.weights.T @ y / sets.weights.sum(axis=0)
        assert float(sets.covariance(means[:, None])[0, 0]) ** 0.5 == pytest.approx(linearised, rel=0.06)
