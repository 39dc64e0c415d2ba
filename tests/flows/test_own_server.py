"""The server of Prefect that a command begins for itself: where it does, and what is said where it does not come up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from flows import own_server
from flows.settings import QUIET

BEGUN = """
import os, signal, socket, sys
from pathlib import Path
from ncsi.cli.running import begin_server
begin_server(Path(sys.argv[1]))
from flows import own_server
with socket.socket() as stranger:
    try:
        stranger.bind(("127.0.0.1", own_server._Own.port))
    except OSError:
        pass
    else:
        raise SystemExit("a stranger may take its port before it does")
with own_server.named():
    from flows import prefect_engine
assert "PREFECT_API_URL" not in os.environ
assert "prefect.server.api.server" not in sys.modules
if len(sys.argv) > 2:
    own_server._Own.process.kill()
try:
    prefect_engine._start_server()
except Exception as error:
    print(type(error).__name__, error)
else:
    from prefect.client.orchestration import get_client
    with get_client(sync_client=True) as client:
        print(client.api_url, client.read_flow_runs(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""The server of a command, whose port nobody else gets, asked when it is up, whereupon the command is killed; or killed
itself."""


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """Nothing of Prefect is set but what we set, for a workspace in a folder."""
    for name in [one for one in os.environ if one.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    home = tmp_path / ".prefect"
    home.mkdir()
    return home, {**QUIET, "PREFECT_HOME": str(home), "PREFECT_LOGGING_TO_API_ENABLED": "false"}


def is_set_elsewhere(plain, monkeypatch, **more):
    home, ours = plain
    for name, value in (ours | more).items():
        monkeypatch.setenv(name, value)
    return own_server._is_set_elsewhere(home, os.environ)


def test_what_we_set_ourselves_leaves_us_the_server(plain, monkeypatch):
    assert not is_set_elsewhere(plain, monkeypatch)


@pytest.mark.parametrize("name", ["PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_SERVER_EPHEMERAL_ENABLED"])
def test_whoever_sets_more_of_prefect_has_it_do_as_it_does(plain, monkeypatch, name):
    assert is_set_elsewhere(plain, monkeypatch, **{name: "x"})


@pytest.mark.parametrize(
    ("file", "content", "elsewhere"),
    [
        ("prefect.toml", "", True),
        (".env", "", True),
        ("pyproject.toml", "[tool.prefect.api]\nurl = 'x'\n", True),
        ("pyproject.toml", "[project]\n", False),
        (".prefect/profiles.toml", "", True),
    ],
)
def test_a_file_of_settings_may_name_another_server(plain, monkeypatch, tmp_path, file, content, elsewhere):
    (tmp_path / file).write_text(content, encoding="utf-8")
    assert is_set_elsewhere(plain, monkeypatch) is elsewhere


def test_another_home_is_not_ours_to_serve(plain, monkeypatch, tmp_path):
    assert is_set_elsewhere(plain, monkeypatch, PREFECT_HOME=str(tmp_path / "other"))


def test_it_answers_and_keeps_runs_without_being_imported_and_ends_though_the_command_is_killed(tmp_path):
    """What it would print to is the command's: that is open until it has ended."""
    said = begun(tmp_path, code=-signal.SIGKILL)
    assert said.startswith("http://127.0.0.1:")
    assert said.endswith("/api/ []\n")


def test_where_it_ends_at_once_the_command_says_so(tmp_path):
    said = begun(tmp_path, "killed")
    assert said.startswith("ServerAway Prefect's own server did not come up (RuntimeError).")
    assert "`--engine local`" in said


def begun(folder, *more, code=0):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-c", BEGUN, str(folder), *more],
        env=env, cwd=folder, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout
