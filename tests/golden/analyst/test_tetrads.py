"""Tetrads against their own delta method in R, and seminrExtras' bootstrap (docs/method.md §45)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import tetrads


@pytest.fixture(scope="module")
def found(case):
    return tetrads(case.fit)


def _in_answers(found, case, construct) -> pd.DataFrame:
    """Tetrads and errors of the answers' own scale: times the product of the four standard deviations."""
    own = found.tetrads[found.tetrads["construct"] == construct].reset_index(drop=True)
    four = own["tetrad"].map(lambda told: told.split(" − ")[0].replace(" ", "·").split("·"))
    scale = four.map(lambda items: np.prod(case.df[items].std(ddof=0)))
    return own.assign(estimate=own["estimate"] * scale, se=own["se"] * scale)


def test_free_tetrads_and_their_joint_test(case, found, close):
    tests = found.tests.set_index("construct")
    peer = case.expected("cta")["analytic_bollen_ting"]
    assert tests.index.tolist() == list(peer) == ["Image", "Quality"]
    for construct, row in peer.items():
        own = _in_answers(found, case, construct)
        close("tetrads", own["estimate"], dict(enumerate(row["tau_ml"])), 1e-8)
        close("errors", own["se"], dict(enumerate(row["se_delta"])), 1e-8)
        assert [k + 1 for k in np.flatnonzero(own["free"])] == row["nonredundant_used"]
        close("statistic", tests.loc[construct, "statistic"], row["wald"], 1e-8)
        close("p", tests.loc[construct, "p"], row["p"], 1e-8)
        assert tests.loc[construct, "df"] == row["df"]


def test_errors_are_those_of_the_bootstrap(case, found):
    for construct in ("Image", "Quality"):
        drawn = case.expected("cta")["tetrads_and_bootstrap"][construct]
        own = _in_answers(found, case, construct)
        assert own["se"].tolist() == pytest.approx([row["Boot_SD"] for row in drawn], rel=0.08)


def test_integer_weights_equal_repeated_rows_that_are_one_unit(golden, inst):
    times = np.arange(len(golden)) % 3 + 1
    weighted = tetrads(ncsi.fit_pls(golden.assign(w=times), inst, weights="w")).tests
    again = golden.assign(psu=range(len(golden))).loc[golden.index.repeat(times)].reset_index(drop=True)
    repeated = tetrads(ncsi.fit_pls(again, inst, clusters="psu")).tests
    assert weighted["statistic"].tolist() == pytest.approx(repeated["statistic"].tolist(), rel=1e-10)


@pytest.mark.parametrize("k", [4, 5, 6, 8])
def test_as_many_are_free_as_the_model_leaves(k):
    from ncsi.model.inference.tetrads import _listed

    named, free = _listed(k)
    assert len(free) == k * (k - 3) // 2
    assert len(set(named)) == k * (k - 1) * (k - 2) * (k - 3) // 12


def test_two_constructs_in_one_block_are_found(inst, golden):
    """Half of Quality's items follow another construct."""
    rng = np.random.default_rng(3)
    other = rng.normal(size=len(golden))
    mixed = golden.copy()
    for item in ("QUA1", "QUA2"):
        mixed[item] = np.clip(np.round(6 + 1.5 * other + rng.normal(size=len(golden))), 1, 10)
    tests = tetrads(ncsi.fit_pls(mixed, inst)).tests.set_index("construct")
    assert tests.loc["Quality", "p_holm"] < 0.001


def test_only_those_who_answered_the_block_count(golden, inst):
    gaps = golden.astype({"QUA1": float})
    gaps.loc[gaps.index[:30], "QUA1"] = np.nan
    found = tetrads(ncsi.fit_pls(gaps, inst)).tests.set_index("construct")
    assert found["n"].to_dict() == {"Image": len(golden), "Quality": len(golden) - 30}


def test_what_has_no_tetrads_is_refused(case):
    assert tetrads(case.fit).untested == ("Expectation", "Value", "Satisfaction", "Loyalty")
    with pytest.raises(ModelError, match="Value: fewer than 4 items"):
        tetrads(case.fit, ["Quality", "Value"])
    with pytest.raises(ModelError, match="Qualty"):
        tetrads(case.fit, ["Qualty"])
    few = ncsi.fit_pls(case.df.assign(psu=np.arange(len(case.df)) % 20), case.inst, clusters="psu")
    with pytest.raises(ModelError, match="20 respondents or clusters"):
        tetrads(few)
