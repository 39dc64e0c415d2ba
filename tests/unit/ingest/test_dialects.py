"""问卷星 exports by option number: the platform's own columns, questions by number, -2 and -3."""

from __future__ import annotations

import pytest

from ncsi.errors import ConformError
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import read_file

LEADING = "序号,提交答卷时间,所用时间,来源,来源详情,来自IP"
HEADER = f"{LEADING},1、质量一,2、质量二 ,3、满意,4、满意二,5、品牌,第6题(运动),第6题(阅读)"
ROW = "{0},2026/3/1 12:30:05,1分20秒,微信,,1.2.3.{0}(北京),{1},-2,-3,9,1,0,1"


def wjx(make, **values):
    items = {"Q1": "1", "Q2": "2", "S1": "3", "S2": "4"}
    used = {
        "dialect": "wjx_index",
        "items": items,
        "columns": {"brand": "5"},
        "values": {"brand": {"1": "b1"}},
    }
    return make.column_map(**used, ignore=["第6题(运动)", "第6题(阅读)"], **values)


def test_questions_go_by_number_and_the_platform_columns_are_known(make, write):
    path = write(ROW.format(1, 8), ROW.format(2, 7), header=HEADER, encoding="gb18030")
    found = make.sifted(path, wjx(make)).accepted["bank"]
    assert found["Q1"].tolist() == [8, 7]
    assert found["Q2_missing"].tolist() == ["blank"] * 2
    assert found["S1_missing"].tolist() == ["not_asked"] * 2
    assert found["duration_s"].tolist() == [80, 80]
    assert str(found["submitted_at"].iloc[0]) == "2026-03-01 12:30:05"
    assert found["brand"].tolist() == ["b1", "b1"]
    assert "1.2.3." not in found.astype(str).to_csv()


def test_questions_go_by_their_text_too(make, write):
    items = {"Q1": "质量一", "Q2": "2、质量二", "S1": "3", "S2": "4"}
    used = make.column_map(dialect="wjx_index", items=items, ignore=["*"], columns={"brand": "品牌"},
                           values={"brand": {"1": "b1"}})  # fmt: skip
    found = make.sifted(write(ROW.format(1, 8), header=HEADER), used).accepted["bank"]
    assert found["Q1"].tolist() == [8]


def test_an_ip_address_may_identify_and_is_not_kept(make, write):
    one = write(ROW.format(1, 8), ROW.format(2, 7), ROW.format(1, 6), header=HEADER)
    found = make.sifted(one, wjx(make, identity=["来自IP"]))
    assert found.rejects["rule"].tolist() == ["duplicate_respondent"]


def test_a_question_that_is_not_there_is_named(make, write):
    used = wjx(make).model_copy(update={"items": {"Q1": "1", "Q2": "2", "S1": "3", "S2": "44"}})
    with pytest.raises(ConformError, match=r"1 wanted column is not in the file: '44' \(for S2\)"):
        make.sifted(write(ROW.format(1, 8), header=HEADER), used)


def test_an_option_column_left_over_is_named(make, write):
    used = wjx(make).model_copy(update={"ignore": ("第6题(运动)",)})
    with pytest.raises(ConformError, match=r"neither mapped nor ignored: '第6题\(阅读\)'"):
        make.sifted(write(ROW.format(1, 8), header=HEADER), used)


def test_a_real_export(make, shared):
    table = read_file(shared("samples", "wjx", "by_index.xls"))
    assert (table.format, table.rows) == ("xls", 800)
    assert recognised(table).dialect == "wjx_index"
    used = make.column_map(
        dialect="wjx_index", items={"Q1": "1", "Q2": "2", "S1": "3", "S2": "第6题(运动)"}, ignore=["*"]
    )
    layout = layout_of(recognised(table), [make.instrument()], used)
    assert layout.items["Q2"] == "2、手机价格"
    binary = make.scope(instruments={"bank": make.instrument(min=0, max=10)}, brands={"bank": ()})
    found = make.sifted(shared("samples", "wjx", "by_index.xls"), used, binary).accepted["bank"]
    assert len(found) == 800
    assert found["S2"].sum() == sum(cell == "1" for cell in table.values.column("第6题(运动)").to_pylist())
