"""PLS and covariance SEM side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import ncsi
from ncsi.model import engines


@pytest.fixture(scope="module")
def both(survey, inst):
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst), replicates=200)
    return boot, ncsi.fit_cbsem(survey, inst)


def with_path(cbsem, source, target, **values):
    table = cbsem.estimates.copy()
    here = (table["rhs"] == source) & (table["lhs"] == target) & (table["op"] == "~")
    table.loc[here, list(values)] = list(values.values())
    return replace(cbsem, estimates=table)


def verdict(boot, cbsem, source="Image", target="Quality"):
    table = engines(boot, cbsem).set_index(["from", "to"])
    return table.loc[(source, target), "verdict"]


def test_every_path_has_a_verdict_and_no_number_is_missing(both, inst):
    table = engines(*both)
    assert list(zip(table["from"], table["to"], strict=True)) == [(p.source, p.target) for p in inst.paths]
    assert not table.isna().any().any()
    assert verdict(*both) == "both_effect"
    assert verdict(*both, "Expectation", "Value") == "both_none"
    assert (table["cbsem_low"] < table["cbsem"]).all()


@pytest.mark.parametrize(
    ("std", "se", "expected"),
    [
        (-0.4, 0.02, "opposite"),
        (0.1, 0.2, "pls_only"),
        (1.2, 0.1, "not_separable"),
        (0.5, 1.5, "not_separable"),
        (np.nan, np.nan, "not_separable"),
    ],
)
def test_verdicts(both, std, se, expected):
    boot, cbsem = both
    assert verdict(boot, with_path(cbsem, "Image", "Quality", std=std, std_se=se)) == expected


def test_an_effect_that_only_the_covariance_model_sees(both):
    boot, cbsem = both
    seen = with_path(cbsem, "Expectation", "Value", std=0.4, std_se=0.05)
    assert verdict(boot, seen, "Expectation", "Value") == "cbsem_only"


def test_constructs_that_are_hardly_two_are_not_separable(both):
    boot, cbsem = both
    htmt = boot.fit.htmt.copy()
    htmt.loc[(htmt["construct_a"] == "Image") & (htmt["construct_b"] == "Quality"), "htmt"] = 0.97
    table = engines(replace(boot, fit=replace(boot.fit, htmt=htmt)), cbsem).set_index(["from", "to"])
    assert set(table.index[table["verdict"] == "not_separable"]) == {
        ("Image", "Quality"),
        ("Image", "Satisfaction"),
        ("Quality", "Satisfaction"),
    }


def test_without_a_covariance_model_pls_stands_alone(both):
    table = engines(both[0], None)
    assert set(table["verdict"]) == {"no_cbsem"}
    assert table["pls"].notna().all()
    assert table["cbsem"].isna().all()


def test_the_interval_of_a_covariance_path_is_normal_at_the_level_of_the_bootstrap(both):
    boot, cbsem = both
    row = engines(boot, with_path(cbsem, "Image", "Quality", std=0.5, std_se=0.1)).set_index(["from", "to"])
    found = row.loc[("Image", "Quality"), ["cbsem", "cbsem_low", "cbsem_high"]].tolist()
    assert found == pytest.approx([0.5, 0.5 - 0.1959964, 0.5 + 0.1959964])
