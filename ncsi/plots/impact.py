"""Asymmetric impact: what low answers to an item cost the index and what high answers bring it, from zero."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.model import AsymmetricImpact
from ncsi.model.resampling.intervals import t_reach
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.rows import Row, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import interval, naming
from ncsi.spec import Instrument, Language
from ncsi.verdicts import IMPACTS


def impact(
    of: AsymmetricImpact, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw penalty and reward of every item (single contrasts) in points of the index with their intervals, by
    construct; beside them the asymmetry with its interval, and what the item is."""
    called, reach = naming(instrument, lang), float(t_reach(of.level, math.inf))
    records: list[dict[str, float | str] | None] = []
    rows: list[Row] = []
    for construct, own in of.items.groupby("construct", sort=False):
        rows.append(Row(called(str(construct))))
        records += [None, *own.to_dict("records")]  # type: ignore[list-item]
        rows += [Row(called(str(item)), 0.0) for item in own["item"]]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows), 7.4), grid="x")
    ax, colours = sheet.ax, sheet.colours
    sheet.names(*named(rows))
    for k, one in enumerate(records):
        if one is None:
            continue
        for end, colour in (("penalty", colours.soft_red), ("reward", colours.soft_blue)):
            size, half = float(one[end]), reach * float(one[f"{end}_se"])
            ax.barh(k, size, height=0.62, color=colour, linewidth=0)
            ax.plot(
                [size - half, size + half], [k, k], color=colours.ink, linewidth=1.2, solid_capstyle="butt"
            )
    ax.axvline(0, color=colours.ink, linewidth=0.9)
    after = 8.0
    gaps = ["" if one is None else number(float(one["asymmetry"]), 1) for one in records]
    after = sheet.column(after, gaps, sheet.say(words.ASYMMETRY), weight="SemiBold")
    ends = [
        "" if one is None else interval(float(one["asymmetry_low"]), float(one["asymmetry_high"]), 1, lang)
        for one in records
    ]
    after = sheet.column(
        after, ends, sheet.say(words.INTERVAL_HEAD, level=level_told(of.level)), colour=colours.muted
    )
    kinds = ["" if one is None else IMPACTS[str(one["kind"])].text(lang) for one in records]
    sheet.column(after, kinds, sheet.say(words.KIND))
    sheet.scale("x")
    note = sheet.note(sheet.say(words.IMPACT, target=called(of.target)), sheet.say(words.NOT_KANO))
    return sheet.done(title, note, *named(rows))
