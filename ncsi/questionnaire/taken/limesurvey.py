"""LimeSurvey's survey structure (.lss): tables of rows, of version 4 on with texts in tables of their own.

Source: LimeSurvey, application/helpers/export_helper.php, and the manual's list of question types.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from ncsi.errors import ReadError
from ncsi.questionnaire.asked import Asked, Survey, Words, words
from ncsi.questionnaire.taken.markup import xml_of

_ARRAYS = ("F", "H", "A", "B", "C", "E")
_RATED = {"5": 5, "A": 5, "B": 10}
"""Types that are a scale from 1 by themselves."""
_CHOICES = ("L", "!", "O", "G", "Y")

Row = Mapping[str, str]


def from_limesurvey(name: str, content: bytes) -> Survey:
    """The survey of a .lss file. Raises ReadError where it is none."""
    root = xml_of(name, content)
    if root.findtext("LimeSurveyDocType") != "Survey":
        raise ReadError(name, "it is no survey of LimeSurvey", "Export it as Survey structure (.lss)")
    tables = {one.tag: _rows(one) for one in root}
    texts = _Texts(tables)
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in tables.get("subquestions", ()):
        parts[row.get("parent_qid", "")].append(row)
    answers: dict[str, list[Row]] = defaultdict(list)
    for row in tables.get("answers", ()):
        if row.get("scale_id", "0") == "0":
            answers[row.get("qid", "")].append(row)
    groups = {
        row.get("gid", ""): place
        for place, row in enumerate(_ordered(tables.get("groups", ()), "group_order"))
    }
    heads = [one for one in tables.get("questions", ()) if one.get("parent_qid", "0") in ("0", "")]
    heads = _once(
        sorted(heads, key=lambda one: (groups.get(one.get("gid", ""), 0), _number(one, "question_order")))
    )
    found = [asked for head in heads for asked in _asked(head, parts, answers, texts)]
    return Survey(texts.title(), tuple(found))


def _asked(
    head: Row, parts: Mapping[str, list[Row]], answers: Mapping[str, list[Row]], texts: _Texts
) -> list[Asked]:
    kind, qid, gid = head.get("type", ""), head.get("qid", ""), head.get("gid", "")
    own = _once(_ordered(answers.get(qid, ()), "sortorder"), "code")
    choices = tuple((one.get("code", ""), texts.answer(one)) for one in own)
    rating = True if kind in _RATED or kind in _ARRAYS else None if kind in _CHOICES else False
    span = (1, _RATED[kind]) if kind in _RATED else None
    if kind not in _ARRAYS:
        return [
            Asked(head.get("title", ""), texts.question(head), gid, texts.group(gid), choices, rating, span)
        ]
    stem = texts.question(head)
    return [
        Asked(
            f"{head.get('title', '')}[{one.get('title', '')}]", texts.question(one).and_not(stem),
            gid, texts.group(gid), choices, rating, span,
        )
        for one in _once(_ordered(parts.get(qid, ()), "question_order"))
    ]  # fmt: skip


class _Texts:
    """Texts by what they are of, from the tables of either version."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self._questions = _by(("question_l10ns", "questions", "subquestions"), tables, "qid", "question")
        self._groups = _by(("group_l10ns", "groups"), tables, "gid", "group_name")
        self._answers = _by(("answer_l10ns",), tables, "aid", "answer")
        self._coded: dict[tuple[str, str], Words] = defaultdict(Words)
        for row in tables.get("answers", ()):
            key = (row.get("qid", ""), row.get("code", ""))
            self._coded[key] = self._coded[key].and_not(words(row.get("answer"), row.get("language", "")))
        self._titles = [
            words(row.get("surveyls_title"), row.get("surveyls_language", ""))
            for row in tables.get("surveys_languagesettings", ())
        ]

    def title(self) -> Words:
        """Of the survey."""
        found = Words()
        for one in self._titles:
            found = found.and_not(one)
        return found

    def question(self, row: Row) -> Words:
        """Of a question or a part of one."""
        return self._questions[row.get("qid", "")]

    def group(self, gid: str) -> Words:
        """Of a group of questions."""
        return self._groups[gid]

    def answer(self, row: Row) -> Words:
        """Of an answer."""
        return self._answers[row.get("aid", "")].and_not(
            self._coded[(row.get("qid", ""), row.get("code", ""))]
        )


def _by(
    names: Sequence[str], tables: Mapping[str, Sequence[Row]], key: str, text: str
) -> Mapping[str, Words]:
    found: dict[str, Words] = defaultdict(Words)
    for row in (row for name in names for row in tables.get(name, ())):
        if row.get(text):
            found[row.get(key, "")] = found[row.get(key, "")].and_not(
                words(row[text], row.get("language", ""))
            )
    return found


def _rows(table: Element) -> list[Row]:
    return [{cell.tag: (cell.text or "").strip() for cell in row} for row in table.iterfind("rows/row")]


def _ordered(rows: Sequence[Row], key: str) -> list[Row]:
    return sorted(rows, key=lambda one: _number(one, key))


def _number(row: Row, key: str) -> int:
    text = row.get(key, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _once(rows: Sequence[Row], key: str = "qid") -> list[Row]:
    """Rows of the earlier version come once a language."""
    return list({row.get(key, ""): row for row in reversed(rows)}.values())[::-1]
