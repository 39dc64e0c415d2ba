"""Prefect's settings, made before Prefect is imported: private, quiet, no telemetry, patient at start.

Import this module before any other of `flows`; what the user has set in the environment wins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flows.empty_database import put_empty_database, refuse_held

QUIET: Mapping[str, str] = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}
"""On a busy machine an ephemeral server may take half a minute to start, beyond the default limit of 20 s. At ERROR,
Prefect would print a traceback for each task that fails; what failed is told by the command, by the run's state and by
the ledger. A server that stays gets our own lines (`flows.server_log`), one that ends with its command gets none.
Blocks and triggers are not used: 54 kinds of block would be written at each first start."""
SET_HERE = ("PREFECT_HOME", "PREFECT_LOGGING_TO_API_ENABLED")
"""What is set beside `QUIET`."""
SENDERS = ("prefect.blocks.notifications", "prefect.blocks.webhook")
"""What Prefect can send messages by, a tenth of its import: ours are sent by `ncsi.stages.sending`."""
_ELSEWHERE = (
    "PREFECT_API_URL",
    "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
)
"""What names a server or a database that is not the home's."""


def configure(workspace: Path) -> Path | None:
    """Point Prefect at a private home inside the workspace, with an empty database at first, and keep it quiet. Where a
    damaged database was put aside, if any. Raises ServerAway where another process holds that database and does not let
    go."""
    home = (workspace / ".prefect").resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = {"PREFECT_LOGGING_TO_API_ENABLED": str("PREFECT_API_URL" in os.environ).lower()}
    for name, value in {"PREFECT_HOME": str(home), **QUIET, **log}.items():
        os.environ.setdefault(name, value)
    if os.environ["PREFECT_HOME"] == str(home) and not any(name in os.environ for name in _ELSEWHERE):
        aside = put_empty_database(home)
        refuse_held(home)
        return aside
    return None


@contextmanager
def as_a_command() -> Iterator[None]:
    """A block whose run is that of a command somebody waits for, unless the user has set it otherwise.

    It sends no heartbeats, which Prefect takes up to a second to end: whether a run has a process is told by locks
    (`flows.at_work`). A server that goes away is asked again for a quarter of a minute, in which one that is restarted
    comes up, and not for a whole one each time that something is told to it.
    """
    from prefect.settings import (
        PREFECT_CLIENT_MAX_RETRIES,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    ours = ((PREFECT_FLOWS_HEARTBEAT_FREQUENCY, None), (PREFECT_CLIENT_MAX_RETRIES, 3))
    with temporary_settings({one: value for one, value in ours if one.name not in os.environ}):
        yield


def standing_server() -> bool:
    """Whether a server is named that outlives this command (PREFECT_API_URL, or Prefect's profile)."""
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())
