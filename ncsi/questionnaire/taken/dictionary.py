"""The variables of a file of answers: their texts, labels of values, missing codes, and what was answered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ncsi.questionnaire.asked import Asked, Survey, Words, words

_NAME = re.compile(r"^(?P<stem>.*?[A-Za-z])[_.]?(?P<number>\d+)(?:[_.]?[A-Za-z])?$")
_ROW = re.compile(r"^(?P<stem>[A-Za-z]\w*\d)[_.](?:\d+|[A-Za-z]{1,8}\d*)$")
"""A row of an array: `Q7_1`, `Q7.SQ001`."""
_COUNTING = re.compile(r"[A-Za-z]|var|item|question|col(?:umn)?", re.IGNORECASE)
"""Stems that number the questions of a survey and say nothing of what goes together."""
LONGEST = 11
"""Answers of the longest scale that is taken for one where a file does not label its values: 0 to 10."""

ONE_ANSWER = "one answer only"
"""Why a variable is no item whose answers are all the same, so that nothing tells its scale."""
NOBODY = "nobody answered it"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its text, the labels of its codes, codes declared as missing, and the whole numbers it holds.

    `values` are the different ones, answered or labelled; None where it holds anything else, and `why` says what.
    `battery`: what the rows of its array share, where the file says so; `label`: its own words then.
    """

    name: str
    text: str
    labels: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    values: tuple[int, ...] | None
    battery: str = ""
    why: str = ""
    label: str = ""


def from_dictionary(title: str, variables: Iterable[Variable]) -> Survey:
    """The survey that the variables are of; those of one array, or whose names differ by a number, are one group."""
    held, found = tuple(variables), []
    codes: dict[str, set[int]] = defaultdict(set)
    for one in held:
        codes[_group(one)].update(one.values or ())
    for one in held:
        group, span, why, own = _group(one), None, one.why, one.values or ()
        if one.values is not None:  # an array has one scale, whatever was answered of a row
            own = tuple(sorted(codes[group] if group else own))
            span, why = scale_read_off(own, bool(group))
        found.append(
            Asked(
                one.name, words(one.text) if one.text else Words(), group, words(group),
                tuple((code, words(label)) for code, label in one.labels),
                None if span else False, span, one.missing, words(one.label), why, own,
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


def scale_read_off(held: Collection[int], array: bool) -> tuple[tuple[int, int] | None, str]:
    """The scale of what is labelled or answered, from 1 where 0 is neither, and why that makes no item, empty where it
    does. A single answer tells no scale; in an array it tells its highest answer."""
    if not held:
        return None, NOBODY
    low, high = min(1, *held), max(held)
    if low == high or (len(held) == 1 and not array):
        return None, ONE_ANSWER
    few = high - low == 1 if array else len(held) == 2
    return (low, high), "two answers only" if few else ""
