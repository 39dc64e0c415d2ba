"""Files that agencies drop into a folder: taken as they are complete, to where their wave has them; quarantined when
nobody knows what they are; never twice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from ncsi import atomic
from ncsi.errors import ConformError, NcsiError, ReadError, StoreError
from ncsi.ingest.conform.clock import FIELD_CLOCK
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.personal_data import personal_name
from ncsi.ingest.read import bytes_of, exports_in
from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.stages.collect import FileOutcome
from ncsi.stages.due import due_steps
from ncsi.stages.inbox_watch import DONE
from ncsi.stages.known_deliveries import counting_card, is_superseded, withdrawn_card
from ncsi.stages.source_files import SourceFile, read_as
from ncsi.store import Store
from ncsi.tables import RAW_FILES
from ncsi.waves.routing import Route, by_name, routes_of

QUARANTINE, REPLACED = ".quarantine", ".replaced"
_WHY = ".why.txt"

Became = Literal["taken", "corrected", "repeated", "quarantined"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a file: its path in the inbox, its SHA-256, its wave and where it lies now (relative to the
    workspace), rows accepted and rejected; `why` it is quarantined."""

    path: str
    became: Became
    sha256: str = ""
    wave: str = ""
    place: str = ""
    accepted: int = 0
    rejected: int = 0
    why: str = ""


def open_plans(workspace: Workspace, now: datetime) -> tuple[WavePlan, ...]:
    """Waves whose files are due at `now`: from the first day of fieldwork until their release."""
    plans = []
    for wave_id in workspace.wave_ids():
        try:
            plan = load_plan(workspace, wave_id)
        except NcsiError:
            continue  # `ncsi wave list` tells; the inbox goes on with the others
        due = due_steps(plan.wave, now)
        if "collect" in due and "publish" not in due:
            plans.append(plan)
    return tuple(plans)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A file of the inbox, by its path there, that lies where its wave has it, to be collected; what it replaced there,
    if anything, is `aside`."""

    path: str
    arrival: Arrival
    plan: WavePlan
    sources: tuple[SourceFile, ...]
    aside: Path | None = None


def take(workspace: Workspace, inbox: Path, path: str, plans: Sequence[WavePlan]) -> Taken | Arrival:
    """Put a complete file to its source, or into quarantine with the reason beside it; each told in the ledger."""
    with Ledger.of(workspace).run("inbox", file=_shown(path)) as facts:
        found = _take(workspace, inbox, path, plans)
        arrival = found.arrival if isinstance(found, Taken) else found
        facts |= {
            "became": arrival.became,
            "source_sha256": arrival.sha256,
            "wave": arrival.wave,
            "why": arrival.why,
        }
    return found


def _take(workspace: Workspace, inbox: Path, path: str, plans: Sequence[WavePlan]) -> Taken | Arrival:
    try:
        sha256 = _sha256(inbox / path)
    except ReadError as error:
        return _quarantined(inbox, path, "", str(error))
    if _shown(path) != path:
        return _quarantined(
            inbox,
            path,
            sha256,
            "its name looks like personal data, or cannot be seen. Ask for it under another",
        )
    try:
        plan, route = _route(inbox, path, plans)
        place = Path(route.folder) / Path(path).name
        if _is_known(workspace, plan, sha256, place):
            _remove(inbox, path)
            return Arrival(_shown(path), "repeated", sha256, plan.wave.id)
    except NcsiError as error:
        return _quarantined(inbox, path, sha256, str(error))
    aside = _move(workspace, inbox, path, place, sha256)
    column_map = workspace.column_map(route.source.map) if route.source.map else None
    source = SourceFile(
        workspace.root / place, column_map, route.source.sector, route.source.supersedes, route.source.dialect,
        route.source.card, declared=True,
    )  # fmt: skip
    sources = tuple(replace(source, path=one) for one in exports_in(workspace.root / place))
    became: Became = "taken" if aside is None else "corrected"
    return Taken(
        path, Arrival(_shown(path), became, sha256, plan.wave.id, place.as_posix()), plan, sources, aside
    )


def settled_arrival(taken: Taken, outcomes: Sequence[FileOutcome]) -> Arrival:
    """What became of a file that was collected: of an archive, all its exports together. What the store has already
    under another name is taken out of the wave's folder again."""
    own = taken.arrival
    if outcomes and all(one.repeated for one in outcomes) and taken.aside is None:
        (taken.plan.workspace.root / own.place).unlink()
        return replace(own, became="repeated", place="")
    counts = [sum(getattr(one, name) for one in outcomes) for name in ("rows_accepted", "rows_rejected")]
    return replace(own, accepted=counts[0], rejected=counts[1])


def put_back(workspace: Workspace, inbox: Path, taken: Iterable[Taken]) -> None:
    """Lay files that were not collected, for want of the store or a worker, into the inbox again; those that are stored
    stay where they are, and all do where the store does not open: the wave's next collection takes them."""
    for one in taken:
        try:
            cards = Store.open(
                workspace.warehouse, create=True, bucket=workspace.bucket, catalogue=workspace.catalogue
            ).table(RAW_FILES.name, one.plan.wave.id)
        except StoreError:
            return
        place = workspace.root / one.arrival.place
        if counting_card(cards, one.arrival.sha256) is None and place.exists():
            place.replace(inbox / one.path)
            if one.aside is not None:
                one.aside.replace(place)


