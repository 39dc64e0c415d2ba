"""Maps proposed for exports in other people's words: what is right, what stays a question, what is never written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml

from ncsi.cli import main
from ncsi.ingest.dialects import Export, recognised
from ncsi.ingest.proposed_map import Declared, Proposal, as_yaml, map_id, propose
from ncsi.ingest.proposed_map.coded_values import known_values
from ncsi.ingest.proposed_map.concepts import concepts_of
from ncsi.ingest.proposed_map.question_texts import bare, spoken
from ncsi.ingest.read import read_file
from ncsi.simulate.platforms import write_export
from ncsi.simulate.worded_survey import survey_of
from ncsi.spec import Label, load_instrument
from ncsi.spec.load import map_from_text
from ncsi.stages.export_check import check_export
from ncsi.stages.map_draft import draft_map

WORDINGS = yaml.safe_load(
    (Path(__file__).parents[2] / "benchmarks" / "map_wordings.yaml").read_text(encoding="utf-8")
)


def exported(folder: Path, name: str, wording: str, order: str, platform: str, without: str = ""):
    """The instrument, the export of a survey on it, and what is true of that."""
    language = "zh" if wording.endswith("zh") else "en"
    survey = survey_of(load_instrument(name), WORDINGS[name][wording], language, order)
    survey = replace(survey, questions=tuple(one for one in survey.questions if one.meaning != without))
    written = write_export(survey, platform, folder)
    return load_instrument(name), written.path, written.truth


@pytest.mark.parametrize(
    ("name", "wording", "order", "platform"),
    [
        ("ecsi", "published", "alphabetical", "qualtrics"),
        ("ecsi", "spoken_zh", "random", "wjx_text"),
        ("ccsi", "industry_zh", "alphabetical", "limesurvey_question"),
        ("ccsi", "plain_en", "random", "surveymonkey"),
        ("service", "bank_zh", "instrument", "tencent"),
        ("public", "hall_zh", "random", "microsoft_forms"),
    ],
)
def test_other_peoples_words_are_matched_and_the_map_is_one_that_check_takes(
    tmp_path, name, wording, order, platform
):
    instrument, path, truth = exported(tmp_path, name, wording, order, platform)
    draft = draft_map(path, instrument, "mine")
    found = {one.meaning: one for one in draft.proposal.matches}
    right = [
        meaning for meaning, column in truth.items() if meaning in found and found[meaning].column == column
    ]
    assert len(right) >= 0.95 * len(truth), set(truth) - set(right)
    assert [one for one in found.values() if one.meaning in truth and one.column != truth[one.meaning]] == []
    if draft.checked is not None:
        assert (draft.checked.rows_accepted, len(draft.checked.rejects)) == (draft.checked.rows_read, 0)
    assert draft.checked is not None or draft.proposal.questions


def test_a_question_that_the_export_lacks_is_not_found_in_another(tmp_path):
    instrument, path, _ = exported(tmp_path, "ecsi", "published", "random", "google_forms", without="PERQ1")
    proposal = propose(recognised(read_file(path)), instrument)
    assert "PERQ1" not in {one.meaning for one in proposal.matches}
    assert draft_map(path, instrument, "mine").checked is None


def test_blocks_of_the_sizes_of_the_constructs_are_told_by_numbers_alone_without_much_confidence(tmp_path):
    instrument, path, truth = exported(tmp_path, "ecsi", "published", "instrument", "plain_blocks")
    proposal = propose(recognised(read_file(path)), instrument)
    found = {one.meaning: one for one in proposal.matches if one.kind == "item"}
    assert {meaning: one.column for meaning, one in found.items()} == {
        item: column for item, column in truth.items() if item in instrument.item_ids
    }
    assert max(one.confidence for one in found.values()) <= 0.75
    instrument, path, _ = exported(tmp_path, "ecsi", "published", "alphabetical", "plain_blocks")
    others = propose(recognised(read_file(path)), instrument)
    assert [one for one in others.matches if one.kind == "item"] == []


def proposal_of(write, header: str, *rows: str, declared: Declared | None = None) -> tuple[Export, Proposal]:
    export = recognised(read_file(write(*rows, header=header)))
    return export, propose(export, load_instrument("acsi"), declared)


ITEMS = "OVERALLX,CUSTOMX,WRONGX,OVERALLQ,CUSTOMQ,WRONGQ,PQ,QP,SATIS,CONFIRM,IDEAL,COMP,REPUR"
ANSWERS = "8,7,9,8,7,9,6,8,9,7,6,0,9"


def test_the_firm_is_the_brand_and_not_left_over(write):
    rows = [f"{k},{'AB'[k % 2]},0.{k + 5},{ANSWERS}" for k in range(1, 5)]
    _, proposal = proposal_of(write, f"id,serviceprovider,wgt,{ITEMS}", *rows)
    others = {one.meaning: one.column for one in proposal.matches if one.kind == "column"}
    assert others == {"respondent": "id", "brand": "serviceprovider", "weight": "wgt"}
    assert proposal.left == ()


def test_numbered_columns_without_any_text_are_asked_for_in_their_order_and_not_decided(write):
    header = "id,brand," + ",".join(f"Q{k}" for k in range(1, 14))
    _, proposal = proposal_of(write, header, *[f"{k},{'AB'[k % 2]},{ANSWERS}" for k in range(1, 5)])
    asked = {one.meaning: one.columns for one in proposal.questions}
    assert asked == {item: (f"Q{k}",) for k, item in enumerate(ITEMS.split(","), 1)}
    assert {one.meaning for one in proposal.matches} == {"respondent", "brand"}


def test_a_place_between_known_neighbours_is_a_question_where_nothing_else_tells(tmp_path):
    instrument, path, truth = exported(tmp_path, "service", "hotel_en", "random", "wjx_index")
    proposal = propose(recognised(read_file(path)), instrument)
    assert ("QUA7", (truth["QUA7"],)) in [(one.meaning, one.columns) for one in proposal.questions]


def test_open_answers_and_options_of_other_questions_are_no_items(write):
    extra = "SATIS_TEXT,第6题(其他),Q9 [Other],How satisfied are you? (please specify)"
    _, proposal = proposal_of(write, f"id,{extra},{ITEMS}", *[f"{k},1,0,1,8,{ANSWERS}" for k in range(1, 5)])
    assert proposal.left == tuple(extra.split(","))
    assert {one.column for one in proposal.matches if one.kind == "item"} == set(ITEMS.split(","))


@pytest.mark.parametrize(("answer", "told"), [("5", (5, 5)), ("9", None)])
def test_a_file_on_a_shorter_scale_than_the_instruments_is_told(write, answer, told):
    row = ",".join("0" if item == "COMP" else answer for item in ITEMS.split(","))
    _, proposal = proposal_of(write, f"id,{ITEMS}", *[f"{k},{row}" for k in range(40)])
    assert proposal.short_scale == told
    assert ("is the file on another scale?" in as_yaml(proposal, "mine")) is (told is not None)


def test_two_columns_that_could_both_be_it_are_a_question(write):
    rows = [f"{'AB'[k % 2]},{'CD'[k % 2]},{ANSWERS}" for k in range(4)]
    export, proposal = proposal_of(write, f"provider,supplier,{ITEMS}", *rows)
    assert [(one.meaning, set(one.columns)) for one in proposal.questions] == [
        ("brand", {"provider", "supplier"})
    ]
    text = as_yaml(proposal, "mine")
    assert '  # brand: "provider"' in text
    assert '  # brand: "supplier"' in text
    assert "brand" not in map_from_text(text, "mine").columns
    decided = map_from_text(
        text.replace("# columns:", "columns:").replace('  # brand: "supplier"', '  brand: "supplier"')
        + 'ignore: ["provider"]\n', "mine",
    )  # fmt: skip
    assert check_export(export, load_instrument("acsi"), decided).rows_accepted == 4


def test_a_waves_brands_and_background_tell_their_column_and_their_values(write):
    def named(*values: tuple[str, str, str]):
        return known_values((one, Label(zh=zh, en=en)) for one, zh, en in values)

    declared = Declared(
        named(("A", "甲银行股份有限公司", "Bank A"), ("B", "乙银行", "Bank B")),
        {},
        {
            "age_group": (
                ("age_group", "年龄段", "Age group"),
                named(("young", "青年", "Young"), ("old", "老年", "Old")),
            )
        },
        of_sector=True,
    )
    rows = [
        f"{bank},{age},北京,{ANSWERS}"
        for bank, age in (("甲银行", "青年"), ("乙银行", "老年"), ("丙银行", "青年"))
    ]
    _, proposal = proposal_of(write, f"开户行,您的年龄段,地区,{ITEMS}", *rows, declared=declared)
    found = {one.meaning: (one.column, one.kind) for one in proposal.matches if one.kind != "item"}
    assert found["age_group"] == ("您的年龄段", "background")
    assert "region" not in found
    codes = {(one.meaning, one.word): one.id for one in proposal.codings}
    assert codes[("age_group", "青年")] == "young"


def test_a_column_called_brand_is_it_whatever_its_values_are_called(write):
    declared = Declared(known_values([("A", Label(zh="甲", en="Alpha"))]), {}, of_sector=True)
    rows = [f"{firm},{ANSWERS}" for firm in ("1. Alpha", "2. Beta", "3. Gamma", "4. Delta")]
    _, proposal = proposal_of(write, f"品牌,{ITEMS}", *rows, declared=declared)
    brand = next(one for one in proposal.matches if one.meaning == "brand")
    assert (brand.column, brand.confidence < 0.8, proposal.left) == ("品牌", True, ())
    assert [one.id for one in proposal.codings] == ["A"]
    assert proposal.unnamed == 3  # what one respondent wrote is counted, not named
    _, proposal = proposal_of(write, f"品牌,{ITEMS}", *rows * 3, declared=declared)
    assert [one.id for one in proposal.codings] == ["A", None, None, None]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("wgt", "0.5,0.7,0,1.2"),
        ("respondent_id", "r1,r1,r2,r3"),
        ("提交时间", "26/3/5 10:00,26/3/6 11:00,26/3/7 9:00,26/3/8 9:00"),
    ],
)
def test_weights_and_respondents_with_odd_cells_are_asked_for_not_dropped(write, name, cells):
    _, proposal = proposal_of(write, f"{name},{ITEMS}", *(f"{one},{ANSWERS}" for one in cells.split(",")))
    assert [one.columns for one in proposal.questions] == [(name,)]
    assert proposal.left == ()


@pytest.mark.parametrize(
    "stem",
    [
        "3、请对以下各项打分（1-10分）—{}",
        "3、请评价以下各方面，1分表示非常不满意，10分表示非常满意—{}",
        "请评价（1-10分）：{}",
        "3.请打分（1-10分）:{}",
        "请评价以下各方面：{}",
    ],
)
def test_rows_of_a_grid_whose_stem_tells_the_scale_are_matched(write, stem):
    header = ",".join(stem.format(one.label.zh) for one in CCSI.items)
    proposal = ccsi_proposal(write, header, *[",".join("8" for _ in CCSI.items)] * 4)
    found = {one.meaning: one.column for one in proposal.matches if one.kind == "item"}
    wide = [one for one in CCSI.items if one.scale.max > 1]
    assert {one.id: found.get(one.id) for one in wide} == {one.id: stem.format(one.label.zh) for one in wide}


def test_ends_of_a_scale_are_no_row_of_a_grid():
    for text in (
        "总体质量（1-10分）—非常满意",
        "Quality (1 to 10): very satisfied",
        "质量打分1-10分：10分满意",
    ):
        assert {one.text for one in spoken(0, text)} == {one.text for one in spoken(0, bare(text))}


def test_rows_of_a_grid_of_limesurvey_that_have_the_codes_of_items_are_they(write):
    codes = ITEMS.split(",")
    header = ",".join(f"sat[{one}]" for one in codes)
    _, proposal = proposal_of(write, f"id,{header}", *(f"{k},{ANSWERS}" for k in range(1, 5)))
    assert {one.meaning: one.column for one in proposal.matches if one.kind == "item"} == {
        one: f"sat[{one}]" for one in codes
    }
    assert proposal.questions == ()
    both = f"{header.replace('sat', 'imp')},{header}"
    _, proposal = proposal_of(write, f"id,{both}", *(f"{k},{ANSWERS},{ANSWERS}" for k in range(1, 5)))
    assert [one for one in proposal.matches if one.kind == "item"] == []
    assert {one.meaning: set(one.columns) for one in proposal.questions} == {
        one: {f"imp[{one}]", f"sat[{one}]"} for one in codes
    }


@pytest.mark.parametrize(
    ("name", "meaning", "cell"),
    [
        ("survey_timestamp", "submitted_at", "2026-03-0{} 10:00:00"),
        ("Survey Timestamp", "submitted_at", "2026-03-0{} 10:00:00"),
        ("填写时长", "duration_s", "{}分20秒"),
    ],
)
def test_times_of_redcap_and_of_chinese_forms_are_not_left_out(write, name, meaning, cell):
    rows = [f"{k},{cell.format(k)},{ANSWERS}" for k in range(1, 5)]
    _, proposal = proposal_of(write, f"id,{name},{ITEMS}", *rows)
    assert {one.meaning: one.column for one in proposal.matches if one.kind == "column"}[meaning] == name


def test_a_time_that_began_the_interview_is_not_when_it_was_submitted(write):
    rows = [f"{k},2026-03-0{k} 10:00:00,{ANSWERS}" for k in range(1, 5)]
    _, proposal = proposal_of(write, f"id,start_timestamp,{ITEMS}", *rows)
    assert proposal.left == ("start_timestamp",)


def test_how_important_a_thing_is_is_not_how_good_it_is(write):
    instrument = load_instrument("acsi")
    header = ",".join(f"Importance of: {one.label.en.replace(',', '')}" for one in instrument.items)
    _, proposal = proposal_of(write, header, *[ANSWERS] * 4)
    assert all(one.confidence < 0.8 for one in proposal.matches)


def test_a_missing_code_of_one_column_takes_no_answer_away_from_another(tmp_path):
    instrument = load_instrument("acsi")
    frame = pd.DataFrame(
        {one.id: [1.0, 5.0, 3.0] if one.scale.max > 1 else [1.0, 0.0, 2.0] for one in instrument.items}
    )
    first, second = [one.id for one in instrument.items if one.scale.max > 1][:2]
    yes_no = next(one.id for one in instrument.items if one.scale.max == 1)
    frame["region"], frame[first] = 1.0, [1.0, 5.0, 97.0]
    labels = {
        "region": {5: "Don't know"}, yes_no: {2: "Don't know"}, first: {97: "Don't know", 96: "Refused"},
        second: {97: "Refused"},
    }  # fmt: skip
    pyreadstat.write_sav(frame, str(tmp_path / "s.sav"), variable_value_labels=labels)
    draft = draft_map(tmp_path / "s.sav", instrument, "mine")
    kinds = instrument.missing
    assert dict(draft.proposal.missing) == {"refused": ("96",)}
    assert {(one.item, one.word): one.code for one in draft.proposal.words} == {
        (yes_no, "2"): kinds.dont_know[0], (first, "97"): kinds.dont_know[0], (second, "97"): kinds.refused[0],
    }  # fmt: skip
    assert draft.checked is not None
    assert draft.checked.rows_accepted == 3


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_labels_of_variables_and_values_are_carried_along(tmp_path, suffix):
    items = load_instrument("acsi").items
    answers = {f"v{k}": [float(min(8, one.scale.max))] * 12 for k, one in enumerate(items, 1)}
    frame = pd.DataFrame({"where": [1.0, 2.0, 3.0] * 4, **answers})
    texts = ["where", *(one.label.en for one in items)]
    write = {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}[suffix]
    labels = {"where": {1: "Bank A", 2: "Bank B", 3: "Other"}}
    write(frame, str(tmp_path / f"s.{suffix}"), column_labels=texts, variable_value_labels=labels)
    brands = known_values((one, Label(zh=one, en=f"Bank {one}")) for one in "AB")
    export = recognised(read_file(tmp_path / f"s.{suffix}"))
    proposal = propose(export, load_instrument("acsi"), Declared(brands, {}, of_sector=True))
    found = {one.meaning: one.column for one in proposal.matches if one.kind == "item"}
    assert found == {one.id: f"v{k}" for k, one in enumerate(items, 1)}
    assert {one.word: one.id for one in proposal.codings} == {"1": "A", "2": "B", "3": None}


def test_options_by_number_are_no_brands_because_brands_have_numbers(write):
    brands = known_values((one, Label(zh=one, en=one)) for one in "12")
    rows = [f"{k},{1 + k % 2},{ANSWERS}" for k in range(1, 5)]
    _, proposal = proposal_of(
        write, f"id,gender,{ITEMS}", *rows, declared=Declared(brands, {}, of_sector=True)
    )
    assert proposal.left == ("gender",)
    assert proposal.unmatched == ("brand",)


def test_what_the_platform_says_of_an_interview_stays_with_the_map(write):
    header = f"id,submitdate,lastpage,startlanguage,{ITEMS}"
    rows = [f"1,2026-03-01 10:00:00,9,zh,{ANSWERS}", f"2,,3,zh,{ANSWERS}"]
    export, proposal = proposal_of(write, header, *rows)
    text = as_yaml(proposal, "mine")
    used = map_from_text(text, "mine")
    assert used.columns == {}
    assert set(used.items) == set(ITEMS.split(","))
    assert text.count("submitdate") == 2
    checked = check_export(export, load_instrument("acsi"), used)
    assert dict(checked.layout.columns) == dict(export.roles)


@pytest.mark.parametrize(
    "odd", ["\u200eSome\u202eone", '"a: b #c\nd"', "'x'", "{a: &b}", "a\\tb", "yes", "-"]
)
def test_a_map_loads_and_reads_its_file_whatever_the_headers_are(write, odd):
    firm = f"provider {odd}" if '"' not in odd else f'"provider {odd[1:-1]}"'
    rows = [f"{k},{'AB'[k % 2]},x,{ANSWERS}" for k in range(1, 5)]
    export, proposal = proposal_of(write, f"id,{firm},{odd},{ITEMS}", *rows)
    used = map_from_text(as_yaml(proposal, "mine"), "mine")
    checked = check_export(export, load_instrument("acsi"), used)
    assert (checked.rows_accepted, len(used.ignore)) == (4, len(proposal.left))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("maps_agency.xlsx", "maps_agency_xlsx"), ("2026-q1", "map_2026_q1"), ("甲", "map"), ("a" * 60, "a" * 40),
        ("mine", "mine"),
    ],
)  # fmt: skip
def test_the_id_of_a_map_is_legal_whatever_its_file_is_called(name, found):
    assert map_id(name) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("given the fees and prices that you pay, how would you rate the quality", "given the price"),
        ("given the quality, how would you rate the fees and prices that you pay", "given the quality"),
        ("price given quality", "given the quality"),
        ("给定价格下的质量", "given the price"),
        ("考虑到该公司产品和服务的质量，您认为所支付的价格是否合理", "given the quality"),
    ],
)
def test_price_for_quality_and_quality_for_price_are_told_apart(text, said):
    assert {one for one in concepts_of(text) if one.startswith("given")} == {said}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "3、您对该品牌的总体印象如何？请用1-10分评价，1分表示“非常差”，10分表示“非常好”。",
            "您对该品牌的总体印象如何",
        ),
        (
            "Q7. How satisfied are you? Please answer on a scale from 1 to 10, where 1 means …",
            "how satisfied are you",
        ),
        ("总体满意度[单选题]*", "总体满意度"),
    ],
)
def test_a_question_is_compared_without_number_marks_and_scale(text, left):
    assert bare(text) == left


CCSI = load_instrument("ccsi")
ANCHORED = "{}（1=非常满意，10=非常不满意）"


def ccsi_proposal(write, header: str, *rows: str) -> Proposal:
    return propose(recognised(read_file(write(*rows, header=header))), CCSI)


def labelled_file(folder: Path, low: str, high: str) -> Path:
    """An SPSS file of all items, their scale's ends labelled."""
    path = folder / "own.sav"
    items = [one.id for one in CCSI.items]
    frame = pd.DataFrame(
        [[1 + (k + row) % 10 for k in range(len(items))] for row in range(40)], columns=items
    )
    pyreadstat.write_sav(
        frame, str(path), column_labels={one.id: one.question.zh for one in CCSI.items},
        variable_value_labels={one: {1: low, 10: high} for one in items},
    )  # fmt: skip
    return path


