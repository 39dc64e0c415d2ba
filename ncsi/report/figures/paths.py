"""The path diagram: boxes by depth in the model, arrows as wide as their coefficient, dashed where not significant."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from ncsi.report import text
from ncsi.report.figures.canvas import BLUE, INK, MUTED, PAPER, RED, Canvas, Drawing
from ncsi.spec import Instrument

_BOX = (3.05, 1.25)
Place = tuple[float, float]


def path_diagram(instrument: Instrument, paths: list[dict[str, Any]], values: dict[str, str]) -> Drawing:
    """`paths`: from, to, estimate, significant; `values`: the index shown under each construct's name."""
    places = _places(instrument)
    width = max(x for x, _ in places.values()) + _BOX[0] / 2 + 0.1
    height = max(y for _, y in places.values()) + _BOX[1] / 2 + 0.1
    canvas = Canvas(17, 17 * height / width)
    axes = canvas.axes(0, 0, 1, 1)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    for one in sorted(paths, key=lambda path: abs(path["estimate"])):
        _arrow(canvas, axes, places, one)
    for construct in instrument.constructs:
        _box(canvas, axes, places[construct.id], text.pair(construct.label), values[construct.id],
             construct.id == instrument.target)  # fmt: skip
    names = {c.id: c.label for c in instrument.constructs}
    words = [
        {
            lang: f"{names[p['from']].text(lang)} → {names[p['to']].text(lang)} {text.number(p['estimate'], 2)}"
            for lang in ("zh", "en")
        }
        for p in paths
    ]  # fmt: skip
    return canvas.drawing(text.phrase("alt_path", text=text.joined(words)))


def _places(instrument: Instrument) -> dict[str, Place]:
    """Columns by longest route from an exogenous construct; rows spread so that arrows seldom cross boxes."""
    depth: dict[str, int] = {}

    def reach(name: str) -> int:
        if name not in depth:
            causes = [path.source for path in instrument.paths if path.target == name]
            depth[name] = 1 + max((reach(cause) for cause in causes), default=-1)
        return depth[name]

    columns: dict[int, list[str]] = {}
    for name in instrument.construct_ids:
        columns.setdefault(reach(name), []).append(name)
    step_x = 17 / max(len(columns), 2) if len(columns) > 5 else 3.9
    lanes = (1.0, 3.6, 0.4, 3.0, 1.7, 4.0, 1.0, 3.4)
    places: dict[str, Place] = {}
    for column, names in sorted(columns.items()):
        for k, name in enumerate(names):
            lane = lanes[column % len(lanes)] if len(names) == 1 else 0.5 + 3.4 * k / (len(names) - 1)
            places[name] = (
                _BOX[0] / 2 + 0.1 + column * max(step_x, _BOX[0] + 0.55),
                lane + _BOX[1] / 2 + 0.1,
            )
    return places


def _box(canvas: Canvas, axes: Axes, place: Place, name: text.Pair, value: str, target: bool) -> None:
    x, y = place
    corner = (x - _BOX[0] / 2, y - _BOX[1] / 2)
    axes.add_patch(
        FancyBboxPatch(
            corner, *_BOX, boxstyle="round,pad=0,rounding_size=0.16", linewidth=0.9,
            edgecolor=BLUE if target else MUTED, facecolor=BLUE if target else PAPER, zorder=3,
        )
    )  # fmt: skip
    light = PAPER if target else MUTED
    canvas.text(axes, x, y + 0.3, {**name, "both": name["zh"]}, bold=True, ha="center", va="center",
                size=7.4, color=PAPER if target else INK, zorder=4)  # fmt: skip
    second = {"zh": value, "en": value, "both": f"{name['en']} {value}"}
    canvas.text(axes, x, y - 0.28, second, ha="center", va="center", size=6.6, color=light, zorder=4)


def _arrow(canvas: Canvas, axes: Axes, places: dict[str, Place], one: dict[str, Any]) -> None:
    colour = MUTED if not one["significant"] else BLUE if one["estimate"] > 0 else RED
    (x0, y0), (x1, y1) = places[one["from"]], places[one["to"]]
    start, end = _edge((x0, y0), (x1, y1)), _edge((x1, y1), (x0, y0))
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=7 + 5 * abs(one["estimate"]), shrinkA=0, shrinkB=0,
            linewidth=0.6 + 4 * abs(one["estimate"]), color=colour,
            linestyle="-" if one["significant"] else (0, (4, 2)), zorder=1,
        )
    )  # fmt: skip
    share = 0.42
    at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    canvas.text(axes, *at, text.same(text.number(one["estimate"], 2)), bold=True, size=7.5, color=colour, ha="center",
                va="center", zorder=2,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})  # fmt: skip


def _edge(box: Place, other: Place) -> Place:
    """Where the line from a box's centre to another point leaves the box."""
    dx, dy = other[0] - box[0], other[1] - box[1]
    scale = min(
        (_BOX[0] / 2) / abs(dx) if dx else float("inf"),
        (_BOX[1] / 2) / abs(dy) if dy else float("inf"),
    )
    return box[0] + dx * scale, box[1] + dy * scale
