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
