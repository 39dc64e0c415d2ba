"""The national index over waves with its confidence band, its breaks and its four-quarter mean."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ncsi.report import text
from ncsi.report.chart_data import Trend, TrendPoint
from ncsi.report.figures.canvas import BLUE, INK, MUTED, PALE, Canvas, Drawing

Points = Sequence[TrendPoint]
_LABELS = 9


def trend(told: Trend, level: str) -> Drawing:
    """A line over the points with its band; `level` of the intervals in per cent."""
    history = told.points
    canvas = Canvas(17, 4.6)
    axes = canvas.axes(0.045, 0.12, 0.82, 0.84)
    axes.grid(visible=False, axis="x")
    low, high = min(one.low for one in history), max(one.high for one in history)
    room = max(0.5, 0.35 * (high - low))
    axes.set_ylim(low - room, high + room)
    end = len(history) - 1
    axes.set_xlim(-0.25, end + 0.06 * max(1, end))
    axes.set_xticks([])
    axes.yaxis.set_major_locator(
        MaxNLocator(7, steps=[1, 2, 5, 10])
    )  # a quarter would print as 74.2, 74.5, 74.8
    axes.yaxis.set_major_formatter("{x:.1f}")
    for start, stop in unbroken(history):
        _line(axes, history, start, stop)
        if start:
            axes.axvline(start - 0.5, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
            canvas.text(axes, start - 0.5, 0.98, text.phrase("trend_broken"), size=7, color=MUTED, ha="center",
                        va="top", transform=axes.get_xaxis_transform())  # fmt: skip
    _rolling(canvas, axes, history)
    _names(canvas, axes, history)
    last = history[-1]
    shown = text.same(text.number(last.index_0_100))
    canvas.text(axes, 1.02, last.index_0_100, shown, bold=True, size=13, color=BLUE, va="center",
                transform=axes.get_yaxis_transform())  # fmt: skip
    ends = text.interval(last.low, last.high)
    return canvas.drawing(text.phrase("alt_trend", value=shown, level=level, interval=ends), told.data)


def unbroken(history: Points) -> list[tuple[int, int]]:
    """First and one past last position of every stretch without a break."""
    starts = [0, *(k for k, one in enumerate(history) if k and one.broken)]
    return list(zip(starts, [*starts[1:], len(history)], strict=True))


def _line(axes: Axes, history: Points, start: int, stop: int) -> None:
    x, part = range(start, stop), history[start:stop]
    axes.fill_between(x, [one.low for one in part], [one.high for one in part], color=PALE, linewidth=0)
    axes.plot(x, [one.index_0_100 for one in part], color=BLUE, linewidth=1.8, marker="o", markersize=4)
    if len(part) == 1:
        axes.errorbar(x, [part[0].index_0_100], [[part[0].index_0_100 - part[0].low],
                      [part[0].high - part[0].index_0_100]], color=BLUE, linewidth=1.2)  # fmt: skip


def _rolling(canvas: Canvas, axes: Axes, history: Points) -> None:
    """The four-quarter mean as a thin dashed line, named at its end."""
    told = [(k, one.rolling_0_100) for k, one in enumerate(history) if one.rolling_0_100 is not None]
    if len(told) < 2:
        return
    axes.plot(*zip(*told, strict=True), color=INK, linewidth=0.9, linestyle=(0, (5, 2)))
    place, value = told[-1]
    above = value > history[place].index_0_100
    canvas.text(axes, place, value, text.phrase("trend_rolling"), size=7, color=MUTED, ha="right",
                va="bottom" if above else "top")  # fmt: skip


def _names(canvas: Canvas, axes: Axes, history: Points) -> None:
    """Waves below the axis, as many as stand apart, the last among them."""
    step = -(-len(history) // _LABELS)
    for k, one in enumerate(history):
        if (len(history) - 1 - k) % step:
            continue
        canvas.text(axes, k, -0.02, one.label, transform=axes.get_xaxis_transform(), ha="center", va="top",
                    color=MUTED, size=7.5)  # fmt: skip
