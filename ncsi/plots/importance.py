"""Importance against performance: a dot with two intervals for each driver, and the zone where nothing is decided."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from ncsi.errors import InputError
from ncsi.model import Bootstrap, PlsFit, drivers
from ncsi.model.inference.advice import Cuts, cuts, whole_importance
from ncsi.numerals import level_told
from ncsi.plots import words
from ncsi.plots.naming import Named, name_dots
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language
from ncsi.verdicts import QUADRANTS

COLUMNS = ("construct", "item", "importance", "performance", "actionable", "quadrant")
DECIDED = ("improve_first", "keep_up", "low_priority", "possible_overkill")


def importance_map(
    of: PlsFit | Bootstrap | pd.DataFrame,
    items: bool = False,
    instrument: Instrument | None = None,
    level: float | None = None,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw constructs, or `items` (by the importance of their whole construct), by what `drivers` says of them.

    Dashed lines are the means over what can be acted on; the grey zone about a line spans the dots whose interval
    reaches it, and no dot in it has a verdict. Filled: decided. A frame is that of `drivers`; `instrument` gives its
    labels, `level` that of its intervals. Raises InputError for another frame, or one without rows.
    """
    frame, model, at_level = _given(of, instrument, level)
    chosen = _chosen(frame, items)
    sheet = Sheet.open(ax, lang, dark, (6.4, 4.3), grid="xy")
    _limits(sheet, chosen)
    at = cuts(*(chosen[name].tolist() for name in ("construct", "importance", "performance", "actionable")))
    target = None if model is None else model.construct(model.target).label.text(lang)
    sheet.labels(
        sheet.say(words.IMPORTANCE_PLAIN) if target is None else sheet.say(words.IMPORTANCE, target=target),
        sheet.say(words.PERFORMANCE),
    )
    sheet.scale("x")
    sheet.scale("y")
    note = _note(sheet, "importance_low" in chosen, at_level)
    sheet.done(title, note)
    _ground(sheet, chosen, at)
    names = [*map(naming(model, lang), chosen["item" if items else "construct"])]
    dots = _dots(sheet, chosen, names)
    corners = _corners(sheet, at)
    written, unnamed = name_dots(sheet, dots, _taken(sheet, chosen, at, corners))
    if unnamed:  # a longer note leaves less room below it
        for one in written:
            one.remove()
        sheet.done(title, sheet.note(note, sheet.say(words.UNNAMED, n=unnamed)))
        name_dots(sheet, dots, _taken(sheet, chosen, at, corners))
    return sheet.ax


def _given(
    of: PlsFit | Bootstrap | pd.DataFrame, instrument: Instrument | None, level: float | None
) -> tuple[pd.DataFrame, Instrument | None, float | None]:
    """What `drivers` says, the instrument, and the level of the intervals, where it is known."""
    if isinstance(of, pd.DataFrame):
        return of, instrument, level
    if isinstance(of, Bootstrap):
        return drivers(of.fit, of), of.fit.instrument, of.level
    return drivers(of), of.instrument, level


def _note(sheet: Sheet, intervals: bool, level: float | None) -> str:
    if not intervals:
        return sheet.say(words.MAP_ESTIMATES)
    if level is None:
        return sheet.say(words.MAP_UNDECIDED_PLAIN)
    return sheet.say(words.MAP_UNDECIDED, level=level_told(level))


def _chosen(frame: pd.DataFrame, items: bool) -> pd.DataFrame:
    """Rows of constructs or of items, `x` their importance as it is compared, with its ends."""
    lacking = [name for name in COLUMNS if name not in frame]
    if lacking:
        raise InputError(
            "ncsi.plot: drivers",
            f"the frame has no {', '.join(lacking)}",
            "Give that of ncsi.drivers, or the fit",
        )
    rows = frame[frame["item"].notna() == items]
    if rows.empty:
        raise InputError(
            "ncsi.plot: drivers",
            f"no {'item' if items else 'construct'} acts on the target",
            "Give rows of both, as ncsi.drivers does",
        )
    whole = {
        name.replace("importance", "x"): whole_importance(
            rows["construct"].tolist(), rows[name].tolist()
        ).to_numpy()
        for name in rows.columns
        if name.startswith("importance")
    }
    return rows.assign(**whole).reset_index(drop=True)


def _limits(sheet: Sheet, rows: pd.DataFrame) -> None:
    for put, name in ((sheet.ax.set_xlim, "x"), (sheet.ax.set_ylim, "performance")):
        ends = rows[[one for one in rows if one in (name, f"{name}_low", f"{name}_high")]].to_numpy(
            dtype=float
        )
        low, high = float(ends.min()), float(ends.max())
        room = 0.12 * (high - low) or 1.0
        put(low - room, high + room)


