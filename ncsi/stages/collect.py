"""Raw files → accepted responses and rejects in the store: each file whole, once, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ncsi.errors import SpecError
from ncsi.ingest.answers import recoding
from ncsi.ingest.cells import coded, translated
from ncsi.ingest.dialects import Layout, layout_of, looks_like_wjx
from ncsi.ingest.faults import Faults, first_faults, reject_rows
from ncsi.ingest.read import TextTable, read_file
from ncsi.ingest.respond import Scope
from ncsi.ingest.screen import RULE, repeated_in_store
from ncsi.ingest.sift import Sifted, sift
from ncsi.spec import ColumnMap, Instrument, Workspace, spec_sha256
from ncsi.stages.plan import WavePlan
from ncsi.store import Partition, SourceCard, Store


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest: its column map, and its constant sector, where it has them."""

    path: Path
    column_map: ColumnMap | None = None
    sector: str | None = None


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file. `repeated`: it was in the store already, and is left as stored."""

    source_name: str
    sha256: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    repeated: bool
    rejects_by_rule: Mapping[str, int]


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
) -> tuple[SourceFile, ...]:
    """The files given, or those the wave file names, each once.

    Raises ReadError naming a glob that matches nothing, SpecError for an unknown map or no sources at all.
    """
    if files:
        column_map = workspace.column_map(map_id) if map_id else None
        return tuple(SourceFile(Path(path), column_map, sector) for path in dict.fromkeys(files))
    wave = workspace.wave(wave_id)
    found: dict[Path, SourceFile] = {}
    for source in wave.sources:
        column_map = workspace.column_map(source.map) if source.map else None
        for path in workspace.source_files(source):
            found.setdefault(path, SourceFile(path, column_map, source.sector))
    if not found:
        raise SpecError(
            f"wave {wave_id}", "it names no source files", "Add `sources:` to the wave file, or name files"
        )
    return tuple(found.values())


def collect_file(plan: WavePlan, source: SourceFile) -> FileOutcome:
    """Ingest one file. Raises ReadError or ConformError when it cannot be used as a whole; nothing is stored.

    A file whose rows are all rejected is stored with its rejects; a file known by its bytes is left as stored.
    """
    key = plan.workspace.key()
    store = Store.open(plan.workspace.warehouse, create=True)
    table = read_file(source.path)
    if store.known_source(plan.wave.id, table.sha256):
        return _repeated(store, plan.wave.id, table)
    scope = _scope(plan, source)
    layout = layout_of(table.name, table.columns, scope.instruments.values(), source.column_map)
    sifted = sift(table, layout, scope, key)
    with store.alone():
        sifted = _screened(store, plan.wave.id, sifted)
        card = SourceCard(
            plan.wave.id, table.sha256, table.name, table.format, table.encoding, layout.dialect,
            source.column_map.id if source.column_map else None, table.size, table.rows,
        )  # fmt: skip
        if not store.add_source(card, _partitions(sifted, scope), sifted.rejects):
            return _repeated(store, plan.wave.id, table)
    accepted = sum(len(part) for part in sifted.accepted.values())
    return FileOutcome(
        table.name, table.sha256, table.rows, accepted, len(sifted.rejects), False, _by_rule(sifted.rejects)
    )


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
        return Scope(plan.wave.id, plan.instruments, brands)
    if source.sector not in plan.instruments:
        raise SpecError(
            f"{source.path.name}: sector",
            f"'{source.sector[:60]}' is not in wave {plan.wave.id}",
            f"Its sectors are: {', '.join(plan.sector_ids)}",
        )
    return Scope(plan.wave.id, {source.sector: plan.instruments[source.sector]}, brands, source.sector)


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


def _screened(store: Store, wave_id: str, sifted: Sifted) -> Sifted:
    """Reject rows whose respondent already answered on the brand in another file."""
    accepted, rejects = {}, [sifted.rejects]
    for sector, rows in sifted.accepted.items():
        stored = store.respondents(wave_id, sector)
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
        rejects.append(
            reject_rows(
                first_faults([found]), rows["source_row"].to_numpy(), rows["sector"].to_numpy(dtype=object)
            )
        )
    kept = {sector: rows for sector, rows in accepted.items() if len(rows)}
    return Sifted(kept, pd.concat(rejects, ignore_index=True).sort_values("source_row", ignore_index=True))


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


def _repeated(store: Store, wave_id: str, table: TextTable) -> FileOutcome:
    files = store.table("raw_files", wave_id)
    card = files[files["source_sha256"] == table.sha256].iloc[0]
    rejects = store.table("core_rejects", wave_id)
    rules = _by_rule(rejects[rejects["source_sha256"] == table.sha256])
    accepted, rejected = int(card["rows_accepted"]), int(card["rows_rejected"])
    return FileOutcome(table.name, table.sha256, int(card["rows_read"]), accepted, rejected, True, rules)


def _by_rule(rejects: pd.DataFrame) -> dict[str, int]:
    return {str(rule): int(count) for rule, count in rejects["rule"].value_counts().sort_index().items()}
