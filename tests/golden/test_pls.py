"""PLS against SEMinR 2.3.4 and cSEM 0.6.1 (docs/method.md §4, §6, §9)."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model import plsc
from ncsi.spec import Instrument


def nested(frame, outer, inner, value):
    return {key: dict(zip(part[inner], part[value], strict=True)) for key, part in frame.groupby(outer)}


@pytest.fixture(scope="module", params=["path", "factorial"])
def scheme_fit(request, golden, inst):
    return request.param, ncsi.fit_pls(golden, inst, by="brand", scheme=request.param)


def test_weights_loadings_paths_and_effects(scheme_fit, seminr, close):
    scheme, fit = scheme_fit
    expected = seminr[f"pls_mode_a_{scheme}"]
    close(
        "outer weights",
        nested(fit.weights, "construct", "item", "weight_std"),
        expected["outer_weights"],
        1e-8,
    )
    close("loadings", nested(fit.weights, "construct", "item", "loading"), expected["loadings"], 1e-8)
    close("paths", nested(fit.paths, "to", "from", "estimate"), expected["paths"], 1e-8)
    close(
        "total effects", nested(fit.total_effects, "to", "from", "estimate"), expected["total_effects"], 1e-8
    )
    close("r2", fit.r2.set_index("construct")["r2"], expected["r2"], 1e-8)
    close("construct correlations", fit.construct_correlations, expected["construct_cor"], 1e-8)


def test_reliability_and_htmt(scheme_fit, seminr, close):
    scheme, fit = scheme_fit
    expected = seminr[f"pls_mode_a_{scheme}"]
    quality = fit.quality.set_index("construct")
    ours = quality.rename(columns={"rho_a": "rhoA", "rho_c": "rhoC", "ave": "AVE"})
    close("reliability", ours.to_dict("index"), expected["reliability"], 1e-8)
    close("htmt", nested(fit.htmt, "construct_a", "construct_b", "htmt"), expected["htmt"], 1e-8)


def test_consistent_pls(golden, inst, seminr, close):
    fit = ncsi.fit_pls(golden, inst)
    ours, expected = plsc(fit), seminr["plsc_path"]
    close("plsc paths", nested(ours.paths, "to", "from", "estimate"), expected["paths"], 1e-8)
    close(
        "plsc total effects",
        nested(ours.total_effects, "to", "from", "estimate"),
        expected["total_effects"],
        1e-8,
    )
    close("plsc r2", ours.r2.set_index("construct")["r2"], expected["r2"], 1e-8)
    close("plsc loadings", nested(ours.loadings, "construct", "item", "loading"), expected["loadings"], 1e-8)
    both = ours.quality.assign(alpha=fit.quality["alpha"]).set_index("construct")
    both = both.rename(columns={"rho_a": "rhoA", "rho_c": "rhoC", "ave": "AVE"})
    close("plsc reliability", both.to_dict("index"), expected["reliability"], 1e-8)
    assert ours.separable


def test_equal_to_csem_too(golden, inst, csem, close):
    fit = ncsi.fit_pls(golden, inst)
    expected = csem["pls_mode_a_path"]
    close("r2", fit.r2.set_index("construct")["r2"], expected["r2"], 1e-8)
    paths = nested(fit.paths, "to", "from", "estimate")
    theirs = {to: {a: v for a, v in row.items() if v != 0} for to, row in expected["paths"].items()}
    close("paths", paths, {to: row for to, row in theirs.items() if row}, 1e-8)
    close("weights", nested(fit.weights, "construct", "item", "weight_std"), expected["weights"], 1e-8)
    close("loadings", nested(fit.weights, "construct", "item", "loading"), expected["loadings"], 1e-8)


def test_index(golden, inst, seminr, close):
    fit = ncsi.fit_pls(golden, inst, by="brand")
    expected = seminr["index"]
    index = fit.index.set_index("construct")
    close("index weights", nested(fit.weights, "construct", "item", "weight"), expected["weights"], 1e-8)
    close("index mean", index["index_0_100"], expected["mean"], 1e-8)
    close("index sd", index["sd"], expected["sd"], 1e-8)
    brands = {
        brand: {k: v for k, v in row.items() if k != "n"}
        for brand, row in expected["by_brand_pooled_weights"].items()
    }
    close("index by brand", nested(fit.index_by, "brand", "construct", "index_0_100"), brands, 1e-8)
    sizes = fit.index_by.groupby("brand")["n"].max()
    assert {b: int(n) for b, n in sizes.items()} == {
        b: r["n"] for b, r in expected["by_brand_pooled_weights"].items()
    }


def test_public_anchor_of_the_index():
    """ACSI's published example: weights .3885/.3190/.2925 and means 8, 7, 7 give 70.98."""
    weights = np.array([0.3885, 0.3190, 0.2925])
    assert 100 * (weights @ [8, 7, 7] - 1) / 9 == pytest.approx(70.98, abs=5e-3)


