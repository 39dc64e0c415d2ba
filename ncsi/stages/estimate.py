"""Responses → result tables, one sector at a time. Load, compute, save."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from ncsi.clean_process import give_back
from ncsi.disclosure import KeptHidden, scarce_item
from ncsi.errors import ImpossibleFigure, ModelError, WeightingError
from ncsi.model.resampling.parts import Hands, Others, Part
from ncsi.model.resampling.streams import Share
from ncsi.results.accepted import Accepted
from ncsi.results.declared import empty, of_sector
from ncsi.results.panel import EarlierWave
from ncsi.results.panel_attrition import PanelKeeping
from ncsi.results.sector import Computed, compute_sector, part_of_sector
from ncsi.results.spooled_rows import ROWS, Rows, SpooledRows, blocks_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.few_texts import texts_of_few
from ncsi.stages.left_out import none_accepted, reason_of
from ncsi.stages.lineage import Estimation, Known, lineage
from ncsi.stages.panel import asked_otherwise, earlier_wave
from ncsi.stages.panel_members import panel_keeping, with_classes
from ncsi.stages.public_version import AgainstPublic, Published, against_public, published, refuse_repeated
from ncsi.stages.sector_inputs import Before, StoredInputs, inputs_sha256, plan_of_sector
from ncsi.store import SectorTables, Store, sector_tables
from ncsi.tables import (
    CORE_ERRORS_BY_QUANTITY,
    CORE_FIGURES_BY_SECTOR,
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
    accepted: Accepted
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
                raise none_accepted(store, wave, sector_id)
            inputs = StoredInputs.of(store, wave, sector_id)
            with texts_of_few(inputs.accepted):
                kept_up = panel_keeping(store, plan, sector_id)
                public = store.public_results(wave, sector_id, KeptHidden.READS)
                return cls(
                    inputs=inputs,
                    before=Before.of(store, plan),
                    accepted=_accepted(store, plan, sector_id, kept_up),
                    kept_up=kept_up,
                    earlier=earlier_wave(store, plan, sector_id),
                    otherwise=asked_otherwise(store, plan, sector_id),
                    out=published(store, wave, sector_id),
                    hidden=KeptHidden.of(public, plan.instruments[sector_id].target),
                    known=Known.of(store, wave, sector_id),
                )


def _accepted(store: Store, plan: WavePlan, sector_id: str, kept_up: PanelKeeping | None) -> Accepted:
    """The accepted responses, of many no more in memory than a block."""
    return Accepted.of(with_classes(store.response_blocks(plan.wave.id, sector_id, ROWS), plan, kept_up))


LARGE = 100_000
"""Responses from which a sector's replicates are worth others' help, as each of them weighs and fits the sector anew,
and memory that was freed is worth giving back."""
Begin = Callable[[], Others]
"""Others begin to make parts of a sector's replicates."""


def estimate_sector(
    store: Store, plan: WavePlan, sector_id: str, run: str, threads: int = 1, begin: Begin | None = None
) -> SectorResults:
    """Estimate one sector of a wave, and write nothing; a fault of the data comes back as `problem`.

    `run`: of the ledger; `threads`: as many as work on a large sector, whose replicates are made in parts where others
    `begin` to. What it gives is for `store_rows` and `store_results`.
    """
    try:
        stored = _Stored.of(store, plan, sector_id)
        if len(stored.accepted) >= LARGE:
            give_back()
        hands = Hands(threads, begin() if begin and _is_worth_help(plan, len(stored.accepted)) else None)
        with texts_of_few(stored.inputs.accepted):
            computed = compute_sector(
                plan_of_sector(plan, sector_id), sector_id, stored.accepted, stored.inputs.rejected,
                stored.hidden.shown_brands, stored.earlier, stored.otherwise, stored.kept_up, hands,
            )  # fmt: skip
            if len(stored.accepted) >= LARGE:
                give_back()
            return _held_against(store, plan, sector_id, run, stored, computed)
    except (ModelError, WeightingError) as error:
        return SectorResults(SectorOutcome(sector_id, problem=str(error), reason=reason_of(error)))
    except ImpossibleFigure as error:
        return SectorResults(SectorOutcome(sector_id, problem=str(error)))


