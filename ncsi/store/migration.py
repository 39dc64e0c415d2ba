"""A store that an earlier version wrote, carried over to this one's tables: beside the old one, then in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from ncsi.errors import NothingStored, StoreError
from ncsi.spec import in_wave_order
from ncsi.store import duck, public_version, whole_database
from ncsi.store.duck import quoted
from ncsi.store.place import Place
from ncsi.store.public_version import Fills
from ncsi.store.sector_results import KEPT, is_result
from ncsi.tables import (
    CORE_PUBLISHED_BY_RESPONDENT,
    ESTIMATED,
    OUT_CBSEM_ESTIMATES,
    OUT_COMPOSITE_BAND_BY_UNIT,
    OUT_COMPOSITES,
    RAW_FILES,
    Table,
)


@dataclass(frozen=True, slots=True)
class Migration:
    """A step from the version before to version `to`: what changed, and what new columns of old rows hold.

    `fills` are SQL expressions by table and column, over the old table's columns. A nullable column needs none: it is
    empty. Result tables need none either: what cannot be carried over is estimated again. Tables of what releases were
    made of do: nothing could make them again. `since`: the version from which old tables have the columns that fills
    speak of; of an earlier one they are left out.
    """

    to: int
    about: str
    fills: Fills = field(default_factory=dict)
    since: int = 0


_CAUTION = """(SELECT CASE
 WHEN contains('; ' || note || '; ', '; Heywood case: ' || name || ' is a variance of ') THEN 'negative_variance'
 WHEN contains('; ' || note || '; ', '; Heywood case: ' || name || ' has no ') THEN 'no_standardised_value'
 WHEN contains('; ' || note || '; ', '; not separable: ' || name || ' is ') THEN 'beyond_one'
 WHEN contains('; ' || note || '; ', '; not separable: ' || name || ' has ') THEN 'not_located'
END FROM (SELECT note, concat_ws(' ', out_cbsem_estimates_by_sector.lhs,
 out_cbsem_estimates_by_sector.op, out_cbsem_estimates_by_sector.rhs) AS name
 FROM out_cbsem_fit_by_sector AS fit
 WHERE fit.wave = out_cbsem_estimates_by_sector.wave AND fit.sector = out_cbsem_estimates_by_sector.sector))"""
"""The code of what 0.2.0 said in words only, in the note of the covariance model."""

_JUDGED = """CASE
 WHEN answered IS NULL THEN NULL
 WHEN contains(answered, 'quality:flagged=') THEN 'flagged'
 WHEN contains(answered, 'quality:excluded=') THEN 'excluded'
 ELSE ''
END"""
"""What the text of digests of before said of response quality."""

MIGRATIONS = (
    Migration(
        3,
        "largest share of a respondent in subgroups, sub-indices and measures; p-values may be missing; "
        "respondents whom each public release counts",
    ),
    Migration(
        4,
        "brands against their sector and gains of closed gaps as tables; degrees of freedom of contributions; what a "
        "covariance model warns of by code, beside each estimate",
        {(OUT_CBSEM_ESTIMATES.name, "caution"): _CAUTION},
    ),
    Migration(5, "how each file was read (it is read again once, to know it); files that were withdrawn"),
    Migration(
        6,
        "overlap and correlation of a panel's waves beside each change",
    ),
    Migration(
        7, "in which figures each respondent of a public release takes part (unknown of releases before)"
    ),
    Migration(
        8,
        "standard errors and intervals of the parts of composite indices, tested differences, how errors were taken "
        "together",
        {
            (OUT_COMPOSITES.name, "errors"): "''",
            (OUT_COMPOSITE_BAND_BY_UNIT.name, "band_low"): "''",
            (OUT_COMPOSITE_BAND_BY_UNIT.name, "band_high"): "''",
        },
    ),
    Migration(9, "tables of measures of quality beside the index: complaints and the others"),
    Migration(
        10,
        "file of joint replicates beside each composite index; units of measures that each public release counts; "
        "cards of withdrawn files of indices and measures; what each sector was estimated from; projects, buyers and "
        "passengers as measures; the register of waves",
        {(OUT_COMPOSITES.name, one): "''" for one in ("replicates_name", "replicates_sha256")},
    ),
    Migration(
        11,
        "lineage of each index (of releases that are out: none); what each sector of a wave was asked; sectors left "
        "out of a wave",
    ),
    Migration(
        12, "who of a panel answered again by brand and background; how unequal weights are after each step"
    ),
    Migration(13, "standard errors held against those of the infinitesimal jackknife"),
    Migration(
        14,
        "digests of what each respondent of a release answered, in a fifth of the room; of releases before they are "
        "forgotten, and a revision is held against their whole answers",
        {(CORE_PUBLISHED_BY_RESPONDENT.name, "answered"): "NULL"},
        since=7,
    ),
    Migration(
        14,
        "whom response quality judged, of releases by 0.4.0 and later; those before did not record it",
        {(CORE_PUBLISHED_BY_RESPONDENT.name, "quality"): _JUDGED},
        since=9,
    ),
    Migration(15, "how many standard errors of a sector differ from the infinitesimal jackknife's"),
)
"""Every step that there is, in order; the first leads away from the oldest version that can be carried over."""

OLDEST = MIGRATIONS[0].to - 1


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which version to which; the waves whose results have to be estimated again, earliest first."""

    version: str
    to: str
    steps: tuple[str, ...]
    to_estimate: tuple[str, ...]


