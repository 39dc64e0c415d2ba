"""Exports of seven platforms: recognised, read by their own conventions, and nothing personal kept."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from click import Choice

from ncsi.cli import options
from ncsi.errors import ConformError, ReadError
from ncsi.ingest.dialects import DIALECTS, layout_of, recognised
from ncsi.ingest.read import read_file
from ncsi.ingest.read.header import named
from ncsi.ingest.read.table import Raw

WJX = "序号,提交答卷时间,所用时间,来源,来源详情,来自IP"
ITEMS = {"Q1": "1", "Q2": "2", "S1": "3", "S2": "4"}


def test_every_dialect_can_be_named_on_the_command_line():
    from ncsi.spec.wave import Dialect

    assert isinstance(options.dialect, object)
    assert options.DIALECTS == DIALECTS == Dialect.__args__
    assert Choice(options.DIALECTS)


def test_every_dialect_is_in_the_manual():
    manual = (Path(__file__).parents[3] / "docs" / "exports.md").read_text(encoding="utf-8")
    assert [one for one in DIALECTS if f"`{one}`" not in manual] == []


def test_kobo_with_labels_for_headers_is_found_by_its_questions(make, write):
    header = "开始,Quality/Q1?,Quality/Q2?,S1?,S2?,_id,_uuid,_submission_time,_index"
    path = write("a,8,7,9,10,1,u-1,2026-03-01T10:00:00,1", header=header)
    used = make.column_map(ignore=["开始"])
    found = make.sifted(path, used, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 10]


def test_wjx_by_text_reads_scores_and_says_what_it_cannot(make, write):
    header = f"{WJX},1、质量一,2、质量二,3、满意,4、满意二"
    row = "{0},2026/3/1 12:30:05,1分20秒,微信,,1.2.3.4,8分,(空),{1},(跳过)"
    path = write(row.format(1, "9"), row.format(2, "很满意"), header=header)
    assert recognised(read_file(path)).dialect == "wjx_text"
    found = make.sifted(path, make.column_map(items=ITEMS), make.scope(brands={"bank": ()}))
    rows = found.accepted["bank"]
    assert rows["Q1"].tolist() == [8]
    assert rows[["Q2_missing", "S2_missing"]].iloc[0].tolist() == ["blank", "not_asked"]
    assert found.rejects["rule"].tolist() == ["not_a_whole_number"]
    mapped = make.column_map(items=ITEMS, values={"S1": {"很满意": "10"}})
    assert make.sifted(path, mapped, make.scope(brands={"bank": ()})).accepted["bank"]["S1"].tolist() == [
        9,
        10,
    ]


def test_wjx_by_score_drops_the_sum(make, write):
    header = f"{WJX},总分,1、质量一,2、质量二,3、满意,4、满意二"
    path = write("1,2026/3/1 12:30:05,80秒,微信,,1.2.3.4,28,8,7,9,4", header=header)
    assert recognised(read_file(path)).dialect == "wjx_score"
    found = make.sifted(path, make.column_map(items=ITEMS), make.scope(brands={"bank": ()}))
    assert found.accepted["bank"]["S2"].tolist() == [4]


def test_the_real_wjx_pair(shared):
    for name, dialect in (("by_text", "wjx_text"), ("by_index", "wjx_index")):
        table = read_file(shared("samples", "wjx", f"{name}.xls"))
        export = recognised(table)
        assert (export.dialect, table.rows) == (dialect, 800)


QUALTRICS = ["EndDate", "IPAddress", "Duration (in seconds)", "RecordedDate", "ResponseId", "RecipientEmail"]


def qualtrics(path: Path, legacy: bool = False) -> Path:
    names = [*QUALTRICS, "Q7_1", "Q7_2", "Q8", "S2"]
    texts = ["End", "IP", "Dauer", "Datum", "ID", "Mail", "Q1?", "Second<br>quality", "S1?", "x"]
    keys = [json.dumps({"ImportId": f"QID{k}"}) for k in range(10)]
    answers = [
        "2026-03-01 10:00:00",
        "130.92.34.66",
        "62",
        "2026-03-01 10:00:01",
        "R_1",
        "a@b.cn",
        "8",
        "7",
        "98",
        "10",
    ]
    rows = [texts, answers] if legacy else [texts, keys, answers]
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("legacy", [False, True])
def test_qualtrics_by_name_text_and_import_id(make, tmp_path, legacy):
    path = qualtrics(tmp_path / "q.csv", legacy)
    items = {"Q2": "Q7_2" if legacy else "QID7"}
    found = make.sifted(path, make.column_map(items=items), make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2"]].iloc[0].tolist() == [8, 7]
    assert found["S1_missing"].tolist() == ["dont_know"]
    assert found["duration_s"].tolist() == [62]
    assert found["source_row"].tolist() == [3 if legacy else 4]
    kept = found.astype(str).to_csv()
    assert "130.92" not in kept
    assert "a@b.cn" not in kept
    assert "R_1" not in kept


def test_the_real_qualtrics_export(shared):
    export = recognised(read_file(shared("samples", "qualtrics", "three_headers.csv")))
    keys = {one.name: one.key for one in export.columns}
    assert (export.dialect, export.table.rows, keys["Q1"]) == ("qualtrics", 1, "QID1")
    assert export.table.row_numbers.tolist() == [4]
    assert export.roles == {
        "respondent": "ResponseId", "submitted_at": "RecordedDate", "duration_s": "Duration (in seconds)",
        "disposition": "Finished",
    }  # fmt: skip


@pytest.mark.parametrize("finished", [("True", "False"), ("1", "0")])
def test_qualtrics_says_who_finished(make, tmp_path, finished):
    names = ["ResponseId", "Finished", "EndDate", "IPAddress", "Q1", "Q2", "S1", "S2"]
    keys = [json.dumps({"ImportId": f"QID{k}"}) for k in range(8)]
    rows = [
        [f"R_{k}", word, "2026-03-01 10:00:00", "", "8", "7", "9", "10"] for k, word in enumerate(finished)
    ]
    pd.DataFrame([names, keys, *rows], columns=names).to_csv(tmp_path / "q.csv", index=False)
    found = make.sifted(tmp_path / "q.csv", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found["disposition"].tolist() == ["complete", "partial"]


def test_a_preview_in_qualtrics_is_no_respondent(make, tmp_path):
    names = ["ResponseId", "Status", "Finished", "Q1", "Q2", "S1", "S2"]
    keys = [json.dumps({"ImportId": f"QID{k}"}) for k in range(7)]
    status = ("0", "1", "IP Address", "Survey Test")
    rows = [[f"R_{k}", word, "1", "8", "7", "9", "10"] for k, word in enumerate(status)]
    pd.DataFrame([names, keys, *rows], columns=names).to_csv(tmp_path / "q.csv", index=False)
    found = make.sifted(tmp_path / "q.csv", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found["disposition"].tolist() == ["complete", "not_eligible"] * 2


def test_limesurvey_says_who_sent_the_last_page(make, write):
    header = "id,submitdate,lastpage,startlanguage,Q1,Q2,S1,S2"
    path = write(
        "1,2026-03-01 10:00:00,9,zh,8,7,9,10",
        "2,,3,zh,8,7,9,10",
        "3,1980-01-01 00:00:00,9,zh,8,7,9,1",
        header=header,
    )
    found = make.sifted(path, None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found["disposition"].tolist() == ["complete", "partial", "complete"]
    assert found["submitted_at"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("header", "row", "dialect", "who"),
    [
        ("时间戳记,Rate [Q1?],Rate [Q2?],S1?,S2?", "2026/3/1 上午 10:05:01,8,7,9,10", "google_forms", None),
        ("Timestamp,Email Address,Q1?,Q2?,S1?,S2?", "3/13/2026 10:05:01,a@b.cn,8,7,9,10", "google_forms", None),
        ("ID,Start time,Completion time,Email,Name,Q1?,Q2?,S1?,S2?,Points - Q1?",
         "7,2026-03-01 10:00:00,2026-03-01 10:05:01,a@b.cn,王,8,7,9,10,0", "microsoft_forms", "ID"),
    ],
)  # fmt: skip
def test_forms_of_google_and_microsoft(make, write, header, row, dialect, who):
    path = write(row, header=header)
    export = recognised(read_file(path))
    assert (export.dialect, export.roles.get("respondent")) == (dialect, who)
    found = make.sifted(path, None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 10]
    assert str(found["submitted_at"].iloc[0])[10:] == " 10:05:01"
    assert "a@b.cn" not in found.astype(str).to_csv()


def test_limesurvey_with_codes_and_texts_in_every_header(make, write):
    own = "id. Response ID,submitdate. Date submitted,startlanguage. Start language"
    header = f"{own},Q1[1]. How?,Q2. And?,S1. S?,S2. T?"
    path = write("1,2026-03-01 10:00:00,zh,8,7,9,10", "2,,zh,8,7,9,10", header=header)
    found = make.sifted(
        path, make.column_map(items={"Q1": "Q1[1]"}), make.scope(brands={"bank": ()})
    ).accepted["bank"]
    assert found["disposition"].tolist() == ["complete", "partial"]
    assert found["Q1"].tolist() == [8, 8]


def test_qualtrics_tells_in_which_order_blocks_were_shown_and_nothing_needs_it(make, tmp_path):
    names = ["ResponseId", "RecordedDate", "Q1", "Q2", "S1", "S2", "FL_4_DO_FL_5", "Q9_First Click"]
    rows = [
        names,
        [json.dumps({"ImportId": name}) for name in names],
        ["R1", "2026-03-01 10:00:00", *"8799", "1|2", "3"],
    ]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "q.csv", index=False)
    assert len(make.sifted(tmp_path / "q.csv", None, make.scope(brands={"bank": ()})).accepted["bank"]) == 1


def test_surveymonkey_has_two_header_rows(make, write):
    header = "Respondent ID,Collector ID,Start Date,End Date,IP Address,Rate us,,Q2?,S2"
    path = write(
        ",,,,,Q1?,S1?,Response,Response", "77,1,3/1/2026,2026-03-01 10:00:00,1.2.3.4,8,9,7,6", header=header
    )
    export = recognised(read_file(path))
    assert export.dialect == "surveymonkey"
    assert export.table.columns[5:7] == ("Rate us [Q1?]", "Rate us [S1?]")
    found = make.sifted(path, None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 6]
    assert found["source_row"].tolist() == [3]


def test_tencent_headers_name_question_option_and_open_text(make, write):
    header = "openid,start,finish,time_used,ip_province,Q1,Q2,Q3,Q4,Q5|A1,Q5|A2|open"
    path = write("o1,2026-03-01 10:00:00,2026-03-01 10:01:00,60,广东,8,7,9,10,1,秘密", header=header)
    assert recognised(read_file(path)).dialect == "tencent"
    used = make.column_map(items={"S1": "3", "S2": "Q4"}, ignore=["Q5|A1"])
    found = make.sifted(path, used, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 10]
    assert found["duration_s"].tolist() == [60]
    assert "秘密" not in found.astype(str).to_csv()


def test_limesurvey_by_code_and_text_and_by_its_syntax_file(make, tmp_path):
    leading = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]
    frame = pd.DataFrame(
        [["1", "2026-03-01 10:00:00", "3", "zh", "5", "8", "7", "9", "4", "12.5"]],
        columns=[*leading, "Q1. How good?", "Q2. And?", "S1?", "S2?", "Total time"],
    )
    frame.to_csv(tmp_path / "texts.csv", index=False)
    found = make.sifted(tmp_path / "texts.csv", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 4]
    assert found["duration_s"].tolist() == [12.5]
    names = ["id", "submitdate", "lastpage", "startlanguage", "seed", "Q1", "Q2", "S1", "S2"]
    syntax = "".join(f'names(data)[{k}] <- "{name}"\r\n' for k, name in enumerate(names, 1))
    frame.rename(columns={"S1?": "S2? "}).to_csv(tmp_path / "lime.csv", index=False)
    (tmp_path / "lime_syntax.R").write_text(syntax, encoding="utf-8-sig")
    found = make.sifted(tmp_path / "lime.csv", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 4]
    (tmp_path / "lime_syntax.R").write_text(syntax + 'names(data)[99] <- "z"\n', encoding="utf-8")
    with pytest.raises(ReadError, match="Export data and syntax together again"):
        read_file(tmp_path / "lime.csv")


def test_the_real_limesurvey_export(shared):
    table = read_file(shared("samples", "limesurvey", "r_export.csv"))
    export = recognised(table)
    by_name = {one.name: one for one in export.columns}
    assert export.dialect == "limesurvey"
    assert by_name["country"].text == "Where do you live?"
    assert by_name["CbrltPbcAuDrug"].labels["5"] == "Completely up to me"
    assert export.roles["submitted_at"] == "submitdate"


def test_kobo_groups_and_metadata(make, write):
    header = "start,end,deviceid,quality/Q1,quality/Q2,sat/S1,sat/S2,_id,_uuid,_submission_time,_index"
    path = write("a,b,imei:3,8,7,9,10,1,u-1,2026-03-01T10:00:00,1", header=header)
    assert recognised(read_file(path)).dialect == "kobo"
    found = make.sifted(path, None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found[["Q1", "Q2", "S1", "S2"]].iloc[0].tolist() == [8, 7, 9, 10]
    assert "imei" not in found.astype(str).to_csv()


def test_spss_keeps_user_missing_codes_by_their_labels(make, tmp_path):
    frame = pd.DataFrame(
        {"Q1": [8.0, 97.0, 9.0], "Q2": [7.0, 7.0, 96.0], "S1": [9.0, 8.0, 95.0], "S2": [1.0, 2.0, None]}
    )
    pyreadstat.write_sav(
        frame, str(tmp_path / "s.sav"),
        column_labels={"Q1": "质量一"},
        variable_value_labels={"Q1": {97: "不知道"}, "Q2": {96: "Refused"}},
        missing_ranges={"Q1": [97], "Q2": [{"lo": 90, "hi": 99}], "S1": [95]},
    )  # fmt: skip
    found = make.sifted(tmp_path / "s.sav", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found["Q1"].tolist()[::2] == [8, 9]
    assert found["Q1_missing"].iloc[1] == "dont_know"
    assert found["Q2_missing"].iloc[2] == "refused"
    assert found["S1_missing"].iloc[2] == "blank"
    assert found["S2_missing"].iloc[2] == "blank"


def test_digits_in_a_text_column_keep_their_zeros(tmp_path):
    frame = pd.DataFrame({"id": ["0138", "2"], "n": [8.0, None], "x": [0.5, 2.0]})
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"))
    found = read_file(tmp_path / "s.sav").values.to_pydict()
    assert found == {"id": ["0138", "2"], "n": ["8", ""], "x": ["0.5", "2"]}


def test_a_code_missing_in_one_column_is_an_answer_in_another(make, tmp_path):
    frame = pd.DataFrame({"Q1": [8.0], "Q2": [8.0], "S1": [9.0], "S2": [1.0]})
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), missing_ranges={"Q1": [8]})
    found = make.sifted(tmp_path / "s.sav", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found["Q1_missing"].tolist() == ["blank"]
    assert found["Q2"].tolist() == [8]


def test_the_real_spss_file_with_user_missing_values(shared):
    table = read_file(shared("samples", "spss", "user_missing.sav"))
    assert table.codebook.missing["mylabl"] == ("-1",)
    assert table.codebook.labels["mylabl"]["1"] == "Male"
    assert table.values.column("mylabl").to_pylist() == ["1", "2", "1", "2", "1", "-1", ""]


def test_stata(make, tmp_path):
    frame = pd.DataFrame({"Q1": [8, 9], "Q2": [7, 7], "S1": [9, 8], "S2": [1, 2]})
    frame.to_stata(tmp_path / "s.dta", write_index=False)
    found = make.sifted(tmp_path / "s.dta", None, make.scope(brands={"bank": ()})).accepted["bank"]
    assert found["S1"].tolist() == [9, 8]


def test_missing_answers_of_stata_are_of_the_kind_that_their_labels_say(make, tmp_path):
    frame = pd.DataFrame(
        {"Q1": ["a", 9.0, 8.0], "Q2": [7.0, "b", 7.0], "S1": [9.0, 8.0, "c"], "S2": [1.0, 2.0, None]},
        dtype=object,
    )
    pyreadstat.write_dta(
        frame, str(tmp_path / "s.dta"),
        missing_user_values={"Q1": ["a"], "Q2": ["b"], "S1": ["c"]},
        variable_value_labels={"Q1": {"a": "不知道"}, "Q2": {"b": "refused"}},
    )  # fmt: skip
    found = make.sifted(tmp_path / "s.dta", None, make.scope(brands={"bank": ()}))
    assert found.rejects.empty
    stored = found.accepted["bank"]
    assert stored["Q1_missing"].iloc[0] == "dont_know"
    assert stored["Q2_missing"].iloc[1] == "refused"
    assert stored[["S1_missing", "S2_missing"]].iloc[2].tolist() == ["blank", "blank"]
    assert stored["Q1"].iloc[1:].tolist() == [9, 8]


def test_a_named_dialect_that_the_file_is_not_is_refused(write):
    with pytest.raises(ConformError, match=r"does not look like an export of dialect kobo.*Omit `dialect`"):
        recognised(read_file(write("r1,b1,8,7,9,10")), "kobo")


def test_a_text_that_two_columns_share_names_neither(make, write):
    header = "_uuid,_submission_time,a/Q1,b/Q1,Q2,S1,S2"
    with pytest.raises(ConformError, match=r"1 wanted column is not in the file: 'Q1'"):
        layout_of(
            recognised(read_file(write("u,2026-03-01,1,2,3,4,5", header=header))), [make.instrument()], None
        )


def test_a_surveymonkey_workbook_still_tells_where_its_table_stands():
    cells = pa.table({"a": ["", "7"], "b": ["", "8"], "c": ["Quality", "9"]})
    found = named(
        Raw(
            ["Respondent ID", "Collector ID", "How good?"],
            cells,
            sheet="Answers",
            passed_over=("sheet 'Notes'",),
        )
    )
    assert (found.header, found.first_row) == (["Respondent ID", "Collector ID", "How good? [Quality]"], 3)
    assert (found.sheet, found.passed_over) == ("Answers", ("sheet 'Notes'",))
