"""Distances from what the model implies, and their test, against cSEM 0.6.1 (docs/method.md §42)."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.model import admissibility, fit_test

LOG10 = np.log(10) ** 2
"""cSEM's dG takes the logarithm to base 10."""


@pytest.fixture(scope="module")
def found(case):
    return fit_test(case.fit, replicates=2000).distances.set_index(["kind", "statistic"])


def test_distances(case, found, close):
    peer = case.expected("fit")["composite_mode_a"]
    for kind in ("estimated", "saturated"):
        close("SRMR", found["estimate"][kind, "srmr"], peer[kind]["SRMR"], 1e-7)
        close("dG", found["estimate"][kind, "dG"] / LOG10, peer[kind]["dG"], 1e-7)
        close("dL", found["estimate"][kind, "dL"], peer[kind]["dL"], 1e-7)


def test_null_distribution(case, found):
    peer = case.expected("omf")["composite_mode_a"]
    for ours, theirs in (("srmr", "SRMR"), ("dG", "dG"), ("dL", "dL")):
        scale = LOG10 if ours == "dG" else 1
        critical = peer["critical"][theirs]["95%"] * scale
        assert found["critical"]["estimated", ours] == pytest.approx(critical, rel=0.06)
        assert found["p"]["estimated", ours] == pytest.approx(peer["p_value"][theirs], abs=0.05)


def test_nothing_is_inadmissible(case):
    assert not any(case.expected("fit")["admissible_plsc"].values())
    assert admissibility(case.fit)["holds"].tolist() == [True] * 5
