"""An index by segment: bars from zero, with intervals and the number of respondents."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from ncsi.errors import InputError
from ncsi.model import Bootstrap, PlsFit
from ncsi.numerals import level_told
from ncsi.plots import words
from ncsi.plots.rows import Row, bars, figures, named, size_of
from ncsi.plots.sheet import Sheet
from ncsi.plots.words import naming
from ncsi.spec import Language


def segments(
    of: PlsFit | Bootstrap, construct: str | None = None, ax: Axes | None = None, lang: Language = "en",
    dark: bool = False, title: str | None = None,
) -> Axes:  # fmt: skip
    """Draw the index of `construct` (the target's by default) by the groups that the model was fitted `by`, highest
    first; of a bootstrap with intervals. Raises InputError for a fit without groups, and an unknown construct."""
    fit, boot = (of.fit, of) if isinstance(of, Bootstrap) else (of, None)
    chosen = construct or fit.instrument.target
    if fit.by is None:
        raise InputError("ncsi.plot: segments", "the model was fitted without groups", "Fit it with by=")
    if chosen not in fit.instrument.construct_ids:
        there = ", ".join(fit.instrument.construct_ids)
        raise InputError("ncsi.plot: segments", f"there is no construct {chosen}", f"Choose of {there}")
    frame = fit.index_by[fit.index_by["construct"] == chosen].reset_index(drop=True)
    if boot is None:
        frame = frame.assign(low=math.nan, high=math.nan)
    else:
        ends = boot.index_by[boot.index_by["construct"] == chosen]
        frame = frame.merge(ends[[fit.by, "low", "high"]], on=fit.by)
    frame = frame.sort_values("index_0_100", ascending=False, kind="stable")
    columns = (frame[name] for name in ("index_0_100", "low", "high"))
    rows = [Row(str(name), *one) for name, *one in zip(frame[fit.by], *columns, strict=True)]
    sheet = Sheet.open(ax, lang, dark, size_of(len(rows)), grid="x")
    bars(sheet, rows)
    level = "" if boot is None else level_told(boot.level)
    heads = sheet.say(words.INDEX_HEAD), sheet.say(words.INTERVAL_HEAD, level=level)
    after = figures(sheet, rows, 1, heads)
    sheet.column(after, [f"{one:,}" for one in frame["n"]], "n", colour=sheet.colours.muted)
    sheet.scale("x")
    told = sheet.say(words.SEGMENTS, construct=naming(fit.instrument, lang)(chosen))
    errors = sheet.say(words.NO_INTERVAL) if boot is None else sheet.say(words.WITH_INTERVAL, level=level)
    return sheet.done(title, sheet.note(told, errors, sheet.say(words.SEGMENTS_N)), *named(rows))
