"""The reports' sentences: each says only what its figures bear out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsi.model.inference.advice import put_first
from ncsi.report import text
from ncsi.report.axis_rows import BROKEN, RankedRow, Tone, changes_of, moved, tone_of
from ncsi.report.content.doubts import doubts
from ncsi.report.content.heading import level, previous_label
from ncsi.report.content.labels import construct_labels, item_labels, scope, several, unit_words
from ncsi.report.content.questionnaire_change import questionnaire_note
from ncsi.report.release_spec import ReleaseSpec
from ncsi.report.result_rows import Change, Driver, Estimate, Rank, SectorTables, Tables, read
from ncsi.report.text import NOTHING, Pair, phrase
from ncsi.spec import Instrument
from ncsi.tables import OUT_DRIVERS_BY_CONSTRUCT, OUT_RANK_BY_SECTOR


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change under the headline figure: its size, its interval in brackets where one is published, its tone, its
    verdict in words."""

    value: str
    interval: Pair
    tone: Tone
    text: Pair


def headline_key(change: Change | None, spec: ReleaseSpec) -> str:
    """The phrase of the headline for a verdict."""
    if change is None:
        compared = spec.wave.previous is not None and len(spec.withdrawn_waves) > 0
        return "withdrawn_headline" if compared else "headline_first"
    broken = "headline_other_sectors" if several(spec) else "headline_break"
    keys = {"rose": "headline_rose", "fell": "headline_fell", "trend_break": broken}
    return keys.get(change.verdict, "headline_flat")


def change_line(
    change: Change | None, spec: ReleaseSpec, broken_by: str = "trend_break"
) -> ChangeLine | None:
    """The change against the wave compared with; none for a first wave, and no size over a break, of which `broken_by`
    tells why."""
    if change is None:
        return None
    broken = change.verdict == "trend_break"
    key = broken_by if broken else change.verdict
    interval = change_interval(change.low, change.high, change.verdict)
    return ChangeLine(
        BROKEN if broken else text.signed(change.change), interval, tone_of(change.verdict),
        phrase(f"change_{key}", label=previous_label(spec)),
    )  # fmt: skip


def change_interval(low: float, high: float, verdict: str) -> Pair:
    """The interval of a change, in brackets; nothing over a break."""
    return NOTHING if verdict == "trend_break" else text.bracketed(text.signed_interval(low, high))


def national_findings(
    tables: Tables, spec: ReleaseSpec, opening: Sequence[Pair], ranking: Sequence[RankedRow]
) -> tuple[Pair, ...]:
    """`opening` (level and changes), leader, last, movers."""
    return (*opening, *first_and_last(tables, ranking), *how_many_moved(tables, spec))


def opening_findings(
    spec: ReleaseSpec, figures: Estimate, change: Change | None, others: Sequence[Pair]
) -> tuple[Pair, ...]:
    """Level, change, `others` (changes over other spans)."""
    ends = text.interval(figures.low, figures.high)
    found = [
        phrase(
            "find_level",
            scope=scope(spec),
            value=text.number(figures.index_0_100),
            level=level(spec),
            interval=ends,
        )
    ]
    if change is not None and change.verdict != "trend_break":
        key = {"rose": "find_rose", "fell": "find_fell"}.get(change.verdict, "find_flat")
        found.append(_told(key, change, spec))
    return (*found, *others)


def first_and_last(tables: Tables, ranking: Sequence[RankedRow]) -> list[Pair]:
    """Who leads and who is last, with whom they are level; nothing of a single sector."""
    if len(ranking) < 2:
        return []
    ranks = read(Rank, tables[OUT_RANK_BY_SECTOR.name])
    return [_leader(min(ranks, key=_place), ranking), _last(max(ranks, key=_place), ranking)]


def _place(one: Rank) -> int:
    return one.rank


def _told(key: str, change: Change, spec: ReleaseSpec) -> Pair:
    """The sentence of a change against the wave compared with."""
    size = text.number(abs(change.change))
    return phrase(key, label=previous_label(spec), size=size, moved=moved(change.change))


def how_many_moved(tables: Tables, spec: ReleaseSpec) -> list[Pair]:
    """How many sectors changed significantly, of those compared; how many others cannot be. Nothing of a single one."""
    if not several(spec):
        return []
    verdicts = Counter(one.verdict for one in changes_of(tables, "sector", spec.target).values())
    broken = verdicts.pop("trend_break", 0)
    found = []
    if verdicts:
        found.append(movers_finding(verdicts["rose"], verdicts["fell"], verdicts.total()))
    if broken:
        key = "find_broken" if verdicts else "find_only_broken"
        found.append(phrase(f"{key}_one" if broken == 1 else key, k=broken))
    return found


def movers_finding(up: int, down: int, total: int) -> Pair:
    """How many of the sectors compared rose and fell; the others are told of only where there are any."""
    if total == 1:
        return phrase("find_one_rose" if up else "find_one_fell" if down else "find_one_flat")
    key = "find_no_movers" if not up + down else "find_movers_all" if up + down == total else "find_movers"
    return phrase(key, up=up, down=down, total=total)


