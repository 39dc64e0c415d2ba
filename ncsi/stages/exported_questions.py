"""The questions that a file of answers holds, for an instrument of ours: one a column, with what was answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ncsi.ingest.cells import coded, spelling, whole_number
from ncsi.ingest.dialects import Export, recognised
from ncsi.ingest.dialects.column_names import Column, plain_text
from ncsi.ingest.dialects.scored_words import scored
from ncsi.ingest.dialects.value_labels import kind_of
from ncsi.ingest.personal_data import personal_kind
from ncsi.ingest.read import TextTable
from ncsi.questionnaire.taken import LONGEST, NOBODY, Variable

_CODED = re.compile(r"[A-Za-z][\w.\-]{0,40}(?:\[[\w.\-]{1,20}\])?")
_OF_BATTERY = (
    re.compile(r"\[(?P<row>[^\[\]]*)\]\s*(?P<main>.{3,})", re.DOTALL),
    re.compile(r"(?P<main>.{3,}?)\s*\[(?P<row>[^\[\]]*)\]", re.DOTALL),
    re.compile(r"(?P<main>.{3,})\s*(?: [-–—] |[—:：])\s*(?P<row>.+)", re.DOTALL),
)
"""A row of an array, before the words that its rows share or behind them: `[Bar] Where?`, `Where? [Bar]`,
`Where? - Bar`."""
_KEYED = re.compile(r"(\d+)\(.*\)|([A-Za-z]\w*)\[.*\]", re.DOTALL)
"""A question's number or code with that of its row: 问卷星 `6(运动)`, LimeSurvey `IMAG[1]`."""
_USUAL_MISSING = frozenset({-9, -8, -7, -3, -2, -1, 77, 88, 97, 98, 99, 997, 998, 999, 9998, 9999})
"""Codes that files give to missing answers by custom (SPSS, 问卷星, telephone surveys); only beyond the scale."""


def questions_in(table: TextTable) -> tuple[Variable, ...]:
    """The columns of a file of answers that are questions: without those of its platform, in the file's order."""
    export = recognised(table)
    apart = {*export.roles.values(), *export.own}
    by_platform = {spelling(code) for codes in export.missing.values() for code in codes}
    columns = [one for one in export.columns if one.name not in apart]
    arrays = Counter(_row(one)[0] for one in columns)
    return _told_apart([_question(export, one, by_platform, arrays) for one in columns])


def _question(export: Export, column: Column, by_platform: set[str], arrays: Mapping[str, int]) -> Variable:
    main, row = _row(column)
    if arrays[main] < 2:
        main = row = ""
    book, name = export.table.codebook, column.name
    missing = tuple(spelling(one) for one in book.missing.get(name, ()))
    labels = {spelling(code): label for code, label in column.labels.items()}
    told = {code for code, label in labels.items() if kind_of(label) != "blank"}
    cells = dict.fromkeys(coded(export.table.values.column(name)).words)
    read = {**scored(cells), **export.recode.get(name, {})}
    held = {spelling(read.get(word, word)) for word in cells} - {"", *missing, *by_platform}
    return _with_values(
        Variable(_name(column), _text(column), tuple(labels.items()), missing, None, main, label=row),
        held - told,
        {code for code in labels if code not in {*told, *missing}},
    )


def _told_apart(found: Sequence[Variable]) -> tuple[Variable, ...]:
    """Rows of one numbered question by their places in it: `Q2_1`, `Q2_2`."""
    many, places = Counter(one.name for one in found), Counter[str]()
    named = []
    for one in found:
        places[one.name] += 1
        place = f"_{places[one.name]}" if many[one.name] > 1 else ""
        named.append(replace(one, name=f"{one.name}{place}"))
    return tuple(named)


def _with_values(one: Variable, held: set[str], labelled: set[str]) -> Variable:
    """With the whole numbers that are answered or labelled, or why it has none that could be a scale."""
    numbers = {text: whole_number(text) for text in held | labelled}
    if not numbers:
        return replace(one, why=NOBODY)
    if any(number is None for number in numbers.values()):
        return replace(one, why=_of_words({text for text, number in numbers.items() if number is None}))
    whole = {number for number in numbers.values() if number is not None}
    beyond = {number for number in whole if number in _USUAL_MISSING and not 0 <= number < LONGEST}
    if whole - beyond and max(whole - beyond) - min(whole - beyond) < LONGEST:
        missing = (*one.missing, *(str(number) for number in sorted(beyond)))
        one, whole = replace(one, missing=missing), whole - beyond
    if min(whole) < 0 or max(whole) - min(whole) >= LONGEST:
        return replace(one, why="its numbers are no scale of at most eleven answers")
    return replace(one, values=tuple(sorted(whole)))


def _of_words(words: set[str]) -> str:
    """Why a column of words is no item; no word of it is told."""
    if any(personal_kind(word) for word in list(words)[:200]):
        return "it holds what may tell a person"
    return "its answers are no whole numbers" if len(words) < 100 else "its answers are texts"


def _name(column: Column) -> str:
    """What commands call it: its code, `Q6` where the platform numbers it, else its header."""
    for text in (column.name, column.key):
        if _CODED.fullmatch(text):
            return text
    return f"Q{column.number}" if column.number else column.name


def _text(column: Column) -> str:
    """Its question; the words of an array's row, and those that its rows share."""
    return "" if plain_text(column.text) == plain_text(_name(column)) else column.text


def _row(column: Column) -> tuple[str, str]:
    """What the rows of one array or of one multiple choice share, and the row's own words; empty where it stands
    alone."""
    text = plain_text(column.text)
    found = next((one for pattern in _OF_BATTERY if (one := pattern.fullmatch(text))), None)
    row = found["row"].split("|")[0].strip(" :：") if found else ""
    if keyed := _KEYED.fullmatch(column.key):
        return keyed[1] or keyed[2], row or text
    return (found["main"].strip(), row) if found else ("", "")
