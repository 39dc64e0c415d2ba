"""Changes taken apart, as bars from zero; means of birth cohorts over waves, as lines."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.numerals import level_told
from ncsi.plots import words
from ncsi.plots.rows import Row, bars, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.spec import Language
from ncsi.survey.change import MeanChange
from ncsi.survey.cohorts import CohortTable
from ncsi.survey.within import WithinChange

_DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)))


def decomposition(
    of: MeanChange, ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw a change, its two parts and what each group adds to either, as bars from zero with intervals."""
    rows = []
    for row in _rows(of.parts, ("part", "estimate", "low", "high")):
        part = row.name
        rows.append(replace(row, name=words.CHANGE_PARTS[part].text(lang)))
        if part in of.cells:
            told = of.cells[of.cells[part].notna()]
            groups = _rows(told, ("group", part, f"{part}_low", f"{part}_high")) if len(told) > 1 else []
            rows += [replace(one, name=f"– {one.name}") for one in groups]
    note = words.CHANGE_NOTE.text(lang).format(before=of.waves[0], now=of.waves[1])
    return _barred(rows, note, of.level, ax, lang, dark, title)


def within(
    of: WithinChange, ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw changes since the first wave: of the same persons, by turnover, and of the mean of all."""
    rows = []
    for wave, parts in of.changes.groupby("wave", sort=False):
        if len(of.waves) > 2:
            rows.append(Row(str(wave)))
        told = _rows(parts, ("part", "estimate", "low", "high"))
        rows += [replace(one, name=words.CHANGE_PARTS[one.name].text(lang)) for one in told]
    note = words.WITHIN_NOTE.text(lang).format(wave=of.waves[0], persons=f"{of.persons:,}")
    return _barred(rows, note, of.level, ax, lang, dark, title)


def _rows(frame: pd.DataFrame, columns: tuple[str, str, str, str]) -> list[Row]:
    """A row a line of the frame: its name, estimate and the ends of its interval."""
    name, *figures_ = columns
    values = frame[figures_].to_numpy(dtype=float).tolist()
    return [Row(str(one), *row) for one, row in zip(frame[name], values, strict=True)]


def _barred(
    rows: list[Row], note: str, level: float, ax: Axes | None, lang: Language, dark: bool, title: str | None
) -> Axes:
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    bars(sheet, rows)
    told = level_told(level)
    figures(sheet, rows, 2, (sheet.say(words.ESTIMATE), sheet.say(words.INTERVAL_HEAD, level=told)))
    sheet.scale("x")
    return sheet.done(title, sheet.note(note, sheet.say(words.WITH_INTERVAL, level=told)), *named(rows))


def cohort_lines(
    of: CohortTable, over: str = "wave", ax: Axes | None = None, lang: Language = "en", dark: bool = False,
    title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the mean of every cohort over waves, or over "age" (the middle of what a cohort had reached) where birth
    years are known, with intervals; cells without a mean are left out. Raises InputError for another `over`, and ages
    that are not known."""
    if over not in ("wave", "age") or (over == "age" and "age_low" not in of.cells):
        raise InputError("ncsi.plot: cohorts", f"there is nothing over '{over}'",
                         "Choose wave, or age where the table was made of birth years with cuts=")  # fmt: skip
    sheet = Sheet.open(ax, lang, dark, (6.4, 3.4), grid="y")
    colours = (sheet.colours.blue, sheet.colours.red, sheet.colours.ink, sheet.colours.muted)
    ends = []
    for k, cohort in enumerate(of.cohorts):
        cells = of.cells[of.cells["cohort"] == cohort].set_index("wave").loc[list(of.waves)]
        apart = 0.04 * (k - (len(of.cohorts) - 1) / 2)
        ages = (
            ((cells["age_low"] + cells["age_high"]) / 2).to_numpy() if over == "age" else np.zeros(len(cells))
        )
        x = ages if over == "age" else np.arange(len(cells)) + apart
        mean = cells["mean"].to_numpy(dtype=float)
        there = ~(np.isnan(mean) | np.isnan(x))
        if not there.any():
            continue
        colour, dashes = colours[k % len(colours)], _DASHES[k // len(colours) % len(_DASHES)]
        sheet.ax.plot(x, mean, color=colour, linewidth=1.6, linestyle=dashes, marker="o", markersize=4)
        sheet.ax.vlines(
            x[there], cells["low"][there], cells["high"][there], color=colour, linewidth=0.9, alpha=0.6
        )
        ends.append((float(mean[there][-1]), cohort, colour))
    if not ends:
        raise InputError("ncsi.plot: cohorts", "no cohort has both a mean and an age", "Draw it over wave")
    sheet.scale("y", 6)
    if over == "wave":
        sheet.ax.set_xlim(-0.3, len(of.waves) - 0.7)
        step = max(1, math.ceil(len(of.waves) / 8))
        sheet.ax.set_xticks(range(0, len(of.waves), step), of.waves[::step])
    else:
        sheet.scale("x")
        sheet.labels(x=sheet.say(words.AGE))
    sheet.ends(ends)
    notes = (words.COHORT_NOTE, words.COHORT_AGES) if over == "age" else (words.COHORT_NOTE,)
    told = [sheet.say(one, level=level_told(of.level)) for one in notes]
    return sheet.done(title, sheet.note(*told, sheet.say(words.COHORT_LIMIT)))
