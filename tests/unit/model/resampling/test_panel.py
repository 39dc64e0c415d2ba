"""Waves that share respondents: the paired textbook case, no overlap, groups, refusals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import changes, paired
from ncsi.model.resampling.panel import _weights
from ncsi.model.resampling.streams import drawn_counts


def later(survey, inst, seed=1):
    """The same people a wave later: every answer as it was, or one off."""
    moved = survey.copy()
    rng = np.random.default_rng(seed)
    items = list(inst.item_ids)
    moved[items] = np.clip(survey[items] + rng.integers(-1, 2, (len(survey), len(items))), 1, 10)
    return moved


def fitted(df, inst):
    return ncsi.fit_pls(df, inst, by="brand")


@pytest.fixture(scope="module")
def waves(survey, inst):
    return fitted(later(survey, inst), inst), fitted(survey, inst)


@pytest.fixture(scope="module")
def indices(waves):
    return tuple(
        ncsi.bootstrap(one, replicates=1000, seed=3).index.rename(columns={"estimate": "index_0_100"})
        for one in waves
    )


@pytest.fixture(scope="module")
def all_shared(waves, survey):
    return paired(*waves, survey["respondent"], survey["respondent"], 1000, seed=5)


def scores(fit):
    items = [i.id for i in fit.instrument.construct("Satisfaction").items]
    at = [fit.instrument.item_ids.index(i) for i in items]
    return fit.sample.X[:, at] @ fit.outer[at]


def of_target(frame):
    return frame.set_index("construct").loc["Satisfaction"]


def test_all_shared_gives_the_textbooks_paired_error(waves, indices, all_shared):
    row = of_target(all_shared.index)
    assert (row["shared"], row["overlap"]) == (720, 1)
    group = waves[0].sample.group
    gaps = [(scores(waves[0]) - scores(waves[1]))[group == g] for g in range(6)]
    within = sum(len(one) * one.var(ddof=1) for one in gaps) / 720**2
    now = indices[0].merge(all_shared.index)
    found = of_target(changes(now, indices[1], ["construct"], 0.95))
    assert found["se"] == pytest.approx(within**0.5, rel=0.25)
    assert row["correlation"] > 0.9
    brand = all_shared.index_by[all_shared.index_by["construct"] == "Satisfaction"]
    assert (brand["shared"] == [(group == g).sum() for g in range(6)]).all()
    assert brand["correlation"].between(0.85, 1.05).all()


def test_degrees_of_freedom_are_those_of_the_differences(waves, survey, inst):
    """Satterthwaite's of Σu² within brands, u what each person adds to the difference: few where few have moved."""
    moved = survey.copy()
    items = list(inst.item_ids)
    moved.loc[survey.index % 20 == 0, items] = np.clip(survey.loc[survey.index % 20 == 0, items] - 5, 1, 10)
    now, before = fitted(moved, inst), waves[1]
    group, difference = now.sample.group, scores(now) - scores(before)
    u = (difference - pd.Series(difference).groupby(group).transform("mean").to_numpy()) / 720
    squares = np.bincount(group, u**2)
    wanted = 2 * squares.sum() ** 2 / ((u**4).sum() - (squares**2 / np.bincount(group)).sum())
    found = paired(now, before, survey["respondent"], survey["respondent"], 100, seed=5).index
    assert of_target(found)["df_change"] == pytest.approx(wanted, rel=0.02)
    assert wanted < 150


def test_one_person_in_two_waves_counts_once(waves, survey):
    """With half of them shared, at most the persons of both waves less a stratum for each brand's shared, new, gone."""
    half = survey["respondent"].where(survey.index % 2 == 0)
    found = of_target(paired(*waves, survey["respondent"], half, 100, seed=5).index)
    assert 200 < found["df_change"] <= 720 + 360 - 3 * 6


def test_a_change_of_the_same_people_is_surer_than_of_others(indices, all_shared):
    now, before = indices
    apart = changes(now, before, ["construct"], 0.95)
    together = changes(now.merge(all_shared.index), before, ["construct"], 0.95)
    assert (together["se"] < 0.5 * apart["se"]).all()
    assert (together["correlation"] == all_shared.index["correlation"]).all()
    np.testing.assert_allclose(together["df"], all_shared.index["df_change"])


def test_nobody_shared_is_two_independent_samples(waves, survey):
    others = "x" + survey["respondent"]
    found = paired(*waves, survey["respondent"], others, 100, seed=5)
    assert (found.index[["shared", "overlap", "correlation"]] == 0).all(axis=None)
    assert (found.index_by["correlation"] == 0).all()


def test_half_of_them_shared_is_half_the_correlation(waves, survey):
    half = survey["respondent"].where(survey.index % 2 == 0)
    row = of_target(paired(*waves, survey["respondent"], half, 1000, seed=5).index)
    assert row["overlap"] == 0.5
    assert row["correlation"] == pytest.approx(0.5 * 0.95, abs=0.12)


def test_who_changed_the_brand_is_shared_by_no_brand(waves, survey, inst):
    names = sorted(survey["brand"].unique())
    turned = survey.assign(brand=survey["brand"].map(dict(zip(names, names[1:] + names[:1], strict=True))))
    found = paired(fitted(turned, inst), waves[1], survey["respondent"], survey["respondent"], 100, seed=5)
    assert (found.index["shared"] == 720).all()
    assert (found.index_by["shared"] == 0).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda who: who.head(10), "10 pseudonyms of this wave for 720 rows"),
        (lambda who: pd.Series(["a"] * len(who)), "719 persons answered twice in this wave"),
    ],
)
def test_what_cannot_be_matched_is_refused(waves, survey, change, said):
    with pytest.raises(ModelError, match=said):
        paired(*waves, change(survey["respondent"]), survey["respondent"], 100, seed=5)


def test_counts_sum_to_their_strata_in_any_order():
    stratum = np.array([1, 0, 1, 0, 1, 2])
    counts = np.concatenate(list(drawn_counts(stratum, 100, seed=1)))
    assert counts.shape == (100, 6)
    for s, n in ((0, 2), (1, 3), (2, 1)):
        np.testing.assert_allclose(counts[:, stratum == s].sum(axis=1), n)
    assert (counts[:, 5] == 1).all()


def test_groups_are_named_the_whole_is_not(all_shared, waves):
    assert list(all_shared.index) == ["construct", "shared", "overlap", "correlation", "df_change"]
    assert list(all_shared.index_by) == ["brand", *all_shared.index]
    assert all_shared.index_by["brand"].unique().tolist() == list(waves[0].sample.groups)


def test_drawn_rows_keep_the_weight_of_their_stratum_and_the_others_theirs():
    sample = SimpleNamespace(
        stratum=np.array([0, 0, 0, 1, 1, 1]), weights=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    )
    at, unit = np.array([0, 1, 3, 4]), np.arange(4)
    counts = np.array([[2.0, 0, 1, 1], [0, 2, 0, 2], [1, 1, 2, 0], [1, 1, 0, 0]])
    (made,) = _weights(sample, at, iter([counts]), unit)
    np.testing.assert_allclose(
        made, [[3, 0, 3, 4, 5, 6], [0, 3, 3, 0, 9, 6], [1, 2, 3, 9, 0, 6], [1, 2, 3, 0, 0, 6]]
    )
