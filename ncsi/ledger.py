"""Our own append-only record of runs: one JSON object a line, each holding the hash of the one before.

Prefect's task history loses records and a killed flow stays RUNNING forever, so what ran, on which
inputs, with what outcome is written here. No respondent data: keys, counts and hashes only.

A chain does not show that its last lines are gone: after each event the number and hash of the last line go to
`anchors/`, a file a day, which may be copied to where nobody can change it.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Literal, Self

from filelock import FileLock

from ncsi import atomic, living
from ncsi.errors import Damage, StoreDamaged, StoreError
from ncsi.spec import Workspace

Event = Literal["START", "COMPLETE", "FAIL"]
_FIRST = "0" * 64
_ALWAYS = {"event", "job", "run", "pid", "hash"}
_WORK = ("job", "wave", "file", "sector")
_BEFORE_TIMES = "2000-01-01T00:00:00+00:00"
_OF_A_LINE = ("time", "number", "event", "previous", "hash")


_RESTORE = (
    "Restore runs/ledger.jsonl from a backup; `ncsi audit --repair` goes on without what is lost, and says so"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the chain's head was at an event: the number of the line, its hash."""

    path: Path
    number: int
    head: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger file of a workspace."""

    path: Path
    anchors: Path | None = None
    """Folder that the head of the chain is written to; None for none."""

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        """The workspace's ledger."""
        return cls(workspace.root / "runs" / "ledger.jsonl", workspace.root / "anchors")

    def record(self, event: Event, job: str, run: str, **facts: Any) -> None:
        """Append one event durably (locked, flushed, synced). StoreError when it cannot be written: nothing is."""
        with self.held():
            living.announce(self._at_work)
            of_process = {"pid": os.getpid(), "host": living.here(), "process": living.token()}
            self._append({"event": event, "job": job, "run": run, **of_process, **facts})

    def end_killed(self, patience_s: float = 0.0) -> None:
        """Record FAIL for every run that has neither an end nor a living process: SIGKILL leaves no time for it.

        For so long, processes of this machine that live are waited for.
        """
        end = monotonic() + patience_s
        while self._end_gone() and monotonic() < end:
            sleep(0.05)

    def _end_gone(self) -> bool:
        """Whether runs without an end are left whose process, another of this machine than this one, lives."""
        if not self.path.exists():
            return False
        with self.held():
            began: dict[str, dict[str, Any]] = {}
            for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
                event = _parsed(line, self.path, number)
                if event["event"] == "START":
                    began[event["run"]] = event
                else:
                    began.pop(event["run"], None)
            gone = [event for event in began.values() if not self._lives(event)]
            for event in gone:
                facts = {name: value for name, value in event.items() if name not in _OF_A_LINE}
                self._append({**facts, "event": "FAIL", "error": "Killed"})
            living.sweep(self._at_work)
        ours = (event for event in began.values() if event.get("host", living.here()) == living.here())
        own = living.token()
        others = (event for event in ours if event.get("process", own) != own or event["pid"] != os.getpid())
        return any(event not in gone for event in others)

    def _lives(self, event: Mapping[str, Any]) -> bool:
        """Whether the process that began it does; what an earlier version wrote was of this machine, by its number."""
        host, token = event.get("host", living.here()), str(event.get("process", ""))
        return living.lives_at(self._at_work, host, event["pid"], token)

    @property
    def _at_work(self) -> Path:
        """Folder of the locks of processes that began something."""
        return self.path.parent / ".at-work"

    def events(self) -> list[dict[str, Any]]:
        """All events in order; StoreDamaged naming the line when the chain is broken."""
        if not self.path.exists():
            return []
        events: list[dict[str, Any]] = []
        previous = _FIRST
        for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
            event = _parsed(line, self.path, number)
            if event.get("previous") != previous or event.get("hash") != _digest(event):
                where, cure = f"{self.path}: line {number}", "The ledger was edited; restore it from a backup"
                raise StoreDamaged(Damage(where, "the chain of hashes is broken", cure))
            previous = event["hash"]
            events.append(event)
        return events

    def failed_since(self, since: datetime) -> list[dict[str, Any]]:
        """FAIL events since then, oldest first, of work that was not done afterwards: of one job, wave, file and sector
        the last end counts. The chain is not checked. StoreDamaged naming the line that is no event."""
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().splitlines()
        ended: dict[tuple[Any, ...], dict[str, Any]] = {}
        for number in range(len(lines), 0, -1):
            event = _parsed(lines[number - 1], self.path, number)
            try:
                if datetime.fromisoformat(event.get("time", _BEFORE_TIMES)) < since:
                    break
                if event["event"] != "START":
                    ended.setdefault(tuple(event.get(name) for name in _WORK), event)
            except (ValueError, TypeError) as error:  # no time, one without a zone, a sector that is no text
                raise _damaged(self.path, number) from error
        return [one for one in reversed(ended.values()) if one["event"] == "FAIL"]

    def damages(self) -> Iterator[Damage]:
        """What is wrong with the record: broken lines, lines that an anchor knows and that
        are gone or changed."""
        try:
            events = self.events()
        except StoreDamaged as error:
            yield replace(error.damage, cure=_RESTORE)
            return
        heads = dict(enumerate((one["hash"] for one in events), 1))
        for anchor in self._anchored():
            if heads.get(anchor.number) != anchor.head:
                yield Damage(
                    str(self.path), f"{_lost(anchor, len(events))}, as {anchor.path.name} knows", _RESTORE
                )

    def accept_loss(self) -> tuple[str, ...]:
        """Set aside the anchors of lines that are not there, so that runs can be recorded again; their new names.

        What was lost stays lost, and the anchors say that it was.
        """
        with self.held():
            heads = dict(enumerate((one["hash"] for one in self.events()), 1))
            lost = [one.path for one in self._anchored() if heads.get(one.number) != one.head]
            return tuple(path.rename(path.with_name(f"lost-{path.name}")).name for path in lost)

    @contextmanager
    def run(self, job: str, run: str = "", **facts: Any) -> Iterator[dict[str, Any]]:
        """Record START, then COMPLETE with the facts that the block puts into the yielded dict, or FAIL.

        `run`: its id (`new_run`); by default a new one.
        """
        run = run or new_run()
        outcome: dict[str, Any] = {}
        began = False
        try:
            self.record("START", job, run, **facts)
            began = True
            yield outcome
        except BaseException as error:
            if began or not isinstance(
                error, StoreError
            ):  # an interrupt may come when the line is written already
                try:
                    self.record("FAIL", job, run, **facts, error=type(error).__name__)
                except StoreError as unrecorded:  # the disk that failed the block is full for the ledger too
                    error.add_note(str(unrecorded))
            raise
        self.record("COMPLETE", job, run, **facts, **outcome)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The ledger for this process alone, ending with a whole line. StoreError when it cannot be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock"):
                self._drop_half_a_line()
                yield
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot write: {error.strerror}. Free disk space or make the file writable, "
                "then run again."
            ) from error

    def _append(self, facts: Mapping[str, Any]) -> None:
        number, previous = self.head()
        self._refuse_loss(number, previous)
        time = datetime.now(UTC)
        body = {
            "time": time.isoformat(timespec="milliseconds"), "number": number + 1, **facts, "previous": previous,
        }  # fmt: skip
        head = _digest(body)
        line = json.dumps({**body, "hash": head}, ensure_ascii=False, sort_keys=True) + "\n"
        size = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("ab") as handle:
                handle.write(line.encode("utf-8"))
                handle.flush()
                os.fsync(handle.fileno())
        except OSError:
            if self.path.exists():
                os.truncate(self.path, size)
            raise
        if self.anchors is not None:
            self.anchors.mkdir(exist_ok=True)
            anchor = json.dumps({"number": number + 1, "hash": head, "time": body["time"]})
            atomic.write(self.anchors / f"ledger-{time:%Y-%m-%d}.json", f"{anchor}\n".encode())

    def _refuse_loss(self, number: int, head: str) -> None:
        """A new line over a gap would hide it: the newest anchor must be of a line that is there."""
        newest = max(self._anchored(), key=lambda one: one.number, default=None)
        if newest is None or newest.number < number or (newest.number, newest.head) == (number, head):
            return
        raise StoreError(f"{self.path}: {_lost(newest, number)}. {_RESTORE}.")

    def _anchored(self) -> list[Anchor]:
        if self.anchors is None or not self.anchors.is_dir():
            return []
        return [_anchor(path) for path in sorted(self.anchors.glob("ledger-*.json"))]

    def _drop_half_a_line(self) -> None:
        """A write that was killed leaves a line without its end: nobody was told that it is there."""
        if not self.path.exists():
            return
        tail = self._tail()
        if tail and not tail.endswith(b"\n"):
            os.truncate(self.path, self.path.stat().st_size - len(tail) + tail.rfind(b"\n") + 1)

    def head(self) -> tuple[int, str]:
        """Number and hash of the last line, read from the end of the file: cost does not grow with history."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return 0, _FIRST
        last = _parsed(self._tail().rstrip(b"\n").rsplit(b"\n", 1)[-1], self.path, None)
        number = last.get("number")  # not in lines of 0.1.0
        return number if number is not None else self.path.read_bytes().count(b"\n"), str(last["hash"])

    def _tail(self) -> bytes:
        with self.path.open("rb") as handle:
            handle.seek(max(0, self.path.stat().st_size - 65536))
            return handle.read()


def new_run() -> str:
    """An id for a run."""
    return uuid.uuid4().hex


def _parsed(line: bytes, path: Path, number: int | None) -> dict[str, Any]:
    """An event; `number` of its line, None for the last."""
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError) as error:  # of JSON and of UTF-8, or nested without end
        raise _damaged(path, number) from error
    if not isinstance(parsed, dict) or not set(parsed) >= _ALWAYS:
        raise _damaged(path, number)
    return parsed


def _anchor(path: Path) -> Anchor:
    try:
        found = json.loads(path.read_bytes())
        return Anchor(path, int(found["number"]), str(found["hash"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}: no anchor of a ledger. Restore it from a backup, or move it away."
        ) from error


def _lost(anchor: Anchor, number: int) -> str:
    if anchor.number > number:
        return f"the ledger ends at line {number}, and had {anchor.number}"
    return f"line {anchor.number} is not the one that was written"


def _damaged(path: Path, number: int | None) -> StoreDamaged:
    where = f"{path}: {'the last line' if number is None else f'line {number}'}"
    cure = "Delete that line if it is the last; restore the ledger from a backup if it is not"
    return StoreDamaged(Damage(where, "no event of a ledger, a write was cut off", cure))


def _digest(event: dict[str, Any]) -> str:
    body = {key: value for key, value in event.items() if key != "hash"}
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