def test_frequency_weights(golden, inst, seminr, close):
    frequency = np.maximum(1, np.round(2 * golden["weight"]))
    weighted = ncsi.fit_pls(golden.assign(f=frequency), inst, weights="f")
    repeated = ncsi.fit_pls(golden.loc[golden.index.repeat(frequency.astype(int))], inst)
    expected = seminr["frequency_weighted"]
    assert int(frequency.sum()) == expected["n"]
    close(
        "outer weights",
        nested(weighted.weights, "construct", "item", "weight_std"),
        expected["outer_weights"],
        1e-8,
    )
    close("loadings", nested(weighted.weights, "construct", "item", "loading"), expected["loadings"], 1e-8)
    close("paths", nested(weighted.paths, "to", "from", "estimate"), expected["paths"], 1e-8)
    effects = nested(weighted.total_effects, "to", "from", "estimate")
    close("total effects", effects, expected["total_effects"], 1e-8)
    close("r2", weighted.r2.set_index("construct")["r2"], expected["r2"], 1e-8)
    close("construct correlations", weighted.construct_correlations, expected["construct_cor"], 1e-8)
    close("htmt", nested(weighted.htmt, "construct_a", "construct_b", "htmt"), expected["htmt"], 1e-8)
    close("index", weighted.index.set_index("construct")["index_0_100"], expected["index_mean"], 1e-8)
    quality = weighted.quality.set_index("construct")
    quality = quality.rename(columns={"rho_a": "rhoA", "rho_c": "rhoC", "ave": "AVE"})
    close("reliability", quality.to_dict("index"), expected["reliability"], 1e-8)
    for name in ("paths", "weights", "total_effects", "index"):
        ours, theirs = (getattr(fit, name).select_dtypes("number") for fit in (weighted, repeated))
        columns = [c for c in ours if c != "sd"]
        assert np.abs(ours[columns] - theirs[columns]).to_numpy().max() <= 1e-10, name


def test_importance_performance(golden, inst, csem, close):
    fit = ncsi.fit_pls(golden, inst)
    table = ncsi.drivers(fit)
    constructs = table[table["item"].isna()].set_index("construct")
    expected = csem["ipma_on_items_rescaled_to_0_100"]
    importance = {k: v for k, v in expected["construct_importance"]["Satisfaction"].items() if v != 0}
    close("importance", constructs["importance"], importance, 1e-8)
    loyal = Instrument.model_validate({**inst.model_dump(by_alias=True), "target": "Loyalty"})
    towards = ncsi.drivers(ncsi.fit_pls(golden, loyal))
    towards = towards[towards["item"].isna()].set_index("construct")
    importance = {k: v for k, v in expected["construct_importance"]["Loyalty"].items() if v != 0}
    close("importance for loyalty", towards["importance"], importance, 1e-8)
    close(
        "performance",
        fit.index.set_index("construct")["index_0_100"],
        expected["construct_performance"],
        1e-8,
    )


def test_bootstrap(golden, inst, seminr):
    boot = ncsi.bootstrap(ncsi.fit_pls(golden, inst), replicates=10_000, seed=20260101, htmt=True)
    expected = seminr["bootstrap_10000"]
    for name, ours, ends in (
        ("paths", boot.paths, ("from", "to")),
        ("loadings", boot.loadings, ("item", "construct")),
        ("htmt", boot.htmt, ("construct_a", "construct_b")),
    ):
        assert len(ours) == len(expected[name])
        for row in ours.to_dict("records"):
            theirs = expected[name]["  ->  ".join(row[end] for end in ends)]
            assert row["se"] == pytest.approx(theirs["Bootstrap SD"], rel=0.03), (name, row)
            assert row["low"] == pytest.approx(theirs["2.5% CI"], abs=0.01)
            assert row["high"] == pytest.approx(theirs["97.5% CI"], abs=0.01)
