"""Questionnaires of others become instruments: of each format, with what is left out said, or are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from ncsi.cli import main
from ncsi.errors import ReadError, SpecError
from ncsi.questionnaire import write_questionnaire
from ncsi.questionnaire.asked import Words, words
from ncsi.questionnaire.told import Told
from ncsi.spec import load_instrument
from ncsi.stages.new_instrument import Wanted, survey_of, write_instrument, write_sheet

SHEET = """construct,item,question,question_en,scale
服务质量,Q1,柜员的态度好吗？,How friendly are the staff?,1-5
,Q2,网点环境怎么样,How are the premises?,1-5
总体满意度,S1,总体满意吗？,How satisfied are you?,1-10
顾客忠诚,L1,还会再来吗,Will you come again?,0-10
"""


def table(name, *rows):
    cells = (
        "".join(f"<{key}>{text}</{key}>" for key, text in {**row, "language": "en"}.items()) for row in rows
    )
    return f"<{name}><rows>{''.join(f'<row>{one}</row>' for one in cells)}</rows></{name}>"


def answer(qid, code, text, order):
    return {"qid": qid, "code": code, "answer": text, "sortorder": order, "scale_id": 0}


def question(qid, gid, kind, title, text, order, parent=0):
    return {
        "qid": qid, "parent_qid": parent, "gid": gid, "type": kind, "title": title, "question": text,
        "question_order": order,
    }  # fmt: skip


LSS_3 = f"""<?xml version="1.0" encoding="UTF-8"?>
<document><LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>366</DBVersion>
<languages><language>en</language></languages>
{
    table(
        "answers",
        answer(5, "A1", "Never", 1),
        answer(5, "A2", "Often", 2),
        answer(6, "1", "1 very poor", 1),
        answer(6, "2", "2", 2),
        answer(6, "3", "3 very good", 3),
        answer(6, "98", "Don't know", 4),
    )
}
{
    table(
        "groups",
        {"gid": 2, "group_name": "Overall satisfaction", "group_order": 2},
        {"gid": 1, "group_name": "Image", "group_order": 1},
    )
}
{
    table(
        "questions",
        question(6, 2, "L", "SAT", "<![CDATA[<p>How <b>good</b> is it?</p>]]>", 1),
        question(5, 2, "L", "OFTEN", "How often?", 2),
        question(1, 1, "B", "IMAG", "Rate the image", 1),
    )
}
{
    table(
        "subquestions",
        question(3, 1, "T", "SQ002", "It is known", 2, 1),
        question(2, 1, "T", "SQ001", "It is reliable", 1, 1),
    )
}
</document>"""


def choices(*labels):
    return {str(k): {"Display": label} for k, label in enumerate(labels, 1)}


def qsf():
    scale = choices("Very poor", "Poor", "Fair", "Good", "Very good")
    payloads = [
        {"DataExportTag": "IMG", "QuestionType": "Matrix", "Selector": "Likert", "QuestionText": "Rate the image",
         "Choices": choices("It is known", "It is trusted"), "ChoiceOrder": ["2", "1"], "Answers": scale,
         "AnswerOrder": [1, 2, 3, 4, 5], "ChoiceDataExportTags": False},
        {"DataExportTag": "SAT", "QuestionType": "MC", "Selector": "SAVR", "QuestionText": "<b>Satisfied</b>?",
         "Choices": scale, "ChoiceOrder": ["1", "2", "3", "4", "5"],
         "RecodeValues": {"1": "11", "2": "12", "3": "13", "4": "14", "5": "15"},
         "Language": {"ZH-S": {"QuestionText": "总体满意度？"}}},
        {"DataExportTag": "NPS", "QuestionType": "MC", "Selector": "NPS", "QuestionText": "Would you recommend us?"},
        {"DataExportTag": "REG", "QuestionType": "MC", "Selector": "SAVR", "QuestionText": "Where do you live?",
         "Choices": choices("North", "South", "West")},
        {"DataExportTag": "GONE", "QuestionType": "MC", "Selector": "NPS", "QuestionText": "Deleted"},
    ]  # fmt: skip
    parts = [
        ("Standard", "Image", "QID0"), ("Standard", "Satisfaction", "QID1"), ("Standard", "Loyalty", "QID2"),
        ("Standard", "About you", "QID3"), ("Trash", "Trash", "QID4"),
    ]  # fmt: skip
    held = [
        {"Type": kind, "Description": name, "BlockElements": [{"Type": "Question", "QuestionID": one}]}
        for kind, name, one in parts
    ]
    elements = [{"Element": "BL", "Payload": {str(k): one for k, one in enumerate(held)}}]
    elements += [
        {"Element": "SQ", "PrimaryAttribute": f"QID{k}", "Payload": one} for k, one in enumerate(payloads)
    ]
    return json.dumps({"SurveyEntry": {"SurveyName": "Phones"}, "SurveyElements": elements})


def made(tmp_path, name, content, **wanted):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content, encoding="utf-8")
    return write_instrument(survey_of(path), Wanted(**wanted), "mine", name, tmp_path / "mine.yaml")


@pytest.mark.parametrize(("format_id", "name"), [("xlsform", "a.xlsx"), ("ddi", "a.xml"), ("lss", "a.lss")])
def test_what_ncsi_writes_comes_back_the_same(tmp_path, format_id, name):
    preset = load_instrument("durable")
    new = made(tmp_path, name, write_questionnaire(preset, format_id), keep=("COMP",)).instrument
    assert [(one.label, one.mode) for one in new.constructs] == [
        (one.label, one.mode) for one in preset.constructs
    ]
    if format_id != "lss":  # LimeSurvey's groups have numbers
        assert new.construct_ids == preset.construct_ids
    assert [(one.id, one.question, one.scale) for one in new.items] == [
        (one.id, one.question, one.scale) for one in preset.items
    ]
    assert (new.missing.dont_know, new.missing.refused) == (("98",), ("99",))
    assert load_instrument(tmp_path / "mine.yaml") == new


def test_limesurvey_of_version_3_with_an_array(tmp_path):
    new = made(tmp_path, "a.lss", LSS_3)
    assert [(one.id, [item.id for item in one.items]) for one in new.instrument.constructs] == [
        ("Image", ["IMAG_SQ001", "IMAG_SQ002"]), ("Satisfaction", ["SAT"])
    ]  # fmt: skip
    assert [one.scale.max for one in new.instrument.items] == [10, 10, 3]
    assert new.instrument.items[2].question.en == "How good is it?"
    assert new.instrument.missing.dont_know == ("98",)
    assert dict(new.draft.left_out) == {"OFTEN": "no scale of whole numbers"}


def test_qualtrics_with_recoded_values_blocks_and_a_bin(tmp_path):
    new = made(tmp_path, "phones.qsf", qsf())
    assert [(one.id, [item.id for item in one.items]) for one in new.instrument.constructs] == [
        ("Image", ["IMG_2", "IMG_1"]), ("Satisfaction", ["SAT"]), ("Loyalty", ["NPS"])
    ]  # fmt: skip
    assert [(one.scale.min, one.scale.max) for one in new.instrument.items] == [
        (1, 5),
        (1, 5),
        (11, 15),
        (0, 10),
    ]
    assert new.instrument.items[2].question.zh == "总体满意度？"
    assert [(one.source, one.target) for one in new.instrument.paths] == [
        ("Image", "Satisfaction"), ("Satisfaction", "Loyalty")
    ]  # fmt: skip
    assert dict(new.draft.left_out) == {"REG": "its answers do not read as a scale"}


def test_a_sheet_fills_constructs_down_and_knows_both_languages(tmp_path):
    new = made(tmp_path, "mine.csv", SHEET).instrument
    assert [(one.id, one.label.en, len(one.items)) for one in new.constructs] == [
        ("Quality", "Quality", 2), ("Satisfaction", "Satisfaction", 1), ("Loyalty", "Loyalty", 1)
    ]  # fmt: skip
    assert (new.items[0].question.zh, new.items[0].question.en) == (
        "柜员的态度好吗？",
        "How friendly are the staff?",
    )
    assert (new.items[3].scale.min, new.items[3].scale.max) == (0, 10)


def test_a_dictionary_groups_by_names_and_leaves_out_what_is_no_scale(tmp_path):
    frame = pd.DataFrame(
        {"image1": [1, 9, 99, 10], "image2": [2, 3, 4, 10], "sat1": [1, 2, 3, 9], "sat2": [5, 7, 8, 10],
         "region": [1, 2, 3, 1], "sex": [1, 2, 1, 2], "note": ["a", "b", "c", "d"]}
    )  # fmt: skip
    labels = {"image1": {1.0: "very poor", 10.0: "very good", 99.0: "refused"},
              "region": {1.0: "North", 2.0: "South", 3.0: "West"}}  # fmt: skip
    pyreadstat.write_sav(
        frame, str(tmp_path / "a.sav"), column_labels={"image1": "Overall image", "sat1": "Overall satisfaction"},
        variable_value_labels=labels, missing_ranges={"image1": [99]},
    )  # fmt: skip
    new = write_instrument(
        survey_of(tmp_path / "a.sav"), Wanted(target="sat"), "mine", "a.sav", tmp_path / "m.yaml"
    )
    assert [(one.id, [item.id for item in one.items]) for one in new.instrument.constructs] == [
        ("image", ["image1", "image2"]), ("sat", ["sat1", "sat2"])
    ]  # fmt: skip
    assert {(one.scale.min, one.scale.max) for one in new.instrument.items} == {(1, 10)}
    assert new.instrument.missing.refused == ("99",)
    assert set(dict(new.draft.left_out)) == {"region", "sex", "note"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.lss", "<document/>", "no survey of LimeSurvey"),
        ("a.lss", "<!DOCTYPE x [<!ENTITY a 'b'>]><document/>", "declares a document type"),
        ("a.lss", "<document>", "is no XML"),
        ("a.xml", "<codeBook/>", "describes no variables"),
        ("a.xml", "<html/>", "no DDI-Codebook"),
        ("a.qsf", "[1]", "no survey file of Qualtrics"),
        ("a.qsf", '{"SurveyEntry": {}}', "no survey file of Qualtrics"),
        ("a.csv", "foo,bar\n1,2\n", "Name them construct, item, question"),
        ("a.csv", "construct,question,scale\nA,How?,ten\n", "row 2: its scale is 'ten'"),
        ("a.csv", "construct,question,scale\nA,How?,9-1\n", "row 2: its scale is '9-1'"),
        ("a.csv", "construct,item,question\n,X,How?\n", "row 2: it has no construct"),
        ("a.csv", "construct,item,question\nA,X,\n", "row 2: it has no question"),
        ("a.docx", "x", "no questionnaire that is read"),
    ],
)  # fmt: skip
def test_what_is_no_questionnaire_is_refused_with_what_to_do(tmp_path, name, content, says):
    with pytest.raises(ReadError, match=says):
        made(tmp_path, name, content)
    assert not (tmp_path / "mine.yaml").exists()


@pytest.mark.parametrize(
    ("content", "wanted", "says"),
    [
        ("construct,question\nA,One?\nA,Two?\n", {}, "stand in one group, so that no constructs can be told"),
        (
            "construct,question\nA,One?\n",
            {"drop": ("",)},
            r"none of its 1 questions is taken .*left out as asked",
        ),
        ("construct,question\nA,One?\nB,Two?\n", {}, "none of its constructs can be told"),
        ("construct,question\n满意,One?\nsatisfied,Two?\n", {}, "2 of its constructs can be told"),
        ("construct,question\nA,One?\nB,Two?\n", {"target": "C"}, "there is no construct 'C'"),
        ("construct,question\nLoyalty,One?\nSatisfaction,Two?\n", {}, "speaks of what follows from it"),
        (SHEET, {"keep": ("Q9",)}, "it has no question 'Q9'"),
        (
            SHEET,
            {"drop": ("Q1", "Q2", "S1")},
            "one question on a scale, L1, and a model needs two constructs",
        ),
    ],
)
def test_a_questionnaire_without_a_model_is_refused_with_what_to_do(tmp_path, content, wanted, says):
    with pytest.raises(SpecError, match=says):
        made(tmp_path, "a.csv", content, **wanted)
    assert not (tmp_path / "mine.yaml").exists()


def test_names_that_are_taken_reserved_or_none_become_ids_of_their_own(tmp_path):
    head = ("construct,item,question", "Region,region,Where?", "Region,1a,What?", "Region,weight,How?")
    rows = (*head, "Satisfaction,Satisfaction,Good?", "后,x y,Then?")
    new = made(tmp_path, "a.csv", "\n".join(rows), target="Satisfaction")
    names = [*new.instrument.construct_ids, *new.instrument.item_ids]
    assert len({one.lower() for one in names}) == len(names)
    assert not {"region", "weight", "1a"} & {one.lower() for one in names}
    assert "x_y" in names


def test_a_sheet_of_the_questions_is_sorted_by_hand_and_comes_back(tmp_path):
    (tmp_path / "a.qsf").write_text(qsf(), encoding="utf-8")
    survey = survey_of(tmp_path / "a.qsf")
    assert write_sheet(survey, Wanted(drop=("NPS",)), tmp_path / "q.csv") == 3
    text = (tmp_path / "q.csv").read_text(encoding="utf-8-sig").replace("Image,IMG_1", "Fame,IMG_1")
    (tmp_path / "q.csv").write_text(text, encoding="utf-8")
    again = write_instrument(survey_of(tmp_path / "q.csv"), Wanted(), "mine", "q.csv", tmp_path / "m.yaml")
    assert again.instrument.construct_ids == ("Image", "Fame", "Satisfaction")


def test_the_command_asks_in_the_terminal(tmp_path, monkeypatch, capsys):
    answers = [
        "Bank survey",
        "1",
        "7",
        "Service",
        "How friendly?",
        "友好吗？",
        "",
        "Satisfaction",
        "How good?",
        "",
        "",
        "",
    ]
    given = iter(answers)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: next(given))
    main(["instrument", "new", "mine", "--out", str(tmp_path / "mine.yaml"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["constructs"] == {"Service": ["SER1"], "Satisfaction": ["SAT1"]}
    new = load_instrument(tmp_path / "mine.yaml")
    assert (new.items[0].question.zh, new.items[0].scale.max) == ("友好吗？", 7)


def test_the_command_says_what_it_left_out_and_what_one_item_costs(tmp_path, capsys):
    (tmp_path / "a.qsf").write_text(qsf(), encoding="utf-8")
    out = tmp_path / "mine.yaml"
    main(["instrument", "new", "mine", "--from", str(tmp_path / "a.qsf"), "--out", str(out)])
    said = capsys.readouterr().out
    assert "Not an item: REG (its answers do not read as a scale)." in said
    assert "Satisfaction has a single item" in said
    with pytest.raises(SystemExit) as stopped:
        main(["instrument", "new", "mine", "--from", str(tmp_path / "a.qsf"), "--out", str(out)])
    assert stopped.value.code == 2
    with pytest.raises(SystemExit) as stopped:
        main(
            [
                "instrument",
                "new",
                "../mine",
                "--from",
                str(tmp_path / "a.qsf"),
                "--out",
                str(tmp_path / "b.yaml"),
            ]
        )
    assert stopped.value.code == 2
    assert not Path(tmp_path / "b.yaml").exists()


def test_the_form_of_a_real_platform_is_read(shared, tmp_path):
    survey = survey_of(shared("samples", "kobo", "xlsform.xlsx"))
    assert survey.questions
    assert all(one.name and one.words.any for one in survey.questions)


def answers(tmp_path, content, name="answers.csv"):
    (tmp_path / name).write_text(content, encoding="utf-8")
    return survey_of(tmp_path / name)


BARE = "id,AGE,A1,A2,COMP,S1,note\n" + "".join(
    f"{k},{20 + k},{1 + k % 5},{6 if k == 1 else 2 + k % 3},{k % 2},{98 if k == 3 else 1 + k % 10},a\n"
    for k in range(12)
)


def told(**given):
    return Wanted(target=given.pop("target", "Sat"), told=Told(**given))


def test_a_file_of_bare_answers_is_a_questionnaire_once_its_constructs_are_told(tmp_path):
    survey = answers(tmp_path, BARE)
    constructs = {"服务 | Service": ("A1", "A2"), "抱怨 | Complaints": ("COMP",), "Sat": ("S1",)}
    wanted = told(constructs=constructs, missing={"6": "not_asked", "98": "dont_know"})
    with pytest.raises(SpecError, match="6 is an answer of S1, whose scale is 1-10"):
        write_instrument(survey, wanted, "mine", "a.csv", tmp_path / "m.yaml")
    wanted = told(constructs=constructs, missing={"98": "dont_know"})
    new = write_instrument(survey, wanted, "mine", "a.csv", tmp_path / "m.yaml").instrument
    assert [(one.id, one.label.zh) for one in new.constructs] == [
        ("Service", "服务"), ("Complaints", "抱怨"), ("Sat", "Sat")
    ]  # fmt: skip
    scales = {one.id: (one.scale.min, one.scale.max) for one in new.items}
    assert scales == {"A1": (1, 5), "A2": (1, 6), "COMP": (0, 1), "S1": (1, 10)}
    assert (new.missing.dont_know, new.missing.blank) == (("98",), ())


def told_of(tmp_path, rows, scale=None, **missing):
    """Items of a file whose answers are `rows` by question → their scales, with codes of missing answers told."""
    count = 10 * max(map(len, rows.values()))
    asked = {**rows, "PRI": (1, 2, 3, 4, 5)}
    lines = [",".join(str(held[k % len(held)]) for held in asked.values()) for k in range(count)]
    survey = answers(tmp_path, "\n".join([",".join(asked), *lines]))
    wanted = told(
        constructs={"Sat": tuple(rows), "Price": ("PRI",)},
        scale=scale,
        missing={k[1:]: v for k, v in missing.items()},
    )
    made = write_instrument(survey, wanted, "mine", "a.csv", tmp_path / f"{count}{scale}.yaml").instrument
    return {one.id: (one.scale.min, one.scale.max) for one in made.items if one.id in rows}


@pytest.mark.parametrize("scale", [None, (1, 5)])
@pytest.mark.parametrize(
    ("held", "missing"),
    [
        ((1, 2, 3, 4, 5, 9), {"_9": "dont_know"}),
        ((1, 2, 3, 4, 5, 8, 9), {"_8": "refused", "_9": "dont_know"}),
        ((2, 3, 5, 0, 8), {"_0": "blank", "_8": "refused"}),
    ],
)
def test_no_answer_is_invented_between_the_scale_and_a_missing_code(tmp_path, scale, held, missing):
    assert told_of(tmp_path, {"S1": held}, scale, **missing) == {"S1": (1, 5)}


def test_an_array_has_one_scale_without_its_missing_codes(tmp_path):
    rows = {"Q7_1": (1, 2, 3, 9), "Q7_2": (4, 5, 8), "Q7_3": (5, 9)}
    codes = {"_8": "refused", "_9": "dont_know"}
    assert told_of(tmp_path, rows, **codes) == dict.fromkeys(rows, (1, 5))
    assert told_of(tmp_path, rows, (1, 7), **codes) == dict.fromkeys(rows, (1, 7))
    with pytest.raises(SpecError, match=r"there are answers 8\. "):
        told_of(tmp_path, rows, (1, 5), _9="dont_know")


def test_a_single_answer_beside_a_missing_code_tells_no_scale(tmp_path):
    with pytest.raises(SpecError, match="cannot be an item: one answer only"):
        told_of(tmp_path, {"S1": (5, 9)}, _9="dont_know")
    assert told_of(tmp_path, {"S1": (5, 9)}, (1, 5), _9="dont_know") == {"S1": (1, 5)}


def test_without_constructs_each_column_says_why_it_is_no_item(tmp_path):
    survey = answers(tmp_path, BARE)
    why = {one.name: one.why for one in survey.questions}
    assert why["AGE"] == "its numbers are no scale of at most eleven answers"
    assert (why["COMP"], why["note"]) == ("two answers only", "its answers are no whole numbers")
    assert write_sheet(survey, Wanted(), tmp_path / "q.csv") == 3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"constructs": {"A": ("A1", "Z9")}}, "it has no question 'Z9'"),
        ({"constructs": {"A": ("A1",), "B": ("A1",)}}, "'A1' stands in two"),
        ({"constructs": {"A": ("note",), "Sat": ("S1",)}}, "cannot be an item: its answers are no whole numbers"),
        ({"constructs": {"A": ("A2",), "Sat": ("S1",)}, "scale": (1, 5)}, "beyond the scale there are answers 6"),
        ({"constructs": {"A": ("A1",), "Sat": ("S1",)}, "missing": {"9": "lost"}}, "'lost' is no kind"),
    ],
)  # fmt: skip
def test_what_is_told_wrongly_is_refused_with_the_cure(tmp_path, given, says):
    with pytest.raises(SpecError, match=says):
        write_instrument(answers(tmp_path, BARE), told(**given), "mine", "a.csv", tmp_path / "m.yaml")
    assert not (tmp_path / "m.yaml").exists()


def test_arrays_labels_and_markup_of_platforms_are_read_off_their_answers(tmp_path):
    head = [
        "序号,提交答卷时间,所用时间,来源,来源详情,来自IP",
        "1、您的<b>年级</b>",
        "2、服务满意度：柜台",
        "2、服务满意度：电话",
        "3、推荐吗",
    ]
    rows = [
        f"{k},2026/3/1 10:00:00,60秒,微信,N/A,1.1.1.1,{1 + k % 3},{1 + k % 5}分,{k % 4 + 1}分,{k}"
        for k in range(11)
    ]
    survey = answers(tmp_path, "\n".join([",".join(head), *rows]))
    by_name = {one.name: one for one in survey.questions}
    assert not {"序号", "来自IP"} & set(by_name)
    array = [one for one in survey.questions if one.group == "服务满意度"]
    assert [(one.label.zh, one.span) for one in array] == [("柜台", (1, 5)), ("电话", (1, 5))]
    assert by_name["Q1"].words.zh == "您的 年级"


def test_the_command_takes_a_file_of_answers(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(BARE, encoding="utf-8")
    asked = [
        "instrument",
        "new",
        "mine",
        "--from",
        str(tmp_path / "a.csv"),
        "--out",
        str(tmp_path / "m.yaml"),
    ]
    main([*asked, "--construct", "Service", "A1，A2", "--construct", "Sat", "S1", "--target", "Sat"])
    said = capsys.readouterr().out
    assert "4 questions in none of the constructs named." in said
    assert "Scales are what was answered" in said
    for wrong in (
        ["--scale", "5-1"],
        ["--construct", "A", ","],
        ["--construct", "A", "A1", "--construct", "A", "A2"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main([*asked[:-1], str(tmp_path / "n.yaml"), *wrong])
        assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("您满意吗？ How satisfied are you?", "您满意吗？", "How satisfied are you?"),
        ("总体满意度 / Overall satisfaction", "总体满意度", "Overall satisfaction"),
        ("Overall satisfaction | 总体满意度", "总体满意度", "Overall satisfaction"),
        ("<p>How good?</p>&nbsp;好吗？", "好吗？", "How good?"),
        ("您使用 Microsoft Office 吗", "您使用 Microsoft Office 吗", ""),
        ("满意（satisfied）", "满意（satisfied）", ""),
        ("5 / 很好", "5 / 很好", ""),
        ("Yes / no", "", "Yes / no"),
    ],
)
def test_a_text_in_two_languages_is_the_words_of_both(text, zh, en):
    assert words(text) == Words(zh, en)


def test_markup_in_a_sheet_and_rows_of_one_numbered_question(tmp_path):
    sheet = "构念,题项,题目（中文）,Question (English)\n服务,Q1,<b>柜员</b>好吗？&nbsp;,How <u>friendly</u> are they?\n"
    asked = answers(tmp_path, sheet, "q.csv").questions[0]
    assert (asked.words.zh, asked.words.en) == ("柜员 好吗？", "How friendly are they?")
    head = "序号,提交答卷时间,所用时间,来源,来源详情,来自IP,1、年级,2、满意吗？—柜台,2、满意吗？—电话\n"
    rows = "".join(
        f"{k},2026/3/1 10:00:00,60秒,微信,N/A,1.1.1.1,{k % 3 + 1},{k % 5 + 1},{k % 4 + 1}\n" for k in range(9)
    )
    assert [one.name for one in answers(tmp_path, head + rows).questions] == ["Q1", "Q2_1", "Q2_2"]


def test_a_column_named_by_many_digits_is_looked_at_once(tmp_path):
    """Ways to end a stem within digits once took time by their square: 74 s."""
    (tmp_path / "a.csv").write_text(f"{'A' + '1' * 60_000},b\n1,2\n2,3\n5,1\n", encoding="utf-8")
    assert len(survey_of(tmp_path / "a.csv").questions) == 2
