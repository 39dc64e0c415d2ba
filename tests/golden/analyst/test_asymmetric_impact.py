"""Penalties and rewards against R's lm and survey::svyglm (docs/method.md §36)."""

from __future__ import annotations

from dataclasses import replace

import pytest

import ncsi
from ncsi.model import asymmetric_impact


@pytest.fixture(scope="module")
def expected(case):
    return case.expected("kano")


def test_single_and_joint_contrasts(case, expected, close):
    found = asymmetric_impact(case.fit).items.set_index("item")
    columns = ["share_low", "share_high", "penalty", "reward"]
    theirs = {i: {c: row[c] for c in columns} for i, row in expected["single_item"].items()}
    close("single", found[columns].to_dict("index"), theirs, 1e-8)
    joint = expected["all_items_jointly"]
    ours = {f"{item}_{end}": row[name] for item, row in found.to_dict("index").items()
            for end, name in (("lo", "joint_penalty"), ("hi", "joint_reward"))}  # fmt: skip
    close("joint", ours, {name: value for name, value in joint.items() if name in ours}, 1e-8)
    assert len(ours) == 28


def test_weights_and_errors_by_strata(case, expected, close):
    """The peer's index has the outer weights of the unweighted fit."""
    weighted = ncsi.fit_pls(case.df, case.inst, weights="weight", strata="brand")
    found = asymmetric_impact(replace(weighted, weights=case.fit.weights)).items.set_index("item")
    columns = ["share_low", "share_high", "penalty", "reward"]
    theirs = {i: {c: row[c] for c in columns} for i, row in expected["single_item_weighted"].items()}
    close("weighted", found[columns].to_dict("index"), theirs, 1e-8)
    errors = found[["penalty_se", "reward_se"]].set_axis(["se_penalty", "se_reward"], axis=1)
    design = expected["survey_design_strata_brand"]
    theirs = {i: {c: row[c] for c in errors} for i, row in design.items()}
    close("svyglm", errors.to_dict("index"), theirs, 1e-8)
