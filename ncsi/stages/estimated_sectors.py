"""What becomes of sectors that were estimated, or could not be: left out, kept, stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from ncsi.clean_process import give_back
from ncsi.report import LeftOut
from ncsi.spec import RULE
from ncsi.stages.estimate import LARGE, EstimationFailed, SectorOutcome, SectorResults
from ncsi.stages.left_out import FAULTY, FEW_ANSWERS, TOO_SMALL, estimated, no_results, taken_out, unfinished
from ncsi.stages.unchanged_sectors import Headline
from ncsi.store import Store

_FEW = 4_096
"""Rows by respondent of a sector that wait in memory for the other sectors: some four megabytes."""


def refused(sector: str, problem: str) -> SectorResults:
    """What becomes of a sector with more faults than the wave declares."""
    return SectorResults(SectorOutcome(sector, problem=problem, reason=FAULTY))


def without_too_small(results: Sequence[SectorResults]) -> list[SectorResults]:
    """The results, less those of sectors whose index, or an item of theirs, may not be published for want of
    respondents, as a total gives them away; all of them where no other sector stands: then nothing is published, and
    the wave can be looked at."""
    stands = [one.outcome for one in results if not one.outcome.problem]
    small = {one.sector: left for one in stands if (left := _too_small(one)) is not None}
    if len(small) == len(stands):
        return list(results)
    return [replace(small.get(one.outcome.sector, one), rows=one.rows) for one in results]


def _too_small(found: SectorOutcome) -> SectorResults | None:
    """What becomes of a sector that may not be published; None of one that may."""
    if RULE.status(found.n_eff) == "suppressed":
        problem = (
            f"{found.n_eff:.0f} effective respondents, and fewer than {RULE.indicative:.0f} may not be published; "
            "collect more, or take the sector out of the wave file"
        )
        return SectorResults(SectorOutcome(found.sector, problem=problem, reason=TOO_SMALL))
    if found.scarce:
        cure = "collect more, take the item out of the questionnaire, or the sector out of the wave file"
        return SectorResults(
            SectorOutcome(found.sector, problem=f"{found.scarce}; {cure}", reason=FEW_ANSWERS)
        )
    return None


def kept_results(found: Mapping[str, Headline]) -> dict[str, SectorResults]:
    """By sector, outcomes of those whose stored results follow from what is there now: nothing is to be done."""
    return {one: SectorResults(SectorOutcome(one, **asdict(row), kept=True)) for one, row in found.items()}


def store_rows(store: Store, results: SectorResults) -> SectorResults:
    """Replace the rows by respondent of the sector, where they are many; its results without them. A few go with the
    results: to open the store for them and to close it takes longer than to write them."""
    if results.rows is None or results.rows.most_rows <= _FEW:
        return results
    if results.rows.most_rows >= LARGE:
        give_back()
    store.replace_sectors([results.rows])
    return replace(results, rows=None)


def store_results(store: Store, wave: str, results: Sequence[SectorResults]) -> None:
    """Replace the result tables of the sectors, and the rows by respondent that come with them, all or none. One that
    cannot be estimated from its data has none from then on, nor has one that the wave file no longer has; where a fault
    of ncsi stopped it, those of before stay. Until `finish`, nothing of the wave is published."""
    parts = [unfinished(wave), *taken_out(store, wave, [one.outcome.sector for one in results])]
    for one in results:
        if one.rows is not None:
            parts.append(one.rows)
        if one.outcome.reason:
            parts.append(no_results(store, wave, one.outcome.sector, one.outcome.reason))
        elif one.tables is not None:
            parts += [one.tables, estimated(wave, one.outcome.sector)]
    store.replace_sectors(parts)


def go_on_without(wave_id: str, outcomes: tuple[SectorOutcome, ...]) -> tuple[LeftOut, ...]:
    """The sectors that the wave goes on without. Raises EstimationFailed naming every sector with a problem, where one
    of them is a fault of ncsi, or none was estimated."""
    failed = [one for one in outcomes if one.problem]
    if len(failed) == len(outcomes) or any(not one.reason for one in failed):
        raise EstimationFailed(wave_id, outcomes)
    return tuple(LeftOut(one.sector, one.reason) for one in failed)
