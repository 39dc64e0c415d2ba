"""What an answer may look like, what it becomes, and what is said when it cannot be one."""

from __future__ import annotations

import pytest

from ncsi.errors import ConformError, SpecError
from ncsi.ingest.conform.clock import moment
from ncsi.ingest.dialects.scored_words import scored
from ncsi.spec.map_checks import check_map


@pytest.mark.parametrize("cell", ["8", "8.0", "8.", " 8 ", "８", "+8", "8\u200b", "\u30008"])
def test_spellings_of_eight_are_eight(make, write, cell):
    found = make.sifted(write(f"r1,b1,{cell},7,9,10"))
    assert found.accepted["bank"]["Q1"].tolist() == [8]


@pytest.mark.parametrize(
    ("cell", "rule", "value_class"),
    [
        ("11", "off_scale", "integer above 10"),
        ("0", "off_scale", "integer below 1"),
        ("-1", "off_scale", "integer below 1"),
        ("100000", "off_scale", "integer above 10"),
        ("2.5", "not_a_whole_number", "decimal"),
        ("好", "not_a_whole_number", "text"),
        ("8分", "not_a_whole_number", "text"),
        ("TRUE", "not_a_whole_number", "yes or no"),
        ("1e400", "not_a_whole_number", "number with an exponent"),
        ("inf", "not_a_whole_number", "not a number"),
        ("NaN", "not_a_whole_number", "not a number"),
        ('"1,000"', "not_a_whole_number", "number with a comma"),
        ('"7,5"', "not_a_whole_number", "number with a comma"),
        ("13800138000", "not_a_whole_number", "long number"),
        ("1900-01-08", "not_a_whole_number", "date"),
        ('"1\n0"', "not_a_whole_number", "text"),
        ('"1\t0"', "not_a_whole_number", "text"),
        ("1\u20280", "not_a_whole_number", "text"),
        ("=cmd()", "not_a_whole_number", "formula"),
        ("'; drop table x; --", "not_a_whole_number", "text"),
        ("😀" * 20_000, "not_a_whole_number", "text"),
    ],
)
def test_what_is_no_answer_costs_its_row(make, write, cell, rule, value_class):
    found = make.sifted(write(*make.GOOD, f"r4,b1,8,{cell},9,10", "r5,b1,1,1,1,1", "r6,b1,1,1,1,1"))
    assert len(found.accepted["bank"]) == 5
    reject = found.rejects.iloc[0]
    assert (reject["source_row"], reject["column"], reject["rule"]) == (5, "Q2", rule)
    assert reject["value_class"] == value_class
    assert value_class in reject["reason_en"]
    raw = cell.strip('"')
    assert raw not in reject["reason_en"].replace("integer above 10", "") or raw in ("0", "-1", "11")


def test_words_that_a_line_breaks_in_stay_one(make, write):
    words = make.column_map(values={"Q1": {"非常满意": "10"}})
    found = make.sifted(write('r1,b1,"非常\n满意","8\n",1,1'), words)
    assert found.accepted["bank"][["Q1", "Q2"]].iloc[0].tolist() == [10, 8]


def test_the_message_of_an_eleven_is_written_down(make, write):
    reject = make.sifted(write("r1,b1,11,1,1,1")).rejects.iloc[0]
    assert reject["reason_en"] == (
        "The answer is off the scale (integer above 10). "
        "Check the question's codes, or declare the code as missing."
    )
    assert reject["reason_zh"] == (
        "答案超出量表范围（大于10的整数）。请核对该题的选项代码，或把该代码列为缺失代码。"
    )


def test_four_kinds_of_missing_stay_apart(make, write):
    codes = make.column_map(missing={"not_asked": ["-3"], "refused": ["拒答"]}, ignore=["*"])
    found = make.sifted(write("r1,b1,98.0,99,,-3", "r2,b1,９８,拒答,  ,1"), codes).accepted["bank"]
    assert found["Q1_missing"].tolist() == ["dont_know", "dont_know"]
    assert found["Q2_missing"].tolist() == ["refused", "refused"]
    assert found["S1_missing"].tolist() == ["blank", "blank"]
    assert found["S2_missing"].isna().tolist() == [False, True]
    assert found["S2_missing"].iloc[0] == "not_asked"
    assert found[["Q1", "Q2", "S1"]].isna().all(axis=None)
    assert found["S2"].tolist()[1] == 1


