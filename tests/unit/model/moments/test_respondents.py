"""Sums over respondents made of blocks of rows: the same whatever the blocks, of complete and of missing answers."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.model.cbsem.robust import influence_of
from ncsi.model.moments import respondents
from ncsi.model.moments.em import em_moments
from ncsi.model.moments.respondents import Respondents
from ncsi.model.moments.sample import Sample, Units
from ncsi.model.moments.weighted import weighted_moments

N, P = 60, 4


def answers(missing: bool) -> np.ndarray:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(N, P)) + rng.normal(size=(N, 1))
    return np.where(rng.random(X.shape) < 0.25, np.nan, X) if missing else X


def drawn(missing: bool, units: Units | None) -> tuple[Sample, np.ndarray]:
    rng = np.random.default_rng(6)
    weights, nothing = rng.uniform(0.5, 2.0, N), np.zeros(N, dtype=np.intp)
    sample = Sample(answers(missing), weights, nothing, (), nothing, 0, np.arange(N), units)
    return sample, rng.poisson(1.0, (3, N)) * weights


CLUSTERS = Units(np.random.default_rng(7).integers(0, 12, N), np.repeat(np.arange(3), 4))


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("units", [None, CLUSTERS])
@pytest.mark.parametrize(("size", "few"), [(1, 1), (7, 7), (7, N), (59, 59)])
def test_blocks_change_nothing(monkeypatch, blocks_of, missing, units, size, few):
    sample, W = drawn(missing, units)
    moments = (em_moments if missing else weighted_moments)(sample.X, sample.weights)

    def made() -> tuple[np.ndarray, ...]:
        one = Respondents.of(sample.X, sample.weights, moments)
        return one.base, one.under(W), influence_of(sample, moments).cross

    whole = made()
    monkeypatch.setattr(respondents, "ROWS", size)
    blocks_of(few)
    for ours, theirs in zip(made(), whole, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
