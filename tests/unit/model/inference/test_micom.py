"""May groups be pooled, and do their paths differ: MICOM and permutation."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model.resampling.permutation import permuted

PERMUTATIONS = 99


@pytest.fixture(scope="module")
def halves(survey):
    return survey.assign(half=np.where(np.arange(len(survey)) % 2 == 0, "even", "odd"))


@pytest.fixture(scope="module")
def same(halves, inst):
    return ncsi.micom(halves, inst, group="half", permutations=PERMUTATIONS, seed=3)


def test_halves_drawn_at_random_are_one_population(same):
    assert same.configural["holds"].all()
    assert (same.composition["c"] > 0.99).all()
    assert (same.paths["p_holm"] > 0.05).all()
    assert set(same.verdict["invariance"]) <= {"partial", "full"}
    assert same.paths["p"].between(1 / (PERMUTATIONS + 1), 1).all()


def test_a_group_that_is_kinder_has_partial_invariance(halves, inst, same):
    items = [item.id for item in inst.construct("Satisfaction").items]
    moved = halves.copy()
    moved.loc[moved["half"] == "odd", items] = (moved.loc[moved["half"] == "odd", items] + 2).clip(upper=10)
    found = ncsi.micom(moved, inst, group="half", permutations=PERMUTATIONS, seed=3)
    row = found.equality.set_index("construct").loc["Satisfaction"]
    assert row["mean_difference"] < -0.5
    assert row["mean_p"] == pytest.approx(1 / (PERMUTATIONS + 1))
    verdicts = found.verdict.set_index("construct")["invariance"]
    assert verdicts["Satisfaction"] == "partial"
    assert verdicts["Image"] == same.verdict.set_index("construct")["invariance"]["Image"]


def test_a_group_that_weighs_its_items_otherwise_has_none(halves, inst):
    rng = np.random.default_rng(5)
    moved = halves.copy()
    odd = moved["half"] == "odd"
    moved.loc[odd, ["EXP1", "EXP2"]] = rng.integers(1, 11, (odd.sum(), 2))
    found = ncsi.micom(moved, inst, group="half", permutations=PERMUTATIONS)
    assert found.verdict.set_index("construct")["invariance"]["Expectation"] == "none"


def test_a_path_that_differs_is_found(halves, inst):
    rng = np.random.default_rng(1)
    moved = halves.copy()
    items = [item.id for item in inst.construct("Loyalty").items]
    odd = np.flatnonzero(moved["half"] == "odd")
    moved.loc[odd, items] = moved.loc[rng.permutation(odd), items].to_numpy()
    found = ncsi.micom(moved, inst, group="half", permutations=PERMUTATIONS)
    row = found.paths.set_index(["from", "to"]).loc[("Satisfaction", "Loyalty")]
    assert row["estimate_a"] > 0.3 > abs(row["estimate_b"])
    assert row["difference"] == pytest.approx(row["estimate_a"] - row["estimate_b"])
    assert row["p"] == pytest.approx(1 / (PERMUTATIONS + 1))


def test_the_seed_alone_decides(halves, inst, same):
    again = ncsi.micom(halves, inst, group="half", permutations=PERMUTATIONS, seed=3)
    for field in fields(same):
        one, other = getattr(same, field.name), getattr(again, field.name)
        assert one.equals(other) if isinstance(one, pd.DataFrame) else one == other, field.name


def test_missing_answers_and_weights(survey_missing, inst):
    survey = survey_missing.assign(side=np.where(survey_missing["region"] == "East", "East", "other"))
    found = ncsi.micom(survey, inst, group="side", permutations=40, weights="weight")
    alone = ncsi.fit_pls(survey[survey["side"] == "East"], inst, weights="weight")
    assert found.paths["estimate_a"].to_numpy() == pytest.approx(alone.paths["estimate"].to_numpy(), abs=0.01)
    assert found.groups["n_eff"].lt(found.groups["n"]).all()
    for name in ("composition", "equality", "paths"):
        assert not getattr(found, name).isna().any(axis=None)


def test_rows_without_a_group_stay_out(halves, inst, same):
    padded = pd.concat([halves, halves.assign(half=None)], ignore_index=True)
    found = ncsi.micom(padded, inst, group="half", permutations=PERMUTATIONS, seed=3)
    pd.testing.assert_frame_equal(found.composition, same.composition)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"group": "planet"}, "no column planet"),
        ({"half": "odd"}, {}, "column 'half' holds 1 group"),
        ({}, {"permutations": 10}, "10 permutations give no p below 0.09"),
        ({}, {"permutations": 99.5}, "permutations 99.5 is no whole number"),
        ({"half": lambda df: np.where(df.index < 15, "few", "many")}, {}, "group few of 'half': 15 eligible"),
        ({"QUA1": lambda df: df["QUA1"].where(df["half"] == "odd", 7)}, {},
         "group even of 'half': construct Quality, item QUA1: every answer is the same"),
        ({"QUA1": lambda df: df["QUA1"].where((df["half"] == "odd") | (df.index == 0))}, {},
         "group even of 'half': construct Quality, item QUA1: every answer is the same"),
        ({"QUA1": lambda df: df["QUA1"].where(df["half"] == "odd")}, {},
         "group even of 'half': construct Quality, item QUA1: nobody answered it"),
    ],
)  # fmt: skip
def test_what_is_refused(halves, inst, change, options, message):
    with pytest.raises(ModelError, match=message):
        ncsi.micom(halves.assign(**change), inst, **{"group": "half", "permutations": 40, **options})


def test_a_group_of_which_nobody_is_eligible_is_named(halves, inst):
    gone = halves.astype(dict.fromkeys(inst.item_ids, float))
    gone.loc[gone["half"] == "even", list(inst.item_ids)] = np.nan
    with pytest.raises(ModelError, match="group even of 'half': 0 eligible respondents for 20 items"):
        ncsi.micom(gone, inst, group="half", permutations=40)
    with pytest.raises(ModelError, match="group even of 'half': 0 eligible respondents for 20 items"):
        ncsi.compare_groups(gone, inst, "half", replicates=40)


def test_permutations_that_do_not_settle_are_named(halves, inst, monkeypatch):
    monkeypatch.setattr("ncsi.model.resampling.permutation.TOLERANCE", -1.0)
    with pytest.raises(NotConverged, match=r"groups even and odd of 'half'.* did not converge"):
        ncsi.micom(halves, inst, group="half", permutations=40)


def test_a_permutation_that_does_not_settle_is_left_out_and_counted(halves, inst, monkeypatch):
    whole = ncsi.micom(halves, inst, group="half", permutations=100, seed=3)

    def one_fails(*given):
        made = permuted(*given)
        return replace(made, converged=made.converged & (np.arange(made.converged.size) != 4))

    monkeypatch.setattr("ncsi.model.inference.micom.permuted", one_fails)
    found = ncsi.micom(halves, inst, group="half", permutations=100, seed=3)
    assert (found.permutations, found.failed) == (99, 1)
    assert (whole.permutations, whole.failed) == (100, 0)
    p = found.equality["mean_p"] * 100
    np.testing.assert_allclose(p, p.round())
