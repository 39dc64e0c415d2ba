# ruff: noqa: S608 - names in statements are of this module, and numbers
"""What is said to Postgres beside DuckLake: one lock, which store it is of, and which generation counts."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from typing import Any

import duckdb

from ncsi.errors import Damage, StoreBusy
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store.lake_tables import (
    NOTES,
    CatalogueAway,
    address,
    instance,
    literal,
    schema_of,
    without_words_of,
)

_KEY = 0x6E637369
"""Of the lock, in the database."""


_SILENT = {
    "log_min_error_statement": "panic",
    "log_statement": "none ddl",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
}
"""Settings of Postgres, where it has them, and what they may be: then it logs no statement that holds values."""
_WROTE = "another coordinator wrote"


class Server:
    """A connection to Postgres beside DuckLake's own: it takes the lock, and says which generation counts."""

    def __init__(self, catalogue: SharedCatalogue) -> None:
        self.catalogue = catalogue
        self._own = instance("postgres_scanner")
        self._locked: duckdb.DuckDBPyConnection | None = None
        try:
            self._own.execute(f"ATTACH {literal(address(catalogue))} AS server (TYPE postgres)")
        except duckdb.Error as error:
            self._own.close()
            raise self._away(error) from None

    def close(self) -> None:
        """End it; the lock ends with it."""
        self._locked = None
        with suppress(duckdb.Error):
            self._own.close()

    def lives(self) -> bool:
        """Whether the server answers by this connection."""
        try:
            self._asked("SELECT 1")
        except CatalogueAway:
            return False
        return True

    def lock(self) -> bool:
        """Take the lock if nobody has it: it is of a transaction of Postgres, which is open until `unlock`."""
        cursor = self._own.cursor()
        try:
            cursor.execute("BEGIN")
            taken = bool(self._rows(cursor, f"SELECT pg_try_advisory_xact_lock({_KEY})")[0][0])
            if taken:
                self._locked = cursor
            else:
                cursor.execute("ROLLBACK")
        except duckdb.Error as error:
            raise self._away(error) from None
        return taken

    def unlock(self) -> bool:
        """Let go of it; whether the connection is still good."""
        cursor, self._locked = self._locked, None
        try:
            if cursor is not None:
                cursor.execute("ROLLBACK")
        except duckdb.Error:
            return False
        return cursor is not None

    def require_lock(self) -> None:
        """StoreBusy where the connection that took the lock is gone: the transaction must not be committed."""
        try:
            if self._locked is None:
                raise duckdb.Error("it was not taken")
            self._rows(self._locked, "SELECT 1")
        except duckdb.Error:
            raise StoreBusy(
                f"{self.catalogue}: the connection that held the store's lock is gone: nothing was stored. Run again."
            ) from None

    def holder(self) -> str:
        """Who has the lock: its process and machine as it named itself."""
        asked = (
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = "
            f"'advisory' AND l.granted AND l.objid = {_KEY} AND l.database = (SELECT oid FROM pg_database WHERE "
            "datname = current_database())"
        )
        found = re.fullmatch(r"ncsi-(\d+)@(.*)", str(next(iter(self._asked(asked)), ("",))[0]))
        return f"process {found[1]} on {found[2]}" if found else "another process"

    def notes(self) -> dict[str, str]:
        """What is noted of the store that the database is of; empty where it is of none."""
        there = self._asked(f"SELECT 1 FROM information_schema.tables WHERE table_schema = '{NOTES}'")
        return dict(self._asked(f"SELECT name, value FROM {NOTES}.store")) if there else {}

    def begin(self, store: str) -> None:
        """Note which store the database is of."""
        self._done(
            f"CREATE SCHEMA IF NOT EXISTS {NOTES}; CREATE TABLE IF NOT EXISTS {NOTES}.store (name text PRIMARY KEY, "
            f"value text NOT NULL); INSERT INTO {NOTES}.store VALUES ('store', {literal(store)}) ON CONFLICT DO NOTHING"
        )

    def loud(self) -> Damage | None:
        """That Postgres would write statements into its log, if it would: they have pseudonyms, as smallest and largest
        values of columns, and the keys of files."""
        wanted = ", ".join(f"('{name}', '{values}')" for name, values in _SILENT.items())
        asked = (
            f"SELECT name, current_setting(name, true) FROM (VALUES {wanted}) AS wanted (name, allowed) WHERE NOT "
            "current_setting(name, true) = ANY (string_to_array(allowed, ' '))"
        )
        found = dict(self._asked(asked))
        if not found:
            return None
        said = ", ".join(f"{name} is {value}" for name, value in found.items())
        cure = "; ".join(f"ALTER ROLE … SET {name} = '{_SILENT[name].split()[0]}'" for name in found)
        return Damage(
            str(self.catalogue),
            f"it would write statements into its log, and with them pseudonyms and keys of files: {said}",
            f"Let its administrator say this of the role that we are there: {cure}",
        )

    def first(self, generation: int) -> None:
        """Note the first generation that counts."""
        self._done(
            f"INSERT INTO {NOTES}.store VALUES ('generation', '{generation}') ON CONFLICT (name) DO UPDATE SET value = "
            "excluded.value"
        )

    def note(self, name: str, value: str) -> str:
        """Note a value where none is; the one that is noted."""
        self._done(
            f"INSERT INTO {NOTES}.store VALUES ({literal(name)}, {literal(value)}) ON CONFLICT DO NOTHING"
        )
        return self.notes()[name]

    def switch(self, before: int, after: int, snapshot: int) -> None:
        """In one transaction: `after` counts, and all that is listed of `before` is gone. StoreBusy where something was
        committed there since `snapshot`."""
        old = schema_of(before)
        self.require_lock()
        try:
            self._done(
                f"DO $$ BEGIN LOCK TABLE {old}.ducklake_snapshot IN ACCESS EXCLUSIVE MODE; IF (SELECT max(snapshot_id) "
                f"FROM {old}.ducklake_snapshot) <> {snapshot} THEN RAISE EXCEPTION '{_WROTE}'; END IF; "
                f"UPDATE {NOTES}.store SET value = '{after}' WHERE name = 'generation' AND value = '{before}'; IF NOT "
                f"FOUND THEN RAISE EXCEPTION '{_WROTE}'; END IF; DROP SCHEMA {old} CASCADE; END $$"
            )
        except CatalogueAway as error:
            if _WROTE not in str(error):
                raise
            raise StoreBusy(
                f"{self.catalogue}: another coordinator wrote at the same time. Nothing was changed; run again."
            ) from None

    def drop(self, generation: int) -> None:
        """Remove a generation that does not count."""
        self._done(f"DROP SCHEMA IF EXISTS {schema_of(generation)} CASCADE")

    def forget(self) -> None:
        """Remove all generations and notes."""
        dropped = [f"DROP SCHEMA IF EXISTS {schema_of(one)} CASCADE" for one in self.generations()]
        self._done("; ".join([*dropped, f"DROP SCHEMA IF EXISTS {NOTES} CASCADE"]))

    def generations(self) -> list[int]:
        """Those that there are, whether they count or not."""
        found = self._asked(f"SELECT nspname FROM pg_namespace WHERE nspname ~ '^{NOTES}_[0-9]+$'")
        return sorted(int(str(name).removeprefix(f"{NOTES}_")) for (name,) in found)

    def snapshot(self, generation: int) -> int:
        """Number of the last commit."""
        return int(
            self._asked(f"SELECT max(snapshot_id) FROM {schema_of(generation)}.ducklake_snapshot")[0][0]
        )

    def files(self, generation: int) -> int:
        """How many files of rows are listed, or wait to be removed."""
        of = schema_of(generation)
        return int(
            self._asked(
                f"SELECT (SELECT count(*) FROM {of}.ducklake_data_file) "
                f"+ (SELECT count(*) FROM {of}.ducklake_delete_file)"
            )[0][0]
        )

    def unwatched(self, generation: int) -> None:
        """Before it has rows: keep smallest and largest values of columns, pseudonyms among them, out of the planner's
        statistics, which outlive the table."""
        tables = ("ducklake_file_column_stats", "ducklake_table_column_stats")
        self._done(
            "; ".join(
                f"ALTER TABLE {schema_of(generation)}.{table} ALTER COLUMN {column} SET STATISTICS 0"
                for table in tables
                for column in ("min_value", "max_value")
            )
        )

    def _asked(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, in a transaction of its own."""
        try:
            with closing(self._own.cursor()) as cursor:
                return self._rows(cursor, query)
        except duckdb.Error as error:
            raise self._away(error) from None

    def _done(self, statements: str) -> None:
        """Statements that are done together, or not at all, each seeing what was committed before it."""
        try:
            with closing(self._own.cursor()) as cursor:
                cursor.execute(
                    f"CALL postgres_execute('server', {literal(statements)}, use_transaction => false)"
                )
        except duckdb.Error as error:
            raise self._away(error) from None

    @staticmethod
    def _rows(cursor: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
        return cursor.execute(f"SELECT * FROM postgres_query('server', {literal(query)})").fetchall()

    def _away(self, error: duckdb.Error) -> CatalogueAway:
        return CatalogueAway(
            f"{self.catalogue}: the database does not answer or refuses: {without_words_of(self.catalogue, error)}. "
            "Nothing was changed. Make it answer, then run again."
        )
