"""Questionnaires that platforms take, and whose exports come back without a map."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from pyxform.xls2xform import convert

from ncsi.cli import main, maps
from ncsi.errors import SpecError
from ncsi.ingest.dialects import recognised
from ncsi.ingest.proposed_map import as_yaml, propose
from ncsi.ingest.read import read_file
from ncsi.questionnaire import FORMATS, write_questionnaire
from ncsi.simulate.platforms import PLATFORMS
from ncsi.spec import Brand, ColumnMap, Instrument, Label, load_instrument, presets
from ncsi.stages.export_check import check_file

BRANDS = (Brand(id="b1", label=Label(zh="<甲>", en="=A()")), Brand(id="b2", label=Label(zh="乙", en="B")))
ANY_COLUMN = ColumnMap(spec="ncsi/map/1", id="any", ignore=("*",))
DDI = "{ddi:codebook:2_5}"


def routed() -> Instrument:
    """ccsi with a routed item, a required one and an attention check."""
    found = load_instrument("ccsi").model_dump(by_alias=True)
    found["routing"] = [{"item": "LOY3", "asked_if": {"item": "LOY1", "answers": [9, 10]}}]
    found["required"] = ["SAT1"]
    label = {"zh": "请选3", "en": "Please choose 3"}
    found["attention"] = [{"id": "ATT1", "label": label, "question": label, "expected": [3]}]
    return Instrument.model_validate(found)


def test_formats_are_those_of_the_command_line():
    assert tuple(FORMATS) == maps.FORMATS
    assert PLATFORMS == maps.PLATFORMS


def test_an_example_is_written_as_the_platform_does_and_never_over_another(tmp_path, capsys):
    main(["instrument", "example", "ecsi", str(tmp_path / "a.csv"), "--platform", "kobo", "--rows", "7"])
    assert "7 invented responses" in capsys.readouterr().out
    assert check_file(tmp_path / "a.csv", load_instrument("ecsi"), ANY_COLUMN).rows_read == 7
    for name, says in (("a.csv", "it is there already"), ("b.xlsx", "kobo writes .csv")):
        with pytest.raises(SystemExit) as stopped:
            main(["instrument", "example", "ecsi", str(tmp_path / name), "--platform", "kobo"])
        assert stopped.value.code == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_a_valid_xlsform(tmp_path, name):
    path = tmp_path / "form.xlsx"
    path.write_bytes(write_questionnaire(load_instrument(name), "xlsform", BRANDS))
    converted = convert(str(path), validate=False)
    assert not [one for one in converted.warnings if "translation" in one.lower()]
    for item in load_instrument(name).item_ids:
        assert f"/{item}" in converted.xform


def test_routing_and_required_answers_reach_the_form(tmp_path):
    path = tmp_path / "form.xlsx"
    path.write_bytes(write_questionnaire(routed(), "xlsform", BRANDS))
    form = convert(str(path), validate=False).xform
    binds = {one.get("nodeset").rsplit("/", 1)[-1]: one.attrib for one in ElementTree.fromstring(form).iter()
             if one.tag.endswith("}bind")}  # fmt: skip
    assert "LOY1" in binds["LOY3"]["relevant"]
    assert binds["SAT1"]["required"] == binds["ATT1"]["required"] == "true()"
    assert "&lt;甲&gt;" in form
    assert "=A()" in form


@pytest.mark.parametrize("format_id", sorted(FORMATS))
def test_the_same_instrument_gives_the_same_bytes(format_id):
    one, two = (write_questionnaire(load_instrument("durable"), format_id, BRANDS) for _ in range(2))
    assert one == two


def test_ddi_describes_every_question_its_codes_and_its_missing_codes():
    root = ElementTree.fromstring(write_questionnaire(routed(), "ddi", BRANDS))
    assert root.tag == f"{DDI}codeBook"
    variables = {one.get("name"): one for one in root.iter(f"{DDI}var")}
    assert set(variables) == {"brand", "ATT1", *load_instrument("ccsi").item_ids}
    item = variables["IMA1"]
    assert [one.get("VALUE") for one in item.find(f"{DDI}invalrng")] == ["98", "99"]
    assert len(item.find(f"{DDI}valrng")) == 10
    assert next(one.text for one in item.iter(f"{DDI}qstnLit")).startswith("您对该品牌的总体印象如何")
    groups = {one.get("name"): one.get("var") for one in root.iter(f"{DDI}varGrp")}
    assert groups["Image"] == "V_IMA1 V_IMA2 V_IMA3 V_IMA4"


def test_limesurvey_structure_has_both_languages_and_no_underscores():
    text = write_questionnaire(routed(), "limesurvey", BRANDS).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    questions = [one for one in rows if one["class"] == "Q"]
    assert {one["language"] for one in questions} == {"zh-Hans", "en"}
    assert all(one["name"].isalnum() for one in questions)
    loyal = next(one for one in questions if one["name"] == "LOY3")
    assert loyal["relevance"] == 'LOY1.NAOK == "9" or LOY1.NAOK == "10"'
    found = load_instrument("ccsi").model_dump(by_alias=True)
    found["constructs"][0]["items"][0]["id"] = "IMA_2"
    with pytest.raises(SpecError, match="IMA_2 and IMA2 are one code to LimeSurvey"):
        write_questionnaire(Instrument.model_validate(found), "limesurvey")


def simulated(instrument: Instrument, n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    answers = {
        item.id: rng.integers(item.scale.min, item.scale.max + 1, n).astype(str) for item in instrument.items
    }
    frame = pd.DataFrame({"brand": rng.choice(["b1", "b2"], n), **answers})
    return frame.mask(rng.random(frame.shape) < 0.02, "98").assign(brand=frame["brand"])


def test_what_comes_back_from_kobo_maps_by_itself(tmp_path):
    """Group names and question names as the exported form defines them, metadata as the server adds it."""
    instrument = load_instrument("durable")
    (tmp_path / "form.xlsx").write_bytes(write_questionnaire(instrument, "xlsform", BRANDS))
    form = ElementTree.fromstring(convert(str(tmp_path / "form.xlsx"), validate=False).xform)
    paths = [one.get("ref") for one in form.iter() if one.tag.endswith("}select1")]
    answers = simulated(instrument)
    export = pd.DataFrame({path.split("/", 2)[2]: answers[path.rsplit("/", 1)[-1]] for path in paths})
    export = export.assign(start="2026-03-01T10:00:00", end="2026-03-01T10:05:00",
                           _uuid=[f"u{k}" for k in range(len(export))], _submission_time="2026-03-01T10:05:00",
                           __version__="v1", _index=range(len(export)))  # fmt: skip
    export.to_excel(tmp_path / "kobo.xlsx", index=False, engine="xlsxwriter")
    outcome = check_file(tmp_path / "kobo.xlsx", instrument)
    assert (outcome.dialect, outcome.rows_accepted) == ("kobo", len(answers))


def test_what_comes_back_from_limesurvey_maps_by_itself(tmp_path):
    instrument = load_instrument("service")
    answers = simulated(instrument)
    export = answers.assign(id=range(1, len(answers) + 1), submitdate="2026-03-01 10:00:00", lastpage="3",
                            startlanguage="zh-Hans", seed="1", interviewtime="99.5")  # fmt: skip
    export.to_csv(tmp_path / "lime.csv", index=False, sep=";", quoting=csv.QUOTE_ALL)
    outcome = check_file(tmp_path / "lime.csv", instrument)
    assert (outcome.dialect, outcome.rows_accepted) == ("limesurvey", len(answers))


def test_a_map_is_proposed_with_its_confidence_and_can_be_used(tmp_path):
    instrument = load_instrument("ccsi")
    answers = simulated(instrument)
    headers = {item.id: item.question.zh.split("？")[0] for item in instrument.items}
    headers |= {
        "SAT1": "sat_1",
        "SAT2": instrument.construct("Satisfaction").items[1].label.en,
        "brand": "品牌",
    }
    export = answers.rename(columns=headers).assign(
        电话=[f"1380013{k:04d}" for k in range(len(answers))], 备注="好"
    )
    export.to_csv(tmp_path / "e.csv", index=False)
    proposal = propose(recognised(read_file(tmp_path / "e.csv")), instrument)
    found = {one.meaning: one for one in proposal.matches}
    assert set(found) == {"brand", *instrument.item_ids}
    assert found["SAT1"].column == "sat_1"
    assert 0.6 <= found["IMA1"].confidence < 1
    assert proposal.personal == ("电话",)
    text = as_yaml(proposal, "mine")
    assert "# looks personal" in text
    import yaml

    used = ColumnMap.model_validate(yaml.safe_load(text))
    outcome = check_file(tmp_path / "e.csv", instrument, used)
    assert outcome.rows_accepted == len(answers)


def test_answers_in_words_propose_their_codes_and_what_nothing_tells_stays_open(tmp_path):
    import yaml

    instrument = load_instrument("ccsi")
    answers = simulated(instrument).astype({"SAT1": object, "SAT2": object})
    answers.loc[[0, 1, 2], "SAT1"] = ["10分（非常满意）", "不知道/说不清", "13800138000打给我"]
    answers.loc[[0, 1, 2], "SAT2"] = "非常满意"
    answers.to_csv(tmp_path / "e.csv", index=False)
    proposal = propose(recognised(read_file(tmp_path / "e.csv")), instrument)
    text = as_yaml(proposal, "mine")
    used = ColumnMap.model_validate(yaml.safe_load(text))
    assert used.values == {}
    assert used.missing == {"dont_know": ("不知道/说不清",)}
    assert '# values.SAT2: "非常满意" is an answer without a code; give it one' in text
    assert text.count("10分") == 0
    rejected = check_file(tmp_path / "e.csv", instrument, used).rejects
    assert rejected[["source_row", "column"]].values.tolist() == [[2, "SAT2"], [3, "SAT2"], [4, "SAT1"]]


def test_value_labels_propose_missing_codes(tmp_path, shared):
    import pyreadstat

    instrument = load_instrument("acsi")
    frame = pd.DataFrame({item.id: [5.0, 77.0] for item in instrument.items})
    labels = {"SATIS": {77: "说不清"}}
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), variable_value_labels=labels)
    proposal = propose(recognised(read_file(tmp_path / "s.sav")), instrument)
    assert proposal.missing == (("dont_know", ("77",)),)
    json.dumps([one.confidence for one in proposal.matches])


LSS_TABLES = {
    "surveys": {"sid", "active", "anonymized", "format", "language", "additional_languages"},
    "surveys_languagesettings": {"surveyls_survey_id", "surveyls_language", "surveyls_title"},
    "groups": {"gid", "sid", "group_order", "randomization_group", "grelevance"},
    "group_l10ns": {"id", "gid", "group_name", "description", "language"},
    "questions": {"qid", "parent_qid", "sid", "gid", "type", "title", "preg", "other", "mandatory", "question_order",
                  "scale_id", "same_default", "relevance", "question_theme_name"},
    "question_l10ns": {"id", "qid", "question", "help", "script", "language"},
    "answers": {"aid", "qid", "code", "sortorder", "assessment_value", "scale_id"},
    "answer_l10ns": {"id", "aid", "answer", "language"},
}  # fmt: skip
"""Tables and columns as LimeSurvey 6 exports them (its models and application/helpers/export_helper.php)."""


def test_the_lss_has_the_structure_of_limesurveys_own():
    root = ElementTree.fromstring(write_questionnaire(routed(), "lss", BRANDS))
    assert (root.tag, root.findtext("LimeSurveyDocType")) == ("document", "Survey")
    assert int(root.findtext("DBVersion")) >= 400
    assert [one.text for one in root.find("languages")] == ["zh-Hans", "en"]
    rows = {}
    for name, columns in LSS_TABLES.items():
        fields = [one.text for one in root.find(f"{name}/fields")]
        assert columns <= set(fields), name
        rows[name] = [{cell.tag: cell.text or "" for cell in row} for row in root.findall(f"{name}/rows/row")]
        assert all(list(row) == fields for row in rows[name]), name
    for below, key, above in (("questions", "gid", "groups"), ("answers", "qid", "questions")):
        assert {one[key] for one in rows[below]} <= {one[key] for one in rows[above]}
    for texts, key, of in (("group_l10ns", "gid", "groups"), ("question_l10ns", "qid", "questions"),
                           ("answer_l10ns", "aid", "answers")):  # fmt: skip
        assert sorted((one[key], one["language"]) for one in rows[texts]) == sorted(
            (one[key], language) for one in rows[of] for language in ("en", "zh-Hans")
        )
        assert len({one["id"] for one in rows[texts]}) == len(rows[texts])
    assert all(one["title"].isalnum() and len(one["title"]) <= 20 for one in rows["questions"])
    assert all(len(one["code"]) <= 5 for one in rows["answers"])
    loyal = next(one for one in rows["questions"] if one["title"] == "LOY3")
    assert loyal["relevance"] == 'LOY1.NAOK == "9" or LOY1.NAOK == "10"'


def test_codes_that_limesurvey_would_cut_are_refused():
    long = (Brand(id="long_brand", label=Label(zh="甲", en="A")),)
    for format_id in ("lss", "limesurvey"):
        with pytest.raises(SpecError, match="answer 'long_brand'"):
            write_questionnaire(load_instrument("ccsi"), format_id, long)
    found = load_instrument("ccsi").model_dump(by_alias=True)
    found["constructs"][0]["items"][0]["id"] = "IMAGE_OF_THE_BRAND_AS_A_WHOLE"
    with pytest.raises(SpecError, match="longer than the 20 letters"):
        write_questionnaire(Instrument.model_validate(found), "lss")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "e.pdf"], "ends in no format"),
        (["--out", "e.lss", "--format", "ddi"], "is the ending of lss"),
        ([], "Name the format"),
    ],
)
def test_what_is_written_is_what_the_ending_says(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["instrument", "export", "ccsi", *arguments])
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_ending_alone_says_the_format(tmp_path, capsys):
    main(["instrument", "export", "ccsi", "--out", str(tmp_path / "e.lss"), "--json"])
    assert json.loads(capsys.readouterr().out)["format"] == "lss"
    assert b"LimeSurveyDocType" in (tmp_path / "e.lss").read_bytes()
