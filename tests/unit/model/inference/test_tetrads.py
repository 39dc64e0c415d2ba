"""Tetrads of a block worked out, how many respondents they want, and what is not reflective."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import tetrads
from ncsi.model.inference.changes import holm


@pytest.fixture(scope="module")
def four():
    return ncsi.model_from(
        "A =~ a1 + a2 + a3 + a4\n B =~ b1 + b2 + b3\n B ~ A", scale=(-100, 100), target="B"
    )


def answers(n, seed=1):
    rng = np.random.default_rng(seed)
    A, other = rng.normal(size=(2, n))
    columns = {f"a{k}": A + (k < 3) * other + rng.normal(size=n) for k in (1, 2, 3, 4)}
    return pd.DataFrame(columns | {f"b{k}": 0.5 * A + rng.normal(size=n) for k in (1, 2, 3)})


def test_both_tetrads_of_four_items_by_hand(four):
    """s₁₂s₃₄ − s₁₃s₂₄ and s₁₂s₄₃ − s₁₄s₂₃ over the four deviations; errors by what each respondent adds."""
    frame = answers(150).assign(w=np.arange(150) % 2 + 1.0)
    found = tetrads(ncsi.fit_pls(frame, four, weights="w"))
    assert found.untested == ("B",)
    X, w = frame[["a1", "a2", "a3", "a4"]].to_numpy(), frame["w"].to_numpy() / frame["w"].sum()
    D = X - w @ X
    S = (D * w[:, None]).T @ D
    scale = np.prod(np.sqrt(np.diag(S)))
    row = found.tetrads
    assert row["tetrad"].tolist() == ["a1·a2 a3·a4 − a1·a3 a2·a4", "a1·a2 a4·a3 − a1·a4 a2·a3"]
    tau = np.array([S[0, 1] * S[2, 3] - S[0, 2] * S[1, 3], S[0, 1] * S[2, 3] - S[0, 3] * S[1, 2]])
    each = w[:, None, None] * (D[:, :, None] * D[:, None, :] - S)
    of = [
        each[:, 0, 1] * S[2, 3] + S[0, 1] * each[:, 2, 3] - each[:, a, b] * S[c, d] - S[a, b] * each[:, c, d]
        for a, b, c, d in ((0, 2, 1, 3), (0, 3, 1, 2))
    ]
    V = np.array([[u @ v for v in of] for u in of])
    assert row["estimate"].to_numpy() == pytest.approx(tau / scale)
    assert row["se"].to_numpy() == pytest.approx(np.sqrt(np.diag(V)) / scale)
    assert row["z"].to_numpy() == pytest.approx(tau / np.sqrt(np.diag(V)))
    assert row["free"].tolist() == [True, True]
    test = found.tests.iloc[0]
    assert test["statistic"] == pytest.approx(tau @ np.linalg.solve(V, tau))
    assert test["p"] == pytest.approx(stats.chi2.sf(test["statistic"], 2))
    assert test[["construct", "mode", "items", "n", "df"]].tolist() == ["A", "A", 4, 150, 2]
    assert found.tests["p_holm"].to_numpy() == pytest.approx(holm(found.tests["p"]))


@pytest.mark.filterwarnings("ignore::ncsi.model.ModelWarning")
def test_five_units_a_tetrad_are_enough(four):
    """Four items have two free tetrads: ten respondents or clusters are enough, nine are not."""
    frame = answers(45)
    for units, enough in ((10, True), (9, False)):
        fit = ncsi.fit_pls(frame.assign(psu=np.arange(45) % units), four, clusters="psu")
        if enough:
            assert tetrads(fit).tests["n"].tolist() == [45]
            continue
        with pytest.raises(
            ModelError, match=r"A: 9 respondents or clusters .* too few for 2 tetrads; 10 are"
        ):
            tetrads(fit)


def test_a_construct_named_twice_is_tested_once(four):
    fit = ncsi.fit_pls(answers(150), four)
    found = tetrads(fit, ["A", "A"])
    assert found.tests["construct"].tolist() == ["A"]
    assert found.untested == ()
    with pytest.raises(ModelError, match="B: fewer than 4 items have no tetrads"):
        tetrads(fit, ["B"])
    small = ncsi.model_from("A =~ a1 + a2 + a3\n B =~ b1 + b2\n B ~ A", scale=(-100, 100), target="B")
    with pytest.raises(ModelError, match="every construct: fewer than 4 items"):
        tetrads(ncsi.fit_pls(answers(150), small))
