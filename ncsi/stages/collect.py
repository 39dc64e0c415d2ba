"""Raw files → accepted responses and rejects in the store: each file whole, once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from ncsi.errors import ConformError, SpecError
from ncsi.ingest.conform import REPEATED, Conformed, Scope, conform, reading_of, without_repeats
from ncsi.ingest.dialects import layout_of, recognised
from ncsi.ingest.read import TextTable
from ncsi.spec import canonical, spec_sha256
from ncsi.spec.plan import WavePlan
from ncsi.stages.known_deliveries import (
    Card,
    counting_card,
    is_superseded,
    withdrawn_card,
    without_forgotten,
)
from ncsi.stages.redeliver import delivered_path, earlier_files, revisions
from ncsi.stages.register import refuse_late
from ncsi.stages.source_files import SourceFile, read_as
from ncsi.store import Partition, Revision, SourceCard, Store
from ncsi.tables import CORE_REJECTS, RAW_FILES


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file. `repeated`: it was in the store already, read as now, and is left as stored. `revisions`:
    the earlier deliveries that it replaced, or itself read otherwise. `warnings_by_rule`: faults of rows that are
    accepted all the same. `withdrawn`: why it was withdrawn, of a file that is therefore left out."""

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
    withdrawn: str = ""

    @property
    def rejected_whole(self) -> bool:
        """Whether none of the rows that were read now is accepted, and not only since all had answered before."""
        faults = self.rejects_by_rule.keys() - {*REPEATED}
        return not self.repeated and self.rows_accepted == 0 and bool(faults)


def collect_file(plan: WavePlan, source: SourceFile) -> FileOutcome:
    """Ingest one file into the workspace's store, made where there is none. As `collect_into`."""
    return collect_into(
        Store.open(
            plan.workspace.warehouse,
            create=True,
            bucket=plan.workspace.bucket,
            catalogue=plan.workspace.catalogue,
        ),
        plan,
        source,
    )


def collect_into(store: Store, plan: WavePlan, source: SourceFile) -> FileOutcome:
    """Ingest one file. Raises ReadError or ConformError when it cannot be used as a whole; nothing is stored.

    A file whose rows are all rejected is stored with its rejects. A file known by its bytes, or by its content under
    another name or format, is left as stored where it would be read as it was; read otherwise (another map, other
    brands, another instrument) it replaces the earlier reading. A file at the path of an earlier one replaces that
    one, and so does one that declares it. A withdrawn file is left out, refused where it was asked for by name.
    """
    key = plan.workspace.key()
    store.require_key(key)
    sheet = source.column_map.sheet if source.column_map else None
    table = read_as(source.path, source.column_map)
    wave, path = plan.wave.id, delivered_path(plan.workspace, source.path)
    cards = store.table(RAW_FILES.name, wave)
    withdrawn = withdrawn_card(cards, table.sha256)
    if withdrawn is not None and not source.again:
        return _left_out(source, table, withdrawn)
    if is_superseded(cards, table.sha256, path):
        return _repeated(store, wave, table, table.sha256)
    scope = scope_of(plan, source)
    export = recognised(table, source.dialect or (source.column_map.dialect if source.column_map else None))
    table, layout = (
        export.table,
        layout_of(export, scope.instruments.values(), source.column_map, plan.wave.carried),
    )
    reading = reading_of(table, layout, scope, sheet)
    known = counting_card(cards, table.sha256)
    if known is not None and known["reading_sha256"] == reading:
        return _repeated(store, wave, table, table.sha256)
    found = conform(table, layout, scope, key)
    withdrawn = withdrawn_card(cards, table.sha256, found.content, table.rows)
    if withdrawn is not None and not source.again:
        return _left_out(source, table, withdrawn)
    card = SourceCard(
        wave, table.sha256, table.name, table.format, table.encoding, layout.dialect,
        source.column_map.id if source.column_map else None, table.size, table.rows, path, found.content, reading,
        card=source.card,
    )  # fmt: skip
    return _stored(store, plan, card, table, scope, found, source.supersedes)


