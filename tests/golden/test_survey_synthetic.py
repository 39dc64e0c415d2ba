"""Every number that R `survey` 4.1.1 gives for a synthetic survey made for this project, to 1e-7 relative.

The file has 12 or 13 digits of each, some of them fewer significant ones (a mean has 11).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.survey import (
    ReplicateDesign,
    brr,
    calibrate,
    design_of,
    jackknife,
    rake_design,
    replicates_of,
    survey_difference,
    survey_mean,
    survey_proportion,
    survey_ratio,
    survey_total,
)

HERE = Path(__file__).parent / "survey"
R = json.loads((HERE / "survey_r.json").read_text(encoding="utf-8"))
FRAMES = {name: pd.read_csv(HERE / f"{name}.csv") for name in ("strat", "clus", "two_stage", "pairs")}
DESIGNS = {
    "stratified": ("strat", {"strata": "region", "fpc": "fpc"}),
    "clusters": ("clus", {"clusters": "psu", "fpc": "fpc"}),
    "two_stage": ("two_stage", {"clusters": ["psu", "id"], "fpc": ["fpc1", "fpc2"]}),
    "pairs": ("pairs", {"strata": "stratum", "clusters": "psu"}),
}
EVERY = pytest.mark.parametrize("key", DESIGNS)
POINT = ("estimate", "se")
INTERVAL = (*POINT, "df", "low", "high")


def close(got, wanted):
    np.testing.assert_allclose(np.asarray(got, dtype=float), np.asarray(wanted, dtype=float), rtol=1e-7)


def agree(row, theirs, names):
    close([row[name] for name in names], [theirs[name] for name in names])


def setting(key):
    name, columns = DESIGNS[key]
    frame = FRAMES[name]
    return frame, design_of(frame, "w", **columns)


@EVERY
def test_means_their_design_effects_both_ways_and_t_intervals(key):
    frame, design = setting(key)
    one = survey_mean(frame, "y", design=design).iloc[0]
    agree(one, R[key]["mean"], INTERVAL)
    close(one[["deff", "deff_replace"]], [R[key]["deff"], R[key]["deff_replace"]])
    close(one["n_eff"], len(frame) / R[key]["deff"])


@EVERY
def test_the_public_call_takes_the_columns(key):
    name, columns = DESIGNS[key]
    one = survey_mean(FRAMES[name], "y", weights="w", **columns).iloc[0]
    agree(one, R[key]["mean"], INTERVAL)


@EVERY
def test_totals_ratios_and_proportions(key):
    frame, design = setting(key)
    agree(survey_total(frame, "y", design).iloc[0], R[key]["total"], POINT)
    agree(survey_ratio(frame, "y", "x", design).iloc[0], R[key]["ratio"], POINT)
    share = survey_proportion(frame, "z", design, interval="mean").set_index("category").loc[1]
    agree(share, R[key]["proportion"], INTERVAL)


@EVERY
def test_domains_and_their_difference(key):
    frame, design = setting(key)
    theirs = R[key]["by_age"]
    ours = survey_mean(frame, "y", design=design, by="age")
    assert ours["age"].tolist() == theirs["age"]
    for name in POINT:
        close(ours[name], theirs[name])
    apart = survey_difference(frame, "y", design, "gender", between=("M", "F")).iloc[0]
    agree(apart, R[key]["difference_men_women"], POINT)


TOTALS = {name: R["calibrated"]["totals"][name] for name in ("region", "age")}
"""R's weights do not differ by gender: the reference was calibrated to these two of its three totals."""


def calibrated(method):
    frame, design = setting("clusters")
    if method == "raking":
        return frame, design, rake_design(frame, design, TOTALS)
    x = pd.get_dummies(frame[list(TOTALS)], dtype=float)
    wanted = {f"{name}_{category}": total for name, own in TOTALS.items() for category, total in own.items()}
    bounds = (0.4, 2.5) if method.startswith("logit") else None
    return frame, design, calibrate(x, design, wanted, bounds=bounds)


@pytest.mark.parametrize("method", ["linear", "raking", "logit_bounds_0.4_2.5"])
def test_calibration(method):
    frame, base, design = calibrated(method)
    theirs = R["calibrated"][method]
    close(design.weights, theirs["weights"])
    close(design.weights.sum(), theirs["sum"])
    factors = design.weights / base.weights
    close([factors.min(), factors.max()], theirs["range"])
    agree(survey_mean(frame, "y", design=design).iloc[0], theirs["mean"], INTERVAL)
    agree(survey_total(frame, "y", design).iloc[0], theirs["total"], POINT)
    agree(survey_ratio(frame, "y", "x", design).iloc[0], theirs["ratio"], POINT)


def test_raking_is_calibration_with_an_exponential():
    frame, design = setting("clusters")
    x = pd.get_dummies(frame[list(TOTALS)], dtype=float)
    wanted = {f"{name}_{category}": total for name, own in TOTALS.items() for category, total in own.items()}
    close(calibrate(x, design, wanted, method="raking").weights, rake_design(frame, design, TOTALS).weights)


def brought(name, kind, **more):
    """Replicate weights as a user brings them: a file of columns."""
    columns = pd.read_csv(HERE / f"pairs_{name}_weights.csv", header=None, skiprows=1, index_col=0)
    return replicates_of(columns, kind=kind, **more)


REPLICATES = {
    "pairs_JKn": lambda: jackknife(setting("pairs")[1]),
    "pairs_BRR": lambda: brr(setting("pairs")[1]),
    "pairs_Fay_0.3": lambda: brr(setting("pairs")[1], fay=0.3),
    "clusters_JK1_fpc": lambda: jackknife(setting("clusters")[1]),
}
BROUGHT = {
    "pairs_BRR": lambda: brought("brr", "BRR"),
    "pairs_Fay_0.3": lambda: brought("fay", "Fay", fay=0.3),
}


@pytest.mark.parametrize(
    ("key", "make"),
    [*REPLICATES.items(), *BROUGHT.items()],
    ids=[*REPLICATES, *(f"own_{k}" for k in BROUGHT)],
)
def test_replicate_weights(key, make):
    frame, _ = setting(key.split("_")[0])
    replicates, theirs = make(), R["replicates"][key]
    close([replicates.scale, replicates.weights.shape[1]], [theirs["scale"], theirs["R"]])
    scaled_in_r = theirs["rscales"]
    close(replicates.rscales, scaled_in_r)
    assert replicates.mse == theirs["mse"]
    agree(survey_mean(frame, "y", weights="w", replicates=replicates).iloc[0], theirs["mean"], POINT)
    design = ReplicateDesign(frame["w"].to_numpy(dtype=float), replicates)
    agree(survey_ratio(frame, "y", "x", design).iloc[0], theirs["ratio"], POINT)
    close(survey_mean(frame, "y", design=design, by="age")["se"], theirs["by_age"]["se"])


@pytest.mark.parametrize(("name", "fay"), [("brr", 0.0), ("fay", 0.3)])
def test_our_half_samples_are_those_of_r(name, fay):
    wanted = brought(name, "BRR").weights
    close(brr(setting("pairs")[1], fay).weights, wanted)


@pytest.mark.parametrize("make", BROUGHT.values(), ids=BROUGHT)
def test_weights_without_a_design_have_the_degrees_of_freedom_of_their_rank(make):
    """20 pairs: 20 clusters less strata, which R reads off the rank of the weights too."""
    assert make().degrees_of_freedom() == 20
