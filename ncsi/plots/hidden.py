"""Finite mixtures: the classes of every number of them with what criteria say, and the paths within classes."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import FiniteMixture
from ncsi.numerals import number, p_value, per_cent
from ncsi.plots import words
from ncsi.plots.estimates import ARROW
from ncsi.plots.keys import readable
from ncsi.plots.rows import Row, dots, figures, named, size_of
from ncsi.plots.sheet import TEXT, Sheet, width_of
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language


def class_shares(
    of: FiniteMixture,
    ax: Axes | None = None,
    lang: Language = "en",
    dark: bool = False,
    title: str | None = None,
) -> Axes:
    """Draw the shares of the classes, a bar for each number of classes, with CAIC and AIC3 (each less its least), the
    entropy and the p of one class beside it."""
    ks = of.criteria["k"].tolist()
    sheet = Sheet.open(ax, lang, dark, size_of(len(ks), 6.4, 2), grid="")
    ax, colours = sheet.ax, sheet.colours
    names = [sheet.say(words.CLASS if k == 1 else words.CLASSES, k=k) for k in ks]
    sheet.names(names)
    ax.set_xlim(0, 100)
    ax.set_xticks([])
    shades = (colours.blue, colours.soft_blue, colours.pale, colours.zone)
    after = 8.0
    for head, column in (("CAIC", "caic"), ("AIC3", "aic3")):
        gaps = [number(one, 0) for one in of.criteria[column] - of.criteria[column].min()]
        after = sheet.column(after, gaps, head, weight="SemiBold" if column == "caic" else "Regular")
    after = sheet.column(
        after, [number(one, 2, none="") for one in of.criteria["en"]], "EN", colour=colours.muted
    )
    told = [p_value(one, none="") for one in of.criteria["p_one_class"]]
    if any(told):
        sheet.column(after, told, "p", colour=colours.muted)
    note = sheet.note(
        sheet.say(words.CLASS_SHARES), sheet.say(words.CLASS_CRITERIA), sheet.say(words.CLASS_WARNING)
    )
    sheet.done(title, note, names)
    width, _ = sheet.extent
    for row, k in enumerate(ks):
        left = 0.0
        for c, share in enumerate(of.classes.loc[of.classes["k"] == k, "share"]):
            shade = shades[c % len(shades)]
            ax.barh(
                row, 100 * share, left=left, height=0.62, color=shade, edgecolor=colours.paper, linewidth=0.8
            )
            if width_of(per_cent(share), "Regular", TEXT) + 4 < share * width:
                sheet.text(left + 50 * share, row, per_cent(share), ha="center", va="center",
                           colour=readable(sheet, shade))  # fmt: skip
            left += 100 * share
    return ax


def class_paths(
    of: FiniteMixture, k: int | None = None, instrument: Instrument | None = None, ax: Axes | None = None,
    lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the paths within each of k classes (two, or the least that were fitted besides one). Raises InputError for
    a k that was not fitted."""
    fitted = of.criteria["k"].tolist()
    chosen = k if k is not None else next((one for one in fitted if one > 1), fitted[0])
    if chosen not in fitted:
        there = ", ".join(map(str, fitted))
        raise InputError(
            "ncsi.plot: class_paths", f"no mixture of {chosen} classes was fitted", f"Choose of {there}"
        )
    called, rows = naming(instrument, lang), list[Row]()
    sheet = Sheet.open(ax, lang, dark, size_of(chosen * (1 + len(of.paths) // sum(fitted)), 6.4), grid="x")
    for one in of.classes[of.classes["k"] == chosen].itertuples():
        rows.append(
            Row(sheet.say(words.CLASS_HEAD, segment=one.segment, share=per_cent(float(str(one.share)))))
        )
        own = of.paths[(of.paths["k"] == chosen) & (of.paths["segment"] == one.segment)]
        for a, b, path in zip(own["from"], own["to"], own["estimate"], strict=True):
            rows.append(Row(f"{called(a)}{ARROW}{called(b)}", path, math.nan, math.nan))
    dots(sheet, rows, 0.0)
    figures(sheet, rows, 2, (sheet.say(words.ESTIMATE), ""))
    sheet.scale("x")
    note = sheet.note(sheet.say(words.PATHS_IN_CLASSES), sheet.say(words.CLASS_WARNING))
    return sheet.done(title, note, *named(rows))
