"""A plain sheet, one question a row: construct, item, question; what its columns are called, in Chinese or English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ncsi.errors import ReadError
from ncsi.questionnaire.asked import Asked, Survey, Words, plain, words

_HEADS: Mapping[str, str] = {
    "construct": r"construct|latent( variable)?|dimension|构念|构面|潜变量|维度|一级指标|结构变量",
    "item": r"item|code|variable|name|题项|题号|编号|代码|变量名?",
    "question": r"question( text)?|text|wording|statement|问题|题目|题干|问卷题目|提问",
    "question_zh": r"question[ _.(（]*(zh|chinese|中文)\W*|中文(问题|题目|题干)?|(问题|题目|题干)\W*中文\W*",
    "question_en": r"question[ _.(（]*(en|english|英文)\W*|英文(问题|题目|题干)?|(问题|题目|题干)\W*英文\W*",
    "label": r"label|short( name)?|indicator|标签|简称|二级指标|指标名?称?",
    "scale": r"scale|answers|range|量表|分值|刻度|取值",
}
_ASKS = frozenset({"question", "question_zh", "question_en"})
_SCALE = re.compile(r"^\s*(-?\d+)\s*分?\s*(?:[-–—~～至到]|to)\s*(-?\d+)\s*分?\s*$")


def from_sheet(name: str, rows: Sequence[Mapping[str, str]], numbers: Sequence[int], above: str) -> Survey:
    """The survey of the sheet's rows, whose numbers messages tell. `above` is what a merged cell holds.

    A construct that is left empty, or merged, is the one above. Raises ReadError: no such columns, a scale that is
    none, a question without construct or words.
    """
    columns = _columns(name, rows[0])
    found: list[Asked] = []
    construct = ""
    for number, row in zip(numbers, rows, strict=True):
        cells = {what: row[head].strip() for what, head in columns.items()}
        cells = {what: "" if text == above else text for what, text in cells.items()}
        construct = cells["construct"] or construct
        texts = Words(plain(cells.get("question_zh", "")), plain(cells.get("question_en", "")))
        texts = texts.and_not(words(cells.get("question", "")))
        if not texts.any and not cells.get("item"):
            continue
        if not construct or not texts.any:
            lacking = "construct" if not construct else "question"
            raise ReadError(f"{name}, row {number}", f"it has no {lacking}", f"Fill in its {lacking}")
        found.append(
            Asked(
                cells.get("item", ""), texts, construct, words(construct), rating=True,
                span=_scale(f"{name}, row {number}", cells.get("scale", "")), label=words(cells.get("label", "")),
            )
        )  # fmt: skip
    return Survey(Words(), tuple(found))


def is_sheet(heads: Iterable[str]) -> bool:
    """Whether the columns are those of a sheet of questions: a construct, and what is asked."""
    found = _meaning(heads)
    return "construct" in found and bool(_ASKS & set(found))


def _columns(name: str, row: Mapping[str, str]) -> dict[str, str]:
    if not is_sheet(row):
        raise ReadError(
            name,
            f"its columns are {', '.join(head[:30] for head in list(row)[:12])}",
            "Name them construct, item, question (结构变量, 题项, 问题); also scale (1-10), label, question_en",
        )
    return _meaning(row)


def _meaning(heads: Iterable[str]) -> dict[str, str]:
    """What a column holds → its head."""
    found: dict[str, str] = {}
    for head in heads:
        for what, pattern in _HEADS.items():
            if what not in found and re.fullmatch(pattern, head.strip(), re.IGNORECASE):
                found[what] = head
                break
    return found


def _scale(where: str, text: str) -> tuple[int, int]:
    if not text:
        return 1, 10
    told = _SCALE.match(text)
    if told is None or int(told[1]) >= int(told[2]):
        raise ReadError(
            where, f"its scale is '{text[:30]}'", "Write the lowest and the highest answer, as in 1-10"
        )
    return int(told[1]), int(told[2])
