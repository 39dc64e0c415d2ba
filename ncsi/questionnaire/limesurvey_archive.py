"""LimeSurvey's survey archive (.lss), as its export writes it: tables of fields and rows, texts in some of their own.

Source: LimeSurvey, application/helpers/export_helper.php and models (Survey, QuestionGroup, Question, Answer and their
tables of texts), of version 4 on.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from ncsi.questionnaire.limesurvey import LANGUAGES, in_language, question_code, refuse_codes, relevance
from ncsi.questionnaire.questions import Question
from ncsi.spec import Instrument

_VERSION = "623"
"""Of the tables, as of LimeSurvey 6."""
_SID = "100001"
"""A survey's number; importing gives another where it is taken."""

Row = Mapping[str, str]


def limesurvey_archive(instrument: Instrument, questions: tuple[Question, ...]) -> bytes:
    """The archive's bytes (utf-8). SpecError where LimeSurvey cannot hold a code."""
    refuse_codes(instrument, questions)
    document = Element("document")
    SubElement(document, "LimeSurveyDocType").text = "Survey"
    SubElement(document, "DBVersion").text = _VERSION
    languages = SubElement(document, "languages")
    for code in LANGUAGES:
        SubElement(languages, "language").text = code
    for name, rows in _tables(instrument, questions).items():
        _table(document, name, rows)
    indent(document, " ")
    out = io.BytesIO()
    ElementTree(document).write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue()


def _tables(instrument: Instrument, questions: tuple[Question, ...]) -> dict[str, list[Row]]:
    """The tables by name, in the order of LimeSurvey's own export."""
    parts: dict[str, list[Row]] = {
        "answers": [], "answer_l10ns": [], "groups": [], "group_l10ns": [], "questions": [], "question_l10ns": [],
    }  # fmt: skip
    number = 0
    for place, (_, inside) in enumerate(groupby(questions, key=lambda one: one.group), 1):
        members = list(inside)
        gid = str(place)
        parts["groups"].append(
            {"gid": gid, "sid": _SID, "group_order": gid, "randomization_group": "", "grelevance": "1"}
        )
        parts["group_l10ns"] += [
            {"id": str(len(parts["group_l10ns"]) + k), "gid": gid, "description": "", "language": code,
             "group_name": in_language(members[0].group_label, key)}
            for k, (code, key) in enumerate(LANGUAGES.items(), 1)
        ]  # fmt: skip
        for order, one in enumerate(members, 1):
            number += 1
            _question(parts, one, str(number), gid, str(order))
    return {**parts, "surveys": [_survey()], "surveys_languagesettings": _settings(instrument)}


def _question(parts: dict[str, list[Row]], one: Question, qid: str, gid: str, order: str) -> None:
    parts["questions"].append(
        {
            "qid": qid, "parent_qid": "0", "sid": _SID, "gid": gid, "type": "L", "title": question_code(one.id),
            "preg": "", "other": "N", "mandatory": "Y" if one.required else "N", "encrypted": "N",
            "question_order": order, "scale_id": "0", "same_default": "0", "relevance": relevance(one),
            "question_theme_name": "listradio", "modulename": "", "same_script": "0",
        }
    )  # fmt: skip
    for code, key in LANGUAGES.items():
        parts["question_l10ns"].append(
            {"id": str(len(parts["question_l10ns"]) + 1), "qid": qid, "question": in_language(one.text, key),
             "help": "", "script": "", "language": code}
        )  # fmt: skip
    for place, choice in enumerate(one.choices, 1):
        aid = str(len(parts["answers"]) + 1)
        parts["answers"].append(
            {"aid": aid, "qid": qid, "code": choice.code, "sortorder": str(place), "assessment_value": "0",
             "scale_id": "0"}
        )  # fmt: skip
        for code, key in LANGUAGES.items():
            parts["answer_l10ns"].append(
                {"id": str(len(parts["answer_l10ns"]) + 1), "aid": aid, "answer": in_language(choice.label, key),
                 "language": code}
            )  # fmt: skip


def _survey() -> Row:
    first, *others = LANGUAGES
    return {
        "sid": _SID, "gsid": "1", "active": "N", "anonymized": "Y", "format": "G", "savetimings": "Y",
        "language": first, "additional_languages": " ".join(others), "datestamp": "Y", "usecookie": "N",
        "allowregister": "N", "allowsave": "Y", "printanswers": "N", "ipaddr": "N", "refurl": "N", "listpublic": "N",
        "tokenlength": "15", "showprogress": "Y", "showwelcome": "N", "questionindex": "0",
    }  # fmt: skip


def _settings(instrument: Instrument) -> list[Row]:
    return [
        {"surveyls_survey_id": _SID, "surveyls_language": code, "surveyls_title": in_language(instrument.label, key),
         "surveyls_description": "", "surveyls_welcometext": "", "surveyls_endtext": ""}
        for code, key in LANGUAGES.items()
    ]  # fmt: skip


def _table(document: Element, name: str, rows: Sequence[Row]) -> None:
    """A table as its fields and its rows; one without rows is left out, as LimeSurvey does."""
    if not rows:
        return
    table = SubElement(document, name)
    fields = SubElement(table, "fields")
    for field in rows[0]:
        SubElement(fields, "fieldname").text = field
    body = SubElement(table, "rows")
    for row in rows:
        cells = SubElement(body, "row")
        for field, text in row.items():
            SubElement(cells, field).text = text or None
