"""Answers as codes: the same numbers, a byte each, and fits of many respondents that hold no more."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import cvpat, infinitesimal_jackknife, predict
from ncsi.model.cbsem.robust import influence_of
from ncsi.model.moments.coded import (
    Coded,
    answered_of,
    column_of,
    ends_of,
    is_complete,
    lacking,
    standardised,
    taken,
    whole,
)
from ncsi.model.moments.em import em_moments, patterns_of
from ncsi.model.moments.respondents import Respondents
from ncsi.model.moments.scaled import answers_on_0_100, on_0_100
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.score_cells import cells_of
from ncsi.model.pls.scores import row_scores, weighted_means
from ncsi.model.resampling.bootstrap import bootstrap
from ncsi.model.resampling.freedom import spreads_of

pytestmark = pytest.mark.filterwarnings("ignore::ncsi.model.cautions.ModelWarning")


def grown(survey, rows):
    rng = np.random.default_rng(2)
    frame = survey.sample(rows, replace=True, random_state=1).reset_index(drop=True)
    return frame.assign(w=rng.uniform(0.5, 2.0, rows), half=rng.integers(0, 2, rows))


def nullable(frame, inst):
    return frame.astype(dict.fromkeys(inst.item_ids, "Int16"))


def test_codes_are_the_answers(survey_missing, inst, blocks_of):
    frame = survey_missing.head(700)
    plain = on_0_100(frame, inst)
    blocks_of(512)
    coded = answers_on_0_100(nullable(frame, inst), inst)
    assert isinstance(coded, Coded)
    assert (len(coded), coded.shape, coded.codes.nbytes) == (700, plain.shape, plain.size)
    rows = np.array([5, 3, 699])
    for ours, theirs in (
        (whole(coded), plain), (coded[10:20], plain[10:20]), (coded[rows], plain[rows]),
        (taken(coded, rows)[:], plain[rows]), (column_of(coded, 2), column_of(plain, 2)),
        (standardised(coded, np.full(20, 50.0), np.full(20, 7.0))[:], (plain - 50.0) / 7.0),
    ):  # fmt: skip
        np.testing.assert_array_equal(ours, theirs)
    assert (lacking(coded, slice(3, 99)) == np.isnan(plain[3:99])).all()
    assert answered_of(coded, [1, 4]).tolist() == answered_of(plain, [1, 4]).tolist()
    assert not is_complete(coded)
    assert is_complete(taken(coded, np.flatnonzero(~np.isnan(plain).any(axis=1))))
    assert coded.counts().sum() == (~np.isnan(plain)).sum()


def test_some_respondents_take_the_place_of_all(survey_missing, inst, blocks_of):
    blocks_of(512)
    frame = nullable(survey_missing.head(700), inst)
    for rows in (np.arange(700)[::-1], np.array([699, 3, 5]), np.zeros(0, dtype=np.intp)):
        every = answers_on_0_100(frame, inst)
        wanted, room = taken(every, rows).codes, every.codes
        found = every.brought(rows)
        np.testing.assert_array_equal(found.codes, wanted)
        assert np.shares_memory(found.codes, room) == (len(rows) > 0)


def test_ends_of_codes_are_those_of_answers(survey_missing, inst, blocks_of):
    frame = survey_missing.head(700)
    plain = on_0_100(frame, inst)
    blocks_of(512)
    coded = answers_on_0_100(nullable(frame, inst), inst)
    plain[:, 3], coded.codes[3] = np.nan, 255
    for ours, theirs in zip(ends_of(coded), ends_of(plain), strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert np.isnan(ours).tolist() == [k == 3 for k in range(20)]


def test_scores_of_codes_have_the_bits_of_scores_of_answers(survey_missing, inst, blocks_of):
    """Looked up for each item, whatever is missing, and of composites that NumPy adds up in pairs."""
    frame = survey_missing.head(700).copy()
    frame.loc[:3, list(inst.item_ids[:4])] = np.nan
    blocks_of(512)
    coded = answers_on_0_100(nullable(frame, inst), inst)
    outer = np.random.default_rng(5).uniform(-0.1, 0.3, len(inst.item_ids))
    composites = [slice(0, 4), np.array([7, 2, 5]), slice(3, 12), slice(8, 15), np.array([19])]
    found = row_scores(coded, outer, composites)
    np.testing.assert_array_equal(found, row_scores(whole(coded), outer, composites))
    assert np.isnan(found[:4, 0]).all()


@pytest.mark.parametrize(
    "column",
    [[1.5, 2.0], [0.0, 255.0], [-3e9, 3e9], [np.inf, 1.0], [-np.inf, 1.0]],
    ids=["half", "far", "farther", "endless", "endless below"],
)
def test_answers_that_have_no_codes(column):
    with np.errstate(invalid="raise"):
        assert Coded.of([np.array(column)], 2, 1) is None


@pytest.mark.parametrize("column", [[-7.0, 247.0], [np.nan, np.nan], [np.nan, 3.0], [1e6, 1e6 + 254]])
def test_answers_that_just_have(column):
    coded = Coded.of([np.array(column)], 2, 1)
    assert coded is not None
    np.testing.assert_array_equal(coded[:][:, 0], column)


def test_numbers_without_codes_are_kept_as_they_are(survey, inst, blocks_of):
    frame = survey.head(600).astype(dict.fromkeys(inst.item_ids, float))
    frame.loc[0, "IMA1"] = 7.25
    blocks_of(512)
    sample = ncsi.fit_pls(frame, inst).sample
    assert isinstance(sample.answers, np.ndarray)
    assert sample.X is sample.answers


def test_an_answer_off_its_scale_is_named_among_many(survey, inst, blocks_of):
    blocks_of(512)
    frame = survey.head(600).copy()
    frame.loc[7, "SAT2"] = 98
    with pytest.raises(ModelError, match=r"item SAT2: answers lie outside 1-10"):
        ncsi.fit_pls(frame, inst)
    with pytest.raises(ModelError, match="item IMA2: contains non-numeric values"):
        ncsi.fit_pls(frame.astype({"IMA2": "str"}).replace({"IMA2": {"7": "seven"}}), inst)


def test_not_asked_counts_as_not_asked_among_many(survey_missing, inst, blocks_of):
    frame = nullable(survey_missing.head(700), inst).assign(
        **{f"{one}_missing": pd.Series(pd.NA, index=range(700), dtype="str") for one in inst.item_ids}
    )
    routed = [f"QUA{k}" for k in range(1, 4)]
    frame.loc[:40, routed] = pd.NA
    frame.loc[:20, [f"{one}_missing" for one in routed]] = "not_asked"
    few = ncsi.fit_pls(frame, inst).sample.rows
    blocks_of(512)
    assert ncsi.fit_pls(frame, inst).sample.rows.tolist() == few.tolist()


@pytest.mark.parametrize("rows", [2047, 2048, 2049])
@pytest.mark.parametrize(
    "design",
    [{}, {"weights": "w", "by": "brand"}, {"weights": "w", "by": "brand", "strata": "half"}, {"clusters": "half"}],
    ids=["plain", "brands", "strata", "clusters"],
)  # fmt: skip
def test_many_fit_as_few_do(survey_missing, inst, blocks_of, rows, design):
    """Whatever is made of all rows at once comes out the same some thousand at a time."""
    frame = nullable(grown(survey_missing, rows), inst)
    if "clusters" in design:
        frame["half"] = np.arange(rows) % 90

    def found(width: int) -> list[np.ndarray]:
        blocks_of(width)
        fit = ncsi.fit_pls(frame, inst, **design)
        assert isinstance(fit.sample.answers, Coded) == (width < rows)
        boot = bootstrap(fit, 24, seed=3)
        predicted = predict(fit, 4)
        checked = infinitesimal_jackknife(fit)
        return [
            fit.index["index_0_100"].to_numpy(), fit.index_by["index_0_100"].to_numpy(dtype=float),
            fit.moments.cov, fit.paths["estimate"].to_numpy(), boot.index["se"].to_numpy(),
            boot.items["df"].to_numpy(), boot.draws.items_by, checked.weights["se"].to_numpy(),
            predicted.items.iloc[:, 2:].to_numpy(dtype=float), predicted.held_out.path,
            cvpat(fit, folds=3).tests.iloc[:, 2:].to_numpy(dtype=float),
            influence_of(fit.sample, fit.moments).cross,
        ]  # fmt: skip

    for ours, theirs in zip(found(1024), found(4096), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("lost", [0.0, 0.3, 1.0])
def test_one_item_and_whole_patterns(blocks_of, lost):
    rng = np.random.default_rng(8)
    X = rng.integers(1, 11, (2500, 5)).astype(float)
    X[rng.random(2500) < lost / 2, 2] = np.nan
    X[:3] = np.nan
    if lost == 1.0:
        X[rng.random(X.shape) < 0.4] = np.nan
    weights = rng.uniform(0.5, 2.0, len(X))
    coded = Coded.of(X.T, *X.shape)
    assert coded is not None
    moments = em_moments(X, weights)
    whole_of = Respondents.of(X, weights, moments)
    blocks_of(1024)
    np.testing.assert_allclose(em_moments(coded, weights).cov, moments.cov, rtol=1e-9)
    in_parts = Respondents.of(coded, weights, moments)
    W = rng.poisson(1.0, (3, len(X))) * weights
    np.testing.assert_allclose(in_parts.under(W), whole_of.under(W), rtol=1e-9, atol=1e-12)
    for ours, theirs in zip(patterns_of(coded, weights), patterns_of(X, weights), strict=True):
        assert ours.missing.tolist() == theirs.missing.tolist()
        assert ours.rows.tolist() == theirs.rows.tolist()
        np.testing.assert_allclose(ours.second, theirs.second, rtol=1e-12)


def test_gaps_of_many_are_those_of_few(survey_missing, inst, blocks_of):
    frame = nullable(grown(survey_missing, 2500), inst)
    fit = ncsi.fit_pls(frame, inst, by="brand")
    layout, W = layout_of(inst), np.random.default_rng(1).random((3, fit.n))
    few = cells_of(fit.sample, layout)
    expected = few.nothing(3)
    few.add_to(expected, slice(0, fit.n), W)
    blocks_of(1024)
    many = cells_of(ncsi.fit_pls(frame, inst, by="brand").sample, layout)
    found = many.nothing(3)
    for start in range(0, fit.n, 1024):
        rows = slice(start, min(start + 1024, fit.n))
        many.add_to(found, rows, W[:, rows])
    np.testing.assert_allclose(found.whole, expected.whole, rtol=1e-12)
    np.testing.assert_allclose(found.gaps, expected.gaps, rtol=1e-12, atol=1e-12)


def peak(job) -> int:
    """Bytes that a job takes beside what there was."""
    tracemalloc.start()
    try:
        job()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peaks(frame, inst) -> tuple[int, list[int]]:
    """Respondents, and what several sums over them take."""
    fit = ncsi.fit_pls(frame, inst, weights="w", by="brand")
    sample, layout, moments = fit.sample, layout_of(inst), fit.moments
    assert sample.answers.codes.nbytes / fit.n == 20
    made, W = Respondents.of(sample.answers, sample.weights, moments), sample.weights[None]
    return fit.n, [
        peak(lambda: made.sums(W)), peak(lambda: cells_of(sample, layout)), peak(lambda: predict(fit)),
        peak(lambda: influence_of(sample, moments)), peak(sample.moments),
        peak(lambda: weighted_means(sample.answers, sample.weights)), peak(lambda: spreads_of(fit)),
        peak(lambda: infinitesimal_jackknife(fit)),
    ]  # fmt: skip


def test_what_is_made_of_many_rows_never_holds_all_their_answers(survey_missing, inst, blocks_of):
    """160 bytes a row are the answers of 20 items as numbers: what a row more takes is far below, however many."""
    blocks_of(1024)
    (few, of_few), (many, of_many) = (
        peaks(nullable(grown(survey_missing, rows), inst), inst) for rows in (10_000, 30_000)
    )
    more = np.subtract(of_many, of_few) / (many - few)
    assert (more < [4, 8, 100, 80, 80, 4, 100, 140]).all(), more