def test_a_missing_code_that_is_an_answer_elsewhere_is_refused(make, write):
    with pytest.raises(
        ConformError, match=r"missing '5' holds at every item, and is an answer on the scale of 'Q1'"
    ):
        make.sifted(write("r1,b1,5,5,5,1"), make.column_map(missing={"refused": ["5"]}))


def test_values_of_a_map_recode_before_the_cast(make, write):
    words = make.column_map(values={"Q1": {"非常满意": "10", "1": "2"}})
    found = make.sifted(write("r1,b1,非常满意,1,1,1", "r2,b1,1,1,1,1"), words)
    assert found.accepted["bank"]["Q1"].tolist() == [10, 2]


def test_values_of_every_item_are_said_once_and_an_items_own_go_before(make, write):
    words = make.column_map(values={"*": {"好": "10", "差": "1"}, "Q2": {"好": "9"}})
    found = make.sifted(write("r1,b1,好,好,差,1"), words)
    assert found.accepted["bank"][["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [10, 9, 1, 1]
    with pytest.raises(SpecError, match=r"'X' is neither a canonical column nor an item"):
        check_map(make.column_map(values={"X": {"好": "1"}}), lambda *_: "map")
    check_map(words.model_copy(update={"items": {"Q2": "Q2"}}), lambda *_: "map")


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (
            ["1分（非常不满意）", "3分（一般）", "8分", "10"],
            {"1分（非常不满意）": "1", "3分（一般）": "3", "8分": "8"},
        ),
        (
            ["10 - very satisfied", "5=so so", "2: poor"],
            {"10 - very satisfied": "10", "5=so so": "5", "2: poor": "2"},
        ),
        (["1（1-3次）", "2（四次以上）", "5-6", "1:30", "3 years"], {}),
        (["1（差）", "1（好）", "2（好）"], {"2（好）": "2"}),
        (["1 - 差", "1 - poor", "2 - good"], {"1 - 差": "1", "1 - poor": "1", "2 - good": "2"}),
        (["1 - bad", "1 - poor", "2 - good"], {"2 - good": "2"}),
    ],
)
def test_a_number_with_its_label_is_that_number_where_nothing_else_can_be_meant(words, codes):
    assert scored(words) == codes


def test_labelled_end_points_are_read_without_a_map(make, write):
    found = make.sifted(
        write("r1,b1,1（非常差）,10（非常好）,5,9分", "r2,b1,8,9,5,8（好）", "r3,b1,8,9,8分,8（好）")
    )
    assert found.accepted["bank"][["Q1", "Q2", "S1", "S2"]].values.tolist() == [[1, 10, 5, 9], [8, 9, 5, 8]]
    assert found.rejects["column"].tolist() == ["S1"]


@pytest.mark.parametrize(
    ("word", "there"),
    [
        ("2026/03/01 10:05:01 AM GMT+8", "2026-03-01 10:05:01"), ("2026/3/1 下午 10:05", "2026-03-01 22:05:00"),
        ("2026年3月1日 10时5分1秒", "2026-03-01 10:05:01"), ("2026年3月1日10点05分", "2026-03-01 10:05:00"),
        ("2026年3月1日 下午3时20分", "2026-03-01 15:20:00"), ("2026年3月1日下午3:20", "2026-03-01 15:20:00"),
        ("2026年3月1日 星期日 10:05", "2026-03-01 10:05:00"), ("2026/3/1 周日", "2026-03-01 00:00:00"),
        ("2026/3/1 12:05 上午", "2026-03-01 00:05:00"), ("2026-03-01 00:05 GMT-3:30", "2026-03-01 11:35:00"),
        ("2026/3/1 13:05 PM", "None"),
    ],
)  # fmt: skip
def test_halves_of_the_day_and_zones_of_forms(word, there):
    assert str(moment(word)) == there


def test_zero_to_one_items_are_judged_by_their_own_scale(make, write):
    binary = make.scope(instruments={"bank": make.instrument(min=0, max=1)})
    found = make.sifted(write("r1,b1,0,1,0,1", "r2,b1,2,1,0,1"), where=binary)
    assert found.accepted["bank"]["Q1"].tolist() == [0]
    assert found.rejects["value_class"].tolist() == ["integer above 1"]


