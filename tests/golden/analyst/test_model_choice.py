"""Information criteria and HTMT2 against SEMinR 2.3.4 and cSEM 0.6.1 (docs/method.md §39)."""

from __future__ import annotations

import pytest

import ncsi
from ncsi.model import model_choice
from ncsi.spec import Instrument


@pytest.fixture(scope="module")
def expected(case):
    return case.expected("selection")


@pytest.fixture(scope="module")
def criteria(case, expected):
    fits = {}
    for name, model in expected["models"].items():
        paths = [dict(zip(("from", "to"), path.split(" -> "), strict=True)) for path in model["paths"]]
        changed = Instrument.model_validate({**case.inst.model_dump(by_alias=True), "paths": paths})
        fits[name] = ncsi.fit_pls(case.df, changed)
    return model_choice(fits).criteria


def test_criteria(expected, criteria, close):
    for name, model in expected["models"].items():
        ours = criteria[criteria["model"] == name].set_index("construct")
        close("AIC", ours["aic"], model["seminr"]["AIC"], 1e-6)
        close("BIC", ours["bic"], model["seminr"]["BIC"], 1e-6)
        gm = dict(zip(model["r2"], model["cSEM_by_equation"]["GM"], strict=True))
        close("GM", ours["gm"], gm, 1e-6)
        close("R2", ours["r2"], model["r2"], 1e-6)
        close("adjusted R2", ours["r2_adjusted"], model["r2_adj"], 1e-6)


def test_relative_support(expected, criteria, close):
    ours = {
        c: dict(zip(part["model"], part["support"], strict=True)) for c, part in criteria.groupby("construct")
    }
    close("support", ours, expected["akaike_weights_bic"], 1e-6)


def test_htmt2(case, close):
    boot = ncsi.bootstrap(case.fit, replicates=100, htmt=True)
    theirs = case.expected("validity")["htmt2"]
    expected = {
        f"{a} {b}": theirs[b][a]
        for a, b in zip(boot.htmt2["construct_a"], boot.htmt2["construct_b"], strict=True)
    }
    names = boot.htmt2["construct_a"] + " " + boot.htmt2["construct_b"]
    close("htmt2", dict(zip(names, boot.htmt2["estimate"], strict=True)), expected, 1e-8)
    assert (boot.htmt2["low"] < boot.htmt2["estimate"]).all()
    assert (boot.htmt2["estimate"] < boot.htmt2["high"]).all()