def _leader(rank: Rank, ranking: Sequence[RankedRow]) -> Pair:
    """The leader, and with how many it is tied. Its lowest possible rank counts them; they are named when few,
    and when its tier, which stops at the first that differs, holds them all."""
    first, lowest = ranking[0], int(rank.rank_high)
    tier = [one.name for one in ranking[1:] if one.tier == first.tier]
    if lowest == 1:
        return phrase("find_lead_alone", name=first.name, value=first.value)
    if len(tier) == lowest - 1 <= 3:
        return phrase("find_lead_tied", others=text.joined(tier), name=first.name, value=first.value)
    return phrase("find_lead_tied_many", k=lowest - 1, name=first.name, value=first.value)


def _last(rank: Rank, ranking: Sequence[RankedRow]) -> Pair:
    last = ranking[-1]
    key = "find_last_alone" if rank.rank_low == rank.rank_high else "find_last_tied"
    return phrase(key, name=last.name, value=last.value, ranks=last.rank_set)


def sector_findings(
    own: SectorTables, spec: ReleaseSpec, name: Pair, figures: Estimate, rank: Rank | None, change: Change | None,
    brands: Sequence[RankedRow], instrument: Instrument, put_first_items: Sequence[str],
) -> tuple[Pair, ...]:  # fmt: skip
    """Level and rank, change, leading brand, what matters most, what to improve first."""
    found = [_standing(spec, name, figures, rank)]
    if change is not None:
        asked = questionnaire_note(own, spec) if change.verdict == "trend_break" else NOTHING
        found.append(asked if asked.zh else sector_change(change, spec))
    ranked = [one for one in brands if one.place is not None]
    if len(ranked) > 1:
        first = ranked[0]
        key = "sector_find_brand_alone" if first.rank_set == "1" else "sector_find_brand_tied"
        words = unit_words(spec, own.sector)
        found.append(phrase(key, name=first.name, ranks=first.rank_set, **words))
    return (*found, *_driver_findings(own, instrument, put_first_items))


def _standing(spec: ReleaseSpec, name: Pair, figures: Estimate, rank: Rank | None) -> Pair:
    value, ends = text.number(figures.index_0_100), text.interval(figures.low, figures.high)
    if rank is None:
        return phrase("sector_find_only", name=name, value=value, level=level(spec), interval=ends)
    places, total = text.ranks(rank.rank_low, rank.rank_high), len(spec.wave.sectors)
    return phrase(
        "sector_find_level",
        name=name,
        value=value,
        level=level(spec),
        interval=ends,
        total=total,
        ranks=places,
    )


def sector_change(change: Change, spec: ReleaseSpec, broken_by: str = "sector_find_break") -> Pair:
    """The change of a sector, or of a brand, against the wave compared with; over a break, the phrase of why."""
    keys = {"rose": "sector_find_rose", "fell": "sector_find_fell", "trend_break": broken_by}
    key = keys.get(change.verdict, "sector_find_flat")
    return _told(key, change, spec)


def _driver_findings(own: Tables, instrument: Instrument, items: Sequence[str]) -> list[Pair]:
    """What matters most and what to improve first; each says what speaks against the model it rests on."""
    labels, table = construct_labels(instrument), own[OUT_DRIVERS_BY_CONSTRUCT.name]
    drivers, doubt = read(Driver, table), doubts(own, instrument)
    if not drivers:
        return []
    first = put_first(table, unit="construct")
    weak = [labels[one.construct] for one in drivers if one.construct in first]
    open_ = [labels[one.construct] for one in drivers if one.quadrant == "undecided"]
    levers = [labels[one.construct] for one in drivers if one.actionable]
    if len(levers) == 1:
        advice = phrase("sector_find_one_lever", name=levers[0])
    elif weak:
        advice = phrase("sector_find_fix", names=text.named(weak), doubt=doubt)
    elif open_:
        advice = phrase("sector_find_undecided", names=text.named(open_))
    else:
        advice = phrase("sector_find_none" if levers else "sector_find_no_levers")
    return [_largest_effect(drivers, labels, doubt), advice, _first_items(items, instrument, doubt)]


def _first_items(items: Sequence[str], instrument: Instrument, doubt: Pair) -> Pair:
    labels = item_labels(instrument)
    first = [labels[one] for one in items]
    if not first:
        return phrase("sector_find_no_items")
    return phrase("sector_find_items", names=text.named(first), doubt=doubt)


def _largest_effect(drivers: Sequence[Driver], labels: Mapping[str, Pair], doubt: Pair) -> Pair:
    """The largest effect; it is said to be the largest of all only where its interval lies above all others."""
    first, *others = sorted(drivers, key=lambda one: -one.importance)
    near = [labels[one.construct] for one in others if not one.importance_high < first.importance_low]
    key = "sector_find_driver_tied" if near else "sector_find_driver" if others else "sector_find_driver_only"
    return phrase(
        key, name=labels[first.construct],
        impact=text.number(first.importance, 2), names=text.named(near),
        interval=text.interval(first.importance_low, first.importance_high, 2), doubt=doubt,
    )  # fmt: skip
