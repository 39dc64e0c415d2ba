"""Prediction out of sample: errors of every item beside those of the linear model, and losses that are tested."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.model import Cvpat, Prediction
from ncsi.model.inference.cvpat import OVERALL
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.rows import Row, diamonds, dots, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language
from ncsi.verdicts import AGAINST, ALL_ITEMS, ANTECEDENTS, BENCHMARKS

_LEVEL = 0.95


def prediction(
    of: Prediction, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the root mean squared error of every item by the path model (dots) and by the linear model (hollow), and
    Q²predict beside them; the note names what the linear model saw."""
    called, rows, linear = naming(instrument, lang), list[Row](), list[float]()
    for construct, own in of.items.groupby("construct", sort=False):
        rows.append(Row(called(str(construct))))
        linear.append(math.nan)
        for item, error, other in zip(own["item"], own["rmse"], own["rmse_lm"], strict=True):
            rows.append(
                Row(called(str(item)), float(error), min(error, other), max(error, other), error < other)
            )
            linear.append(float(other))
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    dots(sheet, [Row(row.name, row.estimate, row.low, row.high) for row in rows])
    diamonds(sheet, linear)
    after = figures(sheet, rows, 1, ("RMSE", ""), ends=False)
    q2 = iter(of.items["q2_predict"])
    sheet.column(
        after, ["" if row.heading else number(next(q2), 2) for row in rows], "Q²", colour=sheet.colours.muted
    )
    sheet.scale("x")
    note = sheet.note(
        sheet.say(words.PREDICTED),
        sheet.say(words.PREDICTED_FROM, antecedents=sheet.say(ANTECEDENTS[of.antecedents])),
        sheet.say(words.SEEN, benchmark=sheet.say(BENCHMARKS[of.benchmark])),
    )
    return sheet.done(title, note, *named(rows))


def losses(
    of: Cvpat, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the difference of losses of every construct, by what it is compared with, with its 95 % interval: to the
    right the model predicts better; hollow where p_holm does not reject."""
    called, rows = naming(instrument, lang), list[Row]()
    for against, own in of.tests.groupby("against", sort=False):
        rows.append(Row(AGAINST[str(against)].text(lang)))
        for name, gap, low, high, p, alone in zip(
            *(own[one] for one in ("construct", "difference", "low", "high", "p_holm", "p")), strict=True
        ):
            told = ALL_ITEMS.text(lang) if name == OVERALL else called(str(name))
            tested = alone if math.isnan(p) else p
            rows.append(Row(told, float(gap), float(low), float(high), bool(tested < 1 - _LEVEL)))
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    dots(sheet, rows, 0.0)
    level = level_told(_LEVEL)
    figures(sheet, rows, 1, (sheet.say(words.GAP), sheet.say(words.INTERVAL_HEAD, level=level)))
    sheet.scale("x")
    hollow = sheet.say(words.HOLLOW, level=level)
    return sheet.done(title, sheet.note(sheet.say(words.LOSSES), sheet.say(words.WITH_INTERVAL, level=level), hollow),
                      *named(rows))  # fmt: skip
