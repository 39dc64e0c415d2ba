"""Replicate weights: identities that hold exactly, weights that a user brings, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import InputError
from ncsi.survey import (
    ReplicateDesign,
    Replicates,
    brr,
    design_of,
    jackknife,
    rao_wu,
    replicates_of,
    survey_mean,
    survey_total,
)
from ncsi.survey.replicate_weights import hadamard


@pytest.fixture
def sample():
    """Three strata of 2, 2 and 3 clusters of 4 rows, drawn from 10, 20 and 12 clusters."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"cluster": np.repeat(np.arange(7), 4)})
    frame["stratum"] = np.array(list("aabbccc"))[frame["cluster"]]
    frame["clusters"] = frame["stratum"].map({"a": 10, "b": 20, "c": 12})
    return frame.assign(w=rng.uniform(1, 4, 28), y=rng.normal(50, 9, 28))


def pairs(sample):
    return sample[sample["stratum"] != "c"].reset_index(drop=True)


def standard_error(frame, replicates):
    design = ReplicateDesign(frame["w"].to_numpy(), replicates)
    return survey_total(frame, "y", design)["se"].item()


@pytest.mark.parametrize(
    ("least", "order"),
    [
        (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 12), (12, 12), (13, 16), (17, 20), (21, 24), (25, 32),
        (33, 40), (41, 44), (45, 48), (49, 60),
    ],
)  # fmt: skip
def test_hadamard_matrices_are_orthogonal_and_as_small_as_can_be_made(least, order):
    H = hadamard(least)
    np.testing.assert_array_equal(H @ H.T, order * np.eye(order))
    assert (H[0] == 1).all()
    assert (H[:, 0] == 1).all()


def test_a_hadamard_matrix_that_can_be_doubled_is_doubled():
    """24 = 2 · 12 is doubled from 12, although 23 is a prime: as in R."""
    H = hadamard(24)
    np.testing.assert_array_equal(H[12:, 12:], -H[:12, :12])


@pytest.mark.parametrize("fay", [0.0, 0.3, 0.9])
def test_balanced_half_samples_give_the_linearised_error_of_a_total(sample, fay):
    frame = pairs(sample)
    design = design_of(frame, "w", "stratum", "cluster")
    replicates = brr(design, fay)
    wanted = survey_total(frame, "y", design)["se"].item()
    assert standard_error(frame, replicates) == pytest.approx(wanted, rel=1e-10)
    np.testing.assert_allclose(replicates.weights.mean(axis=1), design.weights)
    assert sorted(set(np.round(replicates.weights[0] / design.weights[0], 12))) == [fay, 2 - fay]
    assert replicates.df == 2


def test_half_samples_need_pairs_and_a_factor_below_1(sample):
    design = design_of(sample, "w", "stratum", "cluster")
    with pytest.raises(
        InputError, match="stratum c: it has 3 clusters, where balanced half samples need two"
    ):
        brr(design)
    for fay in (-0.1, 1.0):
        with pytest.raises(InputError, match=r"Fay's factor: .* is out of range"):
            brr(design_of(pairs(sample), "w", "stratum", "cluster"), fay)


@pytest.mark.parametrize("strata", [None, "stratum"])
@pytest.mark.parametrize("fpc", [None, "clusters"])
def test_jackknives_give_the_linearised_error_of_a_total(sample, strata, fpc):
    frame = sample if strata else sample.assign(clusters=40)
    design = design_of(frame, "w", strata, "cluster", fpc)
    replicates = jackknife(design)
    assert replicates.weights.shape == (28, 7)
    assert replicates.df == design.degrees_of_freedom() == (4 if strata else 6)
    wanted = survey_total(frame, "y", design)["se"].item()
    assert standard_error(frame, replicates) == pytest.approx(wanted, rel=1e-10)


def test_a_lonely_cluster_stays_whole_in_every_replicate(sample):
    frame = sample[sample["cluster"] != 0].reset_index(drop=True)
    design = design_of(frame, "w", "stratum", "cluster", lonely="remove")
    wanted = survey_total(frame, "y", design)["se"].item()
    whole = (frame["cluster"] == 1).to_numpy()
    made = jackknife(design)
    assert made.weights.shape[1] == 5
    assert standard_error(frame, made) == pytest.approx(wanted, rel=1e-10)
    for replicates in (made, rao_wu(design, 6, 1)):
        np.testing.assert_array_equal(
            replicates.weights[whole],
            np.repeat(design.weights[whole][:, None], replicates.weights.shape[1], 1),
        )


