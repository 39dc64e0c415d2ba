"""The path diagram: constructs with index and R², paths as wide as their coefficient, dashed where not significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.transforms import Bbox

from ncsi.arrays import Array
from ncsi.model import Bootstrap, PlsFit
from ncsi.model.inference.joint_tests import of_paths
from ncsi.numerals import number
from ncsi.plots import words
from ncsi.plots.sheet import Sheet, width_of, wrap
from ncsi.spec import Construct, Instrument, Label, Language
from ncsi.spec.arrangement import arranged

Place = tuple[float, float]
_LARGE, _LEAST = 8.0, 5.0
_LEAD = 1.25
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8)
_POINTS = 41


@dataclass(frozen=True, slots=True)
class _Arrow:
    """A path with what is said of it, and where it runs: `ends`, `bend`, and points along it."""

    source: str
    target: str
    estimate: float
    words: tuple[str, str]
    solid: bool
    ends: tuple[Place, Place]
    bend: float
    along: Array


@dataclass(frozen=True, slots=True)
class Drawn:
    """A model to be drawn: each path's source, target, coefficient, its words (two lines) and whether it is solid; what
    stands `below` the names in the boxes; and the clauses of the `note`."""

    instrument: Instrument
    paths: tuple[tuple[str, str, float, tuple[str, str], bool], ...]
    below: dict[str, list[str]]
    note: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Centres of the boxes, their common size, the room beyond the rows, the width from the first box to
    the last, and the size of letters on arrows, in points."""

    centres: dict[str, Place]
    width: float
    height: float
    middle: float
    room: float
    span: float
    letters: float

    def box(self, name: str, pad: float = 0.0) -> Bbox:
        (x, y), wide, high = self.centres[name], self.width / 2 + pad, self.height / 2 + pad
        return Bbox.from_extents(x - wide, y - high, x + wide, y + high)


