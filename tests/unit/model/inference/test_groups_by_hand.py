"""Tests between groups, worked out from given replicates: Welch, Henseler's count over all pairs, Wald's F."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.changes import holm
from ncsi.model.inference.drawn_weights import of_design, require_settled, row_weights
from ncsi.model.inference.group_distance import group_distances, require_exchangeable
from ncsi.model.inference.group_replicates import GroupReplicates, apart
from ncsi.model.inference.multigroup import _henseler, _wald, _welch
from ncsi.model.moments.sample import Units
from ncsi.survey import Replicates

ARCS = pd.DataFrame({"from": ["A", "B"], "to": ["B", "C"]})


def made(groups=3, replicates=40, df_all=90.0, seed=1):
    """Groups with two paths each, their draws, and a stand-in for the pooled fit, of which only names are read."""
    rng = np.random.default_rng(seed)
    estimate = rng.uniform(-0.8, 0.8, (groups, 2))
    draws = estimate[..., None] + rng.normal(size=(groups, 2, replicates)) * rng.uniform(
        0.05, 0.3, (groups, 2, 1)
    )
    covariance = np.cov(draws.reshape(2 * groups, -1))
    df = np.array([12.0, 30.0, 50.0, 20.0])[:groups]
    names = ["north", "south", "west", "east"][:groups]
    pooled = SimpleNamespace(sample=SimpleNamespace(groups=names), paths=ARCS)
    return pooled, GroupReplicates(estimate, covariance, draws, df, df_all, replicates, 0)


def test_welch_by_hand():
    pooled, drawn = made()
    found = _welch(pooled, drawn, 0.9)
    assert list(zip(found["group_a"], found["group_b"], found["from"], strict=True)) == [
        ("north", "south", "A"), ("north", "south", "B"), ("north", "west", "A"), ("north", "west", "B"),
        ("south", "west", "A"), ("south", "west", "B"),
    ]  # fmt: skip
    extreme, size = [], []
    for row, (i, j, k) in zip(
        found.itertuples(), [(i, j, k) for i, j in ((0, 1), (0, 2), (1, 2)) for k in (0, 1)], strict=True
    ):
        gaps = drawn.draws[i, k] - drawn.draws[j, k]
        gap = drawn.estimate[i, k] - drawn.estimate[j, k]
        v = [drawn.draws[g, k].var(ddof=1) for g in (i, j)]
        df = min(sum(v) ** 2 / (v[0] ** 2 / drawn.df[i] + v[1] ** 2 / drawn.df[j]), 90)
        se = gaps.std(ddof=1)
        assert (row.estimate_a, row.estimate_b) == (drawn.estimate[i, k], drawn.estimate[j, k])
        assert (row.difference, row.se, row.df) == pytest.approx((gap, se, df))
        reach = stats.t.ppf(0.95, df) * se
        assert (row.low, row.high) == pytest.approx((gap - reach, gap + reach))
        assert (row.t, row.p) == pytest.approx((gap / se, 2 * stats.t.sf(abs(gap / se), df)))
        extreme.append(np.abs(gaps - gap) / se)
        size.append(-stats.norm.ppf(stats.t.sf(abs(gap / se), df)))
    order, least = np.argsort(size)[::-1], 0.0
    for place, at in enumerate(order):
        least = max(least, (1 + (np.max([extreme[k] for k in order[place:]], axis=0) >= size[at]).sum()) / 41)
        assert found["p_adjusted"][at] == pytest.approx(least)


def test_no_more_degrees_of_freedom_than_of_everything():
    pooled, drawn = made(df_all=8.0)
    assert (_welch(pooled, drawn, 0.95)["df"] == 8).all()


def test_henseler_counts_all_pairs_of_replicates():
    pooled, drawn = made(replicates=15)
    found = _henseler(pooled, drawn)
    for row, (i, j, k) in zip(
        found.itertuples(), [(i, j, k) for i, j in ((0, 1), (0, 2), (1, 2)) for k in (0, 1)], strict=True
    ):
        a, b = drawn.draws[i, k], drawn.draws[j, k]
        against = np.mean([2 * a.mean() - x - 2 * b.mean() + y <= 0 for x in a for y in b])
        assert row.p == pytest.approx(max(2 * min(against, 1 - against), 1 / 225))
    assert found["p_adjusted"].to_numpy() == pytest.approx(holm(found["p"]))


def test_henseler_has_no_p_of_zero():
    pooled, drawn = made(replicates=15)
    far = drawn.estimate + np.array([[0.0], [50.0], [100.0]])
    apart_ = GroupReplicates(far, drawn.covariance, drawn.draws + np.array([0.0, 50.0, 100.0])[:, None, None],
                             drawn.df, 90.0, 15, 0)  # fmt: skip
    assert _henseler(pooled, apart_)["p"].to_numpy() == pytest.approx(1 / 225)


@pytest.mark.parametrize(("df_all", "replicates"), [(90.0, 40), (20.0, 40)])
def test_wald_is_hotellings(df_all, replicates):
    """Of each path G − 1 differences, of all together P(G − 1); on the fewer of the design and the replicates."""
    pooled, drawn = made(df_all=df_all, replicates=replicates)
    found = _wald(pooled, drawn)
    nu = min(df_all, replicates - 1)
    theta = drawn.estimate.ravel()
    for at, paths in enumerate(([0], [1], [0, 1])):
        C = np.zeros((2 * len(paths), 6))
        for r, (g, k) in enumerate((g, k) for g in (1, 2) for k in paths):
            C[r, 2 * g + k], C[r, k] = 1, -1
        gap, q = C @ theta, len(C)
        t2 = gap @ np.linalg.solve(C @ drawn.covariance @ C.T, gap)
        row = found.iloc[at]
        assert (row["df1"], row["df2"]) == (q, nu - q + 1)
        assert row["statistic"] == pytest.approx(t2 * (nu - q + 1) / (nu * q))
        assert row["p"] == pytest.approx(stats.f.sf(row["statistic"], q, nu - q + 1))
    assert found["p_adjusted"].to_numpy()[:2] == pytest.approx(holm(found["p"][:2]))
    assert found["p_adjusted"][2] == found["p"][2]
    assert found["from"].tolist()[:2] == ["A", "B"]
    assert found[["from", "to"]].iloc[2].isna().all()


def test_one_replicate_more_than_differences_is_enough():
    pooled, drawn = made(groups=2, replicates=3)
    found = _wald(pooled, drawn)
    assert found["df2"].tolist() == [2, 2, 1]
    pooled, drawn = made(groups=3, replicates=5)
    assert _wald(pooled, drawn)["df2"].tolist() == [3, 3, 1]
    pooled, drawn = made(groups=3, replicates=4)
    last = _wald(pooled, drawn).iloc[-1]
    assert (last["df1"], last["df2"]) == (4, 0)
    assert np.isnan([last["statistic"], last["p"]]).all()


def test_groups_of_whole_clusters_are_apart():
    def sample(of_row, group):
        units = None if of_row is None else Units(np.array(of_row), np.zeros(max(of_row) + 1, dtype=np.intp))
        return SimpleNamespace(units=units, group=np.array(group))

    assert apart(sample(None, [0, 1]))
    assert apart(sample([0, 0, 1, 2], [0, 0, 1, 1]))
    assert not apart(sample([0, 0, 1, 1], [0, 1, 1, 1]))


def pooled_of(weights, group, units=None):
    sample = SimpleNamespace(weights=np.array(weights), group=np.array(group), units=units)
    return SimpleNamespace(sample=sample, by="region")


def test_groups_of_like_weights_may_be_exchanged():
    """Mean weights of 1 and 1.25 are not unlike, of 1 and 1.26 they are; a group's size does not count."""
    for unit in (1.0, 4.0):
        require_exchangeable(pooled_of([unit, *[1.25 * unit] * 3], [0, 1, 1, 1]))
        told = rf"'region' are weighted unlike \(mean weights {unit:g} to {1.26 * unit:g}\)"
        with pytest.raises(ModelError, match=told):
            require_exchangeable(pooled_of([unit, 1.26 * unit], [0, 1]))
    with pytest.raises(ModelError, match="respondents come in clusters"):
        require_exchangeable(pooled_of([1.0, 1.0], [0, 1], units=object()))


