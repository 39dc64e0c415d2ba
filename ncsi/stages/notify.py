"""What is due to be told of the waves of a workspace, and telling it: once to each channel, whatever fails.

What was told is kept in `runs/notifications.jsonl`, a chain as the ledger's. A message is noted before it is sent and
after: where its end is missing, the process was killed and nobody knows, so that it is not sent again. What a
receiver did not take is due again at the next look, as long as it is still so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from ncsi.atomic import is_temporary
from ncsi.errors import NcsiError, StoreError
from ncsi.ingest.conform.clock import FIELD_CLOCK
from ncsi.ledger import Ledger
from ncsi.report import text
from ncsi.spec import Workspace
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.stages.approvals import wanted
from ncsi.stages.due import is_planned
from ncsi.stages.field_board import names_of
from ncsi.stages.field_progress import wave_progress
from ncsi.stages.register import Registered, registered, unregistered
from ncsi.stages.sending import Destination, send, send_all
from ncsi.store.place import Place
from ncsi.store.warehouse import open as read_only
from ncsi.waves.messages import Message, messages, trial
from ncsi.waves.notices import (
    FailedRun,
    Notice,
    approval,
    failures,
    missing_deliveries,
    readiness,
    shortfalls,
    unreadable,
)

JOBS = ("collect", "validate", "board", "estimate", "composite", "measure", "publish", "due")
"""Jobs of a wave whose failures are told."""
FAILED_FOR = timedelta(days=2)
"""How long a failure is told that no receiver took."""
_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a look: notices that are due, keys that each channel took, by channel, and what did not work."""

    due: tuple[Notice, ...] = ()
    taken: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cautions: tuple[str, ...] = ()


def look(workspace: Workspace, now: datetime, waves: Sequence[str] | None = None) -> Told:
    """Tell each channel what is due of the waves (by default all) and what it has not been told yet.

    Never raises what a receiver, the store or a wave file does: cautions say it.
    """
    channels = workspace.settings.notifications.channels
    if not channels:
        return Told()
    try:
        due, cautions = due_notices(workspace, now, waves)
        with _alone(workspace):
            taken, not_sent = _tell(workspace, channels, due)
    except NcsiError as error:
        return Told(cautions=(f"Notifications: {error}",))
    return Told(due, taken, (*cautions, *not_sent))


def try_out(workspace: Workspace) -> dict[str, str | None]:
    """Send a test message to each channel; by channel, why it was not taken, or None."""
    language = workspace.settings.notifications.language
    return send_all(
        {
            one.id: partial(send, one, trial(one.id, language), workspace.root)
            for one in workspace.settings.notifications.channels
        }
    )


@contextmanager
def failing_told(workspace: Workspace, wave: str, caution: Callable[[str], None]) -> Iterator[None]:
    """A scheduled run of the wave: where the block fails before a step of it did, the ledger gets the failure; then
    whoever is to be told of it is, and `caution` gets what did not work."""
    ledger, began = Ledger.of(workspace), datetime.now(UTC) - timedelta(milliseconds=1)
    try:
        yield
    except NcsiError as error:
        try:
            known = any(one.get("wave") == wave for one in ledger.failed_since(began))
            if not known:
                ledger.record("FAIL", "due", "", wave=wave, error=type(error).__name__)
        except StoreError as unrecorded:
            error.add_note(str(unrecorded))
        for line in look(workspace, datetime.now(UTC), (wave,)).cautions:
            caution(line)
        raise


def due_notices(
    workspace: Workspace, now: datetime, waves: Sequence[str] | None = None
) -> tuple[tuple[Notice, ...], tuple[str, ...]]:
    """What is due at `now` of the waves (by default all, and all drafts), told already or not; and what could not be
    looked at."""
    found: list[Notice] = []
    cautions: list[str] = []
    failed = _failed(workspace, now)
    for wave in workspace.wave_ids() if waves is None else waves:
        try:
            plan = load_plan(workspace, wave)
        except NcsiError:
            if not _is_done(workspace, wave):
                found.append(unreadable(wave, now.astimezone(FIELD_CLOCK).date()))
            continue
        try:
            sectors = {one: text.pair(plan.sectors.sector(one).label) for one in plan.sector_ids}
            found += failures(wave, failed.get(wave, ()), sectors)
            found += _of_wave(plan, now)
        except NcsiError as error:
            cautions.append(f"Notifications of wave {wave}: {error}")
    for draft in _drafts(workspace) if waves is None else waves:
        try:
            asked = wanted(workspace, draft)
        except NcsiError as error:
            cautions.append(f"Notifications: {error}")
            continue
        if asked is not None and asked.lacking:
            found.append(approval(draft, asked.draft_sha256, asked.lacking, workspace.settings.approvals))
    return tuple(found), tuple(cautions)