def _ground(sheet: Sheet, rows: pd.DataFrame, at: Cuts) -> None:
    """The quadrants that ask for something, the grey zone, the lines; nothing where nothing can be acted on."""
    ax, colours = sheet.ax, sheet.colours
    if math.isnan(at.importance):
        return
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    ax.fill_between(
        [at.importance, x1], at.performance, y1, color=colours.pale, alpha=0.55, linewidth=0, zorder=0
    )
    ax.fill_between(
        [at.importance, x1], y0, at.performance, color=colours.pink, alpha=0.7, linewidth=0, zorder=0
    )
    across, up = zone(rows, "x", at.importance), zone(rows, "performance", at.performance)
    if across is not None:
        ax.axvspan(*across, color=colours.zone, linewidth=0, zorder=0.2)
    if up is not None:
        ax.axhspan(*up, color=colours.zone, linewidth=0, zorder=0.2)
    ax.axvline(at.importance, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.axhline(at.performance, color=colours.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.set(xlim=(x0, x1), ylim=(y0, y1))


def zone(rows: pd.DataFrame, name: str, cut: float) -> tuple[float, float] | None:
    """From the lowest to the highest dot whose interval reaches `cut`, without a dot whose interval does not; None
    where there is none, and without intervals."""
    if f"{name}_low" not in rows:
        return None
    low, value, high = (rows[one] for one in (f"{name}_low", name, f"{name}_high"))
    reaching = (low <= cut) & (high >= cut)
    if not reaching.any():
        return None
    room = 0.03 * float(high.max() - low.min())
    under, over = value[~reaching & (value < cut)].max(), value[~reaching & (value > cut)].min()
    least, most = min(float(value[reaching].min()), cut) - room, max(float(value[reaching].max()), cut) + room
    inner = [one for one in value[reaching] if not one < under and not one > over]
    least = max(least, (under + min([*inner, cut])) / 2) if under == under else least
    most = min(most, (over + max([*inner, cut])) / 2) if over == over else most
    return least, most


def _dots(sheet: Sheet, rows: pd.DataFrame, names: list[str]) -> list[Named]:
    """Draw each dot with its two bars."""
    colours, made = sheet.colours, []
    for row, name in zip(rows.to_dict("records"), names, strict=True):
        decided = row["quadrant"] in DECIDED
        first = row["quadrant"] == "improve_first"
        colour = colours.red if first else colours.blue if row["quadrant"] == "keep_up" else colours.muted
        x, y = float(row["x"]), float(row["performance"])
        if "x_low" in row:
            sheet.ax.plot([row["x_low"], row["x_high"]], [y, y], color=colour, linewidth=1.4, zorder=2)
            sheet.ax.plot(
                [x, x],
                [row["performance_low"], row["performance_high"]],
                color=colour,
                linewidth=1.4,
                zorder=2,
            )
        sheet.ax.plot(
            [x], [y], "D" if first else "o", color=colour, markersize=6, markeredgewidth=1.4,
            markerfacecolor=colour if decided else colours.paper, zorder=3,
        )  # fmt: skip
        made.append(Named(x, y, name, colour, "SemiBold" if first else "Regular", first))
    return made


def _taken(sheet: Sheet, rows: pd.DataFrame, at: Cuts, corners: list[Annotation]) -> list[Bbox]:
    """What no name may be written over, in pixels: all bars, the lines, the names of the quadrants."""
    found = []
    for row in rows.to_dict("records") if "x_low" in rows else ():
        x, y = row["x"], row["performance"]
        found.append(Bbox.from_extents(row["x_low"], y, row["x_high"], y))
        found.append(Bbox.from_extents(x, row["performance_low"], x, row["performance_high"]))
    if corners:
        (x0, x1), (y0, y1) = sheet.ax.get_xlim(), sheet.ax.get_ylim()
        found.append(Bbox.from_extents(at.importance, y0, at.importance, y1))
        found.append(Bbox.from_extents(x0, at.performance, x1, at.performance))
    _ = sheet.extent
    drawn = [sheet.ax.transData.transform_bbox(one).padded(1.5) for one in found]
    return [*drawn, *(one.get_window_extent() for one in corners)]


def _corners(sheet: Sheet, at: Cuts) -> list[Annotation]:
    """Name the quadrants in their corners."""
    if math.isnan(at.importance):
        return []
    colours, made = sheet.colours, []
    for key, x, y, colour in (
        ("possible_overkill", 0, 1, colours.muted), ("keep_up", 1, 1, colours.blue),
        ("low_priority", 0, 0, colours.muted), ("improve_first", 1, 0, colours.red),
    ):  # fmt: skip
        made.append(
            sheet.text(
                x, y, _headed(sheet.say(QUADRANTS[key])), at="axes fraction", off=(-4 if x else 4, -4 if y else 4),
                ha="right" if x else "left", va="top" if y else "bottom", weight="SemiBold", colour=colour,
            )
        )  # fmt: skip
    return made


def _headed(words: str) -> str:
    """As a heading has it: its first letter large."""
    return words[:1].upper() + words[1:]
