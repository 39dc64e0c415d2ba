"""Mystery visits from a file to tables: chains over stores, few stores hidden, shoppers compared, faults by cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ncsi.composite.measures import likeness, scored, shopper_effect
from ncsi.disclosure import publishable_measures
from ncsi.errors import CompositeError, SpecError
from ncsi.ingest.figures import FigureFaults
from ncsi.ingest.records import read_records
from ncsi.ingest.records.visits import visits_checks, visits_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.visits import visits_counted, visits_tables
from ncsi.simulate.measures import example_visits
from ncsi.spec.measures import load_measure
from ncsi.tables import CORE_PUBLISHED_BY_MEASURED_UNIT, OUT_QUALITY_MEASURES

HEADS = ("连锁企业", "门店", "访问编号", "调查员", "项目", "结果")
ITEMS = ("sign", "clean", "greeting", "uniform", "receipt")
ASKED = Asked("x", "2026")
UNITS = CORE_PUBLISHED_BY_MEASURED_UNIT.name


@pytest.fixture(scope="module")
def plan():
    whole = load_measure("pharmacy_visits")
    kept = tuple(one for one in whole.definition.items if one.id in ITEMS)
    return replace(whole, definition=whole.definition.model_copy(update={"items": kept}))


@pytest.fixture
def read(tmp_path):
    def reads(plan, rows, heads=HEADS):
        path = tmp_path / "visits.csv"
        pd.DataFrame(rows, columns=list(heads)).to_csv(path, index=False)
        definition = plan.definition
        return read_records(path, visits_fields(definition), None, visits_checks(definition))

    return reads


def visit(chain, store, answers, number=1, shopper="甲"):
    """Rows of a visit: Y, N or - an item."""
    words = {"Y": "是", "N": "否", "-": "NA"}
    return [
        (chain, store, number, shopper, item, words[one]) for item, one in zip(ITEMS, answers, strict=True)
    ]


def chain_of(name, *visits):
    return [row for k, answers in enumerate(visits) for row in visit(name, f"{name}{k}", answers)]


def test_a_chain_is_the_mean_of_its_stores_with_their_t_interval(plan, read):
    rows = chain_of("甲", "YYYYY", "YYYYN", "YYYNN", "YYYYY", "YNNNN")
    found = visits_tables(plan, read(plan, rows), ASKED)["out_visits_by_chain"].set_index("chain").loc["甲"]
    scores = np.array([100, 80, 60, 100, 20])
    reach = t.ppf(0.975, 4) * scores.std(ddof=1) / 5**0.5
    assert found["score"] == pytest.approx(72)
    assert found["low"] == pytest.approx(72 - reach)
    assert found["high"] == 100
    assert found["status"] == "published"


def test_a_chain_of_four_stores_is_hidden_and_no_total_gives_it_away(plan, read):
    rows = [*chain_of("大", *["YYYYN"] * 5, "YYYYY"), *chain_of("小", "NNNNN", "YYYYY", "YYYYY", "YYYYY")]
    records = read(plan, rows)
    tables = visits_tables(plan, records, ASKED) | {
        UNITS: visits_counted(plan, records, ASKED).rename(columns={"said": "digest"})
    }
    named = {name: frame.assign(wave="x", measure="v", revision=-1) for name, frame in tables.items()}
    about = pd.DataFrame(
        [{"wave": "x", "measure": "v", "kind": "visits", "named_units": False, "level": 0.95, "units": 10}]
    )
    named["out_quality_measures"] = about.reindex(columns=list(OUT_QUALITY_MEASURES.names))
    shown = publishable_measures(named, "x")
    chains = shown["out_visits_by_chain"].set_index("chain")
    assert chains.loc["小", ["score", "ratio", "rank", "capped"]].isna().all()
    assert chains.loc["大", "score"] == pytest.approx(83.33)
    assert chains.loc["", "stores"] == 6
    items = shown["out_visits_item_by_chain"].set_index(["chain", "item"])
    assert items.loc["小", ["asked", "passed", "rate"]].isna().all(axis=None)
    assert items.loc[("", "sign"), "asked"] == 6
    assert shown["out_visits_by_store"].empty


def test_a_visit_with_two_fifths_not_applicable_is_counted_and_told(plan, read):
    rows = [*chain_of("甲", *["YYYYY"] * 6), *visit("甲", "甲9", "YNN--")]
    found = visits_tables(plan, read(plan, rows), ASKED)["out_visits_by_chain"].set_index("chain").loc["甲"]
    assert found[["stores", "visits", "invalid", "score"]].tolist() == [6, 6, 1, 100]
    with pytest.raises(CompositeError, match="no visit counts"):
        visits_tables(plan, read(plan, visit("甲", "甲9", "Y----")), ASKED)


def test_two_shoppers_of_a_store_are_compared(plan, read):
    rows = [
        row
        for k in range(5)
        for turn, (who, said) in enumerate((("甲", "YYYNN"), ("乙", "YYYNY")), 1)
        for row in visit("链", f"店{k}", said, turn, who)
    ]
    tables = visits_tables(plan, read(plan, rows), ASKED)
    found = tables["out_visits_shoppers"].iloc[0]
    assert found[["shoppers", "stores_twice", "pairs", "verdict"]].tolist() == [2, 5, 25, "checked"]
    assert found["agreement"] == 80
    assert found["kappa"] == pytest.approx((0.8 - 0.56) / (1 - 0.56))
    assert found["apart"] == pytest.approx(20)
    alone = visits_tables(plan, read(plan, chain_of("甲", *["YYYYN"] * 6)), ASKED)[
        "out_visits_shoppers"
    ].iloc[0]
    assert alone["verdict"] == "too_few_stores"
    assert pd.isna(alone["kappa"])


def test_visits_of_stores_that_are_drawn_alike_are_found_to_be():
    rng = np.random.default_rng(2)
    chance = rng.beta(2, 2, (300, 1, 2))
    said = rng.random((300, 3, 2)) < chance
    rows = [
        {
            "store": s,
            "visit": v,
            "item": i,
            "weight": 1.0,
            "shopper": str(v),
            "answer": "Y" if said[s, v, i] else "N",
        }
        for s, v, i in np.ndindex(said.shape)
    ]
    frame = pd.DataFrame(rows)
    assert likeness(frame) == pytest.approx(1 / 5, abs=0.05)
    assert np.isnan(likeness(frame[frame["visit"] == 0]))
    assert np.isnan(shopper_effect(frame[frame["visit"] == 0], scored(frame[frame["visit"] == 0])).kappa)


def test_a_wide_file_is_the_long_one(plan, read):
    answers = ["YYYNN", "YYNNN", "YNNYY", "YYYYY", "N-YYY"]
    long = visits_tables(plan, read(plan, chain_of("甲", *answers)), ASKED)
    words = {"Y": "是", "N": "否", "-": "不适用"}
    rows = [("甲", f"甲{k}", 1, "甲", *(words[one] for one in said)) for k, said in enumerate(answers)]
    wide = visits_tables(plan, read(plan, rows, (*HEADS[:4], *ITEMS)), ASKED)
    for name, frame in long.items():
        pd.testing.assert_frame_equal(frame, wide[name])


@pytest.mark.parametrize(
    ("rows", "row", "column", "value", "problem"),
    [
        ([("甲", "甲0", 1, "甲", "门口", "是")], 7, "项目", "门口", "no such item"),
        ([("甲", "甲0", 1, "甲", "sign", "是")], 7, "项目", "店招清楚、营业时间公示", "already, row 2"),
        (visit("乙", "甲0", "YYYYY", 2), 7, "连锁企业", "乙", "is of '甲' in row 2"),
        (visit("甲", "甲1", "YYYYY")[:3], 7, "项目", "", "no answer to '着工装、佩戴姓名牌' and 1 more"),
        ([(*visit("甲", "甲1", "YYYYY")[0][:3], "", *one[4:]) for one in visit("甲", "甲1", "YYYYY")][:1], 7, "调查员",
         "", "the cell is empty"),
        ([("甲", "甲0", 2, "甲", "sign", "大概")], 7, "结果", "大概", "none of the choices"),
    ],
)  # fmt: skip
def test_faults_name_row_column_and_value(plan, read, rows, row, column, value, problem):
    with pytest.raises(FigureFaults) as refused:
        read(plan, [*visit("甲", "甲0", "YYYYY"), *rows])
    fault = refused.value.faults[0]
    assert (fault.row, fault.column, fault.value) == (row, column, value)
    assert problem in str(fault)


def test_a_shopper_who_is_not_known_is_refused_without_being_told(plan, read):
    own = replace(plan, definition=plan.definition.model_copy(update={"shoppers": ("T01",)}))
    with pytest.raises(FigureFaults) as refused:
        read(own, visit("甲", "甲0", "YYYYY", shopper="张三"))
    assert "not in the definition's list" in str(refused.value)
    assert "张三" not in str(refused.value)


def test_a_critical_item_needs_a_cap():
    whole = load_measure("pharmacy_visits").definition.model_copy(update={"critical_cap": None})
    with pytest.raises(SpecError, match="no consequence"):
        whole.check(lambda *keys: "/".join(map(str, keys)))


def test_the_example_is_read_back(tmp_path):
    plan = load_measure("pharmacy_visits")
    path = tmp_path / "example.csv"
    example_visits(plan, 1).to_csv(path, index=False)
    found = read_records(path, visits_fields(plan.definition), None, visits_checks(plan.definition))
    tables = visits_tables(plan, found, ASKED)
    assert found.synthetic
    chains = tables["out_visits_by_chain"]
    assert (chains["status"] == "too_few_stores").sum() == 1
    assert chains["invalid"].sum() > 0
    assert tables["out_visits_shoppers"].iloc[0]["verdict"] == "checked"
