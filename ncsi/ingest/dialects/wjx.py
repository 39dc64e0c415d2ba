"""问卷星 (wjx): six leading columns, then `1、question`; answers as texts, as scores or as option numbers."""

from __future__ import annotations

import re

from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.registry import Export, dialect
from ncsi.ingest.dialects.scored_words import scored
from ncsi.ingest.read import TextTable

_ROLES = {"序号": "respondent", "提交答卷时间": "submitted_at", "所用时间": "duration_s"}
_OWN = frozenset({"来源", "来源详情", "来自IP", "总分", "总得分", "来自渠道", "扩展属性", "昵称", "头像"})
_QUESTION = re.compile(r"\s*(\d+)\s*[、.．]\s*(.*?)\s*", re.DOTALL)
_OPTION = re.compile(r"\s*第\s*(\d+)\s*题\s*[(（](.*)[)）]\s*", re.DOTALL)
_MISSING = {"not_asked": ("-3", "(跳过)"), "blank": ("-2", "(空)")}
_SCORE = re.compile(r"\d{1,3}\s*分?")
_NUMBER = re.compile(r"-?\d+(\.0*)?")
_LOOKED_AT = 300


def _looks_like(table: TextTable) -> bool:
    return set(_ROLES) <= set(table.columns)


def _texts(table: TextTable) -> bool:
    """By text: some answer to a numbered question is neither a number nor a platform's code."""
    return _looks_like(table) and any(
        not _NUMBER.fullmatch(word) and not _is_missing(word) for word in _words(table)
    )


def _scores(table: TextTable) -> bool:
    """By score: a sum of scores stands in the file, and every answer is a number."""
    return _looks_like(table) and bool({"总分", "总得分"} & set(table.columns)) and not _texts(table)


def _words(table: TextTable) -> set[str]:
    questions, head = [one.name for one in _columns(table) if one.number], table.blocks.head()
    return {
        word
        for name in questions
        for word in (str(value).strip() for value in head.column(name).slice(0, _LOOKED_AT).to_pylist())
        if word
    }


def _is_missing(word: str) -> bool:
    return any(word in codes for codes in _MISSING.values())


def _columns(table: TextTable) -> tuple[Column, ...]:
    found = []
    for name in table.columns:
        question, option = _QUESTION.fullmatch(name), _OPTION.fullmatch(name)
        if question:
            found.append(Column(name, question[2], number=question[1]))
        elif option:
            found.append(Column(name, option[2], key=f"{option[1]}({option[2]})"))
        else:
            found.append(Column(name))
    return tuple(found)


@dialect("wjx_score", order=10, looks_like=_scores, fits=_looks_like)
def _by_score(table: TextTable) -> Export:
    return _export("wjx_score", table, {})


@dialect("wjx_text", order=11, looks_like=_texts, fits=_looks_like)
def _by_text(table: TextTable) -> Export:
    columns = [one.name for one in _columns(table) if one.number]
    return _export("wjx_text", table, {name: _scored(table, name) for name in columns})


@dialect("wjx_index", order=12, looks_like=_looks_like)
def _by_index(table: TextTable) -> Export:
    return _export("wjx_index", table, {})


def _export(name: str, table: TextTable, recode: dict[str, dict[str, str]]) -> Export:
    roles = {role: column for column, role in _ROLES.items()}
    return Export(name, table, _columns(table), roles, _OWN, _MISSING, recode)


def _scored(table: TextTable, column: str) -> dict[str, str]:
    """`8分`, `8` and `8分（满意）` are the code 8; other texts are left to the map."""
    words = table.words(column)
    bare = {word: word.strip().removesuffix("分").strip() for word in words if _SCORE.fullmatch(word.strip())}
    return {**scored(words), **bare}
