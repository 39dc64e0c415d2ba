"""The national index over waves with its confidence band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ncsi.report import text
from ncsi.report.figures.canvas import BLUE, MUTED, PALE, Canvas, Drawing


def trend(history: Sequence[dict[str, Any]], level: str) -> Drawing:
    """`history`: label_zh, label_en, index_0_100, low, high, oldest first."""
    canvas = Canvas(17, 4.6)
    axes = canvas.axes(0.045, 0.12, 0.82, 0.84)
    axes.grid(visible=False, axis="x")
    x = list(range(len(history)))
    values = [one["index_0_100"] for one in history]
    axes.fill_between(
        x, [one["low"] for one in history], [one["high"] for one in history], color=PALE, linewidth=0
    )
    axes.plot(x, values, color=BLUE, linewidth=1.8, marker="o", markersize=4)
    low, high = min(one["low"] for one in history), max(one["high"] for one in history)
    room = max(0.5, 0.35 * (high - low))
    axes.set_ylim(low - room, high + room)
    axes.set_xlim(-0.25, x[-1] + 0.06 * max(1, x[-1]))
    axes.set_xticks([])
    axes.yaxis.set_major_formatter("{x:.1f}")
    for k, one in enumerate(history):
        words = {"zh": one["label_zh"], "en": one["label_en"]}
        canvas.text(axes, k, -0.02, words, transform=axes.get_xaxis_transform(), ha="center", va="top",
                    color=MUTED, size=7.5)  # fmt: skip
    last = history[-1]
    shown = text.same(text.number(last["index_0_100"]))
    canvas.text(axes, 1.02, last["index_0_100"], shown, bold=True, size=13, color=BLUE, va="center",
                transform=axes.get_yaxis_transform())  # fmt: skip
    ends = text.interval(last["low"], last["high"])
    return canvas.drawing(text.phrase("alt_trend", value=shown, level=level, interval=ends), history)
