"""A person's rows out of the store for good: out of Parquet and tables, and out of the pages DuckDB had freed."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pandas as pd

from ncsi.atomic import write
from ncsi.store import duck, instance, whole_database
from ncsi.store.changing import Unswept, changing
from ncsi.store.duck import quoted
from ncsi.store.lake_tables import Unsure
from ncsi.store.parts import read_parts, write_part
from ncsi.store.place import Place
from ncsi.store.table_rows import delete, select
from ncsi.tables import CORE_FAULTS, CORE_PARTITIONS, RAW_FILES

UNREBUILT = ".unrebuilt"
"""A mark beside the database: rows were taken out, and may still be in its free pages."""
FOUND = ["wave", "sector", "brand", "source_sha256", "source_row"]


@contextmanager
def erasing(place: Place, wave: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[str]]]:
    """`changing`, and after it the files named in the list are removed and the database is written anew.

    That is done before Unswept is raised too: what is taken out is out of all that is at hand. A kill before the end
    leaves a mark, and whoever opens the store next writes the database anew (`finish`).
    """
    orphans: list[str] = []
    unswept = None
    with place.held():
        with marked(place):
            try:
                with changing(place, wave) as connection:
                    yield connection, orphans
            except Unswept as error:
                unswept = error
        for path in orphans:
            (place.folder / path).unlink(missing_ok=True)
        rebuild(place)
    if unswept is not None:
        raise unswept


def rows_of(place: Place, partitions: pd.DataFrame, respondents: Collection[str]) -> pd.DataFrame:
    """Where the pseudonyms' accepted responses lie: wave, sector, brand, source_sha256, source_row."""
    found = [pd.DataFrame(columns=FOUND)]
    for path in partitions["path"].astype(str):
        rows = read_parts(place, [path], [*FOUND, "respondent"])
        found.append(rows.loc[rows["respondent"].isin(list(respondents)), FOUND])
    filled = [one for one in found if len(one)]
    return pd.concat(filled, ignore_index=True) if filled else found[0]


def take_out(
    connection: duckdb.DuckDBPyConnection, place: Place, wave: str, respondents: Collection[str]
) -> list[str]:
    """Remove them from a wave inside of a transaction; returns the Parquet files that are orphans after it."""
    orphans = []
    for part in select(connection, CORE_PARTITIONS, wave).to_dict("records"):
        rows = read_parts(place, [str(part["path"])])
        gone = rows["respondent"].isin(list(respondents)).to_numpy(dtype=bool)
        if not gone.any():
            continue
        orphans.append(str(part["path"]))
        _shrink(connection, place, part, rows[~gone].reset_index(drop=True))
        _forget_places(connection, wave, str(part["source_sha256"]), rows.loc[gone, "source_row"].tolist())
    for table in duck.stored_tables():
        if {"wave", "respondent"} <= set(table.names):
            connection.executemany(
                f"DELETE FROM {quoted(table.name)} WHERE wave = ? AND respondent = ?",  # noqa: S608
                [[wave, one] for one in respondents],
            )
    return orphans


def take_out_wave(connection: duckdb.DuckDBPyConnection, wave: str) -> tuple[int, list[str]]:
    """Remove every response of a wave inside of a transaction: how many, and the Parquet files that are orphans then.

    Cards of files, rejects (places and rules, no answers) and results stay; the cards count the rows as forgotten.
    """
    parts = select(connection, CORE_PARTITIONS, wave)
    for table in duck.stored_tables():
        if table is CORE_PARTITIONS or {"wave", "respondent"} <= set(table.names):
            delete(connection, table, wave, None)
    connection.execute(
        f"UPDATE {quoted(RAW_FILES.name)} SET rows_forgotten = rows_forgotten + rows_accepted, rows_accepted = 0 "  # noqa: S608
        "WHERE wave = ?",
        [wave],
    )
    return int(parts["rows"].sum()), [str(path) for path in parts["path"]]


@contextmanager
def marked(place: Place) -> Iterator[None]:
    """Say durably that the block takes rows out, until `rebuild` has written the database anew.

    An error in the block takes the mark back where nothing was stored.
    """
    before = is_unfinished(place)
    write(place.folder / UNREBUILT, b"")
    try:
        yield
    except Exception as error:
        if not before and not isinstance(error, Unsure):
            (place.folder / UNREBUILT).unlink(missing_ok=True)
        raise


def is_unfinished(place: Place) -> bool:
    """Whether rows were taken out and may still be in the free pages of the database."""
    return (place.folder / UNREBUILT).exists()


def finish(place: Place) -> None:
    """`rebuild` where somebody was killed, or the disk full, before it.

    A store of another version is left to `migrate`. The caller holds the lock and no connection.
    """
    if not is_unfinished(place):
        return
    with duck.connected(place, read_only=True) as connection:
        ours = duck.is_ours(duck.meta_of(connection))
    if ours:
        duck.settle(place)  # a killed process's log belongs to this file, not to the new one
        rebuild(place)


def rebuild(place: Place) -> None:
    """Write the database anew with what it holds, so that deleted rows are not left in its free pages, nor in what a
    killed query left beside it.

    The caller holds the lock and no connection. A killed rebuild leaves the old file, and one to be swept.
    """
    instance.clear_spilled(place.database)
    with whole_database.anew(place) as new, duck.connected(place, read_only=True) as old:
        for table in whole_database.filled(old):
            whole_database.copy_rows(old, new, table, "*")
    (place.folder / UNREBUILT).unlink(missing_ok=True)


def _shrink(
    connection: duckdb.DuckDBPyConnection, place: Place, part: Mapping[Hashable, object], kept: pd.DataFrame
) -> None:
    """The partition without the rows taken out; its file's card counts them as forgotten."""
    key = [part["wave"], part["sector"], part["source_sha256"]]
    where = "WHERE wave = ? AND sector = ? AND source_sha256 = ?"
    table = quoted(CORE_PARTITIONS.name)
    if len(kept):
        path = write_part(place, str(part["wave"]), str(part["sector"]), kept)
        connection.execute(f"UPDATE {table} SET path = ?, rows = ? {where}", [path, len(kept), *key])  # noqa: S608
    else:
        connection.execute(f"DELETE FROM {table} {where}", key)  # noqa: S608
    taken = int(str(part["rows"])) - len(kept)
    connection.execute(
        f"UPDATE {quoted(RAW_FILES.name)} SET rows_accepted = rows_accepted - ?, "  # noqa: S608
        "rows_forgotten = rows_forgotten + ? WHERE wave = ? AND source_sha256 = ?",
        [taken, taken, part["wave"], part["source_sha256"]],
    )


def _forget_places(connection: duckdb.DuckDBPyConnection, wave: str, sha256: str, rows: list[int]) -> None:
    connection.executemany(
        f"DELETE FROM {quoted(CORE_FAULTS.name)} WHERE wave = ? AND source_sha256 = ? AND source_row = ?",  # noqa: S608
        [[wave, sha256, row] for row in rows],
    )
