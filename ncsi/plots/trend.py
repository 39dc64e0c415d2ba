"""An index over waves with its interval; what breaks it is said there, and nothing is drawn across."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from ncsi.errors import InputError
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.sheet import TICKS, Sheet, width_of
from ncsi.spec import Language

_LABELLED = 9
"""Points up to which every one carries its figure."""


def trend(
    of: pd.DataFrame,
    level: str | None = None,
    unit: str | None = None,
    construct: str | None = None,
    confidence: float | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw the series of one unit: rows of `out_trend` (its last wave's), or of any frame with wave, index_0_100, low
    and high, in the order of the waves.

    `level`, `unit` and `construct` choose among rows of several; `confidence` is the level of the intervals, named
    where it is given. Raises InputError for a frame that is no series, or holds several.
    """
    points = series(of, level, unit, construct)
    broken = [k for k, one in enumerate(points["break"]) if one]
    sheet = Sheet.open(ax, lang, dark, (6.4, 3.1), grid="y")
    ax, colours = sheet.ax, sheet.colours
    last = len(points) - 1
    ax.set_xlim(-0.4, last + 0.4)
    low, high = points["low"].min(), points["high"].max()
    room = max(0.4, 0.3 * (high - low))
    ax.set_ylim(low - room, high + room)
    for start, stop in zip([0, *broken], [*broken, len(points)], strict=True):
        _stretch(sheet, points, start, stop, current=stop == len(points))
    told = (
        sheet.say(words.TREND_PLAIN)
        if confidence is None
        else sheet.say(words.TREND, level=level_told(confidence))
    )
    sheet.scale("y", 6)
    _waves(sheet, points["at"].astype(str).tolist())
    newest = float(points["index_0_100"].iloc[-1])
    sheet.text(1, newest, number(newest), at=("axes fraction", "data"), off=(6, 0), va="center", ha="left",
               weight="Bold", size=12, colour=colours.blue)  # fmt: skip
    sheet.done(title, sheet.note(told, sheet.say(words.BREAK_NOTE) if broken else ""))
    reasons: list[Bbox] = []
    for k in broken:
        reasons.append(_break(sheet, k, str(points["break"].iloc[k]), reasons))
    _figures(sheet, points)
    return ax


def series(of: pd.DataFrame, level: str | None, unit: str | None, construct: str | None) -> pd.DataFrame:
    """The points of one series: at, index_0_100, low, high, break (empty where there is none), in order."""
    at = "at" if "at" in of else "wave"
    lacking = [name for name in (at, "index_0_100", "low", "high") if name not in of]
    if lacking:
        raise InputError("ncsi.plot: trend", f"the frame has no {', '.join(lacking)}",
                         "Give rows of out_trend, or wave, index_0_100, low and high")  # fmt: skip
    rows = of
    for name, wanted in (("level", level), ("unit", unit), ("construct", construct)):
        if name in rows and rows[name].nunique() > 1 and wanted is None:
            there = ", ".join(sorted(map(str, rows[name].unique()))[:6])
            raise InputError("ncsi.plot: trend", f"the rows are of several: {name} {there} …",
                             f"Choose with {name}=")  # fmt: skip
        if name in rows and wanted is not None:
            rows = rows[rows[name] == wanted]
    if at == "at" and "wave" in rows and len(rows):
        rows = rows[rows["wave"] == rows["wave"].iloc[-1]]
    rows = rows[rows["index_0_100"].notna()]
    if len(rows) < 2 or rows[at].duplicated().any():
        problem = f"{len(rows)} points are no series" if len(rows) < 2 else "a wave stands twice"
        raise InputError("ncsi.plot: trend", problem, "Give one row a wave, two or more")
    breaks: Any = rows["break"].fillna("").astype(str) if "break" in rows else ""
    kept = rows[["index_0_100", "low", "high"]].astype(float)
    return kept.assign(at=rows[at].astype(str), **{"break": breaks}).reset_index(drop=True)


def _stretch(sheet: Sheet, points: pd.DataFrame, start: int, stop: int, current: bool) -> None:
    """Between two breaks: the band and the line, grey unless it is the newest; a single point has a bar."""
    part, x = points.iloc[start:stop], range(start, stop)
    colours = sheet.colours
    line, band = (colours.blue, colours.pale) if current else (colours.muted, colours.zone)
    if len(part) > 1:
        sheet.ax.fill_between(x, part["low"], part["high"], color=band, linewidth=0, zorder=1)
    else:
        sheet.ax.plot([start, start], [part["low"].iloc[0], part["high"].iloc[0]], color=line, linewidth=2)
    sheet.ax.plot(x, part["index_0_100"], color=line, linewidth=1.8, marker="o", markersize=4.5, zorder=3)


def _waves(sheet: Sheet, names: list[str]) -> None:
    """Names of waves, as many as stand apart, the last among them."""
    width, _ = sheet.extent
    widest = max(width_of(one, "Regular", TICKS) for one in names) + 6
    step = max(1, math.ceil(len(names) * widest / width))
    shown = [k for k in range(len(names)) if (len(names) - 1 - k) % step == 0]
    sheet.ax.set_xticks(shown, [names[k] for k in shown])


def _break(sheet: Sheet, at: int, why: str, others: list[Bbox]) -> Bbox:
    """A dashed line with its reason, on the side that has room and below those it would meet; gives where it stands."""
    sheet.ax.axvline(at - 0.5, color=sheet.colours.ink, linewidth=0.9, linestyle=(0, (3, 3)), zorder=1)
    left = at - 0.5 > sum(sheet.ax.get_xlim()) / 2
    told = sheet.say(words.BREAKS.get(why, words.BREAK_OTHER))
    for down in range(len(others) + 1):
        written = sheet.text(at - 0.5, 1, told, at=("data", "axes fraction"), off=(-4 if left else 4, -2 - 9 * down),
                             ha="right" if left else "left", va="top", size=7)  # fmt: skip
        box = written.get_window_extent()
        if down == len(others) or not any(box.overlaps(one) for one in others):
            break
        written.remove()
    return box


def _figures(sheet: Sheet, points: pd.DataFrame) -> None:
    """Every figure of a short series but the newest, which stands at the right."""
    if len(points) > _LABELLED:
        return
    for k, (value, high) in enumerate(zip(points["index_0_100"][:-1], points["high"][:-1], strict=True)):
        sheet.text(k, high, number(value), off=(0, 2), ha="center", va="bottom", size=7.5,
                   colour=sheet.colours.muted)  # fmt: skip
