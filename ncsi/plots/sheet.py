"""A chart being drawn: an Axes in the theme, its texts, the columns beside it, the words above it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator, ScalarFormatter
from matplotlib.transforms import Bbox

from ncsi.errors import InputError
from ncsi.palette import DARK, LIGHT, Palette
from ncsi.plots.theme import Weight, font
from ncsi.spec import Label, Language

TICKS, TEXT, TITLE = 7.5, 8.0, 11.0
"""Sizes of type in points."""
_LEAD = 1.32
_PIECES = re.compile(r"（*(?:[⺀-鿿＀-￯]|[^\s⺀-鿿＀-￯]+)[，。；：、）％]*\s*")
"""What a line may be broken between: Chinese characters and other words, with the stops about them."""
_MARGIN = 2.0
_LEAST = 5.5
_ROUNDED, _PITCH = 1.06, 1.22
_ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The Axes of one chart, the language of its words and its colours."""

    ax: Axes
    lang: Language
    colours: Palette

    @classmethod
    def open(
        cls, ax: Axes | None, lang: Language, dark: bool, size: tuple[float, float], grid: str = ""
    ) -> Sheet:
        """On `ax`, or on a new figure of that size (inches); `grid`: "x", "y" or "xy", its lines.

        Raises InputError for a language other than zh and en.
        """
        if lang not in ("zh", "en"):
            raise InputError("ncsi.plot", f"there is no language '{lang}' here", "Use zh or en")
        colours = DARK if dark else LIGHT
        if ax is None:
            from matplotlib import pyplot as plt  # late: it chooses a backend, which a report has no use for

            ax = plt.figure(figsize=size, layout="constrained", facecolor=colours.paper).add_subplot()
        elif dark:
            ax.figure.set_facecolor(colours.paper)
        ax.set_facecolor(colours.paper)
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.tick_params(length=0, labelsize=TICKS, labelcolor=colours.muted)
        ax.grid(visible=False)
        for axis in grid:
            ax.grid(axis="x" if axis == "x" else "y", color=colours.grid, linewidth=0.5)
        ax.set_axisbelow(True)
        made = cls(ax, lang, colours)
        made._letter_ticks()
        return made

    def say(self, words: Label, **values: object) -> str:
        """A phrase in the chart's language."""
        return words.text(self.lang).format(**values)

    def note(self, *parts: str) -> str:
        """What is drawn, in clauses; empty ones are left out."""
        return ("；" if self.lang == "zh" else "; ").join(part for part in parts if part)

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the Axes in points, once it is laid out with what it holds."""
        root = self.ax.figure.get_figure(root=True)
        if isinstance(root, Figure) and (engine := root.get_layout_engine()) is not None:
            self._letter_ticks()
            engine.execute(root)
        return self._size()

    def _size(self) -> tuple[float, float]:
        box, per_inch = self.ax.get_window_extent(), self.ax.figure.dpi
        return box.width * 72 / per_inch, box.height * 72 / per_inch

    def text(
        self, x: float, y: float, words: str, *, weight: Weight = "Regular", size: float = TEXT,
        colour: str | None = None, off: tuple[float, float] = (0.0, 0.0), at: Any = "data", **options: Any,
    ) -> Annotation:  # fmt: skip
        """A text `off` (points) from a place in the coordinates `at`."""
        return self.ax.annotate(
            words, (x, y), xycoords=at, xytext=off, textcoords="offset points",
            fontproperties=font(weight, size), color=self.colours.ink if colour is None else colour,
            parse_math=False, annotation_clip=False, **options,
        )  # fmt: skip

    def labels(self, x: str = "", y: str = "") -> None:
        """Names of the axes."""
        for put, words in ((self.ax.set_xlabel, x), (self.ax.set_ylabel, y)):
            if words:
                put(
                    words,
                    fontproperties=font("Regular", TEXT),
                    color=self.colours.muted,
                    parse_math=False,
                    labelpad=3,
                )

    def scale(self, axis: str, most: int = 7) -> None:
        """Ticks at 1, 2 or 5 times a power of ten, as many as have room."""
        width, height = self.extent
        room = width / 38 if axis == "x" else height / 24
        of = self.ax.xaxis if axis == "x" else self.ax.yaxis
        of.set_major_locator(MaxNLocator(max(2, min(most, int(room))), steps=[1, 2, 5, 10]))
        of.set_major_formatter(ScalarFormatter(useOffset=False))

    def names(self, names: Sequence[str], heads: Collection[int] = ()) -> None:
        """Names of rows 0, 1 … from the top, in as many lines as have room, as `done` finds it; `heads`: headings."""
        self.ax.set_ylim(len(names) - 0.5, -0.5)
        self._name(names, heads, *self._size())

    def _name(self, names: Sequence[str], heads: Collection[int], width: float, height: float) -> None:
        lines, size = _fitted(names, width + 22, height / len(names))
        self.ax.set_yticks([*range(len(names))], lines)
        for k, tick in enumerate(self.ax.get_yticklabels()):
            tick.set(
                fontproperties=font("SemiBold" if k in heads else "Regular", size), color=self.colours.ink
            )
            tick.set(linespacing=1.05, parse_math=False, va="center")

    def column(
        self,
        off: float,
        cells: Sequence[str],
        head: str = "",
        weight: Weight = "Regular",
        colour: str | None = None,
    ) -> float:
        """A column of texts right of the Axes, `off` points from it, a cell a row; gives where the next may begin."""
        width = max(width_of(one, weight, TEXT) for one in cells)
        width = max(width, width_of(head, "Regular", TICKS - 0.5))
        for row, words in enumerate(cells):
            # All end at one line: a cell between others takes no room that those leave.
            between = 1 < row < len(cells) - 2
            self.text(
                1, row, words, at=("axes fraction", "data"), off=(off + width, 0), ha="right", va="center",
                weight=weight, colour=colour, in_layout=not between,
            )  # fmt: skip
        if head:
            self.text(1, 1, head, at="axes fraction", off=(off + width, 3), ha="right", va="bottom",
                      size=TICKS - 0.5, colour=self.colours.muted)  # fmt: skip
        return off + width + 9

    def ends(self, named: Sequence[tuple[float, str, str]]) -> None:
        """Names (place on the y axis, words, colour) right of the Axes, pushed apart where they would meet."""
        _, height = self.extent
        low, high = self.ax.get_ylim()
        per_unit, gap = height / (high - low), TEXT * _PITCH
        ordered = sorted(named)
        places = [place * per_unit for place, _, _ in ordered]
        for _ in range(len(places) ** 2):
            for k in range(len(places) - 1):
                lack = gap - (places[k + 1] - places[k])
                if lack > 1e-6:
                    places[k], places[k + 1] = places[k] - lack / 2, places[k + 1] + lack / 2
        for (place, words, colour), put in zip(ordered, places, strict=True):
            self.text(1, place, words, at=("axes fraction", "data"), off=(5, put - place * per_unit), ha="left",
                      va="center", colour=colour)  # fmt: skip
        self._inside()

    def done(
        self, title: str | None, note: str, names: Sequence[str] = (), heads: Collection[int] = ()
    ) -> Axes:
        """Letter the ticks, write title and note above all that is drawn (anew, if they are there), keep it inside its
        figure. `names` and `heads`: those of the rows, fitted to the room that is left."""
        self._letter_ticks()
        self._inside()
        self._above(title, note)
        self._inside()
        if names:
            self._name(names, heads, *self.extent)
        return self.ax

    def _letter_ticks(self) -> None:
        for label in [*self.ax.get_xticklabels(), *self.ax.get_yticklabels()]:
            if label.get_fontproperties().get_file() is None:
                label.set(fontproperties=font("Regular", TICKS), parse_math=False)

    def _above(self, title: str | None, note: str) -> None:
        for old in [one for one in self.ax.texts if one.get_gid() == _ABOVE]:
            old.remove()
        _ = self.extent
        per_point = self.ax.figure.dpi / 72
        box, all_of_it = self.ax.get_window_extent(), self._tight()
        left = (all_of_it.x0 - box.x0) / per_point
        width = max((all_of_it.x1 - all_of_it.x0) / per_point - _MARGIN, 120.0)
        over = (all_of_it.y1 - box.y1) / per_point + 5
        told: list[tuple[str | None, Weight, float, str]] = [
            (note, "Regular", TICKS, self.colours.muted),
            (title, "Bold", TITLE, self.colours.ink),
        ]
        for words, weight, size, colour in told:
            if words:
                lines = wrap(words, weight, size, width)
                self.text(0, 1, lines, at="axes fraction", off=(left, over), weight=weight, size=size,
                          colour=colour, ha="left", va="bottom", linespacing=1.15, gid=_ABOVE)  # fmt: skip
                over += (lines.count("\n") + 1) * size * _LEAD + 3

    def _tight(self) -> Bbox:
        return self.ax.get_tightbbox() or self.ax.get_window_extent()

    def _inside(self) -> None:
        """On a figure that lays nothing out, the Axes gives way to labels that would fall outside of it."""
        root = self.ax.figure.get_figure(root=True)
        if not isinstance(root, Figure) or root.get_layout_engine() is not None:
            return
        whole, all_of_it = root.bbox, self._tight()
        place = self.ax.get_position()
        low = [max(0.0, (_MARGIN - all_of_it.min[k]) / whole.size[k]) for k in (0, 1)]
        high = [max(0.0, (all_of_it.max[k] + _MARGIN - whole.size[k]) / whole.size[k]) for k in (0, 1)]
        if any((*low, *high)):
            corners = [place.x0 + low[0], place.y0 + low[1]], [place.x1 - high[0], place.y1 - high[1]]
            self.ax.set_position(Bbox(corners))


def width_of(words: str, weight: Weight, size: float) -> float:
    """Width in points of the longest line, at most: on a screen each letter's advance is rounded to pixels."""
    return _ROUNDED * size * max(_width(one, weight) for one in words.split("\n"))


