"""A sector's model on a phone: the importance-performance map and the path diagram, 340 pixels wide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

from ncsi.plots.arrangement import arranged
from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.content.axis_rows import axis
from ncsi.report.figures.canvas import BLUE, GRID, INK, MUTED, PALE, PAPER, PINK, RED, Drawing
from ncsi.report.figures.importance import cuts_of, driver_in_words
from ncsi.report.figures.paths import path_in_words
from ncsi.report.figures.sketch import Point, Sketch
from ncsi.report.result_rows import Driver, PathEstimate
from ncsi.spec import Instrument

_WIDTH, _SIZE = 340.0, 13.5
_MAP = (34.0, 328.0, 26.0, 300.0)
"""Left, right, top and bottom of the map."""
_COLOURS = {"improve_first": RED, "keep_up": BLUE}
_BOX = (112.0, 44.0)
_STEP, _COLUMNS = 84.0, (90.0, 250.0)
_Room = tuple[float, float, float, float]


def narrow_importance_map(
    drivers: Sequence[Driver], names: Mapping[str, text.Pair], data: ChartData
) -> Drawing:
    """The map with a cross for each driver; hollow where it cannot be acted on, its label where no other stands."""
    made, at = Sketch(_WIDTH, 348.0), _Scales(drivers)
    left, right, top, bottom = _MAP
    _grounds(made, drivers, at)
    taken: list[_Room] = []
    for one in drivers:
        colour = _COLOURS.get(one.quadrant, MUTED)
        x, y = at((one.importance, one.performance))
        low, high = (
            at((one.importance_low, one.performance_low)),
            at((one.importance_high, one.performance_high)),
        )
        made.line((low[0], y), (high[0], y), colour, 1.4)
        made.line((x, low[1]), (x, high[1]), colour, 1.4)
        taken += [(low[0], y - 2, high[0], y + 2), (x - 2, high[1], x + 2, low[1])]
    for one in sorted(drivers, key=lambda d: -d.performance):
        colour, place = _COLOURS.get(one.quadrant, MUTED), at((one.importance, one.performance))
        made.dot(place, 4.5, colour, filled=one.actionable)
        name = names[one.construct]
        wide = max(_SIZE * len(name.zh), 0.56 * _SIZE * len(name.en))
        box, anchor = _free(place, wide, taken)
        taken.append(box)
        made.text((box[0] if anchor == "start" else box[2], box[3] - 4), name, _SIZE, colour, anchor,
                  bold=one.quadrant == "improve_first", both=name.zh)  # fmt: skip
    made.text((left, top - 10), text.phrase("performance_axis"), 12.5, MUTED)
    made.text(((left + right) / 2, bottom + 40), text.phrase("narrow_importance_axis"), 12.5, MUTED, "middle")
    words = [driver_in_words(names[one.construct], one) for one in drivers]
    return made.drawing(text.phrase("alt_map", text=text.joined(words)), data, signed=True)


class _Scales:
    """From importance and performance to the pixels of the map."""

    def __init__(self, drivers: Sequence[Driver]) -> None:
        ends = [end for one in drivers for end in (one.importance_low, one.importance_high)]
        self.x = axis(ends, (0.05, 0.1, 0.2, 0.5, 1))
        self.y = axis(
            [end for one in drivers for end in (one.performance_low, one.performance_high)], (1, 2, 5, 10)
        )

    def __call__(self, at: Point) -> Point:
        left, right, top, bottom = _MAP
        x = (at[0] - self.x.low) / (self.x.high - self.x.low)
        y = (at[1] - self.y.low) / (self.y.high - self.y.low)
        return left + x * (right - left), bottom - y * (bottom - top)


def _grounds(made: Sketch, drivers: Sequence[Driver], at: _Scales) -> None:
    """Ticks with their numbers, and what can be acted on parted by its means."""
    left, right, top, bottom = _MAP
    cut = cuts_of(drivers)
    if not math.isnan(cut.importance):
        x, y = at((cut.importance, cut.performance))
        made.box((x, top), (right - x, y - top), PALE, "none")
        made.box((x, y), (right - x, bottom - y), PINK, "none")
        for start, end in (((x, top), (x, bottom)), ((left, y), (right, y))):
            made.line(start, end, INK, 1, "3 3")
        made.text(
            (right - 4, top + 14), text.phrase("keep_up"), 12.5, BLUE, "end", both=text.phrase("keep_up").zh
        )
        made.text((right - 4, bottom - 6), text.phrase("improve_first"), 12.5, RED, "end",
                  both=text.phrase("improve_first").zh)  # fmt: skip
    digits = 2 if any(round(tick * 10) != tick * 10 for tick in at.x.ticks) else 1
    for tick in at.x.ticks:
        x = at((tick, at.y.low))[0]
        made.line((x, bottom), (x, bottom + 4), GRID)
        made.text((x, bottom + 19), text.same(text.number(tick, digits)), 13, MUTED, "middle")
    for tick in at.y.ticks:
        y = at((at.x.low, tick))[1]
        made.line((left, y), (right, y), GRID, 0.7)
        made.text((left - 5, y + 4.5), text.same(f"{tick:g}"), 13, MUTED, "end")


def _free(place: Point, wide: float, taken: Sequence[_Room]) -> tuple[_Room, str]:
    """Room for a label near a dot, where it meets the fewest marks and stays on the map."""
    left, right, _, _ = _MAP

    def room(away: float, up: bool, anchor: str) -> _Room:
        x = place[0] + 6 if anchor == "start" else place[0] - 6 - wide
        y = place[1] - away - 18 if up else place[1] + away
        return (x, y, x + wide, y + 18)

    def cost(tried: tuple[float, bool, str]) -> float:
        box = room(*tried)
        outside = (box[0] < left) + (box[2] > right + 10)
        return sum(_meet(box, one) for one in taken) + 10 * outside + tried[0] / 100

    away, up, anchor = min(product((4.0, 20.0, 36.0), (True, False), ("start", "end")), key=cost)
    return room(away, up, anchor), anchor


def _meet(a: _Room, b: _Room) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def narrow_path_diagram(
    instrument: Instrument, paths: Sequence[PathEstimate], values: Mapping[str, str], data: ChartData
) -> Drawing:
    """The model from above downwards: a box a construct with its index, arrows as wide as their coefficient, dashed
    where not significant."""
    grid = arranged(instrument)
    places = {
        name: (_COLUMNS[0] + row * (_COLUMNS[1] - _COLUMNS[0]), 34 + column * _STEP)
        for name, (column, row) in grid.places.items()
    }
    made = Sketch(_WIDTH, 34 + grid.last * _STEP + 34)
    ordered = sorted(paths, key=lambda one: abs(one.estimate))
    labels = [(_arrow(made, places, one), one) for one in ordered]
    for construct in instrument.constructs:
        _construct(made, places[construct.id], text.pair(construct.label), values.get(construct.id, text.NONE),
                   construct.id == instrument.target)  # fmt: skip
    for at, one in labels:
        shown = text.number(one.estimate, 2)
        made.box((at[0] - 4 * len(shown), at[1] - 8), (8 * len(shown), 16), PAPER, "none")
        made.text((at[0], at[1] + 4.5), text.same(shown), 13, _tone(one), "middle", bold=True)
    words = [path_in_words(instrument, one) for one in paths]
    return made.drawing(text.phrase("alt_path", text=text.joined(words)), data, signed=True)


def _tone(one: PathEstimate) -> str:
    return MUTED if not one.significant else BLUE if one.estimate > 0 else RED


def _arrow(made: Sketch, places: Mapping[str, Point], one: PathEstimate) -> Point:
    """An arrow, bent outwards where a box stands between; where its coefficient is to be written."""
    start, end = places[one.source], places[one.target]
    between = [at for at in places.values() if at[0] == start[0] == end[0] and start[1] < at[1] < end[1]]
    if between:
        left = start[0] < _WIDTH / 2
        side = -_BOX[0] / 2 if left else _BOX[0] / 2
        first, last = (start[0] + side, start[1] + 6), (end[0] + side, end[1] - 6)
        room = min(60.0, 22 + 16 * len(between))
        middle = (first[0] - room if left else first[0] + room, (first[1] + last[1]) / 2)
        share = 0.5
    else:
        first, last = _edge(start, end), _edge(end, start)
        middle, share = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2), 0.42
    dash = "" if one.significant else "4 3"
    made.arrow(first, middle, last, _tone(one), 1 + 4 * abs(one.estimate), dash)
    rest = 1 - share
    x, y = (rest * rest * first[k] + 2 * share * rest * middle[k] + share * share * last[k] for k in (0, 1))
    return min(max(x, 18.0), _WIDTH - 18), y


def _edge(box: Point, other: Point) -> Point:
    """Where the line from a box's middle to another point leaves the box."""
    dx, dy = other[0] - box[0], other[1] - box[1]
    scale = min((_BOX[0] / 2) / abs(dx) if dx else math.inf, (_BOX[1] / 2) / abs(dy) if dy else math.inf)
    return box[0] + dx * scale, box[1] + dy * scale


def _construct(made: Sketch, at: Point, name: text.Pair, value: str, target: bool) -> None:
    made.box(
        (at[0] - _BOX[0] / 2, at[1] - _BOX[1] / 2), _BOX, BLUE if target else PAPER, BLUE if target else MUTED
    )
    ink = PAPER if target else INK
    size = min(13.0, (_BOX[0] - 8) / (0.56 * max(len(name.en), 1)))
    made.text((at[0], at[1] - 3), name, size, ink, "middle", bold=True, both=name.zh)
    made.text((at[0], at[1] + 15), text.same(value), 13.5, ink if target else MUTED, "middle", bold=True)
