"""DuckDB connections that print nothing. Where Python was started by `-c`, as the processes of a pool are, DuckDB takes
it for somebody who types, and draws on standard output how far a query of over two seconds is."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

Settings = Mapping[str, str | bool | int | float | list[str]]


def connect(database: str, settings: Settings, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection under `settings`; its cursors are as quiet. Raises duckdb.Error as `duckdb.connect`."""
    made = duckdb.connect(database, read_only=read_only, config=dict(settings))
    made.execute("PRAGMA disable_progress_bar")  # to SET it is refused in Jupyter without widgets
    return made