def path_diagram(
    of: PlsFit | Bootstrap, ax: Axes | None = None, lang: Language = "en", dark: bool = False,
    title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the model: of a fit its coefficients; of a bootstrap also their standard errors, and dashed what is not
    significant once all paths are tested together (p_joint of `summary`, at the bootstrap's level)."""
    fit, boot = (of.fit, of) if isinstance(of, Bootstrap) else (of, None)
    index = dict(zip(fit.index["construct"], fit.index["index_0_100"], strict=True))
    r2 = dict(zip(fit.r2["construct"], fit.r2["r2"], strict=True))
    below = {
        one: [number(index[one]), *([] if np.isnan(r2.get(one, np.nan)) else [f"R² {number(r2[one], 2)}"])]
        for one in fit.instrument.construct_ids
    }
    told = [words.PATHS] if boot is None else [words.PATHS_ERRORS, words.PATHS_DASHED]
    drawn = Drawn(fit.instrument, tuple(_estimates(fit, boot)), below, (*told, words.PATHS_BOXES))
    return diagram(drawn, ax, lang, dark, title)


def diagram(of: Drawn, ax: Axes | None, lang: Language, dark: bool, title: str | None) -> Axes:
    """Draw a model: constructs as boxes, paths as wide as their coefficient."""
    grid = arranged(of.instrument)
    sheet = Sheet.open(ax, lang, dark, (max(6.4, 1.55 * (grid.last + 1)), 3.6))
    sheet.ax.set_axis_off()
    note = sheet.note(*(sheet.say(one) for one in of.note))
    sheet.ax.set(xticks=[], yticks=[])
    sheet.done(title, note)
    width, height = sheet.extent
    sheet.ax.set(xlim=(0, width), ylim=(0, height))
    plan = _planned(grid.places, width, height)
    arrows = [_routed(plan, *one) for one in of.paths]
    for arrow in sorted(arrows, key=lambda one: abs(one.estimate)):
        _draw(sheet, arrow)
    for construct in of.instrument.constructs:
        target = construct.id == of.instrument.target
        _box(sheet, plan, construct, target, of.below.get(construct.id, []))
    _letter(sheet, plan, arrows)
    return sheet.ax


def _estimates(fit: PlsFit, boot: Bootstrap | None) -> list[tuple[str, str, float, tuple[str, str], bool]]:
    frame = fit.paths
    if boot is None:
        return [
            (a, b, estimate, (number(estimate, 2), ""), True)
            for a, b, estimate in frame[["from", "to", "estimate"]].itertuples(index=False)
        ]
    joint = of_paths(boot).p_joint
    return [
        (a, b, estimate, (number(estimate, 2), f"({number(se, 2)})"), bool(p < 1 - boot.level))
        for (a, b, estimate, se), p in zip(
            boot.paths[["from", "to", "estimate", "se"]].itertuples(index=False), joint, strict=True
        )
    ]


def _planned(places: dict[str, Place], width: float, height: float) -> _Plan:
    """The arrangement in points, from edge to edge; a single row in the middle."""
    columns, rows = sorted({one for one, _ in places.values()}), sorted({one for _, one in places.values()})
    first, count = columns[0], columns[-1] - columns[0] + 1
    wide = min(96.0, 0.66 * width / count)
    nearest = min((b - a for a, b in pairwise(rows)), default=1.0)
    margin = 0.14 * height
    high = max(min(0.34 * height, 46.0, 0.9 * nearest * (height - 2 * margin - 0.3 * height)), 22.0)
    low, rise = margin + high / 2, height - 2 * margin - high
    step = (width - wide - 2) / max(count - 1, 1)

    def placed(column: float, row: float) -> Place:
        return 1 + wide / 2 + (column - first) * step, low + (row if len(rows) > 1 else 0.5) * rise

    centres = {name: placed(*one) for name, one in places.items()}
    letters = max(5.5, min(7.0, width / 40))
    return _Plan(centres, wide, high, low + rise / 2, margin - letters, max(width - wide, 1.0), letters)


def _routed(
    plan: _Plan, source: str, target: str, estimate: float, told: tuple[str, str], solid: bool
) -> _Arrow:
    """From edge to edge; in a bow around the boxes that stand between two of the same row."""
    start, end, bend = plan.centres[source], plan.centres[target], 0.0
    left, right = sorted((start[0], end[0]))
    between = [one for one in plan.centres.values() if one[1] == start[1] == end[1] and left < one[0] < right]
    if between:
        upper = start[1] > plan.middle
        rise = plan.height / 2 if upper else -plan.height / 2
        reach = abs(end[0] - start[0])
        margin = plan.room * max(0.4, reach / plan.span)
        start, end = (start[0], start[1] + rise), (end[0], end[1] + rise)
        bend = 2 * margin / reach * (1 if end[0] > start[0] else -1) * (-1 if upper else 1)
    else:
        start, end = _edge(plan, start, end), _edge(plan, end, start)
    return _Arrow(source, target, estimate, told, solid, (start, end), bend, _along(start, end, bend))


def _edge(plan: _Plan, box: Place, other: Place) -> Place:
    """Where the line from a box's centre to another point leaves the box."""
    dx, dy = other[0] - box[0], other[1] - box[1]
    scale = min(
        (plan.width / 2) / abs(dx) if dx else float("inf"),
        (plan.height / 2) / abs(dy) if dy else float("inf"),
    )
    return box[0] + dx * scale, box[1] + dy * scale


def _along(start: Place, end: Place, bend: float) -> Array:
    """Points (41, 2) of the quadratic curve that matplotlib's arc3 draws."""
    (x0, y0), (x1, y1) = start, end
    control = np.array([(x0 + x1) / 2 + bend * (y1 - y0), (y0 + y1) / 2 - bend * (x1 - x0)])
    t = np.linspace(0, 1, _POINTS)[:, None]
    found: Array = (1 - t) ** 2 * np.array(start) + 2 * t * (1 - t) * control + t**2 * np.array(end)
    return found


def _draw(sheet: Sheet, one: _Arrow) -> None:
    colours = sheet.colours
    sheet.ax.add_artist(
        FancyArrowPatch(
            *one.ends, arrowstyle="-|>", mutation_scale=7 + 5 * min(abs(one.estimate), 1), shrinkA=0, shrinkB=0,
            linewidth=0.7 + 3.4 * min(abs(one.estimate), 1), color=colours.blue if one.solid else colours.muted,
            connectionstyle=f"arc3,rad={one.bend}", linestyle="-" if one.solid else (0, (4, 2)), zorder=1,
        )
    )  # fmt: skip


def _box(sheet: Sheet, plan: _Plan, construct: Construct, target: bool, below: list[str]) -> None:
    colours = sheet.colours
    box = plan.box(construct.id)
    sheet.ax.add_artist(
        FancyBboxPatch(
            box.min, box.width, box.height, boxstyle="round,pad=0,rounding_size=4", linewidth=1,
            edgecolor=colours.blue if target else colours.muted, facecolor=colours.blue if target else colours.paper,
            zorder=3,
        )
    )  # fmt: skip
    name, size = _fitted(construct.label.text(sheet.lang), plan, len(below))
    lines = [
        *((one, "SemiBold", True) for one in name.split("\n")),
        *((one, "Regular", False) for one in below),
    ]
    lead = size * _LEAD
    top = plan.centres[construct.id][1] + lead * (len(lines) - 1) / 2
    for k, (line, weight, naming) in enumerate(lines):
        colour = colours.paper if target else colours.ink if naming else colours.muted
        sheet.text(plan.centres[construct.id][0], top - k * lead, line, ha="center", va="center", size=size,
                   weight="SemiBold" if weight == "SemiBold" else "Regular", colour=colour, zorder=4)  # fmt: skip


def _fitted(name: str, plan: _Plan, below: int) -> tuple[str, float]:
    """The name in lines, and the size at which it and the figures below fit the box."""
    size = _LARGE
    while True:
        lines = wrap(name, "SemiBold", size, plan.width - 8)
        wide = width_of(lines, "SemiBold", size) <= plan.width - 8
        high = (lines.count("\n") + 1 + below) * size * _LEAD <= plan.height - 1
        if (wide and high) or size <= _LEAST:
            return lines, size
        size -= 0.25


def _letter(sheet: Sheet, plan: _Plan, arrows: Sequence[_Arrow]) -> None:
    """Each coefficient on its arrow, where it meets no box, no other coefficient and as little of other arrows as can
    be; with its error below where the two do not fit in a line."""
    boxes = [plan.box(name, 1.5) for name in plan.centres]
    taken: list[Bbox] = []
    for one in sorted(arrows, key=lambda arrow: float(np.ptp(arrow.along, axis=0).max())):
        others = np.concatenate([arrow.along for arrow in arrows if arrow is not one] or [np.empty((0, 2))])
        found = min(
            (
                (_cost(box, boxes, taken, others) + 0.1 * k + 0.25 * stacked, k, stacked, box)
                for stacked in (False, True)
                for k, box in enumerate(_labels(plan, one, stacked))
            ),
            key=lambda choice: choice[:3],
        )
        _, _, stacked, box = found
        taken.append(box)
        sheet.text(
            (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, ("\n" if stacked else " ").join(one.words).strip(),
            weight="SemiBold", size=plan.letters, ha="center", va="center", linespacing=1.05, zorder=2,
            colour=sheet.colours.blue if one.solid else sheet.colours.muted,
            bbox={"facecolor": sheet.colours.paper, "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip


def _labels(plan: _Plan, one: _Arrow, stacked: bool) -> list[Bbox]:
    told = "\n".join(one.words).strip() if stacked else " ".join(one.words).strip()
    wide, high = (
        width_of(told, "SemiBold", plan.letters) + 3,
        (told.count("\n") + 1) * plan.letters * 1.2 + 1.5,
    )
    places = [one.along[round(t * (_POINTS - 1))] for t in _ALONG]
    return [Bbox.from_bounds(x - wide / 2, y - high / 2, wide, high) for x, y in places]


def _cost(box: Bbox, boxes: Sequence[Bbox], taken: Sequence[Bbox], others: Array) -> float:
    crossed = ((others > box.min) & (others < box.max)).all(axis=1).sum()
    met = sum(box.overlaps(one) for one in taken) + sum(box.overlaps(one) for one in boxes)
    return 10.0 * met + 0.15 * float(crossed)
