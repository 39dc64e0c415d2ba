"""A split tree as a tree: nodes from the left, each with its rule, index and number of respondents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from ncsi.model import SplitTree
from ncsi.numerals import number, p_value
from ncsi.plots import words
from ncsi.plots.sheet import Sheet, width_of, wrap
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language

_LARGEST, _LEAST, _LEAD = 8.0, 5.0, 1.25
_WIDE, _HIGH = 0.84, 0.8
"""Parts of a column's width and of a row's height that a box takes."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A node: its column, its row among the leaves, its rule, and what stands below it."""

    column: int
    row: float
    rule: str
    below: tuple[str, ...]
    leaf: bool


def split_tree(
    of: SplitTree, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the nodes of a split tree with their index and respondents, and of each split the column with p for the
    search; leaves are filled."""
    called = naming(instrument, lang)
    sheet = Sheet.open(ax, lang, dark, (6.4, 0.9 + 0.62 * int(of.nodes["leaf"].sum())))
    boxes = _placed(sheet, of)
    leaves = sum(one.leaf for one in boxes.values())
    columns = 1 + max(one.column for one in boxes.values())
    sheet.ax.set(xlim=(0, columns), ylim=(leaves - 0.5, -0.5), xticks=[], yticks=[])
    on = words.TREE_PATHS if of.on == "paths" else words.TREE_INDEX
    note = sheet.note(sheet.say(on, target=called(of.target)), sheet.say(words.TREE_P))
    sheet.done(title, note)
    width, height = sheet.extent
    room = _WIDE * width / columns - 6, _HIGH * height / leaves - 3
    for node, one in boxes.items():
        if node > 1:
            _joined(sheet, boxes[node // 2], one)
        _drawn(sheet, one, *room)
    return sheet.ax


def _placed(sheet: Sheet, of: SplitTree) -> Mapping[int, _Box]:
    """The nodes by number: leaves one below the other, a split between its children."""
    told = {int(str(row.node)): row for row in of.nodes.itertuples()}
    found: dict[int, _Box] = {}
    leaves = 0

    def place(node: int) -> float:
        nonlocal leaves
        row = told[node]
        below = [sheet.say(words.TREE_NODE, index=number(float(str(row.index_0_100))), n=f"{row.n:,}")]
        if row.leaf:
            at = float(leaves)
            leaves += 1
        else:
            at = (place(2 * node) + place(2 * node + 1)) / 2
            below.append(sheet.say(words.TREE_SPLIT, column=row.column, p=p_value(float(str(row.p_search)))))
        rule = str(row.rule) or sheet.say(words.TREE_ALL)
        found[node] = _Box(node.bit_length() - 1, at, rule, tuple(below), bool(row.leaf))
        return at

    place(1)
    return found


def _joined(sheet: Sheet, parent: _Box, child: _Box) -> None:
    right, left = parent.column + 0.5 + _WIDE / 2, child.column + 0.5 - _WIDE / 2
    middle = (right + left) / 2
    sheet.ax.plot(
        [right, middle, middle, left], [parent.row, parent.row, child.row, child.row], color=sheet.colours.muted,
        linewidth=1, zorder=1,
    )  # fmt: skip


def _drawn(sheet: Sheet, one: _Box, wide: float, high: float) -> None:
    """The box with its words, in letters as large as have room."""
    colours = sheet.colours
    corner = one.column + 0.5 - _WIDE / 2, one.row - _HIGH / 2
    sheet.ax.add_patch(
        FancyBboxPatch(
            corner, _WIDE, _HIGH, boxstyle="square,pad=0", linewidth=0.9, edgecolor=colours.muted,
            facecolor=colours.pale if one.leaf else colours.paper, zorder=2,
        )
    )  # fmt: skip
    size = _LARGEST
    while True:
        lines = [
            wrap(one.rule, "SemiBold", size, wide),
            *(wrap(part, "Regular", size, wide) for part in one.below),
        ]
        tall = sum(part.count("\n") + 1 for part in lines) * size * _LEAD
        broad = max(width_of(part, "SemiBold", size) for part in lines)
        if (tall <= high and broad <= wide) or size <= _LEAST:
            break
        size -= 0.25
    up = tall / 2
    for k, part in enumerate(lines):
        rows = part.count("\n") + 1
        up -= rows * size * _LEAD / 2
        sheet.text(
            one.column + 0.5, one.row, part, off=(0, up), ha="center", va="center", size=size, zorder=3,
            weight="SemiBold" if k == 0 else "Regular", linespacing=1.1,
        )  # fmt: skip
        up -= rows * size * _LEAD / 2
