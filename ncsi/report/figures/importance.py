"""Importance-performance map: crosses are intervals, quadrants are named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ncsi.model.inference.advice import Cuts, cuts
from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.figures.drawing import BLUE, GRID, INK, MUTED, PALE, PINK, RED, Drawing
from ncsi.report.figures.labels import Box, around, free_place
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.plane import TICKS, Ends, Plane, ticks
from ncsi.report.figures.sketch import Anchor, Shape, Sketch
from ncsi.report.result_rows import Driver

COLOURS = {"improve_first": RED, "keep_up": BLUE}
SHAPES: dict[str, Shape] = {"improve_first": "diamond", "keep_up": "dot"}
"""Red and blue are alike in grey: the shape tells them apart too. What cannot be acted on is hollow."""
_WIDTH, _HEIGHT, _SIZE = 680.0, 348.0, 12.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 36.0, 674.0, 26.0, 302.0
_LABEL = (_RIGHT - _LEFT) * 2 / 3 - 8
"""The widest that a name may be, in both languages or in one: it has room beside its mark or above it, wherever that
is."""


def importance_map(
    drivers: Sequence[Driver], names: Mapping[str, text.Pair], data: ChartData, letters: Letters = OURS
) -> Drawing:
    """A cross for each driver, labelled by its construct's name; `data` for readers to download."""
    made = Sketch(_WIDTH, _HEIGHT, letters)
    plane = Plane(
        _LEFT, _RIGHT, _TOP, _BOTTOM,
        _limits([(one.importance_low, one.importance_high) for one in drivers], 0.10),
        _limits([(one.performance_low, one.performance_high) for one in drivers], 0.14),
    )  # fmt: skip
    cut = cuts_of(drivers)
    parted = not math.isnan(cut.importance)
    if parted:
        _grounds(made, plane, cut)
    _axes(made, plane)
    corners = _quadrants(made) if parted else []
    lines = _cuts(made, plane, cut, corners) if parted else []
    lines += [arm for one in drivers for arm in _cross(made, plane, one)]
    for one in drivers:
        at, shape = plane.at(one.importance, one.performance), SHAPES.get(one.quadrant, "square")
        made.mark(at, shape, 3.2, COLOURS.get(one.quadrant, MUTED), filled=one.actionable)
    _labels(made, plane, drivers, names, (corners, lines))
    words = [driver_in_words(names[one.construct], one) for one in drivers]
    return made.drawing(text.phrase("alt_map", text=text.joined(words)), data, signed=True)


def cuts_of(drivers: Sequence[Driver]) -> Cuts:
    """Where the map is parted."""
    return cuts(
        [one.construct for one in drivers],
        [one.importance for one in drivers],
        [one.performance for one in drivers],
        [one.actionable for one in drivers],
    )


def driver_in_words(name: text.Pair, one: Driver) -> text.Pair:
    """A driver with its importance and its performance, for readers who do not see the map."""
    figures = f"{one.importance:.2f}/{one.performance:.1f}"
    return text.each(lambda language: f"{name.of(language)} {figures}")


def _limits(ends: Sequence[Ends], room: float) -> Ends:
    low, high = min(one for one, _ in ends), max(one for _, one in ends)
    more = room * (high - low) or 1.0
    return low - more, high + more


def _grounds(made: Sketch, plane: Plane, cut: Cuts) -> None:
    """The two quadrants of what is important, shaded."""
    x, y = plane.at(cut.importance, cut.performance)
    made.box((x, _TOP), (_RIGHT - x, y - _TOP), PALE, opacity=0.5)
    made.box((x, y), (_RIGHT - x, _BOTTOM - y), PINK, opacity=0.6)


