"""Groups: by hand, under designs, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import compare_groups
from ncsi.model.inference.group_distance import _labels
from ncsi.model.inference.group_replicates import group_replicates
from ncsi.model.inference.implied import geodesic_distance
from ncsi.model.inference.multigroup import _wald
from ncsi.survey import Replicates


def test_step_down_over_pairs_and_paths(survey, inst):
    found = compare_groups(survey, inst, "region", replicates=300)
    paths = found.paths
    assert len(paths) == 3 * 11
    assert (paths["p_adjusted"] >= 1 / 301).all()
    tops = paths.assign(size=paths["t"].abs()).sort_values("size", ascending=False)
    assert tops["p_adjusted"].is_monotonic_increasing
    assert found.adjustment == "max-|t|"
    assert found.groups["n"].sum() == 720


def test_wald_of_two_groups_is_the_square_of_welch(survey, inst):
    two = survey[survey["region"] != "West"]
    welch = compare_groups(two, inst, "region", replicates=300).paths
    wald = compare_groups(two, inst, "region", "wald", 300).omnibus
    assert wald["statistic"].iloc[:-1].to_numpy() == pytest.approx(welch["t"].to_numpy() ** 2, rel=1e-9)
    assert wald["df1"].tolist() == [1.0] * 11 + [11.0]


def drawn_of(survey, inst, by, replicates, **design):
    pooled = ncsi.fit_pls(survey, inst, by=by, **design)
    return pooled, group_replicates(pooled, survey, None, replicates, 1)


def test_the_reference_group_does_not_matter(survey, inst):
    pooled, drawn = drawn_of(survey, inst, "region", 300)
    order = np.array([2, 0, 1])
    flat = (order[:, None] * 11 + np.arange(11)).ravel()
    other = replace(drawn, estimate=drawn.estimate[order], covariance=drawn.covariance[np.ix_(flat, flat)])
    a, b = (_wald(pooled, one)["statistic"].to_numpy() for one in (drawn, other))
    assert a == pytest.approx(b, rel=1e-9)


def test_few_replicates_know_the_covariance_badly(survey, inst):
    """Nine degrees of freedom are too few for 22 differences, and are all that two have."""
    wald = compare_groups(survey, inst, "region", "wald", 10).omnibus
    assert (wald["df2"].iloc[:-1] == 8).all()
    assert np.isnan(wald[["statistic", "p"]].iloc[-1].to_numpy(dtype=float)).all()


def test_rows_without_a_group_take_their_replicate_weights_along(survey, inst):
    W = np.random.default_rng(2).poisson(1, (720, 40)).astype(float)
    gone = np.arange(720) % 9 == 0
    asked = survey.assign(region=survey["region"].mask(gone))
    whole = compare_groups(asked, inst, "region", replicates=Replicates(W, 1 / 40, np.ones(40), df=30))
    kept = compare_groups(
        survey[~gone], inst, "region", replicates=Replicates(W[~gone], 1 / 40, np.ones(40), df=30)
    )
    assert whole.paths.equals(kept.paths)


def test_replicate_weights_of_a_design(survey, inst):
    rng = np.random.default_rng(2)
    W = survey["weight"].to_numpy()[:, None] * rng.poisson(1, (720, 80))
    design = Replicates(W, 1 / 80, np.ones(80), df=40)
    found = compare_groups(survey, inst, "region", replicates=design, weights="weight").paths
    gaps = []
    ids = inst.construct_ids
    arcs = np.array([(ids.index(path.source), ids.index(path.target)) for path in inst.paths]).T
    for region in ("Central", "East"):
        rows = (survey["region"] == region).to_numpy()
        fit = ncsi.fit_pls(survey[rows], inst, weights="weight")
        own = ncsi.replicated(fit, pd.DataFrame(W[rows], index=survey.index[rows]))
        gaps.append(own.draws.paths[*arcs] - own.paths["estimate"].to_numpy()[:, None])
    head = found.head(11)
    se = np.sqrt(((gaps[0] - gaps[1]) ** 2).mean(axis=1))
    assert head["se"].to_numpy() == pytest.approx(se, rel=1e-6)
    assert (head["df"] <= 40).all()


def test_clusters_that_cut_across_groups_make_errors_of_differences_smaller(survey, inst):
    """What a cluster adds to two groups alike goes out of their difference."""
    rng = np.random.default_rng(3)
    street = np.arange(720) // 12
    side = np.where(np.arange(720) % 2 == 0, "a", "b")
    moved = survey.copy()
    for item in inst.item_ids:
        moved[item] = np.clip(moved[item] + rng.integers(-2, 3, 60)[street], 1, 10)
    data = moved.assign(street=street, side=side)
    _, drawn = drawn_of(data, inst, "side", 300, clusters="street")
    found = compare_groups(data, inst, "side", replicates=300, clusters="street")
    assert (found.paths["df"] < 60).all()
    apart = np.sqrt(np.diag(drawn.covariance).reshape(2, 11).sum(axis=0))
    assert (found.paths["se"] < 0.9 * apart).all()


def test_distance_by_hand():
    a = np.eye(2)[..., None]
    b = np.diag([np.e, 1.0])[..., None]
    assert geodesic_distance(a, b) == pytest.approx([0.5])
    assert np.isnan(geodesic_distance(np.array([[1.0, 2.0], [2.0, 1.0]])[..., None], b)).all()


def test_labels_move_within_strata_and_keep_sizes():
    group = np.array([0, 0, 1, 1, 1, 0, 2, 2])
    strata = np.array([1, 0, 1, 0, 1, 0, 0, 1])
    (labels,) = _labels(group, strata, 50, 1)
    for k in range(50):
        for s in (0, 1):
            assert sorted(labels[strata == s, k]) == sorted(group[strata == s])
    assert len({tuple(column) for column in labels.T}) > 10


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        (lambda d: d, {"group": "county"}, "no column county"),
        (lambda d: d[d["region"] == "East"], {}, r"holds 1 group"),
        (
            lambda d: d.assign(region=d["region"].mask(np.arange(720) < 12, "North")),
            {},
            "North of 'region': 12 eligible respondents for 20 items",
        ),
        (lambda d: d.assign(c=np.arange(720) % 60), {"method": "omnibus", "clusters": "c"}, "method='wald'"),
        (
            lambda d: d.assign(w=np.where(d["region"] == "East", 3.0, 1.0)),
            {"method": "omnibus", "weights": "w"},
            "weighted unlike",
        ),
        (
            lambda d: d.assign(w=np.where(d["region"] == "East", 3.0, 1.0)),
            {"method": "permutation", "weights": "w"},
            "weighted unlike",
        ),
        (
            lambda d: d.assign(c=np.arange(720) % 60),
            {"method": "permutation", "clusters": "c"},
            "method='wald'",
        ),
        (lambda d: d, {"method": "omnibus", "replicates": 10}, "no p below"),
        (
            lambda d: d.assign(c=np.arange(720) % 60),
            {"method": "henseler", "clusters": "c"},
            "which 'henseler' takes for independent",
        ),
        (lambda d: d, {"method": "sarstedt"}, "no method 'sarstedt'"),
        (lambda d: d, {"method": "permutation", "strata": "brand"}, "method='welch'"),
        (
            lambda d: d,
            {"method": "henseler", "replicates": Replicates(np.ones((720, 2)), 1.0, np.ones(2))},
            "not draws",
        ),
        (
            lambda d: d,
            {"replicates": Replicates(np.ones((7, 2)), 1.0, np.ones(2))},
            "7 rows of replicate weights for 720",
        ),
    ],
)
def test_what_is_refused(survey, inst, change, asked, message):
    with pytest.raises(ModelError, match=message):
        compare_groups(change(survey), inst, **{"group": "region", **asked})
