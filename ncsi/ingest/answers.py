"""Answers of items by an instrument: a value on the scale, one of four kinds of missing, or a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ncsi.ingest.cells import Coded, normalised, spelling, translated, value_class, whole_number
from ncsi.ingest.dialects import Layout
from ncsi.spec import Instrument, Item, Missing

KINDS = tuple(kind.value for kind in Missing)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One item's column: `judged` is what the expectations see, `values` and `missing` what is stored.

    `judged` holds whole numbers as text, the class of what is no whole number, and null where missing: no
    raw text, so that no result of a validation can carry one.
    """

    judged: pd.Categorical
    values: pd.arrays.IntegerArray
    missing: pd.Categorical


def answers(item: Item, cells: Coded, kinds: Mapping[str, str], recode: Mapping[str, str]) -> Answers:
    """The cells of one item. `kinds`: code → kind of missing; `recode`: file code → code."""
    seen = [_seen(translated(word, recode), kinds) for word in cells.words]
    tokens = sorted({token for token, kind in seen if kind is None})
    place = {token: k for k, token in enumerate(tokens)}
    judged = np.array([-1 if kind else place[token] for token, kind in seen], dtype=np.int32)
    which = np.array([KINDS.index(kind) if kind else -1 for _, kind in seen], dtype=np.int8)
    numbers = np.array([_stored(token, item) for token, _ in seen], dtype=np.int16)
    return Answers(
        _categories(judged[cells.codes], tokens),
        pd.arrays.IntegerArray(numbers[cells.codes], (judged < 0)[cells.codes]),
        _categories(which[cells.codes], list(KINDS)),
    )


def missing_kinds(instrument: Instrument, layout: Layout, item: str) -> dict[str, str]:
    """Code → kind of missing: the instrument's codes, the export's own and the map's, the item's; "" is blank."""
    kinds = {"": Missing.BLANK.value}
    for kind in KINDS:
        own = layout.item_missing.get(item, {}).get(kind, ())
        for code in (*getattr(instrument.missing, kind), *layout.missing.get(kind, ()), *own):
            kinds[spelling(code)] = kind
    return kinds


def recoding(layout: Layout, name: str) -> dict[str, str]:
    """The map's recoding of a canonical name or item, its codes in normal spelling."""
    return {normalised(code): value for code, value in layout.values.get(name, {}).items()}


def value_class_of(token: str, item: Item) -> str:
    """Class of a judged token that is off the item's scale."""
    number = whole_number(token)
    if number is None:
        return token
    return f"integer above {item.scale.max}" if number > item.scale.max else f"integer below {item.scale.min}"


def _categories(codes: np.ndarray[tuple[int], np.dtype[np.integer[Any]]], names: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype="object"))


def _seen(word: str, kinds: Mapping[str, str]) -> tuple[str, str | None]:
    """Token to be judged, and the kind of missing if it is one."""
    code = spelling(word)
    if code in kinds:
        return "", kinds[code]
    return (code if whole_number(code) is not None else value_class(code)), None


def _stored(token: str, item: Item) -> int:
    number = whole_number(token)
    return number if number is not None and item.scale.min <= number <= item.scale.max else 0
