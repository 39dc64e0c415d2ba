"""Prefect's settings, made before Prefect is imported: private, quiet, no telemetry, patient at start.

Import this module before any other of `flows`; what the user has set in the environment wins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

QUIET: Mapping[str, str] = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}
"""An ephemeral server's cold start takes 16-33 s, beyond the default limit of 20 s. At ERROR, Prefect would print a
traceback for each task that fails; what failed is told by the command, by the run's state and by the ledger."""


def configure(workspace: Path) -> None:
    """Point Prefect at a private home inside the workspace and keep it quiet."""
    home = workspace / ".prefect"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home.resolve()))
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def standing_server() -> bool:
    """Whether a server is named that outlives this command (PREFECT_API_URL, or Prefect's profile)."""
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())