def test_a_lonely_first_stratum_does_not_end_the_drawing(sample):
    frame = sample[sample["cluster"] != 0].reset_index(drop=True)
    drawn = rao_wu(design_of(frame, "w", "stratum", "cluster", lonely="remove"), 6, 1).weights
    assert (drawn[(frame["stratum"] == "b").to_numpy()] == 0).any()
    assert (drawn[(frame["stratum"] == "c").to_numpy()] == 0).any()


def test_three_pairs_take_four_half_samples(sample):
    frame = sample[sample["cluster"] != 6].reset_index(drop=True)
    assert brr(design_of(frame, "w", "stratum", "cluster")).weights.shape == (24, 4)


def test_nothing_but_lonely_clusters_cannot_be_replicated(sample):
    frame = sample[sample["cluster"].isin([0, 2])].reset_index(drop=True)
    design = design_of(frame, "w", "stratum", "cluster", lonely="remove")
    with pytest.raises(InputError, match="stratum a: it has one cluster only"):
        jackknife(design)


def test_the_sampling_fraction_scales_the_bootstrap(sample):
    """A quarter drawn leaves three quarters of the variance, the same draws given; all drawn leaves none."""
    free, quarter, all_drawn = (
        rao_wu(design_of(sample.assign(f=f), "w", "stratum", "cluster", "f"), 50, 3)
        for f in (1e-12, 0.25, 1.0)
    )
    assert standard_error(sample, quarter) == pytest.approx(standard_error(sample, free) * 0.75**0.5)
    np.testing.assert_allclose(all_drawn.weights, np.repeat(sample[["w"]].to_numpy(), 50, 1))


def test_a_seed_gives_the_same_bootstrap_weights_for_good(sample):
    """Each stratum draws from its own counter, so that a stratum's draws do not depend on the others."""
    made = rao_wu(design_of(sample, None, "stratum", "cluster"), 4, 7)
    first = made.weights[::4]
    np.testing.assert_array_equal(first, FIRST)
    assert (made.scale, made.rscales.tolist(), made.df) == (0.25, [1.0] * 4, 4)
    alone = rao_wu(design_of(sample[sample["stratum"] == "a"], None, "stratum", "cluster"), 4, 7)
    np.testing.assert_array_equal(alone.weights, made.weights[:8])


FIRST = [
    [2.0, 0.0, 0.0, 0.0],
    [0.0, 2.0, 2.0, 2.0],
    [2.0, 0.0, 0.0, 0.0],
    [0.0, 2.0, 2.0, 2.0],
    [3.0, 3.0, 3.0, 1.5],
    [0.0, 0.0, 0.0, 1.5],
    [0.0, 0.0, 0.0, 0.0],
]


@pytest.mark.parametrize(
    ("kind", "more", "scale"),
    [
        ("bootstrap", {}, 1 / 4), ("BRR", {}, 1 / 4), ("Fay", {"fay": 0.3}, 1 / (4 * 0.49)), ("JK1", {}, 3 / 4),
        ("JKn", {"rscales": [0.5] * 4}, 1.0), ("ACS", {}, 1.0), ("successive-difference", {}, 1.0),
        ("JK1", {"scale": 0.2}, 0.2),
    ],
)  # fmt: skip
def test_a_kind_knows_its_scale(kind, more, scale):
    frame = pd.DataFrame(np.ones((3, 4)))
    made = replicates_of(frame, kind=kind, **more)
    assert made.scale == pytest.approx(scale)
    assert made.rscales.tolist() == list(more.get("rscales", [1.0] * 4))
    assert made.mse
    assert made.df is None


def test_columns_and_factors_that_a_user_brings(sample):
    frame = sample.assign(r1=1.5, r2=0.5, r3=0.0)
    plain = replicates_of(frame, ["r1", "r2"], mse=False, df=9)
    assert plain.weights.shape == (28, 2)
    assert (plain.mse, plain.degrees_of_freedom()) == (False, 9)
    factors = replicates_of(frame, ["r1", "r3"], base="w")
    np.testing.assert_allclose(factors.weights, np.outer(sample["w"], [1.5, 0.0]))


