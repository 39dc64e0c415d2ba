"""The path diagram: boxes by depth in the model, arrows as wide as their coefficient, dashed where not significant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from ncsi.plots.arrangement import arranged
from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.figures.canvas import BLUE, INK, MUTED, PAPER, RED, Canvas, Drawing
from ncsi.report.result_rows import PathEstimate
from ncsi.spec import Instrument

_SPAN, _WIDEST, _TALL = 16.8, 2.95, 1.35
_LOW, _RISE, _HEIGHT = 1.65, 3.05, 6.4
_DIGIT, _LINE = 0.15, 0.3
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the boxes' centres are, how wide a box is, how far apart two columns are (cm)."""

    places: dict[str, Place]
    width: float
    step: float


def path_diagram(
    instrument: Instrument, paths: Sequence[PathEstimate], values: Mapping[str, str], data: ChartData
) -> Drawing:
    """`values`: the index shown under each construct's name, a dash where it is withheld; `data` for readers to
    download."""
    layout = _layout(instrument)
    canvas = Canvas(17, _HEIGHT)
    axes = canvas.axes(0, 0, 1, 1)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0, 17)
    axes.set_ylim(0, _HEIGHT)
    for one in sorted(paths, key=lambda path: abs(path.estimate)):
        _arrow(canvas, axes, layout, one)
    for construct in instrument.constructs:
        value = values.get(construct.id, text.NONE)
        _box(canvas, axes, layout, layout.places[construct.id], text.pair(construct.label), value,
             construct.id == instrument.target)  # fmt: skip
    words = [path_in_words(instrument, one) for one in paths]
    return canvas.drawing(text.phrase("alt_path", text=text.joined(words)), data, signed=True)


def path_in_words(instrument: Instrument, one: PathEstimate) -> text.Pair:
    """A path with its coefficient, for readers who do not see the diagram."""
    names = {construct.id: construct.label for construct in instrument.constructs}
    source, target, shown = names[one.source], names[one.target], text.number(one.estimate, 2)
    return text.each(lambda language: f"{source.text(language)} → {target.text(language)} {shown}")


def _layout(instrument: Instrument) -> _Layout:
    """The arrangement of the constructs in centimetres."""
    grid = arranged(instrument)
    columns = grid.last
    width = min(_WIDEST, 0.74 * _SPAN / (columns + 1))
    step = (_SPAN - width) / columns
    places = {
        name: (width / 2 + 0.1 + column * step, _LOW + row * _RISE)
        for name, (column, row) in grid.places.items()
    }
    return _Layout(places, width, step)


def _box(
    canvas: Canvas, axes: Axes, layout: _Layout, place: Place, name: text.Pair, value: str, target: bool
) -> None:
    x, y = place
    corner = (x - layout.width / 2, y - _TALL / 2)
    fits = layout.width / (0.0195 * max(len(name.en), 1))
    axes.add_artist(
        FancyBboxPatch(
            corner, layout.width, _TALL, boxstyle="round,pad=0,rounding_size=0.16", linewidth=0.9,
            edgecolor=BLUE if target else MUTED, facecolor=BLUE if target else PAPER, zorder=3,
        )
    )  # fmt: skip
    light = PAPER if target else MUTED
    first, number = INK if not target else PAPER, text.same(value)
    for dy, words, both, size, bold, colour in (
        (0.24, name, "", min(7.5, fits), True, first),
        (-0.27, number, "", 8.5, True, light),
        (0.38, text.NOTHING, name.zh, 7.0, True, first),
        (0.02, text.NOTHING, name.en, min(5.8, fits), False, light),
        (-0.38, text.NOTHING, value, 8.0, True, light),
    ):
        canvas.text(
            axes, x, y + dy, words, both=both, bold=bold, ha="center", va="center", size=size, color=colour,
            zorder=4,
        )  # fmt: skip


def _arrow(canvas: Canvas, axes: Axes, layout: _Layout, one: PathEstimate) -> None:
    colour = MUTED if not one.significant else BLUE if one.estimate > 0 else RED
    start, end, bend = _route(layout, layout.places[one.source], layout.places[one.target])
    axes.add_artist(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=7 + 5 * abs(one.estimate), shrinkA=0, shrinkB=0,
            linewidth=0.6 + 4 * abs(one.estimate), color=colour, connectionstyle=f"arc3,rad={bend}",
            linestyle="-" if one.significant else (0, (4, 2)), zorder=1,
        )
    )  # fmt: skip
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = 0.5 if bend else 0.4
    at = (start[0] + share * dx + bend * dy / 2, start[1] + share * dy - bend * dx / 2)
    shown = text.number(one.estimate, 2)
    width = _DIGIT * (len(shown) + 0.4)
    corner = (at[0] - width / 2, at[1] - _LINE / 2)
    axes.add_artist(Rectangle(corner, width, _LINE, facecolor=PAPER, edgecolor="none", zorder=2))
    canvas.text(
        axes, *at, text.same(shown), bold=True, size=7.5, color=colour, ha="center", va="center", zorder=2.5
    )


def _route(layout: _Layout, source: Place, target: Place) -> tuple[Place, Place, float]:
    """Ends of an arrow and how far it bends: around the boxes that stand between two of the same row, the
    further the more they are."""
    between = [
        place for place in layout.places.values()
        if place[1] == source[1] == target[1] and min(source[0], target[0]) < place[0] < max(source[0], target[0])
    ]  # fmt: skip
    if not between:
        return _edge(layout, source, target), _edge(layout, target, source), 0.0
    upper = source[1] > _LOW
    rise = _TALL / 2 if upper else -_TALL / 2
    reach = abs(target[0] - source[0])
    depth = 0.75 if upper else min(0.75, 0.25 * round(reach / layout.step))
    bend = 2 * depth / reach
    return (source[0], source[1] + rise), (target[0], target[1] + rise), -bend if upper else bend


def _edge(layout: _Layout, box: Place, other: Place) -> Place:
    """Where the line from a box's centre to another point leaves the box."""
    dx, dy = other[0] - box[0], other[1] - box[1]
    scale = min(
        (layout.width / 2) / abs(dx) if dx else float("inf"),
        (_TALL / 2) / abs(dy) if dy else float("inf"),
    )
    return box[0] + dx * scale, box[1] + dy * scale
