"""Necessary conditions against NCA 5.0.1 and seminrExtras 1.0.3 (docs/method.md §40)."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model import necessity, with_necessity


@pytest.fixture(scope="module")
def found(case):
    return necessity(case.fit, permutations=4000, seed=2)


@pytest.fixture(scope="module")
def expected(case):
    return case.expected("nca")


def test_effect_sizes(found, expected, close):
    effects = found.effects.set_index("construct")
    for kind in ("ce", "cr"):
        peer = {c: row["params"][f"{kind}_fdh"]["Effect size"] for c, row in expected["NCA_on_index"].items()}
        close(f"d {kind}", effects[f"d_{kind}"], peer, 1e-6)
        wide = {c: row[f"{kind}_fdh"] for c, row in expected["NCA_on_index_theoretical_scope"].items()}
        close(f"d {kind} on 0-100", effects[f"d_{kind}_0_100"], wide, 1e-6)
        extras = {c: row[f"{kind}_fdh"] for c, row in expected["seminrExtras_d_on_index"].items()}
        close(f"d {kind} of seminrExtras", effects[f"d_{kind}"], extras, 1e-6)


def test_peers_and_lines(found, expected, close):
    for construct, row in expected["NCA_on_index"].items():
        ours = found.peers[found.peers["construct"] == construct]
        assert len(ours) == len(row["peers"])
        for axis in ("x", "y"):
            theirs = {k: peer[axis.upper()] for k, peer in enumerate(row["peers"])}
            close("peers", dict(enumerate(ours[axis])), theirs, 1e-6)
        line = found.lines.set_index("construct").loc[construct]
        close("slope", line["slope"], row["params"]["cr_fdh"]["Slope"], 1e-6)
        close("intercept", line["intercept"], row["params"]["cr_fdh"]["Intercept"], 1e-6)


def test_bottlenecks(found, expected):
    for construct, row in expected["NCA_on_index"].items():
        ours = found.bottleneck[found.bottleneck["construct"] == construct]
        for kind in ("ce", "cr"):
            theirs = row["bottleneck"][f"{kind}_fdh"]
            assert ours["level"].tolist() == theirs["y"]
            for value, state, peer in zip(ours[kind], ours[f"{kind}_state"], theirs["x"], strict=True):
                assert state == ("not_needed" if peer == "NN" else "needed")
                if state == "needed":
                    assert value == pytest.approx(float(peer), abs=0.06)


def test_both_nulls(case, found):
    effects = found.effects.set_index("construct")
    for construct, row in case.expected("nca_mc").items():
        for kind in ("ce", "cr"):
            peer, ours = row[f"{kind}_fdh"], effects.loc[construct]
            matched = peer["gaussian_copula_same_margins"]
            assert ours[f"p_{kind}"] == pytest.approx(peer["permutation"]["p_plus_one"], abs=0.02)
            assert ours[f"p_{kind}_matched"] == pytest.approx(matched["p_plus_one"], abs=0.02)
            assert ours[f"d_{kind}_matched"] == pytest.approx(matched["mean"], rel=0.04)
            assert ours["spearman"] == pytest.approx(matched["spearman"], abs=1e-6)
        least = row["ce_fdh_leave_one_peer_out"]
        assert effects["d_ce_lowest"][construct] == pytest.approx(least["min"], abs=1e-6)
        assert effects["d_ce_highest"][construct] == pytest.approx(least["max"], abs=1e-6)


def test_only_what_is_necessary_is_called_so(case, found):
    """In bench.csv only Quality is necessary, and all four pass the usual test."""
    effects = found.effects.set_index("construct")
    bench = "segment" in case.df
    assert effects.index[effects["necessary"]].tolist() == (["Quality"] if bench else [])
    assert (effects["p_ce_holm"] < 0.05).sum() >= 3


def test_importance_performance_necessity(case, found, close):
    together = with_necessity(ncsi.drivers(case.fit), found).set_index("construct")
    peer = case.expected("cipma")
    effects = case.fit.total_effects
    standardised = effects[effects["to"] == "Satisfaction"].set_index("from")["estimate"]
    close("importance", standardised, peer["importance_std"], 1e-6)
    performance = {c: peer["performance_unstandardised_weights"][c] for c in peer["importance_unstd"]}
    close("performance", together["performance"], performance, 1e-6)
    close("d", together["d_ce"], {c: row["ce_fdh"] for c, row in peer["d"].items()}, 1e-6)
    assert np.isfinite(together["p_ce_matched_holm"]).all()