@pytest.mark.parametrize(
    ("cell", "value_class"),
    [("0", "zero"), ("-1", "negative"), ("NaN", "not a number"), ("", "empty"), ("heavy", "text")],
)
def test_a_weight_is_a_positive_number(make, write, cell, value_class):
    found = make.sifted(write(f"r1,b1,1,1,1,1,{cell}", "r2,b1,1,1,1,1,0.5", header=make.HEADER + ",weight"))
    assert found.accepted["bank"]["weight_base"].tolist() == [0.5]
    assert found.rejects[["rule", "column", "value_class"]].values.tolist() == [
        ["weight_not_positive", "weight", value_class]
    ]


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("83", 83),
        ("83.5", 83.5),
        ("10秒", 10),
        ("1分20秒", 80),
        ("1小时2分3秒", 3723),
        ("1:02:03", 3723),
        ("2:05", 125),
        ("1h 2m 3s", 3723),
        ("5 mins 10 secs", 310),
    ],
)
def test_durations_become_seconds(make, write, cell, seconds):
    found = make.sifted(write(f"r1,b1,1,1,1,1,{cell}", header=make.HEADER + ",duration_s"))
    assert found.accepted["bank"]["duration_s"].tolist() == [seconds]


@pytest.mark.parametrize(("cell", "value_class"), [("-5", "negative"), ("soon", "text"), ("=1+1", "formula")])
def test_a_duration_that_is_none_is_named_by_its_kind(make, write, cell, value_class):
    rows = f"r1,b1,1,1,1,1,{cell}", "r2,b1,1,1,1,1,5"
    found = make.sifted(write(*rows, header=make.HEADER + ",duration_s"))
    assert found.rejects[["source_row", "rule", "value_class"]].values.tolist() == [
        [2, "duration_unreadable", value_class]
    ]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-01 12:30:05", "2026-03-01 12:30:05"),
        ("2026/3/1 8:05", "2026-03-01 08:05:00"),
        ("2026-03-01T04:30:05Z", "2026-03-01 12:30:05"),
        ("2026-03-01T04:30:05.123+0000", "2026-03-01 12:30:05"),
        ("2026年3月1日", "2026-03-01 00:00:00"),
        ("03/13/2026 01:05:00 PM", "2026-03-13 13:05:00"),
        ("13.03.2026 08:05", "2026-03-13 08:05:00"),
        ("4/3/2026 12:30:00 AM", "2026-04-03 00:30:00"),
        ("03/03/2026", "2026-03-03 00:00:00"),
    ],
)
def test_times_are_on_the_clock_of_fieldwork(make, write, cell, moment):
    found = make.sifted(write(f"r1,b1,1,1,1,1,{cell}", header=make.HEADER + ",submitted_at"))
    assert str(found.accepted["bank"]["submitted_at"].iloc[0]) == moment


@pytest.mark.parametrize("cell", ["1900-01-08", "2026-02-30", "yesterday", "45000", "3/4/2026"])
def test_times_that_cannot_be_cost_their_row(make, write, cell):
    found = make.sifted(write(f"r1,b1,1,1,1,1,{cell}", header=make.HEADER + ",submitted_at"))
    assert found.rejects["rule"].tolist() == ["submitted_at_unreadable"]
    assert found.accepted == {}


def test_a_column_of_dates_tells_day_from_month(make, write):
    rows = (f"r{k},b1,1,1,1,1,{cell}" for k, cell in enumerate(("4/3/2026", "13/3/2026")))
    found = make.sifted(write(*rows, header=make.HEADER + ",submitted_at")).accepted["bank"]
    assert found["submitted_at"].astype(str).tolist() == ["2026-03-04", "2026-03-13"]


def test_a_row_gets_its_first_fault_only(make, write):
    found = make.sifted(write("r1,b9,11,x,1,1", ",b1,11,x,1,1", "r3,b1,11,x,1,1"))
    assert found.rejects["rule"].tolist() == ["brand_unknown", "respondent_missing", "off_scale"]
