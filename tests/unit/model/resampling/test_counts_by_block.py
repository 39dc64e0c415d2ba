"""Draws of many units, counted as runs of them are asked for: those that are counted whole, and nothing is held."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from ncsi.model.resampling import counts_by_block
from ncsi.model.resampling.counters import LARGE, UNITS
from ncsi.model.resampling.counts_by_block import CountsByBlock, times_of
from ncsi.model.resampling.streams import drawn_factors, drawn_replicates, row_counts
from ncsi.model.resampling.threads import mapping

SIZES = (3, 1, 700, 40, UNITS + 130, 2, LARGE, LARGE - 1)
STRATUM = np.repeat(np.arange(len(SIZES)) * 3, SIZES)
N = len(STRATUM)
WEIGHTS = np.random.default_rng(1).uniform(0.5, 2.0, len(STRATUM))


@pytest.fixture(scope="module")
def whole():
    return np.concatenate(list(row_counts(STRATUM, 130, 7)))


@pytest.mark.parametrize(
    "run", [slice(0, 1), slice(0, len(STRATUM)), slice(2, 800), slice(8000, 9100), slice(9270, 9275)]
)
@pytest.mark.parametrize("threads", [1, 3])
def test_a_run_is_counted_as_within_the_whole(whole, run, threads):
    counts = CountsByBlock.of(7, range(64, 130), STRATUM)
    assert (counts.shape, len(counts)) == ((66, N), 66)
    with mapping(threads) as each:
        for found in each(lambda _: times_of(counts, run), range(5)):
            assert (found == whole[64:, run]).all()
    assert len(counts.held) <= counts_by_block.HELD


def test_strata_are_brought_back_to_their_totals_as_by_the_whole(whole):
    counts = CountsByBlock.of(7, range(130), STRATUM)
    assert (drawn_factors(counts, STRATUM) == drawn_factors(whole, STRATUM)).all()
    starts = np.flatnonzero(np.r_[True, np.diff(STRATUM) > 0])
    with mapping(2) as each:
        left = counts.left(WEIGHTS, each)
    np.testing.assert_allclose(left, np.add.reduceat(whole * WEIGHTS, starts, axis=1), rtol=1e-13)


@pytest.mark.parametrize("weights", [WEIGHTS, np.full(len(STRATUM), 2.0)], ids=["weighted", "alike"])
def test_replicates_weigh_the_same_whoever_counts(weights):
    needed = list(drawn_replicates(weights, STRATUM, 130, 7))
    whole = list(drawn_replicates(weights, STRATUM, 130, 7, at_a_time=10**9))
    assert isinstance(needed[0].times, CountsByBlock)
    assert isinstance(whole[0].times, np.ndarray)
    for run in (slice(0, 5), slice(700, 8900), slice(0, len(STRATUM))):
        ours, theirs = (np.concatenate([one.part(run) for one in made]) for made in (needed, whole))
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_a_count_that_fails_fails_for_all_who_wait(monkeypatch):
    def broken(*_):
        raise MemoryError

    monkeypatch.setattr(counts_by_block, "count", broken)
    counts = CountsByBlock.of(7, range(64), STRATUM)
    for _ in range(2):
        with pytest.raises(MemoryError):
            counts.part(slice(0, 9))


def test_of_replicates_times_units_nothing_is_held():
    peaks = []
    for rows in (100_000, 300_000):
        counts = CountsByBlock.of(7, range(64), np.zeros(rows, dtype=np.intp))
        tracemalloc.start()
        for start in range(0, rows, 8192):
            counts.part(slice(start, min(start + 8192, rows)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 200_000
