"""What tells of persons is deleted when its time is over; figures, cards of files and releases stay."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.spec.shared_catalogue import is_stored
from ncsi.stages.measured_units import linked_units, unlink_units
from ncsi.store import Store
from ncsi.store.warehouse import open as read_only
from ncsi.tables import CORE_PARTITIONS, OUT_QUALITY_MEASURES, RAW_FILES


@dataclass(frozen=True, slots=True)
class Expired:
    """What is over its time in a wave, or the release of a measure run by itself: files of exports and of records in
    the workspace, accepted responses, and whom or what measures `counted` without naming them."""

    wave: str
    exports: tuple[Path, ...]
    responses: int
    counted: int = 0


def expired(workspace: Workspace, today: date) -> tuple[Expired, ...]:
    """What `retention:` of the workspace says may not be kept on `today`, by wave; nothing is changed."""
    if not is_stored(workspace.warehouse):
        return ()
    store = read_only(workspace.warehouse)
    with store.session():
        files, parts = store.table(RAW_FILES.name), store.table(CORE_PARTITIONS.name)
        measures = store.table(OUT_QUALITY_MEASURES.name)
        releases = dict.fromkeys([*store.waves(), *measures["wave"].astype(str)])
    over = {wave: _over(workspace, wave, today) for wave in releases}
    kept = {wave for wave, (exports, _) in over.items() if not exports}
    needed = {
        digest for one in (files, measures) for digest in one.loc[one["wave"].isin(kept), "source_sha256"]
    }
    found = []
    for wave, (exports, responses) in over.items():
        own = files[(files["wave"] == wave) & ~files["source_sha256"].isin(needed)]
        records = measures[(measures["wave"] == wave) & ~measures["source_sha256"].isin(needed)]
        paths = (*_exports(workspace, own), *_records(workspace, records)) if exports else ()
        count = int(parts.loc[parts["wave"] == wave, "rows"].sum()) if responses else 0
        counted = linked_units(store, wave) if responses else 0
        if paths or count or counted:
            found.append(Expired(wave, tuple(dict.fromkeys(paths)), count, counted))
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
            store = Store.open(workspace.warehouse)
            responses = store.forget_wave(one.wave) if one.responses else 0
            counted = unlink_units(store, one.wave) if one.counted else 0
            facts |= {"exports": len(one.exports), "responses": responses, "counted": counted}
    return found


def _over(workspace: Workspace, wave: str, today: date) -> tuple[bool, bool]:
    """Whether the time of a wave's exports and that of its responses is over; what has no date of release is kept."""
    known = wave in workspace.wave_ids()
    released = workspace.wave_alone(wave).release_date if known else _released(workspace.releases / wave)
    if released is None:
        return False, False
    rules = workspace.settings.retention
    exports, responses = (
        days is not None and today > released + timedelta(days=days)
        for days in (rules.raw_exports_days, rules.responses_days)
    )
    return exports, responses


def _released(folder: Path) -> date | None:
    """When the release of a measure run by itself came out, as its manifest says."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return date.fromisoformat(said["release_date"])
    except (OSError, ValueError, KeyError, TypeError):  # none, or damaged: `ncsi audit` says so
        return None


def _records(workspace: Workspace, measures: pd.DataFrame) -> Iterator[Path]:
    """Files of records in the workspace, wherever they lie, whose name and bytes are those that were read."""
    for name, digest in dict(zip(measures["source_name"], measures["source_sha256"], strict=True)).items():
        for path in sorted(workspace.root.rglob(glob.escape(str(name)))):
            if path.is_file() and not path.is_symlink() and _sha256(path) == digest:
                yield path


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
