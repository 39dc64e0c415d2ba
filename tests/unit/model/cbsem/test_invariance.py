"""Does the questionnaire measure alike in every group."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.spec import Instrument


@pytest.fixture(scope="module")
def small(inst):
    spec = inst.model_dump(by_alias=True)
    kept = [one for one in spec["constructs"] if one["id"] in ("Image", "Loyalty")]
    path = {"from": "Image", "to": "Loyalty"}
    return Instrument.model_validate({**spec, "constructs": kept, "paths": [path], "target": "Loyalty"})


@pytest.fixture(scope="module")
def halves(survey):
    return survey.assign(half=np.where(np.arange(len(survey)) % 2 == 0, "even", "odd"))


def test_halves_drawn_at_random_measure_alike(halves, small):
    found = ncsi.invariance(halves, small, group="half")
    assert found.levels["model"].tolist() == ["configural", "metric", "scalar"]
    assert found.levels["holds"].all()
    assert found.verdict == "scalar"
    assert found.levels["delta_df"].iloc[1:].tolist() == [5, 5]
    loadings = found.estimates[found.estimates["op"] == "=~"].pivot(
        index="rhs", columns="group", values="estimate"
    )
    np.testing.assert_allclose(loadings["even"], loadings["odd"], rtol=1e-9)


def test_an_item_that_means_less_in_one_group_breaks_metric_invariance(halves, small):
    rng = np.random.default_rng(2)
    odd = np.flatnonzero(halves["half"] == "odd")
    moved = halves.copy()
    moved.loc[odd, "IMA2"] = moved.loc[rng.permutation(odd), "IMA2"].to_numpy()
    found = ncsi.invariance(moved, small, group="half")
    assert found.verdict == "configural"
    assert found.levels["delta_p"].iloc[1] < 1e-6
    assert not found.levels["holds"].iloc[1]


def test_an_item_that_is_answered_higher_breaks_scalar_invariance(halves, small):
    moved = halves.copy()
    moved["IMA2"] = np.where(moved["half"] == "odd", moved["IMA2"] * 0.9 + 1, moved["IMA2"] * 0.9)
    found = ncsi.invariance(moved, small, group="half")
    assert found.verdict == "metric"
    assert found.levels["delta_p"].iloc[2] < 1e-6


def test_a_group_that_is_happier_throughout_does_not(halves, small):
    """A higher latent mean is a finding, not a fault of measurement."""
    items = [item.id for item in small.construct("Image").items]
    moved = halves.astype(dict.fromkeys(items, float))
    moved.loc[:, items] = moved[items] * 0.8 + 1
    moved.loc[moved["half"] == "odd", items] += 1
    assert ncsi.invariance(moved, small, group="half").verdict == "scalar"


def test_missing_answers_and_weights(survey_missing, small):
    found = ncsi.invariance(survey_missing, small, group="region", weights="weight")
    assert found.levels["df"].tolist() == [39, 49, 59]
    assert found.estimates[["estimate", "std"]].notna().all(axis=None)
    assert found.estimates.index.is_unique


def test_a_construct_of_one_item_has_nothing_to_hold_equal(survey, small):
    spec = small.model_dump(by_alias=True)
    spec["constructs"][1]["items"] = spec["constructs"][1]["items"][:1]
    single = Instrument.model_validate(spec)
    found = ncsi.invariance(survey, single, group="region")
    assert found.levels["delta_df"].iloc[1:].tolist() == [6, 6]


@pytest.mark.parametrize(
    ("change", "group", "message"),
    [
        ({}, "planet", "no column planet"),
        ({"half": "odd"}, "half", "column 'half' holds 1 group"),
        ({"half": lambda df: np.where(df.index < 5, "few", "many")}, "half", r"group few of 'half': .* 5 eligible"),
        ({"IMA1": lambda df: df["IMA1"].where(df["half"] == "odd", 7)}, "half",
         "group even of 'half': construct Image, item IMA1: every answer is the same"),
        ({"IMA1": lambda df: df["IMA1"].where(df["half"] == "odd", df["IMA2"])}, "half",
         "group even of 'half': .*linearly"),
    ],
)  # fmt: skip
def test_what_is_refused(halves, small, change, group, message):
    with pytest.raises(ModelError, match=message):
        ncsi.invariance(halves.assign(**change), small, group=group)
