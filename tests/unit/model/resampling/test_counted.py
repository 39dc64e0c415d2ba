"""Sums of counts times whole numbers: those of the definition, and the same bits however they are made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.model.moments.sample import sample_of
from ncsi.model.resampling import counted
from ncsi.model.resampling.counted import Answers, Counted, counted_replicates
from ncsi.model.resampling.draws import draws_of
from ncsi.model.resampling.streams import replicate_weights
from ncsi.spec.instrument import Scale


def batch_of(survey: pd.DataFrame, inst, by: str | None, replicates: int = 70) -> tuple[Answers, Counted]:
    sample = sample_of(survey, inst, None, by, None)
    answers = Answers.of(sample, inst)
    assert answers is not None
    return answers, next(counted_replicates(answers, sample, replicates, seed=3))


@pytest.mark.parametrize("by", [None, "brand"])
def test_quantities_are_those_of_the_row_weights(survey, inst, by):
    fit = ncsi.fit_pls(survey, inst, by=by)
    answers = Answers.of(fit.sample, inst)
    assert answers is not None
    weights = replicate_weights(fit.sample.weights, fit.sample.stratum, 70, seed=3)
    theirs, _ = draws_of(fit, weights)
    ours, good = draws_of(fit, counted_replicates(answers, fit.sample, 70, seed=3))
    assert good.all()
    for name in ours.__dataclass_fields__:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-11, atol=1e-11)


def test_a_batch_tells_the_row_weights(survey, inst):
    sample = sample_of(survey, inst, None, "brand", None)
    _, batch = batch_of(survey, inst, "brand")
    weights = next(replicate_weights(sample.weights, sample.stratum, 70, seed=3))
    np.testing.assert_allclose(batch.part(slice(0, len(sample.X))), weights, rtol=1e-15)


def test_the_order_of_rows_the_blocks_and_the_precision_leave_every_bit(monkeypatch, survey, inst):
    answers, batch = batch_of(survey, inst, None)
    expected = batch.sums()
    shuffled = np.random.default_rng(1).permutation(len(survey))
    moved, _ = batch_of(survey.iloc[shuffled], inst, None)
    others = [Counted(moved, batch.times[:, shuffled], batch.factor)]
    monkeypatch.setattr(counted, "ROWS", 100)
    in_blocks, _ = batch_of(survey, inst, None)
    assert len(in_blocks.parts) == -(-len(survey) // 100)
    assert not in_blocks.kept
    others.append(Counted(in_blocks, batch.times, batch.factor))
    for other in others:
        for ours, theirs in zip(other.sums(), expected, strict=True):
            assert (ours == theirs).all()
    monkeypatch.setattr(counted, "EXACT", 1.0)  # every block in double precision
    for ours, theirs in zip(Counted(answers, batch.times, batch.factor).sums(), expected, strict=True):
        assert (ours == theirs).all()


def test_sums_too_large_for_single_precision_are_made_in_double():
    """3·(2¹² − 1)², odd and above 2²⁵: single precision holds each product, and would round their sum."""
    moments = np.array([[4095.0**2] * 3, [1.0] * 3], dtype=np.float32)
    times = np.ones((1, 3), dtype=np.float32)
    assert float((moments @ times.T)[0, 0]) != 3 * 4095.0**2
    assert counted._exact(moments, times, 4095.0)[0, 0] == 3 * 4095.0**2


def test_answers_that_cannot_be_counted_are_left_to_the_row_weights(survey, survey_missing, inst):
    def counts(
        frame: pd.DataFrame, weights: str | None = None, clusters: str | None = None, by: str | None = None
    ):
        return Answers.of(sample_of(frame, inst, weights, by, None, clusters), inst) is not None

    assert counts(survey)
    fine = [one.model_copy(update={"scale": Scale(min=1, max=10_000)}) for one in inst.constructs[0].items]
    first = inst.constructs[0].model_copy(update={"items": tuple(fine)})
    in_10_000 = inst.model_copy(update={"constructs": (first, *inst.constructs[1:])})
    spread = survey.assign(**{one.id: 1000 * survey[one.id] - 999 for one in fine})
    assert Answers.of(sample_of(spread, in_10_000, None, None, None), in_10_000) is None
    assert counts(survey.assign(two=2.0), "two")
    between = survey.astype({inst.item_ids[0]: float})
    between.loc[0, inst.item_ids[0]] = 5.5
    assert not counts(between)
    assert not counts(survey_missing)
    assert not counts(survey, "weight")
    assert not counts(survey.assign(place=np.arange(len(survey)) // 10), clusters="place")
    assert not counts(survey.assign(small=np.arange(len(survey)) // 60), by="small")
