"""Responses → result tables, one sector at a time. Load, compute, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from ncsi.disclosure import KeptHidden, scarce_item
from ncsi.errors import ImpossibleFigure, ModelError, NoResponses, WeightingError
from ncsi.model.resampling.parts import Hands, Others, Part
from ncsi.model.resampling.streams import Share
from ncsi.report import LeftOut
from ncsi.results.declared import empty, of_sector
from ncsi.results.panel import EarlierWave
from ncsi.results.panel_attrition import PanelKeeping
from ncsi.results.sector import compute_sector, part_of_sector
from ncsi.spec import RULE
from ncsi.spec.plan import WavePlan
from ncsi.stages.left_out import (
    FAULTY,
    FEW_ANSWERS,
    TOO_SMALL,
    estimated,
    no_results,
    reason_of,
    taken_out,
    unfinished,
)
from ncsi.stages.lineage import Estimation, Known, lineage
from ncsi.stages.panel import asked_otherwise, earlier_wave
from ncsi.stages.panel_members import panel_keeping, with_classes
from ncsi.stages.public_version import Published, against_public, published, refuse_repeated
from ncsi.stages.sector_inputs import Before, Headline, StoredInputs, inputs_sha256, plan_of_sector
from ncsi.store import SectorTables, Store, sector_tables
from ncsi.tables import (
    CORE_ERRORS_BY_QUANTITY,
    CORE_HELD_BY_SECTOR,
    CORE_INPUTS_BY_SECTOR,
    CORE_PUBLISHED_BY_RESPONDENT,
    CORE_QUALITY_BY_RESPONDENT,
    OUT_INDEX_BY_SECTOR,
    OUT_ITEMS_BY_SECTOR,
    OUT_RESPONSE_QUALITY_BY_SECTOR,
    TABLES,
    Layer,
)


@dataclass(frozen=True, slots=True)
class SectorOutcome:
    """What a sector's estimation came to; `problem` is empty when it worked; `n_eff`: its effective sample size;
    `held`: the public figures stand, where `few` is named because too few of those in that figure changed; `reason`:
    code of why the wave goes on without it, empty where it does not, or where a fault of ncsi stopped it; `kept`:
    nothing that it follows from changed, so that it was not estimated again; `errors`: standard errors that were held
    against those of the infinitesimal jackknife, of which `errors_apart` are far from them; `scarce`: an item that too
    few answered for its mean to be published, in words, empty where there is none or the public figures stand."""

    sector: str
    n: int = 0
    index_0_100: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n_eff: float = float("nan")
    problem: str = ""
    reason: str = ""
    held: bool = False
    few: str = ""
    kept: bool = False
    errors: int = 0
    errors_apart: int = 0
    scarce: str = ""


class EstimationFailed(ModelError):
    """Sectors could not be estimated, and the wave cannot go on without them; the others are stored."""

    def __init__(self, wave: str, outcomes: tuple[SectorOutcome, ...]) -> None:
        self.outcomes = tuple(outcome for outcome in outcomes if outcome.problem)
        reasons = "".join(f"\n  {outcome.sector}: {outcome.problem}" for outcome in self.outcomes)
        super().__init__(
            f"wave {wave}: {len(self.outcomes)} of {len(outcomes)} sectors could not be estimated, so nothing "
            f"is published. Correct their files or take them out of the wave file, then run again.{reasons}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class SectorResults:
    """What a sector came to, and until they are stored its rows by respondent, and its result tables, which wait for
    those of the wave; None when it is left out."""

    outcome: SectorOutcome
    tables: SectorTables | None = None
    rows: SectorTables | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """What a sector is estimated from, and held against: of one state of the store."""

    inputs: StoredInputs
    before: Before | None
    responses: pd.DataFrame
    kept_up: PanelKeeping | None
    earlier: EarlierWave | None
    otherwise: EarlierWave | None
    out: Published
    hidden: KeptHidden
    known: Known

    @classmethod
    def of(cls, store: Store, plan: WavePlan, sector_id: str) -> _Stored:
        """Read it. Raises NoResponses where nothing was accepted, WeightingError as `with_classes`."""
        wave = plan.wave.id
        with store.session():
            if sector_id not in store.sectors(wave):
                raise NoResponses("no accepted responses; ingest its file, or take it out of the wave")
            kept_up = panel_keeping(store, plan, sector_id)
            return cls(
                inputs=StoredInputs.of(store, wave, sector_id),
                before=Before.of(store, plan),
                responses=with_classes(store.responses(wave, sector_id, compact=True), plan, kept_up),
                kept_up=kept_up,
                earlier=earlier_wave(store, plan, sector_id),
                otherwise=asked_otherwise(store, plan, sector_id),
                out=published(store, wave, sector_id),
                hidden=KeptHidden.of(
                    store.public_results(wave, sector_id), plan.instruments[sector_id].target
                ),
                known=Known.of(store, wave, sector_id),
            )


LARGE = 100_000
"""Responses from which a sector's replicates are worth others' help: each of them weighs and fits the sector anew."""
Begin = Callable[[], Others]
"""Others begin to make parts of a sector's replicates."""


