"""LMG and Johnson's relative weights against relaimpo 2.2-7 (docs/method.md §34)."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.model import relative_importance
from ncsi.model.inference.relative_importance import johnson, lmg
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores


def correlations(columns, weights):
    return np.corrcoef(columns.T) if weights is None else _weighted(columns, weights)


def _weighted(columns, weights):
    cov = np.cov(columns.T, aweights=weights)
    return cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))


def test_parts_of_r2(case, close):
    expected = case.expected("importance")
    for method, theirs in (
        ("lmg", expected["unweighted"]["lmg"]),
        ("johnson", expected["johnson_unweighted"]),
    ):
        found = relative_importance(case.fit, method=method)
        close(method, found.parts.set_index("construct")["r2_part"], theirs, 1e-8)
        close("r2", found.r2, expected["unweighted"]["r2"], 1e-8)
        assert found.parts["r2_part"].sum() == pytest.approx(found.r2, abs=1e-12)


def test_of_weighted_correlations(case, close):
    expected = case.expected("importance")
    names, scores = expected["predictors"], row_scores(
        case.fit.sample.X, case.fit.outer, layout_of(case.inst).blocks
    )  # fmt: skip
    ids = list(case.inst.construct_ids)
    used = scores[:, [*map(ids.index, names), ids.index(expected["target"])]]
    R = correlations(used, case.df["weight"].to_numpy()[case.fit.sample.rows])[..., None]
    for ours, theirs in ((lmg(R), expected["weighted"]["lmg"]), (johnson(R), expected["johnson_weighted"])):
        close("weighted", dict(zip(names, ours[:, 0], strict=True)), theirs, 1e-8)


def test_fourteen_items_on_the_index(case, close):
    expected = case.expected("importance")["items_on_target_index"]
    names, ids = list(expected["lmg"]), list(case.inst.construct_ids)
    block = layout_of(case.inst).blocks[ids.index("Satisfaction")]
    index = row_scores(case.fit.sample.X, case.fit.outer, [block])
    items = case.fit.sample.X[:, [case.inst.item_ids.index(name) for name in names]]
    R = correlations(np.hstack([items, index]), None)[..., None]
    for ours, theirs in ((lmg(R), expected["lmg"]), (johnson(R), expected["johnson"])):
        close("items", dict(zip(names, ours[:, 0], strict=True)), theirs, 1e-8)


def test_integer_weights_equal_repeated_rows(case):
    weights = np.arange(len(case.df)) % 3 + 1
    weighted = ncsi.fit_pls(case.df.assign(w=weights), case.inst, weights="w")
    repeated = ncsi.fit_pls(case.df.loc[case.df.index.repeat(weights)], case.inst)
    a, b = (relative_importance(fit).parts["r2_part"].to_numpy() for fit in (weighted, repeated))
    assert np.abs(a - b).max() <= 1e-10
