"""What ingest would make of a file, with or without a wave, and without storing anything."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ncsi.ingest.cells import coded, translated
from ncsi.ingest.conform import Conformed, Scope, conform, recoding, without_repeats
from ncsi.ingest.dialects import Export, Layout, layout_of, recognised
from ncsi.ingest.read import TextTable
from ncsi.spec import ColumnMap, Dialect, Instrument
from ncsi.spec.background import REGION
from ncsi.spec.plan import WavePlan
from ncsi.stages.collect import accepted_nevertheless, answered_before, by_rule, scope_of
from ncsi.stages.redeliver import delivered_path, earlier_files
from ncsi.stages.source_files import SourceFile, read_as
from ncsi.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class CheckOutcome:
    """What ingest would make of a file. `rejects`: source_row, column, rule, value_class, reasons; `faults` all
    that was found, as `core_faults` has it; `table` and `layout` what was read, and how."""

    source_name: str
    instrument: str
    encoding: str | None
    dialect: str
    rows_read: int
    rows_accepted: int
    rejects: pd.DataFrame
    faults: pd.DataFrame
    table: TextTable
    layout: Layout

    @property
    def rejects_by_rule(self) -> dict[str, int]:
        """Rejected rows by rule."""
        return by_rule(self.rejects)

    @property
    def warnings(self) -> pd.DataFrame:
        """Faults of rows that are accepted all the same."""
        return accepted_nevertheless(self.faults, self.rejects)


def check_file(
    path: Path | str,
    instrument: Instrument,
    column_map: ColumnMap | None = None,
    dialect: Dialect | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    background: Mapping[str, frozenset[str]] | None = None,
) -> CheckOutcome:
    """What ingest would make of the file, without a wave: any sector and brand is taken; nothing is stored.

    `background`: the values that a wave declares of each of its variables, to judge the file's by.

    The dialect is recognised where neither it nor a map says it; of a platform's export without a map, columns
    that are not items are left aside. `sheet` and `header_row` go before the map's.
    """
    table = read_as(Path(path), column_map, sheet, header_row)
    export = recognised(table, dialect or (column_map.dialect if column_map else None))
    return check_export(export, instrument, column_map, background)


def check_export(
    export: Export,
    instrument: Instrument,
    column_map: ColumnMap | None = None,
    background: Mapping[str, frozenset[str]] | None = None,
) -> CheckOutcome:
    """As `check_file`, of an export that is read already."""
    if column_map is None and export.dialect != "plain":
        column_map = ColumnMap(spec="ncsi/map/1", id="none", ignore=("*",))
    carried = [name for name in background or () if name != REGION]
    layout = layout_of(export, [instrument], column_map, carried)
    scope = replace(_check_scope(export.table, instrument, layout), values=background)
    return _judged(export.table, layout, scope, instrument.id, _no_key())


def check_for_wave(
    path: Path | str,
    plan: WavePlan,
    sector: str,
    column_map: ColumnMap | None = None,
    dialect: Dialect | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
) -> CheckOutcome:
    """What ingest would make of the file as one of that sector: by its brands, the wave's background, days of fieldwork
    and panel, and by who answered already in another file; nothing is stored. Raises what ingest would."""
    source = SourceFile(Path(path), column_map, sector, dialect=dialect)
    table = read_as(source.path, column_map, sheet, header_row)
    export = recognised(table, dialect or (column_map.dialect if column_map else None))
    return _for_wave(export, plan, source, plan.workspace.key(), _in_store(plan, source.path))


def check_export_for_wave(export: Export, plan: WavePlan, sector: str, column_map: ColumnMap) -> CheckOutcome:
    """As `check_for_wave`, of an export that is read already, whoever answered in other files."""
    return _for_wave(export, plan, SourceFile(Path(export.table.name), column_map, sector), _no_key())


def _for_wave(
    export: Export, plan: WavePlan, source: SourceFile, key: bytes,
    left: Callable[[TextTable, Conformed], Conformed] | None = None,
) -> CheckOutcome:  # fmt: skip
    scope = scope_of(plan, source)
    layout = layout_of(export, scope.instruments.values(), source.column_map, plan.wave.carried)
    instrument = next(iter(scope.instruments.values())).id
    return _judged(export.table, layout, scope, instrument, key, left)


def _in_store(plan: WavePlan, path: Path) -> Callable[[TextTable, Conformed], Conformed] | None:
    """Leaves out the rows of respondents who answered in another file of the wave; None where nothing is stored."""
    if not plan.workspace.warehouse.exists():
        return None

    def left(table: TextTable, found: Conformed) -> Conformed:
        store, wave = Store.open(plan.workspace.warehouse), plan.wave.id
        earlier = earlier_files(store.sources(wave), table.sha256, delivered_path(plan.workspace, path), ())
        return without_repeats(found, answered_before(store, wave, found, (*earlier, table.sha256)))

    return left


def _judged(
    table: TextTable, layout: Layout, scope: Scope, instrument: str, key: bytes,
    left: Callable[[TextTable, Conformed], Conformed] | None = None,
) -> CheckOutcome:  # fmt: skip
    found = conform(table, layout, scope, key)
    found = left(table, found) if left else found
    accepted = sum(len(part) for part in found.rows.values())
    return CheckOutcome(
        table.name, instrument, table.encoding, layout.dialect, table.rows, accepted, found.rejects,
        found.faults, table, layout,
    )  # fmt: skip


def _check_scope(table: TextTable, instrument: Instrument, layout: Layout) -> Scope:
    """A check knows no wave: whatever the sector column says is a sector, and every brand is one."""
    column = layout.columns.get("sector")
    if column is None:
        return Scope("check", {"file": instrument}, {"file": None}, "file")
    codes = recoding(layout, "sector")
    sectors = dict.fromkeys(
        translated(word, codes) for word in coded(table.values.column(column)).words if word
    )
    return Scope("check", dict.fromkeys(sectors, instrument), dict.fromkeys(sectors, None))


def _no_key() -> bytes:
    """A check stores nothing, so its pseudonyms need not be found again."""
    return secrets.token_bytes(32)
