"""Groups against cSEM 0.6.1 and SEMinR 2.3.4 (docs/method.md §37)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import ncsi
from ncsi.model import compare_groups
from ncsi.model.inference.implied import (
    geodesic_distance,
    implied_constructs,
    implied_items,
    squared_distance,
)
from ncsi.model.pls.positions import layout_of

LOG10 = np.log(10) ** 2
"""cSEM takes the logarithm to base 10 in dG, and so its dG is smaller by this factor."""


@pytest.fixture(scope="module")
def sides(case):
    return case.df.assign(side=np.where(case.df["region"] == "East", "1", "2"))


def by_name(paths, column):
    return dict(zip(paths["to"] + " ~ " + paths["from"], paths[column], strict=True))


@pytest.fixture(scope="module")
def peers(case):
    return case.expected("groups_mc")["two"]["cSEM"]


def test_welch(sides, case, peers):
    found = compare_groups(sides, case.inst, "side").paths
    t, p = by_name(found, "t"), by_name(found, "p")
    for name, theirs in peers["Nitzl"]["statistic"]["g1_g2"].items():
        assert t[name] == pytest.approx(theirs, rel=0.08)
        assert p[name] == pytest.approx(peers["Nitzl"]["p"]["none"]["g1_g2"][name], abs=0.05)
    differences = by_name(found, "difference")
    for name, theirs in peers["Chin"]["statistic"]["g1_g2"].items():
        assert differences[name] == pytest.approx(theirs, abs=1e-5)


def test_henseler_two_sided(sides, case, peers):
    """The peers' is one-sided, near 1 where the second group is larger."""
    found = compare_groups(sides, case.inst, "side", "henseler").paths
    found["q"] = np.where(found["difference"] > 0, found["p"] / 2, 1 - found["p"] / 2)
    q = by_name(found, "q")
    for name, one_sided in peers["Henseler"]["p"]["none"]["g1_g2"].items():
        assert q[name] == pytest.approx(one_sided, abs=0.05)
    for row in case.expected("groups_mc")["two"]["seminr_pls_mga"]:
        assert q[f"{row['target']} ~ {row['source']}"] == pytest.approx(row["pls_mga_p"], abs=0.05)


def test_permutation(sides, case, peers):
    p = by_name(compare_groups(sides, case.inst, "side", "permutation", 2000).paths, "p")
    for name, theirs in peers["Chin"]["p"]["none"]["g1_g2"].items():
        assert p[name] == pytest.approx(theirs, abs=0.05)


def test_distances_of_what_is_implied(case, sides, close):
    layout = layout_of(case.inst)
    for key, column in (("two", "side"), ("many", "segment" if "segment" in sides else "region")):
        expected = case.expected("groups_point")[key]
        items, constructs = [], []
        for name, part in sides.groupby(column):
            fit = ncsi.fit_pls(part, case.inst)
            theirs = expected["estimates"][str(name)]
            ours = dict(zip(fit.paths["from"] + " -> " + fit.paths["to"], fit.paths["estimate"], strict=True))
            close("paths of a group", ours, theirs["paths"], 1e-7)
            R = fit.moments.cov / np.outer(fit.moments.sd, fit.moments.sd)
            phi = implied_constructs(fit.construct_correlations.to_numpy()[..., None], layout)
            items.append(implied_items(R[..., None], fit.weights["loading"].to_numpy()[:, None], phi, layout))
            phi[np.arange(layout.K), np.arange(layout.K)] = 1
            constructs.append(phi)
        pairs = list(combinations(range(len(items)), 2))
        doubled = 1 if len(items) == 2 else 2
        ours = {
            "dG": np.mean([geodesic_distance(items[a], items[b]) for a, b in pairs]) / LOG10,
            "dL": np.mean([squared_distance(items[a], items[b]) for a, b in pairs]),
            "dG_construct": np.mean([geodesic_distance(constructs[a], constructs[b]) for a, b in pairs])
            / LOG10,
            "dL_construct": np.mean([squared_distance(constructs[a], constructs[b]) for a, b in pairs]),
        }
        close("distances", {k: doubled * v for k, v in ours.items()}, expected["klesel"], 1e-7)


def test_omnibus(case, sides, peers, close):
    found = compare_groups(sides, case.inst, "side", "omnibus").omnibus.set_index("statistic")
    expected = case.expected("groups_point")["two"]["klesel"]
    for ours, theirs, scale in (
        ("dG_items", "dG", LOG10), ("dL_items", "dL", 1),
        ("dG_constructs", "dG_construct", LOG10), ("dL_constructs", "dL_construct", 1),
    ):  # fmt: skip
        close(ours, found["estimate"][ours] / scale, expected[theirs], 1e-7)
    assert found["p"]["dG_items"] == pytest.approx(peers["Klesel"]["p"]["dG"], abs=0.05)
    assert found["p"]["dL_items"] == pytest.approx(peers["Klesel"]["p"]["dL"], abs=0.05)


def test_many_groups(case):
    """bench.csv has true segments, which must be found; of golden.csv's three regions the peers give p."""
    if "segment" in case.df:
        wald = compare_groups(case.df, case.inst, "segment", "wald").omnibus
        differ = wald[wald["p_adjusted"] < 0.05]
        named = set(zip(differ["from"], differ["to"], strict=True))
        assert {("Quality", "Value"), ("Quality", "Satisfaction"), ("Value", "Satisfaction")} <= named
        assert wald["p"].iloc[-1] < 0.001
    else:
        expected = case.expected("groups_mc")["klesel_many"]["p"]
        found = compare_groups(case.df, case.inst, "region", "omnibus").omnibus.set_index("statistic")["p"]
        assert found["dG_items"] == pytest.approx(expected["dG"], abs=0.05)
        assert found["dL_items"] == pytest.approx(expected["dL"], abs=0.05)
