"""What one enterprise is told of its own brand: where it stands, its gaps, what to put first. For it alone.

Other brands are never named: the best of the sector is a figure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsi.disclosure import HIDDEN
from ncsi.model.inference.advice import put_first, whole_importance
from ncsi.report import text
from ncsi.report.axis_rows import Axis, AxisRow, Tone, axis_of, changes_of_brands
from ncsi.report.content.beside_the_index import shares_and_scores, subindices
from ncsi.report.content.brand_in_sector import AgainstSector, against_sector
from ncsi.report.content.doubts import doubts
from ncsi.report.content.findings import ChangeLine, change_line, sector_change
from ncsi.report.content.grids import Grid, Line, cell, grid, line
from ncsi.report.content.heading import heading, level
from ncsi.report.content.improvements import of_scores, undeclared
from ncsi.report.content.labels import Words, brand_labels, item_labels, unit_words
from ncsi.report.pages import ReleasePage
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import (
    BrandIndex,
    Gain,
    Gap,
    Rank,
    SectorIndex,
    SectorTables,
    Tables,
    of,
    read,
    read_by,
)
from ncsi.report.text import NONE, Pair, Shown, phrase
from ncsi.spec import Instrument
from ncsi.tables import (
    OUT_DRIVERS_BY_ITEM,
    OUT_GAINS,
    OUT_GAPS,
    OUT_INDEX_BY_BRAND,
    OUT_INDEX_BY_SECTOR,
    OUT_QUESTIONNAIRE_CHANGES,
    OUT_RANK_BY_BRAND,
)

_TONES: dict[str, Tone] = {"strength": "up", "short_board": "down"}
_NAMED = 3
_TOP = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow(AxisRow):
    """An item's gap to the sector's mean, and to the best brand's."""

    id: str
    mean: str
    verdict: str
    best: str
    behind: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of a brand's items, in the order of the questionnaire, on one axis."""

    rows: tuple[GapRow, ...]
    axis: Axis


@dataclass(frozen=True, slots=True)
class DiagnosisNotes:
    """What stands under the tables."""

    constructs: Pair
    gaps: Pair
    method: Pair


@dataclass(frozen=True, slots=True)
class Advice:
    """An item's gap, what closing it would bring the target index, and the importance of the item's whole construct."""

    gap: Gap
    gain: Gain
    whole: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisPage(ReleasePage):
    """Everything that the diagnosis of one brand says."""

    sector: str
    brand: str
    kind: Pair
    own: Pair
    editions: tuple[Shown, ...]
    name: Pair
    sector_name: Pair
    value: str
    interval: Pair
    indicative: bool
    sector_value: str
    change: ChangeLine | None
    place: Pair | None
    findings: tuple[Pair, ...]
    constructs: AgainstSector
    beside: tuple[Grid, ...]
    gaps: Gaps
    first: Grid
    sample: tuple[Line, ...]
    notes: DiagnosisNotes


def shown_brands(tables: Tables, spec: ReleaseSpec, sector_id: str) -> list[str]:
    """Brands of a sector whose effective sample lets them be shown, in the order of the wave file."""
    own = of(tables[OUT_INDEX_BY_BRAND.name], sector=sector_id, construct=spec.target)
    shown = set(own.loc[~own["status"].isin(HIDDEN), "brand"])
    return [one.id for one in spec.wave.sector(sector_id).brands if one.id in shown]


