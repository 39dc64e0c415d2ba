"""Editorial control: revision notes, and bands named no more surely than their interval allows."""

from __future__ import annotations

import math
from typing import Any

from ncsi.report import text
from ncsi.report.text import Pair, phrase
from ncsi.report.types import ReleaseSpec
from ncsi.spec import Band, Bands


def revisions(spec: ReleaseSpec, sector: str | None = None) -> list[dict[str, Any]]:
    """The notes to show, earliest first: all in the national report, in a sector's those that concern it."""
    return [
        {
            "date": one.date.isoformat(),
            "head": phrase("revised", date=one.date.isoformat(), where=_where(one.sectors, spec)),
            "note": text.pair(one.note),
        }
        for one in spec.wave.revisions
        if sector is None or not one.sectors or sector in one.sectors
    ]


def _where(sectors: tuple[str, ...], spec: ReleaseSpec) -> Pair:
    if not sectors:
        return phrase("revised_all")
    return text.joined([text.pair(spec.sectors.sector(one).label) for one in sectors])


def band(figures: dict[str, Any], bands: Bands) -> Pair:
    """The band that holds the whole interval, or the bands it reaches across; nothing without an interval."""
    low, high = figures["low"], figures["high"]
    if math.isnan(low) or math.isnan(high):
        return text.same("")
    first, last = (bands.of(min(100.0, max(0.0, one))) for one in (low, high))
    if first.id == last.id:
        return phrase(
            "band_one", label=text.pair(first.label), low=_end(first.low), high=_upper(first, bands)
        )
    crossed = [one.low for one in bands.bands if first.low < one.low <= last.low]
    names = {"first": text.pair(first.label), "last": text.pair(last.label)}
    return phrase("band_across", bounds=text.joined([text.same(_end(one)) for one in crossed]), **names)


def band_note(bands: Bands) -> Pair:
    """What the bands are, where they come from, and when one is named."""
    named = [
        {key: f"{words} {_end(one.low)}–{_upper(one, bands)}" for key, words in text.pair(one.label).items()}
        for one in bands.bands
    ]
    return phrase("band_note", bands=text.joined(named), version=bands.version, source=bands.source)


def _upper(band: Band, bands: Bands) -> str:
    return _end(next((one.low for one in bands.bands if one.low > band.low), 100.0))


def _end(value: float) -> str:
    return f"{value:g}"
