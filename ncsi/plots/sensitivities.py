"""Methods that are given with a warning: copula terms, congruence, ordinal PLS, necessity without few respondents."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import Congruence, CopulaTerms, NecessitySensitivity, OrdinalFit
from ncsi.numerals import level_told, number
from ncsi.plots import words
from ncsi.plots.estimates import ARROW
from ncsi.plots.rows import Row, diamonds, dots, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Instrument, Language
from ncsi.verdicts import COPULA_STATES


def copula_terms(
    of: CopulaTerms, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the copula term of every cause with its interval, filled where p_holm rejects and something can be told of
    the cause; beside it whether it can."""
    called = naming(instrument, lang)
    rows = [
        Row(
            f"{called(str(cause))}{ARROW}{called(str(outcome))}", float(estimate), float(low), float(high),
            bool(p < 1 - of.level) and state == "usable",
        )
        for cause, outcome, estimate, low, high, p, state in zip(
            *(of.terms[one] for one in ("construct", "outcome", "estimate", "low", "high", "p_holm", "state")),
            strict=True,
        )
    ]  # fmt: skip
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows), 7.0, 2), grid="x")
    dots(sheet, rows, 0.0)
    after = figures(sheet, rows, 2, (sheet.say(words.ESTIMATE), ""), ends=False)
    states = [sheet.say(COPULA_STATES[str(one)]) for one in of.terms["state"]]
    sheet.column(after, states, sheet.say(words.OF_USE), colour=sheet.colours.muted)
    sheet.scale("x", 5)
    note = sheet.note(
        sheet.say(words.COPULA), sheet.say(words.WITH_INTERVAL, level=level_told(of.level)),
        sheet.say(words.COPULA_HOLLOW), sheet.say(words.COPULA_LIMIT),
    )  # fmt: skip
    return sheet.done(title, note, *named(rows))


def congruences(
    of: Congruence, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the congruence of every pair of constructs, of a bootstrap with its interval, against 1."""
    called, frame = naming(instrument, lang), of.pairs
    ends = [frame[name] if name in frame else [math.nan] * len(frame) for name in ("low", "high")]
    rows = [
        Row(f"{called(str(a))} – {called(str(b))}", float(estimate), float(low), float(high))
        for a, b, estimate, low, high in zip(
            *(frame[one] for one in ("construct_a", "construct_b", "estimate")), *ends, strict=True
        )
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows), 7.0), grid="x")
    dots(sheet, rows, 1.0)
    level = "" if of.level is None else level_told(of.level)
    figures(sheet, rows, 2, (sheet.say(words.ESTIMATE), sheet.say(words.INTERVAL_HEAD, level=level)))
    sheet.scale("x", 5)
    told = words.WITH_INTERVAL if level else words.NO_INTERVAL
    note = sheet.note(sheet.say(words.CONGRUENCE), sheet.say(told, level=level), sheet.say(words.NO_GATE))
    return sheet.done(title, note, *named(rows))


def ordinal_paths(
    of: OrdinalFit, instrument: Instrument | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw every path on polychoric correlations (dots) beside that of the fit (hollow), and their difference."""
    called, frame = naming(instrument, lang), of.paths
    usual = [float(one) for one in frame["estimate"]]
    rows = [
        Row(f"{called(str(a))}{ARROW}{called(str(b))}", float(ordinal), min(ordinal, fit), max(ordinal, fit))
        for a, b, ordinal, fit in zip(frame["from"], frame["to"], frame["ordinal"], usual, strict=True)
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    dots(sheet, rows, 0.0)
    diamonds(sheet, usual)
    after = figures(sheet, rows, 2, (sheet.say(words.ORDINAL_HEAD), ""), ends=False)
    gaps = [number(float(one), 3) for one in frame["difference"]]
    sheet.column(after, gaps, sheet.say(words.GAP), colour=sheet.colours.muted)
    sheet.scale("x")
    note = sheet.note(sheet.say(words.ORDINAL), sheet.say(words.ORDINAL_LIMIT))
    return sheet.done(title, note, *named(rows))


def corners(
    of: NecessitySensitivity, construct: str | None = None, instrument: Instrument | None = None,
    ax: Axes | None = None, lang: Language = "en", dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw d of a condition (the first by default) at every threshold (dots) against what independent scores give
    (hollow), and how many respondents were kept. Raises InputError for a construct that was not looked at."""
    there = list(dict.fromkeys(map(str, of.effects["construct"])))
    chosen = there[0] if construct is None else construct
    if chosen not in there:
        problem = f"'{chosen}' was not looked at"
        raise InputError("ncsi.plot: corners", problem, f"Choose of {', '.join(there)}")
    frame = of.effects[of.effects["construct"] == chosen]
    given = [float(one) for one in frame["benchmark"]]
    rows = [
        Row(f"{100 * threshold:.3g}%", float(d), min(d, other), max(d, other))
        for threshold, d, other in zip(frame["threshold"], frame["d"], given, strict=True)
    ]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    dots(sheet, rows, 0.0)
    diamonds(sheet, given)
    after = figures(sheet, rows, 3, ("d", ""), ends=False)
    kept = [number(float(one), 0, grouped=True) for one in frame["kept"]]
    sheet.column(after, kept, sheet.say(words.KEPT), colour=sheet.colours.muted)
    sheet.scale("x")
    called = naming(instrument, lang)
    note = sheet.note(
        sheet.say(words.CORNERS, construct=called(chosen), target=called(of.target)),
        sheet.say(words.CORNERS_READ), sheet.say(words.CORNERS_LIMIT),
    )  # fmt: skip
    return sheet.done(title, note, *named(rows))
