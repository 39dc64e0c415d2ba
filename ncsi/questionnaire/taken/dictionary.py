"""The variables of a file of answers: their texts, labels of values, missing codes, and what was answered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ncsi.questionnaire.asked import Asked, Survey, Words, words

_NAME = re.compile(r"^(?P<stem>.*?[A-Za-z])[_.]?(?P<number>\d+)(?:[_.]?[A-Za-z])?$")
_ROW = re.compile(r"^(?P<stem>[A-Za-z]\w*?\d+)[_.](?:\d+|[A-Za-z]{1,8}\d*)$")
"""A row of an array: `Q7_1`, `Q7.SQ001`."""
_COUNTING = re.compile(r"[A-Za-z]|var|item|question|col(?:umn)?", re.IGNORECASE)
"""Stems that number the questions of a survey and say nothing of what goes together."""
LONGEST = 11
"""Answers of the longest scale that is taken for one where a file does not label its values: 0 to 10."""

ONE_ANSWER = "one answer only"
"""Why a variable is no item whose answers are all the same, so that nothing tells its scale."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its text, the labels of its codes, codes declared as missing, and the whole numbers it holds.

    `values` are the lowest and the highest and how many different ones; None where it holds anything else, and `why`
    says what. `battery`: what the rows of its array share, where the file says so; `label`: its own words then.
    """

    name: str
    text: str
    labels: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    values: tuple[int, int, int] | None
    battery: str = ""
    why: str = ""
    label: str = ""


def from_dictionary(title: str, variables: Iterable[Variable]) -> Survey:
    """The survey that the variables are of; those of one array, or whose names differ by a number, are one group."""
    held, found = tuple(variables), []
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in held:
        if one.values is not None:
            spans[_group(one)].append((min(1, one.values[0]), one.values[1]))
    for one in held:
        group, span, why = _group(one), _span(one), one.why
        if one.values is not None and group:  # an array has one scale, whatever was answered of a row
            span = min(low for low, _ in spans[group]), max(high for _, high in spans[group])
            why = "" if span[1] - span[0] > 1 else why
        found.append(
            Asked(
                one.name, words(one.text) if one.text else Words(), group, words(group),
                tuple((code, words(label)) for code, label in one.labels),
                None if span else False, span, one.missing, words(one.label), why,
            )
        )  # fmt: skip
    return Survey(words(title), tuple(found), answered=True)


def _group(one: Variable) -> str:
    if one.battery:
        return one.battery
    if row := _ROW.match(one.name):
        return row["stem"]
    named = _NAME.match(one.name)
    return named["stem"] if named and not _COUNTING.fullmatch(named["stem"]) else ""


def _span(one: Variable) -> tuple[int, int] | None:
    """The scale: what is labelled or answered, from 1 where 0 is neither; a single answer tells none."""
    return (min(1, one.values[0]), one.values[1]) if one.values and one.values[2] > 1 else None
