"""Connections by DuckDB's extensions as packages bring them, to Postgres and to the tables of DuckLake.

Nothing is fetched: extensions are loaded by path, never by themselves. Passwords are libpq's matter (PGPASSWORD,
PGPASSFILE): they are in no statement and in no message.
"""

from __future__ import annotations

import importlib.util
import os
import re
import socket
from pathlib import Path

import duckdb

from ncsi.errors import SpecError, StoreError
from ncsi.spec.shared_catalogue import SharedCatalogue
from ncsi.store.quiet import connect

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
NOTES = "ncsi"
"""Schema of Postgres with one table of ours; those of generations are this, _ and their number."""
_OPTIONS = (
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 "
    "-c idle_in_transaction_session_timeout=0"
)
"""The server lets go of a machine that is lost after a minute, and of nobody who is at work."""
_AWAY = re.compile(
    r"connect|server closed|terminat|SSL|timeout|timed out|no pg_hba|authentication|no password|starting up|"
    r"shutting down|(database|role) \S+ does not exist|read-only transaction|too many clients|remaining connection",
    re.IGNORECASE,
)
_STATEMENT = re.compile(r'(Failed to )?\w+ (?:query|COPY|statement) "(.*": |.*)', re.DOTALL | re.IGNORECASE)
_ROWS = re.compile(r" (?:DETAIL|LINE \d+|CONTEXT|QUERY|STATEMENT|HINT): ")
"""What Postgres adds to an error."""


class CatalogueAway(StoreError):
    """The database of Postgres does not answer, or refuses us."""


class Unsure(StoreError):
    """The connection broke as a transaction was committed: it may be stored, or not."""


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def is_conflict(said: str) -> bool:
    """Whether DuckLake refused to commit because of another commit."""
    return "conflict" in said.lower()


def is_refused(said: str) -> bool:
    """Whether Postgres said no, and goes on: nothing of the transaction is stored."""
    return "ERROR: " in said and not is_away(said)


def is_away(said: str) -> bool:
    """Whether the database could not be asked."""
    return bool(_AWAY.search(said)) and "Cannot open file" not in said


def without_words_of(catalogue: SharedCatalogue, error: Exception) -> str:
    """The lines of an error that say what is wrong, shortened: no password, not how we connect, and no statement or
    row, which have pseudonyms and keys of files. Who raises these words keeps the error itself out of what it raises
    (`from None`): a runner logs what an error came from."""
    text = _ROWS.split(" ".join(_STATEMENT.sub("", str(error)).split()))[0]
    text = re.sub(
        r'"?(postgres:)?dbname=[^"]*?(idle_in_transaction_session_timeout=0\'|")"?', catalogue.name, text
    )
    text = text.removeprefix(f"IO Error: Unable to connect to Postgres at {catalogue.name}: ")
    for secret in (os.environ.get("PGPASSWORD", ""),):
        text = text.replace(secret, "…") if secret else text
    return text[:300].rstrip(".? ")


def _extension(name: str) -> Path:
    """The file of an extension as its package has it. SpecError where that is not installed for this DuckDB."""
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in folders:
        path = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.is_file():
            return path
    problem = f"a catalogue in Postgres needs the extension {name} of DuckDB {duckdb.__version__}"
    cure = 'Install it: pip install -c constraints.txt "ncsi[lake]"; its version is that of duckdb'
    raise SpecError("catalogue", problem, cure)


def instance(*extensions: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with these extensions. SpecError where one is not installed."""
    files = [_extension(one) for one in extensions]
    made = connect(":memory:", _SETTINGS)
    for file in files:
        made.execute(f"LOAD {literal(str(file))}")
    return made


def address(catalogue: SharedCatalogue) -> str:
    """What libpq is told: where to, who we are, and how long to believe in a machine that does not answer."""
    host = re.sub(r"[^A-Za-z0-9.-]", "", socket.gethostname())[:30]
    return f"{catalogue.address} application_name=ncsi-{os.getpid()}@{host} connect_timeout=10 options='{_OPTIONS}'"


def opened(
    catalogue: SharedCatalogue, generation: int, files: Path, create: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection to the tables of a generation, which reaches no file but those in `files`. Raises duckdb.Error."""
    made = instance(
        "httpfs", "postgres_scanner", "ducklake"
    )  # httpfs for its ciphers: no network is reached by it
    try:
        options = {
            "DATA_PATH": literal(f"{files}{os.sep}"),
            "OVERRIDE_DATA_PATH": "true",
            "METADATA_SCHEMA": literal(schema_of(generation)),
            "DATA_INLINING_ROW_LIMIT": "0",
            "CREATE_IF_NOT_EXISTS": "true" if create else "false",
        }
        said = ", ".join(f"{name} {value}" for name, value in options.items()) + ", ENCRYPTED"
        made.execute(f"ATTACH {literal('ducklake:postgres:' + address(catalogue))} AS lake ({said})")
        made.execute("SET temp_directory = ''")
        made.execute(
            "SET disabled_optimizers = 'statistics_propagation'"
        )  # half the time of reading a small table
        made.execute("SET allowed_directories = ?", [[f"{files}{os.sep}"]])
        made.execute("SET enable_external_access = false")
        made.execute("USE lake")
    except duckdb.Error as error:
        made.close()
        said, cure = without_words_of(catalogue, error), "Make the database answer, then run again."
        if "version mismatch" in said:
            cure = (
                "Install the release of ncsi that wrote them. To change it everywhere, bring the tables into the "
                "folder with the old one (take `catalogue` out of ncsi.yaml, `ncsi move-store`), and back with the "
                "new one."
            )
        raise CatalogueAway(
            f"{catalogue}: the tables cannot be opened: {said}. Nothing was changed. {cure}"
        ) from None
    return made


def compact(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring many small files into few, and forget snapshots of before."""
    for one in (
        "CALL ducklake_expire_snapshots('lake', older_than => now())",
        "CALL ducklake_rewrite_data_files('lake')",
        "CALL ducklake_merge_adjacent_files('lake')",
        "CALL ducklake_expire_snapshots('lake', older_than => now())",
        "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)",
    ):
        connection.execute(one).fetchall()


def orphans(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Files that no snapshot lists."""
    asked = "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
    return [str(path) for (path, *_) in connection.execute(asked).fetchall()]


def remove_orphans(connection: duckdb.DuckDBPyConnection) -> int:
    """Remove them; how many."""
    return len(
        connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
    )


def schema_of(generation: int) -> str:
    """Schema of Postgres of a generation."""
    return f"{NOTES}_{generation}"
