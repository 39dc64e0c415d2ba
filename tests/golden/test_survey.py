"""Every number that R `survey` 4.5 gives for the API school samples, to 1e-7 relative."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ncsi.survey import (
    calibrate,
    design_of,
    jackknife,
    post_stratify,
    rake,
    survey_mean,
    survey_proportion,
    survey_ratio,
    survey_total,
)
from ncsi.survey.distribution import survey_association, survey_quantile, survey_regression, survey_variance
from ncsi.survey.known_margins import margin_of
from ncsi.survey.raking import rake_design, raked

R = json.loads((Path(__file__).parent / "survey_api.json").read_text(encoding="utf-8"))
MARGINS = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}


def close(got, wanted):
    np.testing.assert_allclose(np.asarray(got, dtype=float), np.asarray(wanted, dtype=float), rtol=1e-7)


@pytest.fixture(scope="module")
def strat(shared):
    return pd.read_csv(shared("data", "apistrat.csv"))


@pytest.fixture(scope="module")
def clus(shared):
    return pd.read_csv(shared("data", "apiclus1.csv"))


@pytest.fixture(scope="module")
def by_strata(strat):
    return design_of(strat, "pw", "stype", None, "fpc")


@pytest.fixture(scope="module")
def by_clusters(clus):
    return design_of(clus, "pw", None, "dnum", "fpc")


@pytest.fixture(scope="module")
def endless(clus):
    """Without the finite population correction."""
    return design_of(clus, "pw", None, "dnum")


def test_stratified_means_with_deff_and_t_interval(strat, by_strata):
    ours = survey_mean(strat, ["api99", "api00", "enroll"], design=by_strata).set_index("variable")
    theirs = R["dstrat"]["mean_multi"]
    for name in ours.index:
        one = ours.loc[name]
        close([one["estimate"], one["se"], one["deff"]], [theirs[k][name] for k in ("est", "se", "deff")])
    t = R["dstrat"]["mean_api00_t"]
    close(ours.loc["api00", ["low", "high"]], [t["ci_low"][0], t["ci_high"][0]])
    assert ours.loc["api00", "df"] == R["dstrat"]["degf"]
    close(ours.loc["api00", "n_eff"], 200 / theirs["deff"]["api00"])


def test_by_columns_it_is_the_same(strat):
    one = survey_mean(strat, "api00", weights="pw", strata="stype", fpc="fpc").iloc[0]
    close([one["estimate"], one["se"]], [662.287363159, 9.408940803])


def test_totals(strat, clus, by_strata, by_clusters, endless):
    for frame, design, theirs in (
        (strat, by_strata, R["dstrat"]["total_enroll"]),
        (strat, design_of(strat, "pw", "stype"), R["dstrat"]["nofpc_total_enroll"]),
        (clus, by_clusters, R["dclus1"]["total_enroll"]),
        (clus, endless, R["dclus1"]["nofpc_total_enroll"]),
    ):
        one = survey_total(frame, "enroll", design).iloc[0]
        close([one["estimate"], one["se"]], [theirs["est"]["enroll"], theirs["se"]["enroll"]])
        if "deff" in theirs:
            close(one["deff"], theirs["deff"]["enroll"])


def test_ratios(strat, clus, by_strata, by_clusters):
    for frame, design, key in ((strat, by_strata, "dstrat"), (clus, by_clusters, "dclus1")):
        one = survey_ratio(frame, "api00", "api99", design).iloc[0]
        close([one["estimate"], one["se"]], list(R[key]["ratio_api00_api99"].values()))


def test_proportions_and_their_three_intervals(strat, clus, by_strata, by_clusters):
    for frame, design, key, variable in (
        (strat, by_strata, "dstrat", "sch.wide"),
        (clus, by_clusters, "dclus1", "stype"),
    ):
        theirs = R[key][f"prop_{variable.replace('.', '_')}"]
        ours = survey_proportion(frame, variable, design)
        close(ours["estimate"], list(theirs["est"].values()))
        close(ours["se"], list(theirs["se"].values()))
        close(ours["deff"], list(theirs["deff"].values()))
    for kind in ("beta", "mean"):
        yes = survey_proportion(strat, "sch.wide", by_strata, interval=kind).iloc[1]
        close(yes[["low", "high"]], R["dstrat"][f"ciprop_{kind}"]["ci"])
    yes = survey_proportion(strat, "sch.wide", by_strata).iloc[1]
    close(yes[["low", "high"]], R["dstrat"]["ciprop_logit"]["ci"])


def test_a_share_that_the_design_fixes_has_no_error(strat, by_strata):
    ours = survey_proportion(strat, "stype", by_strata)
    close(ours["estimate"], list(R["dstrat"]["prop_stype"]["est"].values()))
    np.testing.assert_allclose(ours["se"], 0, atol=1e-9)


@pytest.mark.parametrize(
    ("key", "by"), [("by_stype_mean_api00", "stype"), ("by_schwide_mean_api00", "sch.wide")]
)
def test_domains_of_the_stratified_sample(strat, by_strata, key, by):
    ours = survey_mean(strat, "api00", design=by_strata, by=by)
    theirs = R["dstrat"][key]
    assert ours[by].tolist() == [one[by] for one in theirs]
    for ours_name, name in (("estimate", "api00"), ("se", "se"), ("deff", "DEff.api00")):
        close(ours[ours_name], [one[name] for one in theirs])


def test_domains_that_cut_across_strata_and_clusters(strat, clus, by_strata, by_clusters):
    yes = survey_mean(strat, "enroll", design=by_strata, by="comp.imp").iloc[1]
    theirs = R["dstrat"]["domain_comp_imp_mean_enroll"]
    close(yes[["estimate", "se", "deff"]], [theirs[k]["enroll"] for k in ("est", "se", "deff")])
    yes = survey_total(strat, "enroll", by_strata, by="comp.imp").iloc[1]
    theirs = R["dstrat"]["domain_comp_imp_total_enroll"]
    close(yes[["estimate", "se"]], [theirs[k]["enroll"] for k in ("est", "se")])
    ours = survey_mean(clus, "api00", design=by_clusters, by="stype")
    for ours_name, name in (("estimate", "api00"), ("se", "se"), ("deff", "DEff.api00")):
        close(ours[ours_name], [one[name] for one in R["dclus1"]["by_stype_mean_api00"]])


def test_clustered_means(clus, by_clusters, endless):
    ours = survey_mean(clus, ["api00", "enroll"], design=by_clusters)
    for k, name in enumerate(("api00", "enroll")):
        theirs = R["dclus1"][f"mean_{name}"]
        close(ours.loc[k, ["estimate", "se", "deff"]], [theirs[one][name] for one in ("est", "se", "deff")])
    t = R["dclus1"]["mean_api00_t"]
    close(ours.loc[0, ["low", "high"]], [t["ci_low"][0], t["ci_high"][0]])
    assert ours.loc[0, "df"] == R["dclus1"]["degf"]
    free = survey_mean(clus, "api00", design=endless).iloc[0]
    theirs = R["dclus1"]["nofpc_mean_api00"]
    close(free[["se", "deff"]], [theirs["se"]["api00"], theirs["deff"]["api00"]])


def test_without_fpc_by_strata(strat):
    one = survey_mean(strat, "api00", weights="pw", strata="stype").iloc[0]
    theirs = R["dstrat"]["nofpc_mean_api00"]
    close(one[["se", "deff"]], [theirs["se"]["api00"], theirs["deff"]["api00"]])


def test_raking(clus, by_clusters, endless):
    theirs = R["rake_dclus1"]
    weights = rake(clus, MARGINS, base="pw")
    close([weights.min(), weights.max(), weights.sum()], [theirs[k] for k in ("min_w", "max_w", "sum_w")])
    close(len(weights) * (weights**2).sum() / weights.sum() ** 2, theirs["kish_deff"])
    for design, tail in ((by_clusters, ""), (endless, "_nofpc")):
        own = rake_design(clus, design, MARGINS)
        mean = survey_mean(clus, "api00", design=own).iloc[0]
        total = survey_total(clus, "enroll", own).iloc[0]
        for one, name, key in ((mean, "api00", "mean_api00"), (total, "enroll", "total_enroll")):
            wanted = theirs[key + tail]
            close(one[["estimate", "se"]], [wanted["est"][name], wanted["se"][name]])


def test_post_stratification(clus, by_clusters):
    theirs = R["post_dclus1"]
    own = post_stratify(clus, by_clusters, "stype", MARGINS["stype"])
    for kind, weight in theirs["w_by_stype"].items():
        close(own.weights[clus["stype"] == kind], weight)
    mean = survey_mean(clus, "api00", design=own).iloc[0]
    total = survey_total(clus, "enroll", own).iloc[0]
    close(mean[["estimate", "se"]], [theirs["mean_api00"][k]["api00"] for k in ("est", "se")])
    close(total[["estimate", "se"]], [theirs["total_enroll"][k]["enroll"] for k in ("est", "se")])


def test_linear_calibration(clus, by_clusters):
    theirs = R["greg_dclus1"]
    columns = {"one": 1.0, "H": clus["stype"] == "H", "M": clus["stype"] == "M", "api99": clus["api99"]}
    own = calibrate(
        pd.DataFrame(columns).astype(float), by_clusters, {"one": 6194, "H": 755, "M": 1018, "api99": 3914069}
    )
    factors = own.weights / by_clusters.weights
    close([factors.min(), factors.max()], [theirs["g_min"], theirs["g_max"]])
    mean = survey_mean(clus, "api00", design=own).iloc[0]
    total = survey_total(clus, "enroll", own).iloc[0]
    close(mean[["estimate", "se"]], [theirs["mean_api00"][k]["api00"] for k in ("est", "se")])
    close(total[["estimate", "se"]], [theirs["total_enroll"][k]["enroll"] for k in ("est", "se")])


def by_replicates(frame, replicates):
    """Standard errors of the mean of api00 and of the total of enroll."""
    w = replicates.weights
    means = w.T @ frame["api00"].to_numpy(dtype=float) / w.sum(axis=0)
    totals = w.T @ frame["enroll"].to_numpy(dtype=float)
    return np.sqrt(np.diag(replicates.covariance(np.column_stack([means, totals]))))


def test_jackknives(strat, clus, endless):
    margins = [margin_of(clus, name, totals) for name, totals in MARGINS.items()]
    jk1, jkn = jackknife(endless), jackknife(design_of(strat, "pw", "stype"))
    assert jkn.weights.shape[1] == R["jkn_dstrat_nofpc"]["nrep"]
    close(jk1.scale, R["jk1_dclus1_nofpc"]["scale"])
    for frame, replicates, key in (
        (clus, jk1, "jk1_dclus1_nofpc"),
        (strat, jkn, "jkn_dstrat_nofpc"),
        (clus, jk1.reweighted(lambda w: raked(w, margins)), "jk1_raked_dclus1"),
    ):
        wanted = [R[key]["mean_api00"]["se"]["api00"], R[key]["total_enroll"]["se"]["enroll"]]
        close(by_replicates(frame, replicates), wanted)


@pytest.mark.parametrize("lonely", ["remove", "adjust", "average"])
def test_a_stratum_of_one_cluster(strat, lonely):
    high = strat["stype"] == "H"
    few = pd.concat([strat[~high], strat[high].head(1)], ignore_index=True)
    one = survey_mean(few, "api00", weights="pw", strata="stype", lonely=lonely).iloc[0]
    theirs = R["lonely_psu"][lonely]
    close(one[["estimate", "se"]], [theirs["est"]["api00"], theirs["se"]["api00"]])


def test_spread_quantiles_regression_and_association(strat, by_strata):
    theirs = R["dstrat"]
    close(survey_variance(strat, "api00", by_strata), list(theirs["var_api00"].values()))
    quantiles = survey_quantile(strat, "api00", by_strata, [0.25, 0.5, 0.75])
    close(quantiles["estimate"], theirs["quantile_api00"]["est"])
    close(quantiles["se"], theirs["quantile_api00"]["se"])
    close(quantiles[["low", "high"]], theirs["quantile_api00"]["ci"])
    slopes = survey_regression(strat, "api00", ["ell", "meals", "mobility"], by_strata)
    close(slopes["estimate"], list(theirs["glm_api00_ell_meals_mobility"]["coef"].values()))
    close(slopes["se"], list(theirs["glm_api00_ell_meals_mobility"]["se"].values()))
    test = survey_association(strat, "sch.wide", "stype", by_strata)
    close(
        [test.f, test.df_numerator, test.df_denominator, test.p], list(theirs["chisq_schwide_stype"].values())
    )
