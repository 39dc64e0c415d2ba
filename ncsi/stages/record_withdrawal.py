"""Wrong files of figures or records taken out of indices and measures: what was made of them leaves the store, a card
stays and says when, why and by whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ncsi.atomic import is_temporary
from ncsi.errors import InputError
from ncsi.ledger import Ledger
from ncsi.spec import Workspace
from ncsi.store import Place, Store
from ncsi.store.warehouse import Warehouse
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_PUBLISHED_BY_MEASURED_UNIT,
    CORE_PUBLISHED_BY_UNIT,
    CORE_WITHDRAWN_RECORDS,
    ESTIMATED,
    MEASURE_TABLES,
    OUT_COMPOSITES,
    OUT_QUALITY_MEASURES,
    RAW_FILES,
    TABLES,
)

_SHORTEST_HASH = 8
_NAME = CORE_WITHDRAWN_RECORDS.name
_MADE = {"tree": (*COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT.name),
         "measure": (*MEASURE_TABLES, CORE_PUBLISHED_BY_MEASURED_UNIT.name)}  # fmt: skip
"""By the column that has the id of an index or measure: tables of what is made of its files."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file that the stored results of an index or a measure were made from. `key`: tree or measure, the column that
    `beside` is the id of."""

    wave: str
    key: str
    beside: str
    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class WithdrawnRecords:
    """A file that was taken out: the results that left with it, and the public releases that still rest on it."""

    name: str
    sha256: str
    results: tuple[RecordFile, ...]
    releases: tuple[str, ...]


def record_files(store: Store, wave: str | None = None) -> tuple[RecordFile, ...]:
    """Files that stored indices and measures were made from, those of replicates among them."""
    with store.session():
        indices, measures = (store.table(one.name, wave) for one in (OUT_COMPOSITES, OUT_QUALITY_MEASURES))
    found = [
        RecordFile(str(row["wave"]), key, str(row[key]), str(row[f"{what}_name"]), str(row[f"{what}_sha256"]),
                   int(row["source_rows"]))
        for key, frame, kinds in (("tree", indices, ("source", "replicates")), ("measure", measures, ("source",)))
        for row in frame.to_dict("records")
        for what in kinds
    ]  # fmt: skip
    return tuple(one for one in found if one.sha256)


def withdraw_records(
    workspace: Workspace, name: str, reason: str, by: str, wave: str | None = None, dry_run: bool = False
) -> WithdrawnRecords | None:
    """Take a file out of every index and measure that was made from it, told in the ledger; None where none was.

    `name` as of `withdraw_file`, `reason` and `by` as checked by it. `wave`: only of this release. What is out already
    stays, and so does what the store knows of whom it counts. Raises InputError where several files have the name.
    """
    store = Store.open(workspace.warehouse)
    with store.alone():
        found = _called(record_files(store, wave), name)
        if not found:
            return None
        _refuse_ambiguous(store, name, found[0])
        done = WithdrawnRecords(found[0].name, found[0].sha256, found, resting_on(workspace, found[0].sha256))
        if dry_run:
            return done
        facts = {"reason": reason, "by": by}
        for one in found:
            with Ledger.of(workspace).run("withdraw", wave=one.wave, source_sha256=one.sha256) as told:
                told |= facts | {"responses": 0, one.key: one.beside}
                store.take_out(one.wave, _without(store, one) | {_NAME: _with_card(store, one, reason, by)})
    return done


def withdrawn_records(store: Warehouse, wave: str | None = None) -> pd.DataFrame:
    """Cards of files that were taken out of indices and measures, of one release or of all."""
    return store.table(_NAME, wave)


def refuse_withdrawn(workspace: Workspace, name: str, digests: Iterable[str]) -> None:
    """Raise InputError for a file that was taken out, whatever it is called now."""
    if not Place(workspace.warehouse).is_stored:
        return
    cards = withdrawn_records(Store.open(workspace.warehouse))
    own = cards[cards["source_sha256"].isin([one for one in digests if one])]
    if len(own):
        card = own.iloc[-1]
        raise InputError(
            name,
            f"it was withdrawn on {card['withdrawn_at']:%Y-%m-%d}: {card['withdrawn_reason']}",
            "Give the corrected file; `ncsi withdraw FILE --undo` lets it count again",
        )


def let_count_again(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Take back that a file was withdrawn, told in the ledger; the releases whose results it may make again. Raises
    InputError where no withdrawn file of an index or measure has the name."""
    store = Store.open(workspace.warehouse)
    with store.alone():
        cards = withdrawn_records(store)
        own = cards[cards["source_name"].eq(Path(name).name) | _begins(cards["source_sha256"], name)]
        if own.empty:
            raise InputError(
                name[:80],
                "no withdrawn file of an index or a measure has this name",
                "`ncsi audit` lists them",
            )
        releases = tuple(dict.fromkeys(own["wave"].astype(str)))
        digests = own["source_sha256"].tolist()
        with Ledger.of(workspace).run("withdraw", undone=True, source_sha256=digests[0]) as facts:
            facts["releases"] = list(releases)
            for wave in releases:
                left = cards[(cards["wave"] == wave) & ~cards["source_sha256"].isin(digests)]
                store.replace(wave, {_NAME: left})
    return releases


