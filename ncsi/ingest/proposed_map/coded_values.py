"""What the values of a brand, a region or a background variable mean: by the ids and labels that a wave declares."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from ncsi.ingest.cells import normalised, spelling
from ncsi.ingest.dialects.column_names import Column
from ncsi.spec.building_blocks import Label

_ALIKE, _LEAD = 88.0, 8.0
_NUMBERED = re.compile(r"^[0-9]{1,3}\s*[.、:：)）-]\s*(?=\D)")
_IDLE = ("有限公司", "股份", "集团", "公司", "ltd", "inc", "co.", "limited", "plc")

Known = Mapping[str, tuple[str, ...]]
"""Declared id → what it is called, in lower case."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A word of a column with a meaning besides the items, and the declared id that it seems to stand for."""

    meaning: str
    word: str
    id: str | None
    by: str = ""


def known_values(values: Iterable[tuple[str, Label]]) -> dict[str, tuple[str, ...]]:
    """Declared ids and their labels, as `Known`."""
    return {one: tuple({_plain(one), _plain(label.zh), _plain(label.en)}) for one, label in values}


def meant_by(word: str, column: Column, known: Known) -> str | None:
    """The declared id that a word stands for: its id, its label, the label of its code, or one much alike."""
    labelled = _labels_of(word, column)
    return _exactly(word, labelled, known) or _alike(_plain(labelled[0] if labelled else word), known)


def _labels_of(word: str, column: Column) -> list[str]:
    return [label for code, label in column.labels.items() if spelling(code) == spelling(word)]


def _exactly(word: str, labelled: Iterable[str], known: Known) -> str | None:
    said = _plain(word)
    for one in (said, _NUMBERED.sub("", said), *map(_plain, labelled)):
        same = [name for name, names in known.items() if one in names]
        if len(same) == 1:
            return same[0]
    return None


def _alike(said: str, known: Known) -> str | None:
    if said.isdigit() or len(said) < 2:
        return None
    bare = _bare(said)
    scored = sorted(
        ((max(fuzz.ratio(bare, _bare(one)) for one in names), name) for name, names in known.items()),
        reverse=True,
    )
    lead = scored[0][0] - (scored[1][0] if len(scored) > 1 else 0.0) if scored else 0.0
    return scored[0][1] if scored and scored[0][0] >= _ALIKE and lead >= _LEAD else None


def _plain(text: str) -> str:
    return normalised(text).casefold()


def _bare(text: str) -> str:
    for one in _IDLE:
        text = text.replace(one, "")
    return text.strip() or text


def codings(
    meaning: str, column: Column, words: Iterable[str], known: Known, common: Collection[str]
) -> tuple[list[Coding], int]:
    """The words of a column that are no declared id themselves, each with the id that it seems to stand for; and how
    many are not named: neither `common` nor exactly what the wave or a value label says."""
    found, unnamed = [], 0
    for word in words:
        if word in known:
            continue
        labels = _labels_of(word, column)
        if word not in common and not labels and _exactly(word, labels, known) is None:
            unnamed += 1
            continue
        own = meant_by(word, column, known)
        found.append(Coding(meaning, word, own, "value label" if own and labels else "label" if own else ""))
    return found, unnamed
