"""Answer patterns packed into numbers, and the EM step that is kept: nothing of another sample comes back."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.model.moments.em import em_moments, patterns_of
from ncsi.model.moments.em_update import _LAST, completed


def answers(seed: int, items: int, respondents: int = 400, missing: float = 0.2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(respondents, items)) + rng.normal(size=(respondents, 1))
    return np.where(rng.random(X.shape) < missing, np.nan, X)


@pytest.mark.parametrize("items", [1, 3, 8, 9, 22, 64, 65, 130])
def test_patterns_are_those_of_sorted_rows(items):
    X = answers(1, items, respondents=300, missing=0.5 if items < 5 else 0.04)
    for one in patterns_of(X, np.ones(len(X))):
        mask = ~np.isnan(X[np.sort(one.rows)])
        masks, which = np.unique(mask, axis=0, return_inverse=True)
        assert (one.observed == masks).all()
        assert (one.pattern[np.argsort(one.rows, kind="stable")] == which.ravel()).all()


def test_a_kept_step_is_the_one_that_would_be_computed():
    first, other = answers(1, 5), answers(2, 5)
    weights = np.random.default_rng(3).uniform(0.5, 2.0, len(first))
    asked = [(X, w) for X in (first, other) for w in (np.ones(len(first)), weights)]
    for X, w in [*asked, *asked, asked[-1]]:
        moments = em_moments(X, w)
        *_, kept, _ = completed(X, w, moments)
        _LAST.clear()
        *_, anew, _ = completed(X, w, moments)
        assert (kept == anew).all()


def test_a_kept_step_cannot_be_written_to():
    X = answers(1, 5)
    *_, step, _ = completed(X, np.ones(len(X)), em_moments(X, np.ones(len(X))))
    with pytest.raises(ValueError, match="read-only"):
        step[0, 0] = 0.0


@pytest.mark.parametrize("at_a_time", [1, 7, 512])
def test_products_of_single_respondents_are_made_anew_to_the_last_bit(monkeypatch, at_a_time):
    """Those of a pattern that several have are held, whatever lies in the run of patterns beside them."""
    X = answers(4, 6, respondents=90, missing=0.25)
    weights = np.random.default_rng(5).uniform(0.5, 2.0, len(X))
    wanted = em_moments(X, weights).cov
    monkeypatch.setattr("ncsi.model.moments.em.AT_A_TIME", at_a_time)
    singles = several = 0
    for one in patterns_of(X, weights):
        found = np.concatenate([some.second for some in one.parts()])
        sizes = np.bincount(one.pattern)
        assert len(one.products.second) == (sizes > 1).sum()
        for k, size in enumerate(sizes.tolist()):
            own = one.rows[one.pattern == k]
            values, w = np.nan_to_num(X[own]), weights[own, None]
            np.testing.assert_allclose(found[k], (w * values).T @ values / w.sum(), rtol=1e-12)
            if size == 1:
                np.testing.assert_array_equal(found[k], (w * values).T @ values / w)
        singles, several = singles + int((sizes == 1).sum()), several + int((sizes > 1).sum())
        np.testing.assert_allclose(one.second, np.tensordot(one.share, found, 1), rtol=1e-12)
        np.testing.assert_allclose(one.first, one.share @ one.mean, rtol=1e-12)
    assert min(singles, several) > 10
    np.testing.assert_array_equal(em_moments(X, weights).cov, wanted)


def test_expected_answers_lie_in_the_order_of_respondents_and_items():
    X = answers(6, 5)
    X[:2] = np.nan  # who gave no answer is expected nothing of
    weights = np.ones(len(X))
    filled, *_ = completed(X, weights, em_moments(X, weights))
    (found,) = _LAST.values()
    missing = np.isnan(X)
    missing[:2] = False
    rows, items = np.nonzero(missing)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.items, items)
    np.testing.assert_array_equal(found.values, filled[missing])


@pytest.mark.parametrize("respondents", [1, 40])
def test_patterns_where_nobody_left_anything_out(respondents):
    (one,) = patterns_of(answers(7, 3, respondents, missing=0.0), np.ones(respondents))
    assert one.missing.shape == (1, 0)
    assert one.rows.tolist() == list(range(respondents))
    assert one.pattern.tolist() == [0] * respondents
    assert one.share.tolist() == [1.0]
