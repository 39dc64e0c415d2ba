"""Moments by their definitions: batches that add up, EM at its fixed point, and the step that re-weighting takes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import ModelError, NotConverged
from ncsi.model.moments.em import em_moments
from ncsi.model.moments.respondents import Respondents, moment_rows
from ncsi.model.moments.sample import sample_of
from ncsi.model.moments.weighted import ROUNDING, batch_moments, varies, weighted_moments


def drawn(seed=5, n=300, p=4, missing=0.25):
    rng = np.random.default_rng(seed)
    X = 50 + 9 * (rng.normal(size=(n, p)) + rng.normal(size=(n, 1)))
    return np.where(rng.random(X.shape) < missing, np.nan, X), rng.uniform(0.4, 2.0, n)


def test_batches_add_up_to_the_whole():
    X, weights = drawn(missing=0.0)
    cuts = [0, 7, 8, 150, 300]
    parts = [(X[a:b], weights[a:b]) for a, b in pairwise(cuts)]
    found = batch_moments(parts)
    np.testing.assert_allclose(found.mean, np.average(X, axis=0, weights=weights), rtol=1e-12)
    np.testing.assert_allclose(found.cov, np.cov(X.T, aweights=weights, ddof=0), rtol=1e-10)
    assert (found.n, found.total) == (300, pytest.approx(weights.sum()))
    np.testing.assert_allclose(found.cov, weighted_moments(X, weights).cov, rtol=1e-10)


def test_moments_far_from_zero_keep_their_digits():
    X, weights = drawn(missing=0.0)
    far = weighted_moments(X + 1e9, weights)
    np.testing.assert_allclose(far.cov, weighted_moments(X, weights).cov, rtol=1e-6)


def test_no_batch_has_no_moments():
    with pytest.raises(ValueError, match="no rows"):
        batch_moments([])


def test_a_variance_is_more_than_rounding_above_64_epsilon_only():
    second = np.array([1.0, 1.0, 1.0])
    assert varies(np.array([0.5, 1.0, 2.0]) * ROUNDING, second).tolist() == [False, False, True]
    assert ROUNDING == 64 * 2.0**-52


def test_em_ends_where_another_step_changes_nothing():
    """By rows: expected values and residual covariances of the normal distribution, written out."""
    X, weights = drawn()
    found = em_moments(X, weights)
    total, first, second = 0.0, np.zeros(4), np.zeros((4, 4))
    for x, w in zip(X, weights, strict=True):
        seen = ~np.isnan(x)
        if not seen.any():
            continue
        filled, more = x.copy(), np.zeros((4, 4))
        if not seen.all():
            slope = found.cov[np.ix_(~seen, seen)] @ np.linalg.inv(found.cov[np.ix_(seen, seen)])
            filled[~seen] = found.mean[~seen] + slope @ (x[seen] - found.mean[seen])
            more[np.ix_(~seen, ~seen)] = (
                found.cov[np.ix_(~seen, ~seen)] - slope @ found.cov[np.ix_(seen, ~seen)]
            )
        total += w
        first += w * filled
        second += w * (np.outer(filled, filled) + more)
    mean = first / total
    np.testing.assert_allclose(found.mean, mean, rtol=1e-8)
    np.testing.assert_allclose(found.cov, second / total - np.outer(mean, mean), rtol=1e-6)


def test_em_that_comes_to_one_item_following_from_another_says_so():
    """It ended in an error of NumPy, and a sector in one of Python."""
    rng = np.random.default_rng(0)
    x = np.rint(2 * rng.normal(size=40))
    X = np.column_stack([x, 2 * x, rng.normal(size=40)])
    X[:5, 2] = np.nan
    with pytest.raises(NotConverged, match=r"items that follow from one another .*\. Leave out"):
        em_moments(X, np.ones(40))


@pytest.mark.parametrize("missing", [0.1, 0.4])
def test_the_whole_step_is_the_derivative_of_the_moments_by_the_weights(missing):
    """θ(w + h·v) - θ(w) over h, by EM to its end, against (I-J)⁻¹ times one step: Louis (1982)."""
    X, weights = drawn(missing=missing)
    moved = np.random.default_rng(8).normal(size=len(X)) * 0.5 + 1
    start = em_moments(X, weights)
    made = Respondents.of(X, weights, start)
    (_, rows), whole = next(made.blocks()), made.correction
    seen = ~np.isnan(X).all(axis=1)

    def standardised(moments):
        mean = (moments.mean - start.mean) / start.sd
        cov = moments.cov / np.outer(start.sd, start.sd) + np.outer(mean, mean)
        return np.concatenate([mean, cov[np.triu_indices(4)]])

    h = 1e-4
    up, down = (em_moments(X, weights * (1 + side * h * moved)) for side in (1, -1))
    slope = (standardised(up) - standardised(down)) / (2 * h)
    own = weights * moved
    pull = (rows[:, seen] @ own[seen] - standardised(start) * own[seen].sum()) / weights[seen].sum()
    np.testing.assert_allclose(whole @ pull, slope, rtol=2e-4, atol=2e-6)


def test_rows_of_moments_are_the_values_and_their_products():
    X = np.array([[2.0, 3.0, 5.0], [1.0, -1.0, 4.0]])
    assert moment_rows(X).T.tolist() == [[2, 3, 5, 4, 6, 10, 9, 15, 25], [1, -1, 4, 1, -1, 4, 1, -4, 16]]


@pytest.mark.parametrize(
    ("sd", "at", "alike"), [(1e-6, 1e3, True), (3e-5, 1e3, True), (1e-3, 1e3, False), (3e-5, 0.0, False)]
)
def test_a_column_does_not_vary_where_rounding_is_all_that_is_left(sd, at, alike):
    """A variance below 64 ε times the second moment about 0 is none, wherever the answers lie."""
    X = np.random.default_rng(1).normal(size=(80, 2))
    X[:, 1] = at + sd * (X[:, 1] - X[:, 1].mean()) / X[:, 1].std()
    X[0, 0] = np.nan
    if alike:
        with pytest.raises(ModelError, match="every answer of column 1 is the same"):
            em_moments(X, np.ones(80))
    else:
        assert em_moments(X, np.ones(80)).sd[1] == pytest.approx(sd, rel=1e-6)


def test_a_sample_knows_its_groups_in_order_and_whether_it_is_complete(survey, survey_missing, inst):
    shuffled = survey.sample(frac=1.0, random_state=1)
    made = sample_of(shuffled, inst, "weight", "brand", "region")
    assert made.groups == tuple(sorted(survey["brand"].unique()))
    assert made.complete is True
    assert sample_of(survey_missing, inst, None, None, None).complete is False
    names = shuffled["brand"].to_numpy()[made.rows]
    assert [made.groups[g] for g in made.group] == names.tolist()
    cells = pd.DataFrame(
        {"brand": names, "region": shuffled["region"].to_numpy()[made.rows], "at": made.stratum}
    )
    assert (cells.groupby("at").nunique() == 1).all(axis=None)
    assert made.stratum.max() + 1 == len(cells.drop_duplicates())
    assert (np.diff(made.stratum) >= 0).all()
    assert made.moments().n == len(survey)
    blank = survey.assign(region=survey["region"].where(survey.index > 1))
    with pytest.raises(
        ModelError, match=r"column 'region': 2 rows have no value\. Give every row its stratum"
    ):
        sample_of(blank, inst, None, None, "region")
