"""The stated truth is the truth: large samples and the model find it; moments are those of real surveys."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ncsi.model.pls.fit import fit_pls
from ncsi.simulate.fieldwork import survey
from ncsi.simulate.population import Population, base_population, moved
from ncsi.spec import FieldDates, Instrument, load_instrument

INSTRUMENTS = ("fmcg", "durable", "service", "construction", "materials", "public", "ccsi", "acsi", "ecsi")
FIELD = FieldDates(start=date(2026, 1, 8), end=date(2026, 3, 6))
BRANDS, EACH = 10, 2000


def population(name: str, seed: int = 5) -> Population:
    return base_population(load_instrument(name), BRANDS, np.random.default_rng(seed))


def sample(truth: Population, each: int = EACH, seed: int = 6) -> pd.DataFrame:
    brand = np.repeat(np.arange(BRANDS), each)
    answers = truth.answers(brand, np.random.default_rng(seed))
    return pd.DataFrame(answers, columns=truth.instrument.item_ids).assign(brand=brand)


def scores(rows: pd.DataFrame, instrument: Instrument, construct: str) -> pd.Series:
    """Mean of the construct's items, each 0-100."""
    items = instrument.construct(construct).items
    scaled = [(rows[i.id] - i.scale.min) / (i.scale.max - i.scale.min) * 100 for i in items]
    return pd.concat(scaled, axis=1).mean(axis=1)


def target_truth(truth: Population) -> pd.Series:
    true = truth.true_index()
    return true[true["construct"] == truth.instrument.target].set_index("brand")["index_0_100"]


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_large_sample_has_the_stated_index(name):
    truth = population(name)
    rows = sample(truth)
    for construct, true in truth.true_index().groupby("construct"):
        score = scores(rows, truth.instrument, construct).groupby(rows["brand"])
        error = score.mean() - true.set_index("brand")["index_0_100"]
        assert (error.abs() < 4 * score.std() / np.sqrt(EACH)).all(), construct


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_answers_look_like_a_real_survey(name):
    truth = population(name)
    rows, target = sample(truth), truth.instrument.target
    score = scores(rows, truth.instrument, target)
    assert 13 < score.groupby(rows["brand"]).std().mean() < 18
    assert score.skew() < -0.4
    assert 60 < target_truth(truth).mean() < 90
    assert 1.5 < target_truth(truth).std() < 6
    items = {item.id: item.scale for item in truth.instrument.items}
    assert all(rows[item].between(scale.min, scale.max).all() for item, scale in items.items())
    for item, scale in items.items():
        if scale.max - scale.min == 1:
            assert 0.04 < rows[item].mean() < 0.18


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_constructs_are_reliable_but_not_perfect(name):
    fit = fit_pls(sample(population(name)), load_instrument(name))
    several = fit.quality.dropna(subset=["alpha"])
    several = several[several["construct"].map(lambda c: len(load_instrument(name).construct(c).items)) > 1]
    assert several["alpha"].between(0.6, 0.96).all()


def test_the_model_recovers_the_brands_of_one_wave():
    truth = population("fmcg", seed=11)
    each = 250
    done = survey(
        truth, [f"B{b:02d}" for b in range(BRANDS)], [each] * BRANDS, FIELD, np.random.default_rng(3)
    )
    items = list(truth.instrument.item_ids)
    rows = done.rows[~done.rows["respondent"].duplicated() & (done.rows["brand"] != "unknown")]
    numbers = rows[items].apply(pd.to_numeric, errors="coerce")
    frame = numbers.where((numbers >= 0) & (numbers <= 10)).assign(
        brand=rows["brand"], weight=rows["weight"].astype(float)
    )
    fit = fit_pls(frame, truth.instrument, weights="weight", by="brand")
    found = fit.index_by[fit.index_by["construct"] == truth.instrument.target].sort_values("brand")
    error = found["index_0_100"].to_numpy() - target_truth(truth).to_numpy()
    sampling_error = 15.5 / np.sqrt(found["n_eff"].to_numpy())
    assert (np.abs(error) < 4 * sampling_error).all()
    assert np.corrcoef(found["index_0_100"], target_truth(truth))[0, 1] > 0.85


def test_quality_drives_satisfaction_most():
    fit = fit_pls(sample(population("ccsi")), load_instrument("ccsi"))
    into = fit.paths[fit.paths["to"] == "Satisfaction"].set_index("from")["estimate"]
    assert into.idxmax() == "Quality"
    assert (into > 0).all()


def test_weights_cost_what_real_weights_cost():
    truth = population("fmcg")
    rows = survey(truth, ["a"] * BRANDS, [1000] * BRANDS, FIELD, np.random.default_rng(3)).rows
    weight = rows["weight"].astype(float)
    assert weight.mean() == pytest.approx(1, abs=0.02)
    assert 1.12 < len(weight) * (weight**2).sum() / weight.sum() ** 2 < 1.2


def test_a_wave_later_the_sector_has_moved_by_the_shift_and_brands_keep_their_places():
    truth = population("service")
    before, after = target_truth(truth), target_truth(moved(truth, 0.18, np.random.default_rng(1)))
    assert 1.5 < (after - before).mean() < 4
    assert np.corrcoef(before, after)[0, 1] > 0.95


def test_a_rise_lowers_complaints():
    truth = population("durable")

    def complaint(one: Population) -> float:
        true = one.true_index()
        return float(true.loc[true["construct"] == "Complaint", "index_0_100"].mean())

    assert complaint(moved(truth, 0.18, np.random.default_rng(1))) < complaint(truth)


def test_truth_files_hold_every_brand_and_construct(nation):
    for wave in nation.plan.waves:
        truth = pd.read_csv(nation.root / "truth" / f"{wave}.csv")
        assert list(truth.columns) == ["sector", "brand", "construct", "index_0_100"]
        assert not truth.duplicated(["sector", "brand", "construct"]).any()
        assert truth["index_0_100"].between(0, 100).all()
        for sector in nation.workspace.wave(wave).sectors:
            rows = truth[truth["sector"] == sector.id]
            assert set(rows["brand"]) == {brand.id for brand in sector.brands}
            assert set(rows["construct"]) == set(nation.workspace.instrument_of(sector.id).construct_ids)
