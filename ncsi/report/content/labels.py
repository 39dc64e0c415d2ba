"""What readers call things: the whole of a wave and what is measured in it, background variables and their values,
constructs and items, bands of the index."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from ncsi.report import text
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Tables
from ncsi.report.text import NOTHING, Pair, each, phrase, phrases
from ncsi.spec import Band, Bands, Instrument, Units, Wave, scope_of, units_of, units_of_wave
from ncsi.tables import OUT_RANK_BY_BRAND

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


def dimension(name: str, wave: Wave) -> Pair:
    """What the wave calls a background variable; variables crossed with × by each of their names."""
    return by_cross([_variable(one, wave) for one in crossed(name)])


def area(variable: str, value: str, wave: Wave) -> Pair:
    """What the wave calls a value of a background variable; values crossed with × by each of their names."""
    variables, values = crossed(variable), crossed(value)
    if len(variables) != len(values):
        return text.same(value)
    return by_cross([_called(one, which, wave) for one, which in zip(variables, values, strict=True)])


def crossed(name: str) -> list[str]:
    """The variables, or values, that × joins."""
    return [one.strip() for one in name.split("×")]


def by_cross(parts: list[Pair]) -> Pair:
    """Names joined by ×."""
    return each(lambda language: " × ".join(one.of(language) for one in parts))


def _variable(name: str, wave: Wave) -> Pair:
    declared = wave.background.get(name)
    return text.pair(declared.label) if declared else phrases().get(f"dim_{name}", text.same(name))


def _called(variable: str, value: str, wave: Wave) -> Pair:
    """By its declared label; `other` and `unknown` are cells of every variable."""
    declared = wave.background.get(variable)
    label = declared.label_of(value) if declared else None
    return text.pair(label) if label else phrases().get(f"area_{value}", text.same(value))


def construct_labels(instrument: Instrument) -> dict[str, Pair]:
    """The constructs by id."""
    return {one.id: text.pair(one.label) for one in instrument.constructs}


def component_labels(instrument: Instrument) -> dict[str, Pair]:
    """The parts of higher-order constructs by id."""
    return {part.id: text.pair(part.label) for one in instrument.constructs for part in one.components}


def usual_labels(spec: ReleaseSpec) -> dict[str, Pair]:
    """Each construct's label in the instrument that the most sectors use; ties go to the earlier sector."""
    counted = Counter((c.id, c.label) for one in spec.instruments.values() for c in one.constructs)
    labels: dict[str, Pair] = {}
    for (construct, label), _ in counted.most_common():
        labels.setdefault(construct, text.pair(label))
    return labels


def item_labels(instrument: Instrument) -> dict[str, Pair]:
    """The items by id, in the order of the questionnaire."""
    return {one.id: text.pair(one.label) for one in instrument.items}


def brand_labels(spec: ReleaseSpec, sector: str) -> dict[str, Pair]:
    """A sector's brands by id, in the order of the wave file."""
    return {one.id: text.pair(one.label) for one in spec.wave.sector(sector).brands}


def ranked_brands(own: Tables, spec: ReleaseSpec, sector: str) -> dict[str, Pair]:
    """A sector's brands by id, the best first, those without a rank last in the order of the wave file."""
    labels, table = brand_labels(spec, sector), own[OUT_RANK_BY_BRAND.name].sort_values("rank")
    return {
        one: labels[one]
        for one in dict.fromkeys([*(key for key in table["brand"] if key in labels), *labels])
    }


def scored(instrument: Instrument) -> set[str]:
    """Items with a scale; the others are yes/no questions, whose mean is a rate and no score."""
    return {one.id for one in instrument.items if one.scale.max - one.scale.min > 1}


def is_rate(construct_id: str, spec: ReleaseSpec, sector: str | None = None) -> bool:
    """Whether a construct is a yes/no question, whose index is a rate in per cent and no score."""
    chosen = [spec.instruments[sector]] if sector else list(spec.instruments.values())
    found = [c for one in chosen for c in one.constructs if c.id == construct_id]
    return bool(found) and all(i.scale.max - i.scale.min == 1 for c in found for i in c.items)


def band(low: float, high: float, bands: Bands) -> Pair:
    """The band that holds the whole interval, or the bands it reaches across; nothing without an interval."""
    if math.isnan(low) or math.isnan(high):
        return NOTHING
    first, last = (bands.of(min(100.0, max(0.0, one))) for one in (low, high))
    if first.id == last.id:
        return phrase(
            "band_one", label=text.pair(first.label), low=_end(first.low), high=_upper(first, bands)
        )
    between = [one.low for one in bands.bands if first.low < one.low <= last.low]
    bounds = text.joined([text.same(_end(one)) for one in between])
    return phrase(
        "band_across", bounds=bounds, first=text.pair(first.label), last=_within(text.pair(last.label))
    )


def _within(words: Pair) -> Pair:
    """A name of a band, as it stands within a sentence: a word without its capital, a grade like A or BB as it is."""
    is_word = words.en[1:2].islower()
    return Pair(words.zh, words.en[:1].lower() + words.en[1:] if is_word else words.en)


def band_note(bands: Bands) -> Pair:
    """What the bands are, where they come from, and when one is named."""
    named = [_with_ends(one, bands) for one in bands.bands]
    return phrase(
        "band_note", bands=text.joined(named), version=bands.version, source=text.cited(bands.source)
    )


def _with_ends(one: Band, bands: Bands) -> Pair:
    ends = f"{_end(one.low)}–{_upper(one, bands)}"
    return each(lambda language: f"{one.label.text(language)} {ends}")


def _upper(band: Band, bands: Bands) -> str:
    return _end(next((one.low for one in bands.bands if one.low > band.low), 100.0))


def _end(value: float) -> str:
    return f"{value:g}"
