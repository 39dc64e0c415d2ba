"""Interactions and squares against SEMinR 2.3.4 and R's lm on first-stage scores (docs/method.md §38)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from ncsi.model import moderation
from ncsi.model.inference.moderation import johnson_neyman


@pytest.fixture(scope="module")
def expected(case):
    found = case.expected("moderation")
    assert (found["term"], found["dv"]) == ("Image*Satisfaction", "Loyalty")
    return found["results"]


@pytest.fixture(scope="module")
def divisor(case):
    """R's scores have divisor n − 1, ours n: a product of two is larger by this factor."""
    return np.sqrt(len(case.df) / (len(case.df) - 1))


def estimates(found):
    return found.terms.set_index("term")["estimate"]


def test_interaction(case, expected, divisor, close):
    found = moderation(case.fit, "Satisfaction", "Image", "Loyalty", replicates=200)
    peer, ours = expected["ols_on_first_stage_scores"], estimates(found)
    theirs = peer["interaction"]
    close("causes", ours, {name: theirs[name] for name in ("Image", "Satisfaction")}, 1e-7)
    close("product", ours["Image × Satisfaction"] * divisor, theirs["int"], 1e-7)
    close("r2", found.r2, peer["r2"], 1e-7)
    close("f2", found.terms["f2"].iloc[-1], peer["f2_interaction"], 1e-7)
    refitted = expected["two_stage"]
    close(
        "outer weights made anew",
        ours["Image × Satisfaction"],
        refitted["paths_to_dv"]["Image*Satisfaction"],
        1e-3,
    )
    slopes = found.slopes.set_index("moderator")["estimate"]
    for at, name in ((-1, "minus1"), (0, "mean"), (1, "plus1")):
        close("slope", slopes[at], refitted["simple_slopes"][name], 1e-3)


def test_squares(case, expected, divisor, close):
    peer = expected["ols_on_first_stage_scores"]
    alone = estimates(moderation(case.fit, "Satisfaction", "Satisfaction", "Loyalty", replicates=50))
    close("square", alone["Satisfaction²"] * divisor, peer["quadratic"]["quad"], 1e-7)
    both = moderation(
        case.fit, "Satisfaction", "Image", "Loyalty", quadratic=["Satisfaction"], replicates=200
    )
    ours, theirs = estimates(both), peer["interaction_and_quadratic"]
    close("product beside the square", ours["Image × Satisfaction"] * divisor, theirs["int"], 1e-7)
    close("square beside the product", ours["Satisfaction²"] * divisor, theirs["quad"], 1e-7)
    close("causes", ours, {name: theirs[name] for name in ("Image", "Satisfaction")}, 1e-7)


def test_johnson_neyman_bounds(case, expected, close):
    peer = expected["ols_on_first_stage_scores"]
    V = peer["vcov_ols"]
    covariance = np.array([[V[a][b] for b in ("Image", "int")] for a in ("Image", "int")])
    b = peer["interaction"]
    ours = johnson_neyman(b["Image"], b["int"], covariance, t.ppf(0.975, len(case.df) - 4))
    close("bounds", dict(enumerate(ours)), dict(enumerate(peer["johnson_neyman_ols"])), 1e-6)


def test_an_effect_that_is_there_and_one_that_is_not(case):
    """bench.csv has a true interaction and no curve; a square alone looks like one there."""
    found = moderation(
        case.fit, "Satisfaction", "Image", "Loyalty", quadratic=["Satisfaction"], replicates=500
    )
    joint = found.terms.set_index("term")["p_joint"]
    assert joint["Satisfaction²"] > 0.2
    if "segment" in case.df:
        assert joint["Image × Satisfaction"] < 0.01
        assert found.johnson_neyman["observed"].any()
    else:
        assert joint["Image × Satisfaction"] > 0.2
