"""Importance-performance map: crosses are intervals, quadrants are named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from ncsi.model.inference.advice import Cuts, cuts
from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.figures.canvas import BLUE, INK, MUTED, PALE, PINK, RED, Canvas, Drawing
from ncsi.report.result_rows import Driver

_COLOURS = {"improve_first": RED, "keep_up": BLUE}
_MARKERS = {"improve_first": "D", "keep_up": "o"}
"""Red and blue are alike in grey: the shape tells them apart too. What cannot be acted on is hollow."""
Place = tuple[float, float]
_Box = tuple[float, float, float, float]


def importance_map(drivers: Sequence[Driver], names: Mapping[str, text.Pair], data: ChartData) -> Drawing:
    """A cross for each driver, labelled by its construct's name; `data` for readers to download."""
    canvas = Canvas(17, 8.6)
    axes = canvas.axes(0.05, 0.13, 0.94, 0.80)
    x0, x1 = _limits([(one.importance_low, one.importance_high) for one in drivers], 0.10)
    y0, y1 = _limits([(one.performance_low, one.performance_high) for one in drivers], 0.14)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    lines = _lines(axes, cuts_of(drivers))
    if lines:
        _quadrants(canvas, axes)
    _crosses(canvas, axes, drivers, names, lines)
    for key, at, ha in (
        ("importance_axis", (0.5, -0.11), "center"),
        ("performance_axis", (-0.045, 1.05), "left"),
    ):
        canvas.text(
            axes, *at, text.phrase(key), transform=axes.transAxes, ha=ha, va="center", color=MUTED, size=7.5
        )
    words = [driver_in_words(names[one.construct], one) for one in drivers]
    return canvas.drawing(text.phrase("alt_map", text=text.joined(words)), data, signed=True)


def cuts_of(drivers: Sequence[Driver]) -> Cuts:
    """Where the map is parted."""
    return cuts(
        [one.construct for one in drivers],
        [one.importance for one in drivers],
        [one.performance for one in drivers],
        [one.actionable for one in drivers],
    )


def _lines(axes: Axes, at: Cuts) -> list[_Box]:
    """The lines that part the map, with the quadrants shaded; none where nothing on it can be acted on."""
    x, y = at.importance, at.performance
    if math.isnan(x):
        return []
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    axes.fill_between([x, x1], y, y1, color=PALE, alpha=0.5, linewidth=0)
    axes.fill_between([x, x1], y0, y, color=PINK, alpha=0.6, linewidth=0)
    axes.axvline(x, color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    axes.axhline(y, color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    return [(x, y0, x, y1), (x0, y, x1, y)]


def driver_in_words(name: text.Pair, one: Driver) -> text.Pair:
    """A driver with its importance and its performance, for readers who do not see the map."""
    figures = f"{one.importance:.2f}/{one.performance:.1f}"
    return text.each(lambda language: f"{name.of(language)} {figures}")


def _limits(ends: Sequence[Place], room: float) -> tuple[float, float]:
    low, high = min(one for one, _ in ends), max(one for _, one in ends)
    return low - room * (high - low), high + room * (high - low)


def _quadrants(canvas: Canvas, axes: Axes) -> None:
    places = {
        "possible_overkill": (0.012, 0.975, "left", "top", MUTED),
        "keep_up": (0.988, 0.975, "right", "top", BLUE),
        "low_priority": (0.012, 0.025, "left", "bottom", MUTED),
        "improve_first": (0.988, 0.025, "right", "bottom", RED),
    }
    for key, (x, y, ha, va, colour) in places.items():
        canvas.text(axes, x, y, text.phrase(key), bold=True, transform=axes.transAxes, ha=ha, va=va, color=colour,
                    size=8.5)  # fmt: skip


def _crosses(
    canvas: Canvas,
    axes: Axes,
    drivers: Sequence[Driver],
    names: Mapping[str, text.Pair],
    lines: list[_Box],
) -> None:
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    width, height = x1 - x0, y1 - y0
    taken = lines + [arm for one in drivers for arm in _arms(one)]
    for one in sorted(drivers, key=lambda d: -d.performance):
        colour = _COLOURS.get(one.quadrant, MUTED)
        x, y = one.importance, one.performance
        axes.plot([one.importance_low, one.importance_high], [y, y], color=colour, linewidth=0.8)
        axes.plot([x, x], [one.performance_low, one.performance_high], color=colour, linewidth=0.8)
        inside = colour if one.actionable else "white"
        axes.plot(
            [x], [y], _MARKERS.get(one.quadrant, "s"), color=colour, markerfacecolor=inside, markersize=4
        )
        words = names[one.construct]
        size = (width * (0.021 * len(words.zh) + 0.0095 * len(words.en) + 0.02), height * 0.05)
        ha, va, box = _free_place(axes, (x, y), size, (0.006 * width, 0.012 * height), taken)
        taken.append(box)
        canvas.text(axes, box[2] if ha == "right" else box[0], box[1] if va == "bottom" else box[3], words,
                    bold=one.quadrant == "improve_first", color=colour, ha=ha, va=va, size=8)  # fmt: skip


def _arms(one: Driver) -> list[_Box]:
    """The two lines of a cross."""
    x, y = one.importance, one.performance
    return [
        (one.importance_low, y, one.importance_high, y),
        (x, one.performance_low, x, one.performance_high),
    ]


def _free_place(axes: Axes, at: Place, size: Place, gap: Place, taken: list[_Box]) -> tuple[str, str, _Box]:
    """The corner of the dot where a label of that size meets the fewest labels and lines and stays inside."""
    best: tuple[float, str, str, _Box] | None = None
    for ha, va in (("left", "bottom"), ("right", "bottom"), ("left", "top"), ("right", "top")):
        x0 = at[0] + gap[0] if ha == "left" else at[0] - gap[0] - size[0]
        y0 = at[1] + gap[1] if va == "bottom" else at[1] - gap[1] - size[1]
        box = (x0, y0, x0 + size[0], y0 + size[1])
        cost = sum(_meet(box, other) for other in taken)
        cost += 10 * (box[0] < axes.get_xlim()[0] or box[2] > axes.get_xlim()[1])
        if best is None or cost < best[0]:
            best = (cost, ha, va, box)
    return ("left", "bottom", (*at, *at)) if best is None else best[1:]


def _meet(a: _Box, b: _Box) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
