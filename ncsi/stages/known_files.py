"""Files of a wave that are in its store already and would be read as they were: known by their bytes, without reading.

How a file was read follows from its bytes, its map, the specs and the code. What followed is remembered by their hash
beside the runs, so that a second collection opens only what is new or asked for otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ncsi import atomic
from ncsi.errors import NothingStored
from ncsi.ingest.read import syntax_beside
from ncsi.spec import spec_sha256
from ncsi.spec.hashing import sha256_of
from ncsi.spec.plan import WavePlan
from ncsi.stages.collect import FileOutcome, repeated
from ncsi.stages.known_deliveries import counting_card, is_superseded, withdrawn_card
from ncsi.stages.redeliver import delivered_path
from ncsi.stages.sector_inputs import code_sha256, without_release
from ncsi.stages.source_files import SourceFile
from ncsi.store import Store
from ncsi.tables import CORE_REJECTS, RAW_FILES

READERS = ("pyarrow", "pyreadstat", "python-calamine")
"""Whose versions a table of cells depends on, beside this package's own code."""


class Stored(NamedTuple):
    """Of a wave, the cards of its files and the rejects."""

    cards: pd.DataFrame
    rejects: pd.DataFrame


def stored_of(store: Store, wave: str) -> Stored:
    """What the store has of the files of a wave, as it is now."""
    with store.session():
        return Stored(*(store.table(one.name, wave) for one in (RAW_FILES, CORE_REJECTS)))


def known_files(stored: Stored, plan: WavePlan, sources: Mapping[str, SourceFile]) -> dict[str, FileOutcome]:
    """By name, outcomes of the sources that `collect_into` would leave as they are stored. Of the others nothing is
    said: they are to be opened."""
    remembered = _remembered(plan)
    if not remembered:
        return {}
    cards, rejects = stored
    found = {}
    for name, asked, sha256 in _asked(plan, sources):
        reading, path = remembered.get(asked), delivered_path(plan.workspace, sources[name].path)
        if reading is None or withdrawn_card(cards, sha256) or is_superseded(cards, sha256, path):
            continue
        card = counting_card(cards, sha256)
        if card is not None and card["reading_sha256"] == reading:
            found[name] = repeated(card, rejects, sources[name].path.name, sha256)
    return found


def to_open(plan: WavePlan, sources: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """Those of the sources that a collection would open, as the store is now."""
    try:
        with Store.opened_alone(plan.workspace.warehouse) as store:
            stored = stored_of(store, plan.wave.id)
    except NothingStored:
        return tuple(sources)
    known = known_files(stored, plan, {str(one.path): one for one in sources})
    return tuple(one for one in sources if str(one.path) not in known)


def remember(store: Store, plan: WavePlan, sources: Mapping[str, SourceFile]) -> None:
    """Keep how the sources were read that are stored by their own bytes. Where the disk refuses, they are opened again
    next time."""
    cards = store.sources(plan.wave.id)
    readings = dict(zip(cards["source_sha256"], cards["reading_sha256"].astype("object"), strict=True))
    before = _remembered(plan)
    now = {asked: readings[sha256] for _, asked, sha256 in _asked(plan, sources) if sha256 in readings}
    counting = set(readings.values())
    kept = {asked: one for asked, one in before.items() if one in counting}
    kept |= {asked: one for asked, one in now.items() if isinstance(one, str)}
    if kept == before:
        return
    try:
        _path(plan).parent.mkdir(parents=True, exist_ok=True)
        atomic.write(_path(plan), json.dumps(kept, sort_keys=True).encode())
    except OSError:
        with suppress(OSError):
            _path(plan).unlink(missing_ok=True)


def _asked(plan: WavePlan, sources: Mapping[str, SourceFile]) -> Iterator[tuple[str, str, str]]:
    """Name, hash of all that a reading follows from, and hash of the bytes, of each source that is a plain file."""
    specs = {sector: spec_sha256(one) for sector, one in sorted(plan.instruments.items())}
    of_all = sha256_of(
        code_sha256(), [version(one) for one in READERS], specs, spec_sha256(without_release(plan.wave))
    )
    for name, source in sources.items():
        if source.again or not source.path.is_file() or source.path.is_symlink():
            continue
        column_map = spec_sha256(source.column_map) if source.column_map else None
        syntax = syntax_beside(source.path)
        sha256 = _of_bytes(source.path)
        beside = _of_bytes(syntax) if syntax else None
        yield name, sha256_of(of_all, sha256, beside, column_map, source.sector, source.dialect), sha256


def _of_bytes(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered(plan: WavePlan) -> dict[str, str]:
    """Readings by what was asked; none where none can be read."""
    path = _path(plan)
    if not path.is_file():  # to read a pipe would wait for whoever writes to it
        return {}
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {asked: one for asked, one in kept.items() if isinstance(one, str)}


def _path(plan: WavePlan) -> Path:
    return plan.runs / "readings.json"
