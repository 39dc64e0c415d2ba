"""The dictionary of an SPSS or Stata file: variables, their texts, labels of values, codes of missing answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ncsi.questionnaire.asked import Asked, Survey, Words, words

_NAME = re.compile(r"^(?P<stem>.*?[A-Za-z])[_.]?(?P<number>\d+)(?:[_.]?[A-Za-z])?$")
_LONGEST = 11
"""Answers of the longest scale that is taken for one where a file does not label its values: 0 to 10."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its text, the labels of its codes, codes declared as missing, and the whole numbers it holds.

    `values` are the lowest and the highest and how many different ones; None where it holds anything else.
    """

    name: str
    text: str
    labels: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    values: tuple[int, int, int] | None


def from_dictionary(title: str, variables: Iterable[Variable]) -> Survey:
    """The survey that the variables are of; those whose names differ by a number stand in one group."""
    held, found = tuple(variables), []
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in held:
        if (span := _span(one)) is not None:
            spans[_group(one.name)].append(span)
    for one in held:
        group = _group(one.name)
        span = _span(one)
        if span is not None and group:  # a battery has one scale, whatever was answered of it
            span = min(low for low, _ in spans[group]), max(high for _, high in spans[group])
        found.append(
            Asked(
                one.name, words(one.text) if one.text else Words(), group, words(group),
                tuple((code, words(label)) for code, label in one.labels),
                None if _may_rate(one) else False, span, one.missing,
            )
        )  # fmt: skip
    return Survey(words(title), tuple(found))


def _group(name: str) -> str:
    named = _NAME.match(name)
    return named["stem"] if named else ""


def _may_rate(one: Variable) -> bool:
    if one.values is None:
        return False
    low, high, different = one.values
    return different >= 3 and low >= 0 and high - low < _LONGEST


def _span(one: Variable) -> tuple[int, int] | None:
    """The scale: what is labelled or answered, from 1 where 0 is neither."""
    if not _may_rate(one) or one.values is None:
        return None
    labelled = [int(code) for code, _ in one.labels if code.lstrip("-").isdigit() and code not in one.missing]
    inside = [one.values[0], one.values[1], *(code for code in labelled if 0 <= code < _LONGEST)]
    return min(1, *inside), max(inside)
