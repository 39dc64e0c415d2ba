"""A control chart over months: values, frozen limits, the base they come from, breaks, the season, signals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ncsi.report import text
from ncsi.report.chart_data import Control, ControlPoint
from ncsi.report.figures.canvas import BLUE, INK, MUTED, PALE, PAPER, RED, Canvas, Drawing

Points = Sequence[ControlPoint]
_LABELS = 9


def control(told: Control) -> Drawing:
    """Values as a line of dots, limits as steps, the base shaded; signals filled red, the season hollow."""
    points = told.points
    canvas = Canvas(17, 5.4)
    axes = canvas.axes(0.06, 0.11, 0.85, 0.86)
    axes.grid(visible=False, axis="x")
    axes.set_xlim(-0.6, len(points) - 0.4)
    axes.set_xticks([])
    _range(axes, told)
    for start, stop in _stretches(points):
        _limits(axes, points, start, stop)
        axes.plot(
            range(start, stop), [one.value for one in points[start:stop]], color=BLUE, linewidth=1.2, zorder=3
        )
        if start:
            _break(canvas, axes, start)
    _dots(axes, points)
    if told.line is not None:
        axes.axhline(told.line, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    _months(canvas, axes, points)
    last = points[-1]
    canvas.text(axes, 1.015, last.value, text.same(_written(last.value, told.percent)), bold=True, size=11, color=BLUE,
                va="center", transform=axes.get_yaxis_transform())  # fmt: skip
    return canvas.drawing(told.alt, told.data)


def _written(value: float, percent: bool) -> str:
    return f"{text.number(100 * value, 1)}%" if percent else text.number(value, 2)


def _range(axes: Axes, told: Control) -> None:
    ends = [one for p in told.points for one in (p.value, p.low, p.high) if one is not None]
    ends += [told.line] if told.line is not None else []
    low, high = min(ends), max(ends)
    room = 0.08 * (high - low) or 0.05 * (abs(high) or 1.0)
    axes.set_ylim(low - room, min(high + room, 1.004) if told.percent else high + room)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    digits = 0 if told.percent and high - low > 0.06 else 1
    scale, sign = (100, "%") if told.percent else (1, "")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{scale * value:.{digits}f}{sign}"))


def _stretches(points: Points) -> list[tuple[int, int]]:
    starts = [0, *(k for k, one in enumerate(points) if k and one.broken)]
    return list(zip(starts, [*starts[1:], len(points)], strict=True))


def _limits(axes: Axes, points: Points, start: int, stop: int) -> None:
    """Limits and centre of a stretch as steps; the months that they come from on a pale ground."""
    own = [(k, one) for k, one in enumerate(points[start:stop], start) if one.centre is not None]
    if not own:
        return
    base = [k for k, one in own if one.base]
    axes.axvspan(base[0] - 0.5, base[-1] + 0.5, color=PALE, linewidth=0, zorder=0)
    x = [k for k, _ in own]
    for of in ("low", "high"):
        axes.step(x, [getattr(one, of) for _, one in own], where="mid", color=MUTED, linewidth=0.8)
    axes.hlines(
        own[0][1].centre or 0.0, x[0] - 0.5, x[-1] + 0.5, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2))
    )


def _break(canvas: Canvas, axes: Axes, start: int) -> None:
    axes.axvline(start - 0.5, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    canvas.text(axes, start - 0.5, 0.99, text.phrase("trend_broken"), size=7, color=MUTED, ha="center", va="top",
                transform=axes.get_xaxis_transform())  # fmt: skip


def _dots(axes: Axes, points: Points) -> None:
    for k, one in enumerate(points):
        colour = RED if one.signal else BLUE
        size = 6.0 if one.signal else 4.2
        face = PAPER if one.season else colour
        axes.plot([k], [one.value], marker="s" if one.signal else "o", markersize=size, markerfacecolor=face,
                  markeredgecolor=colour, linewidth=0, zorder=4)  # fmt: skip


def _months(canvas: Canvas, axes: Axes, points: Points) -> None:
    """Months below the axis, as many as stand apart, the last among them."""
    step = -(-len(points) // _LABELS)
    for k, one in enumerate(points):
        if (len(points) - 1 - k) % step == 0:
            canvas.text(axes, k, -0.02, one.label, transform=axes.get_xaxis_transform(), ha="center", va="top",
                        color=MUTED, size=7.5)  # fmt: skip
