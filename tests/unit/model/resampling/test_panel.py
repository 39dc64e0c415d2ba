"""Waves that share respondents: the paired textbook case, no overlap, groups, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import changes, paired
from ncsi.model.resampling.streams import drawn_counts


def later(survey, inst, seed=1):
    """The same people a wave later: every answer as it was, or one off."""
    moved = survey.copy()
    rng = np.random.default_rng(seed)
    items = list(inst.item_ids)
    moved[items] = np.clip(survey[items] + rng.integers(-1, 2, (len(survey), len(items))), 1, 10)
    return moved


def boot(df, inst):
    return ncsi.bootstrap(ncsi.fit_pls(df, inst, by="brand"), replicates=1000, seed=3)


@pytest.fixture(scope="module")
def waves(survey, inst):
    return boot(later(survey, inst), inst), boot(survey, inst)


def scores(one):
    items = [i.id for i in one.fit.instrument.construct("Satisfaction").items]
    at = [one.fit.instrument.item_ids.index(i) for i in items]
    return one.fit.sample.X[:, at] @ one.fit.outer[at]


def test_all_shared_gives_the_textbooks_paired_error(waves, survey):
    now, before = waves
    found = paired(now, before, survey["respondent"], survey["respondent"], 1000, seed=5)
    row = found.index.set_index("construct").loc["Satisfaction"]
    assert (row["shared"], row["overlap"]) == (720, 1)
    a, b, group = scores(now), scores(before), now.fit.sample.group
    gaps = [(a - b)[group == g] for g in range(6)]
    within = sum(len(one) * one.var(ddof=1) for one in gaps) / 720**2
    se = [one.index.set_index("construct").loc["Satisfaction", "se"] for one in waves]
    assert (se[0] ** 2 + se[1] ** 2 - 2 * row["covariance"]) ** 0.5 == pytest.approx(within**0.5, rel=0.25)
    assert row["correlation"] > 0.9
    brand = found.index_by[found.index_by["construct"] == "Satisfaction"]
    assert (brand["shared"] == [(group == g).sum() for g in range(6)]).all()
    assert brand["correlation"].between(0.85, 1.05).all()


def test_a_change_of_the_same_people_is_surer_than_of_others(waves, survey):
    now, before = (one.index.rename(columns={"estimate": "index_0_100"}) for one in waves)
    found = paired(*waves, survey["respondent"], survey["respondent"], 300, seed=5).index
    apart = changes(now, before, ["construct"], 0.95)
    together = changes(now.merge(found[["construct", "covariance"]]), before, ["construct"], 0.95)
    assert (together["se"] < 0.5 * apart["se"]).all()
    assert (together["df"] <= apart["df"]).all()


def test_nobody_shared_is_two_independent_samples(waves, survey):
    others = "x" + survey["respondent"]
    found = paired(*waves, survey["respondent"], others, 100, seed=5)
    assert (found.index[["shared", "overlap", "covariance", "correlation"]] == 0).all(axis=None)
    assert (found.index_by["covariance"] == 0).all()


def test_half_of_them_shared_is_half_the_correlation(waves, survey):
    half = survey["respondent"].where(survey.index % 2 == 0)
    row = (
        paired(*waves, survey["respondent"], half, 1000, seed=5)
        .index.set_index("construct")
        .loc["Satisfaction"]
    )
    assert row["overlap"] == 0.5
    assert row["correlation"] == pytest.approx(0.5 * 0.95, abs=0.12)


def test_who_changed_the_brand_is_shared_by_no_brand(waves, survey, inst):
    names = sorted(survey["brand"].unique())
    turned = survey.assign(brand=survey["brand"].map(dict(zip(names, names[1:] + names[:1], strict=True))))
    found = paired(boot(turned, inst), waves[1], survey["respondent"], survey["respondent"], 100, seed=5)
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
