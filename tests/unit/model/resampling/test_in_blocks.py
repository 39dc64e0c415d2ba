"""Replicates of many rows: drawn, counted and summed some thousand rows at a time, the same whatever the blocks."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling import streams
from ncsi.model.resampling.bootstrap import bootstrap, replicated
from ncsi.model.resampling.by_stratum import in_few_strata, replicates_by_stratum
from ncsi.model.resampling.counts_by_block import CountsByBlock
from ncsi.model.resampling.draws import AT_ONCE, _together, draws_of
from ncsi.model.resampling.parts import Asked, Hands
from ncsi.model.resampling.streams import Drawn, Given, Share, drawn_replicates, replicate_weights
from ncsi.model.resampling.subsamples import construct_items, score_block
from ncsi.model.resampling.threads import mapping
from ncsi.model.resampling.totals import Totals

pytestmark = pytest.mark.filterwarnings("ignore::ncsi.model.cautions.ModelWarning")


def _grown(survey, rows):
    frame = survey.sample(rows, replace=True, random_state=1).reset_index(drop=True)
    rng = np.random.default_rng(2)
    return frame.assign(
        w=rng.uniform(0.5, 2.0, rows), psu=rng.integers(0, 150, rows), half=rng.integers(0, 2, rows)
    )


def _all_of(fit, totals, batches):
    draws, good = draws_of(fit, batches, htmt=True, totals=totals)
    assert good.all()
    return [getattr(draws, name) for name in draws.__dataclass_fields__]


@pytest.mark.parametrize(
    "design", [{}, {"weights": "w"}, {"weights": "w", "strata": "half"}, {"weights": "w", "clusters": "psu"}]
)
def test_blocks_change_no_figure(survey_missing, inst, blocks_of, design):
    fit = ncsi.fit_pls(_grown(survey_missing, 3000), inst, by="brand", **design)

    def found():
        sample, composites = fit.sample, construct_items(fit)
        scores = row_scores(sample.X, fit.outer, composites)
        cells = [np.flatnonzero(np.arange(len(scores)) % 3 == k) for k in range(3)]
        parts = [*cells, slice(0, 700), slice(700, len(scores))]
        totals = Totals.of(fit, [score_block(fit, composites, scores, one) for one in parts])
        drawn = drawn_replicates(sample.weights, sample.stratum, 70, 3, sample.units)
        return _all_of(fit, totals, drawn), totals

    whole, totals = found()
    blocks_of(1024)
    in_parts, again = found()
    assert len(again.families) == 3
    np.testing.assert_allclose(again.sums, totals.sums, rtol=1e-12)
    for one, other in zip(in_parts, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("by", [None, "half"])
def test_strata_that_are_brought_back_afterwards_are_those_brought_back_before(
    survey_missing, inst, blocks_of, monkeypatch, by
):
    """Blocks that reach over two strata too; each batch is summed to the same bits beside others or alone."""
    monkeypatch.setattr(streams, "AS_NEEDED", 1)
    fit = ncsi.fit_pls(_grown(survey_missing, 4000), inst, by=by, weights="w")
    sample, scores = fit.sample, row_scores(fit.sample.X, fit.outer, construct_items(fit))
    assert not in_few_strata(sample)
    blocks_of(1024)
    assert in_few_strata(sample)
    thirds = [np.flatnonzero(np.arange(len(scores)) % 3 == k) for k in range(3)]
    totals = Totals.of(fit, [score_block(fit, construct_items(fit), scores, one) for one in thirds])
    before = _all_of(fit, totals, drawn_replicates(sample.weights, sample.stratum, 150, 3))
    after = _all_of(fit, totals, replicates_by_stratum(sample, 150, 3))
    for ours, theirs in zip(after, before, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)
    parts = [_all_of(fit, totals, replicates_by_stratum(sample, 150, 3, share=Share(k, 3))) for k in range(3)]
    for whole, *ours in zip(after, *parts, strict=True):
        assert np.concatenate(ours, axis=-1).tobytes() == np.ascontiguousarray(whole).tobytes()


@pytest.mark.parametrize("answers", ["survey", "survey_missing"])
def test_threads_change_no_bit(answers, inst, blocks_of, request):
    """Neither where sums are whole numbers, nor where their order decides on the last bit."""
    blocks_of(1024)
    frame = _grown(request.getfixturevalue(answers), 5000)
    fit = ncsi.fit_pls(frame, inst, by="brand", weights="w" if answers == "survey_missing" else None)
    scores = row_scores(fit.sample.X, fit.outer, construct_items(fit))
    parts = [np.flatnonzero(np.arange(len(scores)) % 3 == k) for k in range(3)]
    totals = Totals.of(fit, [score_block(fit, construct_items(fit), scores, one) for one in parts])
    one, several = (bootstrap(fit, 130, seed=4, totals=totals, hands=Hands(threads)) for threads in (1, 3))
    for name in one.draws.__dataclass_fields__:
        assert getattr(one.draws, name).tobytes() == getattr(several.draws, name).tobytes(), name


@pytest.mark.parametrize("answers", ["survey", "survey_missing"])
@pytest.mark.parametrize("by", [None, "brand"])
def test_threads_that_share_batches_of_few_rows_change_no_bit(answers, by, inst, request):
    frame = _grown(request.getfixturevalue(answers), 900)
    fit = ncsi.fit_pls(frame, inst, by=by, weights="w" if answers == "survey_missing" else None)
    scores = row_scores(fit.sample.X, fit.outer, construct_items(fit))
    totals = Totals.of(fit, [score_block(fit, construct_items(fit), scores, slice(0, 40))])
    one, several = (bootstrap(fit, 1500, seed=4, totals=totals, hands=Hands(threads)) for threads in (1, 3))
    assert one.own.tobytes() == several.own.tobytes()
    for name in one.draws.__dataclass_fields__:
        assert getattr(one.draws, name).tobytes() == getattr(several.draws, name).tobytes(), name


class _Elsewhere:
    """Parts that another made of a fit, where he made them."""

    def __init__(self, fit, parts, without=()):
        self.asked, self.parts, self.without = Asked(fit, 300, 4, False, None), parts, without

    def part(self, which):
        return None if which in self.without else self.asked.part(Share(which, self.parts))


@pytest.mark.parametrize("answers", ["survey", "survey_missing"])
@pytest.mark.parametrize("by", [None, "brand"])
def test_parts_that_others_made_change_no_bit(answers, by, inst, request, monkeypatch):
    """All came, some did not, one is of other answers, or there are more parts than batches."""
    monkeypatch.setattr(streams, "BLOCKS_AT_A_TIME", 1)
    monkeypatch.setattr(streams, "OF_COUNTS", 1)
    frame = request.getfixturevalue(answers)
    fit, other = (ncsi.fit_pls(one, inst, by=by) for one in (frame, frame.iloc[::-2]))
    alone = bootstrap(fit, 300, seed=4).draws
    made = _Elsewhere(fit, 3)
    for others in (made, _Elsewhere(fit, 3, {1}), _Elsewhere(fit, 9), _Elsewhere(other, 2)):
        together = bootstrap(fit, 300, seed=4, hands=Hands(others=others)).draws
        for name in alone.__dataclass_fields__:
            assert getattr(alone, name).tobytes() == getattr(together, name).tobytes(), name
    assert len(made.part(2).settled) == 64 + 300 % 64
    assert _Elsewhere(fit, 9).part(8) is None


def test_shares_are_runs_that_hold_every_batch_once():
    for batches in range(1, 12):
        for parts in range(1, 15):
            runs = [list(Share(which, parts).of_batches(range(batches))) for which in range(parts)]
            assert list(chain(*runs)) == list(range(batches))
            assert runs[0]


def test_given_weights_are_summed_by_threads_to_the_same_bits(survey_missing, inst, blocks_of):
    blocks_of(1024)
    fit = ncsi.fit_pls(_grown(survey_missing, 3000), inst, weights="w")
    rng = np.random.default_rng(3)
    given = pd.DataFrame(rng.uniform(0.5, 1.5, (3000, 40)))
    one, several = (replicated(fit, given, hands=Hands(threads)) for threads in (1, 2))
    pd.testing.assert_frame_equal(one.index, several.index, check_exact=True)


def test_a_block_that_fails_in_a_thread_is_raised_and_no_more_is_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 2:
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match="2"), mapping(2) as each:
        list(each(work, range(100)))
    assert len(begun) <= 5
    with mapping(2) as each:
        assert list(each(work, (9, 8, 7, 6, 5))) == [9, 8, 7, 6, 5]


def test_sums_over_blocks_are_those_of_all_rows(survey_missing, inst, blocks_of):
    sample = ncsi.fit_pls(_grown(survey_missing, 2500), inst, weights="w", by="brand").sample
    W = np.concatenate(list(replicate_weights(sample.weights, sample.stratum, 70, seed=5)))
    blocks_of(1024)
    drawn = list(drawn_replicates(sample.weights, sample.stratum, 70, seed=5))
    for rows in (slice(0, len(sample.X)), slice(10, 11), slice(500, 2300)):
        np.testing.assert_allclose(
            np.concatenate([one.part(rows) for one in drawn]), W[:, rows], rtol=1e-14, atol=0
        )


def test_one_replicate_alone_weighs_what_it_weighs_among_others():
    weights, stratum = np.array([1.0, 3.0, 2.0, 2.0, 5.0]), np.array([0, 0, 0, 1, 1])
    *_, last = drawn_replicates(weights, stratum, 65, seed=2)
    assert isinstance(last, Drawn)
    W = last.part(slice(0, 5))
    np.testing.assert_allclose([W[0, :3].sum(), W[0, 3:].sum()], [6.0, 7.0])


def test_of_batches_that_are_held_row_by_row_each_is_summed_before_the_next_is_made():
    """Others wait for more, so that rows are looked at once for many replicates."""
    stratum = np.zeros(6, dtype=np.int64)
    held = Drawn(np.ones((64, 6), dtype=np.uint8), None, stratum[:1], np.ones((64, 1)), None)
    counted = replace(held, times=CountsByBlock.of(1, range(64), stratum))
    given = np.ones((64, 6))
    found = [*_together([counted, counted, held, held, given, counted, given, counted])]
    assert [len(some) for some in found] == [3, 1, 1, 2, 1]
    assert [isinstance(some[-1], Given) for some in found] == [False, False, True, True, False]
    most = AT_ONCE // 64
    assert [len(some) for some in _together([counted] * (most + 1))] == [most, 1]
