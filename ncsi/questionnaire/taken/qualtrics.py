"""Qualtrics' survey file (.qsf): blocks, and questions with their choices, in the order of the blocks.

Source: Qualtrics, Survey Definitions (QuestionType, Selector, Choices, Answers, RecodeValues, DataExportTag).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ncsi.errors import ReadError
from ncsi.questionnaire.asked import Asked, Survey, Words, words

_NPS = (0, 10)


def from_qualtrics(name: str, content: bytes) -> Survey:
    """The survey of a .qsf file. Raises ReadError where it is none."""
    try:
        made = json.loads(content)
        elements = [one for one in made["SurveyElements"] if isinstance(one, dict)]
        title = str(made["SurveyEntry"]["SurveyName"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReadError(
            name, "it is no survey file of Qualtrics", "Use Tools → Export survey (.qsf)"
        ) from error
    questions = {
        str(one.get("PrimaryAttribute")): one["Payload"]
        for one in elements
        if one.get("Element") == "SQ" and isinstance(one.get("Payload"), dict)
    }
    found = [
        asked
        for block, qid in _order(elements)
        for asked in _asked(questions.get(qid, {}), block)
        if asked.words.any
    ]
    return Survey(words(title), tuple(found))


def _order(elements: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Block and question in the order of the blocks; the bin of deleted questions aside."""
    for one in elements:
        if one.get("Element") == "BL":
            for block in _values(one.get("Payload")):
                if block.get("Type") != "Trash":
                    for part in _values(block.get("BlockElements")):
                        if part.get("Type") == "Question":
                            yield str(block.get("Description", "")), str(part.get("QuestionID"))


def _asked(payload: dict[str, Any], block: str) -> list[Asked]:
    tag, text = str(payload.get("DataExportTag", "")), _words(payload, "QuestionText")
    kind, selector = payload.get("QuestionType"), str(payload.get("Selector", ""))
    group = words(block)
    if kind == "Matrix":
        rows = _ordered(payload, "Choices", "ChoiceOrder")
        codes = _codes(payload, "Answers", "AnswerOrder")
        tags = payload.get("ChoiceDataExportTags") or {}
        return [
            Asked(
                str(tags.get(key) or f"{tag}_{key}") if isinstance(tags, dict) else f"{tag}_{key}",
                said.and_not(text), block, group, codes, selector in ("Likert", "Bipolar"),
            )
            for key, said in rows
        ]  # fmt: skip
    if kind == "Slider":
        return [
            Asked(f"{tag}_{key}", said.and_not(text), block, group, rating=False)
            for key, said in _ordered(payload, "Choices", "ChoiceOrder")
        ]
    if kind != "MC":
        return [Asked(tag, text, block, group, rating=False)]
    if selector == "NPS":
        return [Asked(tag, text, block, group, rating=True, span=_NPS)]
    single = selector.startswith(("SA", "DL"))
    return [
        Asked(tag, text, block, group, _codes(payload, "Choices", "ChoiceOrder"), None if single else False)
    ]


def _codes(payload: dict[str, Any], what: str, order: str) -> tuple[tuple[str, Words], ...]:
    """Codes as an export of numeric values has them, with their words."""
    recoded = payload.get("RecodeValues")
    recoded = recoded if isinstance(recoded, dict) else {}
    return tuple((str(recoded.get(key, key)), said) for key, said in _ordered(payload, what, order))


def _ordered(payload: dict[str, Any], what: str, order: str) -> list[tuple[str, Words]]:
    given = payload.get(what)
    if isinstance(given, list):  # keys from 1 are sometimes written as a list
        given = {str(k): one for k, one in enumerate(given, 1)}
    if not isinstance(given, dict):
        return []
    keys = [str(one) for one in payload.get(order) or given]
    return [(key, _words(given[key], "Display")) for key in keys if isinstance(given.get(key), dict)]


def _words(holder: dict[str, Any], key: str) -> Words:
    """The text, with that of a translation where there is one."""
    found, languages = words(str(holder.get(key) or "")), holder.get("Language")
    if isinstance(languages, dict):
        for language, one in languages.items():
            if isinstance(one, dict) and one.get(key):
                found = found.and_not(words(str(one[key]), str(language)))
    return found


def _values(given: Any) -> list[dict[str, Any]]:
    """Items of a list, or of a mapping of numbers, which Qualtrics writes for one as well."""
    if isinstance(given, dict):
        given = list(given.values())
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