def _stored(
    store: Store,
    plan: WavePlan,
    card: SourceCard,
    table: TextTable,
    scope: Scope,
    found: Conformed,
    supersedes: Sequence[str],
) -> FileOutcome:
    """Store what was found, in place of the files that it replaces; or leave all as it is."""
    wave, sha256 = card.wave, card.source_sha256
    with store.alone():
        files = store.sources(wave)
        earlier = earlier_files(files, sha256, card.source_path, supersedes)
        others = files[~files["source_sha256"].isin(list(earlier))]
        known = counting_card(others, sha256, found.content, table.rows)
        if known is not None:
            if known["reading_sha256"] == card.reading_sha256:
                return _repeated(store, wave, table, str(known["source_sha256"]))
            unknown = pd.isna(known["reading_sha256"])
            earlier[str(known["source_sha256"])] = "unknown_reading" if unknown else "other_reading"
        refuse_late(store, plan.workspace, plan.wave, table.name, known is not None)
        found, forgotten = without_forgotten(store, wave, table, found, known)
        found = without_repeats(found, answered_before(store, wave, found, tuple(earlier)))
        changes = revisions(store, wave, earlier, found.accepted) if earlier else []
        card = replace(card, rows_forgotten=forgotten)
        if not store.add_source(card, _partitions(found, scope), found.rejects, found.faults, changes):
            return _repeated(store, wave, table, sha256)
    return _outcome(table, card.dialect, found, changes)


def _left_out(source: SourceFile, table: TextTable, card: Mapping[str, object]) -> FileOutcome:
    """The outcome of a withdrawn file that the wave file names. Raises ConformError for one named by hand."""
    said = f"it was withdrawn on {card['withdrawn_at']:%Y-%m-%d} by {card['withdrawn_by']}: {card['withdrawn_reason']}"
    if not source.declared:
        raise ConformError(table.name, said, "If it is right after all, `ncsi ingest --again` takes it back")
    return FileOutcome(
        table.name,
        table.sha256,
        table.rows,
        0,
        0,
        False,
        str(card["dialect"]),
        table.encoding,
        {},
        withdrawn=said,
    )


def _outcome(table: TextTable, dialect: str, found: Conformed, changes: Sequence[Revision]) -> FileOutcome:
    warnings = accepted_nevertheless(found.faults, found.rejects)
    return FileOutcome(
        table.name, table.sha256, table.rows, sum(len(part) for part in found.rows.values()),
        len(found.rejects), False, dialect, table.encoding, by_rule(found.rejects), by_rule(warnings), tuple(changes),
    )  # fmt: skip


def scope_of(plan: WavePlan, source: SourceFile) -> Scope:
    """What the file may hold in its wave. Raises SpecError for a sector that the wave does not measure."""
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


def answered_before(
    store: Store, wave: str, found: Conformed, replaced: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Stored responses of the same respondents by sector, with their file's name, those replaced aside."""
    stored = {
        sector: store.answered(wave, sector, rows.frames(["brand", "respondent"]), replaced)
        for sector, rows in found.rows.items()
    }
    again = {sector: rows for sector, rows in stored.items() if len(rows)}
    if not again:
        return {}
    names = store.table(RAW_FILES.name, wave)[["source_sha256", "source_name"]]
    return {sector: rows.merge(names, on="source_sha256") for sector, rows in again.items()}


def _partitions(found: Conformed, scope: Scope) -> list[Partition]:
    instruments = scope.instruments
    return [
        Partition(
            sector,
            instruments[sector].id,
            instruments[sector].version,
            spec_sha256(instruments[sector]),
            rows,
            canonical(instruments[sector]),
        )
        for sector, rows in found.rows.items()
    ]


def _repeated(store: Store, wave_id: str, table: TextTable, sha256: str) -> FileOutcome:
    """The outcome of a file that is in the store as the one with that hash."""
    with store.session():
        files, rejects = (store.table(one.name, wave_id) for one in (RAW_FILES, CORE_REJECTS))
    card = files[files["source_sha256"] == sha256].to_dict("records")[0]
    known = repeated({str(name): value for name, value in card.items()}, rejects, table.name, table.sha256)
    return replace(known, encoding=table.encoding)


def repeated(card: Card, rejects: pd.DataFrame, name: str, sha256: str) -> FileOutcome:
    """The outcome of a file of that name and those bytes that is in the store under a card, among whose wave's rejects
    its own are."""
    rules = by_rule(rejects[rejects["source_sha256"] == card["source_sha256"]])
    encoding: str | None = None if pd.isna(card["encoding"]) else str(card["encoding"])
    return FileOutcome(
        name, sha256, int(card["rows_read"]), int(card["rows_accepted"]), int(card["rows_rejected"]), True,
        str(card["dialect"]), encoding, rules,
    )  # fmt: skip


def accepted_nevertheless(faults: pd.DataFrame, rejects: pd.DataFrame) -> pd.DataFrame:
    """Warnings, but for those of rows that something else rejects."""
    return faults[(faults["severity"] == "warning") & ~faults["source_row"].isin(rejects["source_row"])]


def by_rule(rejects: pd.DataFrame) -> dict[str, int]:
    """Number of rows by rule."""
    return {str(rule): int(count) for rule, count in rejects["rule"].value_counts().sort_index().items()}
