"""XLSForm (KoboToolbox, ODK, SurveyCTO): survey, choices and settings, in Chinese and English.

Source: the XLSForm reference, xlsform.org.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from itertools import groupby

import xlsxwriter

from ncsi.questionnaire.questions import Choice, Question
from ncsi.spec import Instrument, Label

_ZH, _EN = "label::中文(zh)", "label::English(en)"


def xlsform(instrument: Instrument, questions: tuple[Question, ...]) -> bytes:
    """The workbook's bytes; the same instrument gives the same."""
    lists: dict[tuple[Choice, ...], str] = {}
    survey = [["type", "name", _ZH, _EN, "required", "relevant", "appearance"]]
    survey += [[kind, kind, "", "", "", "", ""] for kind in ("start", "end")]
    for group, inside in groupby(questions, key=lambda one: one.group):
        members = list(inside)
        survey.append(["begin_group", group, *_both(members[0].group_label), "", "", ""])
        for one in members:
            name = lists.setdefault(one.choices, f"answers_{len(lists) + 1}")
            survey.append(
                [f"select_one {name}", one.id, *_both(one.text), "yes" if one.required else "", _relevant(one),
                 "likert" if len(one.choices) <= 12 else "minimal"]
            )  # fmt: skip
        survey.append(["end_group", "", "", "", "", "", ""])
    choices = [["list_name", "name", _ZH, _EN]]
    choices += [[name, one.code, *_both(one.label)] for codes, name in lists.items() for one in codes]
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [instrument.label.zh, f"ncsi_{instrument.id}", instrument.version, "中文(zh)"],
    ]
    return _workbook({"survey": survey, "choices": choices, "settings": settings})


def _relevant(question: Question) -> str:
    if question.asked_if is None:
        return ""
    item, answers = question.asked_if
    return " or ".join(f"${{{item}}} = '{answer}'" for answer in answers)


def _both(label: Label) -> list[str]:
    return [label.zh, label.en]


def _workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _epoch()})
        head = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text, head if number == 0 else None)
            sheet.autofit()
    return out.getvalue()


def _epoch() -> datetime:
    """A fixed date of creation, so that the same instrument gives the same bytes."""
    return datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
