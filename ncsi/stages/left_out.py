"""Sectors that a wave goes on without: why, as readers are told it, and the wave without them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from ncsi.errors import (
    ModelError,
    NoResponses,
    NotConverged,
    PublicationError,
    RepeatedAnswers,
    WeightingError,
)
from ncsi.report import Incomplete, LeftOut
from ncsi.report.text import phrase
from ncsi.results.declared import empty
from ncsi.spec import Label
from ncsi.spec.plan import WavePlan
from ncsi.stages.lineage import LINEAGE
from ncsi.store import SectorTables, Store, Warehouse, sector_tables
from ncsi.tables import (
    CORE_ERRORS_BY_QUANTITY,
    CORE_HELD_BY_SECTOR,
    CORE_INPUTS_BY_SECTOR,
    CORE_LEFT_OUT_BY_SECTOR,
    CORE_PUBLISHED_BY_RESPONDENT,
    CORE_QUALITY_BY_RESPONDENT,
    CORE_REJECTS,
    CORE_WEIGHTS_BY_RESPONDENT,
    ESTIMATED,
    OUT_INDEX_BY_SECTOR,
    TABLES,
    Layer,
)

_OF_ALL = ""
"""In place of a sector: the wave as a whole."""
_UNFINISHED = "unfinished"
_REASONS = {
    NoResponses: "no_responses", RepeatedAnswers: "repeated", NotConverged: "not_converged",
    WeightingError: "not_weighted",
}  # fmt: skip
TOO_SMALL, FEW_ANSWERS, FAULTY = "too_small", "few_answers", "faulty"
"""Codes of sectors that could be estimated: one whose index may not be published, one with an item that may not, one
above the declared faults."""
_OF_A_SECTOR = (
    *(name for name, one in TABLES.items() if one.layer is Layer.OUT and one.key[:2] == ("wave", "sector")),
    CORE_QUALITY_BY_RESPONDENT.name,
    CORE_WEIGHTS_BY_RESPONDENT.name,
    CORE_HELD_BY_SECTOR.name,
    CORE_INPUTS_BY_SECTOR.name,
    CORE_ERRORS_BY_QUANTITY.name,
)


def none_accepted(store: Warehouse, wave: str, sector: str) -> NoResponses:
    """That a sector has nothing to be estimated from: no file of it is in, or no row of its files was accepted."""
    found = store.counts(CORE_REJECTS.name, ["rule"], wave, sector)
    if found.empty:
        return NoResponses("no accepted responses; ingest its file, or take it out of the wave")
    rules = ", ".join(f"{rule} {rows:,}" for rule, rows in zip(found["rule"], found["rows"], strict=True))
    return NoResponses(
        f"no accepted responses, as every row of its files was rejected ({rules}); correct them, or take it out of "
        "the wave"
    )


def reason_of(error: ModelError | WeightingError) -> str:
    """The code of why a sector could not be estimated; the phrase `incomplete_<code>` tells readers."""
    return next((code for kind, code in _REASONS.items() if isinstance(error, kind)), "not_supported")


def no_results(store: Warehouse, wave: str, sector: str, reason: str) -> SectorTables:
    """What stands of a sector that is left out: nothing of an earlier estimation, all that is known of the
    releases that are out, the reason."""
    frames = {name: empty(name) for name in _OF_A_SECTOR}
    for name in (CORE_PUBLISHED_BY_RESPONDENT.name, *LINEAGE):
        known = store.table(name, wave, sector)
        frames[name] = known.loc[known["revision"] != ESTIMATED, list(empty(name).columns)]
    return sector_tables(wave, sector, frames | _reason(reason))


def taken_out(store: Warehouse, wave: str, sectors: Collection[str]) -> list[SectorTables]:
    """What stands of those that the store has results of, or a reason for having none, and that are not among the
    `sectors` of the wave file any more."""
    tables = (store.table(one.name, wave) for one in (OUT_INDEX_BY_SECTOR, CORE_LEFT_OUT_BY_SECTOR))
    known = {str(sector) for table in tables for sector in table["sector"]} - {_OF_ALL}
    return [no_results(store, wave, one, "") for one in sorted(known - set(sectors))]


def estimated(wave: str, sector: str) -> SectorTables:
    """That a sector is not left out."""
    return sector_tables(wave, sector, _reason(""))


def unfinished(wave: str) -> SectorTables:
    """That a wave's sectors are stored, and what they make up together is not yet."""
    return sector_tables(wave, _OF_ALL, _reason(_UNFINISHED))


