"""The log of a run on its server: our own lines, which hold counts. What Prefect and other libraries would say may hold
anything, and stays away."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache

from prefect.logging.handlers import APILogHandler


def tell_server(lines: Sequence[str]) -> None:
    """Log the lines with the run that this is called in; nothing where logs are not sent to a server."""
    for line in lines:
        _log().info("%s", line)


@cache
def _log() -> logging.Logger:
    log = logging.getLogger("ncsi.of_a_run")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(APILogHandler())
    return log