def migrate(place: Place) -> Migrated | None:
    """Bring the store in `place` to this version; None where it is already.

    A migration that is killed or fails leaves the old store as it was. StoreError: missing, held, damaged, written by
    a newer version or by one too old, or with a table that no step tells how to carry over.
    """
    if not place.is_stored:
        raise NothingStored(f"{place.folder}: there is no warehouse here. Check the folder.")
    with place.held():
        with duck.connected(place) as old:
            meta = duck.meta_of(old)
        if duck.is_ours(meta):
            return None
        version = _known_version(place, meta)
        steps = tuple(one for one in MIGRATIONS if one.to > version)
        fills = {key: sql for one in steps if version >= one.since for key, sql in one.fills.items()}
        with whole_database.anew(place) as new:
            with duck.connected(place) as old:
                lost = _carry_over(old, new, place, fills)
                waves = old.execute(f"SELECT DISTINCT wave FROM {quoted(RAW_FILES.name)}").fetchall()  # noqa: S608
            public_version.carry_over(place, fills)
    again = in_wave_order(str(wave) for (wave,) in waves) if lost else ()
    return Migrated(str(version), duck.VERSION, tuple(one.about for one in steps), again)


def _known_version(place: Place, meta: Mapping[str, str]) -> int:
    written = meta.get("version", "")
    if not written.isascii() or not written.isdecimal() or int(written) < OLDEST:
        raise StoreError(
            f"{place.tables}: its version is {written or 'unknown'}, and this ncsi migrates version {OLDEST} "
            "and later. Move the folder away and ingest the raw files again."
        )
    if int(written) > int(duck.VERSION):
        raise duck.newer(place, meta)
    return int(written)


def _carry_over(
    old: duckdb.DuckDBPyConnection, new: duckdb.DuckDBPyConnection, place: Place, fills: Fills
) -> bool:
    """Fill the new database; whether results were left out, because one of them cannot be carried over."""
    there: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, null in old.execute(_COLUMNS).fetchall():
        there.setdefault(table, {})[column] = (kind, null)
    columns = {
        one.name: _selected(there.get(one.name, {}), place, one, fills) for one in duck.stored_tables()
    }
    lost = any(chosen is None for chosen in columns.values())
    for one in whole_database.filled(old, [one for one in duck.stored_tables() if one.name in there]):
        chosen = columns[one.name]
        if chosen and not (lost and is_result(one.name) and one.name not in KEPT):
            whole_database.copy_rows(old, new, one, chosen, _public(one) if lost else "TRUE")
    return lost


def _public(table: Table) -> str:
    """Which of its rows are not of the stored results, which are gone."""
    return f"revision <> {ESTIMATED}" if table.name in KEPT and "revision" in table.names else "TRUE"


def _selected(there: Mapping[str, tuple[str, bool]], place: Place, table: Table, fills: Fills) -> str | None:
    """The select list that gives the old rows of a table, whose columns are `there` (type, whether it may be null), its
    present columns; "" where it is new, None for results that have to be made anew."""
    if not there:
        return ""
    chosen = []
    for column in table.columns:
        fill = fills.get((table.name, column.name))
        if there.get(column.name) in (
            (duck.sql_type(column), False),
            (duck.sql_type(column), column.nullable),
        ):
            chosen.append(quoted(column.name))
        elif fill is not None or (column.nullable and column.name not in there):
            chosen.append(f"{fill or 'NULL'} AS {quoted(column.name)}")
        elif is_result(table.name) and table.name not in KEPT:
            return None
        else:
            raise StoreError(
                f"{place.tables}: table {table.name}: no step says what its column {column.name} holds. "
                "This is a fault of ncsi, please report it; the store is as it was."
            )
    return ", ".join(chosen)


_COLUMNS = """SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()
WHERE database_name = current_database()"""