@pytest.mark.parametrize(("low", "high"), [("非常满意", "非常不满意"), ("very good", "very poor")])
def test_labels_that_run_from_good_to_bad_are_a_question_with_reverse_offered(tmp_path, low, high):
    draft = draft_map(labelled_file(tmp_path, low, high), CCSI, "mine")
    wide = [one.id for one in CCSI.items if one.scale.max - one.scale.min > 1]
    assert {one.meaning for one in draft.proposal.questions} == set(wide)
    assert all("from good to bad" in one.why for one in draft.proposal.questions)
    assert '# IMA1: {column: "IMA1", reverse: true}' in draft.text.replace("'", '"')
    chosen = draft.text.replace("  # IMA1: {", "  IMA1: {").replace("# items:", "items:")
    assert map_from_text(chosen, "m").reversed_items == {"IMA1"}
    assert draft.checked is None
    straight = draft_map(labelled_file(tmp_path, high, low), CCSI, "mine")
    assert straight.proposal.questions == ()


def test_reversed_ends_are_seen_in_cells_and_in_headers(write):
    words = ["1分（非常满意）", "5分（一般）", "10分（非常不满意）"]
    items = [one for one in CCSI.items if one.scale.max == 10]
    rows = [",".join(words[row % 3] for _ in items) for row in range(12)]
    by_cells = ccsi_proposal(write, ",".join(one.label.zh for one in items), *rows)
    numbers = [",".join(str(1 + row % 10) for _ in items) for row in range(12)]
    by_header = ccsi_proposal(
        write, ",".join(f'"{ANCHORED.format(one.label.zh)}"' for one in items), *numbers
    )
    for proposal in (by_cells, by_header):
        turned = {one.meaning for one in proposal.questions if "from good to bad" in one.why}
        assert turned >= {"SAT1", "QUA1", "IMA1"}
        assert not {one.meaning for one in proposal.matches if one.kind == "item"}


