"""Copula terms, congruence, ordinal PLS and ESSE against R, seminrExtras, cSEM and lavaan (docs/method.md §47)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import ncsi
from ncsi.model import congruence, gaussian_copula, necessity_sensitivity, ordinal_pls

HERE = Path(__file__).parent


def test_copula_terms(case, close):
    """Theirs have the standard deviation of n − 1, which ours moves by √(n/(n − 1)) where one side alone has it."""
    found = gaussian_copula(case.fit, replicates=50).terms
    n, expected = len(case.df), case.expected("copula")
    assert {(y, x) for y, row in expected.items() for x in row} == set(
        zip(found["outcome"], found["construct"], strict=True)
    )
    for row in found.to_dict("records"):
        theirs = expected[row["outcome"]][row["construct"]]
        close("term", row["estimate"] / np.sqrt(n / (n - 1)), theirs["coefs"]["gc"], 1e-7)
        close("corrected", row["corrected"], theirs["coefs"][row["construct"]], 1e-7)
        close("distance", row["distance"], theirs["ks_D"], 1e-7)
        close("skew", row["skew"] / (n / (n - 1)) ** 1.5, theirs["skew"], 1e-7)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("rho_a", "rhoA"), ("rho_c", "rhoC"), ("alpha", "cronbach"), ("one", "one")]
)
def test_congruence(case, close, ours, theirs):
    found = congruence(case.fit, ours).pairs
    names = found["construct_a"] + " -> " + found["construct_b"]
    expected = case.expected("congruence")[theirs]
    close(ours, dict(zip(names, found["estimate"], strict=True)), expected, 1e-7)


def test_congruence_over_replicates(golden, inst):
    """Their 300 draws: errors within 12 %."""
    boot = ncsi.bootstrap(ncsi.fit_pls(golden, inst), replicates=1000, seed=3)
    expected = json.loads((HERE / "congruence_mc.json").read_text(encoding="utf-8"))["results"]
    for row in congruence(boot).pairs.itertuples():
        theirs = expected[f"{row.construct_a}  ->  {row.construct_b}"]
        assert row.se == pytest.approx(theirs["Bootstrap SD"], rel=0.2)
        assert row.low == pytest.approx(theirs["2.5% CI"], abs=0.02)
        assert row.high == pytest.approx(theirs["97.5% CI"], abs=0.01)
    gaps = [
        abs(row.se / expected[f"{row.construct_a}  ->  {row.construct_b}"]["Bootstrap SD"] - 1)
        for row in congruence(boot).pairs.itertuples()
    ]
    assert np.median(gaps) < 0.12


def test_ordinal_pls(golden, inst, close):
    expected = json.loads((HERE / "ordinal.json").read_text(encoding="utf-8"))["results"]
    five = golden.copy()
    for item in inst.item_ids:
        five[item] = np.minimum(5, np.ceil(golden[item] / (golden[item].max() / 5)))
    fit = ncsi.fit_pls(five, inst)
    found = ordinal_pls(fit)
    for peer in ("lavaan", "cSEM"):
        close(peer, found.correlations.to_dict(), expected[f"polychoric_{peer}"], 1e-3)
    names = found.paths["from"] + " -> " + found.paths["to"]
    for column, theirs in (
        ("estimate", "pearson_pls_paths_on_the_same_categories"), ("ordinal", "ordpls_paths"),
        ("ordinal_c", "ordplsc_paths"),
    ):  # fmt: skip
        close(column, dict(zip(names, found.paths[column], strict=True)), expected[theirs], 0.002)
    plain = ncsi.fit_pls(golden, inst).paths["estimate"]
    close("of ten", dict(zip(names, plain, strict=True)), expected["original_pls_paths"], 1e-6)


def test_esse(case, close):
    """The peer lets the scope shrink with the rows; NCA's own, over a fixed scope, is what the benchmark is for."""
    found, expected = necessity_sensitivity(case.fit).effects, case.expected("nca_esse")
    for construct, theirs in expected["fixed_full_sample_scope_NCA"].items():
        ours = found[found["construct"] == construct].reset_index(drop=True)
        close("threshold", ours["threshold"].to_dict(), dict(enumerate(expected["thresholds"])), 1e-12)
        close("d", ours["d"].to_dict(), dict(enumerate(theirs)), 1e-6)
        close("benchmark", ours["benchmark"].to_dict(), dict(enumerate(expected["benchmark"])), 1e-6)
        assert ours["kept"].tolist() == expected["kept"][construct]
        close("none left out", ours["d"][0], expected["empirical"]["0%"][construct], 1e-6)
