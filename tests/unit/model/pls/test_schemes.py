"""Schemes, Mode B and single items, against a plain PLS that works on rows."""

from __future__ import annotations

import numpy as np
import pytest

import ncsi
from ncsi.spec import Instrument


def formative(inst: Instrument, *names: str) -> Instrument:
    spec = inst.model_dump(by_alias=True)
    for construct in spec["constructs"]:
        construct["mode"] = "B" if construct["id"] in names else "A"
    return Instrument.model_validate(spec)


def shortened(inst: Instrument, name: str) -> Instrument:
    """The instrument with one item left in a construct."""
    spec = inst.model_dump(by_alias=True)
    for construct in spec["constructs"]:
        if construct["id"] == name:
            construct["items"] = construct["items"][:1]
    return Instrument.model_validate(spec)


CASES = {
    "centroid": lambda inst: (inst, "centroid"),
    "path": lambda inst: (inst, "path"),
    "factorial": lambda inst: (inst, "factorial"),
    "formative": lambda inst: (formative(inst, "Image", "Quality"), "path"),
    "all formative": lambda inst: (formative(inst, *inst.construct_ids), "centroid"),
    "single target item": lambda inst: (shortened(inst, "Satisfaction"), "path"),
    "single formative item": lambda inst: (formative(shortened(inst, "Value"), "Value"), "path"),
}


@pytest.mark.parametrize("name", CASES)
def test_equals_the_algorithm_on_rows(survey, inst, on_rows, name):
    chosen, scheme = CASES[name](inst)
    fit = ncsi.fit_pls(survey, chosen, scheme=scheme)
    for construct, own in on_rows(survey, chosen, scheme).items():
        ours = fit.weights[fit.weights["construct"] == construct]["weight_std"].to_numpy()
        sign = np.sign(ours @ own)
        np.testing.assert_allclose(ours, sign * own, atol=1e-8, err_msg=construct)
    boot = ncsi.bootstrap(fit, replicates=128)
    assert np.isfinite(boot.weights["se"]).all()


def test_a_construct_of_reversed_items_points_to_their_majority(survey, inst):
    turned = survey.assign(**{c: 11 - survey[c] for c in ("LOY1", "LOY2", "LOY3")})
    fit = ncsi.fit_pls(turned, inst)
    assert (fit.weights[fit.weights["construct"] == "Loyalty"]["loading"] > 0).all()
    path = fit.paths.set_index(["from", "to"])["estimate"]
    assert path["Satisfaction", "Loyalty"] < 0


def test_yes_no_item_of_its_own(survey):
    inst = ncsi.load_instrument("acsi")
    rng = np.random.default_rng(1)
    pool = survey[[c for c in survey if c[-1].isdigit()]].to_numpy()
    columns = {
        item.id: (pool[:, k] if item.scale.max == 10 else (rng.random(720) * 10 > pool[:, 14]).astype(int))
        for k, item in enumerate(inst.items)
    }
    frame = survey[["brand"]].assign(**columns)
    fit = ncsi.fit_pls(frame, inst, by="brand")
    binary = next(i for i in inst.items if i.scale.max == 1)
    index = fit.index.set_index("construct")["index_0_100"]
    assert index[inst.construct_of(binary.id).id] == pytest.approx(100 * frame[binary.id].mean())
    assert np.isfinite(ncsi.bootstrap(fit, 128).index_by["se"]).all()
