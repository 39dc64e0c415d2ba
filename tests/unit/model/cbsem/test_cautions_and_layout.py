"""What is said of each kind of parameter, how a construct is written as measured, and measures at their edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.model.cbsem.checks import cautions_of, nearly_one
from ncsi.model.cbsem.fit_measures import comparative, rmsea
from ncsi.model.cbsem.parameters import layout
from ncsi.model.cbsem.robust import Sandwich, scaled
from ncsi.spec import Instrument


def row(lhs, op, rhs, estimate=0.5, std=0.5):
    return {"lhs": lhs, "op": op, "rhs": rhs, "estimate": estimate, "std": std}


@pytest.mark.parametrize(
    ("parameter", "se", "code"),
    [
        (row("a1", "~~", "a1", -0.01), 0.1, "negative_variance"),
        (row("a1", "~~", "a1", 0.0), 0.1, None),
        (row("A", "~~", "B", -0.5), 0.1, None),
        (row("B", "~", "A", std=np.nan), 0.1, "no_standardised_value"),
        (row("A", "=~", "a1", std=np.nan), 0.1, "no_standardised_value"),
        (row("B", "~", "A", std=-1.01), 0.1, "beyond_one"),
        (row("A", "=~", "a1", std=1.0), 0.1, None),
        (row("A", "~~", "B", std=1.2), 0.1, None),
        (row("B", "~", "A"), 1.01, "not_located"),
        (row("B", "~", "A"), 1.0, None),
        (row("B", "~", "A"), np.nan, None),
        (row("A", "=~", "a1"), 5.0, None),
        (row("A", "~~", "B"), 5.0, None),
    ],
)
def test_a_caution_for_each_kind_of_parameter(two_blocks, parameter, se, code):
    found = cautions_of(two_blocks, pd.DataFrame([parameter]), np.array([se]))
    assert [one.code for one in found] == ([code] if code else [])
    assert all(one.about == (parameter["lhs"], parameter["op"], parameter["rhs"]) for one in found)


def formative(inst: Instrument, construct: str) -> Instrument:
    said = inst.model_dump(mode="json", by_alias=True)
    next(one for one in said["constructs"] if one["id"] == construct)["mode"] = "B"
    return Instrument.model_validate(said)


def test_a_formative_block_is_told_where_it_has_more_than_one_item(instrument_of):
    inst = instrument_of({"A": ("a1", "a2"), "X": ("x1",), "B": ("b1", "b2")}, [("A", "B"), ("X", "B")])
    nothing = pd.DataFrame(columns=["lhs", "op", "rhs", "estimate", "std"])
    told = cautions_of(formative(formative(inst, "A"), "X"), nothing, np.empty(0))
    assert [(one.code, one.about) for one in told] == [("formative_as_reflective", ("A",))]


def test_items_are_called_nearly_one_from_the_bound_on(two_blocks):
    apart = np.eye(6) * 0.5 + 0.5
    assert nearly_one(apart, two_blocks) == ""
    apart[1, 4] = apart[4, 1] = -0.9999
    assert nearly_one(apart, two_blocks) == ". a2 (A) and b2 (B) correlate at -0.9999: drop one of them"


def test_components_of_one_item_measure_as_that_item(instrument_of):
    inst = instrument_of({"A": ("a1", "a2", "a3"), "B": ("b1", "b2")}, [("A", "B")])
    said = inst.model_dump(mode="json", by_alias=True)
    label = {"zh": "一", "en": "one"}
    said["constructs"][0]["components"] = [
        {"id": "first", "label": label, "items": ["a1", "a2"]},
        {"id": "second", "label": label, "items": ["a3"]},
    ]
    lines = [(one.lhs, one.rhs) for one in layout(Instrument.model_validate(said)).rows if one.op == "=~"]
    assert lines == [
        ("first", "a1"), ("first", "a2"), ("A", "first"), ("A", "a3"), ("B", "b1"), ("B", "b2"),
    ]  # fmt: skip


def test_measures_of_a_model_that_fits_and_of_none_to_compare_with():
    assert comparative(5.0, 8, 100.0, 15) == {
        "cfi": 1.0,
        "tli": pytest.approx((100 / 15 - 5 / 8) / (100 / 15 - 1)),
    }
    assert comparative(0.0, 0, 100.0, 15) == {"cfi": 1.0, "tli": 1.0}
    assert comparative(0.0, 8, 10.0, 15)["cfi"] == 1.0
    assert comparative(20.0, 8, 15.0, 15) == {"cfi": 0.0, "tli": 1.0}
    assert rmsea(12.0, 8, 100)["rmsea"] == pytest.approx(np.sqrt(4 / 800))
    assert rmsea(12.0, 8, 100, groups=2)["rmsea"] == pytest.approx(np.sqrt(2 * 4 / 800))
    assert rmsea(1.0, 8, 100) == {"rmsea": 0.0, "rmsea_low": 0.0, "rmsea_high": 0.0}


def test_scaled_measures_at_their_edges():
    """No excess over the degrees of freedom is a perfect fit; independence that fits leaves nothing to gain."""
    fitted = pd.Series({"chisq": 6.0, "df": 8.0, "baseline.chisq": 100.0, "baseline.df": 15.0})
    found = scaled(fitted, 100, Sandwich(np.eye(1), 1.25, 1.1))
    assert found["chisq_scaled"] == 4.8
    assert (found["cfi_robust"], found["rmsea_robust"]) == (1.0, 0.0)
    assert found["tli_robust"] == pytest.approx(1 + 4 / 83.5 * 15 / 8)
    independent = pd.Series({"chisq": 6.0, "df": 8.0, "baseline.chisq": 10.0, "baseline.df": 15.0})
    found = scaled(independent, 100, Sandwich(np.eye(1), 1.25, 1.1))
    assert (found["cfi_robust"], found["tli_robust"]) == (1.0, 1.0)
    saturated = scaled(fitted.replace(8.0, 0.0), 100, Sandwich(np.eye(1), 1.0, 1.1))
    assert (saturated["pvalue_scaled"], saturated["tli_robust"], saturated["rmsea_robust"]) == (1.0, 1.0, 0.0)


def test_a_baseline_that_hardly_misfits_is_compared_with_too():
    """What independence leaves beyond its degrees of freedom is .5, the model .2: CFI is 1 − .4."""
    fitted = pd.Series({"chisq": 8.2, "df": 8.0, "baseline.chisq": 15.5, "baseline.df": 15.0})
    found = scaled(fitted, 100, Sandwich(np.eye(1), 1.0, 1.0))
    assert found["cfi_robust"] == pytest.approx(0.6)
    assert found["tli_robust"] == pytest.approx(1 - 0.4 * 15 / 8)
