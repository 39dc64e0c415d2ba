"""A server of Prefect that comes up beside a command and ends with it, whatever ends the command.

Prefect brings one up where none is named, but imports all of it into the command for that, when its client is there: a
second and a half of processor, and as long to wait. Here it is begun before either; the client is told where it is.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread

from flows.settings import QUIET, SENDERS, SET_HERE
from ncsi.clean_process import importing
from ncsi.put_off import put_off

_URL = "PREFECT_API_URL"
_HOST = "127.0.0.1"
_AS_PREFECT_DOES = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}
_UNHEARD = {
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED": "false",
    "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED": "false",
}
"""Nobody can listen to a server that ends with its command: runs, tasks and their states are kept, not each event."""
_SETTINGS = ("prefect.toml", ".env")
"""Files in which Prefect looks for settings, beside its profiles and `pyproject.toml`."""
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from flows.own_server import main; main()"
_ENDS_WITHIN_S, _LOOKS_EVERY_S = 5.0, 0.05


class _Own:
    """The server of this process, if it has one."""

    process: subprocess.Popen[bytes] | None = None
    port = 0


def begin(home: Path) -> bool:
    """Start the server of the home of Prefect, and do not wait for it; nothing where it runs. False, and nothing done,
    where the user has set anything of Prefect, which may name another: it is left to Prefect what to do."""
    if _Own.process is not None:
        return True
    if "prefect" in sys.modules or _is_set_elsewhere(home, os.environ):
        return False
    package = str(Path(__file__).resolve().parents[1])
    with socket.socket() as ours:
        ours.bind((_HOST, 0))  # handed over: between two who bind one after another, a stranger may
        _Own.port = ours.getsockname()[1]
        _Own.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-c", _START, package, str(ours.fileno())],
            stdin=subprocess.PIPE, pass_fds=(ours.fileno(),), env={**os.environ, **_AS_PREFECT_DOES, **_UNHEARD},
        )  # fmt: skip
    atexit.register(_end)
    return True


@contextmanager
def named() -> Iterator[None]:
    """A block in which Prefect, when it is imported, reads where the server of this process is, if it has one; whoever
    this process starts is not told."""
    if _Own.process is None or _URL in os.environ:
        yield
        return
    os.environ[_URL] = f"http://{_HOST}:{_Own.port}/api"
    try:
        yield
    finally:
        del os.environ[_URL]


def wait_until_up() -> None:
    """Wait for the server of this process, where it has one. Raises RuntimeError where it does not come up."""
    process = _Own.process
    if process is None:
        return
    patience = float(os.environ.get("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120"))
    until = time.monotonic() + patience
    while not _answers():
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        if time.monotonic() > until:
            raise RuntimeError(f"the server did not answer within {patience:g} s")
        time.sleep(_LOOKS_EVERY_S)


def _is_set_elsewhere(home: Path, names: Collection[str]) -> bool:
    """Whether anything of Prefect is set but what `configure` sets."""
    ours = {*QUIET, *SET_HERE}
    if any(name.startswith("PREFECT_") and name not in ours for name in names):
        return True
    if os.environ.get("PREFECT_HOME") != str(home) or (home / "profiles.toml").exists():
        return True
    if any(Path(name).exists() for name in _SETTINGS):
        return True
    project = Path("pyproject.toml")
    return project.is_file() and b"tool.prefect" in project.read_bytes()


def _answers() -> bool:
    asking = HTTPConnection(_HOST, _Own.port, timeout=5.0)
    try:
        asking.request("GET", "/api/health")
        return asking.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        asking.close()


def _end() -> None:
    process = _Own.process
    if process is None:
        return
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> None:
    """In the process: serve on the bound socket that it was given, until told to end, or the command is gone."""
    Thread(target=_end_with_command, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(5)  # as workers: what they are forked off, and the command, are waited for sooner
    with importing(), put_off(SENDERS):
        import uvicorn
        from prefect.server.api.server import create_app
    config = uvicorn.Config(create_app, factory=True, log_level="error", lifespan="on")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


def _end_with_command() -> None:
    """Nothing is written to stdin: it ends where whoever began this process does, though killed."""
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
