"""Grades, product tests, laboratories, visits and complaints against R (metRology, qcc, psych) and GTC."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ncsi.composite.measures import (
    Estimate,
    Gate,
    Grade,
    Share,
    algorithm_a,
    chain,
    chart,
    compared,
    conformity,
    graded,
    handling,
    item_rates,
    laney_limits,
    precision,
    propagated,
    rate,
    scored,
    z_scores,
)

TOOLS = Path(__file__).parent / "quality_tools"


@pytest.fixture(scope="module")
def read():
    def one(name: str) -> Any:
        if name.endswith(".json"):
            return json.loads((TOOLS / name).read_text(encoding="utf-8"))
        return pd.read_csv(TOOLS / name, keep_default_na=name != "mystery_items.csv")

    return one


def test_grades_are_decided_by_the_lower_bound(read):
    rules = [
        Grade(name, (Gate("index", "at_least", cut),))
        for name, cut in (("优秀", 90), ("良好", 85), ("合格", 80))
    ]
    defects = Gate("defects", "at_most", 0.02)
    for one in read("grades_expected.csv").itertuples():
        found = graded(rules, {"index": Estimate(one.index, one.se)})
        low, high = Estimate(one.index, one.se).bounds(0.05)
        share = Share(one.defects, one.tested)
        assert (found.point or "未达级", found.awarded or "未达级") == (one.grade_point, one.grade_awarded)
        assert found.borderline == one.borderline
        assert (low, high) == pytest.approx((one.lower95_onesided, one.upper95_onesided), abs=1e-9)
        assert share.bounds(0.05)[1] == pytest.approx(one.defect_rate_upper95, abs=1e-10)
        assert defects.passes(defects.strict(share)) == one.defect_gate_2pct
        assert Estimate(one.index, one.se).chance_at_least(85) == pytest.approx(one.P_at_least_85, abs=1e-9)


def test_uncertainty_is_propagated_as_the_guide_does(read):
    golden = read("gum_expected.json")
    found = propagated(lambda x: x[0] / (x[1] * x[2]), golden["x"], golden["u"], golden["df"])
    assert found.value == pytest.approx(golden["y"], rel=1e-12)
    assert found.u == pytest.approx(read("crosscheck_python.json")["GTC_gum"][1], rel=1e-8)
    assert found.u == pytest.approx(golden["u_y"], rel=golden["tolerance"])
    assert found.df == pytest.approx(golden["welch_satterthwaite_df"], rel=golden["tolerance"])
    assert found.expanded == pytest.approx(golden["expanded_U95"], abs=golden["tolerance"])
    assert found.contributions == pytest.approx(golden["contributions"], rel=golden["tolerance"])


def test_conformity_is_a_probability(read):
    golden = read("conformity_expected.json")
    for one in golden["cases"]:
        found = conformity(one["y"], one["u"], one.get("T_L"), one.get("T_U"))
        assert found.probability == pytest.approx(one["Pc"], abs=golden["tolerance"])
    for one, guard in zip(golden["guard"], ("strict", "likely"), strict=True):
        found = conformity(9.0, one["u"], upper=one["T_U"], guard=guard)
        assert found.accept[1] == pytest.approx(one["acceptance_limit"], abs=golden["tolerance"])


def test_precision_of_a_method_between_laboratories(read):
    golden = read("interlab_expected.json")
    frame = read("interlab.csv")
    found = precision(frame)
    for name, key in (("s_r", "s_r"), ("s_L", "s_L"), ("s_R", "s_R"), ("r", "repeatability_limit_r"),
                      ("R", "reproducibility_limit_R"), ("mean", "mean"), ("cochran", "cochran_C"),
                      ("cochran_critical", "cochran_crit_5pct")):  # fmt: skip
        assert getattr(found, name) == pytest.approx(golden[key], abs=golden["tolerance"]), name
    assert found.h == pytest.approx(golden["mandel_h"], abs=golden["tolerance"])
    assert found.k == pytest.approx(golden["mandel_k"], abs=golden["tolerance"])


def test_a_robust_consensus_and_its_scores(read):
    golden = read("interlab_expected.json")
    means = read("interlab.csv").groupby("lab")["y"].mean().to_numpy()
    found = algorithm_a(means)
    assert found.mean == pytest.approx(golden["algA_mean"], abs=golden["tolerance"])
    assert found.s == pytest.approx(golden["algA_s"], abs=golden["tolerance"])
    assert z_scores(means, found.mean, found.s) == pytest.approx(
        golden["z_scores_vs_algA"], abs=golden["tolerance"]
    )


def test_a_chain_of_stores(read):
    golden = read("mystery_expected.json")
    items = read("mystery_items.csv")
    visits = scored(items)
    theirs = read("mystery_visit_scores.csv").sort_values(["store", "visit"])
    assert visits.frame[["num", "den", "score"]].to_numpy() == pytest.approx(
        theirs[["num", "den", "score"]].to_numpy()
    )
    found = chain(visits)
    for name, key in (("score", "chain_mean_of_stores"), ("se", "se_between_stores"), ("ratio", "ratio_all_items"),
                      ("ratio_se", "se_ratio_linearised_by_store")):  # fmt: skip
        assert getattr(found, name) == pytest.approx(golden[key], abs=golden["tolerance"]), name
    assert (found.low, found.high) == pytest.approx(golden["ci95_t"], abs=golden["tolerance"])
    first = item_rates(items)[0]
    assert (first.low, first.high) == pytest.approx(golden["item1_wilson"], abs=golden["tolerance"])


def test_complaints_a_million_and_two_firms(read):
    golden = read("uchart_expected.json")
    for one in read("uchart_expected.csv").itertuples():
        found = rate(one.effective, 1000 * one.parcels_thousand)
        assert (found.per_million, found.low, found.high) == pytest.approx(
            (one.per_million, one.exact_lo, one.exact_hi), abs=1e-8
        )
    none = golden["zero_count_example"]
    assert (rate(0, 1e6 * none["T_million"]).low, rate(0, 1e6 * none["T_million"]).high) == pytest.approx(
        none["ci"]
    )
    two = golden["ratio_two_firms"]
    ratio = compared(*(rate(x, 1e6 * t) for x, t in zip(two["x"], two["T_million"], strict=True)))
    assert (ratio.ratio, ratio.low, ratio.high, ratio.p) == pytest.approx(
        (two["ratio"], *two["ci"], two["p"]), rel=1e-6
    )


def test_a_p_chart_and_its_handling(read):
    golden = read("pchart_expected.json")
    theirs = read("pchart_expected.csv")
    frame = theirs.rename(columns={"month": "period", "handled": "n", "dissatisfied": "count"})
    found = chart(frame, "p", base=len(frame))
    assert found.centre[0] == pytest.approx(golden["center"], abs=golden["tolerance"])
    assert found.spread[0] == pytest.approx(golden["laney_sigma_z_MR"], abs=golden["tolerance"])
    assert not found.adjusted
    assert found.limits_plain == pytest.approx(theirs[["lcl", "ucl"]].to_numpy(), abs=golden["tolerance"])
    assert laney_limits(found) == pytest.approx(
        theirs[["laney_lcl", "laney_ucl"]].to_numpy(), abs=golden["tolerance"]
    )
    assert found.points["z"].to_numpy() == pytest.approx(theirs["z"].to_numpy(), abs=golden["tolerance"])
    assert list(np.flatnonzero(found.points["signal"] == "beyond") + 1) == [golden["beyond_limits"]]
    told = {"not shown": "undecided", "not met": "missed"}
    for one in theirs.itertuples():
        own = handling(one.handled - one.dissatisfied, one.handled)
        assert (own.low, own.high) == pytest.approx((one.wilson_lo, one.wilson_hi), abs=1e-9)
        assert own.target == told[one.target98]


def test_a_u_chart_that_varies_more_than_chance(read):
    golden = read("uchart_expected.json")
    theirs = read("uchart_expected.csv")
    frame = pd.DataFrame(
        {"period": theirs["month"], "n": theirs["parcels_thousand"] / 1000, "count": theirs["effective"]}
    )
    found = chart(frame, "u", base=len(frame))
    assert found.centre[0] == pytest.approx(golden["center_per_million"], abs=1e-9)
    assert found.spread[0] == pytest.approx(golden["laney_u_sigma_z"], abs=1e-9)
    assert found.adjusted
    assert found.limits_plain == pytest.approx(theirs[["u_lcl", "u_ucl"]].to_numpy(), abs=1e-9)
    beyond = (theirs["per_million"] > theirs["u_ucl"]) | (theirs["per_million"] < theirs["u_lcl"])
    assert list(np.flatnonzero(beyond) + 1) == [golden["beyond"]]
