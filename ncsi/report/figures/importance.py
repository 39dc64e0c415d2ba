"""Importance-performance map: crosses are intervals, quadrants are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from ncsi.report import text
from ncsi.report.figures.canvas import BLUE, INK, MUTED, PALE, PINK, RED, Canvas, Drawing

_COLOURS = {"improve_first": RED, "keep_up": BLUE}


def importance_map(drivers: Sequence[dict[str, Any]], names: dict[str, text.Pair]) -> Drawing:
    """`drivers`: construct, importance and performance with _low and _high, quadrant."""
    canvas = Canvas(17, 8.6)
    axes = canvas.axes(0.07, 0.135, 0.92, 0.855)
    x0, x1 = _limits(drivers, "importance", 0.10)
    y0, y1 = _limits(drivers, "performance", 0.14)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    x = sum(one["importance"] for one in drivers) / len(drivers)
    y = sum(one["performance"] for one in drivers) / len(drivers)
    axes.fill_between([x, x1], y, y1, color=PALE, alpha=0.5, linewidth=0)
    axes.fill_between([x, x1], y0, y, color=PINK, alpha=0.6, linewidth=0)
    axes.axvline(x, color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    axes.axhline(y, color=INK, linewidth=0.7, linestyle=(0, (3, 2)))
    _quadrants(canvas, axes)
    _crosses(canvas, axes, drivers, names, x1 - x0)
    for axis_key, at, rotation in (
        ("importance_axis", (0.53, -0.11), 0),
        ("performance_axis", (-0.065, 0.5), 90),
    ):
        canvas.text(axes, *at, text.phrase(axis_key), transform=axes.transAxes, ha="center", va="center",
                    color=MUTED, size=7.5, rotation=rotation)  # fmt: skip
    words = [
        {
            lang: f"{names[d['construct']][lang]} {d['importance']:.2f}/{d['performance']:.1f}"
            for lang in ("zh", "en")
        }
        for d in drivers
    ]
    return canvas.drawing(text.phrase("alt_map", text=text.joined(words)))


def _limits(drivers: Sequence[dict[str, Any]], key: str, room: float) -> tuple[float, float]:
    low = min(one[f"{key}_low"] for one in drivers)
    high = max(one[f"{key}_high"] for one in drivers)
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
    canvas: Canvas, axes: Axes, drivers: Sequence[dict[str, Any]], names: dict[str, text.Pair], width: float
) -> None:
    for one in drivers:
        colour = _COLOURS.get(one["quadrant"], MUTED)
        x, y = one["importance"], one["performance"]
        axes.plot([one["importance_low"], one["importance_high"]], [y, y], color=colour, linewidth=0.8)
        axes.plot([x, x], [one["performance_low"], one["performance_high"]], color=colour, linewidth=0.8)
        axes.plot([x], [y], "o", color=colour, markersize=4)
        left = x - axes.get_xlim()[0] > 0.72 * width
        canvas.text(axes, x, y, names[one["construct"]], bold=one["quadrant"] == "improve_first", color=colour,
                    ha="right" if left else "left", va="bottom", size=8)  # fmt: skip
