"""The path diagram: boxes by depth in the model, arrows as wide as their coefficient, dashed where not significant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.figures.drawing import BLUE, INK, MUTED, PAPER, RED, Drawing
from ncsi.report.figures.letters import OURS, Letters
from ncsi.report.figures.routes import Route, coefficients, room, straight
from ncsi.report.figures.sketch import Point, Sketch
from ncsi.report.result_rows import PathEstimate
from ncsi.spec import Instrument
from ncsi.spec.arrangement import arranged

WIDTH, TALL = 680.0, 54.0
_HEIGHT, _WIDEST, _MARGIN = 256.0, 118.0, 4.0
_LOW, _RISE = 190.0, 122.0
"""The middle of the lower row, and how far the upper one stands above it."""
_DEEPEST = 60.0
_SIZE, _LETTER = 11.0, 0.55


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the boxes' middles are, how wide a box is, how far apart two columns are (pixels)."""

    places: dict[str, Point]
    width: float
    step: float


def path_diagram(
    instrument: Instrument, paths: Sequence[PathEstimate], values: Mapping[str, str], data: ChartData,
    letters: Letters = OURS,
) -> Drawing:  # fmt: skip
    """`values`: the index shown under each construct's name, a dash where it is withheld; `data` for readers to
    download."""
    layout, made = layout_of(instrument), Sketch(WIDTH, _HEIGHT, letters)
    ordered = sorted(paths, key=lambda path: abs(path.estimate))
    routes = [_route(layout, layout.places[one.source], layout.places[one.target]) for one in ordered]
    for one, way in zip(ordered, routes, strict=True):
        width = 0.9 + 5.5 * abs(one.estimate)
        dash = "" if one.significant else f"{max(6.0, 2.4 * width):.0f} {max(3.0, 1.2 * width):.0f}"
        made.arrow(way.start, way.middle, way.end, tone_of(one), width, dash)
    boxes = [room(place, (layout.width, TALL)) for place in layout.places.values()]
    sizes = [(letters.width_of(text.number(one.estimate, 2), _SIZE) + 0.28 * _SIZE, 13.0) for one in ordered]
    for one, at, size in zip(ordered, coefficients(routes, sizes, boxes, (0, WIDTH)), sizes, strict=True):
        coefficient(made, one, at, size, _SIZE)
    for construct in instrument.constructs:
        value = values.get(construct.id, text.NONE)
        _box(made, layout.places[construct.id], layout.width, text.pair(construct.label), value,
             construct.id == instrument.target)  # fmt: skip
    words = [path_in_words(instrument, one) for one in paths]
    return made.drawing(text.phrase("alt_path", text=text.joined(words)), data, signed=True)


def path_in_words(instrument: Instrument, one: PathEstimate) -> text.Pair:
    """A path with its coefficient, for readers who do not see the diagram."""
    names = {construct.id: construct.label for construct in instrument.constructs}
    source, target, shown = names[one.source], names[one.target], text.number(one.estimate, 2)
    return text.each(lambda language: f"{source.text(language)} → {target.text(language)} {shown}")


def tone_of(one: PathEstimate) -> str:
    """The colour of a path: grey where it is not significant, red where it is negative."""
    return MUTED if not one.significant else BLUE if one.estimate > 0 else RED


def layout_of(instrument: Instrument) -> Layout:
    """The arrangement of the constructs in pixels."""
    grid = arranged(instrument)
    span = WIDTH - 2 * _MARGIN
    width = min(_WIDEST, 0.74 * span / (grid.last + 1))
    step = (span - width) / grid.last
    places = {
        name: (_MARGIN + width / 2 + column * step, _LOW - row * _RISE)
        for name, (column, row) in grid.places.items()
    }
    return Layout(places, width, step)


def _box(made: Sketch, at: Point, width: float, name: text.Pair, value: str, target: bool) -> None:
    """A construct with its value: two lines in one language, three in both."""
    x, y = at
    edge, ground = (BLUE, BLUE) if target else (MUTED, PAPER)
    made.box((x - width / 2, y - TALL / 2), (width, TALL), ground, edge, rounded=6)
    first, second = (PAPER, PAPER) if target else (INK, MUTED)
    letters, room = made.letters, width - 4
    for dy, words, both, size, bold, colour in (
        (
            -5.5,
            name,
            "",
            letters.shrunk(name.zh, letters.fitting(name.en, _SIZE, room, _LETTER), room),
            True,
            first,
        ),
        (15.0, text.same(value), "", 12.0, True, second),
        (-11.5, text.NOTHING, name.zh, letters.shrunk(name.zh, 10.0, room), True, first),
        (2.5, text.NOTHING, name.en, letters.fitting(name.en, 8.5, room, _LETTER), False, second),
        (19.0, text.NOTHING, value, 11.5, True, second),
    ):
        made.text((x, y + dy), words, size, colour, "middle", bold=bold, both=both)


def coefficient(made: Sketch, one: PathEstimate, at: Point, size: Point, letters: float) -> None:
    """The coefficient of a path in a gap of its arrow, of that size."""
    made.box((at[0] - size[0] / 2, at[1] - size[1] / 2), size, PAPER)
    shown = text.same(text.number(one.estimate, 2))
    made.text((at[0], at[1] + 0.36 * letters), shown, letters, tone_of(one), "middle", bold=True)


def _route(layout: Layout, source: Point, target: Point) -> Route:
    """An arrow's way: straight, or bent around the boxes that stand between two of the same row, the further the more
    they are."""
    between = [
        place for place in layout.places.values()
        if place[1] == source[1] == target[1] and min(source[0], target[0]) < place[0] < max(source[0], target[0])
    ]  # fmt: skip
    if not between:
        return straight(source, target, (layout.width, TALL), 0.4)
    side = -1 if source[1] < _LOW else 1
    depth = _DEEPEST if side < 0 else min(_DEEPEST, 20.0 * round(abs(target[0] - source[0]) / layout.step))
    y = source[1] + side * TALL / 2
    return Route((source[0], y), ((source[0] + target[0]) / 2, y + side * depth), (target[0], y), 0.5)
