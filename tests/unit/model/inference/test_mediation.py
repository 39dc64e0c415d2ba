"""Mediation: families of tests by hand, classes, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import mediation
from ncsi.model.inference.joint_tests import on_normal_scale, stepped_down
from ncsi.model.inference.mediation import chains_of, mediated_pairs
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
