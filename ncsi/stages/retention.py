"""What tells of persons is deleted when its time is over; figures, cards of files and releases stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.store import Store
from ncsi.tables import CORE_PARTITIONS, RAW_FILES


@dataclass(frozen=True, slots=True)
class Expired:
    """What is over its time in a wave: export files of the workspace, and accepted responses."""

    wave: str
    exports: tuple[Path, ...]
    responses: int


def expired(workspace: Workspace, today: date) -> tuple[Expired, ...]:
    """What `retention:` of the workspace says may not be kept on `today`, by wave; nothing is changed."""
    if not (workspace.warehouse / "ncsi.duckdb").is_file():
        return ()
    store = Store.open(workspace.warehouse)
    files, parts = store.table(RAW_FILES.name), store.table(CORE_PARTITIONS.name)
    over = {wave: _over(workspace, wave, today) for wave in store.waves()}
    kept = {wave for wave, (exports, _) in over.items() if not exports}
    needed = set(files.loc[files["wave"].isin(kept), "source_sha256"])
    found = []
    for wave, (exports, responses) in over.items():
        own = files[(files["wave"] == wave) & ~files["source_sha256"].isin(needed)]
        paths = tuple(_exports(workspace, own)) if exports else ()
        count = int(parts.loc[parts["wave"] == wave, "rows"].sum()) if responses else 0
        if paths or count:
            found.append(Expired(wave, paths, count))
    return tuple(found)


def delete_expired(workspace: Workspace, today: date) -> tuple[Expired, ...]:
    """Delete what is over its time, and record in the ledger how much of which wave; returns what was deleted.

    An export goes only where its bytes are still those that were read. StoreBusy where another process holds the store.
    """
    found = expired(workspace, today)
    for one in found:
        with Ledger.of(workspace).run("retention", wave=one.wave) as facts:
            for path in one.exports:
                path.unlink()
            responses = Store.open(workspace.warehouse).forget_wave(one.wave) if one.responses else 0
            facts |= {"exports": len(one.exports), "responses": responses}
    return found


def _over(workspace: Workspace, wave: str, today: date) -> tuple[bool, bool]:
    """Whether the time of a wave's exports and that of its responses is over; a wave without its file is kept."""
    if wave not in workspace.wave_ids():
        return False, False
    rules, released = workspace.settings.retention, workspace.wave(wave).release_date
    exports, responses = (
        days is not None and today > released + timedelta(days=days)
        for days in (rules.raw_exports_days, rules.responses_days)
    )
    return exports, responses


def _exports(workspace: Workspace, files: pd.DataFrame) -> Iterator[Path]:
    """Files inside of the workspace whose bytes are those that were read."""
    inside = workspace.root.resolve()
    for name, digest in dict(zip(files["source_path"], files["source_sha256"], strict=True)).items():
        path = workspace.root / str(name)
        if name and path.is_file() and path.resolve().is_relative_to(inside) and _sha256(path) == digest:
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