def test_distances_over_all_pairs_of_groups(survey, inst):
    """The mean over pairs of the distances of two groups each; a lone permutation that reaches it gives p of 1."""
    pooled = ncsi.fit_pls(survey, inst, by="region")
    found, failed = group_distances(pooled, None, 20, 1)
    pairs = []
    for a, b in (("Central", "East"), ("Central", "West"), ("East", "West")):
        two = ncsi.compare_groups(
            survey[survey["region"].isin([a, b])], inst, "region", method="omnibus", replicates=20
        )
        pairs.append(two["estimate"].to_numpy())
    # other moments standardise two groups alone, which distances of correlations do not feel
    assert found["estimate"].to_numpy() == pytest.approx(np.mean(pairs, axis=0), rel=1e-6)
    assert failed == 0
    assert ((found["p"] * 21).round(9) % 1 == 0).all()
    assert found["p"].between(1 / 21, 1).all()


def design(columns, mse=False):
    return Replicates(
        np.arange(4.0 * columns).reshape(4, columns) + 1, 1 / columns, np.ones(columns), mse=mse
    )


def test_replicate_weights_come_in_batches_of_the_rows_of_the_sample():
    """256 at a time, whatever rows the sample left out."""
    sample = SimpleNamespace(rows=np.array([3, 0, 1]), excluded=1)
    batches = list(row_weights(sample, design(600), 1))
    assert [len(one) for one in batches] == [256, 256, 88]
    np.testing.assert_array_equal(np.concatenate(batches), design(600).weights[[3, 0, 1]].T)
    with pytest.raises(ModelError, match="4 rows of replicate weights for 5 rows of data"):
        list(row_weights(SimpleNamespace(rows=np.arange(3), excluded=2), design(2), 1))