def estimate_sector(
    store: Store, plan: WavePlan, sector_id: str, run: str, threads: int = 1, begin: Begin | None = None
) -> SectorResults:
    """Estimate one sector of a wave, and write nothing; a fault of the data comes back as `problem`.

    `run`: of the ledger; `threads`: as many as work on a large sector, whose replicates are made in parts where others
    `begin` to. What it gives is for `store_rows` and
    `store_results`.
    """
    wave, instrument = plan.wave, plan.instruments[sector_id]
    try:
        stored = _Stored.of(store, plan, sector_id)
        hands = Hands(threads, begin() if begin and _is_worth_help(plan, stored.responses) else None)
        results = compute_sector(
            plan_of_sector(plan, sector_id), sector_id, stored.responses, stored.inputs.rejected,
            stored.hidden.shown_brands, stored.earlier, stored.otherwise, stored.kept_up, hands,
        )  # fmt: skip
        results = stored.hidden.applied(results, plan.instruments[sector_id].target)
        tables = {name: of_sector(name, frame) for name, frame in results.items()}
        rows = {name: tables.pop(name) for name in results if TABLES[name].layer is Layer.CORE}
        tables[CORE_HELD_BY_SECTOR.name] = empty(CORE_HELD_BY_SECTOR.name)
        of_now = stored.responses, rows[CORE_QUALITY_BY_RESPONDENT.name]
        public = against_public(stored.out, store, plan, sector_id, *of_now)
        if stored.earlier is not None:
            refuse_repeated(store, plan, sector_id, public.counted)
        rows[CORE_PUBLISHED_BY_RESPONDENT.name] = public.counted
        rows[CORE_INPUTS_BY_SECTOR.name] = empty(
            CORE_INPUTS_BY_SECTOR.name
        )  # until the results are stored too
        if public.results is not None:  # of a release come tables of the nation too, which are not a sector's
            tables = {name: frame for name, frame in public.results.items() if name in tables}
        if public.untold:
            quality = tables[OUT_RESPONSE_QUALITY_BY_SECTOR.name]
            blank = dict.fromkeys(public.untold, float("nan"))
            tables[OUT_RESPONSE_QUALITY_BY_SECTOR.name] = quality.assign(**blank)
        sha256 = inputs_sha256(plan, sector_id, stored.inputs, public.counted, stored.before)
        tables[CORE_INPUTS_BY_SECTOR.name] = pd.DataFrame({"inputs_sha256": [sha256], "few": [public.few]})
        how = Estimation(run, sha256, held=public.results is not None)
        tables |= lineage(plan, sector_id, stored.known, stored.responses, {**results, **tables}, how)
        of_respondents, of_results = (sector_tables(wave.id, sector_id, part) for part in (rows, tables))
    except (ModelError, WeightingError) as error:
        return SectorResults(SectorOutcome(sector_id, problem=str(error), reason=reason_of(error)))
    except ImpossibleFigure as error:
        return SectorResults(SectorOutcome(sector_id, problem=str(error)))
    checked = results[CORE_ERRORS_BY_QUANTITY.name]
    indices = tables[OUT_INDEX_BY_SECTOR.name]
    index = indices[indices["construct"] == instrument.target].to_dict("records")[0]
    figures = int(index["n"]), index["index_0_100"], index["low"], index["high"], index["n_eff"]
    return SectorResults(
        SectorOutcome(
            sector_id,
            *figures,
            held=public.results is not None,
            few=public.few,
            errors=len(checked),
            errors_apart=int(checked["differs"].sum()),
            scarce="" if public.results is not None else scarce_item(tables[OUT_ITEMS_BY_SECTOR.name]),
        ),
        of_results,
        of_respondents,
    )


def _is_worth_help(plan: WavePlan, responses: pd.DataFrame) -> bool:
    """Whether replicates are drawn, and of many: weights of replicates take as long to make as to use."""
    weighting = plan.wave.weighting
    return len(responses) >= LARGE and (weighting is None or weighting.replicates is None)


def part_of_replicates(store: Store, plan: WavePlan, sector_id: str, share: Share) -> Part | None:
    """A share of the replicates of a sector, made from what is stored; None where there is none, or the sector cannot
    be estimated, which whoever asked finds out too."""
    try:
        with store.session():
            kept_up = panel_keeping(store, plan, sector_id)
            responses = with_classes(store.responses(plan.wave.id, sector_id, compact=True), plan, kept_up)
        return part_of_sector(plan_of_sector(plan, sector_id), sector_id, responses, share)
    except (ModelError, WeightingError):
        return None


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
    return [small.get(one.outcome.sector, one) for one in results]


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
    """Replace the rows by respondent of the sector, where it has any; its results without them."""
    if results.rows is not None:
        store.replace_sectors([results.rows])
    return replace(results, rows=None)


def store_results(store: Store, wave: str, results: Sequence[SectorResults]) -> None:
    """Replace the result tables of the sectors, all of them or none. One that cannot be estimated from its data has
    none from then on, nor has one that the wave file no longer has; where a fault of ncsi stopped it, those of before
    stay. Until `finish`, nothing of the wave is published."""
    parts = [unfinished(wave), *taken_out(store, wave, [one.outcome.sector for one in results])]
    for one in results:
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
