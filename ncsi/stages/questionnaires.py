"""What each sector of a wave was asked: recorded with its first answers, and the same for as long as the wave lives.

Another questionnaire in the workspace is that of waves to come. Whether a trend goes on over it, docs/method.md says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from ncsi.errors import IllegalMove, SpecError
from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.spec.pinned import Pin, differing, write_pins
from ncsi.spec.plan import WavePlan
from ncsi.stages.register import registered, who
from ncsi.stages.sectors_called import require_same_sectors
from ncsi.store import Partition, Store, Warehouse
from ncsi.tables import CORE_PARTITIONS, CORE_QUESTIONNAIRES
from ncsi.waves.register import takes_files


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sector of a wave was asked, since when (UTC), and whether the workspace has another questionnaire for it
    now."""

    sector: str
    instrument: str
    version: str
    sha256: str
    since: pd.Timestamp
    changed_since: bool


def require_asked(store: Store, plan: WavePlan) -> None:
    """Hold the plan against what the store says its sectors were asked.

    Raises SpecError where they differ, as when a copy in `instruments/pinned/` was gone: then it is there again. Also
    where a sector without answers is to be asked something else under an id and version that another wave asked
    already, or an id of the sector list is another sector's than in releases (`require_same_sectors`). Sectors whose
    answers an earlier version of ncsi stored are recorded, if they were read by these specs.
    """
    require_same_sectors(plan)
    with store.alone():
        _record(store, plan)
        pins = recorded_pins(store, plan.wave.id)
        new = [one for one in plan.sector_ids if one not in pins]
        versions = store.table(CORE_QUESTIONNAIRES.name) if new else pd.DataFrame()
    again = tuple(differing(plan.workspace.instruments_folder, plan.wave.id, pins))
    write_pins(plan.workspace.instruments_folder, plan.wave.id, pins)
    for sector in plan.sector_ids:
        pin = pins.get(sector)
        if pin is not None and sector in again and pin.read() != plan.instruments[sector]:
            raise SpecError(
                f"wave {plan.wave.id}, sector {sector}",
                f"its answers were given to {pin.instrument} {pin.version}, whose copy in instruments/pinned/ was gone "
                "and has been put back",
                "Run the same command again",
            )
    _refuse_same_version(versions, plan, new)


def keep_asked(store: Warehouse, workspace: Workspace, wave: str) -> None:
    """Write the copies that a wave's specs are read by, from the store."""
    write_pins(workspace.instruments_folder, wave, recorded_pins(store, wave))


def recorded_pins(store: Warehouse, wave: str) -> dict[str, Pin]:
    """What the store says that the sectors of a wave were asked."""
    rows = store.table(CORE_QUESTIONNAIRES.name, wave)
    columns = (rows[one] for one in ("instrument", "instrument_version", "spec_sha256", "content"))
    return {
        str(sector): Pin(*map(str, one))
        for sector, one in zip(rows["sector"], zip(*columns, strict=True), strict=True)
    }


def asked(store: Warehouse, workspace: Workspace, wave: str) -> tuple[Asked, ...]:
    """What the sectors of a wave were asked, by sector."""
    rows, pins = store.table(CORE_QUESTIONNAIRES.name, wave), recorded_pins(store, wave)
    since = dict(zip(rows["sector"], rows["pinned_at"], strict=True))
    return tuple(
        Asked(
            sector, pin.instrument, pin.version, pin.sha256, since[sector],
            _now(workspace, sector) != Pin.of(pin.read()),
        )
        for sector, pin in sorted(pins.items())
    )  # fmt: skip


def renew(
    store: Store, plan: WavePlan, sectors: Collection[str], reason: str, by: str = ""
) -> tuple[str, ...]:
    """Let sectors be asked what the workspace says now: the record is dropped, and their files are read anew when they
    are collected next. Which sectors that concerns, in order; told in the ledger.

    Raises IllegalMove where the wave takes no files, SpecError where a sector was asked nothing else.
    """
    wave, workspace = plan.wave, plan.workspace
    standing = registered(store, workspace, wave).standing
    if not takes_files(standing, len(wave.revisions)):
        raise IllegalMove(
            f"wave {wave.id}",
            "it takes no files, so that they could not be read anew",
            f"`ncsi wave reopen --wave {wave.id} --reason …` first, or declare a revision",
        )
    changed = {one.sector for one in asked(store, workspace, wave.id) if one.changed_since}
    chosen = tuple(one for one in plan.sector_ids if one in changed and (not sectors or one in sectors))
    if not chosen or not changed.issuperset(sectors):
        named = ", ".join(sorted(set(sectors) - changed)) or "every sector"
        raise SpecError(
            f"wave {wave.id}",
            f"the questionnaire of {named} is the one that was asked",
            "Change instruments/ or sectors.yaml first",
        )
    pins = recorded_pins(store, wave.id)
    facts = {"wave": wave.id, "by": by or who(), "reason": reason}
    with Ledger.of(workspace).run("questionnaire", **facts) as told:
        store.drop_questionnaires(wave.id, chosen)
        keep_asked(store, workspace, wave.id)
        told["sectors"] = {one: f"{pins[one].instrument} {pins[one].version}" for one in chosen}
    return chosen


def _record(store: Store, plan: WavePlan) -> None:
    parts = store.table(CORE_PARTITIONS.name, plan.wave.id)
    known = set(recorded_pins(store, plan.wave.id))
    found = []
    for sector, own in parts.groupby("sector"):
        instrument = plan.instruments.get(str(sector))
        if instrument is None or sector in known:
            continue
        pin = Pin.of(instrument)
        if set(own["spec_sha256"]) == {pin.sha256}:
            rows = pd.DataFrame()
            found.append(Partition(str(sector), pin.instrument, pin.version, pin.sha256, rows, pin.content))
    if found:
        store.keep_questionnaires(plan.wave.id, found)


def _refuse_same_version(rows: pd.DataFrame, plan: WavePlan, new: Collection[str]) -> None:
    """A version is one questionnaire: what has answers already (`rows`, of all waves) may not be something else under
    its name in sectors that are `new`."""
    for sector in new:
        own = Pin.of(plan.instruments[sector])
        same = rows[(rows["instrument"] == own.instrument) & (rows["instrument_version"] == own.version)]
        for one in same.drop_duplicates("spec_sha256").to_dict("records"):
            other = Pin(own.instrument, own.version, str(one["spec_sha256"]), str(one["content"]))
            if Pin.of(other.read()) != own:
                raise SpecError(
                    f"instrument {own.instrument}",
                    f"wave {one['wave']} asked version {own.version} of it in sector {one['sector']}, and what it says "
                    "now is something else",
                    "Give it a new `version:`, so that trends can tell the two apart",
                )


def _now(workspace: Workspace, sector: str) -> Pin | None:
    """What the workspace would ask the sector now; None where that cannot be read."""
    try:
        return Pin.of(workspace.instrument_of(sector))
    except SpecError:
        return None
