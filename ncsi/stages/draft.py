"""A wave as it stands while answers come in, estimated without replicates. Reads the store, and leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from ncsi.disclosure import KeptHidden, publishable_draft, scarce_item
from ncsi.errors import ImpossibleFigure, ModelError, PublicationError, SpecError, WeightingError
from ncsi.report import Apply
from ncsi.report.draft_files import write_draft_files
from ncsi.results.accepted import Accepted
from ncsi.results.draft import DraftSector, draft_of_sector
from ncsi.spec import RULE
from ncsi.spec.pinned import differing
from ncsi.spec.plan import WavePlan
from ncsi.stages.estimate import SectorOutcome, SectorResults
from ncsi.stages.estimated_sectors import go_on_without, refused, without_too_small
from ncsi.stages.fault_limits import faulty_sectors
from ncsi.stages.left_out import none_accepted, reason_of
from ncsi.stages.panel import is_followed
from ncsi.stages.panel_members import responses_of
from ncsi.stages.public_version import AgainstPublic, against_public, published, refuse_repeated
from ncsi.stages.questionnaires import recorded_pins
from ncsi.stages.sector_inputs import plan_of_sector
from ncsi.store import Store
from ncsi.tables import OUT_INDEX_BY_SECTOR
from ncsi.tables.draft import DRAFT_TABLES, OUT_DRAFT_INDEX_BY_BRAND, OUT_DRAFT_INDEX_BY_SECTOR
from ncsi.tables.possible import impossible

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class SectorDraft:
    """What a sector came to, as of an estimation, with the standard error of its index and the degrees of freedom of
    that; `withheld`: constructs without figures, as an item counts backwards by chance; `tables`: those of a draft, in
    full precision and nothing hidden, none where it is left out or the public figures stand."""

    outcome: SectorOutcome
    se: float = float("nan")
    df: float = float("nan")
    withheld: tuple[str, ...] = ()
    tables: Frames = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class WaveDraft:
    """Sectors in the order of the wave, those left out too, and what of their `tables` may leave the house, in
    published digits. `replicate_weights`: the wave declares some, whose calibration the errors do not know; `folder`:
    of the files, None where none were asked for."""

    wave: str
    level: float
    sectors: tuple[SectorDraft, ...]
    tables: Frames
    replicate_weights: bool
    synthetic: bool
    folder: Path | None = None

    @property
    def left_out(self) -> tuple[SectorOutcome, ...]:
        """Sectors that an estimation would leave out."""
        return tuple(one.outcome for one in self.sectors if one.outcome.problem)


def draft_wave(
    plan: WavePlan, apply: Apply = map, progress: Callable[[str, int, int], None] | None = None
) -> WaveDraft:
    """Every sector of the wave as it stands; `apply` maps the sectors. Nothing is stored.

    What stops an estimation stops a draft, by the same errors: SpecError where the questionnaires in the workspace are
    not those that were asked, ConformError as `faulty_sectors`, EstimationFailed where no sector can be estimated.
    """
    store = Store.open(plan.workspace.warehouse)
    _require_asked(store, plan)
    faulty = faulty_sectors(plan.wave, store)
    open_ = [one for one in plan.sector_ids if one not in faulty]
    made = {one: SectorDraft(refused(one, problem).outcome) for one, problem in faulty.items()}
    for done, one in enumerate(apply(partial(draft_sector, store, plan), open_), 1):
        made[one.outcome.sector] = one
        if progress:
            progress("draft", done, len(open_))
    sectors = _without_too_small([made[one] for one in plan.sector_ids])
    go_on_without(plan.wave.id, tuple(one.outcome for one in sectors))
    weighting = plan.wave.weighting
    return WaveDraft(
        plan.wave.id,
        plan.wave.level,
        sectors,
        _leaving_the_house(plan, sectors),
        replicate_weights=weighting is not None and weighting.replicates is not None,
        synthetic=plan.wave.synthetic,
    )


def draft_sector(store: Store, plan: WavePlan, sector_id: str) -> SectorDraft:
    """One sector; a fault of the data comes back as `problem`, with the reason that an estimation has for it."""
    target = plan.instruments[sector_id].target
    try:
        with store.session():
            if sector_id not in store.sectors(plan.wave.id):
                raise none_accepted(store, plan.wave.id, sector_id)
            responses = responses_of(store, plan, sector_id)
        with threadpool_limits(limits=1, user_api="blas"):
            found = draft_of_sector(plan_of_sector(plan, sector_id), sector_id, responses)
        public = _held_against(store, plan, sector_id, Accepted(responses), found.quality)
        if public is None or public.results is None:
            return _new(store, plan, sector_id, found)
    except (ModelError, WeightingError) as error:
        return SectorDraft(SectorOutcome(sector_id, problem=str(error), reason=reason_of(error)))
    except ImpossibleFigure as error:
        return SectorDraft(SectorOutcome(sector_id, problem=str(error)))
    index = public.results[OUT_INDEX_BY_SECTOR.name]
    return _drafted(sector_id, index[index["construct"] == target], held=True, few=public.few)


def _new(store: Store, plan: WavePlan, sector_id: str, found: DraftSector) -> SectorDraft:
    """The draft of a sector that no release holds; brands that its release hides stay hidden."""
    target = plan.instruments[sector_id].target
    hidden = KeptHidden.of(store.public_results(plan.wave.id, sector_id, KeptHidden.READS), target)
    name = OUT_DRAFT_INDEX_BY_BRAND.name
    tables = found.tables | {name: hidden.withheld(found.tables[name], target)}
    index = tables[OUT_DRAFT_INDEX_BY_SECTOR.name]
    one = _drafted(sector_id, index[index["construct"] == target], scarce=scarce_item(found.answered))
    keyed = {name: frame.assign(wave=plan.wave.id, sector=sector_id) for name, frame in tables.items()}
    for name, frame in keyed.items():
        if said := impossible(DRAFT_TABLES[name], frame):
            raise ImpossibleFigure(f"{name}: {said}: no such figure can be.")
    return replace(one, withheld=found.withheld, tables=keyed)


def _drafted(
    sector_id: str, index: pd.DataFrame, *, held: bool = False, few: str = "", scarce: str = ""
) -> SectorDraft:
    row = index.to_dict("records")[0]
    outcome = SectorOutcome(
        sector_id, int(row["n"]), row["index_0_100"], row["low"], row["high"], row["n_eff"],
        held=held, few=few, scarce=scarce,
    )  # fmt: skip
    return SectorDraft(outcome, row["se"], row["df"])


def _held_against(
    store: Store, plan: WavePlan, sector_id: str, accepted: Accepted, quality: pd.DataFrame
) -> AgainstPublic | None:
    """What was computed held against what is out of the sector, and of a panel against the wave before; None where
    there is neither. Raises RepeatedAnswers as `refuse_repeated`."""
    out, followed = published(store, plan.wave.id, sector_id), is_followed(store, plan, sector_id)
    if not followed and out.counted.empty:
        return None
    public = against_public(out, store, plan, sector_id, accepted, quality)
    if followed:
        refuse_repeated(store, plan, sector_id, public.counted)
    return public


def _without_too_small(sectors: Sequence[SectorDraft]) -> tuple[SectorDraft, ...]:
    """As `estimated_sectors.without_too_small`."""
    left = without_too_small([SectorResults(one.outcome) for one in sectors])
    return tuple(
        one if now.outcome is one.outcome else SectorDraft(now.outcome)
        for one, now in zip(sectors, left, strict=True)
    )


def _leaving_the_house(plan: WavePlan, sectors: Collection[SectorDraft]) -> Frames:
    """The tables of the sectors that could be published, by the rules of `disclosure`."""
    shown = [one for one in sectors if one.tables and _is_large_enough(one.outcome)]
    whole = {
        name: pd.concat([one.tables[name] for one in shown], ignore_index=True)
        if shown
        else pd.DataFrame(columns=list(table.names))
        for name, table in DRAFT_TABLES.items()
    }
    return publishable_draft(whole, plan.wave.id, plan.target, plan.wave.level)


def _is_large_enough(one: SectorOutcome) -> bool:
    return RULE.status(one.n_eff) != "suppressed" and not one.scarce


def write_draft(plan: WavePlan, made: WaveDraft) -> WaveDraft:
    """The tables as CSV into `private/.draft/<wave>/`, in place of those of an earlier draft. Raises PublicationError
    where no sector may leave the house."""
    if made.tables[OUT_DRAFT_INDEX_BY_SECTOR.name].empty:
        raise PublicationError(
            f"wave {plan.wave.id}: no sector has figures that may leave the house yet, so that no file was written. "
            "Look at the draft without --files."
        )
    folder = draft_folder(plan)
    write_draft_files(made.tables, plan.wave, folder)
    return replace(made, folder=folder)


def draft_folder(plan: WavePlan) -> Path:
    """Where the files of a draft lie: in the workspace, for its owner alone, never in its releases."""
    return plan.workspace.root / "private" / ".draft" / plan.wave.id


def _require_asked(store: Store, plan: WavePlan) -> None:
    """Raise SpecError where a questionnaire is not the one that was asked, as when its copy is gone."""
    pins = recorded_pins(store, plan.wave.id)
    for sector in differing(plan.workspace.instruments_folder, plan.wave.id, pins):
        if sector in pins and sector in plan.instruments and pins[sector].read() != plan.instruments[sector]:
            raise SpecError(
                f"wave {plan.wave.id}, sector {sector}",
                f"its answers were given to {pins[sector].instrument} {pins[sector].version}, whose copy in "
                "instruments/pinned/ is gone",
                f"Run `ncsi estimate --wave {plan.wave.id}`, which puts it back",
            )
