"""What a model refuses, and how it says so: construct, item, cure; never a NaN result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments import em
from ncsi.model.moments.sample import sample_of
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.remarks import restless
from ncsi.spec import Instrument


def refuse(df, inst, message, **options):
    with pytest.raises(ModelError, match=message):
        ncsi.fit_pls(df, inst, **options)


def test_constant_item(survey, inst):
    refuse(survey.assign(QUA2=7), inst, "construct Quality, item QUA2: every answer is the same")


def test_all_missing_item(survey, inst):
    refuse(survey.assign(VAL1=np.nan), inst, "construct Value, item VAL1: nobody answered it")


def test_copied_item(survey, inst):
    refuse(survey.assign(QUA2=survey["QUA1"]), inst, r"Quality\.QUA1, Quality\.QUA2 are perfectly collinear")


def test_fewer_respondents_than_items(survey, inst):
    refuse(survey.head(20), inst, "20 eligible respondents for 20 items")


@pytest.mark.parametrize("weight", [0, -1, np.nan, np.inf])
def test_weights_must_be_positive(survey, inst, weight):
    bad = survey.assign(weight=survey["weight"].where(survey.index != 3, weight))
    refuse(bad, inst, "weight 'weight': 1 rows are not positive numbers", weights="weight")


@pytest.mark.parametrize("unit", [1.7e308 / 8, 1e200, 1e-200, 1e-300])
def test_the_unit_of_weights_does_not_matter_however_odd(survey, inst, unit):
    plain = survey.assign(weight=1.0 + np.arange(len(survey)) % 4)
    with np.errstate(all="raise"):
        odd = ncsi.fit_pls(plain.assign(weight=plain["weight"] * unit), inst, weights="weight")
    pd.testing.assert_frame_equal(odd.index, ncsi.fit_pls(plain, inst, weights="weight").index, rtol=1e-12)


def test_a_weight_beyond_which_squares_are_infinite_is_one_respondent(survey, inst):
    heavy = survey.assign(weight=np.where(np.arange(len(survey)) == 3, 1e300, 1.0))
    refuse(heavy, inst, "1.0 effective respondents", weights="weight")


def test_missing_code_left_in(survey, inst):
    refuse(
        survey.assign(SAT1=survey["SAT1"].where(survey.index != 0, 98)),
        inst,
        "item SAT1: answers lie outside 1-10",
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"weights": "SERIES"}, "weights is Series, not the name of a column"),
        ({"weights": [1.0, 2.0]}, "weights is list, not the name of a column"),
        ({"by": "SERIES"}, "by is Series, not the name of a column"),
        ({"by": ["brand"]}, "by is list, not the name of a column"),
        ({"strata": ("brand",)}, "strata is tuple, not the name of a column.*strata='…'"),
        ({"clusters": 3}, "clusters is int, not the name of a column"),
    ],
)
def test_columns_are_given_by_name(survey, inst, options, told):
    refuse(survey, inst, told, **{k: survey["brand"] if v == "SERIES" else v for k, v in options.items()})


def test_groups_are_given_by_name(survey, inst):
    for call in (ncsi.micom, ncsi.compare_groups, ncsi.invariance):
        with pytest.raises(ModelError, match="group is Series, not the name of a column"):
            call(survey, inst, group=survey["brand"])


def test_values_that_tell_no_rows_apart(survey, inst):
    nested = survey.assign(brand=[["A"]] * len(survey))
    refuse(nested, inst, "column 'brand': its values are lists or the like", by="brand")


@pytest.mark.parametrize("made", [lambda w: w.map("{:.2f}".format).str.replace(".", ","), pd.to_datetime])
def test_weights_that_are_no_numbers(survey, inst, made):
    bad = survey.assign(weight=made(survey["weight"]))
    refuse(bad, inst, "weight 'weight': contains non-numeric values; convert the column", weights="weight")


def test_dates_are_no_answers(survey, inst):
    refuse(survey.assign(SAT1=pd.to_datetime(survey["SAT1"])), inst, "item SAT1: contains non-numeric values")


def test_infinite_answer(survey, inst):
    bad = survey.assign(SAT1=survey["SAT1"].astype(float).where(survey.index != 0, np.inf))
    refuse(bad, inst, "item SAT1: answers lie outside 1-10")


def test_text_answer(survey, inst):
    refuse(survey.assign(SAT1="good"), inst, "item SAT1: contains non-numeric values")


def test_absent_column(survey, inst):
    refuse(survey.drop(columns="LOY2"), inst, "the data have no column LOY2")


def test_respondent_without_brand(survey, inst):
    refuse(
        survey.assign(brand=survey["brand"].where(survey.index > 1)),
        inst,
        "column 'brand': 2 rows",
        by="brand",
    )


def test_cyclic_model(survey, inst):
    cycle = {"from": "Loyalty", "to": "Image"}
    spec = inst.model_dump(by_alias=True)
    broken = Instrument.model_validate({**spec, "paths": [*spec["paths"], cycle]})
    refuse(survey, broken, "the paths form a cycle, .*Loyalty")


def test_stalled_is_not_converged(survey, inst, monkeypatch):
    monkeypatch.setattr("ncsi.model.pls.fit.TOLERANCE", -1.0)
    with pytest.raises(NotConverged, match="outer weights still moved"):
        ncsi.fit_pls(survey, inst)


def test_em_that_does_not_settle(survey_missing, inst, monkeypatch):
    monkeypatch.setattr(em, "MAX_ITERATIONS", 3)
    with pytest.raises(NotConverged, match="EM still moved"):
        ncsi.fit_pls(survey_missing, inst)


def test_covariance_model_refuses_too(survey, inst):
    with pytest.raises(ModelError, match="item QUA2"):
        ncsi.fit_cbsem(survey.assign(QUA2=7), inst)


def test_tiny_brand_is_estimated_without_a_crash(survey, inst):
    small = survey.assign(brand=survey["brand"].where(survey.index > 2, "tiny"))
    fit = ncsi.fit_pls(small, inst, by="brand")
    row = fit.index_by[(fit.index_by["brand"] == "tiny") & (fit.index_by["construct"] == "Satisfaction")]
    assert row["n"].item() == 3
    boot = ncsi.bootstrap(fit, replicates=200)
    assert boot.index_by.select_dtypes("number").notna().all(axis=None)


@pytest.mark.parametrize(
    ("blank", "kept"),
    [
        (["SAT1"], True),
        (["SAT1", "SAT2", "SAT3"], False),  # 85 % of all items, none of the target's
        (["QUA1", "QUA2", "QUA3"], True),
        (["QUA1", "QUA2", "QUA3", "QUA4"], False),  # all of the target's, 80 % of all items
    ],
)
def test_who_counts_answered_the_target_and_85_per_cent(survey, inst, blank, kept):
    frame = survey.copy()
    frame.loc[5, blank] = np.nan
    assert sample_of(frame, inst, None, None, None).excluded == (0 if kept else 1)


def test_two_clusters_of_a_stratum_are_enough_one_is_not(survey, inst):
    halves = survey.assign(place=survey["brand"] + (survey.index % 2).astype(str))
    units = sample_of(halves, inst, None, "brand", None, "place").units
    assert np.bincount(units.stratum).tolist() == [2] * survey["brand"].nunique()
    with pytest.raises(ModelError, match="column 'brand': 6 strata hold a single cluster"):
        sample_of(survey, inst, None, "brand", None, "brand")


def test_two_items_that_nobody_answered_both_are_named(survey, inst):
    apart = survey.astype({"EXP1": float, "LOY2": float})
    apart.loc[apart.index % 2 == 0, "EXP1"] = np.nan
    apart.loc[apart.index % 2 == 1, "LOY2"] = np.nan
    refuse(apart, inst, r"no respondent answered both EXP1 \(Expectation\) and LOY2 \(Loyalty\)")


def test_the_item_whose_weight_would_move_most_is_named(survey, inst):
    fit = ncsi.fit_pls(survey, inst)
    R = np.corrcoef(fit.sample.X, rowvar=False)
    weights = fit.weights["weight_std"].to_numpy(dtype=float).copy()
    weights[inst.item_ids.index("QUA3")] = 0.0
    assert restless(R, layout_of(inst), "path", weights, inst) == "construct Quality, item QUA3"
