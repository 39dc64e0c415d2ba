"""The peers' figures through the names that analysts call (docs/method.md §33-§40), at the rooms' own tolerances."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi

POINTS = 9 / 100
"""A point on 0-100 on the questionnaire's scale of 1 to 10."""
LOG10 = np.log(10) ** 2
"""cSEM takes the logarithm to base 10 in dG."""


@pytest.fixture(scope="module")
def fit(case):
    return ncsi.fit_pls(case.df, case.inst)


@pytest.fixture(scope="module")
def folds(case):
    return [row % 10 for row in range(len(case.df))]


def test_mediation(case, boot, close):
    found = ncsi.mediation(boot)
    expected = case.expected("mediation")
    theirs = {row["chain"]: row["effect"] for row in expected["specific_indirect"]}
    close("chains", found.set_index("chain")["estimate"], theirs, 1e-8)
    totals = {(row["from"], row["to"]): row for row in expected["totals"]}
    parts = found.dropna(subset="vaf")
    assert len(parts) > 10
    for row in parts.to_dict("records"):
        theirs = totals[row["from"], row["to"]]["total"]
        assert row["vaf"] == pytest.approx(row["estimate"] / theirs, abs=1e-8)


def test_moderation(case, fit, close):
    found = ncsi.moderation(
        fit, moderator="Satisfaction", predictor="Image", outcome="Loyalty", replicates=50
    )
    peer = case.expected("moderation")["results"]["ols_on_first_stage_scores"]
    n = len(case.df)
    close("product", found["estimate"][0] * np.sqrt(n / (n - 1)), peer["interaction"]["int"], 1e-7)
    close("f2", found["f2"][0], peer["f2_interaction"], 1e-7)
    assert found["slopes"][0] == tuple(found.slopes["estimate"])
    close("slope at the mean", found["slopes"][0][1], peer["interaction"]["Image"], 1e-7)


def test_compare_groups(case, close):
    sides = case.df.assign(side=np.where(case.df["region"] == "East", "1", "2"))
    pairs = ncsi.compare_groups(sides, case.inst, group="side", method="permutation", replicates=20)
    theirs = case.expected("groups_mc")["two"]["cSEM"]["Chin"]["statistic"]["g1_g2"]
    names = pairs["to"] + " ~ " + pairs["from"]
    close("differences", dict(zip(names, pairs["difference"], strict=True)), theirs, 1e-5)
    found = ncsi.compare_groups(sides, case.inst, group="side", method="omnibus", replicates=20)
    distance = found.set_index("statistic")["estimate"]
    klesel = case.expected("groups_point")["two"]["klesel"]
    close("dG", distance["dG_items"] / LOG10, klesel["dG"], 1e-7)
    close("dL", distance["dL_items"], klesel["dL"], 1e-7)


def test_predict(case, folds, close):
    expected = case.expected("predict_fixed_folds")
    for antecedents, benchmark, model, linear in (
        ("direct", "direct", "pls_direct_antecedents", "lm_items_of_direct_causes"),
        ("earliest", "exogenous", "pls_earliest_antecedents", "lm_exogenous_items"),
        ("direct", "all", "pls_direct_antecedents", "lm_all_other_items"),
    ):
        found = ncsi.predict(
            case.df, case.inst, folds=folds, antecedents=antecedents, benchmark=benchmark
        ).set_index("item")
        close("q2", found["q2_predict"], {i: row["q2_predict"] for i, row in expected[model].items()}, 1e-6)
        close("rmse", found["rmse"] * POINTS, {i: row["rmse"] for i, row in expected[model].items()}, 1e-6)
        close("lm", found["rmse_lm"] * POINTS, {i: row["rmse"] for i, row in expected[linear].items()}, 1e-6)


def test_cvpat(case, fit, folds, close):
    expected = case.expected("predict_fixed_folds")
    alone = ncsi.cvpat(fit, folds=folds, benchmark="direct")
    fewer = fit.update(drop=expected["cvpat_base_vs_without"]["dropped"])
    more = fit.update(add=expected["cvpat_base_vs_extra"]["added"])
    for found, theirs in (
        (alone[alone["against"] == "mean"], expected["cvpat_pls_vs_ia"]),
        (alone[alone["against"] == "linear model"], expected["cvpat_pls_vs_lm_direct_causes"]),
        (ncsi.cvpat(fit, fewer, folds=folds), expected["cvpat_base_vs_without"]["tests"]),
        (ncsi.cvpat(fit, more, folds=folds), expected["cvpat_base_vs_extra"]["tests"]),
    ):
        ours = found.set_index("construct").rename(index={"all items": "overall_mean_of_items"})
        assert set(theirs) == {*ours.index, "overall_mean_of_constructs"}
        for construct in ours.index:
            close("loss", ours["loss_a"][construct] * POINTS**2, theirs[construct]["loss_1"], 1e-6)
            close(
                "loss of the other", ours["loss_b"][construct] * POINTS**2, theirs[construct]["loss_2"], 1e-6
            )
            close("t", ours["t"][construct], theirs[construct]["t"], 1e-6)


def test_importance(case, fit, close):
    expected = case.expected("importance")
    lmg, johnson = (
        ncsi.importance(fit, "Satisfaction", method=method, replicates=50).set_index("construct")
        for method in ("lmg", "johnson")
    )
    close("lmg", lmg["r2_part"], expected["unweighted"]["lmg"], 1e-8)
    close("johnson", johnson["r2_part"], expected["johnson_unweighted"], 1e-8)
    assert (lmg["low"] < lmg["r2_part"]).all()
    assert (lmg["r2_part"] < lmg["high"]).all()


def test_asymmetry(case, close):
    found = ncsi.asymmetry(case.df, case.inst, "Satisfaction", cuts=(4, 9)).set_index("item")
    expected = case.expected("kano")
    for end, name in (("penalty", "lo"), ("reward", "hi")):
        single = {item: row[end] for item, row in expected["single_item"].items()}
        close(end, found[end], single, 1e-8)
        joint = {item: expected["all_items_jointly"][f"{item}_{name}"] for item in found.index}
        close(f"joint {end}", found[f"joint_{end}"], joint, 1e-8)


def test_nca(case, fit, close):
    found = ncsi.nca(fit, "Satisfaction", permutations=20)
    expected = case.expected("nca")["NCA_on_index"]
    for kind in ("ce", "cr"):
        theirs = {c: row["params"][f"{kind}_fdh"]["Effect size"] for c, row in expected.items()}
        close(f"d {kind}", found.set_index("construct")[f"d_{kind}"], theirs, 1e-6)
    own = found.bottleneck
    for construct, row in expected.items():
        theirs = row["bottleneck"]["ce_fdh"]
        ours = own[own["construct"] == construct]
        needed = [one != "NN" for one in theirs["x"]]
        assert (ours["ce_state"] == "needed").tolist() == needed
        figures = [float(one) for one in theirs["x"] if one != "NN"]
        rounded = pytest.approx(figures, abs=0.05 + 1e-6)  # theirs are to 0.1
        assert ours["ce"][needed].tolist() == rounded
