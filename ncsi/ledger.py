"""Our own append-only record of runs: one JSON object a line, each holding the hash of the one before.

Prefect's task history loses records and a killed flow stays RUNNING for ever, so what ran, on which
inputs, with what outcome is written here. No respondent data: keys, counts and hashes only.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from filelock import FileLock

from ncsi.errors import StoreError
from ncsi.spec import Workspace

Event = Literal["START", "COMPLETE", "FAIL"]
_FIRST = "0" * 64
_ALWAYS = {"event", "job", "run", "pid", "hash"}
_OF_A_LINE = ("time", "event", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger file of a workspace."""

    path: Path

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        """The workspace's ledger."""
        return cls(workspace.root / "runs" / "ledger.jsonl")

    def record(self, event: Event, job: str, run: str, **facts: Any) -> None:
        """Append one event durably (locked, flushed, synced). StoreError when it cannot be written: nothing is."""
        with self._held():
            self._append({"event": event, "job": job, "run": run, "pid": os.getpid(), **facts})

    def end_killed(self) -> None:
        """Record FAIL for every run that has neither an end nor a living process: SIGKILL leaves no time for it."""
        if not self.path.exists():
            return
        with self._held():
            began: dict[str, dict[str, Any]] = {}
            for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
                event = _parsed(line, self.path, number)
                if event["event"] == "START":
                    began[event["run"]] = event
                else:
                    began.pop(event["run"], None)
            for event in began.values():
                if not _lives(event["pid"]):
                    facts = {name: value for name, value in event.items() if name not in _OF_A_LINE}
                    self._append({**facts, "event": "FAIL", "error": "Killed"})

    def events(self) -> list[dict[str, Any]]:
        """All events in order; StoreError naming the line when the chain is broken."""
        if not self.path.exists():
            return []
        events: list[dict[str, Any]] = []
        previous = _FIRST
        for number, line in enumerate(self.path.read_bytes().splitlines(), 1):
            event = _parsed(line, self.path, number)
            if event.get("previous") != previous or event.get("hash") != _digest(event):
                raise StoreError(
                    f"{self.path}: line {number}: the chain of hashes is broken. "
                    "The ledger was edited; restore it from a backup."
                )
            previous = event["hash"]
            events.append(event)
        return events

    @contextmanager
    def run(self, job: str, **facts: Any) -> Iterator[dict[str, Any]]:
        """Record START, then COMPLETE with the facts that the block puts into the yielded dict, or FAIL."""
        run = uuid.uuid4().hex
        outcome: dict[str, Any] = {}
        self.record("START", job, run, **facts)
        try:
            yield outcome
        except BaseException as error:
            try:
                self.record("FAIL", job, run, **facts, error=type(error).__name__)
            except StoreError as unrecorded:  # the disk that failed the block is full for the ledger too
                error.add_note(str(unrecorded))
            raise
        self.record("COMPLETE", job, run, **facts, **outcome)

    @contextmanager
    def _held(self) -> Iterator[None]:
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
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = {"time": time, **facts, "previous": self._last_hash()}
        line = json.dumps({**body, "hash": _digest(body)}, ensure_ascii=False, sort_keys=True) + "\n"
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

    def _drop_half_a_line(self) -> None:
        """A write that was killed leaves a line without its end: nobody was told that it is there."""
        if not self.path.exists():
            return
        tail = self._tail()
        if tail and not tail.endswith(b"\n"):
            os.truncate(self.path, self.path.stat().st_size - len(tail) + tail.rfind(b"\n") + 1)

    def _last_hash(self) -> str:
        """Hash of the last line, read from the end of the file so that cost does not grow with history."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return _FIRST
        last = self._tail().rstrip(b"\n").rsplit(b"\n", 1)[-1]
        return str(_parsed(last, self.path, None)["hash"])

    def _tail(self) -> bytes:
        with self.path.open("rb") as handle:
            handle.seek(max(0, self.path.stat().st_size - 65536))
            return handle.read()


def _parsed(line: bytes, path: Path, number: int | None) -> dict[str, Any]:
    """An event; `number` of its line, None for the last."""
    try:
        parsed = json.loads(line)
    except ValueError as error:  # of JSON and of UTF-8
        raise _damaged(path, number) from error
    if not isinstance(parsed, dict) or not set(parsed) >= _ALWAYS:
        raise _damaged(path, number)
    return parsed


def _damaged(path: Path, number: int | None) -> StoreError:
    where = "the last line" if number is None else f"line {number}"
    return StoreError(
        f"{path}: {where}: no event of a ledger, a write was cut off. "
        "Delete that line if it is the last; restore the ledger from a backup if it is not."
    )


def _lives(pid: int) -> bool:
    """Whether a process of that number runs; where signals cannot ask, yes."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _digest(event: dict[str, Any]) -> str:
    body = {key: value for key, value in event.items() if key != "hash"}
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
