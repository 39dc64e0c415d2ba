"""Raw files → accepted responses and rejects in the store: each file whole, once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ncsi.errors import SpecError
from ncsi.ingest.conform import Conformed, Scope, conform, without_repeats
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import TextTable, read_file
from ncsi.spec import spec_sha256
from ncsi.spec.plan import WavePlan
from ncsi.stages.redeliver import (
    MIN_ROWS_SAME,
    delivered_path,
    earlier_files,
    revisions,
)
from ncsi.stages.source_files import SourceFile
from ncsi.store import Partition, Revision, SourceCard, Store
from ncsi.tables import CORE_REJECTS, RAW_FILES


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
    dialect: str
    encoding: str | None
    rejects_by_rule: Mapping[str, int]
    warnings_by_rule: Mapping[str, int] = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()


def collect_file(plan: WavePlan, source: SourceFile) -> FileOutcome:
    """Ingest one file into the workspace's store, made where there is none. As `collect_into`."""
    return collect_into(Store.open(plan.workspace.warehouse, create=True), plan, source)


def collect_into(store: Store, plan: WavePlan, source: SourceFile) -> FileOutcome:
    """Ingest one file. Raises ReadError or ConformError when it cannot be used as a whole; nothing is stored.

    A file whose rows are all rejected is stored with its rejects; a file known by its bytes, or by its content
    under another name or format, is left as stored. A file at the path of an earlier one replaces that one, and
    so does one that declares it.
    """
    key = plan.workspace.key()
    table = read_file(source.path, source.column_map.sheet if source.column_map else None)
    wave, path = plan.wave.id, delivered_path(plan.workspace, source.path)
    if _is_stored(store, wave, table.sha256, path):
        return _repeated(store, wave, table, table.sha256)
    scope = _scope(plan, source)
    export = recognised(table, source.dialect or (source.column_map.dialect if source.column_map else None))
    table, layout = (
        export.table,
        layout_of(export, scope.instruments.values(), source.column_map, plan.wave.carried),
    )
    found = conform(table, layout, scope, key)
    with store.alone():
        files = store.sources(wave)
        earlier = earlier_files(files, table.sha256, path, source.supersedes)
        same = files[(files["content_sha256"] == found.content) & ~files["source_sha256"].isin(list(earlier))]
        if len(same) and table.rows >= MIN_ROWS_SAME:
            return _repeated(store, wave, table, str(same["source_sha256"].iloc[0]))
        found = without_repeats(found, _answered(store, wave, found, tuple(earlier)))
        changes = revisions(store, wave, earlier, found.accepted)
        card = SourceCard(
            wave, table.sha256, table.name, table.format, table.encoding, layout.dialect,
            source.column_map.id if source.column_map else None, table.size, table.rows, path, found.content,
            source.card,
        )  # fmt: skip
        if not store.add_source(card, _partitions(found, scope), found.rejects, found.faults, changes):
            return _repeated(store, wave, table, table.sha256)
    return _outcome(table, layout.dialect, found, changes)


def _outcome(table: TextTable, dialect: str, found: Conformed, changes: Sequence[Revision]) -> FileOutcome:
    warnings = found.faults[found.faults["severity"] == "warning"]
    return FileOutcome(
        table.name, table.sha256, table.rows, sum(len(part) for part in found.accepted.values()),
        len(found.rejects), False, dialect, table.encoding, by_rule(found.rejects), by_rule(warnings), tuple(changes),
    )  # fmt: skip


def _is_stored(store: Store, wave: str, sha256: str, path: str) -> bool:
    """Whether these bytes need no ingest: they count already, or were superseded by a file at another path.

    Bytes that were superseded at this very path come back as a correction of the correction.
    """
    files = store.table(RAW_FILES.name, wave)
    own = files[files["source_sha256"] == sha256]
    if own.empty:
        return False
    counting = files[files["superseded_by"].isna()]
    return bool(own["superseded_by"].isna().any() or not (counting["source_path"] == path).any())


def _scope(plan: WavePlan, source: SourceFile) -> Scope:
    brands = {one.id: tuple(brand.id for brand in one.brands) for one in plan.wave.sectors}
    wave = plan.wave
    if source.sector is None:
        return Scope(wave.id, plan.instruments, brands, None, wave.field, wave.panel, wave.values)
    if source.sector not in plan.instruments:
        raise SpecError(
            f"{source.path.name}: sector",
            f"'{source.sector[:60]}' is not in wave {plan.wave.id}",
            f"Its sectors are: {', '.join(plan.sector_ids)}",
        )
    only = {source.sector: plan.instruments[source.sector]}
    return Scope(wave.id, only, brands, source.sector, wave.field, wave.panel, wave.values)


def _answered(store: Store, wave: str, found: Conformed, replaced: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Stored responses of the same respondents by sector, with their file's name, those replaced aside."""
    names = store.table(RAW_FILES.name, wave)[["source_sha256", "source_name"]]
    stored = {sector: store.answered(wave, sector, rows, replaced) for sector, rows in found.accepted.items()}
    return {sector: rows.merge(names, on="source_sha256") for sector, rows in stored.items() if len(rows)}


def _partitions(found: Conformed, scope: Scope) -> list[Partition]:
    instruments = scope.instruments
    return [
        Partition(
            sector,
            instruments[sector].id,
            instruments[sector].version,
            spec_sha256(instruments[sector]),
            rows,
        )
        for sector, rows in found.accepted.items()
    ]


def _repeated(store: Store, wave_id: str, table: TextTable, sha256: str) -> FileOutcome:
    """The outcome of a file that is in the store as the one with that hash."""
    files = store.table(RAW_FILES.name, wave_id)
    card = files[files["source_sha256"] == sha256].iloc[0]
    rejects = store.table(CORE_REJECTS.name, wave_id)
    rules = by_rule(rejects[rejects["source_sha256"] == sha256])
    accepted, rejected = int(card["rows_accepted"]), int(card["rows_rejected"])
    return FileOutcome(
        table.name, table.sha256, int(card["rows_read"]), accepted, rejected, True, str(card["dialect"]),
        table.encoding, rules,
    )  # fmt: skip


def by_rule(rejects: pd.DataFrame) -> dict[str, int]:
    """Number of rows by rule."""
    return {str(rule): int(count) for rule, count in rejects["rule"].value_counts().sort_index().items()}
