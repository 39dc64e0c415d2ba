"""A survey with known truth as each platform exports it: for measuring how well exports are read and mapped."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from ncsi.simulate.worded_survey import Asked, Survey

_WORDS = {1: "非常不满意", 10: "非常满意"}


@dataclass(frozen=True, slots=True)
class Written:
    """An export: its file, and what is true of it: meaning → header, as the reader names it."""

    path: Path
    truth: Mapping[str, str]


_Grid = tuple[list[list[str]], dict[str, str]]


def _wjx(survey: Survey, words: Callable[[str], str] | None = None) -> _Grid:
    head = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
    names = [f"{k}、{one.text}" for k, one in enumerate(survey.questions, 1)]
    lead = [
        [str(k), f"2026/3/{1 + k % 28} 10:00:05", f"{60 + k}秒", "微信", "N/A", f"192.0.2.{k % 250}"]
        for k in range(1, survey.rows + 1)
    ]
    body = [
        [words(one.answers[k]) if words and _is_item(one) else one.answers[k] for one in survey.questions]
        for k in range(survey.rows)
    ]
    return [[*head, *names], *([*a, *b] for a, b in zip(lead, body, strict=True))], _truth(survey, names)


def _is_item(one: Asked) -> bool:
    return one.meaning not in ("", "brand", "region", "weight")


def _truth(survey: Survey, names: Sequence[str]) -> dict[str, str]:
    return {one.meaning: name for one, name in zip(survey.questions, names, strict=True) if one.meaning}


def _labelled(answer: str) -> str:
    """问卷星 by text: every point in 分, the end points with their label."""
    word = _WORDS.get(int(answer), "")
    return f"{answer}分（{word}）" if word else f"{answer}分"


def _numbered(survey: Survey) -> list[str]:
    """`Q2_3`: the third question of the second block, as platforms number grids; a single question is `Q2`."""
    blocks = list(dict.fromkeys(one.block for one in survey.questions))
    within: dict[str, int] = {}
    sizes = {block: sum(one.block == block for one in survey.questions) for block in blocks}
    names = []
    for one in survey.questions:
        within[one.block] = within.get(one.block, 0) + 1
        number = blocks.index(one.block) + 1
        names.append(f"Q{number}" if sizes[one.block] == 1 else f"Q{number}_{within[one.block]}")
    return names


def _qualtrics(survey: Survey) -> _Grid:
    lead = {
        "StartDate": "Start Date", "EndDate": "End Date", "Status": "Response Type", "IPAddress": "IP Address",
        "Progress": "Progress", "Duration (in seconds)": "Duration (in seconds)", "Finished": "Finished",
        "RecordedDate": "Recorded Date", "ResponseId": "Response ID", "DistributionChannel": "Distribution Channel",
        "UserLanguage": "User Language",
    }  # fmt: skip
    names = _numbered(survey)
    texts = [
        f"Please rate your provider. - {one.text}" if _is_item(one) else one.text for one in survey.questions
    ]
    keys = [json.dumps({"ImportId": one}) for one in [*lead, *(f"QID{k}" for k in range(len(names)))]]
    rows = [
        ["2026-03-01 10:00:00", "2026-03-01 10:05:00", "0", "192.0.2.1", "100", str(100 + k), "1",
         "2026-03-01 10:05:01", f"R_{k:05d}", "anonymous", "EN", *survey.row(k)]
        for k in range(survey.rows)
    ]  # fmt: skip
    return [[*lead, *names], [*lead.values(), *texts], keys, *rows], _truth(survey, names)


def _limesurvey(survey: Survey, form: str) -> _Grid:
    if form == "code":
        lead = ["id", "submitdate", "lastpage", "startlanguage", "seed"]
    elif form == "both":
        lead = [
            "id. Response ID", "submitdate. Date submitted", "lastpage. Last page", "startlanguage. Start language",
            "seed. Seed",
        ]  # fmt: skip
    else:
        lead = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]
    places: dict[str, int] = {}
    names = []
    for one in survey.questions:
        places[one.block] = places.get(one.block, 0) + 1
        code = f"G{one.block[:6]}[{places[one.block]:03d}]" if _is_item(one) else one.code
        names.append({"code": code, "both": f"{code}. {one.text}", "text": one.text}[form])
    rows = [[str(k + 1), "2026-03-01 10:05:00", "9", "en", "77", *survey.row(k)] for k in range(survey.rows)]
    return [[*lead, *names], *rows], _truth(survey, names)


def _fielded(survey: Survey) -> _Grid:
    """LimeSurvey with the codes that `ncsi instrument export` wrote."""
    grid, _ = _limesurvey(survey, "code")
    names = [one.code.replace("_", "") for one in survey.questions]
    grid[0] = [*grid[0][:5], *names]
    return grid, _truth(survey, names)


def _surveymonkey(survey: Survey) -> _Grid:
    lead = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address"]
    first, second, names, before = [*lead], [""] * len(lead), [], ""
    for one in survey.questions:
        grid = _is_item(one)
        stem = f"Please rate ({one.block})" if grid else one.text
        first.append("" if stem == before else stem)
        second.append(one.text if grid else "Response")
        names.append(f"{stem} [{one.text}]" if grid else one.text)
        before = stem
    rows = [
        [str(1000 + k), "1", "03/13/2026 10:00", "03/13/2026 10:05", "192.0.2.1", *survey.row(k)]
        for k in range(survey.rows)
    ]  # fmt: skip
    return [first, second, *rows], _truth(survey, names)


def _tencent(survey: Survey) -> _Grid:
    lead = ["编号", "开始答题时间", "结束答题时间", "答题时长", "IP"]
    names = [f"Q{k}.{one.text}" for k, one in enumerate(survey.questions, 1)]
    rows = [
        [str(k + 1), "2026-03-01 10:00:00", "2026-03-01 10:02:00", "120", "192.0.2.1",
         *survey.row(k)]
        for k in range(survey.rows)
    ]  # fmt: skip
    return [[*lead, *names], *rows], _truth(survey, names)


def _google(survey: Survey) -> _Grid:
    names = [
        f"Please rate each statement [{one.text}]" if _is_item(one) else one.text for one in survey.questions
    ]
    rows = [[f"3/{13 + k % 10}/2026 10:05:0{k % 10}", *survey.row(k)] for k in range(survey.rows)]
    return [["Timestamp", *names], *rows], _truth(survey, names)


def _microsoft(survey: Survey) -> _Grid:
    lead = ["ID", "Start time", "Completion time", "Email", "Name"]
    names = [one.text for one in survey.questions]
    rows = [
        [str(k + 1), "2026-03-01 10:00:00", "2026-03-01 10:05:00", "anonymous", "", *survey.row(k)]
        for k in range(survey.rows)
    ]  # fmt: skip
    return [[*lead, *names], *rows], _truth(survey, names)


def _kobo(survey: Survey) -> _Grid:
    names = [f"{one.block}/{one.code}" for one in survey.questions]
    rows = [
        ["2026-03-01T10:00:00", *survey.row(k), str(k), f"uuid-{k}", "2026-03-01T10:05:00"]
        for k in range(survey.rows)
    ]  # fmt: skip
    return [["start", *names, "_id", "_uuid", "_submission_time"], *rows], _truth(survey, names)


def _numbers_only(survey: Survey) -> _Grid:
    names = _numbered(survey)
    rows = [[str(k + 1), *survey.row(k)] for k in range(survey.rows)]
    return [["id", *names], *rows], _truth(survey, names)


def _texts(survey: Survey) -> _Grid:
    names = [one.text for one in survey.questions]
    rows = [[str(k + 1), *survey.row(k)] for k in range(survey.rows)]
    return [["编号", *names], *rows], _truth(survey, names)


def _csv(grid: list[list[str]], path: Path) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(grid)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def _workbook(grid: list[list[str]], path: Path) -> None:
    """A sheet of notes first; in the second, a title and a note above the header."""
    with xlsxwriter.Workbook(str(path)) as book:
        notes = book.add_worksheet("说明")
        notes.write_column(0, 0, ["本表由调查公司提供", "请勿修改", "联系人见合同"])
        sheet = book.add_worksheet("数据")
        sheet.write_string(0, 0, "2026 年满意度调查 Satisfaction survey")
        sheet.write_string(1, 0, "数据截至 2026-03-31")
        for row, cells in enumerate(grid, 3):
            for column, text in enumerate(cells):
                if text.isdigit():
                    sheet.write_number(row, column, int(text))
                else:
                    sheet.write_string(row, column, text)


_GRIDS: dict[str, Callable[[Survey], _Grid]] = {
    "wjx_text": lambda one: _wjx(one, _labelled),
    "wjx_index": _wjx,
    "qualtrics": _qualtrics,
    "limesurvey_fielded": _fielded,
    "limesurvey_both": lambda one: _limesurvey(one, "both"),
    "limesurvey_question": lambda one: _limesurvey(one, "text"),
    "surveymonkey": _surveymonkey,
    "tencent": _tencent,
    "kobo": _kobo,
    "google_forms": _google,
    "microsoft_forms": _microsoft,
    "excel_notes": _texts,
    "plain_blocks": _numbers_only,
}
PLATFORMS = tuple(_GRIDS)
"""Exports that `write_export` writes."""


def write_export(survey: Survey, platform: str, folder: Path) -> Written:
    """Write the survey as the platform exports it; what is true of the file comes with it."""
    grid, truth = _GRIDS[platform](survey)
    excel = platform == "excel_notes"
    path = folder / f"{platform}.{'xlsx' if excel else 'csv'}"
    (_workbook if excel else _csv)(grid, path)
    return Written(path, truth)
