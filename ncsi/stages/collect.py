"""Raw files → accepted responses and rejects in the store: each file whole, once, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ncsi.errors import SpecError
from ncsi.ingest.answers import recoding
from ncsi.ingest.cells import coded, translated
from ncsi.ingest.dialects import Layout, layout_of, looks_like_wjx
from ncsi.ingest.faults import Faults, first_faults, reject_rows
from ncsi.ingest.findings import fault_rows
from ncsi.ingest.read import TextTable, read_file
from ncsi.ingest.respond import Scope
from ncsi.ingest.screen import RULE, repeated_in_store
from ncsi.ingest.sift import Sifted, sift
from ncsi.spec import ColumnMap, Instrument, Workspace, spec_sha256
from ncsi.stages.plan import WavePlan
from ncsi.stages.redeliver import (
    MIN_ROWS_SAME,
    delivered_path,
    earlier_files,
    is_named,
    refuse_same_names,
    revisions,
)
from ncsi.store import Partition, Revision, SourceCard, Store


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest: its column map, and its constant sector, where it has them."""

    path: Path
    column_map: ColumnMap | None = None
    sector: str | None = None
    supersedes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file. `repeated`: it was in the store already, and is left as stored. `revisions`: the
    earlier deliveries that it replaced. `warnings_by_rule`: faults of rows that are accepted all the same."""

    source_name: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    repeated: bool
    rejects_by_rule: Mapping[str, int]
    warnings_by_rule: Mapping[str, int] = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CheckOutcome:
    """What ingest would make of a file. `rejects`: source_row, column, rule, value_class, reasons."""

    source_name: str
    instrument: str
    encoding: str | None
    dialect: str
    rows_read: int
    rows_accepted: int
    rejects: pd.DataFrame

    @property
    def rejects_by_rule(self) -> dict[str, int]:
        """Rejected rows by rule."""
        return _by_rule(self.rejects)


def sources_of(
    workspace: Workspace,
    wave_id: str,
    files: Sequence[Path] = (),
    map_id: str | None = None,
    sector: str | None = None,
    supersedes: Sequence[str] = (),
) -> tuple[SourceFile, ...]:
    """The files given, or those the wave file names, each once.

    Raises ReadError naming a glob that matches nothing, SpecError for an unknown map or no sources at all.
    """
    if files:
        column_map = workspace.column_map(map_id) if map_id else None
        refuse_same_names(workspace, files)
        names = tuple(supersedes)
        return tuple(SourceFile(Path(path), column_map, sector, names) for path in dict.fromkeys(files))
    wave = workspace.wave(wave_id)
    found: dict[Path, SourceFile] = {}
    for source in wave.sources:
        column_map = workspace.column_map(source.map) if source.map else None
        for path in workspace.source_files(source):
            found.setdefault(path, SourceFile(path, column_map, source.sector, source.supersedes))
    gone = {name for source in wave.sources for name in source.supersedes}
    found = {path: one for path, one in found.items() if not is_named(delivered_path(workspace, path), gone)}
    if not found:
        raise SpecError(
            f"wave {wave_id}", "it names no source files", "Add `sources:` to the wave file, or name files"
        )
    return tuple(found.values())


def collect_file(plan: WavePlan, source: SourceFile) -> FileOutcome:
    """Ingest one file. Raises ReadError or ConformError when it cannot be used as a whole; nothing is stored.

    A file whose rows are all rejected is stored with its rejects; a file known by its bytes, or by its content
    under another name or format, is left as stored. A file at the path of an earlier one replaces that one, and
    so does one that declares it.
    """
    key = plan.workspace.key()
    store = Store.open(plan.workspace.warehouse, create=True)
    table = read_file(source.path)
    wave, path = plan.wave.id, delivered_path(plan.workspace, source.path)
    if _is_stored(store, wave, table.sha256, path):
        return _repeated(store, wave, table, table.sha256)
    scope = _scope(plan, source)
    layout = layout_of(table.name, table.columns, scope.instruments.values(), source.column_map)
    sifted = sift(table, layout, scope, key)
    with store.alone():
        files = store.sources(wave)
        earlier = earlier_files(files, table.sha256, path, source.supersedes)
        same = files[
            (files["content_sha256"] == sifted.content) & ~files["source_sha256"].isin(list(earlier))
        ]
        if len(same) and table.rows >= MIN_ROWS_SAME:
            return _repeated(store, wave, table, str(same["source_sha256"].iloc[0]))
        sifted = _screened(store, wave, sifted, tuple(earlier))
        changes = revisions(store, wave, earlier, sifted.accepted)
        card = SourceCard(
            wave, table.sha256, table.name, table.format, table.encoding, layout.dialect,
            source.column_map.id if source.column_map else None, table.size, table.rows, path, sifted.content,
        )  # fmt: skip
        if not store.add_source(card, _partitions(sifted, scope), sifted.rejects, sifted.faults, changes):
            return _repeated(store, wave, table, table.sha256)
    return _outcome(table, sifted, changes)


def _outcome(table: TextTable, sifted: Sifted, changes: Sequence[Revision]) -> FileOutcome:
    warnings = sifted.faults[sifted.faults["severity"] == "warning"]
    return FileOutcome(
        table.name, table.sha256, table.rows, sum(len(part) for part in sifted.accepted.values()),
        len(sifted.rejects), False, _by_rule(sifted.rejects), _by_rule(warnings), tuple(changes),
    )  # fmt: skip


def _is_stored(store: Store, wave: str, sha256: str, path: str) -> bool:
    """Whether these bytes need no ingest: they count already, or were superseded by a file at another path.

    Bytes that were superseded at this very path come back as a correction of the correction.
    """
    files = store.table("raw_files", wave)
    own = files[files["source_sha256"] == sha256]
    if own.empty:
        return False
    counting = files[files["superseded_by"].isna()]
    return bool(own["superseded_by"].isna().any() or not (counting["source_path"] == path).any())


def collect_files(
    plan: WavePlan, sources: Sequence[SourceFile], on_progress: Callable[[int, int], None] | None = None
) -> tuple[FileOutcome, ...]:
    """Ingest files one after another; `on_progress` is called with done and total."""
    outcomes = []
    for done, source in enumerate(sources, 1):
        outcomes.append(collect_file(plan, source))
        if on_progress:
            on_progress(done, len(sources))
    return tuple(outcomes)


def check_file(path: Path | str, instrument: Instrument, column_map: ColumnMap | None = None) -> CheckOutcome:
    """What ingest would make of the file, without a wave: any sector and brand is taken; nothing is stored.

    Without a map, the export of 问卷星 is recognised by its leading columns and read by question.
    """
    table = read_file(path)
    if column_map is None and looks_like_wjx(table.columns):
        column_map = ColumnMap(spec="ncsi/map/1", id="wjx", dialect="wjx_index", ignore=("*",))
    layout = layout_of(table.name, table.columns, [instrument], column_map)
    sifted = sift(table, layout, _check_scope(table, instrument, layout), _no_key())
    accepted = sum(len(part) for part in sifted.accepted.values())
    return CheckOutcome(
        table.name, instrument.id, table.encoding, layout.dialect, table.rows, accepted, sifted.rejects
    )


def _scope(plan: WavePlan, source: SourceFile) -> Scope:
    brands = {one.id: tuple(brand.id for brand in one.brands) for one in plan.wave.sectors}
    if source.sector is None:
        return Scope(plan.wave.id, plan.instruments, brands, field=plan.wave.field, panel=plan.wave.panel)
    if source.sector not in plan.instruments:
        raise SpecError(
            f"{source.path.name}: sector",
            f"'{source.sector[:60]}' is not in wave {plan.wave.id}",
            f"Its sectors are: {', '.join(plan.sector_ids)}",
        )
    only = {source.sector: plan.instruments[source.sector]}
    return Scope(plan.wave.id, only, brands, source.sector, plan.wave.field, plan.wave.panel)


def _check_scope(table: TextTable, instrument: Instrument, layout: Layout) -> Scope:
    """A check knows no wave: whatever the sector column says is a sector, and every brand is one."""
    column = layout.columns.get("sector")
    if column is None:
        return Scope("check", {"file": instrument}, {"file": None}, "file")
    codes = recoding(layout, "sector")
    found = dict.fromkeys(
        translated(word, codes) for word in coded(table.values.column(column)).words if word
    )
    return Scope("check", dict.fromkeys(found, instrument), dict.fromkeys(found, None))


def _no_key() -> bytes:
    """A check stores nothing, so its pseudonyms need not be found again."""
    return secrets.token_bytes(32)


def _screened(store: Store, wave_id: str, sifted: Sifted, replaced: Sequence[str]) -> Sifted:
    """Reject rows whose respondent already answered on the brand in another file, those replaced aside."""
    accepted, rejects, faults = {}, [sifted.rejects], [sifted.faults]
    for sector, rows in sifted.accepted.items():
        stored = store.respondents(wave_id, sector)
        stored = stored[~stored["source_sha256"].isin(list(replaced))]
        if stored.empty:
            accepted[sector] = rows
            continue
        names = store.table("raw_files", wave_id)[["source_sha256", "source_name"]]
        stored = stored.merge(names, on="source_sha256")
        earlier = repeated_in_store(rows, stored)
        again = earlier.notna().to_numpy()
        accepted[sector] = rows[~again].reset_index(drop=True)
        positions = np.flatnonzero(again)
        found = Faults(RULE, None, positions, [RULE] * len(positions), earlier[again].tolist())
        where = rows["source_row"].to_numpy(), rows["sector"].to_numpy(dtype=object)
        rejects.append(reject_rows(first_faults([found]), *where))
        faults.append(fault_rows([found], *where))
    kept = {sector: rows for sector, rows in accepted.items() if len(rows)}
    return replace(sifted, accepted=kept, rejects=_in_order(rejects), faults=_in_order(faults))


def _in_order(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [one for one in frames if len(one)] or list(frames[:1])
    return pd.concat(filled).sort_values("source_row", kind="stable", ignore_index=True)


def _partitions(sifted: Sifted, scope: Scope) -> list[Partition]:
    instruments = scope.instruments
    return [
        Partition(
            sector,
            instruments[sector].id,
            instruments[sector].version,
            spec_sha256(instruments[sector]),
            rows,
        )
        for sector, rows in sifted.accepted.items()
    ]


def _repeated(store: Store, wave_id: str, table: TextTable, sha256: str) -> FileOutcome:
    """The outcome of a file that is in the store as the one with that hash."""
    files = store.table("raw_files", wave_id)
    card = files[files["source_sha256"] == sha256].iloc[0]
    rejects = store.table("core_rejects", wave_id)
    rules = _by_rule(rejects[rejects["source_sha256"] == sha256])
    accepted, rejected = int(card["rows_accepted"]), int(card["rows_rejected"])
    return FileOutcome(table.name, table.sha256, int(card["rows_read"]), accepted, rejected, True, rules)


def _by_rule(rejects: pd.DataFrame) -> dict[str, int]:
    return {str(rule): int(count) for rule, count in rejects["rule"].value_counts().sort_index().items()}