def refused(workspace: Workspace, inbox: Path, taken: Taken, error: NcsiError) -> Arrival:
    """Take back what could not be collected: the file to quarantine, what it replaced to its place."""
    own = taken.arrival
    place = workspace.root / own.place
    path = Path(own.path).name
    place.replace(inbox / path)
    if taken.aside is not None:
        taken.aside.replace(place)
    with Ledger.of(workspace).run("inbox", file=path) as facts:
        facts |= {"became": "quarantined", "source_sha256": own.sha256, "wave": own.wave, "why": str(error)}
    return _quarantined(inbox, path, own.sha256, str(error))


def _route(inbox: Path, path: str, plans: Sequence[WavePlan]) -> tuple[WavePlan, Route]:
    """The one source that the file is of. Raises ConformError saying why there is none, or more than one."""
    by_wave = {plan.wave.id: plan for plan in plans}
    routes = [route for plan in plans for route in routes_of(plan.wave.id, plan.wave.sources)]
    named = by_name(routes, path)
    if not named:
        places = ", ".join(one.told for one in routes) or "none"
        raise ConformError(_shown(path), "no source of a wave in the field has such a name",
                           f"Sources in the field are: {places}")  # fmt: skip
    misfits: list[str] = []
    fitting = []
    for route in named:
        try:
            _require_fit(inbox / path, by_wave[route.wave], route)
            fitting.append(route)
        except NcsiError as error:
            misfits.append(f"{route.told}: {error}")
    if not fitting:
        raise ConformError(_shown(path), "its columns are those of no source of its name: " + "; ".join(misfits),
                           "If it is of this survey, give the source a map")  # fmt: skip
    if len(fitting) > 1:
        raise ConformError(
            _shown(path), f"it may be of {' or of '.join(one.told for one in fitting)}",
            "Put it into a folder called as its agency, or name the sources' files apart",
        )  # fmt: skip
    return by_wave[fitting[0].wave], fitting[0]


def _require_fit(path: Path, plan: WavePlan, route: Route) -> None:
    """Raise what ingest would for columns that are not those of the source."""
    source = route.source
    column_map = plan.workspace.column_map(source.map) if source.map else None
    instruments = [plan.instruments[one] for one in ([source.sector] if source.sector else plan.sector_ids)]
    for export in exports_in(path):
        table = read_as(export, column_map)
        read = recognised(table, source.dialect or (column_map.dialect if column_map else None))
        layout_of(read, instruments, column_map, plan.wave.carried)


def _is_known(workspace: Workspace, plan: WavePlan, sha256: str, place: Path) -> bool:
    """Whether these bytes count already, or were superseded by what stands elsewhere. Raises ConformError for those of
    a file that was withdrawn: it is for a person to take it back."""
    if not workspace.warehouse.exists():
        return False
    cards = Store.open(workspace.warehouse).table(RAW_FILES.name, plan.wave.id)
    withdrawn = withdrawn_card(cards, sha256)
    if withdrawn is not None and counting_card(cards, sha256) is None:
        raise ConformError(
            place.name, f"it was withdrawn on {withdrawn['withdrawn_at']:%Y-%m-%d}: {withdrawn['withdrawn_reason']}",
            "If it is right after all, `ncsi ingest --again` takes it back",
        )  # fmt: skip
    return counting_card(cards, sha256) is not None or is_superseded(cards, sha256, place.as_posix())


def _move(workspace: Workspace, inbox: Path, path: str, place: Path, sha256: str) -> Path | None:
    """Give the file its place, whole; an earlier one of the name is kept in the inbox. Returns where that lies.

    Raises StoreError where the folder cannot be written: the file stays in the inbox.
    """
    target, aside = workspace.root / place, None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        content = bytes_of(inbox / path)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError(f"{_shown(path)}: it changed while it was taken. It is taken at the next look.")
        if target.exists():
            earlier = bytes_of(target)
            aside = inbox / REPLACED / f"{hashlib.sha256(earlier).hexdigest()[:12]}_{target.name}"
            aside.parent.mkdir(exist_ok=True)
            atomic.write(aside, earlier)
        atomic.write(target, content)
    except OSError as error:
        raise StoreError(
            f"{place}: cannot be written: {error.strerror}. The file stays in the inbox."
        ) from error
    _remove(inbox, path)
    return aside


def _quarantined(inbox: Path, path: str, sha256: str, why: str) -> Arrival:
    """Move a file (a link, a pipe as such) to quarantine, by a name that says nothing of persons, with the reason,
    which names no folder of the machine."""
    name = Path(_shown(path)).name
    why = why.replace(f"{inbox}{os.sep}", "")
    folder = inbox / QUARANTINE / (sha256[:12] or f"{datetime.now(FIELD_CLOCK):%Y%m%d%H%M%S%f}")
    folder.mkdir(parents=True, exist_ok=True)
    (inbox / path).replace(folder / name)
    atomic.write(folder / f"{name}{_WHY}", (why + "\n").encode())
    (inbox / (path + DONE)).unlink(missing_ok=True)
    return Arrival(_shown(path), "quarantined", sha256, why=why)


def _shown(path: str) -> str:
    """The path as it may be printed: none of which a part looks like personal data or holds what cannot be seen."""
    parts = (*Path(path).parts, Path(path).stem)
    if any(personal_name(one) or not one.isprintable() for one in parts):
        return f"file-{hashlib.sha256(path.encode()).hexdigest()[:8]}{Path(path).suffix}"
    return path


def _remove(inbox: Path, path: str) -> None:
    (inbox / path).unlink()
    (inbox / (path + DONE)).unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    return hashlib.sha256(bytes_of(path)).hexdigest()
