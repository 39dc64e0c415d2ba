"""Answers of items by an instrument: a value on the scale, one of four kinds of missing, or a fault; and routing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ncsi.ingest.cells import Coded, spelling, translated, whole_number
from ncsi.ingest.conform.facts import Kind, kind_of_value
from ncsi.ingest.dialects import Layout
from ncsi.spec import Instrument, Item, Missing

KINDS = tuple(kind.value for kind in Missing)
KEPT = "ok"
_BLANK, _NOT_ASKED = KINDS.index(Missing.BLANK.value), KINDS.index(Missing.NOT_ASKED.value)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One item's column: `judged` is what the expectations see, `values` and `missing` what is stored.

    `judged` holds whole numbers as text, the class of what is not a whole number, and null where missing: no
    raw text, so that no result of a validation can carry one.
    """

    judged: pd.Categorical
    values: pd.arrays.IntegerArray
    missing: pd.Categorical


def answers(
    item: Item, cells: Coded, kinds: Mapping[str, str], recode: Mapping[str, str], *, reverse: bool = False
) -> Answers:
    """The cells of one item. `kinds`: code → kind of missing; `recode`: file code → code.

    `reverse`: the file counts the scale from its other end; judged is what stands there, stored what it means.
    """
    seen = [_seen(translated(word, recode), kinds) for word in cells.words]
    tokens = sorted({token for token, kind in seen if kind is None})
    place = {token: k for k, token in enumerate(tokens)}
    judged = np.array([-1 if kind else place[token] for token, kind in seen], dtype=np.int32)
    which = np.array([KINDS.index(kind) if kind else -1 for _, kind in seen], dtype=np.int8)
    numbers = np.array([_stored(token, item, reverse) for token, _ in seen], dtype=np.int16)
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


@dataclass(frozen=True, slots=True)
class ItemRule:
    """A rule of an item that a row keeps or breaks: the fault's rule and what is then found there. `column` says for
    each row which, as KEPT or the class of what is found."""

    item: str
    rule: str
    found: Kind
    column: str


def item_rules(instrument: Instrument) -> dict[str, ItemRule]:
    """Routing and required items, by the column that says whether a row keeps the rule."""
    routes = [_route(one.item) for one in instrument.routing]
    return {one.column: one for one in (*routes, *map(_required, instrument.required))}


def _route(item: str) -> ItemRule:
    return ItemRule(item, "answered_not_asked", Kind.AN_ANSWER, f"{item}__route")


def _required(item: str) -> ItemRule:
    return ItemRule(item, "required_unanswered", Kind.EMPTY, f"{item}__required")


def routed(instrument: Instrument, own: Mapping[str, Answers]) -> tuple[dict[str, Answers], pd.DataFrame]:
    """The answers, blank ones of items that were not to be asked marked so, and the rule columns of each row.

    Where the item that decides is itself missing nothing is known, and nothing is held against the row.
    """
    answers, columns = dict(own), {}

    def judge(rule: ItemRule, broken: npt.NDArray[np.bool_]) -> None:
        columns[rule.column] = _state(broken, rule.found.value_class)

    for route in instrument.routing:
        skipped = _skipped(own[route.asked_if.item], route.asked_if.answers)
        one = answers[route.item]
        judge(_route(route.item), skipped & ~np.asarray(one.values.isna()))
        codes = np.where(skipped & (one.missing.codes == _BLANK), _NOT_ASKED, one.missing.codes)
        answers[route.item] = replace(one, missing=pd.Categorical.from_codes(codes, one.missing.categories))
    for item in instrument.required:
        judge(_required(item), answers[item].missing.codes == _BLANK)
    rows = len(next(iter(own.values())).missing)
    return answers, pd.DataFrame(columns, index=pd.RangeIndex(rows))


def _categories(codes: np.ndarray[tuple[int], np.dtype[np.integer[Any]]], names: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype="object"))


def _seen(word: str, kinds: Mapping[str, str]) -> tuple[str, str | None]:
    """Token to be judged, and the kind of missing if it is one."""
    code = spelling(word)
    if code in kinds:
        return "", kinds[code]
    return (code if whole_number(code) is not None else kind_of_value(code).en), None


def _stored(token: str, item: Item, reverse: bool) -> int:
    number, scale = whole_number(token), item.scale
    if number is None or not scale.min <= number <= scale.max:
        return 0
    return scale.min + scale.max - number if reverse else number


def _skipped(decides: Answers, asked_if: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    known = ~np.asarray(decides.values.isna())
    values = decides.values.to_numpy(dtype=np.int64, na_value=0)
    return np.asarray(known & ~np.isin(values, asked_if))


def _state(broken: npt.NDArray[np.bool_], found: str) -> pd.Categorical:
    return pd.Categorical.from_codes(broken.astype(np.int8), pd.Index([KEPT, found], dtype="object"))
