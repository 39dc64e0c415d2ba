"""Product tests from a file to tables: figures by hand, three answers, safety gates, laboratories, faults by cell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ncsi.composite.measures import critical_range, mandel_critical, of_product
from ncsi.disclosure import publishable_measures
from ncsi.errors import CompositeError, SpecError
from ncsi.ingest.figures import FigureFaults
from ncsi.ingest.records import read_records
from ncsi.ingest.records.product_test import measurements, product_test_checks, product_test_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.product_results import systematic
from ncsi.results.measures.product_test import product_test_tables
from ncsi.simulate.measures import example_product_test
from ncsi.spec.measures import load_measure
from ncsi.spec.measures.product_test import Component

HEADS = ("产品", "样品编号", "实验室", "重复", "检测项目", "检测值", "单位", "标准不确定度")
LEAK = ("泄漏电流", "mA")
ASKED = Asked("x", "2026")


@pytest.fixture(scope="module")
def plan():
    return load_measure("kettle_test")


@pytest.fixture
def read(tmp_path):
    def reads(plan, rows, heads=HEADS):
        path = tmp_path / "test.csv"
        pd.DataFrame(rows, columns=list(heads)).to_csv(path, index=False)
        definition = plan.definition
        return read_records(path, product_test_fields(definition), None, product_test_checks(definition))

    return reads


def only(plan, *names, **keys):
    """The test of these characteristics alone, with keys of theirs changed."""
    kept = tuple(one.model_copy(update=keys) for one in plan.definition.characteristics if one.id in names)
    return replace(plan, definition=plan.definition.model_copy(update={"characteristics": kept}))


def leak(product, *specimens, u="", laboratory="甲"):
    """Rows of leakage currents: a tuple of repeats a specimen."""
    return [
        (product, f"{product}-{k}", laboratory, n, LEAK[0], value, LEAK[1], u)
        for k, repeats in enumerate(specimens)
        for n, value in enumerate(repeats, 1)
    ]


def result(tables, product, name="leakage_current"):
    return tables["out_test_results_by_product"].set_index(["unit", "characteristic"]).loc[(product, name)]


def test_a_product_has_the_uncertainty_of_its_specimens_and_the_systematic_part(plan, read):
    own = only(plan, "leakage_current", budget=(Component(label=plan.definition.label, u=0.02),))
    specimens = (0.30, 0.30), (0.34, 0.34), (0.38, 0.38)
    found = result(product_test_tables(own, read(own, leak("甲", *specimens)), ASKED), "甲")
    spread = 0.04 / math.sqrt(3)
    assert found["value"] == pytest.approx(0.34)
    assert found["u"] == pytest.approx(math.hypot(spread, 0.02))
    assert found["df"] == pytest.approx(found["u"] ** 4 / (spread**4 / 2))
    assert found["expanded"] == pytest.approx(t.ppf(0.975, found["df"]) * found["u"])
    assert (found["basis"], found["verdict"]) == ("product", "conforms")


def test_three_answers_and_a_gate_that_no_score_makes_good(plan, read):
    own = only(plan, "leakage_current", "efficiency")
    good = [
        (name, f"{name}-{k}", "甲", 1, "热效率", value + 0.1 * k, "%", "")
        for name, value in (("合", 84.0), ("险", 94.0), ("界", 88.0))
        for k in range(3)
    ]
    leaks = [*leak("合", (0.2,), (0.21,), (0.22,)), *leak("险", (0.9,), (0.91,), (0.92,)),
             *leak("界", (0.74,), (0.75,), (0.745,))]  # fmt: skip
    tables = product_test_tables(own, read(own, [*leaks, *good]), ASKED)
    assert [result(tables, name)["verdict"] for name in "合险界"] == [
        "conforms",
        "does_not_conform",
        "undecided",
    ]
    products = tables["out_test_products"].set_index("unit")
    assert products.loc["险", ["verdict", "safety"]].tolist() == ["does_not_conform", "failed"]
    assert pd.isna(products.loc["险", "rank"])
    assert products.loc["界", "ranked"] == 2
    assert products.loc["界", ["verdict", "undecided"]].tolist() == ["undecided", 1]
    for name in "合险界":
        found = result(tables, name)
        assert found["verdict"] != "does_not_conform" or found["value"] - 1.645 * found["u"] > 0.75


def test_repeats_further_apart_than_r_decide_nothing(plan, read):
    own = only(plan, "leakage_current")
    tables = product_test_tables(own, read(own, leak("甲", (0.20, 0.229), (0.21, 0.21))), ASKED)
    found = result(tables, "甲")
    assert found[["verdict", "reason", "repeats_differ"]].tolist() == ["undecided", "repeats_differ", 1]
    near = product_test_tables(own, read(own, leak("甲", (0.20, 0.227), (0.21, 0.21))), ASKED)
    assert result(near, "甲")["verdict"] == "conforms"


def test_one_specimen_says_so_and_has_no_rank_set(plan, read):
    own = only(plan, "leakage_current")
    rows = [*leak("单", (0.2, 0.2)), *leak("甲", (0.3,), (0.31,)), *leak("乙", (0.6,), (0.61,))]
    tables = product_test_tables(own, read(own, rows), ASKED)
    assert result(tables, "单")["basis"] == "specimen"
    products = tables["out_test_products"].set_index("unit")
    assert products.loc["单", "rank"] == 1
    assert products.loc["单", ["se", "rank_low", "rank_high"]].isna().all()
    assert products.loc[["甲", "乙"], ["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 2], [2, 3]]


def test_what_the_file_states_comes_before_the_budget_and_loses_its_repeatability(plan):
    one = plan.definition.characteristic("leakage_current")
    assert systematic(one, 0.5, [0.05, 0.05], 0.03) == (pytest.approx(0.04), math.inf)
    u, df = systematic(one, 0.5, [math.nan], 0.03)
    assert u == pytest.approx(math.hypot(0.012 * 0.5, 0.006))
    assert df == pytest.approx(u**4 / (0.006**4 / 50))


def test_a_wide_file_is_the_long_one(plan, read):
    own = only(plan, "leakage_current", "handle_rise")
    wide = read(
        own,
        [("甲", "1", 0.2, 30.5), ("甲", "2", 0.21, "")],
        ("产品", "样品编号", "泄漏电流（mA）", "手柄温升（K）"),
    )
    long = read(own, [("甲", "1", "", 1, *LEAK[:1], 0.2, "mA", ""), ("甲", "1", "", 1, "手柄温升", 30.5, "K", ""),
                      ("甲", "2", "", 1, *LEAK[:1], 0.21, "mA", "")])  # fmt: skip
    first, second = (
        measurements(own.definition, one.frame, one.rows).drop(columns="row") for one in (wide, long)
    )
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("row", "column", "value", "problem"),
    [
        (("甲", "9", "甲", 1, "泄漏", 0.2, "mA", ""), "检测项目", "泄漏", "no such characteristic"),
        (("甲", "9", "甲", 1, "泄漏电流", 0.2, "", ""), "单位", "", "without a unit"),
        (("甲", "9", "甲", 1, "泄漏电流", 0.2, "A", ""), "单位", "A", "is measured in mA"),
        (("甲", "9", "甲", 1, "泄漏电流", "", "mA", ""), "检测值", "", "without a value"),
        (("甲", "9", "甲", 1, "泄漏电流", 0.2, "mA", 0), "标准不确定度", "0", "above 0"),
        (("甲", "9", "甲", 1, "A计权噪声", 60, "dB", ""), "标准不确定度", "", "without uncertainty"),
        (("甲", "甲-0", "甲", 1, "泄漏电流", 0.2, "mA", ""), "样品编号", "甲-0", "already, row 2"),
        (("乙", "甲-0", "甲", 2, "泄漏电流", 0.2, "mA", ""), "样品编号", "甲-0", "it is of '甲' in row 2"),
        (("甲", "9", "甲", 1, "泄漏电流", 900, "mA", ""), "检测值", "900", "outside 0 to 20 mA"),
    ],
)  # fmt: skip
def test_faults_name_row_column_and_value(plan, read, row, column, value, problem):
    with pytest.raises(FigureFaults) as refused:
        read(plan, [*leak("甲", (0.2,)), row])
    (fault,) = refused.value.faults
    assert (fault.row, fault.column, fault.value) == (3, column, value)
    assert problem in str(fault)


def test_a_wide_head_without_its_unit_is_refused(plan, read):
    with pytest.raises(FigureFaults, match=r"does not say its unit.*泄漏电流（mA）"):
        read(plan, [("甲", "1", 0.2)], ("产品", "样品编号", "泄漏电流"))


def test_definitions_that_do_not_hold_together(plan):
    def where(*keys):
        return "/".join(map(str, keys))

    for keys, words in (
        ({"upper": None}, "needs a limit"),
        ({"lower": 1.0}, "not below the upper"),
        ({"u": 0.1}, "both `u` and a budget"),
    ):
        with pytest.raises(SpecError, match=words):
            only(plan, "leakage_current", **keys).definition.check(where)


def test_a_laboratory_that_is_off_is_found_and_has_a_number(plan, read):
    own = only(plan, "leakage_current")
    rng = np.random.default_rng(5)
    rows = leak("甲", (0.2,), (0.21,))
    for k, name in enumerate("乙丙丁戊己庚"):
        values = 0.3 + (0.5 if name == "己" else 0.01 * k) + 0.005 * rng.standard_normal(3)
        rows += [
            ("比对样品", "C-1", name, n, *LEAK[:1], round(one, 4), "mA", 0.02)
            for n, one in enumerate(values, 1)
        ]
    tables = product_test_tables(own, read(own, rows), ASKED)
    assert tables["out_test_laboratories"][
        "mean"
    ].is_monotonic_increasing  # numbered by figures, not by names
    labs = tables["out_test_laboratories"].set_index("laboratory")
    assert labs.loc["己", "verdict"] == "action"
    assert {"h", "e_n"} <= set(labs.loc["己", "flags"].split())
    assert (labs.drop("己")["verdict"] == "satisfactory").all()
    assert tables["out_test_precision"].iloc[0]["laboratories"] == 6
    assert list(tables["out_test_products"]["unit"]) == ["甲"]
    about = pd.DataFrame([{"kind": "product_test", "measure": "kettle_test", "named_units": True}])
    named = {name: frame.assign(wave="x", measure="kettle_test") for name, frame in tables.items()}
    columns = _about_columns(about)
    shown = publishable_measures(named | {"out_quality_measures": columns}, "x")["out_test_laboratories"]
    assert set(shown["laboratory"]) == {""}
    assert set(shown["code"]) == {f"L{k}" for k in range(1, 7)}


def _about_columns(about):
    from ncsi.tables import OUT_QUALITY_MEASURES

    return about.reindex(columns=list(OUT_QUALITY_MEASURES.names)).assign(wave="x", level=0.95)


def test_critical_values_of_mandel_and_of_ranges_are_those_of_the_standards():
    assert mandel_critical(8, 2) == pytest.approx((1.75, 1.88), abs=0.006)
    assert mandel_critical(5, 3)[0] == pytest.approx(1.57, abs=0.005)
    assert [critical_range(1, n) for n in (2, 3, 4)] == [2.8, 3.3, 3.6]
    with pytest.raises(CompositeError, match="Measure at least twice"):
        critical_range(1, 1)
    with pytest.raises(CompositeError, match="three laboratories"):
        mandel_critical(2, 2)


def test_specimens_that_vary_no_more_than_repeats_have_the_freedom_of_repeats():
    found = of_product([[1.0, 1.0], [1.0, 1.0]], 0.1, df_r=20)
    assert (found.u, found.df) == (pytest.approx(0.05), pytest.approx(20))


def test_the_example_is_read_back_and_has_every_answer(plan, tmp_path):
    path = tmp_path / "example.csv"
    example_product_test(plan, 1).to_csv(path, index=False)
    definition = plan.definition
    found = read_records(path, product_test_fields(definition), None, product_test_checks(definition))
    tables = product_test_tables(plan, found, ASKED)
    assert found.synthetic
    assert set(tables["out_test_products"]["verdict"]) == {"conforms", "does_not_conform", "undecided"}
    assert tables["out_test_agreement"].iloc[0]["products"] == 13
    assert {"warning", "action"} & set(tables["out_test_laboratories"]["verdict"])
