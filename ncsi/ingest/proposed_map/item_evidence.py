"""How much speaks for each column being each item: its name, its question, its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from ncsi.ingest.dialects.column_names import Column, plain_text
from ncsi.ingest.proposed_map.column_profiles import Profile, fits
from ncsi.ingest.proposed_map.meant_otherwise import of_another, subjects_of_column, subjects_of_item
from ncsi.ingest.proposed_map.question_texts import Said, alike, same_text, spoken
from ncsi.spec import Construct, Instrument, Item

SAME, SAME_CODE, SAME_QUESTION = 1.0, 0.97, 0.97
_NAMED = 0.97
"""An item's own name stands even over cells that do not suit it: the check will say what is wrong with them."""

_INNER_CODE, _NEAR_CODE, _TELLING, _LABEL, _LONGEST = 0.8, 0.5, 3, 0.95, 400
_ENDING = re.compile(r"^(.*?)[\W_]*0*(\d+)[\W_]*$", re.DOTALL)
_QUESTION = re.compile(r"^q\d+_?")
_ROW_CODE = re.compile(r"[a-z]\w*\[(\w+)\]")
"""A row of a grid by its code after that of its question (LimeSurvey): `sat[SAT1]`."""

_CODE = re.compile(r"[a-z][a-z0-9_.\[\]/ -]{0,40}")
_MERE_CODE = re.compile(r"[A-Za-z]{0,8}[\W_]?\d[\w.\[\]-]*|[A-Z0-9_]{2,12}")
_OPEN = re.compile(
    r"(_text|_other|_oth|\[other\]|[(（]其他[^)）]*[)）]|请注明|please specify)\s*$", re.IGNORECASE
)

_IMPORTANCE = re.compile(r"重要(?:性|程度)|多重要|多么重要|\bimportance\b|how important", re.IGNORECASE)
_OF_IMPORTANCE = 0.3
"""What the words of a question are worth that asks how important a thing is, where the item asks how good it is."""

_OF_OTHERS = 0.6
"""What they are worth where the question is about a competitor or an earlier time, and the item's is not."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Items × columns, 0-1: what the names, what the questions say, and by how much the cells let it stand."""

    code: Scores
    text: Scores
    cells: Scores

    @property
    def content(self) -> Scores:
        """What names and questions say together, where the cells allow it."""
        said = 1 - (1 - self.code) * (1 - self.text)
        return np.asarray(said * np.where(self.code >= SAME_CODE, np.maximum(self.cells, _NAMED), self.cells))


def evidence(instrument: Instrument, columns: Sequence[Column], profiles: Mapping[str, Profile]) -> Evidence:
    """What speaks for each column being each fielded item."""
    items = instrument.fielded
    cells = np.array([[_allowed(item, one, profiles[one.name]) for one in columns] for item in items])
    code = np.array([[_named(item, _place(instrument, item), one) for one in columns] for item in items])
    return Evidence(_shaped(code, items, columns), _texts(items, columns), _shaped(cells, items, columns))


def _shaped(values: Scores, items: Sequence[Item], columns: Sequence[Column]) -> Scores:
    return values.astype(np.float64).reshape(len(items), len(columns))


def _allowed(item: Item, column: Column, profile: Profile) -> float:
    return 0.0 if _OPEN.search(column.name) or _OPEN.search(column.text) else fits(item, profile)


def _place(instrument: Instrument, item: Item) -> tuple[Construct, int] | None:
    """An item's construct, and its place there from 1."""
    for construct in instrument.constructs:
        for k, one in enumerate(construct.items, 1):
            if one.id == item.id:
                return construct, k
    return None


def _named(item: Item, place: tuple[Construct, int] | None, column: Column) -> float:
    names = {one.casefold() for one in (column.name, column.key) if one}
    wanted = _plain_code(item.id)
    scores = [0.0]
    for name in names:
        if item.id.casefold() == name:
            scores.append(SAME)
        elif _CODE.fullmatch(name):
            row = _ROW_CODE.fullmatch(name)
            if _plain_code(name) == wanted:
                scores.append(SAME_CODE)
            elif row and _plain_code(row[1]) == wanted:
                scores.append(_INNER_CODE)
            else:
                scores.append(_near(wanted, _plain_code(name), place))
    return max(scores)


def _plain_code(name: str) -> str:
    """`IMAG[1]`, `imag_01` and `Imag1` are one name."""
    letters = re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
    ending = _ENDING.match(letters)
    return f"{ending[1].replace('_', '')}{ending[2]}" if ending and ending[1] else letters.replace("_", "")


def _near(wanted: str, name: str, place: tuple[Construct, int] | None) -> float:
    """The name after the number of its question; a like beginning and the same number, of the item's own name or of its
    construct's."""
    inner = _QUESTION.sub("", name)
    if inner != name and len(inner) > 2:
        if inner == wanted:
            return _INNER_CODE
        if len(inner) >= _TELLING and (wanted.endswith(inner) or inner.endswith(wanted)):
            return _NEAR_CODE
    found, own = _ENDING.match(name), _ENDING.match(wanted)
    if not found or len(found[1]) < 2:
        return 0.0
    if own and own[2] == found[2] and min(len(own[1]), len(found[1])) > 2:
        starts = own[1].startswith(found[1]) or found[1].startswith(own[1])
        if starts or fuzz.ratio(own[1], found[1]) > 80:
            return _NEAR_CODE
    if place and str(place[1]) == found[2] and len(found[1]) > 2:
        names = (place[0].id.casefold(), place[0].label.en.casefold())
        if any(one.startswith(found[1]) or found[1].startswith(one) for one in names):
            return _NEAR_CODE
    return 0.0


def _texts(items: Sequence[Item], columns: Sequence[Column]) -> Scores:
    wanted: list[Said] = []
    for k, item in enumerate(items):
        for text, worth in (
            (item.question.zh, 1.0), (item.question.en, 1.0), (item.label.zh, _LABEL), (item.label.en, _LABEL),
        ):  # fmt: skip
            wanted += spoken(k, text, worth)
    there = [one for k, column in enumerate(columns) for text in _said(column) for one in spoken(k, text)]
    score = alike(wanted, there, len(items), len(columns)) * _LABEL
    for k, known in enumerate(_own(items)):
        for j, column in enumerate(columns):
            if score[k, j] > 0.5 and any(same_text(text, known) for text in _said(column)):
                score[k, j] = SAME_QUESTION
    weighed = [[_asks_importance(known) for known in side] for side in (_own(items), map(_said, columns))]
    score = np.where(np.not_equal.outer(*weighed), score * _OF_IMPORTANCE, score)
    spoken_of = [subjects_of_column(one) for one in columns]
    other = [[bool(of_another(own, one)) for one in spoken_of] for own in map(subjects_of_item, items)]
    return np.where(np.array(other).reshape(score.shape), score * _OF_OTHERS, score)


def _own(items: Sequence[Item]) -> list[list[str]]:
    return [[one.question.zh, one.question.en, one.label.zh, one.label.en] for one in items]


def _asks_importance(texts: Sequence[str]) -> bool:
    return any(_IMPORTANCE.search(text) for text in texts)


def _said(column: Column) -> list[str]:
    """What a column asks: its text; its name, where that is no mere code."""
    texts = dict.fromkeys(plain_text(one)[:_LONGEST] for one in (column.text, column.name) if one)
    return [one for one in texts if not _MERE_CODE.fullmatch(one)]