def test_degrees_of_freedom_are_the_rank_less_one():
    W = np.array([[1.0, 2, 3], [1, 2, 3], [1, 0, 1], [1, 1, 2]])
    assert replicates_of(pd.DataFrame(W)).degrees_of_freedom() == 1
    assert replicates_of(pd.DataFrame(np.eye(4))).degrees_of_freedom() == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": ["r1", "nobody"]}, "there is no column 'nobody'"),
        ({"columns": ["r1"], "base": "nobody"}, "there is no column 'nobody'"),
        ({"columns": []}, "there is no column 'of weights'"),
        ({"columns": ["r1"], "kind": "JKn"}, "JKn has no rscales"),
        ({"columns": ["r1"], "rscales": [1, 1]}, "2 rscales for 1 replicates"),
        ({"columns": ["r1", "negative"]}, "column negative, row p2: the weight is missing, negative"),
        ({"columns": ["text"]}, "column text, row p1: the weight is missing, negative"),
        ({"columns": ["endless"]}, "column endless, row p3: the weight is missing, negative"),
    ],
)
def test_replicate_weights_that_cannot_be_used_are_named(arguments, message):
    frame = pd.DataFrame(
        {"r1": 1.0, "negative": [1.0, 0.0, -1.0, 1.0], "text": [1, "x", 1, 1], "endless": [1, 1, 1, np.inf]},
        index=["p0", "p1", "p2", "p3"],
    )
    with pytest.raises(InputError, match=message):
        replicates_of(frame, **arguments)


def test_deviations_are_from_the_full_estimate_or_from_their_mean():
    theta = np.array([[1.0, 5.0], [3.0, 5.0], [5.0, 8.0]])
    own = Replicates(np.ones((2, 3)), 0.5, np.array([1.0, 2.0, 1.0]))
    assert own.variances(theta, np.array([2.0, 5.0])).tolist() == [0.5 * (1 + 2 + 9), 0.5 * 9]
    np.testing.assert_allclose(own.covariance(theta, np.array([2.0, 5.0])), [[6.0, 4.5], [4.5, 4.5]])
    about_mean = Replicates(own.weights, 0.5, own.rscales, mse=False)
    np.testing.assert_allclose(about_mean.variances(theta, np.array([9.0, 9.0])), [4.0, 0.5 * (1 + 2 + 4)])
    np.testing.assert_allclose(own.covariance(theta), [[4.0, 3.0], [3.0, 3.5]])


def test_reweighting_keeps_the_rest():
    own = Replicates(np.ones((2, 3)), 0.5, np.ones(3), mse=False, df=4)
    twice = own.reweighted(lambda W: 2 * W)
    assert twice.weights.tolist() == [[2.0] * 3] * 2
    assert (twice.scale, twice.mse, twice.df) == (0.5, False, 4)


def test_the_public_call_takes_replicates_a_frame_or_columns(sample):
    made = jackknife(design_of(sample, "w", "stratum", "cluster"))
    columns = pd.DataFrame(made.weights, columns=[f"r{k}" for k in range(7)])
    frame = pd.concat([sample, columns], axis=1)
    by_object = survey_mean(frame, "y", "w", replicates=made)
    wanted = Replicates(made.weights, 1 / 7, np.ones(7))
    bootstrap = survey_mean(frame, "y", "w", replicates=wanted)
    for given in (columns, list(columns)):
        pd.testing.assert_frame_equal(survey_mean(frame, "y", "w", replicates=given), bootstrap)
    assert by_object["se"].item() != bootstrap["se"].item()
    assert by_object["df"].item() == 4
    for extra in ({"strata": "stratum"}, {"clusters": "cluster"}, {"fpc": "clusters"}):
        with pytest.raises(InputError, match="replicates are given beside strata, clusters or fpc"):
            survey_mean(frame, "y", "w", replicates=made, **extra)


def test_a_replicate_without_weight_in_a_domain_leaves_it_without_an_error(sample):
    made = jackknife(design_of(sample, "w", None, "cluster"))
    ours = survey_mean(sample, "y", "w", by="cluster", replicates=made)
    assert ours["estimate"].notna().all()
    assert ours["se"].isna().all()
