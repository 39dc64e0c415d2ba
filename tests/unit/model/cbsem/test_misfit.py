"""Modification indices against fits that free the parameter, residuals against their spread where the model holds. No
golden has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import NotConverged
from ncsi.model.cbsem import modification_indices, residuals
from ncsi.model.cbsem.estimates import factors_of
from ncsi.model.cbsem.modification import _candidates, _with
from ncsi.model.cbsem.optimum import polish
from ncsi.model.cbsem.problem import OneGroup


@pytest.fixture(scope="module")
def fit(survey, inst):
    return ncsi.fit_cbsem(survey, inst)


def freed(fit, lhs, op, rhs):
    """χ² and the estimate once that parameter is free, by fitting again."""
    solution = fit.solution
    (cell,) = [
        one
        for one in _candidates(solution.layout, solution.structure)
        if (one.lhs, one.op, one.rhs) == (lhs, op, rhs)
    ]
    wider = _with(solution.structure, [cell])
    problem = OneGroup(wider, solution.sample, tuple(map(str, range(wider.n_parameters))))
    found = polish(problem, np.append(solution.optimum.theta, 0.0))
    unit = factors_of(wider, solution.sd)[cell.matrix][cell.row, cell.col]
    return fit.n * found.point.value, found.theta[-1] * unit


@pytest.mark.parametrize("op", ["=~", "~~", "~"])
def test_an_index_is_the_fall_of_chisq_when_the_parameter_is_free(fit, op):
    rows = modification_indices(fit).query("op == @op")
    if op == "~":
        rows = rows[rows["epc"].abs() < 1]
    assert len(rows) >= 4
    for row in rows.head(4).itertuples():
        chisq, estimate = freed(fit, row.lhs, row.op, row.rhs)
        assert row.mi == pytest.approx(fit.fit_measures["chisq"] - chisq, rel=0.12, abs=0.05), row
        assert row.epc == pytest.approx(estimate, rel=0.2, abs=0.02), row


def test_a_covariance_that_was_put_in_is_found_with_its_size(drawn, two_blocks):
    frame = drawn(2000, 8)
    common = 0.3 * np.random.default_rng(9).standard_normal(2000)
    frame = frame.assign(a2=(frame["a2"] + common).clip(1, 10), b2=(frame["b2"] + common).clip(1, 10))
    first = ncsi.fit_cbsem(frame, two_blocks).modification_indices().iloc[0]
    assert {first["lhs"], first["op"], first["rhs"]} == {"a2", "~~", "b2"}
    assert first["epc"] == pytest.approx(0.09, abs=0.03)
    assert first["std_epc"] == pytest.approx(0.09 / (0.36 + 0.09), abs=0.06)


def test_answers_alone_and_their_covariances_say_the_same(survey, inst, fit):
    """With nothing missing the likelihood of single answers has the indices and residuals of the covariance matrix."""
    other = ncsi.fit_cbsem(survey, inst, missing="fiml")
    keys = ["lhs", "op", "rhs"]
    ours, theirs = (modification_indices(one).set_index(keys).sort_index() for one in (fit, other))
    pd.testing.assert_frame_equal(ours, theirs, atol=1e-6, rtol=1e-6)
    np.testing.assert_allclose(residuals(other, inst).raw, residuals(fit, inst).raw, atol=1e-7)


@pytest.mark.parametrize("missing", ["two_stage", "fiml"])
def test_respondents_entered_twice_count_once_when_they_are_clusters(drawn, two_blocks, missing):
    once = drawn(300, 4)
    twice = pd.concat([once, once], ignore_index=True).assign(own=np.tile(np.arange(300), 2))
    alone = ncsi.fit_cbsem(once, two_blocks, robust=True, missing=missing)
    both = ncsi.fit_cbsem(twice, two_blocks, robust=True, clusters="own", missing=missing)
    factor = 300 / 299
    a, b = (modification_indices(one).set_index(["lhs", "op", "rhs"]).sort_index() for one in (alone, both))
    np.testing.assert_allclose(b["mi"] * factor, a["mi"], rtol=1e-6)
    np.testing.assert_allclose(b["epc"], a["epc"], rtol=1e-6, atol=1e-9)
    za, zb = (residuals(one, two_blocks).z.to_numpy() for one in (alone, both))
    np.testing.assert_allclose(zb * np.sqrt(factor), za, rtol=1e-5)


@pytest.mark.parametrize(
    "how",
    [{}, {"robust": True}, {"missing": "fiml"}, {"missing": "fiml", "robust": True}],
    ids=["plain", "robust", "fiml", "fiml robust"],
)
def test_where_the_model_holds_both_are_of_size_one(drawn, two_blocks, how):
    """25 surveys of 300: the mean of MI is 1, of z² 1; z is not given where the model reproduces the moment always."""
    indices, squares = [], []
    for seed in range(25):
        fit = ncsi.fit_cbsem(drawn(300, 900 + seed), two_blocks, **how)
        indices.append(modification_indices(fit).query("op == '~~'")["mi"].mean())
        z = residuals(fit, two_blocks).z.to_numpy()
        assert np.isnan(np.diag(z)).all() or how.get("missing")
        squares.append(np.nanmean(z[np.triu_indices(6, 1)] ** 2))
    assert np.mean(indices) == pytest.approx(1, abs=0.3)
    assert np.mean(squares) == pytest.approx(1, abs=0.25)


def test_robust_ones_do_not_mistake_heavy_tails_in_clusters_for_misfit(drawn, two_blocks):
    plain, robust = [], []
    for seed in range(25):
        frame = drawn(400, 700 + seed, tails=True, clusters=8)
        plain.append(modification_indices(ncsi.fit_cbsem(frame, two_blocks))["mi"].mean())
        fit = ncsi.fit_cbsem(frame, two_blocks, robust=True, clusters="cluster")
        robust.append(modification_indices(fit)["mi"].mean())
    assert np.mean(plain) > 1.35
    assert np.mean(robust) == pytest.approx(1, abs=0.3)


def test_blocks_are_root_mean_squares_of_their_residuals(fit, inst):
    found = residuals(fit, inst)
    assert found.srmr == pytest.approx(fit.fit_measures["srmr"], abs=1e-10)
    one = found.blocks.set_index(["construct_a", "construct_b"]).loc[("Image", "Quality")]
    part = found.correlation.loc[
        [f"IMA{k}" for k in range(1, 5)], [f"QUA{k}" for k in range(1, 6)]
    ].to_numpy()
    assert (one["pairs"], one["srmr"]) == (20, pytest.approx(np.sqrt(np.mean(part**2))))
    assert one["largest"] == part.ravel()[np.abs(part).argmax()]
    assert found.correlation.loc[one["item_a"], one["item_b"]] == one["largest"]
    assert found.blocks["pairs"].sum() == 20 * 21 / 2
    scale = np.sqrt(np.diag(fit.cov))
    np.testing.assert_allclose(found.raw / np.outer(scale, scale), found.correlation, atol=1e-12)


def test_a_saturated_pair_of_blocks_leaves_nothing_to_free(survey):
    """One construct of three items and one of one: what could be told apart is small or left out, and nothing fails."""
    text = "Image =~ IMA1 + IMA2 + IMA3\nSatisfaction =~ SAT1\nSatisfaction ~ Image"
    inst = ncsi.model_from(text)
    fit = ncsi.fit_cbsem(survey, inst)
    found = fit.modification_indices()
    assert not ({"SAT1"} & {*found.loc[found["op"] == "=~", "rhs"]})
    assert (found["mi"] >= 0).all()
    assert len(fit.residuals()) == 10
    three = ncsi.model_from("A =~ IMA1 + IMA2 + IMA3\nB =~ SAT1\nB ~ A", target="B")
    assert ncsi.fit_cbsem(survey, three).fit_measures["df"] == 2


def with_components(inst):
    """What a model file says, with quality made of two components."""
    said = inst.model_dump(mode="json", by_alias=True)
    label = {"zh": "一", "en": "one"}
    quality = next(one for one in said["constructs"] if one["id"] == "Quality")
    quality["components"] = [
        {"id": "core", "label": label, "items": ["QUA1", "QUA2", "QUA3"]},
        {"id": "rest", "label": label, "items": ["QUA4", "QUA5"]},
    ]
    return said


def test_components_of_a_higher_order_are_candidates(survey, inst):
    said = with_components(inst)
    higher = type(inst).model_validate(said)
    found = ncsi.fit_cbsem(survey, higher).modification_indices()
    assert {"core", "rest"} & {*found["lhs"]}
    assert "EPC" in str(found.summary())
    assert np.isfinite(found["mi"]).all()


def test_the_page_and_one_row_a_parameter_in_both_languages(fit, tmp_path):
    indices, left = fit.modification_indices(), fit.residuals()
    assert indices.tidy().columns.tolist() == ["lhs", "op", "rhs", "estimate", "std", "statistic", "p"]
    assert left.tidy("broom")["term"].is_unique
    assert left.matrices["z"].shape == (20, 20)
    for found, title in ((indices, ("修正指数", "Modification indices")), (left, ("残差", "Residuals"))):
        assert [found.page(lang).title for lang in ("zh", "en")] == list(title)
        assert "<table" in found._repr_html_()
        found.summary("zh").to_excel(tmp_path / f"{title[1]}.xlsx")
    assert f"SRMR {left.srmr:.3f}" in str(left.summary())
    assert str(replace(fit, warnings=()).modification_indices().summary("zh")).count("~~") > 3


def candidates(fit):
    solution = fit.solution
    return [(one.lhs, one.op, one.rhs) for one in _candidates(solution.layout, solution.structure)]


def test_every_parameter_that_could_be_free_comes_once(drawn, two_blocks):
    """Loadings across, covariances of residuals, the path back and the covariance beside it; what is free or fixed to
    1 does not."""
    found = candidates(ncsi.fit_cbsem(drawn(300, 2), two_blocks))
    across = [("A", "=~", one) for one in ("b1", "b2", "b3")] + [
        ("B", "=~", one) for one in ("a1", "a2", "a3")
    ]
    residual = [(a, "~~", b) for k, a in enumerate(two_blocks.item_ids) for b in two_blocks.item_ids[k + 1 :]]
    wanted = {*across, *residual, ("A", "~", "B"), ("A", "~~", "B")}
    mirrored = {tuple(sorted((lhs, rhs))) if op == "~~" else (lhs, op, rhs) for lhs, op, rhs in found}
    assert mirrored == {
        tuple(sorted((lhs, rhs))) if op == "~~" else (lhs, op, rhs) for lhs, op, rhs in wanted
    }
    assert len(found) == len(wanted) == 23


def test_a_structure_in_which_nothing_more_is_free_is_itself(fit):
    assert _with(fit.solution.structure, []) is fit.solution.structure


def test_components_go_with_components_and_constructs_with_constructs(survey, inst):
    """No path leads to a component, and none goes with a construct; a construct of one item has no loadings."""
    said = with_components(inst)
    value = next(one for one in said["constructs"] if one["id"] == "Value")
    value["items"] = value["items"][:1]
    fit = ncsi.fit_cbsem(survey, type(inst).model_validate(said))
    found = candidates(fit)
    ids = {"Image", "Expectation", "Quality", "Value", "Satisfaction", "Loyalty"}
    paths = {(lhs, rhs) for lhs, op, rhs in found if op == "~"}
    modelled = {(path.target, path.source) for path in inst.paths}
    assert paths == {(a, b) for a in ids for b in ids if a != b} - modelled
    between = {
        frozenset((lhs, rhs))
        for lhs, op, rhs in found
        if op == "~~" and {lhs, rhs} & (ids | {"core", "rest"})
    }
    assert frozenset(("core", "rest")) in between
    assert {frozenset((a, b)) for a in ids for b in ids if a < b} == between - {frozenset(("core", "rest"))}
    loading = {(lhs, rhs) for lhs, op, rhs in found if op == "=~"}
    assert {lhs for lhs, _ in loading} == {"Image", "Expectation", "core", "rest", "Satisfaction", "Loyalty"}
    assert ("core", "QUA4") in loading
    assert not {rhs for _, rhs in loading} & {"VAL1", "core", "rest"}


def test_a_standardised_change_is_over_the_deviations_of_the_two(fit, survey, inst):
    """Loadings and paths by the deviations that standardise the estimates; covariances by those of the residuals."""
    found = modification_indices(fit)
    table = fit.estimates
    sd = dict(zip(inst.item_ids, np.sqrt(np.diag(fit.cov)), strict=True))
    for row in table[table["op"] == "=~"].itertuples():
        sd[row.lhs] = row.std / row.estimate * sd[row.rhs]
    own = table[(table["op"] == "~~") & (table["lhs"] == table["rhs"])].set_index("lhs")["estimate"]
    checked = set()
    for row in found.itertuples():
        factor = {
            "=~": lambda row: sd[row.lhs] / sd[row.rhs],
            "~": lambda row: sd[row.rhs] / sd[row.lhs],
            "~~": lambda row: 1 / np.sqrt(own[row.lhs] * own[row.rhs]),
        }[row.op](row)
        assert row.std_epc == pytest.approx(row.epc * factor, rel=2e-3), row
        checked.add((row.op, row.lhs in inst.construct_ids))
    assert checked == {("=~", True), ("~", True), ("~~", True), ("~~", False)}
    assert found["mi"].is_monotonic_decreasing
    assert found.index.tolist() == list(range(len(found)))
    assert found["p"].to_numpy() == pytest.approx(stats.chi2.sf(found["mi"], 1))


@pytest.mark.parametrize("missing", ["two_stage", "fiml"])
def test_an_optimum_that_implies_nothing_has_no_indices(drawn, two_blocks, missing):
    """As no fit has it: all variances zero."""
    fit = ncsi.fit_cbsem(drawn(300, 2), two_blocks, missing=missing)
    optimum = fit.solution.optimum
    nowhere = replace(fit, solution=replace(fit.solution, optimum=replace(optimum, theta=0 * optimum.theta)))
    with pytest.raises(NotConverged, match="its optimum implies no valid covariance matrix"):
        modification_indices(nowhere)
