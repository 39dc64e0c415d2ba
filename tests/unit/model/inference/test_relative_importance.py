"""Relative importance: by its definition over orders of entry, in replicates, and what is refused."""

from __future__ import annotations

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import relative_importance
from ncsi.model.inference.relative_importance import _positions, johnson, lmg


def random_correlations(p, seed):
    rng = np.random.default_rng(seed)
    return np.corrcoef(rng.standard_normal((p, p + 1)) @ rng.standard_normal((p + 1, 400)))[..., None]


def r2(R, drivers):
    if not drivers:
        return 0.0
    return R[-1, drivers] @ np.linalg.solve(R[np.ix_(drivers, drivers)], R[drivers, -1])


@pytest.mark.parametrize("p", [2, 3, 5])
def test_lmg_is_the_mean_over_orders_of_entry(p):
    R = random_correlations(p + 1, p)
    gains = np.zeros(p)
    orders = list(permutations(range(p)))
    for order in orders:
        for place, driver in enumerate(order):
            gains[driver] += r2(R[..., 0], list(order[: place + 1])) - r2(R[..., 0], list(order[:place]))
    assert lmg(R)[:, 0] == pytest.approx(gains / len(orders), abs=1e-10)
    assert lmg(R).sum() == pytest.approx(johnson(R).sum(), abs=1e-10)


def test_two_drivers_agree_between_the_methods():
    R = random_correlations(3, 9)
    assert lmg(R) == pytest.approx(johnson(R), abs=1e-12)


def test_intervals_hold_the_estimate(survey, inst):
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst, weights="weight"), replicates=400, seed=2)
    for method in ("lmg", "johnson"):
        parts = relative_importance(boot, method=method).parts
        assert (parts["low"] < parts["r2_part"]).all()
        assert (parts["r2_part"] < parts["high"]).all()
        assert parts["share"].sum() == pytest.approx(1)
        assert parts["share_low"].between(0, 1).all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"target": "Joy"}, "no construct 'Joy'"),
        ({"target": "Expectation"}, "Expectation has 1 direct causes, so there is nothing to share out"),
        ({"drivers": ["Image"]}, "Satisfaction has 1 drivers named, so there is nothing to share out"),
        ({"method": "shapley"}, "there is no method 'shapley'. Use lmg or johnson"),
        ({"drivers": ["Image", "Image"]}, "named twice"),
        ({"drivers": ["Image", "Satisfaction"]}, "Satisfaction itself"),
    ],
)
def test_what_is_refused(survey, inst, asked, message):
    with pytest.raises(ModelError, match=message):
        relative_importance(ncsi.fit_pls(survey, inst), **asked)


def of_drivers(number):
    """A fit as far as the positions of its drivers go, and their names."""
    names = [f"x{k}" for k in range(number)]
    return SimpleNamespace(instrument=SimpleNamespace(target="y", construct_ids=("y", *names))), names


def test_thirty_drivers_are_too_many_for_lmg():
    fit, names = of_drivers(30)
    with pytest.raises(ModelError, match=r"30 drivers make 1,073,741,824 models.*johnson"):
        _positions(fit, None, names, "lmg")
    assert len(_positions(fit, None, names, "johnson")[1]) == 30


def test_twelve_drivers_are_the_most_for_lmg():
    fit, names = of_drivers(13)
    assert _positions(fit, None, names[:12], "lmg") == (0, list(range(1, 13)))
    with pytest.raises(ModelError, match="lmg takes at most 12"):
        _positions(fit, None, names, "lmg")


@pytest.mark.parametrize(("method", "parts_of"), [("lmg", lmg), ("johnson", johnson)])
def test_parts_of_replicates_make_the_intervals(survey, inst, method, parts_of):
    boot = ncsi.bootstrap(ncsi.fit_pls(survey, inst), replicates=40)
    found = relative_importance(boot, "Loyalty", method=method)
    ids = inst.construct_ids
    at = [ids.index(one) for one in ("Image", "Satisfaction", "Loyalty")]
    drawn = parts_of(boot.draws.phi[np.ix_(at, at)])
    parts = found.parts.set_index("construct")
    assert parts.index.tolist() == ["Image", "Satisfaction"]
    assert parts["se"].to_numpy() == pytest.approx(drawn.std(axis=1, ddof=1))
    assert found.r2 == pytest.approx(boot.fit.r2.set_index("construct")["r2"]["Loyalty"])
    assert parts["share"].to_numpy() == pytest.approx(parts["r2_part"].to_numpy() / found.r2)
    wide = parts["share_high"] - parts["share_low"]
    spread = (drawn / drawn.sum(axis=0)).std(axis=1, ddof=1)
    assert (wide / spread).between(2.5, 5).all()
    assert (found.target, found.method) == ("Loyalty", method)
