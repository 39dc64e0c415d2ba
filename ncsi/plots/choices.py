"""What holds of groups and models together: tests of all groups, levels of invariance, support for models."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import GroupComparison, Invariance, ModelChoice
from ncsi.numerals import level_told, number, p_value
from ncsi.plots import words
from ncsi.plots.estimates import ARROW
from ncsi.plots.rows import Row, bars, dots, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language
from ncsi.verdicts import ALL_PATHS, LEVELS


def together(
    of: GroupComparison, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw what tests all groups at once: F of every path and of all (wald), or the distances of what the model implies
    (omnibus), with p; hollow where it does not reject. Raises InputError for a method of pairs."""
    frame, called = of.omnibus, naming(instrument, lang)
    if frame.empty:
        problem = f"method '{of.method}' tests groups two by two"
        raise InputError(
            "ncsi.plot: together", problem, "Draw its 'differences', or compare by wald or omnibus"
        )
    if of.method == "wald":
        names = [
            ALL_PATHS.text(lang) if a is None or a != a else f"{called(str(a))}{ARROW}{called(str(b))}"
            for a, b in zip(frame["from"], frame["to"], strict=True)
        ]
        figure, p = frame["statistic"], frame["p_adjusted"].fillna(frame["p"])
    else:
        names, figure, p = (
            [str(one).replace("_", " ") for one in frame["statistic"]],
            frame["estimate"],
            frame["p"],
        )
    rows = [
        Row(name, float(one), math.nan, math.nan, bool(q < 1 - of.level))
        for name, one, q in zip(names, figure, p, strict=True)
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    dots(sheet, rows, 0.0)
    head = "F" if of.method == "wald" else sheet.say(words.DISTANCE)
    after = figures(sheet, rows, 2 if of.method == "wald" else 3, (head, ""), ends=False)
    sheet.column(after, [p_value(float(one)) for one in p], "p", colour=sheet.colours.muted)
    sheet.scale("x")
    groups = (", " if lang == "en" else "、").join(map(str, of.groups["group"]))
    note = sheet.note(
        sheet.say(words.WALD if of.method == "wald" else words.OMNIBUS, groups=groups),
        sheet.say(words.HOLLOW if of.method == "wald" else words.HOLLOW_ALONE, level=level_told(of.level)),
    )
    return sheet.done(title, note, *named(rows))


def levels(
    of: Invariance, ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw CFI of every level of invariance, hollow where it does not hold, with its fall, RMSEA and SRMR beside it;
    the robust ones where the fit is."""
    frame, last = of.levels, "_robust" if of.robust else ""
    rows = [
        Row(LEVELS[str(name)].text(lang), float(cfi), math.nan, math.nan, bool(holds))
        for name, cfi, holds in zip(frame["model"], frame[f"cfi{last}"], frame["holds"], strict=True)
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows) + 2), grid="x")
    dots(sheet, rows)
    after = figures(sheet, rows, 3, ("CFI", ""), ends=False)
    for head, column in (("ΔCFI", "delta_cfi"), ("RMSEA", f"rmsea{last}"), ("SRMR", "srmr")):
        cells = [number(float(one), 3, none="") for one in frame[column]]
        after = sheet.column(after, cells, head, colour=sheet.colours.muted)
    sheet.scale("x", 4)
    note = sheet.note(
        sheet.say(words.LEVELS_OF, n=len(of.groups)), sheet.say(words.LEVELS_HOLLOW),
        sheet.say(words.LEVELS_HELD, level=sheet.say(LEVELS[of.verdict])),
    )  # fmt: skip
    return sheet.done(title, note, *named(rows))


def support(
    of: ModelChoice, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the relative support of every model, by construct, as bars from 0 to 1, with BIC less the least."""
    called, rows, gaps = naming(instrument, lang), list[Row](), list[str]()
    for construct, own in of.criteria.groupby("construct", sort=False):
        rows.append(Row(called(str(construct))))
        rows += [Row(str(name), float(one)) for name, one in zip(own["model"], own["support"], strict=True)]
        gaps += ["", *(number(float(one), 1) for one in own["bic"] - own["bic"].min())]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    bars(sheet, rows)
    sheet.ax.set_xlim(0, 1.02)
    after = figures(sheet, rows, 2, (sheet.say(words.SUPPORT_HEAD), ""), ends=False)
    sheet.column(after, gaps, "ΔBIC", colour=sheet.colours.muted)
    sheet.scale("x", 5)
    note = sheet.note(sheet.say(words.SUPPORT_OF), sheet.say(words.SUPPORT_LIMIT))
    return sheet.done(title, note, *named(rows))