def resting_on(workspace: Workspace, sha256: str) -> tuple[str, ...]:
    """Public releases and kept revisions whose manifest names a file of these bytes, by their folder."""
    return tuple(_resting(workspace.releases, sha256))


def _resting(root: Path, sha256: str) -> Iterator[str]:
    for pattern in ("*", "revisions/*/r*"):
        for folder in sorted(root.glob(pattern)):
            if is_temporary(folder):
                continue
            try:
                manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
                named = set(dict(manifest["source_sha256"]).values())
            except (OSError, ValueError, KeyError, TypeError):  # no release, or damaged: `ncsi audit` says so
                continue
            if sha256 in named:
                yield folder.relative_to(root).as_posix()


def _called(files: Iterable[RecordFile], name: str) -> tuple[RecordFile, ...]:
    known = tuple(files)
    own = tuple(one for one in known if one.name == Path(name).name)
    if not own and len(name) >= _SHORTEST_HASH:
        own = tuple(one for one in known if one.sha256.startswith(name.lower()))
    digests = sorted({one.sha256 for one in own})
    if len(digests) > 1:
        places = "; ".join(f"{one.wave} {one.beside} ({one.sha256[:12]})" for one in own)
        raise InputError(
            name[:80], f"{len(digests)} files have this name: {places}", "Give --wave, or the SHA-256"
        )
    return own


def _refuse_ambiguous(store: Store, name: str, one: RecordFile) -> None:
    """Results tell files by their names alone: an export of the same name may be meant."""
    exports = store.table(RAW_FILES.name)
    same = exports["source_path"].str.rsplit("/", n=1).str[-1].eq(Path(name).name)
    if (same & exports["source_sha256"].ne(one.sha256)).any():
        raise InputError(name[:80], "an export and a file of records have this name", "Give the SHA-256")


def _begins(digests: pd.Series, name: str) -> pd.Series:
    return digests.str.startswith(name.lower() if len(name) >= _SHORTEST_HASH else "-")


def _without(store: Store, one: RecordFile) -> dict[str, pd.DataFrame]:
    """What is left of a release's tables: nothing of the index or measure but whom its releases that are out count."""
    left = {}
    for name in _MADE[one.key]:
        rows = store.read(name, wave=one.wave)
        stays = rows[one.key] != one.beside
        if "revision" in TABLES[name].names:
            stays |= rows["revision"] != ESTIMATED
        left[name] = rows[stays]
    return left


def _with_card(store: Store, one: RecordFile, reason: str, by: str) -> pd.DataFrame:
    known = store.read(_NAME, wave=one.wave)
    same = (known["beside"] == one.beside) & (known["source_sha256"] == one.sha256)
    card = {
        "wave": one.wave, "beside": one.beside, "source_name": one.name, "source_sha256": one.sha256,
        "source_rows": one.rows, "withdrawn_at": pd.Timestamp(datetime.now(UTC)).tz_localize(None),
        "withdrawn_reason": reason, "withdrawn_by": by,
    }  # fmt: skip
    parts = [frame for frame in (known[~same], pd.DataFrame([card])) if len(frame)]
    return pd.concat(parts, ignore_index=True)
