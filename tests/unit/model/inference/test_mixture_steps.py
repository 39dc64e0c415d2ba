"""The steps of a mixture written out: densities by scipy, least squares by class, climbing that never loses height."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ncsi.model.inference import mixture_em as em

OUTCOMES, CAUSES = np.array([2, 3]), (np.array([0, 1]), np.array([1, 2]))
"""S2 on a constant and S1; S3 on S1 and S2, without one."""


@pytest.fixture(scope="module")
def S():
    rng = np.random.default_rng(3)
    S = rng.normal(size=(80, 3))
    S[:, 1] += np.where(np.arange(80) % 2, 0.8, -0.8) * S[:, 0]
    S[:, 2] += 0.5 * S[:, 1]
    return S


@pytest.fixture(scope="module")
def classes():
    """Two starts with two classes: shares, (constant, S1 | S1, S2), variances."""
    return em.Classes(
        np.array([[0.3, 0.7], [0.5, 0.5]]),
        np.array([[[0.1, 0.8, 0.2, 0.5], [-0.2, -0.8, 0.0, 0.4]], [[0.0, 0.1, 0.2, 0.3], [0.5, 0.4, 0.3, 0.2]]]),
        np.array([[[0.5, 1.0], [2.0, 0.7]], [[1.0, 1.0], [0.4, 3.0]]]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def paths():
    return em.Paths(OUTCOMES, CAUSES, np.full(2, 1e-6))


def densities(S, classes, b):
    """Of start b: (k, n)."""
    found = []
    for share, (c, s, t, u), variance in zip(
        classes.share[b], classes.slopes[b], classes.variance[b], strict=True
    ):
        first = stats.norm.pdf(S[:, 1], c + s * S[:, 0], np.sqrt(variance[0]))
        second = stats.norm.pdf(S[:, 2], t * S[:, 0] + u * S[:, 1], np.sqrt(variance[1]))
        found.append(share * first * second)
    return np.array(found)


def test_expectation_is_bayes_over_normal_densities(S, classes, paths):
    posterior, log = em.expected(em.products(S), classes, paths)
    assert posterior.shape == (2, 2, 80)
    for b in range(2):
        joint = densities(S, classes, b)
        assert log[b] == pytest.approx(np.log(joint.sum(axis=0)))
        assert posterior[b] == pytest.approx(joint / joint.sum(axis=0))


def test_maximisation_is_weighted_least_squares_in_each_class(S, paths):
    parts = np.random.default_rng(4).random((2, 3, 80))
    made = em.maximised(em.products(S), parts, paths)
    A, B = np.column_stack([np.ones(80), S[:, 0]]), S[:, :2]
    for b in range(2):
        assert made.share[b] == pytest.approx(parts[b].sum(axis=1) / parts[b].sum())
        for c in range(3):
            w = parts[b, c]
            told = []
            for X, y, variance in (
                (A, S[:, 1], made.variance[b, c, 0]),
                (B, S[:, 2], made.variance[b, c, 1]),
            ):
                beta = np.linalg.solve((X * w[:, None]).T @ X, X.T @ (w * y))
                assert variance == pytest.approx(w @ (y - X @ beta) ** 2 / w.sum())
                told.extend(beta)
            assert made.slopes[b, c] == pytest.approx(told)


def test_no_variance_lies_below_the_least(S):
    paths = em.Paths(OUTCOMES, CAUSES, np.array([0.1, 50.0]))
    made = em.maximised(em.products(S), np.ones((1, 1, 80)), paths)
    assert made.variance[0, 0, 0] > 0.1
    assert made.variance[0, 0, 1] == 50
    bounded = made.moved(np.concatenate([[[0.0]], made.slopes[0], [[-9.0, 9.0]]], axis=1), paths)
    assert bounded.variance[0, 0] == pytest.approx([0.1, np.exp(9)])


def test_the_least_variance_is_a_thousandth_of_that_of_one_class(S):
    w = np.arange(80) % 3 + 1.0
    found = em.pooled(em.products(S), w, OUTCOMES, CAUSES)
    for X, y, least in (
        (np.column_stack([np.ones(80), S[:, 0]]), S[:, 1], found.least[0]), (S[:, :2], S[:, 2], found.least[1]),
    ):  # fmt: skip
        beta = np.linalg.solve((X * w[:, None]).T @ X, X.T @ (w * y))
        assert least == pytest.approx(0.001 * (w @ (y - X @ beta) ** 2) / w.sum())
    assert found.coefficients == 4


def test_parameters_in_a_row_are_themselves_again(classes, paths):
    back = classes.moved(classes.vector, paths)
    for name in ("share", "slopes", "variance"):
        assert getattr(back, name) == pytest.approx(getattr(classes, name))
    doubled = classes.vector.reshape(2, 2, -1).copy()
    doubled[..., 0] += 5.0
    again = classes.moved(doubled.reshape(2, -1), paths)
    assert again.share == pytest.approx(classes.share), "shares are made to sum to 1"


def test_a_class_that_died_out_stays_a_number(S, paths):
    parts = np.stack([np.ones(80), np.zeros(80)])[None]
    made = em.maximised(em.products(S), parts, paths)
    assert made.share[0].tolist() == [1.0, 0.0]
    for name in ("slopes", "variance"):
        assert np.isfinite(getattr(made, name)).all()
    posterior, log = em.expected(em.products(S), made, paths)
    assert posterior[0, 1].tolist() == [0.0] * 80
    assert np.isfinite(log).all()
    assert np.isfinite(made.vector).all()


def test_climbing_gains_height_and_ends_where_steps_do(S, classes, paths):
    """A long climb by plain steps of expectation and maximisation reaches the same maximum, only later."""
    P, w = em.products(S), np.arange(80) % 3 + 1.0
    heights = [em.climbed(P, w, paths, classes, 0.0, cycles)[1] for cycles in (1, 2, 5, 40)]
    assert (np.diff(heights, axis=0) >= -1e-12).all()
    found, height = em.climbed(P, w, paths, classes, 1e-13, 400)
    plain = classes
    for _ in range(800):
        posterior, log = em.expected(P, plain, paths)
        plain = em.maximised(P, posterior * w, paths)
    assert height == pytest.approx(log @ w / w.sum(), abs=1e-7)
    assert found.slopes == pytest.approx(plain.slopes, abs=1e-3)
    assert em.climbed(P, w, paths, found, 1e-6, 1)[1] == pytest.approx(height, abs=1e-9)
