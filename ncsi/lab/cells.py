"""Frames as tables of text: heads in both languages, figures to their digits, an interval in one column."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ncsi import numerals
from ncsi.lab import words
from ncsi.lab.page import Dot, Shown
from ncsi.lab.words import HEADS
from ncsi.spec import Language
from ncsi.spec.instrument import Component, Construct, Instrument, Item

DIGITS = {
    "index_0_100": 1, "t": 1, "z": 1, "vif": 1, "statistic": 2, "df": 0, "df1": 0, "df2": 0, "items": 0, "n": 0,
    "n_eff": 0, "share": 3, "estimate_a": 3, "estimate_b": 3,
}  # fmt: skip
_P = "p"


def shown(
    title: str,
    frame: pd.DataFrame,
    lang: Language,
    first: int = 1,
    level: float | None = None,
    digits: Mapping[str, int] | None = None,
    drawn: str | None = None,
    firm: pd.Series | None = None,
) -> Shown:
    """The frame as a table whose first `first` columns are words; `low` and `high` become one interval at `level`.

    `drawn`: the column whose values are drawn with their intervals, filled where `firm`.
    """
    columns = [str(one) for one in frame.columns if one != "high"]
    places = {**DIGITS, **(digits or {})}
    records = frame.to_dict("records")
    rows = tuple(tuple(_cell(name, row, lang, places) for name in columns) for row in records)
    heads = tuple(_head(name, lang, level) for name in columns)
    if drawn is None or not {"low", "high"} <= set(frame):
        return Shown(title, heads, rows, first)
    solid = [True] * len(frame) if firm is None else firm.tolist()
    dots = tuple(
        Dot(float(row[drawn]), float(row["low"]), float(row["high"]), bool(one))
        for row, one in zip(records, solid, strict=True)
    )
    return Shown(title, heads, rows, first, dots, columns.index("low"))


def labels_of(inst: Instrument, lang: Language) -> dict[str, str]:
    """Labels of constructs, components and items by id."""
    components = (one for construct in inst.constructs for one in construct.components)
    named: tuple[Construct | Component | Item, ...] = (*inst.constructs, *components, *inst.items)
    return {one.id: one.label.text(lang) for one in named}


def arrow(a: pd.Series, b: pd.Series, label: Mapping[str, str]) -> pd.Series:
    """ "Image → Value" of two columns of ids, by their labels."""
    return a.map(label) + " → " + b.map(label)


def figure(value: object, digits: int) -> str:
    """To `digits`, thousands apart; nothing where missing."""
    return numerals.number(float(str(value)), digits, grouped=True, none="")


def p_value(value: object) -> str:
    """Three digits, none below 0.001; nothing where missing."""
    return numerals.p_value(float(str(value)), none="")


def _head(name: str, lang: Language, level: float | None) -> str:
    if name == "low" and level is not None:
        return words.INTERVAL.text(lang).format(level=numerals.level_told(level))
    return HEADS[name].text(lang) if name in HEADS else name


def _cell(name: str, row: Mapping[Hashable, Any], lang: Language, digits: Mapping[str, int]) -> str:
    value = row[name]
    if isinstance(value, str):
        told = words.KINDS[value].text(lang) if name == "kind" and value in words.KINDS else value
        return " ".join(told.split())
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return words.YES.text(lang) if value else words.NO.text(lang)
    places = digits.get(name, 3)
    if name == "low":
        low, high = figure(value, places), figure(row["high"], places)
        return words.TO.text(lang).format(low=low, high=high) if low and high else ""
    return (
        p_value(value)
        if name == _P or name.startswith("p_") or name.endswith("_p")
        else figure(value, places)
    )