@pytest.mark.parametrize(
    "asked",
    ["竞争对手的{}", "{}（去年）", "Competitor: {}", "{} - last year", "其他品牌的{}", "{}（上一年）"],
)
def test_a_battery_of_a_competitor_or_of_last_year_is_a_question_and_never_the_item(write, asked):
    language = "en" if asked.isascii() else "zh"
    names = [one.label.text(language) for one in CCSI.items]
    cells = ",".join("1" if one.scale.max == 1 else "8" for one in CCSI.items)
    others = [asked.format(one) for one in names]
    alone = ccsi_proposal(write, ",".join(f'"{one}"' for one in others), *[cells] * 4)
    assert not [one for one in alone.matches if one.kind == "item"]
    assert len([one for one in alone.questions if one.kind == "item"]) >= 0.8 * len(names)
    beside = ccsi_proposal(
        write, ",".join(f'"{one}"' for one in [*others, *names]), *[f"{cells},{cells}"] * 4
    )
    found = {one.meaning: one.column for one in beside.matches if one.kind == "item"}
    assert not set(found.values()) & set(others)
    assert len(found) >= 0.8 * len(names)


def test_a_file_of_another_survey_is_one_sentence_and_no_map(tmp_path, capsys):
    path, out = tmp_path / "schools.csv", tmp_path / "map.yaml"
    path.write_text(
        "cds,api00,meals,ell\n" + "\n".join(f"{k},{600 + k},{k % 90},{k % 70}" for k in range(30))
    )
    with pytest.raises(SystemExit) as stopped:
        main(["map", str(path), "--instrument", "ccsi", "--out", str(out)])
    told = capsys.readouterr().err
    assert (stopped.value.code, out.exists(), told.count("\n")) == (2, False, 1)
    assert (
        "it looks like another survey: columns were found for 0 of the 20 questions of instrument ccsi"
        in told
    )