def test_two_replicates_give_an_error_and_one_gives_none(survey, inst):
    sample = ncsi.fit_pls(survey, inst).sample
    (batch,) = row_weights(sample, 2, 1)
    assert batch.shape == (2, 720)
    with pytest.raises(ModelError, match="1 replicates give no standard error"):
        next(row_weights(sample, 1, 1))


def test_how_many_replicates_may_fail():
    """Of the bootstrap's the share named, itself allowed; of a design's none."""
    settled = np.arange(100) != 7
    assert require_settled(settled, 100, 0.01, "It", "Look.") == 1
    assert require_settled(np.ones(100, dtype=bool), design(2), 0.01, "It", "Look.") == 0
    with pytest.raises(NotConverged, match=r"It: 1 of 100 replicates did not converge\. Look\."):
        require_settled(settled, 100, 0.009, "It", "Look.")
    with pytest.raises(NotConverged, match="1 of 100"):
        require_settled(settled, design(2), 0.5, "It", "Look.")


def test_covariances_of_a_design():
    """Scale times the squares about the replicates' mean, or about the estimate."""
    drawn = np.array([[1.0, 2.0, 6.0], [0.0, 2.0, 1.0]])
    for mse, centre in ((False, drawn.mean(axis=1)), (True, np.array([2.0, 2.0]))):
        found, normal = of_design(design(3, mse), np.array([2.0, 2.0]), drawn)
        off = drawn - centre[:, None]
        np.testing.assert_allclose(found, off @ off.T / 3)
        assert normal.shape == (2, 5000)
        np.testing.assert_allclose(np.cov(normal), found, atol=0.4)
        np.testing.assert_allclose(normal.mean(axis=1), 2, atol=0.15)


def test_groups_that_hardly_differ_have_a_p_near_1():
    pooled, drawn = made(groups=2)
    alike = replace(drawn, estimate=np.array([[0.5, 0.2], [0.5 + 1e-6, 0.2]]))
    found = _wald(pooled, alike)
    assert (found["statistic"] < 1e-3).all()
    assert found["p"].to_numpy() == pytest.approx(stats.f.sf(found["statistic"], found["df1"], found["df2"]))
    assert (found["p"] > 0.98).all()


def test_labels_of_an_omnibus_test_are_exchanged_within_strata(survey, inst):
    """The distances do not change, what they are held against does: groups that are strata have but one labelling."""
    found = ncsi.compare_groups(survey, inst, "region", method="omnibus", replicates=20, strata="region")
    assert (found["p"] == 1).all()
    whole = ncsi.compare_groups(survey, inst, "region", method="omnibus", replicates=20)
    assert found["estimate"].tolist() == whole["estimate"].tolist()
    assert (whole["p"] < 1).any()


def distances(pooled, monkeypatch, own, drawn):
    """The test whose statistics are `own` (4,) and, of 200 permutations in two batches, `drawn` (4, 200)."""
    given = iter([own[:, None], drawn[:, :128], drawn[:, 128:]])
    monkeypatch.setattr("ncsi.model.inference.group_distance._distances", lambda *_: next(given))
    return group_distances(pooled, None, drawn.shape[1], 1)


def test_p_of_distances_counts_what_is_as_far(survey, inst, monkeypatch):
    """What rounding sets apart counts as equal; permutations that gave no model are left out, one in a hundred may."""
    pooled = ncsi.fit_pls(survey, inst, by="region")
    own = np.array([1.0, 10.0, 0.1, 5.0])
    drawn = np.zeros((4, 200))
    drawn[:, :20] = own[:, None] * (1 - 1e-14)
    drawn[0, 20:50] = 2.0
    drawn[1, 199] = np.nan
    found, failed = distances(pooled, monkeypatch, own, drawn)
    assert failed == 1
    assert found["p"].tolist() == pytest.approx([51 / 200, 21 / 200, 21 / 200, 21 / 200])
    assert found["statistic"].tolist() == ["dG_items", "dL_items", "dG_constructs", "dL_constructs"]
    drawn[3, 150] = np.nan
    assert distances(pooled, monkeypatch, own, drawn)[1] == 2
    drawn[3, 151] = np.nan
    with pytest.raises(NotConverged, match="'region': 3 of 200 permutations gave no model"):
        distances(pooled, monkeypatch, own, drawn)
    with pytest.raises(NotConverged, match="'region': a group gave no model"):
        distances(pooled, monkeypatch, np.array([1.0, np.nan, 0.1, 5.0]), drawn)
