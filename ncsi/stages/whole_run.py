"""A run of a wave that would change nothing, known before anything heavy is imported.

What a run follows from (files, specs, keys, code, what has come of time) and what it left (store, release) are hashed
together when it ends. While that hash stays, the same run would leave the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ncsi import atomic
from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.spec.shared_catalogue import catalogue_of
from ncsi.stages.sector_inputs import code_sha256
from ncsi.stages.source_files import SourceFile

STEPS = ("collect", "estimate", "publish")
_MADE = ("runs", "anchors", "private", "inbox", "approvals")
"""Folders of a workspace that no figure follows from, beside hidden ones, the store and the releases."""
_LARGE = 4 * 2**20
_KEYS = ("NCSI_PSEUDONYM_KEY", "NCSI_SIGNING_KEY")


@dataclass(frozen=True, slots=True)
class Done:
    """What the last whole run of a wave said when it ended (aware time)."""

    time: datetime
    lines: tuple[str, ...]
    facts: Mapping[str, Any]


def unchanged_run(plan: WavePlan, sources: Sequence[SourceFile], now: datetime) -> Done | None:
    """The last run, where one at `now` (aware) would change nothing; the ledger is told. Else None."""
    try:
        kept = json.loads(_path(plan).read_bytes())
        done = Done(datetime.fromisoformat(kept["time"]), tuple(kept["lines"]), dict(kept["facts"]))
        same = kept["sha256"] == _sha256(plan, sources, now)
    except (OSError, ValueError, KeyError, TypeError):  # none, or none that can be read: then it is not known
        return None
    if not same:
        return None
    with Ledger.of(plan.workspace).run("wave", wave=plan.wave.id) as facts:
        facts |= {"skipped": list(STEPS), "as_of": kept["time"]}
    return done


def remember_run(
    plan: WavePlan,
    sources: Sequence[SourceFile],
    now: datetime,
    lines: Sequence[str],
    facts: Mapping[str, Any],
) -> None:
    """Keep what a run that ended at `now` said. Where the disk refuses, the next run does all of it."""
    kept = {
        "time": now.isoformat(timespec="seconds"), "sha256": _sha256(plan, sources, now), "lines": list(lines),
        "facts": facts,
    }  # fmt: skip
    try:
        atomic.write(_path(plan), json.dumps(kept, ensure_ascii=False, default=str).encode())
    except OSError:
        _path(plan).unlink(missing_ok=True)


def _path(plan: WavePlan) -> Path:
    return plan.runs / "done.json"


def _sha256(plan: WavePlan, sources: Sequence[SourceFile], now: datetime) -> str:
    workspace, wave = plan.workspace, plan.wave
    releases = workspace.releases
    of_release = [releases / ".draft" / wave.id, releases / ".embargo" / wave.id, releases / wave.id]
    made = [path for folder in of_release for path in _files(folder)]
    own = {
        one.path: repr((one.column_map, one.sector, one.supersedes, one.dialect, one.card)) for one in sources
    }
    return sha256_of(
        code_sha256(),
        plan.editions,
        plan.formats,
        plan.allow_incomplete,
        [os.environ.get(name, "") for name in _KEYS],
        [_has_come(wave.release_date, now), wave.embargo is not None and now >= wave.embargo],
        now.date().isoformat() if now.date() <= wave.field.end else "",  # the board tells the pace of the day
        sorted((str(path), said, _of_bytes(path)) for path, said in own.items()),
        [
            (str(path), _of_bytes(path) if path.stat().st_size < _LARGE else _of_place(path))
            for path in _inputs(plan)
        ],
        [(str(path), _of_bytes(path)) for path in (*made, *sorted(releases.glob("*.*"))) if path.is_file()],
        [(path.name, _of_bytes(path)) for path in sorted(workspace.warehouse.glob("*.duckdb*"))],
        _written(workspace),
        [str(path) for path in _files(workspace.warehouse)],
    )


def _written(workspace: Workspace) -> tuple[int, ...]:
    """What every write of a store changes whose tables a database of Postgres lists: its files may stay the same."""
    if catalogue_of(workspace.warehouse) is None:
        return ()
    from ncsi.store import open as read_only  # late: it is heavy, and nobody else needs it here

    return read_only(workspace.warehouse).written()


def _has_come(day: date, now: datetime) -> bool | str:
    """Whether a day has come; while it has in some zones only, a word that is never the same."""
    first, last = ((now.astimezone(UTC) + timedelta(hours=one)).date() >= day for one in (14, -12))
    return last if first == last else now.isoformat()


def _inputs(plan: WavePlan) -> Iterator[Path]:
    """Files of the workspace that may matter: those in its root and its folders, but for what a run makes."""
    root = plan.workspace.root
    made = {
        plan.workspace.warehouse.resolve(),
        plan.workspace.releases.resolve(),
        *(root / one for one in _MADE),
    }
    for path in sorted(root.iterdir()):
        if path.is_file():
            yield path
        elif not path.name.startswith(".") and path.resolve() not in {one.resolve() for one in made}:
            yield from _files(path)
    yield from _files(root / "approvals" / plan.wave.id)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _of_bytes(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_place(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_mtime_ns}"