def test_a_sheet_of_a_file_without_sheets_is_refused(tmp_path, capsys):
    path = tmp_path / "one.csv"
    path.write_text("a,b\n1,2\n")
    for command in ("map", "check"):
        with pytest.raises(SystemExit) as stopped:
            main([command, str(path), "--instrument", "ccsi", "--sheet", "Data"])
        assert stopped.value.code == 2
        assert "only a workbook has sheets" in capsys.readouterr().err


@pytest.mark.parametrize("turned", [False, True])
def test_two_languages_options_and_other_in_one_file_are_read_at_once(write, turned):
    ends = [("非常差", "very poor"), ("非常好", "very good")][:: -1 if turned else 1]
    options = [f"您使用过哪些服务[{one}]" for one in ("网点", "网银", "其他")]
    head = [
        "编号",
        "品牌",
        *options,
        "其他，请注明",
        *(f"{one.label.zh} / {one.label.en}" for one in CCSI.items),
    ]
    rows = []
    for k in range(40):
        answers = [1 + (k + j) % 10 for j in range(len(CCSI.items))]
        label = {1: ends[0][k % 2], 10: ends[1][k % 2]}
        cells = [f"{one} - {label[one]}" if one in label else str(one) for one in answers]
        rows.append(
            [f"r{k}", "AB"[k % 2], str(k % 2), "1", str(int(k % 7 == 0)), "代办" * (k % 7 == 0), *cells]
        )
    path = write(*(",".join(row) for row in rows), header=",".join(head))
    draft = draft_map(path, CCSI, "mine")
    assert draft.proposal.left == (*options, "其他，请注明")
    if turned:
        assert {one.meaning for one in draft.proposal.questions} == set(CCSI.item_ids)
    else:
        assert draft.checked is not None
        assert (draft.proposal.questions, draft.checked.rows_accepted) == ((), 40)


def test_a_map_that_cannot_be_written_leaves_nothing_half_written(write, tmp_path, monkeypatch, capsys):
    path = write(*[ANSWERS] * 4, header=ITEMS)
    out = tmp_path / "maps" / "mine.yaml"
    out.parent.mkdir()
    monkeypatch.setattr("ncsi.atomic.put", lambda *_: 1 / 0)  # killed before the finished file has its name
    with pytest.raises(ZeroDivisionError):
        main(["map", str(path), "--instrument", "acsi", "--out", str(out)])
    assert list(out.parent.iterdir()) == []


def test_whether_something_happened_last_year_is_no_battery_of_last_year(write):
    names = [
        one.label.zh if one.id != "COMP" else "您去年是否投诉过" for one in load_instrument("acsi").items
    ]
    _, proposal = proposal_of(write, ",".join(names), *[ANSWERS] * 4)
    assert "COMP" in {one.meaning for one in proposal.matches}
