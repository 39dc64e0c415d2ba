"""Estimates one below another: loadings, outer weights, indirect effects, differences of groups, shares of R²."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import Bootstrap, GroupComparison, Mediation, PlsFit, RelativeImportance
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.rows import Row, bars, dots, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Label, Language

ARROW = " → "


def loadings(
    of: PlsFit | Bootstrap, ax: Axes | None = None, lang: Language = "en", dark: bool = False,
    title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the loading of every item, by construct; of a bootstrap with intervals."""
    return _items(of, "loading", ax, lang, dark, title)


def outer_weights(
    of: PlsFit | Bootstrap, ax: Axes | None = None, lang: Language = "en", dark: bool = False,
    title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the unstandardised outer weight of every item, by construct; of a bootstrap with intervals."""
    return _items(of, "weight", ax, lang, dark, title)


def chains(
    of: Mediation, most: int = 15, instrument: Instrument | None = None, ax: Axes | None = None,
    lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the indirect effects along chains with their intervals, hollow where p_joint does not reject.

    The `most` largest in size, largest first; the note says how many there are besides. `instrument` gives the
    constructs' labels.
    """
    called = naming(instrument, lang)
    order = of.chains["estimate"].abs().sort_values(ascending=False, kind="stable").index
    frame = of.chains.loc[order].head(most)
    rows = [
        Row(
            ARROW.join(called(one) for one in str(chain).split(" -> ")), estimate, low, high, p < 1 - of.level
        )
        for chain, estimate, low, high, p in zip(
            *(frame[name] for name in ("chain", "estimate", "low", "high", "p_joint")), strict=True
        )
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows), 7.0, 2), grid="x")
    left = len(of.chains) - len(rows)
    told = sheet.note(sheet.say(words.CHAINS), sheet.say(words.FEWER, n=left) if left else "")
    return _drawn(sheet, rows, 2, 0.0, of.level, title, told, words.HOLLOW)


def differences(
    of: GroupComparison, pair: tuple[object, object] | None = None, instrument: Instrument | None = None,
    ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the difference of every path between two groups (the first pair by default), hollow where p_adjusted does
    not reject; intervals of method welch alone. Raises InputError for a method or pair without path differences."""
    if of.paths.empty:
        raise InputError("ncsi.plot: differences", f"method '{of.method}' compares no single pair of groups",
                         "Compare by welch, henseler or permutation")  # fmt: skip
    keys = list(dict.fromkeys(zip(of.paths["group_a"], of.paths["group_b"], strict=True)))
    if pair is not None and pair not in keys:
        there = ", ".join(f"{a} and {b}" for a, b in keys)
        raise InputError("ncsi.plot: differences", f"{pair} is no pair compared", f"Choose of {there}")
    a, b = pair or keys[0]
    frame = of.paths[(of.paths["group_a"] == a) & (of.paths["group_b"] == b)]
    frame = frame.assign(**{name: math.nan for name in ("low", "high") if name not in frame})
    called = naming(instrument, lang)
    rows = [
        Row(f"{called(one)}{ARROW}{called(to)}", gap, low, high, p < 1 - of.level)
        for one, to, gap, low, high, p in zip(
            *(frame[name] for name in ("from", "to", "difference", "low", "high", "p_adjusted")), strict=True
        )
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    told = sheet.say(words.DIFFERENCES, a=a, b=b)
    return _drawn(sheet, rows, 2, 0.0, of.level, title, told, words.HOLLOW)


def shares(
    of: RelativeImportance, instrument: Instrument | None = None, boot: Bootstrap | None = None,
    ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the part of R² that each driver accounts for, the largest first, as bars from zero; `boot`, whose replicates
    the intervals are of, tells their level."""
    frame = of.parts.sort_values("r2_part", ascending=False, kind="stable")
    called = naming(instrument, lang)
    ends = [frame[name] if name in frame else [math.nan] * len(frame) for name in ("low", "high")]
    rows = [
        Row(called(one), part, low, high)
        for one, part, low, high in zip(frame["construct"], frame["r2_part"], *ends, strict=True)
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    bars(sheet, rows)
    level = "" if boot is None else level_told(boot.level)
    head = sheet.say(words.INTERVAL_HEAD, level=level) if level else sheet.say(words.INTERVAL_PLAIN)
    figures(sheet, rows, 3, (sheet.say(words.ESTIMATE), head))
    told = sheet.note(
        sheet.say(words.SHARES, target=called(of.target)), sheet.say(words.SHARES_SUM, r2=number(of.r2, 2)),
        sheet.say(words.WITH_INTERVAL, level=level) if level else "",
    )  # fmt: skip
    sheet.scale("x")
    return sheet.done(title, told, *named(rows))


def _items(
    of: PlsFit | Bootstrap, what: Literal["loading", "weight"], ax: Axes | None, lang: Language, dark: bool,
    title: str | None,
) -> Axes:  # fmt: skip
    fit, boot = (of.fit, of) if isinstance(of, Bootstrap) else (of, None)
    frame = fit.weights.rename(columns={what: "estimate"})[["item", "estimate"]].assign(
        low=np.nan, high=np.nan
    )
    if boot is not None:
        frame = boot.loadings if what == "loading" else boot.weights
    ends = frame[["estimate", "low", "high"]].to_numpy(dtype=float).tolist()
    found = dict(zip(frame["item"], ends, strict=True))
    rows: list[Row] = []
    for construct in fit.instrument.constructs:
        rows.append(Row(construct.label.text(lang)))
        for item in construct.items:
            rows.append(Row(item.label.text(lang), *found[item.id]))
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    reference = 0.7 if what == "loading" else 0.0
    head = words.LOADINGS if what == "loading" else words.OUTER_WEIGHTS
    level = None if boot is None else boot.level
    return _drawn(sheet, rows, 2 if what == "loading" else 3, reference, level, title, head,
                  words.LOADINGS_LINE if what == "loading" else None)  # fmt: skip


def _drawn(
    sheet: Sheet, rows: list[Row], digits: int, line: float, level: float | None, title: str | None,
    head: Label | str, more: Label | None,
) -> Axes:  # fmt: skip
    dots(sheet, rows, line)
    told = "" if level is None else level_told(level)
    figures(sheet, rows, digits, (sheet.say(words.ESTIMATE), sheet.say(words.INTERVAL_HEAD, level=told)))
    sheet.scale("x")
    ends = words.NO_INTERVAL if level is None else words.WITH_INTERVAL
    first = head if isinstance(head, str) else sheet.say(head)
    note = sheet.note(first, sheet.say(ends, level=told), "" if more is None else sheet.say(more, level=told))
    return sheet.done(title, note, *named(rows))
