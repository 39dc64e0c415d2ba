"""Replicates whose item correlations no answers can have, under many missing answers (docs/method.md §7)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.model.moments.respondents import Respondents
from ncsi.model.pls.fit import PlsFit
from ncsi.model.resampling.draws import Draws, correlations_of, draws_of
from ncsi.model.resampling.streams import replicate_weights
from ncsi.spec import load_instrument

N, REPLICATES = 80, 1000
CITIZENS = load_instrument("citizens")


def answered(seed: int, n: int = N) -> pd.DataFrame:
    """Of 80 respondents, or so many, who were asked each item with a chance of 70 %, and two of the target at least."""
    rng = np.random.default_rng(seed)
    common, columns = rng.normal(size=n), {}
    skipped = rng.integers(0, 3, n)
    for construct in CITIZENS.constructs:
        own = 0.75 * common + 0.66 * rng.normal(size=n)
        for k, item in enumerate(construct.items):
            answers = np.clip(np.rint(7 + 1.6 * (0.8 * own + 0.6 * rng.normal(size=n))), 1, 10)
            asked = skipped != k if construct.id == CITIZENS.target else rng.random(n) < 0.7
            columns[item.id] = np.where(asked, answers, np.nan)
            columns[f"{item.id}_missing"] = np.where(asked, None, "not_asked")
    return pd.DataFrame(columns)


def indefinite(fit: PlsFit, W: np.ndarray) -> np.ndarray:
    """Which replicates have item correlations with an eigenvalue that is not positive."""
    made = Respondents.of(fit.sample.answers, fit.sample.weights, fit.moments)
    R, _ = correlations_of(made.under(W), len(fit.moments.mean))
    return np.linalg.eigvalsh(np.moveaxis(R, -1, 0))[:, 0] <= 0


def drawn(seed: int) -> tuple[PlsFit, np.ndarray, Draws]:
    """A fit, row weights of replicates, and what these come to: every one of them settles."""
    fit = ncsi.fit_pls(answered(seed), CITIZENS)
    W = np.concatenate(list(replicate_weights(fit.sample.weights, fit.sample.stratum, REPLICATES, seed)))
    draws, settled = draws_of(fit, [W])
    assert settled.all()
    return fit, W, draws


def paths_of(fit: PlsFit, draws: Draws) -> np.ndarray:
    ids = CITIZENS.construct_ids
    return draws.paths[
        [ids.index(one) for one in fit.paths["from"]], [ids.index(one) for one in fit.paths["to"]]
    ]


@pytest.mark.parametrize("seed", [3, 9, 15])
def test_they_spread_as_the_others_and_constructs_correlate_as_they_can(seed):
    fit, W, draws = drawn(seed)
    odd = indefinite(fit, W)
    assert 0.3 < odd.mean() < 0.7
    assert np.abs(draws.phi).max() < 1 + 1e-12
    for found in (draws.index, paths_of(fit, draws)):
        squared = (found - found.mean(axis=1, keepdims=True)) ** 2
        ratio = np.sqrt(squared[:, odd].mean(axis=1) / squared[:, ~odd].mean(axis=1))
        np.testing.assert_allclose(ratio, 1.0, atol=0.2)


def test_constructs_that_correlate_beyond_one_did_not_converge():
    """One of a thousand replicates of 60 respondents makes the error of a path a third larger."""
    fit = ncsi.fit_pls(answered(16, 60), CITIZENS)
    W = np.concatenate(list(replicate_weights(fit.sample.weights, fit.sample.stratum, REPLICATES, 16)))
    draws, settled = draws_of(fit, [W])
    beyond = np.abs(draws.phi).max(axis=(0, 1)) > 1 + 1e-9
    assert beyond.sum() == 1
    np.testing.assert_array_equal(settled, ~beyond)
    spread = paths_of(fit, draws).std(axis=1) / paths_of(fit, draws.kept(settled)).std(axis=1)
    assert spread.max() > 1.3
