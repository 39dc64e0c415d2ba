"""Grades from a file to tables: what the bounds award, the list, certificates; rules and files that cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pandas as pd
import pytest
import yaml
from scipy.stats import beta, norm, t

from ncsi.errors import SpecError
from ncsi.ingest.figures import FigureFaults
from ncsi.ingest.records import read_records
from ncsi.ingest.records.grades import grades_checks, grades_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.grades import grades_tables
from ncsi.simulate.measures import example_grades
from ncsi.spec.load import schemas_root
from ncsi.spec.measures import load_measure

SHIPPED = ("satisfaction_list", "cement_grades")
HEADS = ("企业", "用户满意度", "用户满意度标准误", "检验件数", "不合格件数", "上次等级")


@pytest.fixture(scope="module")
def plan():
    return load_measure("satisfaction_list")


@pytest.fixture
def read(tmp_path):
    def reads(plan, rows, heads=HEADS, name="entries.csv"):
        path = tmp_path / name
        frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows, columns=list(heads))
        frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_excel(path, index=False)
        return read_records(path, grades_fields(plan.definition), None, grades_checks(plan.definition))

    return reads


def awarded(plan, records):
    return grades_tables(plan, records, Asked("x", "2026"))["out_grades_by_unit"].set_index("unit")


def test_the_bound_decides_and_the_binding_gate_is_told(plan, read):
    records = read(
        plan, [("甲", 91.0, 1.2, 800, 1, ""), ("乙", 89.0, 1.0, 800, 30, ""), ("丙", 81.0, 1.0, 800, 1, "")]
    )
    tables = grades_tables(plan, records, Asked("x", "2026"))
    units = tables["out_grades_by_unit"].set_index("unit")
    assert units["point"].tolist() == ["benchmark", "pledged", "pledged"]
    assert units["awarded"].tolist() == ["satisfied", "", ""]
    assert units["standing"].tolist() == ["graded", "undetermined", "undetermined"]
    assert units.loc["甲", "chance"] == pytest.approx(norm.cdf(1 / 1.2))
    binding = tables["out_grade_binding"].set_index(["unit", "quantity"])
    assert binding.loc[("甲", "satisfaction"), "bound"] == pytest.approx(91 - norm.ppf(0.95) * 1.2)
    assert binding.loc[("乙", "defects"), "bound"] == pytest.approx(beta.ppf(0.95, 31, 770))
    assert binding.loc[("乙", "defects"), ["grade", "cut"]].tolist() == ["pledged", 0.05]
    assert ("甲", "defects") not in binding.index


def test_a_standard_deviation_and_a_sample_size_go_with_t(plan, read):
    heads = ("企业名称", "用户满意度", "用户满意度标准差", "用户满意度样本量", "检验件数", "不合格件数")
    tables = grades_tables(plan, read(plan, [("甲", 90.0, 6.0, 9, 800, 1)], heads), Asked("x", "2026"))
    own = tables["out_grade_evidence"].set_index("quantity").loc["satisfaction"]
    assert own[["se", "df", "n"]].tolist() == [2.0, 8.0, 9]
    assert own["low"] == pytest.approx(90 - t.ppf(0.95, 8) * 2)
    heads = ("企业", "用户满意度", "用户满意度标准误", "用户满意度自由度", "检验件数", "不合格件数")
    tables = grades_tables(plan, read(plan, [("甲", 90.0, 2.0, 8, 800, 1)], heads), Asked("x", "2026"))
    assert tables["out_grade_evidence"]["low"].iloc[0] == pytest.approx(own["low"])


def test_a_grade_held_is_kept_where_the_rules_say_so_and_not_counted_among_errors(plan, read):
    records = read(plan, [("甲", 89.0, 1.0, 800, 1, "标杆级"), ("乙", 89.0, 1.0, 800, 1, "首次")])
    tables = grades_tables(plan, records, Asked("x", "2026"))
    units = tables["out_grades_by_unit"].set_index("unit")
    assert units.loc["甲", ["last", "awarded", "held"]].tolist() == ["benchmark", "benchmark", True]
    assert units.loc["乙", ["last", "awarded", "held"]].tolist() == ["", "satisfied", False]
    assert tables["out_grade_lists"].iloc[0][["entries", "false_entries"]].tolist() == [2, 0.05]
    own = tables["out_grade_binding"].set_index("unit").loc["甲"]
    assert own[["grade", "quantity"]].tolist() == ["benchmark", "satisfaction"]
    unheld = replace(plan, definition=plan.definition.model_copy(update={"hysteresis": False}))
    assert awarded(unheld, records).loc["甲", ["awarded", "held"]].tolist() == ["satisfied", False]


def test_a_list_by_benjamini_and_hochberg_says_where_it_awards_less(plan, read):
    rule = plan.definition.list_rule.model_copy(update={"control": "bh"})
    by_list = replace(plan, definition=plan.definition.model_copy(update={"list_rule": rule}))
    rows = [("甲", 86.7, 1.0, 4000, 1, ""), *((f"单位{k}", 70.0, 1.0, 4000, 1, "") for k in range(9))]
    assert awarded(plan, read(plan, rows)).loc["甲", "awarded"] == "satisfied"
    told = awarded(by_list, read(plan, rows)).loc["甲"]
    assert told[["awarded", "by_list"]].tolist() == ["pledged", True]
    chances = grades_tables(by_list, read(plan, rows), Asked("x", "2026"))["out_grade_chances"]
    own = chances[chances["unit"] == "甲"].set_index("grade")
    assert own["listed"].tolist() == [False, False, True]
    assert own.loc["satisfied", "p"] == pytest.approx(norm.sf(1.7))


def test_a_certificate_is_the_hash_of_its_line_and_a_withdrawn_one_stays_on_the_list(plan, read):
    heads = (*HEADS, "撤销原因")
    sure = (95.0, 1.0, 800, 1, "")
    rows = [("甲", *sure, ""), ("乙", *sure, "报告不实"), ("丙", 70.0, *sure[1:], "")]
    tables = grades_tables(plan, read(plan, rows, heads), Asked("x", "2026"))
    listed = tables["out_grade_certificates"].set_index("unit")
    assert listed["status"].to_dict() == {"甲": "valid", "乙": "withdrawn"}
    assert listed.loc["乙", "reason_zh"] == "报告不实"
    units = tables["out_grades_by_unit"].set_index("unit")
    assert units.loc["乙", ["awarded", "standing", "certificate"]].tolist() == [
        "", "withdrawn", listed.loc["乙", "certificate"],
    ]  # fmt: skip
    assert units.loc["丙", "certificate"] == ""
    line = {
        "spec": "ncsi/grade_certificate/1", "measure": "satisfaction_list", "rule": "satisfaction_list 1.0.0",
        "period": "2026", "unit": "甲", "product": "", "grade": "benchmark", "grade_zh": "标杆级",
        "grade_en": "Benchmark", "evidence": listed.loc["甲", "evidence"],
    }  # fmt: skip
    text = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert listed.loc["甲", "certificate"] == sha256(text.encode()).hexdigest()
    counts = tables["out_grade_counts"].set_index("grade")["entries"].to_dict()
    assert counts == {
        "benchmark": 1,
        "satisfied": 0,
        "pledged": 0,
        "undetermined": 0,
        "below": 1,
        "withdrawn": 1,
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_rules_grade_their_example_from_csv_and_from_xlsx(name, read):
    plan = load_measure(name)
    example = example_grades(plan, 1)
    csv, xlsx = (
        grades_tables(plan, read(plan, example, name=f"entries.{ending}"), Asked("x", "2026"))
        for ending in ("csv", "xlsx")
    )
    for table, frame in csv.items():
        pd.testing.assert_frame_equal(frame, xlsx[table])
    units = csv["out_grades_by_unit"]
    assert {"graded", "undetermined", "below"} <= set(units["standing"])
    assert units["borderline"].any()
    assert plan.definition.illustrative


@pytest.mark.parametrize(
    ("row", "column", "number", "value", "problem"),
    [
        (("甲", 90, 1, 800, 1, ""), "企业", 3, "甲", "has a row already, row 2"),
        (("all", 90, 1, 800, 1, ""), "企业", 3, "all", "stands for all of them"),
        (("乙", 90, "", 800, 1, ""), "用户满意度标准误", 3, "", "has no standard error"),
        (("乙", 90, 0, 800, 1, ""), "用户满意度标准误", 3, "0", "above 0"),
        (("乙", 190, 1, 800, 1, ""), "用户满意度", 3, "190", "outside 0 to 100"),
        (("乙", 90, 1, 8, 9, ""), "不合格件数", 3, "9", "more were found than the 8 tested"),
        (("乙", 90, 1, 0, 0, ""), "检验件数", 3, "0", "nothing was tested"),
        (("乙", 90, 1, 800, 1.5, ""), "不合格件数", 3, "1.5", "whole number"),
        (("乙", 90, 1, 800, 1, "金牌级"), "上次等级", 3, "金牌级", "none of the choices"),
        (("乙", "", 1, 800, 1, ""), "用户满意度", 3, "", "empty"),
    ],
)
def test_faults_name_row_column_value_and_cure(plan, read, row, column, number, value, problem):
    with pytest.raises(FigureFaults) as refused:
        read(plan, [("甲", 90, 1, 800, 1, ""), row])
    (fault,) = refused.value.faults
    assert (fault.row, fault.column, fault.value) == (number, column, value)
    assert problem in fault.problem
    assert fault.cure


def test_a_file_without_standard_errors_is_told_of_each_entry(plan, read):
    with pytest.raises(FigureFaults, match="without one nothing is graded"):
        read(plan, [("甲", 90, 800, 1)], ("企业", "用户满意度", "检验件数", "不合格件数"))


def write(tmp_path, change):
    document = yaml.safe_load(
        (schemas_root() / "measures" / "satisfaction_list.yaml").read_text(encoding="utf-8")
    )
    change(document)
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def gate(document, grade, number):
    return document["grades"][grade]["gates"][number]


@pytest.mark.parametrize(
    ("change", "where", "problem"),
    [
        (lambda d: gate(d, 0, 0).update(at_least=100), "grades[0].gates[0]", "no bound of what is measured with error"),
        (lambda d: gate(d, 0, 0).update(at_least=120), "grades[0].gates[0]", "no value can pass"),
        (lambda d: gate(d, 2, 1).update(at_most=0), "grades[2].gates[1]", "can pass"),
        (lambda d: gate(d, 0, 1).update(at_most=-1), "grades[0].gates[1]", "no value can pass"),
        (lambda d: gate(d, 0, 0).update(at_most=95), "grades[0].gates[0]", "one of `at_least` and `at_most`"),
        (lambda d: d["grades"][0]["gates"].append({"quantity": "satisfaction", "at_most": 85}), "grades[0].gates[2]",
         "must be at least 90 and at most 85: nothing passes"),
        (lambda d: d["grades"][0]["gates"].append({"quantity": "satisfaction", "at_least": 85}), "grades[0].gates[2]",
         "has this gate twice"),
        (lambda d: gate(d, 0, 0).update(at_least=82), "grades[1].gates[0]", "the better grade benchmark asks for less"),
        (lambda d: gate(d, 0, 0).update(alpha=0.2), "grades[1].gates[0]", "asks for less"),
        (lambda d: d["grades"][0]["gates"].pop(1), "grades[1].gates[1]", "asks for less"),
        (lambda d: d["grades"].reverse(), "grades[1].gates[0]", "asks for less"),
        (lambda d: gate(d, 0, 0).update(quantity="price"), "grades[0].gates[0].quantity", "no quantity 'price'"),
        (lambda d: d["grades"][0].update(id="satisfied"), "grades[1].id", "twice"),
        (lambda d: d["grades"][0].update(id="last"), "grades[0].id", "means something else"),
        (lambda d: d["quantities"][1].pop("tested"), "quantities[1].tested", "a share needs `tested`"),
        (lambda d: d["quantities"][0].update(found={"label": {"zh": "a", "en": "a"}}), "quantities[0].found", "has no"),
        (lambda d: d.update(threshold_source="nobody"), "threshold_source", "no source 'nobody'"),
    ],
)  # fmt: skip
def test_rules_that_cannot_work_are_refused_with_file_and_key(tmp_path, change, where, problem):
    with pytest.raises(SpecError, match=r"rules\.yaml") as refused:
        load_measure(write(tmp_path, change))
    assert where in str(refused.value)
    assert problem in str(refused.value)


def test_a_fact_may_stand_at_the_end_of_its_values():
    accidents = load_measure("cement_grades").definition.grades[0].gates[3]
    assert (accidents.quantity, accidents.side, accidents.cut) == ("accidents", "at_most", 0)
