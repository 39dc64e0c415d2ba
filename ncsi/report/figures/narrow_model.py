"""A sector's model on a phone: the importance-performance map and the path diagram, 340 pixels wide."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ncsi.report import text
from ncsi.report.axis_rows import axis
from ncsi.report.chart_data import ChartData
from ncsi.report.figures.drawing import BLUE, GRID, INK, MUTED, PALE, PAPER, PINK, RED, Drawing
from ncsi.report.figures.importance import COLOURS, SHAPES, cuts_of, driver_in_words
from ncsi.report.figures.labels import Box, around, free_place, met
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.paths import coefficient, path_in_words, tone_of
from ncsi.report.figures.routes import Route, coefficients, room, straight
from ncsi.report.figures.sketch import Anchor, Point, Sketch
from ncsi.report.result_rows import Driver, PathEstimate
from ncsi.spec import Instrument
from ncsi.spec.arrangement import arranged

_WIDTH, _SIZE = 340.0, 13.5
_MAP = (34.0, 328.0, 26.0, 300.0)
"""Left, right, top and bottom of the map."""
_BOX = (112.0, 44.0)
_STEP, _COLUMNS = 84.0, (90.0, 250.0)


def narrow_importance_map(
    drivers: Sequence[Driver], names: Mapping[str, text.Pair], data: ChartData, letters: Letters = OURS
) -> Drawing:
    """The map with a cross for each driver; hollow where it cannot be acted on, its label where no other stands."""
    made, at = Sketch(_WIDTH, 348.0, letters), _Scales(drivers)
    left, right, top, bottom = _MAP
    arms = [arm for one in drivers for arm in _arms(at, one)]
    labels, lines = _grounds(made, drivers, at, arms)
    lines += arms
    for one in drivers:
        _cross(made, at, one)
    for one in sorted(drivers, key=lambda d: -d.performance):
        colour, place = COLOURS.get(one.quadrant, MUTED), at((one.importance, one.performance))
        made.mark(place, SHAPES.get(one.quadrant, "square"), 4, colour, filled=one.actionable)
        name = names[one.construct]
        size = min(letters.shrunk(one, _SIZE, (right - left) * 2 / 3 - 8) for one in name)
        wide = max(letters.width_of(one, size) for one in name)
        label = free_place(place, (wide, 18), labels, lines, (left, top, right + 10, bottom))
        labels.append(label.box)
        if label.far:
            made.line(place, label.near(place), colour, 0.6)
        made.text(label.baseline, name, size, colour, label.anchor, bold=one.quadrant == "improve_first",
                  both=name.zh)  # fmt: skip
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


def _arms(at: _Scales, one: Driver) -> list[Box]:
    """The room that the two lines of a driver take."""
    x, y = at((one.importance, one.performance))
    left, low = at((one.importance_low, one.performance_low))
    right, high = at((one.importance_high, one.performance_high))
    return [(left, y - 2, right, y + 2), (x - 2, high, x + 2, low)]


def _cross(made: Sketch, at: _Scales, one: Driver) -> None:
    """The two lines of a driver."""
    colour = COLOURS.get(one.quadrant, MUTED)
    (left, y, right, _), (x, high, _, low) = _arms(at, one)
    made.line((left, y + 2), (right, y + 2), colour, 1.4)
    made.line((x + 2, low), (x + 2, high), colour, 1.4)


def _grounds(
    made: Sketch, drivers: Sequence[Driver], at: _Scales, arms: Sequence[Box]
) -> tuple[list[Box], list[Box]]:
    """Ticks with their numbers, and what can be acted on parted by its means; the room that the parts' names take, each
    in the corner that fewer `arms` of crosses reach, and that of the lines that part."""
    left, right, top, bottom = _MAP
    cut, named, lines = cuts_of(drivers), [], []
    if not math.isnan(cut.importance):
        x, y = at((cut.importance, cut.performance))
        made.box((x, top), (right - x, y - top), PALE)
        made.box((x, y), (right - x, bottom - y), PINK)
        for key, base, colour in (("keep_up", top + 14, BLUE), ("improve_first", bottom - 6, RED)):
            words = text.phrase(key)
            wide = max(made.letters.width_of(one, 12.5) for one in words)
            corners: list[tuple[Anchor, float]] = [("end", right - 4), ("start", x + 5)]
            rooms = [(place - wide * (anchor == "end"), base - 12, place + wide * (anchor == "start"), base + 3)
                     for anchor, place in corners]  # fmt: skip
            chosen = min((0, 1), key=lambda k: met(rooms[k], arms))
            made.text((corners[chosen][1], base), words, 12.5, colour, corners[chosen][0], both=words.zh)
            named.append(rooms[chosen])
        for start, end in (((x, top), (x, bottom)), ((left, y), (right, y))):
            for part in around(start, end, named):
                made.line(*part, INK, 1, "3 3")
            lines.append((start[0] - 1, start[1] - 1, end[0] + 1, end[1] + 1))
    digits = 2 if any(round(tick * 10) != tick * 10 for tick in at.x.ticks) else 1
    for tick in at.x.ticks:
        x = at((tick, at.y.low))[0]
        made.line((x, bottom), (x, bottom + 4), GRID)
        made.text((x, bottom + 19), text.same(text.number(tick, digits)), 13, MUTED, "middle")
    for tick in at.y.ticks:
        y = at((at.x.low, tick))[1]
        made.line((left, y), (right, y), GRID, 0.7)
        made.text((left - 5, y + 4.5), text.same(f"{tick:g}"), 13, MUTED, "end")
    return named, lines


def narrow_path_diagram(
    instrument: Instrument, paths: Sequence[PathEstimate], values: Mapping[str, str], data: ChartData,
    letters: Letters = OURS,
) -> Drawing:  # fmt: skip
    """The model from above downwards: a box a construct with its index, arrows as wide as their coefficient, dashed
    where not significant."""
    grid = arranged(instrument)
    places = {
        name: (_COLUMNS[0] + row * (_COLUMNS[1] - _COLUMNS[0]), 34 + column * _STEP)
        for name, (column, row) in grid.places.items()
    }
    made = Sketch(_WIDTH, 34 + grid.last * _STEP + 34, letters)
    ordered = sorted(paths, key=lambda one: abs(one.estimate))
    routes = [_route(places, one) for one in ordered]
    for one, way in zip(ordered, routes, strict=True):
        dash = "" if one.significant else "4 3"
        made.arrow(way.start, way.middle, way.end, tone_of(one), 1 + 4 * abs(one.estimate), dash)
    for construct in instrument.constructs:
        _construct(made, places[construct.id], text.pair(construct.label), values.get(construct.id, text.NONE),
                   construct.id == instrument.target)  # fmt: skip
    sizes = [(_wide(letters, text.number(one.estimate, 2)), 16.0) for one in ordered]
    boxes = [room(place, _BOX) for place in places.values()]
    for one, at, size in zip(ordered, coefficients(routes, sizes, boxes, (0, _WIDTH)), sizes, strict=True):
        coefficient(made, one, at, size, 13)
    words = [path_in_words(instrument, one) for one in paths]
    return made.drawing(text.phrase("alt_path", text=text.joined(words)), data, signed=True)


def _wide(letters: Letters, figure: str) -> float:
    """Room of a coefficient."""
    return max(8.0 * len(figure), letters.width_of(figure, 13) if letters.widths else 0.0)


def _route(places: Mapping[str, Point], one: PathEstimate) -> Route:
    """An arrow's way, bent outwards where a box stands between."""
    start, end = places[one.source], places[one.target]
    between = [at for at in places.values() if at[0] == start[0] == end[0] and start[1] < at[1] < end[1]]
    if not between:
        return straight(start, end, _BOX, 0.42)
    side = -1 if start[0] < _WIDTH / 2 else 1
    edge = start[0] + side * _BOX[0] / 2
    bent = edge + side * min(60.0, 22.0 + 16 * len(between))
    return Route((edge, start[1] + 6), (bent, (start[1] + end[1]) / 2), (edge, end[1] - 6), 0.5)


def _construct(made: Sketch, at: Point, name: text.Pair, value: str, target: bool) -> None:
    made.box(
        (at[0] - _BOX[0] / 2, at[1] - _BOX[1] / 2), _BOX, BLUE if target else PAPER, BLUE if target else MUTED
    )
    ink = PAPER if target else INK
    size = made.letters.shrunk(name.zh, made.letters.fitting(name.en, 13.0, _BOX[0] - 8), _BOX[0] - 8)
    made.text((at[0], at[1] - 3), name, size, ink, "middle", bold=True, both=name.zh)
    made.text((at[0], at[1] + 15), text.same(value), 13.5, ink if target else MUTED, "middle", bold=True)
