"""What respondents answered, from low to high about the middle of the scale; and which answers are missing together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ncsi.arrays import Array
from ncsi.errors import InputError
from ncsi.model import Bootstrap, PlsFit
from ncsi.numerals import per_cent
from ncsi.plots import words
from ncsi.plots.keys import key, readable
from ncsi.plots.rows import HEIGHT, size_of
from ncsi.plots.sheet import Sheet, width_of
from ncsi.spec import Instrument, Item, Language

CLASSES = 5
Class = tuple[int, int]
"""Lowest and highest answer of a class."""


def answers(
    of: PlsFit | Bootstrap | pd.DataFrame,
    instrument: Instrument | None = None,
    items: Sequence[str] | None = None,
    weights: str | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw the shares of answers to each item in classes, low ones to the left, high ones to the right of the middle.

    `of`: a fit, with its weights, or responses with `instrument` and the name of their weights. `items`: all that are
    asked on the commonest scale by default; scales of more than seven answers are drawn in five classes. Missing
    answers are no part of the shares. Raises InputError for items of several scales, unknown ones, one that nobody
    answered, and weights that are negative, missing or all 0.
    """
    model, frame, w = _answered(of, instrument, weights)
    asked = _asked(model, frame, items)
    found = classes(asked[0].scale.min, asked[0].scale.max)
    shares = {one.id: _shares(frame[one.id].to_numpy(dtype=float), w, found, one) for one in asked}
    middle = len(found) // 2 if len(found) % 2 else None
    order = sorted(asked, key=lambda one: -shares[one.id][(len(found) + 1) // 2 :].sum())
    sheet = Sheet.open(ax, lang, dark, size_of(len(order)), grid="x")
    names = [one.label.text(lang) for one in order]
    sheet.names(names)
    colours = _colours(sheet, len(found))
    _room(sheet, [100 * one for one in shares.values()], middle)
    for row, one in enumerate(order):
        _bar(sheet, row, 100 * shares[one.id], middle, colours)
    sheet.ax.axvline(0, color=sheet.colours.ink, linewidth=0.8, zorder=0)
    sheet.scale("x")
    sheet.ax.xaxis.set_major_formatter(lambda x, _: f"{abs(x):.0f}")
    key(sheet, [(_named(one), colour) for one, colour in zip(found, colours, strict=True)])
    equal = np.ptp(w) == 0
    told = sheet.note(
        sheet.say(words.ANSWERS if middle is not None else words.SHARE_OF_ANSWERS),
        sheet.say(words.UNWEIGHTED if equal else words.WEIGHTED),
    )
    return sheet.done(title, told, names)


def missing_map(
    of: PlsFit | Bootstrap | pd.DataFrame,
    instrument: Instrument | None = None,
    most: int = 12,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw which items are missing together: a column a pattern, the commonest first, with its share of respondents;
    right, the share missing of each item. Unweighted; `most` patterns, what is left stands in the note."""
    model, frame, _ = _answered(of, instrument, None)
    gone = frame[list(model.item_ids)].isna()
    patterns = gone.value_counts(normalize=True, sort=True)
    shown = patterns.head(most)
    names = [one.label.text(lang) for one in model.items]
    sheet = Sheet.open(ax, lang, dark, (6.4, 1.0 + HEIGHT * 0.85 * len(names)))
    sheet.names(names)
    sheet.ax.set_xlim(-0.5, len(shown) - 0.5)
    sheet.ax.set_xticks([])
    for column, (pattern, share) in enumerate(shown.items()):
        marks = np.atleast_1d(np.asarray(pattern, dtype=bool))
        for row, is_gone in enumerate(marks):
            colour = sheet.colours.blue if is_gone else sheet.colours.zone
            sheet.ax.add_patch(
                Rectangle((column - 0.42, row - 0.4), 0.84, 0.8, facecolor=colour, linewidth=0)
            )
        sheet.text(column, 0, per_cent(share, 1 if share < 0.1 else 0).removesuffix("%"), at=("data", "axes fraction"),
                   off=(0, -3), ha="center", va="top", size=7, colour=sheet.colours.muted)  # fmt: skip
    sheet.text(
        1, 0, "%", at="axes fraction", off=(8, -3), ha="left", va="top", size=7, colour=sheet.colours.muted
    )
    sheet.column(8, [per_cent(one, 1) for one in gone.mean()], sheet.say(words.MISSING_HEAD))
    left = float(patterns.iloc[most:].sum())
    told = sheet.say(words.MISSING) if gone.to_numpy().any() else sheet.say(words.NONE_MISSING)
    rest = sheet.say(words.MISSING_REST, share=per_cent(left)) if left else ""
    return sheet.done(title, sheet.note(told, rest), names)


def classes(low: int, high: int) -> list[Class]:
    """Every answer of a scale of up to seven; five classes, alike about the middle, of a longer one."""
    points = high - low + 1
    if points <= 7:
        return [(one, one) for one in range(low, high + 1)]
    outer = points // CLASSES
    sizes = [outer, outer, points - 4 * outer, outer, outer]
    if sizes[2] - outer >= 2:
        sizes = [outer, outer + 1, points - 4 * outer - 2, outer + 1, outer]
    starts = low + np.cumsum([0, *sizes[:-1]])
    return [(int(start), int(start) + size - 1) for start, size in zip(starts, sizes, strict=True)]


def _answered(
    of: PlsFit | Bootstrap | pd.DataFrame, instrument: Instrument | None, weights: str | None
) -> tuple[Instrument, pd.DataFrame, Array]:
    """Instrument, answers by item on their scales, weights."""
    if not isinstance(of, pd.DataFrame):
        fit = of.fit if isinstance(of, Bootstrap) else of
        model = fit.instrument
        columns = {}
        for k, item in enumerate(model.items):
            scale = item.scale
            columns[item.id] = np.round(scale.min + fit.sample.X[:, k] / 100 * (scale.max - scale.min))
        return model, pd.DataFrame(columns), fit.sample.weights
    if instrument is None:
        raise InputError("ncsi.plot", "a frame of responses does not tell its items", "Give instrument=")
    lacking = [one for one in (*instrument.item_ids, *([weights] if weights else [])) if one not in of]
    if lacking or of.empty:
        problem = (
            f"the responses have no column {', '.join(lacking)}" if lacking else "there are no responses"
        )
        raise InputError("ncsi.plot", problem, "Give those of the instrument's items")
    twice = [one for one in (*instrument.item_ids, weights) if (of.columns == one).sum() > 1]
    if twice:
        raise InputError(
            "ncsi.plot",
            f"the responses have several columns {', '.join(map(str, twice))}",
            "Keep one of each",
        )
    frame = of[list(instrument.item_ids)].apply(pd.to_numeric, errors="coerce").astype(float)
    return instrument, frame, np.ones(len(of)) if weights is None else _weights(of[weights], weights)


def _weights(column: pd.Series, name: str) -> Array:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError(
            "ncsi.plot: answers", f"weight '{name}': some are negative or missing", "Make them 0 or more"
        )
    return values


def _asked(model: Instrument, frame: pd.DataFrame, items: Sequence[str] | None) -> list[Item]:
    known = {one.id: one for one in model.items}
    unknown = [one for one in items or () if one not in known]
    if unknown:
        raise InputError("ncsi.plot: answers", f"no item is called {', '.join(unknown)}",
                         f"Choose of {', '.join(known)}")  # fmt: skip
    scales = pd.Series([(one.scale.min, one.scale.max) for one in known.values()])
    common = scales.mode().iloc[0]
    chosen = [one for one in known.values() if (one.scale.min, one.scale.max) == common]
    chosen = [known[one] for one in items] if items else chosen
    if len({(one.scale.min, one.scale.max) for one in chosen}) > 1:
        raise InputError(
            "ncsi.plot: answers", "the items are asked on several scales", "Draw those of one scale"
        )
    empty = [one.id for one in chosen if frame[one.id].isna().all()]
    if empty:
        raise InputError("ncsi.plot: answers", f"nobody answered {', '.join(empty)}", "Name other items=")
    return chosen


def _shares(given: Array, weights: Array, found: list[Class], item: Item) -> Array:
    """Weighted shares (classes,) of the answers given. Raises InputError for one beyond the scale, and weight 0."""
    there = ~np.isnan(given)
    beyond = there & ((given < found[0][0]) | (given > found[-1][1]))
    if beyond.any():
        raise InputError(
            f"ncsi.plot: answers, item {item.id}", f"{int(beyond.sum())} answers lie beyond {item.scale.min} to "
            f"{item.scale.max}", "Make codes of missing answers missing",
        )  # fmt: skip
    sums = np.array([weights[there & (given >= low) & (given <= high)].sum() for low, high in found])
    if not sums.any():
        raise InputError(
            f"ncsi.plot: answers, item {item.id}", "all who answered it have weight 0", "Weigh some above 0"
        )
    return np.asarray(sums / sums.sum())


def _colours(sheet: Sheet, count: int) -> list[str]:
    colours = sheet.colours
    low, high = [colours.red, colours.soft_red], [colours.soft_blue, colours.blue]
    half = count // 2
    left = [low[0 if k < (half + 1) // 2 else 1] for k in range(half)]
    right = [high[0 if k < half // 2 else 1] for k in range(half)]
    return [*left, *([colours.zone] if count % 2 else []), *right]


def _named(one: Class) -> str:
    return f"{one[0]}" if one[0] == one[1] else f"{one[0]}–{one[1]}"


def _room(sheet: Sheet, shares: list[Array], middle: int | None) -> None:
    """Limits that leave room for the figures at both ends of the longest bars."""
    half = len(shares[0]) // 2
    low = max(float(one[:half].sum() + (0 if middle is None else one[middle] / 2)) for one in shares)
    high = max(float(one[half:].sum() - (0 if middle is None else one[middle] / 2)) for one in shares)
    width, _ = sheet.extent
    room = (low + high) * 20 / max(width - 40, 40)
    sheet.ax.set_xlim(-low - room, high + room)


def _bar(sheet: Sheet, row: int, shares: Array, middle: int | None, colours: list[str]) -> None:
    """One item: the middle about zero, or zero between the halves; figures of low, middle and high beside and in it."""
    half = len(shares) // 2
    start = -shares[:half].sum() - (0 if middle is None else shares[middle] / 2)
    left = start
    for share, colour in zip(shares, colours, strict=True):
        sheet.ax.barh(row, share, left=left, height=0.68, color=colour, linewidth=0)
        left += share
    low, high = shares[:half].sum(), shares[len(shares) - half :].sum()
    for x, off, share, colour in ((start, -4, low, sheet.colours.red), (left, 4, high, sheet.colours.blue)):
        sheet.text(x, row, f"{share:.0f}", off=(off, 0), ha="right" if off < 0 else "left", va="center",
                   weight="SemiBold", colour=colour)  # fmt: skip
    if middle is not None:
        told = f"{shares[middle]:.0f}"
        width, _ = sheet.ax.transData.transform((shares[middle], 0)) - sheet.ax.transData.transform((0, 0))
        if width * 72 / sheet.ax.figure.dpi > width_of(told, "Regular", 7.5) + 2:
            sheet.text(
                0, row, told, ha="center", va="center", size=7.5, colour=readable(sheet, colours[middle])
            )
