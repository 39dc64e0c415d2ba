"""Is a store whole: database, parts, results that are out, and the counts that have to agree between them?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pandas as pd

from ncsi import atomic
from ncsi.errors import Damage, StoreDamaged, StoreError
from ncsi.living import lives
from ncsi.spec.object_storage import Bucket
from ncsi.store import (
    duck,
    erase,
    instance,
    lake,
    lake_generations,
    lake_tables,
    moving,
    objects,
    public_version,
    whole_database,
)
from ncsi.store.changing import sweep_marked, sweep_wave
from ncsi.store.duck import quoted
from ncsi.store.moving_tables import leave_old
from ncsi.store.parts import RESTORE, left_behind, left_in, part_problem, sweep
from ncsi.store.place import Place
from ncsi.store.table_rows import select
from ncsi.tables import CORE_PARTITIONS, CORE_PUBLISHED_BY_RESPONDENT, CORE_REJECTS, RAW_FILES

_DATABASE = "Restore the warehouse from a backup (`ncsi restore`), or ingest the raw files in a new one"
_SWEPT = "`ncsi audit --repair` removes it; so does the next command that writes"
_OUT = f"SELECT DISTINCT wave FROM {quoted(CORE_PUBLISHED_BY_RESPONDENT.name)} WHERE revision >= 0"  # noqa: S608
_COUNTS = "Restore the warehouse from a backup: rows were added or removed by something else than ncsi"


def damages(place: Place) -> Iterator[Damage]:
    """Everything that is wrong with the store in `place`; nothing where there is none. StoreBusy where it is held."""
    if not place.is_stored:
        return
    with place.held():
        spilled = instance.spilled(place.database)
        if spilled is not None:
            yield Damage(str(spilled), "a killed query left it behind", _SWEPT)
        for path in atomic.left_behind(place.folder, lives):
            yield Damage(str(path), "a killed command left it behind", "`ncsi audit --repair` removes it")
        try:
            with duck.connected(place, read_only=True) as connection:
                meta = duck.meta_of(connection)
                if not duck.is_ours(meta):
                    yield Damage(place.tables, "another version of ncsi wrote it", "Run `ncsi migrate`")
                    return
                yield from _unreadable(connection, place)
                yield from _not_listed(place)
                files, parts, rejects = (
                    select(connection, table) for table in (RAW_FILES, CORE_PARTITIONS, CORE_REJECTS)
                )
                out = connection.execute(_OUT).fetchall()
        except StoreDamaged as error:
            yield replace(error.damage, cure=_DATABASE)
            return
        except duckdb.Error as error:
            yield Damage(place.tables, _said_of(place, error), _DATABASE)
            return
        if erase.is_unfinished(place):
            said = "rows that were taken out of it may still be in its free pages"
            yield Damage(place.tables, said, "Free disk space, then `ncsi audit --repair` writes it anew")
        yield from _parts(place, parts)
        known = {str(wave) for (wave,) in out}
        yield from public_version.damages(place, known)
        yield from _unknown_releases(place, set(parts["wave"].astype(str)) - known)
        yield from _counts(place, files, parts, rejects)


def clear(place: Place) -> int:
    """Remove what killed writes left behind in a store that can be opened; how many files and objects."""
    if not place.is_stored:
        return 0
    with place.held():
        spilled = instance.clear_spilled(place.database) + len(atomic.clear(place.folder, lives))
        erase.finish(place)
        leave_old(place.folder)
        gone = lake_generations.sweep_shared(place.folder, place.catalogue)
        with duck.connected(place, read_only=True) as connection:
            listed = set(select(connection, CORE_PARTITIONS)["path"])
        swept, bucket = spilled + gone + sweep(place, listed) + public_version.sweep(place), place.bucket
        sweep_marked(place)
        if bucket is None:
            return swept
        found = left_in(bucket, listed)
        for wave in sorted({_wave_of(name) for name in found}):
            sweep_wave(place, bucket, wave)
        return swept + len(found)


def _unreadable(connection: duckdb.DuckDBPyConnection, place: Place) -> Iterator[Damage]:
    """Read every block: DuckDB checks its sums only then. Tables without rows have none, and are most of a store's."""
    try:
        tables = tuple(whole_database.filled(connection))
    except duckdb.Error:  # which table it is of is found out below
        tables = duck.stored_tables()
    for table in tables:
        try:
            reader = connection.execute(f"SELECT * FROM {quoted(table.name)}").to_arrow_reader()  # noqa: S608
            deque(reader, maxlen=0)
        except duckdb.Error as error:
            yield Damage(f"{place.tables}, table {table.name}", _said_of(place, error), _DATABASE)
            return


