"""Every way a sector's data or model can be unfit, and what is said of it: construct, item, cure. Never a NaN.

Read the rows as a manual: what is done to good answers, and the message.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model import engines, plsc
from ncsi.spec import Instrument


@pytest.fixture(scope="module")
def inst():
    return ncsi.load_instrument("ccsi")


@pytest.fixture(scope="module")
def good():
    return pd.read_csv(Path(__file__).parents[1] / "golden" / "golden.csv")


def never_together(df):
    turn = df.index % 2 == 0
    return df.assign(IMA1=df["IMA1"].where(turn), LOY1=df["LOY1"].where(~turn))


REFUSED = {
    "constant item": (lambda df: df.assign(QUA2=7), "construct Quality, item QUA2: every answer is the same"),
    "all-missing item": (lambda df: df.assign(VAL1=np.nan), "construct Value, item VAL1: nobody answered it"),
    "copied item": (
        lambda df: df.assign(QUA2=df["QUA1"]),
        "items Quality.QUA1, Quality.QUA2 are perfectly collinear: one follows from the others",
        "the items QUA1 (Quality), QUA2 (Quality) are linearly dependent. Drop one of them",
    ),
    "item that is the mean of others": (
        lambda df: df.assign(QUA1=(df["QUA2"] + df["SAT1"]) / 2),
        "items Quality.QUA1, Quality.QUA2, Satisfaction.SAT1 are perfectly collinear",
        "the items QUA1 (Quality), QUA2 (Quality), SAT1 (Satisfaction) are linearly dependent",
    ),
    "fewer respondents than items": (lambda df: df.head(15), "15 eligible respondents for 20 items"),
    "nobody": (lambda df: df.head(0), "0 eligible respondents for 20 items"),
    "negative weight": (
        lambda df: df.assign(weight=-1.0),
        "weight 'weight': 720 rows are not positive numbers",
    ),
    "no stratum": (
        lambda df: df.assign(region=df["region"].where(df.index > 1)),
        "column 'region': 2 rows have no value. Give every row its stratum",
    ),
    "items never answered together": (
        never_together,
        "no respondent answered both IMA1 (Image) and LOY1 (Loyalty), so their correlation is unknown",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_pls(good, inst, case):
    spoil, message, *_ = REFUSED[case]
    with pytest.raises(ModelError, match=re.escape(message)):
        ncsi.fit_pls(spoil(good), inst, weights="weight", by="brand", strata="region")


@pytest.mark.parametrize("case", [case for case in REFUSED if case != "no stratum"])
def test_refused_by_the_covariance_model(good, inst, case):
    spoil, *messages = REFUSED[case]
    with pytest.raises(ModelError, match=re.escape(messages[-1])):
        ncsi.fit_cbsem(spoil(good), inst, weights="weight")


def test_a_non_recursive_model_is_refused_by_both_engines(good, inst):
    spec = inst.model_dump(by_alias=True)
    cycle = Instrument.model_validate({**spec, "paths": [*spec["paths"], {"from": "Loyalty", "to": "Image"}]})
    for fit in (ncsi.fit_pls, ncsi.fit_cbsem):
        with pytest.raises(ModelError, match=r"the paths form a cycle, .*Loyalty.*Take out one"):
            fit(good, cycle)


def test_an_item_that_hardly_varies_is_named_when_replicates_fail(good, inst):
    fit = ncsi.fit_pls(good.assign(QUA2=np.where(good.index == 0, 8, 7)), inst)
    with pytest.raises(
        NotConverged, match=r"Look at construct Quality, item QUA2 \(719 of 720 answers alike\)"
    ):
        ncsi.bootstrap(fit, replicates=100)


def test_weights_that_do_not_settle_are_named(good, inst, monkeypatch):
    monkeypatch.setattr("ncsi.model.pls.fit.TOLERANCE", -1.0)
    with pytest.raises(NotConverged, match=r"most in construct \w+, item \w+\. Look for"):
        ncsi.fit_pls(good, inst)


def test_a_covariance_model_that_does_not_settle_names_its_parameters(good, inst):
    noise = np.random.default_rng(1).integers(1, 11, (len(good), 2))
    with pytest.raises(NotConverged, match="Value"):
        ncsi.fit_cbsem(good.assign(VAL1=noise[:, 0], VAL2=noise[:, 1]), inst)


@pytest.mark.parametrize("robust", [False, True])
def test_a_heywood_case_is_recorded_and_marked(good, inst, robust):
    rng = np.random.default_rng(3)
    value = good["VAL1"]
    twin = np.clip(value + rng.integers(0, 2, len(good)), 1, 10)
    odd = good.assign(VAL2=twin, QUA1=np.clip(value + rng.integers(-1, 1, len(good)), 1, 10))
    fit = ncsi.fit_cbsem(odd, inst, robust=robust)
    assert any(str(one).startswith(("Heywood case", "not separable")) for one in fit.warnings)
    table = engines(ncsi.bootstrap(ncsi.fit_pls(odd, inst), replicates=64), fit)
    assert table["verdict"].notna().all()


def test_constructs_that_are_one_have_no_consistent_paths_but_a_message(good, inst):
    rng = np.random.default_rng(0)
    same = {f"VAL{k}": np.clip(good[f"QUA{k}"] + rng.integers(-1, 2, len(good)), 1, 10) for k in (1, 2)}
    fit = ncsi.fit_pls(good.assign(**same), inst)
    assert fit.paths["estimate"].notna().all()
    with pytest.raises(ModelError, match=r"Quality.*Value"):
        plsc(fit)


def test_a_brand_in_one_stratum_only_is_estimated(good, inst):
    alone = good.assign(region=good["region"].where(good["brand"] != "B1", "East"))
    boot = ncsi.bootstrap(ncsi.fit_pls(alone, inst, by="brand", strata="region"), replicates=64)
    for name in ("paths", "weights", "index", "index_by"):
        assert getattr(boot, name).notna().all(axis=None), name
    assert boot.index_by["se"].gt(0).all()


def test_a_stratum_of_one_is_estimated(good, inst):
    lone = good.assign(region=good["region"].where(good.index != 7, "lone"))
    boot = ncsi.bootstrap(ncsi.fit_pls(lone, inst, by="brand", strata="region"), replicates=64)
    assert boot.index_by.notna().all(axis=None)