def diagnosis(tables: Tables, spec: ReleaseSpec, sector_id: str, brand_id: str) -> DiagnosisPage:
    """The diagnosis of one brand; `tables` without what may not be published."""
    own = SectorTables(tables, sector_id)
    instrument, name = spec.instruments[sector_id], brand_labels(spec, sector_id)[brand_id]
    figures = read(BrandIndex, of(own[OUT_INDEX_BY_BRAND.name], brand=brand_id, construct=spec.target))[0]
    sector = read(SectorIndex, of(own[OUT_INDEX_BY_SECTOR.name], construct=spec.target))[0]
    ranks = read_by("brand", Rank, own[OUT_RANK_BY_BRAND.name])
    change = changes_of_brands(tables, spec.target, sector_id).get(brand_id)
    constructs = against_sector(own, spec, sector_id, brand_id)
    gaps, advice = _gaps(own, instrument, brand_id), _advice(own, instrument, brand_id)
    words = unit_words(spec, sector_id)
    asked_alike = own[OUT_QUESTIONNAIRE_CHANGES.name].empty
    return DiagnosisPage(
        **heading(spec),
        sector=sector_id,
        brand=brand_id,
        kind=phrase("diag_kind", **words),
        own=phrase("diag_own", **words),
        editions=tuple(spec.editions),
        name=name,
        sector_name=text.pair(spec.sectors.sector(sector_id).label),
        value=text.number(figures.index_0_100),
        interval=text.interval(figures.low, figures.high),
        indicative=figures.status == "indicative",
        sector_value=text.number(sector.index_0_100),
        change=change_line(change, spec, "other_brand" if asked_alike else "trend_break"),
        place=_place(ranks.get(brand_id), len(ranks), words),
        findings=(
            _against_sector(spec, name, figures, sector, constructs),
            *_among_brands(ranks.get(brand_id), len(ranks), words),
            *([sector_change(change, spec, _broken_by(asked_alike))] if change else []),
            *_named_gaps(gaps, "strength"),
            *_named_gaps(gaps, "short_board"),
            *_first_finding(advice, gaps, instrument, doubts(own, instrument), words),
        ),
        constructs=constructs,
        beside=tuple(
            one(own, instrument, {brand_id: name}, phrase("unit_name", **words))
            for one in (subindices, shares_and_scores)
        ),
        gaps=gaps,
        first=_put_first(advice, instrument, level(spec), words),
        sample=_sample(figures),
        notes=DiagnosisNotes(
            phrase("diag_constructs_note", level=level(spec), **words),
            phrase("diag_gaps_note", level=level(spec)),
            phrase("diag_method", alpha=f"{100 * (1 - spec.wave.level):g}", **words),
        ),
    )


def _broken_by(asked_alike: bool) -> str:
    """Why a brand cannot be compared: its sector was asked otherwise, or its id was that of another."""
    return "sector_find_other_brand" if asked_alike else "sector_find_break"


def _place(rank: Rank | None, total: int, words: Words) -> Pair | None:
    if rank is None:
        return None
    places = text.ranks(rank.rank_low, rank.rank_high)
    return phrase("diag_place", rank=rank.rank, total=total, ranks=places, tier=rank.tier, **words)


def _sample(figures: BrandIndex) -> tuple[Line, ...]:
    return (
        line("n", text.count(figures.n)),
        line("n_eff", text.count(figures.n_eff)),
        line("deff", text.number(figures.deff, 2)),
        line("diag_error", "±" + text.number(figures.se) if not math.isnan(figures.se) else NONE),
    )


def _gaps(own: Tables, instrument: Instrument, brand: str) -> Gaps:
    """Without yes/no questions; empty where gaps were not estimated."""
    labels = item_labels(instrument)
    order = {item: k for k, item in enumerate(labels)}
    mine = read(Gap, of_scores(of(own[OUT_GAPS.name], brand=brand), instrument))
    rows = tuple(_gap(one, labels[one.item]) for one in sorted(mine, key=lambda one: order[one.item]))
    return Gaps(rows, axis_of(rows, 0.0))


def _gap(one: Gap, name: Pair) -> GapRow:
    tone = _TONES.get(one.verdict, "")
    return GapRow(
        id=one.item,
        name=name,
        mean=text.number(one.mean_0_100),
        value=text.signed(one.gap_mean) + ("*" if tone else ""),
        interval=text.signed_interval(one.gap_mean_low, one.gap_mean_high),
        tone=tone,
        verdict=one.verdict,
        x=one.gap_mean,
        x_low=one.gap_mean_low,
        x_high=one.gap_mean_high,
        best=text.signed(one.gap_best) + ("*" if one.behind_best else ""),
        behind=bool(one.behind_best),
    )