def _said_of(place: Place, error: duckdb.Error) -> str:
    shared = place.catalogue
    said = str(error).splitlines()[0] if shared is None else lake_tables.without_words_of(shared, error)
    return f"it cannot be read: {said}"


def _not_listed(place: Place) -> Iterator[Damage]:
    """Files of tables that no catalogue lists, and a catalogue that tables were moved out of."""
    shared, leaving = place.catalogue, place.folder / lake.LEAVING
    if leaving.is_file():
        said = "tables may be listed there still that were moved away"
        yield Damage(str(leaving), said, "Make its database answer, then run `ncsi audit --repair`")
    if shared is not None:
        yield from lake_generations.loud(shared)
    for path in lake_generations.left_behind(place.folder, shared) if shared is not None else ():
        yield Damage(path, "a killed write left it behind", "`ncsi audit --repair` removes it")


def _unknown_releases(place: Place, waves: set[str]) -> Iterator[Damage]:
    """Those of the waves, which have responses and no respondents of a release, whose public results are kept."""
    for wave in sorted(waves):
        if (place.public / wave).is_dir():
            yield Damage(
                f"{place.tables}, wave {wave}",
                "whom its public release counts is not known any more, as after `ncsi migrate` of version 0.5 or "
                "earlier, so a revision is not held against it",
                "Restore the warehouse of before from a backup and migrate it with this version; without one, publish "
                "no revision of the wave from other responses",
            )


def _wave_of(path: str) -> str:
    return path.split("/")[1].removeprefix("wave=")


def _parts(place: Place, parts: pd.DataFrame) -> Iterator[Damage]:
    yield from moving.left(place)
    bucket = place.bucket
    if bucket is not None:
        away = _away(bucket)
        if away is not None:
            yield away
            return
    for row in parts.to_dict("records"):
        problem = part_problem(place, str(row["path"]), int(row["rows"]))
        if problem:
            where = f"{place.shown(str(row['path']))} (wave {row['wave']}, sector {row['sector']})"
            yield Damage(where, problem, RESTORE)
    found = [str(path) for path in left_behind(place, set(parts["path"]))]
    if bucket is not None:
        found += [f"{bucket}/{name}" for name in left_in(bucket, set(parts["path"]))]
    for path in found:
        yield Damage(path, "a killed write left it behind", _SWEPT)


def _away(bucket: Bucket) -> Damage | None:
    """That the bucket cannot be looked into, where it cannot: told once, not for each part."""
    try:
        objects.listed(bucket, "")
    except StoreError as error:
        said = str(error).removeprefix(f"{bucket}: ").removesuffix(objects.UNCHANGED).rstrip(".")
        return Damage(
            str(bucket), f"its parts cannot be checked: {said}", "Make it reachable, then audit again"
        )
    return None


def _counts(
    place: Place, files: pd.DataFrame, parts: pd.DataFrame, rejects: pd.DataFrame
) -> Iterator[Damage]:
    """Accepted + rejected + forgotten = read, and what is stored is what the cards of the files say."""
    key = ["wave", "source_sha256"]
    accepted, rejected = parts.groupby(key)["rows"].sum(), rejects.groupby(key).size()
    for card in files.to_dict("records"):
        where = f"{place.tables}, file {card['source_name']} of wave {card['wave']}"
        of_card = card["rows_accepted"] + card["rows_rejected"] + card["rows_forgotten"]
        if of_card != card["rows_read"]:
            yield Damage(where, f"its card counts {of_card:,} rows of {card['rows_read']:,} read", _COUNTS)
        if isinstance(card["superseded_by"], str) or not pd.isna(card["withdrawn_at"]):
            continue
        at = (card["wave"], card["source_sha256"])
        for what, stored in (("accepted", accepted), ("rejected", rejected)):
            found = int(stored.get(at, 0))
            if found != card[f"rows_{what}"]:
                said = f"{found:,} {what} rows are stored, its card says {card[f'rows_{what}']:,}"
                yield Damage(where, said, _COUNTS)
