"""What a release calls its whole and what is measured within its sectors: words for phrases."""

from __future__ import annotations

from collections.abc import Mapping

from ncsi.report import text
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.text import Pair, phrase
from ncsi.spec import Units, scope_of, units_of, units_of_wave

Words = Mapping[str, Pair]
"""Values of a phrase: `unit`, `units`, and with a capital `Unit`, `Units`."""


def scope(spec: ReleaseSpec) -> Pair:
    """The adjective of the whole: 全国 national, 机场 airport."""
    return text.pair(scope_of(spec.wave, spec.sectors))


def index_name(spec: ReleaseSpec, sector: bool = False) -> Pair:
    """What the large figure is: the index of the whole, or of a sector where there are several."""
    if sector and several(spec):
        return phrase("sector_index", dash=text.DASH)
    return phrase("scope_index", scope=_capital(scope(spec)), dash=text.DASH)


def several(spec: ReleaseSpec) -> bool:
    """Whether the wave measures more than one sector: else nothing is ranked, added up or counted by sector."""
    return len(spec.wave.sectors) > 1


def unit_words(spec: ReleaseSpec, sector: str | None = None) -> Words:
    """What is measured within a sector, or within all of them."""
    if sector is None:
        return _words(units_of_wave(spec.wave, spec.sectors))
    return _words(units_of(spec.wave, spec.sectors, sector))


def _words(units: Units) -> Words:
    one, many = Pair(units.zh, units.one), Pair(units.zh, units.plural)
    return {"unit": one, "units": many, "Unit": _capital(one), "Units": _capital(many)}


def _capital(words: Pair) -> Pair:
    return Pair(words.zh, words.en[:1].upper() + words.en[1:])