def _advice(own: Tables, instrument: Instrument, brand: str) -> list[Advice]:
    """The items that the brand may put first and whose gain is surely above 0, in the order of advice.

    By the gap to the best times the importance of the whole construct, so that no item comes first for its small block.
    """
    gains = read_by("item", Gain, of(own[OUT_GAINS.name], brand=brand))
    drivers = own[OUT_DRIVERS_BY_ITEM.name]
    whole = whole_importance(drivers["construct"].tolist(), drivers["importance"].tolist())
    of_constructs = dict(zip(drivers["item"], whole, strict=True))
    mine = of_scores(of(own[OUT_GAPS.name], brand=brand), instrument)
    first = put_first(drivers, mine)
    sure = [
        Advice(one, gains[one.item], of_constructs[one.item])
        for one in read(Gap, mine)
        if one.item in first and gains[one.item].low > 0
    ]
    return sorted(sure, key=lambda one: one.whole * one.gap.gap_best)


def _put_first(advice: list[Advice], instrument: Instrument, level: str, words: Words) -> Grid:
    labels = item_labels(instrument)
    rows = [
        [
            cell(labels[one.gap.item]),
            cell(text.number(one.gap.mean_0_100)),
            cell(text.signed(-one.gap.gap_best)),
            cell(text.number(one.whole, 2)),
            cell(text.signed(one.gain.gain, 2), _ends(one)),
        ]
        for one in advice[:_TOP]
    ]
    heads = ("item", "mean", "diag_to_best", "effect_construct", "what_if_gain")
    note = phrase("diag_first_note", level=level, undeclared=undeclared(instrument), **words)
    return grid("diag_first", heads, rows, note)


def _ends(one: Advice) -> Pair:
    return text.interval(one.gain.low, one.gain.high, 2)


def _against_sector(
    spec: ReleaseSpec, name: Pair, figures: BrandIndex, sector: SectorIndex, constructs: AgainstSector
) -> Pair:
    """The brand's index against that of its sector."""
    standing = next(one for one in constructs.rows if one.id == spec.target)
    return phrase(
        f"diag_find_{standing.verdict}", name=name, value=text.number(figures.index_0_100),
        interval=text.interval(figures.low, figures.high), level=level(spec),
        sector=text.number(sector.index_0_100), size=text.number(abs(standing.difference)),
    )  # fmt: skip


def _among_brands(rank: Rank | None, total: int, words: Words) -> list[Pair]:
    if rank is None:
        return []
    above, below = int(rank.rank_low) - 1, total - int(rank.rank_high)
    return [phrase("diag_find_rank", above=above, below=below, tied=total - 1 - above - below, **words)]


def _named_gaps(gaps: Gaps, verdict: str) -> list[Pair]:
    """The items of a verdict, the largest gaps by name; nothing where gaps were not estimated."""
    if not gaps.rows:
        return []
    chosen = sorted((one for one in gaps.rows if one.verdict == verdict), key=lambda one: -abs(one.x or 0.0))
    if not chosen:
        return [phrase(f"diag_find_no_{verdict}")]
    key = f"diag_find_{verdict}" + ("s" if len(chosen) > _NAMED else "")
    return [phrase(key, k=len(chosen), names=text.joined([one.name for one in chosen[:_NAMED]]))]


def _first_finding(
    advice: list[Advice], gaps: Gaps, instrument: Instrument, doubt: Pair, words: Words
) -> list[Pair]:
    """What to put first, or that nothing can be; nothing is said where gaps were not estimated."""
    if not gaps.rows:
        return []
    if not advice:
        return [phrase("diag_find_none_first", **words)]
    top = advice[0]
    key = "diag_find_first" if len(advice) == 1 else "diag_find_first_of"
    item, gain = item_labels(instrument)[top.gap.item], text.signed(top.gain.gain, 2)
    return [phrase(key, item=item, gain=gain, interval=_ends(top), k=len(advice), doubt=doubt, **words)]
