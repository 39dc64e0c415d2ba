"""Finite mixtures against seminrExtras 1.0.3, which has intercepts (docs/method.md §46)."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.model import finite_mixture
from ncsi.model.inference import mixture_em as em
from ncsi.model.pls.positions import layout_of


@pytest.fixture(scope="module")
def expected(case):
    return case.expected("fimix")


@pytest.fixture(scope="module")
def survey(case):
    """Scores with their standard deviation by n − 1, their products, and the equations with intercepts."""
    scores, layout = case.fit.scores().to_numpy(), layout_of(case.inst)
    P = em.products((scores - scores.mean(axis=0)) / scores.std(axis=0, ddof=1))
    causes = tuple(np.array([0, *(x + 1 for x in layout.causes[y])]) for y in layout.equations)
    return P, em.pooled(P, np.ones(P.shape[1]), np.array([*layout.equations]) + 1, causes)


def started(name, case):
    """Posteriors (k, n) of the peer's start."""
    rows, n = np.arange(len(case.df)), len(case.df)
    if name == "k1":
        return np.ones((1, n))
    if name == "k3_from_rows_mod3":
        return np.where(rows % 3 == np.arange(3)[:, None], 0.9, 0.05)
    if name == "k2_from_row_parity":
        first = rows % 2 == 0
    elif "segment" in case.df:
        first = (case.df["segment"] == "A").to_numpy()
    else:
        first = (case.df["region"] == "East").to_numpy()
    one = np.where(first, 0.9, 0.1)
    return np.stack([one, 1 - one])


@pytest.mark.parametrize("name", ["k1", "k2_from_partition", "k2_from_row_parity", "k3_from_rows_mod3"])
def test_from_a_given_start(case, survey, expected, close, name):
    P, paths = survey
    theirs, n = expected["from_given_start"][name], len(case.df)
    begun = em.maximised(P, started(name, case)[None], paths)
    found, height = em.climbed(P, np.ones(n), paths, begun, 1e-13, 2000)
    close("lnL", n * height[0], theirs["lnL"], 1e-5)
    close(
        "shares", dict(enumerate(found.share[0])), dict(enumerate(np.atleast_1d(theirs["proportions"]))), 1e-4
    )
    at = 0
    for e, (x, rows) in enumerate(zip(paths.causes, theirs["coefficients"].values(), strict=True)):
        for c, row in enumerate(rows):
            ours = dict(enumerate(found.slopes[0, c, at : at + len(x)]))
            close("coefficients", ours, dict(enumerate(np.atleast_1d(row["coef"]))), 1e-4)
            close("variances", found.variance[0, c, e], row["variance"], 1e-4)
        at += len(x)


def test_the_best_of_many_starts_is_not_worse(case, expected):
    """Their scores have the standard deviation of n − 1, which moves lnL by half of each equation's n·ln(n/(n − 1))."""
    found = finite_mixture(case.fit, k=range(1, 5), intercepts=True, simulations=0).criteria.set_index("k")
    n, equations = len(case.df), 5
    moved = 0.5 * n * equations * np.log(n / (n - 1))
    for k in (2, 3, 4):
        theirs = expected["multistart"][f"K{k}"]["best_of_30"] - moved
        assert found.loc[k, "lnl"] >= theirs - 0.01
    one = expected["from_given_start"]["k1"]
    assert found.loc[1, "lnl"] == pytest.approx(one["lnL"] - moved, abs=1e-5)
    for name in ("AIC", "AIC3", "BIC", "CAIC"):
        theirs = one["criteria_seminrExtras"][name] + 2 * moved
        assert found.loc[1, name.lower()] == pytest.approx(theirs, abs=1e-4)
    assert (
        found.loc[2, "parameters"]
        == expected["from_given_start"]["k2_from_partition"]["parameters_with_intercepts"]
    )


def test_entropy_and_the_count_without_intercepts(case, expected):
    from ncsi.model.inference.mixtures import _Survey

    for name, k in (("k1", 1), ("k2_from_partition", 2), ("k3_from_rows_mod3", 3)):
        theirs = expected["from_given_start"][name]["parameters_without_intercepts"]
        assert _Survey.of(case.fit, intercepts=False).parameters(k) == theirs


def test_where_criteria_find_classes_that_are_not_there_the_null_of_one_class_does_not(case):
    """golden.csv has one class and bench.csv two: AIC3 asks for two or more in both."""
    found = finite_mixture(case.fit, k=(1, 2), intercepts=True, simulations=49)
    assert found.best("aic3") == 2
    p = found.criteria.set_index("k")["p_one_class"]
    assert p[2] <= 0.02 if "segment" in case.df else p[2] > 0.2
