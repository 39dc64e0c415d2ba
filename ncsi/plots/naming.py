"""Names beside dots: each in the first free place around its dot, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from ncsi.plots.sheet import TEXT, Sheet, width_of
from ncsi.plots.theme import Weight

_NEAR, _STEPS = 7.0, (0.0, 8.0, 18.0, 30.0, 44.0)
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_HIGH = 1.25


@dataclass(frozen=True, slots=True)
class Named:
    """A dot at (x, y) in data coordinates and what it is called; `first`: named before the others."""

    x: float
    y: float
    name: str
    colour: str
    weight: Weight = "Regular"
    first: bool = False


def name_dots(sheet: Sheet, dots: Sequence[Named], taken: Sequence[Bbox]) -> tuple[list[Annotation], int]:
    """Write the names so that none meets another, a dot or one of the boxes `taken` (pixels); gives them, and how many
    have no place and stay unwritten. A name far from its dot is led to it by a thin line."""
    _ = sheet.extent
    per_point = sheet.ax.figure.dpi / 72
    room = sheet.ax.get_window_extent().padded(-1)
    centres = [sheet.ax.transData.transform((one.x, one.y)) for one in dots]
    of_dots = [_around(x, y, 4.5 * per_point) for x, y in centres]
    full = [*of_dots, *taken]
    written: list[Annotation] = []
    for one in sorted(dots, key=lambda dot: not dot.first):
        x, y = sheet.ax.transData.transform((one.x, one.y))
        wide, high = width_of(one.name, one.weight, TEXT) * per_point, TEXT * _HIGH * per_point
        found = next(
            (
                (box, step)
                for step in _STEPS
                for side in _SIDES
                if _free(box := _beside(x, y, side, (_NEAR + step) * per_point, wide, high), room, full)
            ),
            None,
        )
        if found is None:
            continue
        box, step = found
        full.append(box)
        middle = ((box.x0 + box.x1) / 2 - x) / per_point, ((box.y0 + box.y1) / 2 - y) / per_point
        lead = {"arrowprops": _lead(sheet)} if step >= 18 else {}
        written.append(
            sheet.text(one.x, one.y, one.name, off=middle, ha="center", va="center", size=TEXT, weight=one.weight,
                       colour=one.colour, zorder=5, **lead)
        )  # fmt: skip
    return written, len(dots) - len(written)


def _lead(sheet: Sheet) -> dict[str, object]:
    return {"arrowstyle": "-", "color": sheet.colours.muted, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 4}


def _around(x: float, y: float, reach: float) -> Bbox:
    return Bbox.from_extents(x - reach, y - reach, x + reach, y + reach)


def _beside(x: float, y: float, side: tuple[int, int], off: float, wide: float, high: float) -> Bbox:
    across, up = side
    reach = off if not (across and up) else off * 0.75
    left = x + across * reach - (wide if across < 0 else wide / 2 if across == 0 else 0)
    low = y + up * reach - (high if up < 0 else high / 2 if up == 0 else 0)
    return Bbox.from_bounds(left, low, wide, high)


def _free(box: Bbox, room: Bbox, taken: Sequence[Bbox]) -> bool:
    inside = box.x0 >= room.x0 and box.x1 <= room.x1 and box.y0 >= room.y0 and box.y1 <= room.y1
    return inside and not any(box.overlaps(other) for other in taken)
