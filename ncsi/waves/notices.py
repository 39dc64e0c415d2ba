"""What a team is to be told of a wave: quotas that fall short, files that are owed, runs that failed, waves that are
ready, drafts that wait for approvals. Waves, sectors, brands, agencies and counts; no file, no person, no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ncsi.report.text import NOTHING, Pair, count, joined, phrase, same
from ncsi.spec import FieldDates
from ncsi.spec.notifications import NoticeKind
from ncsi.waves.agencies import AgencyProgress
from ncsi.waves.names import Names
from ncsi.waves.progress import CellProgress, SectorProgress
from ncsi.waves.register import Standing

NAMED = 3
"""Brands or sectors that a notice names; the board has all."""
WEEK = 7
"""Days after which a shortfall that lasts is told again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told. `key` is the event's: whenever it is looked at, the same event has the same one."""

    kind: NoticeKind
    wave: str
    key: str
    says: Pair


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A step of a wave that failed and was not done since: its job in the ledger, the day, the error's class, its
    sector or ""."""

    job: str
    day: date
    error: str
    sector: str = ""


def shortfalls(
    wave: str, sectors: Sequence[SectorProgress], names: Names, field: FieldDates, today: date
) -> Iterator[Notice]:
    """Sectors with quotas that will hardly be full in time, once a week of fieldwork while that lasts; once fieldwork
    is over, those with quotas that are not full."""
    over = today > field.end
    week = (today - field.start).days // WEEK
    for one in sectors:
        cells = one.short if over else one.behind
        if not cells:
            continue
        counted = _lacking_most(cells)
        says = phrase(
            "notice_quota" if over else "notice_pace", wave=wave, sector=names.sectors[one.sector],
            k=count(len(cells)), n=count(len(one.cells)), lacking=count(sum(one.forecast.lacking for one in counted)),
            most=_most(one.sector, counted, names),
        )  # fmt: skip
        yield Notice("shortfall", wave, _key(wave, "quota" if over else f"pace-{week}", one.sector), says)


def missing_deliveries(wave: str, agencies: Sequence[AgencyProgress], names: Names) -> Iterator[Notice]:
    """Agencies that owe a file, each once for the day by which it was owed."""
    for one in agencies:
        if one.late is not None:
            called = names.agencies.get(one.agency)
            label = Pair(called.label.zh, called.label.en) if called else same(one.agency)
            says = phrase("notice_delivery", wave=wave, agency=label, day=one.late.isoformat())
            yield Notice("delivery", wave, _key(wave, "delivery", one.agency, one.late.isoformat()), says)


def failures(wave: str, failed: Sequence[FailedRun], sectors: Mapping[str, Pair]) -> Iterator[Notice]:
    """Failed steps, those of one day, job and error together; `sectors`: their names by id."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in failed:
        groups.setdefault((one.day.isoformat(), one.job, one.error), []).append(one.sector)
    for (day, job, error), ids in groups.items():
        named = [sectors[one] for one in dict.fromkeys(ids) if one in sectors]
        of = phrase("notice_failed_of", names=_first(named)) if named else NOTHING
        says = phrase(
            "notice_failure", wave=wave, job=phrase(f"notice_job_{job}"), day=day, error=error, of=of
        )
        yield Notice("failure", wave, _key(wave, "failure", day, job, error), says)


def unreadable(wave: str, today: date) -> Notice:
    """A wave whose specs cannot be loaded, once a day."""
    return Notice(
        "failure", wave, _key(wave, "unreadable", today.isoformat()), phrase("notice_unreadable", wave=wave)
    )


def readiness(
    wave: str, standing: Standing, move: int, sectors: Sequence[SectorProgress], names: Names
) -> Iterator[Notice]:
    """A wave that waits for its next step: closed, or estimated, and then without which sectors; `move`: the number of
    the move that led there."""
    if standing.state in ("closed", "estimated"):
        accepted = count(sum(one.accepted for one in sectors))
        left = [names.sectors[one.sector] for one in sectors if not one.estimated]
        without = standing.state == "estimated" and left
        says = phrase(
            f"notice_{standing.state}", wave=wave, accepted=accepted, n=count(len(sectors)),
            without=phrase("notice_without", names=_first(left)) if without else NOTHING,
        )  # fmt: skip
        yield Notice("ready", wave, _key(wave, standing.state, str(move)), says)


def approval(wave: str, draft: str, lacking: int, needed: int) -> Notice:
    """A draft that lacks approvals; `draft`: the hash of its figures, so that other figures ask again."""
    says = phrase("notice_approval", wave=wave, k=count(lacking), n=count(needed))
    return Notice("approval", wave, _key(wave, "approval", draft), says)


def _lacking_most(cells: Sequence[CellProgress]) -> Sequence[CellProgress]:
    """Those of the family that lacks the most: quotas of different families overlap, and are not added."""
    families: dict[tuple[str, ...], list[CellProgress]] = {}
    for cell in cells:
        families.setdefault(cell.cell.family, []).append(cell)
    return max(families.values(), key=lambda own: sum(cell.forecast.lacking for cell in own))


def _most(sector: str, cells: Sequence[CellProgress], names: Names) -> Pair:
    """The brands that lack the most of these quotas; nothing where quotas tell no brands apart."""
    lacking: dict[str, int] = {}
    for cell in cells:
        if cell.cell.brand is not None:
            lacking[cell.cell.brand] = lacking.get(cell.cell.brand, 0) + cell.forecast.lacking
    ordered = sorted(lacking, key=lambda brand: (-lacking[brand], brand))
    named = [
        phrase("notice_brand", brand=names.brands[sector, one], lacking=count(lacking[one]))
        for one in ordered
    ]
    return phrase("notice_most", brands=_first(named)) if named else NOTHING


def _first(pairs: Sequence[Pair]) -> Pair:
    if len(pairs) <= NAMED:
        return joined(pairs)
    return joined([*pairs[:NAMED], phrase("notice_more", k=count(len(pairs) - NAMED))])


def _key(*parts: str) -> str:
    return " ".join(parts)
