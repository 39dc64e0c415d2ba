"""How blocks measure: the free tetrads of each, and whether groups build a composite in the same way."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import Micom, Tetrads
from ncsi.model.resampling.intervals import t_reach
from ncsi.numerals import level_told, number, p_value
from ncsi.plots import words
from ncsi.plots.rows import Row, dots, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language
from ncsi.verdicts import INVARIANT

_LEVEL = 0.95


def tetrads(
    of: Tetrads, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the free tetrads of every block that was tested with their 95 % intervals, hollow where the block as a whole
    is not rejected; χ² and p of the block in its heading."""
    called, rows, reach = naming(instrument, lang), list[Row](), float(t_reach(_LEVEL, math.inf))
    for block in of.tests.to_dict("records"):
        name = str(block["construct"])
        head = words.TETRADS_OF.text(lang).format(
            construct=called(name), chisq=number(block["statistic"], 1), df=block["df"], p=p_value(block["p_holm"])
        )  # fmt: skip
        rows.append(Row(head))
        own = of.tetrads[(of.tetrads["construct"] == name) & of.tetrads["free"]]
        for told, estimate, se in zip(own["tetrad"], own["estimate"], own["se"], strict=True):
            low, high = float(estimate - reach * se), float(estimate + reach * se)
            rows.append(Row(str(told), float(estimate), low, high, bool(block["p_holm"] < 1 - _LEVEL)))
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows), 7.0, 2), grid="x")
    dots(sheet, rows, 0.0)
    level = level_told(_LEVEL)
    figures(
        sheet, rows, 3, (sheet.say(words.ESTIMATE), sheet.say(words.INTERVAL_HEAD, level=level)), ends=False
    )
    sheet.scale("x", 5)
    note = sheet.note(
        sheet.say(words.TETRADS), sheet.say(words.WITH_INTERVAL, level=level), sheet.say(words.NO_PROOF)
    )
    return sheet.done(title, note, *named(rows))


def composition(
    of: Micom, pair: tuple[object, object] | None = None, instrument: Instrument | None = None,
    ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw c of every construct between two groups (the first pair by default), filled where it is below what equal
    composites give, with the differences of means and variances and the verdict. Raises InputError for a pair that was
    not compared."""
    keys = list(dict.fromkeys(zip(of.composition["group_a"], of.composition["group_b"], strict=True)))
    if pair is not None and pair not in keys:
        there = ", ".join(f"{a} and {b}" for a, b in keys)
        raise InputError("ncsi.plot: composition", f"{pair} is no pair compared", f"Choose of {there}")
    a, b = pair or keys[0]
    on = ["group_a", "group_b", "construct"]
    both = of.composition.merge(of.equality, on=on).merge(of.verdict, on=on)
    frame = both[(both["group_a"] == a) & (both["group_b"] == b)]
    called = naming(instrument, lang)
    rows = [
        Row(called(str(name)), c, low, 1.0, p < of.alpha)
        for name, c, low, p in zip(*(frame[one] for one in ("construct", "c", "c_low", "p")), strict=True)
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows), 7.0), grid="x")
    dots(sheet, rows, 1.0)
    after = figures(sheet, rows, 3, ("c", ""), ends=False)
    for head, estimate, p in (
        (words.MEANS, "mean_difference", "mean_p"), (words.VARIANCES, "log_variance_ratio", "variance_p"),
    ):  # fmt: skip
        cells = [
            f"{number(gap, 2)}{'*' if q < of.alpha else ''}"
            for gap, q in zip(frame[estimate], frame[p], strict=True)
        ]
        after = sheet.column(after, cells, sheet.say(head), colour=sheet.colours.muted)
    verdicts = [INVARIANT[str(one)].text(lang) for one in frame["invariance"]]
    sheet.column(after, verdicts, sheet.say(words.INVARIANCE))
    sheet.scale("x", 4)
    told = sheet.say(words.COMPOSITION, a=a, b=b, level=level_told(1 - of.alpha))
    note = sheet.note(told, sheet.say(words.STARRED, alpha=f"{of.alpha:g}"))
    return sheet.done(title, note, *named(rows))