def _axes(made: Sketch, plane: Plane) -> None:
    plane.levels(made, ticks(plane.y, 9))
    along = ticks(plane.x, 9)
    for tick in along.values:
        x = plane.across(tick)
        made.line((x, _TOP), (x, _BOTTOM), GRID, 0.7)
        made.text((x, _BOTTOM + 16), text.same(text.number(tick, along.digits)), TICKS, MUTED, "middle")
    made.text((_LEFT - 30, _TOP - 12), text.phrase("performance_axis"), TICKS, MUTED)
    middle = ((_LEFT + _RIGHT) / 2, _BOTTOM + 37)
    made.text(middle, text.phrase("importance_axis"), TICKS, MUTED, "middle")


def _cuts(made: Sketch, plane: Plane, cut: Cuts, corners: Sequence[Box]) -> list[Box]:
    """The lines that part the map, beside the names in its corners."""
    x, y = plane.at(cut.importance, cut.performance)
    for end_to_end in (((x, _TOP), (x, _BOTTOM)), ((_LEFT, y), (_RIGHT, y))):
        for start, end in around(*end_to_end, corners):
            made.line(start, end, INK, 1, "3 2")
    return [(x, _TOP, x, _BOTTOM), (_LEFT, y, _RIGHT, y)]


def _quadrants(made: Sketch) -> list[Box]:
    """The quadrants' names in their corners; the room that they take."""
    taken: list[Box] = []
    places: tuple[tuple[str, float, float, Anchor, str], ...] = (
        ("possible_overkill", _LEFT + 8, _TOP + 17, "start", MUTED),
        ("keep_up", _RIGHT - 8, _TOP + 17, "end", BLUE),
        ("low_priority", _LEFT + 8, _BOTTOM - 9, "start", MUTED),
        ("improve_first", _RIGHT - 8, _BOTTOM - 9, "end", RED),
    )
    for key, x, y, anchor, colour in places:
        words = text.phrase(key)
        made.text((x, y), words, _SIZE, colour, anchor, bold=True)
        wide = made.letters.width_of(f"{words.zh} {words.en}", _SIZE)
        left = x if anchor == "start" else x - wide
        taken.append((left, y - _SIZE, left + wide, y + 4))
    return taken


def _cross(made: Sketch, plane: Plane, one: Driver) -> list[Box]:
    """The two lines of a driver; the room that they and its mark take."""
    colour = COLOURS.get(one.quadrant, MUTED)
    x, y = plane.at(one.importance, one.performance)
    left, low = plane.at(one.importance_low, one.performance_low)
    right, high = plane.at(one.importance_high, one.performance_high)
    made.line((left, y), (right, y), colour, 1.2)
    made.line((x, low), (x, high), colour, 1.2)
    return [(left, y, right, y), (x, high, x, low), (x - 4, y - 4, x + 4, y + 4)]


def _labels(
    made: Sketch, plane: Plane, drivers: Sequence[Driver], names: Mapping[str, text.Pair],
    taken: tuple[list[Box], list[Box]],
) -> None:  # fmt: skip
    """Each driver's name where no other stands, with a thin line to its mark where that is not beside it."""
    labels, lines = taken
    within = (_LEFT, _TOP, _RIGHT, _BOTTOM)
    for one in sorted(drivers, key=lambda driver: -driver.performance):
        words, colour = names[one.construct], COLOURS.get(one.quadrant, MUTED)
        place = plane.at(one.importance, one.performance)
        wide, size, both = made.letters.width_of(f"{words.zh} {words.en}", _SIZE), _SIZE, None
        if wide > _LABEL:  # the name of one language alone, smaller where it must be
            both = words.zh
            size = min(made.letters.shrunk(name, _SIZE, _LABEL) for name in words)
            wide = max(made.letters.width_of(name, size) for name in words)
        label = free_place(place, (wide, _SIZE + 3), labels, lines, within)
        labels.append(label.box)
        if label.far:
            made.line(place, label.near(place), colour, 0.5)
        bold = one.quadrant == "improve_first"
        made.text(label.baseline, words, size, colour, label.anchor, bold=bold, both=both)