def finish(store: Store, wave: str) -> None:
    """Take that back: what the sectors make up together is stored too."""
    store.replace_sectors([sector_tables(wave, _OF_ALL, _reason(""))])


def is_finished(store: Warehouse, wave: str) -> bool:
    """Whether no estimation of the wave stopped between its sectors and what they make up together."""
    return _OF_ALL not in set(store.table(CORE_LEFT_OUT_BY_SECTOR.name, wave)["sector"])


def left_out(store: Warehouse, plan: WavePlan) -> tuple[LeftOut, ...]:
    """The sectors that the wave's last estimation left out, in the order of the wave file."""
    known = store.table(CORE_LEFT_OUT_BY_SECTOR.name, plan.wave.id).set_index("sector")["reason"]
    return tuple(LeftOut(one, str(known[one])) for one in plan.sector_ids if one in known.index)


def without(plan: WavePlan, those: Sequence[LeftOut]) -> WavePlan:
    """The plan of a wave that does not measure these sectors, nor makes composite indices of them."""
    gone = {one.sector for one in those}
    sectors = tuple(one for one in plan.wave.sectors if one.id not in gone)
    indices = tuple(one for one in plan.wave.composites if not gone & {each.sector for each in one.survey})
    wave = plan.wave.model_copy(update={"sectors": sectors, "composites": indices})
    instruments = {sector: one for sector, one in plan.instruments.items() if sector not in gone}
    return replace(plan, wave=wave, instruments=instruments)


def require_allowed(store: Warehouse, plan: WavePlan) -> tuple[LeftOut, ...]:
    """What a release of the stored results leaves out. Raises PublicationError where an estimation did not come to its
    end, or sectors are left out and the plan does not allow it."""
    found = left_out(store, plan)
    wave = plan.wave.id
    if not is_finished(store, wave):
        raise PublicationError(
            f"wave {wave}: its last estimation did not come to its end. Run `ncsi estimate --wave {wave}` again."
        )
    if found and not plan.allow_incomplete:
        told = "; ".join(f"{one.sector}: {phrase(f'incomplete_{one.reason}').en}" for one in found)
        raise PublicationError(
            f"wave {wave}: {len(found)} of {len(plan.sector_ids)} sectors cannot be published ({told}), so nothing "
            f"is published. Correct their files and run `ncsi estimate --wave {wave}`, or publish without them, marked "
            "incomplete: --allow-incomplete."
        )
    return found


def incomplete(those: Sequence[LeftOut], basis: pd.DataFrame, indices: Sequence[Label]) -> Incomplete | None:
    """What a release says of the sectors that it leaves out, and of composite `indices` that they would have supplied;
    `basis`: out_basis_by_sector. None where it has all."""
    if not those:
        return None
    stands = basis[basis["basis"] != "not_available"]
    return Incomplete(
        tuple(those),
        coverage=float(stands["share"].sum() / basis["share"].sum()),
        carried=tuple(one.sector for one in those if one.sector in set(stands["sector"])),
        indices=tuple(indices),
    )


def _reason(reason: str) -> dict[str, pd.DataFrame]:
    return {
        CORE_LEFT_OUT_BY_SECTOR.name: pd.DataFrame({"reason": [reason] if reason else []}, dtype="object")
    }