def _is_done(workspace: Workspace, wave: str) -> bool:
    """Whether a release of it lies there and its file can be read: that a sector of it left the list since, or a map is
    gone, holds nothing up."""
    try:
        workspace.wave_alone(wave)
    except NcsiError:
        return False
    return (workspace.releases / wave).is_dir()


def _of_wave(plan: WavePlan, now: datetime) -> Iterator[Notice]:
    """Of a wave that has begun and is not out."""
    workspace, wave = plan.workspace, plan.wave
    today = now.astimezone(FIELD_CLOCK).date()
    out = (workspace.releases / wave.id).is_dir()
    if out or today < wave.field.start or not is_planned(wave, today, released=out):
        return
    entry, found, names = _entry(plan), wave_progress(plan, now), names_of(plan)
    if not entry.standing.closed:
        yield from shortfalls(wave.id, found.sectors, names, wave.field, today)
        yield from missing_deliveries(wave.id, found.agencies, names)
    move = int(entry.moves["move"].max()) if len(entry.moves) else 0
    yield from readiness(wave.id, entry.standing, move, found.sectors, names)


def _drafts(workspace: Workspace) -> tuple[str, ...]:
    """Releases that lie in `releases/.draft/`, of waves, indices and measures."""
    folder = workspace.releases / ".draft"
    drafts = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(one.name for one in drafts if one.is_dir() and not is_temporary(one)))


def _entry(plan: WavePlan) -> Registered:
    if not Place(plan.workspace.warehouse).is_stored:
        return unregistered(plan.workspace, plan.wave.id)
    return registered(read_only(plan.workspace.warehouse), plan.workspace, plan.wave)


def _failed(workspace: Workspace, now: datetime) -> dict[str, list[FailedRun]]:
    """By wave, steps that failed lately and were not done since."""
    found: dict[str, list[FailedRun]] = {}
    for one in Ledger.of(workspace).failed_since(now - FAILED_FOR):
        if one["job"] in JOBS and "wave" in one:
            day = datetime.fromisoformat(one["time"]).astimezone(FIELD_CLOCK).date()
            failed = FailedRun(one["job"], day, str(one.get("error", "")), str(one.get("sector", "")))
            found.setdefault(str(one["wave"]), []).append(failed)
    return found


def _tell(
    workspace: Workspace, channels: Sequence[Destination], due: Sequence[Notice]
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
    """Send what is new to each channel: by channel the keys it took, and cautions."""
    record = _record(workspace)
    known = _told_before(record)
    new: dict[str, list[Message]] = {}
    for one in channels:
        own = [notice for notice in due if notice.kind in one.tells and (one.id, notice.key) not in known]
        if own:
            new[one.id] = list(messages(own, workspace.settings.notifications.language))
    if not new:
        return (), ()
    for name, its in new.items():
        record.record("START", "notify", "", channel=name, keys=[key for one in its for key in one.keys])
    by_id = {one.id: one for one in channels}
    sent: dict[str, list[str]] = {name: [] for name in new}
    reasons = send_all(
        {name: partial(_send_each, by_id[name], its, workspace.root, sent[name]) for name, its in new.items()}
    )
    cautions = []
    for name, its in new.items():
        took = list(sent[name])
        left = [key for one in its for key in one.keys if key not in took]
        if took:
            record.record("COMPLETE", "notify", "", channel=name, keys=took)
        if left:
            record.record("FAIL", "notify", "", channel=name, keys=left, error=reasons[name] or "")
            cautions.append(
                f"Notifications: {name} was not told {len(left)} of {len(took) + len(left)}: {reasons[name]}. "
                "It is tried again at the next look."
            )
    return tuple((name, tuple(took)) for name, took in sent.items() if took), tuple(cautions)


def _send_each(channel: Destination, its: Sequence[Message], root: Path, sent: list[str]) -> None:
    for one in its:
        send(channel, one, root)
        sent.extend(one.keys)


def _told_before(record: Ledger) -> set[tuple[str, str]]:
    """Channel and key of each notice that was taken, or may have been. Raises StoreError where the record is damaged,
    or holds something else."""
    told: set[tuple[str, str]] = set()
    for number, one in enumerate(record.events(), 1):
        try:
            keys = {(one["channel"], key) for key in one["keys"]}
        except (KeyError, TypeError) as error:
            raise StoreError(
                f"{record.path}: line {number}: it is of no notification. Move the file away: what is due is told again"
            ) from error
        told = told - keys if one["event"] == "FAIL" else told | keys
    return told


def _record(workspace: Workspace) -> Ledger:
    return Ledger(workspace.root / "runs" / "notifications.jsonl")


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """No other process tells at the same time: both would. Raises StoreError."""
    path = workspace.root / "runs" / "notifications.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path, timeout=_WAIT_S):
            yield
    except Timeout:
        raise StoreError(
            f"{path}: another process sends notifications for longer than {_WAIT_S:g} s"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be locked: {error.strerror}. Free disk space, or make the folder writable"
        ) from error