def _held_against(
    store: Store,
    plan: WavePlan,
    sector_id: str,
    run: str,
    stored: _Stored,
    computed: Computed,
) -> SectorResults:
    """What was computed, held against what is out of the sector, with where it comes from. Raises RepeatedAnswers as
    `refuse_repeated`, and ImpossibleFigure as `of_sector`."""
    target = plan.instruments[sector_id].target
    results, judged = (
        stored.hidden.applied(computed.tables, target),
        computed.of_respondents[CORE_QUALITY_BY_RESPONDENT.name],
    )
    tables = {name: of_sector(name, frame) for name, frame in results.items()}
    rows = {name: tables.pop(name) for name in results if TABLES[name].layer is Layer.CORE}
    public = against_public(
        stored.out, store, plan, sector_id, stored.accepted, judged, in_blocks=stored.earlier is None
    )
    if stored.earlier is not None:
        refuse_repeated(store, plan, sector_id, public.counted)
    rows[CORE_FIGURES_BY_SECTOR.name] = pd.DataFrame({"figures": ["\n".join(public.figures)]})
    # Those of today count once the results are stored too.
    rows[CORE_INPUTS_BY_SECTOR.name] = empty(CORE_INPUTS_BY_SECTOR.name)
    tables[CORE_HELD_BY_SECTOR.name] = empty(CORE_HELD_BY_SECTOR.name)
    tables = _as_public(tables, public)
    sha256 = inputs_sha256(plan, sector_id, stored.inputs, public.counted, stored.before)
    tables[CORE_INPUTS_BY_SECTOR.name] = pd.DataFrame({"inputs_sha256": [sha256], "few": [public.few]})
    how = Estimation(run, sha256, held=public.results is not None)
    tables |= lineage(
        plan, sector_id, stored.known, _with_files(stored.accepted, judged), {**results, **tables}, how
    )
    outcome = _outcome(sector_id, target, tables, public, results[CORE_ERRORS_BY_QUANTITY.name])
    of_results = sector_tables(plan.wave.id, sector_id, tables)
    of_respondents: dict[str, pd.DataFrame | Iterable[pd.DataFrame]] = {**rows}
    for name, one in computed.of_respondents.items():
        of_respondents[name] = one.blocks() if isinstance(one, SpooledRows) else one
    of_respondents[CORE_PUBLISHED_BY_RESPONDENT.name] = (
        public.counted if public.blocks is None else public.blocks
    )
    return SectorResults(outcome, of_results, sector_tables(plan.wave.id, sector_id, of_respondents))


def _with_files(accepted: Accepted, judged: Rows) -> Iterator[pd.DataFrame]:
    """Brand, status and reasons of the responses, with the file of each, some at a time."""
    files = accepted.blocks(["source_sha256"])
    for one, of_file in zip(blocks_of(judged, ["brand", "status", "reasons"]), files, strict=True):
        yield one.assign(source_sha256=of_file["source_sha256"].array)


def _as_public(tables: dict[str, pd.DataFrame], public: AgainstPublic) -> dict[str, pd.DataFrame]:
    """The public results in place of the new ones where they are kept, and figures of quality blank that may not be
    told."""
    if public.results is not None:  # of a release come tables of the nation too, which are not a sector's
        tables = {name: frame for name, frame in public.results.items() if name in tables}
    if public.untold:
        quality = tables[OUT_RESPONSE_QUALITY_BY_SECTOR.name]
        blank = dict.fromkeys(public.untold, float("nan"))
        tables[OUT_RESPONSE_QUALITY_BY_SECTOR.name] = quality.assign(**blank)
    return tables


def _outcome(
    sector_id: str,
    target: str,
    tables: Mapping[str, pd.DataFrame],
    public: AgainstPublic,
    checked: pd.DataFrame,
) -> SectorOutcome:
    indices = tables[OUT_INDEX_BY_SECTOR.name]
    index = indices[indices["construct"] == target].to_dict("records")[0]
    held = public.results is not None
    return SectorOutcome(
        sector_id, int(index["n"]), index["index_0_100"], index["low"], index["high"], index["n_eff"],
        held=held,
        few=public.few,
        errors=len(checked),
        errors_apart=int(checked["differs"].sum()),
        scarce="" if held else scarce_item(tables[OUT_ITEMS_BY_SECTOR.name]),
    )  # fmt: skip


def _is_worth_help(plan: WavePlan, responses: int) -> bool:
    """Whether replicates are drawn, and of many: weights of replicates take as long to make as to use."""
    weighting = plan.wave.weighting
    return responses >= LARGE and (weighting is None or weighting.replicates is None)


def part_of_replicates(store: Store, plan: WavePlan, sector_id: str, share: Share) -> Part | None:
    """A share of the replicates of a sector, made from what is stored; None where there is none, or the sector cannot
    be estimated, which whoever asked finds out too."""
    try:
        with store.session():
            kept_up = panel_keeping(store, plan, sector_id)
            accepted = _accepted(store, plan, sector_id, kept_up)
        return part_of_sector(plan_of_sector(plan, sector_id), sector_id, accepted, share)
    except (ModelError, WeightingError):
        return None
