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
LANGUAGES = {"zh-Hans": "zh", "en": "en"}
"""LimeSurvey's languages, the first one a survey's own, and ours."""
_LONGEST_QUESTION, _LONGEST_ANSWER = 20, 5


def limesurvey(instrument: Instrument, questions: tuple[Question, ...]) -> bytes:
    """The structure file's bytes (utf-8 with BOM). SpecError where LimeSurvey cannot hold a code."""
    refuse_codes(instrument, questions)
    rows: list[dict[str, str]] = [
        {"class": "S", "name": "language", "text": next(iter(LANGUAGES))},
        {"class": "S", "name": "additional_languages", "text": " ".join(list(LANGUAGES)[1:])},
        {"class": "S", "name": "format", "text": "G"},
        {"class": "S", "name": "anonymized", "text": "Y"},
        {"class": "S", "name": "datestamp", "text": "Y"},
        {"class": "S", "name": "savetimings", "text": "Y"},
    ]
    for code, key in LANGUAGES.items():
        title = in_language(instrument.label, key)
        rows.append({"class": "SL", "name": "surveyls_title", "text": title, "language": code})
    for code, key in LANGUAGES.items():
        rows += _rows_in(questions, code, key)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS, restval="", delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _rows_in(questions: tuple[Question, ...], code: str, key: str) -> list[dict[str, str]]:
    rows, number = [], 0
    for place, (_, inside) in enumerate(groupby(questions, key=lambda one: one.group), 1):
        members = list(inside)
        title = in_language(members[0].group_label, key)
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
                    "relevance": relevance(one),
                    "text": in_language(one.text, key),
                    "language": code,
                    "mandatory": "Y" if one.required else "N",
                    "other": "N",
                }
            )
            rows += [
                {"class": "A", "type/scale": "0", "name": choice.code, "text": in_language(choice.label, key),
                 "language": code, "related_id": str(number)}
                for choice in one.choices
            ]  # fmt: skip
    return rows


def question_code(item: str) -> str:
    """An item id as LimeSurvey takes it: without underscores."""
    return item.replace("_", "")


def relevance(question: Question) -> str:
    """Of whom a question is asked, as LimeSurvey's expressions say it."""
    if question.asked_if is None:
        return "1"
    item, answers = question.asked_if
    return " or ".join(f'{question_code(item)}.NAOK == "{answer}"' for answer in answers)


def refuse_codes(instrument: Instrument, questions: tuple[Question, ...]) -> None:
    """Raise SpecError where LimeSurvey would cut a code, take two for one, or refuse it."""
    where, codes = f"instrument {instrument.id}", dict[str, str]()
    for one in questions:
        code = question_code(one.id)
        other = codes.setdefault(code, one.id)
        if other != one.id:
            raise SpecError(
                where, f"items {other} and {one.id} are one code to LimeSurvey, which takes no underscores",
                "Rename one of them",
            )  # fmt: skip
        if len(code) > _LONGEST_QUESTION:
            raise SpecError(
                where,
                f"item {one.id} is longer than the {_LONGEST_QUESTION} letters that LimeSurvey takes",
                "Rename it",
            )
        for choice in one.choices:
            if len(choice.code) > _LONGEST_ANSWER or not choice.code.lstrip("-").isalnum():
                raise SpecError(
                    where,
                    f"question {one.id} has the answer '{choice.code}', and LimeSurvey takes codes of "
                    f"{_LONGEST_ANSWER} letters and digits",
                    "Give it a shorter id; brands: in the wave file, or leave --wave and --sector out",
                )


def in_language(label: Label, key: str) -> str:
    """The label in `zh` or `en`."""
    return str(getattr(label, key))
