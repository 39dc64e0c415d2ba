"""Prediction and CVPAT against SEMinR 2.3.4 on fixed folds (docs/method.md §35)."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model import cvpat, predict
from ncsi.spec import Instrument

POINTS = 9 / 100
"""A point on 0-100 on the questionnaire's scale of 1 to 10."""


@pytest.fixture(scope="module")
def expected(case):
    return case.expected("predict_fixed_folds")


@pytest.fixture(scope="module")
def folds(case):
    return np.arange(len(case.df)) % 10


@pytest.mark.parametrize(
    ("antecedents", "benchmark", "model", "linear"),
    [
        ("direct", "direct", "pls_direct_antecedents", "lm_items_of_direct_causes"),
        ("earliest", "exogenous", "pls_earliest_antecedents", "lm_exogenous_items"),
        ("direct", "all", "pls_direct_antecedents", "lm_all_other_items"),
    ],
)
def test_items(case, expected, folds, close, antecedents, benchmark, model, linear):
    found = predict(case.fit, folds, antecedents, benchmark).items.set_index("item")
    ours = found.assign(**{name: found[name] * POINTS for name in ("rmse", "mae", "rmse_lm", "mae_lm")})
    columns = ["q2_predict", "rmse", "mae"]
    close(model, ours[columns].to_dict("index"), expected[model], 1e-6)
    theirs = {item: {k: row[k] for k in ("rmse", "mae")} for item, row in expected[linear].items()}
    renamed = ours[["rmse_lm", "mae_lm"]].set_axis(["rmse", "mae"], axis=1)
    close(linear, renamed.to_dict("index"), theirs, 1e-6)


def compared(found, expected, close, name):
    rows = found.set_index("construct").rename(index={"all items": "overall_mean_of_items"})
    assert set(expected) == {*rows.index, "overall_mean_of_constructs"}
    for construct, row in expected.items():
        if construct in rows.index:
            ours = rows.loc[construct]
            close(f"{name} loss", ours["loss_a"] * POINTS**2, row["loss_1"], 1e-6)
            close(f"{name} loss of the other", ours["loss_b"] * POINTS**2, row["loss_2"], 1e-6)
            close(f"{name} se", ours["se"] * POINTS**2, row["se"], 1e-6)
            close(f"{name} t", ours["t"], row["t"], 1e-6)


@pytest.mark.parametrize(
    ("antecedents", "benchmark", "mean", "linear"),
    [
        ("direct", "all", "cvpat_pls_vs_ia", "cvpat_pls_vs_lm"),
        ("direct", "direct", "cvpat_pls_vs_ia", "cvpat_pls_vs_lm_direct_causes"),
        ("earliest", None, "cvpat_ea_vs_ia", "cvpat_ea_vs_lm_exogenous"),
    ],
)
def test_cvpat_against_benchmarks(case, expected, folds, close, antecedents, benchmark, mean, linear):
    found = cvpat(case.fit, folds=folds, antecedents=antecedents, benchmark=benchmark)
    parts = dict(list(found.tests.groupby("against")))
    compared(parts["mean"], expected[mean], close, mean)
    compared(parts["linear model"], expected[linear], close, linear)


def changed(inst, drop=None, add=None):
    model = inst.model_dump(by_alias=True)
    kept = [path for path in model["paths"] if f"{path['from']} -> {path['to']}" != drop]
    if add:
        kept.append(dict(zip(("from", "to"), add.split(" -> "), strict=True)))
    return Instrument.model_validate({**model, "paths": kept})


@pytest.mark.parametrize(
    ("key", "part"), [("cvpat_base_vs_without", "dropped"), ("cvpat_base_vs_extra", "added")]
)
def test_cvpat_of_two_models_on_common_folds(case, expected, folds, close, key, part):
    change = {"drop" if part == "dropped" else "add": expected[key][part]}
    other = ncsi.fit_pls(case.df, changed(case.inst, **change))
    compared(cvpat(case.fit, other, folds=folds).tests, expected[key]["tests"], close, key)


def test_the_verdict_turns_on_what_the_linear_model_sees(case, folds):
    """Which is why it is named: on golden.csv the same model loses to one benchmark and not to the other."""
    t = {}
    for benchmark in ("all", "direct"):
        tests = cvpat(case.fit, folds=folds, benchmark=benchmark).tests
        t[benchmark] = tests[tests["against"] == "linear model"].set_index("construct")["t"]["all items"]
    assert t["all"] < -8
    assert t["direct"] > t["all"] + 5
