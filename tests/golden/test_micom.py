"""Measurement invariance of composites against cSEM 0.6.1 (docs/method.md §8)."""

from __future__ import annotations

import pytest

import ncsi


def test_micom_east_against_the_rest(golden, inst, csem, close):
    expected = csem["micom_east_vs_other"]
    side = golden["region"].map(lambda region: "East" if region == "East" else "other")
    found = ncsi.micom(golden.assign(side=side), inst, group="side", permutations=999, seed=1)
    composition = found.composition.set_index("construct")
    close("c", composition["c"], expected["step2_c"], 1e-5)
    close("p", composition["p"], expected["step2_p"], 0.04)
    assert (found.permutations, found.failed) == (999, 0)
    assert found.groups.set_index("group")["n"].to_dict() == {"East": 372, "other": 348}
    assert found.verdict["invariance"].eq("full").all()


def test_the_paths_are_those_of_each_group_alone(golden, inst):
    found = ncsi.micom(golden, inst, group="region", permutations=20)
    for region in ("East", "West"):
        alone = ncsi.fit_pls(golden[golden["region"] == region], inst).paths["estimate"].to_numpy()
        side = "a" if (found.paths["group_a"] == region).any() else "b"
        table = found.paths[found.paths[f"group_{side}"] == region].head(len(alone))
        assert table[f"estimate_{side}"].to_numpy() == pytest.approx(alone, abs=1e-6)