@lru_cache(4096)
def _width(line: str, weight: Weight) -> float:
    """Width of a line in letters of size 1."""
    return float(text_to_path.get_text_width_height_descent(line, font(weight, 100), False)[0]) / 100


def wrap(words: str, weight: Weight, size: float, width: float, name: bool = False) -> str:
    """Lines of at most `width` points, broken between words or Chinese characters; a longer word stands alone. A `name`
    that has spaces is broken at them alone."""
    lines, line = [], ""
    pieces = re.findall(r"\S+\s*", words) if name and " " in words else _PIECES.findall(words)
    for piece in pieces:
        if line.strip() and width_of((line + piece).rstrip(), weight, size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return "\n".join([*lines, line.rstrip()])


def _fitted(names: Sequence[str], width: float, row: float) -> tuple[list[str], float]:
    """Names in lines, and the size at which those of neighbouring rows, `row` points apart, do not meet: in two fifths
    of the width, in more where they must be; what no size that can be read makes room for is cut short."""
    for share in (0.4, 0.5, 0.6):
        size = TEXT
        while size >= _LEAST:
            lines = [wrap(one, "SemiBold", size, share * width, name=True).split("\n") for one in names]
            if max(map(len, lines)) * _PITCH * size <= row:
                return ["\n".join(one) for one in lines], size
            size -= 0.25
    room = max(1, int(row / (_PITCH * _LEAST)))
    cut = [one if len(one) <= room else [*one[: room - 1], one[room - 1] + " …"] for one in lines]
    return ["\n".join(one) for one in cut], min(_LEAST, row / _PITCH)
