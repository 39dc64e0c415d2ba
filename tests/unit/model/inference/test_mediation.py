"""Mediation: families of tests by hand, classes, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import mediation
from ncsi.model.inference.joint_tests import of_paths, on_normal_scale, stepped_down
from ncsi.model.inference.mediation import _all_chains, _kinds, chains_of, mediated_pairs
from ncsi.model.pls.positions import Layout, layout_of
from ncsi.spec import Instrument


@pytest.fixture(scope="module")
def boot(survey, inst):
    return ncsi.bootstrap(ncsi.fit_pls(survey, inst, weights="weight"), replicates=400, seed=3)


def test_step_down_by_hand():
    t = np.array([3.0, 1.0, np.nan])
    replicates = np.array([[0.5, 2.0, -3.5], [1.5, 0.2, 0.4], [1.0, 1.0, 1.0]])
    found = stepped_down(t, replicates)
    assert found.p[:2] == pytest.approx([2 / 4, 2 / 4])
    assert found.p_joint[:2] == pytest.approx([2 / 4, 2 / 4])
    assert np.isnan([found.p[2], found.p_joint[2]]).all()
    wider = stepped_down(np.array([3.0, 2.9]), np.array([[0.5, 2.0, -3.5], [3.2, 0.2, 0.4]]))
    assert wider.p == pytest.approx([2 / 4, 2 / 4])
    assert wider.p_joint == pytest.approx([3 / 4, 3 / 4])


def test_a_joint_p_is_never_below_the_single_one(boot):
    chains = mediation(boot).chains
    assert (chains["p_joint"] >= chains["p"]).all()
    assert (chains["p"] >= 1 / 401).all()


def test_chains_add_up_to_the_indirect_effect(boot):
    found = mediation(boot)
    sums = found.chains.groupby(["from", "to"])["estimate"].sum()
    effects = found.effects.set_index(["from", "to"])["indirect"]
    assert np.abs(sums - effects.reindex(sums.index)).max() < 1e-12


def test_named_chains_are_a_family_of_their_own(boot):
    all_of_them = mediation(boot).chains.set_index("chain")
    one = mediation(boot, chains=["Image->Quality -> Satisfaction"]).chains.set_index("chain")
    assert list(one.index) == ["Image -> Quality -> Satisfaction"]
    name = one.index[0]
    assert one["p_joint"][name] == one["p"][name] == all_of_them["p"][name]


def test_pairs_that_a_chain_joins(inst):
    layout = layout_of(inst)
    assert set(mediated_pairs(layout)) == {(chain[0], chain[-1]) for chain in chains_of(layout)}
    n = 40
    dense = Layout(np.arange(n), n, (False,) * n, tuple(tuple(range(k)) for k in range(n)), tuple(range(n)))
    assert len(mediated_pairs(dense)) == n * (n - 1) / 2 - (n - 1)


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ("Image -> Value -> Satisfaction", "no path Image -> Value"),
        ("Image -> Qualty -> Satisfaction", "Did you mean Quality"),
        ("Image -> Satisfaction", "no mediator"),
        ("Loyalty -> Satisfaction -> Value", "no path Loyalty -> Satisfaction"),
    ],
)
def test_a_chain_that_is_not_of_the_model(boot, chain, message):
    with pytest.raises(ModelError, match=message):
        mediation(boot, chains=[chain])


def test_a_model_without_a_mediator(survey, inst):
    kept = [c for c in inst.model_dump(by_alias=True)["constructs"] if c["id"] in ("Image", "Satisfaction")]
    plain = Instrument.model_validate(
        {
            **inst.model_dump(by_alias=True),
            "constructs": kept,
            "paths": [{"from": "Image", "to": "Satisfaction"}],
        }
    )
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, plain), replicates=50)
    with pytest.raises(ModelError, match="nothing is mediated"):
        mediation(boot)


def test_replicate_weights_give_t_intervals(survey, inst):
    fit = ncsi.fit_pls(survey, inst, weights="weight")
    rng = np.random.default_rng(1)
    weights = pd.DataFrame(
        survey["weight"].to_numpy()[:, None] * rng.poisson(1, (len(survey), 60)), index=survey.index
    )
    found = mediation(ncsi.replicated(fit, weights, df=20)).chains
    assert (found["df"] == 20).all()
    half = (found["high"] - found["low"]) / 2
    assert (half / found["se"]).to_numpy() == pytest.approx(2.0860, abs=1e-3)


def test_an_estimate_a_hundred_errors_from_zero_is_tested_too():
    """Its tail is too small for a number, so |t| on the normal scale is infinite: the surest of all, not unknown."""
    size = on_normal_scale(np.array([50.0, 2.0]), np.array([0.5, 1.0]), np.array([700.0, 700.0]))
    assert np.isinf(size[0])
    draws = np.random.default_rng(1).standard_normal((2, 99))
    found = stepped_down(size, draws)
    assert found.p[0] == found.p_joint[0] == 0.01
    assert found.p_joint[1] >= found.p[1] > 0.01


@pytest.mark.parametrize(
    ("indirect", "direct", "kind"),
    [
        ((0.2, 0.1, 0.3), (0.3, 0.1, 0.5), "complementary"),
        ((-0.2, -0.3, -0.1), (-0.3, -0.5, -0.1), "complementary"),
        ((0.2, 0.1, 0.3), (-0.3, -0.5, -0.1), "competitive"),
        ((-0.2, -0.3, -0.1), (0.3, 0.1, 0.5), "competitive"),
        ((0.2, 0.1, 0.3), (0.1, -0.1, 0.3), "indirect_only"),
        ((0.1, -0.1, 0.3), (0.3, 0.1, 0.5), "direct_only"),
        ((0.1, -0.1, 0.3), (-0.3, -0.5, -0.1), "direct_only"),
        ((0.1, 0.0, 0.3), (0.1, 0.0, 0.3), "no_effect"),
        ((0.2, 0.1, 0.3), (np.nan, np.nan, np.nan), "direct_not_modelled"),
    ],
)
def test_kinds_by_hand(indirect, direct, kind):
    """Estimate and interval of both; an interval that ends at 0 does not exclude it."""
    one = dict(zip(("estimate", "low", "high"), (np.array([v]) for v in indirect), strict=True))
    other = pd.DataFrame([direct], columns=["direct", "direct_low", "direct_high"])
    assert _kinds(one, other).tolist() == [kind]


def test_a_table_of_effects_is_that_of_the_paths(boot):
    """Total less direct is indirect; a chain's part in the total, where the two run the same way and it is sure."""
    found = mediation(boot)
    paths = boot.fit.paths.set_index(["from", "to"])["estimate"]
    total = boot.fit.total_effects.set_index(["from", "to"])["estimate"]
    for row in found.effects.itertuples():
        pair = (row._1, row.to)
        assert row.total == total[pair]
        if pair not in paths.index:
            assert np.isnan([row.direct, row.direct_low, row.direct_high, row.vaf]).all()
            assert row.kind == "direct_not_modelled"
            assert row.indirect == pytest.approx(row.total)
            continue
        assert row.direct == pytest.approx(paths[pair])
        assert row.indirect == pytest.approx(row.total - paths[pair])
        sure = row.total_low * row.total_high > 0 and row.direct * row.indirect > 0
        assert row.vaf == pytest.approx(row.indirect / row.total) if sure else np.isnan(row.vaf)
    assert found.effects["vaf"].notna().any()
    chains = found.chains.set_index(["from", "to"])
    of_pair = found.effects.set_index(["from", "to"])
    for pair, row in chains.iterrows():
        part = row["estimate"] / of_pair.loc[pair, "total"]
        known = np.isfinite(of_pair.loc[pair, "vaf"]) and part > 0
        assert row["vaf"] == pytest.approx(part) if known else np.isnan(row["vaf"])
        names = row["chain"].split(" -> ")
        assert row["estimate"] == pytest.approx(np.prod([paths[pair] for pair in pairwise(names)]))
    for row in found.chains.to_dict("records"):
        names = row["chain"].split(" -> ")
        at = [boot.fit.instrument.construct_ids.index(one) for one in names]
        drawn = np.prod([boot.draws.paths[a, b] for a, b in pairwise(at)], axis=0)
        assert row["se"] == pytest.approx(drawn.std(ddof=1))


