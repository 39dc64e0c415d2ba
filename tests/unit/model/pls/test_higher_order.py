"""Constructs of constructs: two stages and repeated indicators, against the same done on rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.model.cbsem import fit_cbsem_moments
from ncsi.spec import Instrument

PARTS = {"Product": ["QUA1", "QUA2", "QUA3"], "Service": ["QUA4", "QUA5"]}


def higher(inst, mode="A", method="two_stage"):
    """The instrument with Quality made of product and service quality."""
    spec = inst.model_dump(by_alias=True)
    quality = next(one for one in spec["constructs"] if one["id"] == "Quality")
    quality["mode"] = mode
    quality["components"] = [{"id": k, "label": quality["label"], "items": v} for k, v in PARTS.items()]
    return Instrument.model_validate({**spec, "higher_order": method})


def split(inst, blocks, paths):
    """A plain instrument: constructs as `blocks` of (id, items), Mode A."""
    spec = inst.model_dump(by_alias=True)
    items = {item["id"]: item for one in spec["constructs"] for item in one["items"]}
    label = spec["constructs"][0]["label"]
    constructs = [
        {"id": name, "label": label, "items": [{**items[i.rstrip("_")], "id": i} for i in own]}
        for name, own in blocks.items()
    ]
    arrows = [{"from": a, "to": b} for a, b in paths]
    return Instrument.model_validate(
        {**spec, "constructs": constructs, "paths": arrows, "target": "Satisfaction"}
    )


def lower_blocks(inst):
    blocks = {}
    for one in inst.constructs:
        blocks |= PARTS if one.id == "Quality" else {one.id: [item.id for item in one.items]}
    return blocks


@pytest.mark.parametrize("mode", ["A", "B"])
def test_two_stages_equal_two_fits(survey, inst, mode):
    def ends(name):
        return list(PARTS) if name == "Quality" else [name]

    paths = [(a, b) for path in inst.paths for a in ends(path.source) for b in ends(path.target)]
    first = ncsi.fit_pls(survey, split(inst, lower_blocks(inst), paths)).weights.set_index("item")
    scores = survey.copy()
    for name, items in PARTS.items():
        z = (survey[items] - survey[items].mean()) / survey[items].std(ddof=0)
        scores[name] = 5.5 + z.to_numpy() @ first.loc[items, "weight_std"].to_numpy()
    spec = inst.model_dump(by_alias=True)
    quality = next(one for one in spec["constructs"] if one["id"] == "Quality")
    quality["mode"], quality["items"] = mode, [{**quality["items"][0], "id": name} for name in PARTS]
    second = ncsi.fit_pls(scores, Instrument.model_validate(spec))
    ours = ncsi.fit_pls(survey, higher(inst, mode))
    for name in ("paths", "r2", "total_effects"):
        left, right = (getattr(fit, name).iloc[:, -1].to_numpy() for fit in (ours, second))
        np.testing.assert_allclose(left, right, atol=1e-9)
    theirs = second.weights[second.weights["construct"] == "Quality"]
    np.testing.assert_allclose(ours.components["weight_std"], theirs["weight_std"], atol=1e-9)
    np.testing.assert_allclose(ours.components["loading"], theirs["loading"], atol=1e-9)


def test_repeated_indicators_equal_the_algorithm_on_repeated_rows(survey, inst, on_rows):
    doubled = survey.assign(**{f"{i}_": survey[i] for own in PARTS.values() for i in own})
    blocks = {**lower_blocks(inst), "Quality": [f"{i}_" for own in PARTS.values() for i in own]}
    paths = [(p.source, p.target) for p in inst.paths] + [("Quality", name) for name in PARTS]
    theirs = on_rows(doubled, split(inst, blocks, paths), "path")
    ours = ncsi.fit_pls(survey, higher(inst, method="repeated")).weights
    for construct in inst.construct_ids:
        own = ours[ours["construct"] == construct]["weight_std"].to_numpy()
        np.testing.assert_allclose(own, theirs[construct], atol=1e-8, err_msg=construct)


@pytest.mark.parametrize("method", ["two_stage", "repeated"])
@pytest.mark.parametrize("mode", ["A", "B"])
def test_all_that_follows_has_the_whole_construct(survey_missing, inst, mode, method):
    fit = ncsi.fit_pls(survey_missing, higher(inst, mode, method), by="brand")
    assert fit.weights["weight"].groupby(fit.weights["construct"]).sum().to_numpy() == pytest.approx(
        np.ones(6)
    )
    components = fit.components.set_index("component")
    assert components["weight"].sum() == pytest.approx(1)
    assert components["loading"].between(0.7, 1).all()
    quality = fit.index.set_index("construct")["index_0_100"]["Quality"]
    assert components["weight"] @ components["index_0_100"] == pytest.approx(quality, abs=0.3)
    boot = ncsi.bootstrap(fit, replicates=64)
    for name in ("paths", "weights", "index_by"):
        assert np.isfinite(getattr(boot, name)["se"]).all()
    assert ncsi.drivers(fit)["importance"].notna().all()


def test_a_replicate_estimates_both_stages_anew(survey, inst):
    """One replicate of the bootstrap equals the fit to the rows it drew."""
    chosen = higher(inst)
    fit = ncsi.fit_pls(survey, chosen)
    counts = np.random.default_rng(1).integers(0, 4, len(survey)).astype(float)
    boot = ncsi.model.replicated(fit, pd.DataFrame({"a": counts, "b": np.ones(len(survey))}))
    drawn = ncsi.fit_pls(survey.loc[survey.index.repeat(counts.astype(int))], chosen)
    np.testing.assert_allclose(boot.draws.weights[:, 0], drawn.weights["weight"], atol=1e-6)


def test_without_components_there_are_none(survey, inst):
    assert ncsi.fit_pls(survey, inst).components.empty


def test_the_covariance_model_has_a_second_order_factor(inst):
    """A population of that structure is recovered exactly, on whatever scales."""
    spec = higher(inst).model_dump(by_alias=True)
    kept = [one for one in spec["constructs"] if one["id"] in ("Image", "Quality", "Satisfaction")]
    paths = [("Image", "Quality"), ("Quality", "Satisfaction")]
    arrows = [{"from": a, "to": b} for a, b in paths]
    small = Instrument.model_validate({**spec, "constructs": kept, "paths": arrows})
    factor = {"Image": 0, "Quality": 1, "Satisfaction": 2}
    phi = np.array([[1, 0.6, 0.3], [0.6, 1, 0.5], [0.3, 0.5, 1]])
    second = {"Product": 0.9, "Service": 0.8}
    parts = {item: part for part, own in PARTS.items() for item in own}
    items = small.item_ids
    R = np.eye(len(items))
    for a, one in enumerate(items):
        for b, other in enumerate(items[:a]):
            same = parts.get(one) is not None and parts.get(one) == parts.get(other)
            links = [second.get(parts.get(i), 1.0) for i in (one, other)]
            between = phi[factor[small.construct_of(one).id], factor[small.construct_of(other).id]]
            R[a, b] = R[b, a] = 0.64 if same else 0.64 * between * links[0] * links[1]
    scale = np.linspace(0.5, 3, len(items))
    fit = fit_cbsem_moments(R * np.outer(scale, scale), None, 500, small)
    assert fit.fit_measures["chisq"] == pytest.approx(0, abs=1e-6)
    std = fit.estimates.set_index(["lhs", "op", "rhs"])["std"]
    assert std["Quality", "=~", "Product"] == pytest.approx(0.9, abs=1e-6)
    assert std["Quality", "=~", "Service"] == pytest.approx(0.8, abs=1e-6)
    assert std["Satisfaction", "~", "Quality"] == pytest.approx(0.5, abs=1e-6)
    assert std["Product", "=~", "QUA1"] == pytest.approx(0.8, abs=1e-6)
    plain = fit_cbsem_moments(R, None, 500, small).estimates.set_index(["lhs", "op", "rhs"])["estimate"]
    raw = fit.estimates.set_index(["lhs", "op", "rhs"])["estimate"]
    first = dict(zip(items, scale, strict=True))
    units = first["SAT1"] / first["QUA1"]  # a path's unit is that of the constructs' first items
    assert raw["Satisfaction", "~", "Quality"] == pytest.approx(plain["Satisfaction", "~", "Quality"] * units)


def test_the_covariance_model_of_real_answers_converges(survey, inst):
    fit = ncsi.fit_cbsem(survey, higher(inst), robust=True)
    loading = fit.estimates.query("lhs == 'Quality' and op == '=~'")["std"]
    assert loading.between(0.8, 1.1).all()
    assert fit.fit_measures["df"] == 157


def test_groups_share_the_loadings_of_both_orders(survey, inst):
    found = ncsi.invariance(survey, higher(inst), group="region")
    assert found.levels["delta_df"].iloc[1:].tolist() == [28, 26, 40]  # the last: an error of each item
    loadings = found.estimates.query("op == '=~' and model == 'metric'")
    assert loadings.groupby(["lhs", "rhs"])["estimate"].std().max() < 1e-9
