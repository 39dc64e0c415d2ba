"""LimeSurvey's tab-separated survey structure: settings, groups, questions and answers, once a language.

Source: LimeSurvey manual, "Tab Separated Value survey structure". Codes there hold letters and digits only.
"""

from __future__ import annotations

import csv
import io
from itertools import groupby

from ncsi.errors import SpecError
from ncsi.questionnaire.questions import Question
from ncsi.spec import Instrument, Label

_COLUMNS = (
    "id", "related_id", "class", "type/scale", "name", "relevance", "text", "help", "language", "validation",
    "mandatory", "other", "default", "same_default", "allowed_filetypes",
)  # fmt: skip
_LANGUAGES = {"zh-Hans": "zh", "en": "en"}


def limesurvey(instrument: Instrument, questions: tuple[Question, ...]) -> bytes:
    """The structure file's bytes (utf-8 with BOM). SpecError when two ids differ by an underscore only."""
    _refuse_alike(instrument, questions)
    rows: list[dict[str, str]] = [
        {"class": "S", "name": "language", "text": next(iter(_LANGUAGES))},
        {"class": "S", "name": "additional_languages", "text": " ".join(list(_LANGUAGES)[1:])},
        {"class": "S", "name": "format", "text": "G"},
        {"class": "S", "name": "anonymized", "text": "Y"},
        {"class": "S", "name": "datestamp", "text": "Y"},
        {"class": "S", "name": "savetimings", "text": "Y"},
    ]
    for code, key in _LANGUAGES.items():
        title = _in(instrument.label, key)
        rows.append({"class": "SL", "name": "surveyls_title", "text": title, "language": code})
    for code, key in _LANGUAGES.items():
        rows += _in_language(questions, code, key)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS, restval="", delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _in_language(questions: tuple[Question, ...], code: str, key: str) -> list[dict[str, str]]:
    rows, number = [], 0
    for place, (_, inside) in enumerate(groupby(questions, key=lambda one: one.group), 1):
        members = list(inside)
        title = _in(members[0].group_label, key)
        rows.append(
            {"id": str(place), "class": "G", "type/scale": str(place), "name": title, "language": code}
        )
        for one in members:
            number += 1
            rows.append(
                {
                    "id": str(number),
                    "class": "Q",
                    "type/scale": "L",
                    "name": question_code(one.id),
                    "relevance": _relevance(one),
                    "text": _in(one.text, key),
                    "language": code,
                    "mandatory": "Y" if one.required else "N",
                    "other": "N",
                }
            )
            rows += [
                {"class": "A", "type/scale": "0", "name": choice.code, "text": _in(choice.label, key), "language": code,
                 "related_id": str(number)}
                for choice in one.choices
            ]  # fmt: skip
    return rows


def question_code(item: str) -> str:
    """An item id as LimeSurvey takes it: without underscores."""
    return item.replace("_", "")


def _relevance(question: Question) -> str:
    if question.asked_if is None:
        return "1"
    item, answers = question.asked_if
    return " or ".join(f'{question_code(item)}.NAOK == "{answer}"' for answer in answers)


def _refuse_alike(instrument: Instrument, questions: tuple[Question, ...]) -> None:
    codes: dict[str, str] = {}
    for one in questions:
        other = codes.setdefault(question_code(one.id), one.id)
        if other != one.id:
            raise SpecError(
                f"instrument {instrument.id}",
                f"items {other} and {one.id} are one code to LimeSurvey, which takes no underscores",
                "Rename one of them",
            )


def _in(label: Label, key: str) -> str:
    return str(getattr(label, key))