def test_each_target_is_a_family(boot):
    """p_joint of the chains that end in one construct does not depend on those that end elsewhere."""
    whole = mediation(boot).chains.set_index("chain")
    for to, own in whole.groupby("to"):
        alone = mediation(boot, chains=own.index.tolist()).chains.set_index("chain")
        assert alone["p_joint"].to_dict() == own["p_joint"].to_dict(), to


def test_a_thousand_chains_are_listed_and_no_more():
    """Of n constructs that all act on all later ones: 2ⁿ − 1 − n − n(n − 1)/2 chains."""

    def dense(n, without=()):
        causes = tuple(tuple(j for j in range(k) if (j, k) not in without) for k in range(n))
        return Layout(np.arange(n), n, (False,) * n, causes, tuple(range(n)))

    names = tuple(f"c{k}" for k in range(11))
    assert len(_all_chains(dense(9), names[:9])) == 2**9 - 1 - 9 - 36
    with pytest.raises(ModelError, match="more than 1000 chains"):
        _all_chains(dense(11), names)
    assert _all_chains(dense(3), names[:3]) == [(0, 1, 2)]


@pytest.mark.parametrize("df", [7.0, np.inf, np.nan])
def test_t_is_brought_to_the_normal_scale(df):
    """By the tail of t on its degrees of freedom; known errors leave it as it is; without one there is nothing."""
    found = on_normal_scale(np.array([2.5, -2.5, 1.0]), np.array([1.0, 1.0, 0.0]), np.full(3, df))
    wanted = 2.5 if not df < np.inf else -stats.norm.ppf(stats.t.sf(2.5, df))
    assert found[:2] == pytest.approx([wanted, wanted])
    assert np.isnan(found[2])


def test_all_paths_are_a_family(boot):
    """As single chains are: each path's t about its estimate, over the replicates."""
    found = of_paths(boot)
    ids = boot.fit.instrument.construct_ids
    frame = boot.fit.paths
    draws = np.array(
        [
            boot.draws.paths[ids.index(a), ids.index(b)]
            for a, b in zip(frame["from"], frame["to"], strict=True)
        ]
    )
    estimate = frame["estimate"].to_numpy()
    se = draws.std(axis=1, ddof=1)
    off = np.abs(draws - estimate[:, None]) / se[:, None]
    df = float(boot.intervals.freedom(boot.spreads.others))
    size = -stats.norm.ppf(stats.t.sf(np.abs(estimate) / se, df))
    assert found.p == pytest.approx((1 + (off >= size[:, None]).sum(axis=1)) / 401)
    assert (found.p_joint >= found.p).all()
