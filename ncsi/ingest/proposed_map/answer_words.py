"""Answers written as words: which code each seems to mean, for a proposed map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ncsi.ingest.cells import Coded, coded, normalised, spelling, whole_number
from ncsi.ingest.dialects import Export
from ncsi.ingest.dialects.column_names import Column
from ncsi.ingest.dialects.scored_words import any_labelled, scored
from ncsi.ingest.dialects.value_labels import kind_of, without_kinds
from ncsi.ingest.personal_data import personal_kind
from ncsi.spec import Instrument, Item, Missing

LABELLED, NUMBERED = 1.0, 0.85
_MAX_WORDS, _MAX_LENGTH = 40, 60
_SPOILED = re.compile(r"#(?:N/A|[A-Z0-9/-]+[!?])")
"""What a spreadsheet shows, or its reader, in a cell without a value of its own."""

GIVERS = 3
"""Respondents from which on a word that no dictionary knows is named: fewer may have typed a name."""

_IDLE = re.compile(r"[\W_]|回答|说不清|绝|i\b|have|to|answer|say", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![0-9.])[0-9]{1,3}(?![0-9.])")


@dataclass(frozen=True, slots=True)
class Wording:
    """A word that stands in an item's column: its code, how surely (0-1) and by what; or its kind of missing.

    Neither code nor kind: nothing tells, the researcher has to.
    """

    item: str
    word: str
    code: str | None = None
    missing: str | None = None
    confidence: float = 0.0
    by: str = ""


def wordings(
    export: Export, columns: Mapping[str, str], instrument: Instrument
) -> tuple[tuple[Wording, ...], int]:
    """Words in the items' columns (item id → header) that are not codes yet, each with what it seems to mean; and how
    many are not named, since fewer than three respondents gave them and neither a label nor a dictionary knows them.

    A column of more than 40 different words is free text: no answer to an item, and none of it is told.
    """
    known = {code for kind in Missing for code in getattr(instrument.missing, kind.value)}
    known |= {spelling(code) for codes in export.missing.values() for code in codes}
    by_name = {one.name: one for one in export.columns}
    open_words = {
        item: words
        for item, header in columns.items()
        if len(words := _open_words(export, header, known)) <= _MAX_WORDS
    }
    givers: dict[str, set[int]] = {}
    for words in open_words.values():
        for word, rows in words.items():
            givers.setdefault(word, set()).update(rows)
    found, unnamed = [], set()
    for item in instrument.fielded:
        for word in open_words.get(item.id, ()):
            if len(givers[word]) >= GIVERS or _is_known(word, by_name[columns[item.id]]):
                found.append(_meant(item, word, by_name[columns[item.id]]))
            else:
                unnamed.add(word)
    return tuple(found), len(unnamed)


def _is_known(word: str, column: Column) -> bool:
    """Whether a value label is this word, or it says no more than that an answer is missing."""
    return word in map(str.strip, column.labels.values()) or not _IDLE.sub("", without_kinds(word))


def _open_words(export: Export, header: str, known: Iterable[str]) -> dict[str, list[int]]:
    """Words without a code, each with the first rows that hold it, three at most."""
    cells = coded(export.table.values.column(header))
    words = dict.fromkeys(cells.words)
    done = {
        *known,
        *map(normalised, export.recode.get(header, {})),
        *(scored(words) if any_labelled(words) else {}),
    }
    wanted = [
        word
        for word in words
        if word and not _SPOILED.fullmatch(word) and whole_number(word) is None and word not in done
        and len(word) <= _MAX_LENGTH and not personal_kind(word)
    ]  # fmt: skip
    if len(wanted) > _MAX_WORDS:
        return {word: [] for word in wanted}
    return {word: first_rows(cells, word) for word in wanted}


def first_rows(cells: Coded, word: str, most: int = GIVERS) -> list[int]:
    """The first rows, `most` at most, that hold a word; it may be spelt in several ways."""
    codes = [code for code, one in enumerate(cells.words) if one == word]
    rows: list[int] = np.flatnonzero(np.isin(cells.codes, codes))[:most].tolist()
    return rows


def _meant(item: Item, word: str, column: Column) -> Wording:
    labelled = [code for code, label in column.labels.items() if label.strip() == word]
    if len(labelled) == 1:
        return Wording(item.id, word, code=labelled[0], confidence=LABELLED, by="value label")
    kind = kind_of(word)
    if kind != Missing.BLANK.value:
        return Wording(item.id, word, missing=kind, confidence=NUMBERED, by="wording")
    numbers = {int(one) for one in _NUMBER.findall(word)}
    if len(numbers) == 1 and item.scale.min <= (number := numbers.pop()) <= item.scale.max:
        return Wording(item.id, word, code=str(number), confidence=NUMBERED, by="number in the text")
    return Wording(item.id, word)
