"""Python processes that have imported the heavy libraries before they begin: to import them takes longer than most of
what is done to a process here.

One process imports them and runs nothing, for all processes of pytest. Whatever is asked of it is a fork of it, with
its own process id, standard files and exit code, which ends as a worker of multiprocessing does. A fork that imports
more, of which others are forks, is such a process too.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from filelock import FileLock

FIRST = """
import atexit, gc, importlib, json, os, select, signal, socket, sys, threading
listening = socket.socket(fileno=int(sys.argv[1]))
for name in sys.argv[2:]:
    importlib.import_module(name)
gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
asked = None
while asked is None:
    if sys.stdin in select.select([listening, sys.stdin], [], [])[0]:
        os._exit(0)  # all who had it are gone
    heard = listening.accept()[0]
    if os.fork():
        heard.close()
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told, files, _, _ = socket.recv_fds(heard, 1 << 20, 4)
    child = os.fork()
    if child:
        for file in files:
            os.close(file)
        heard.sendall(b"%d " % child)
        heard.sendall(b"%d." % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    asked = json.loads(told)
heard.close()
listening.close()
for place, file in enumerate(files[:3]):
    os.dup2(file, place)
    os.close(file)
if asked["alone"]:
    os.setsid()
os.environ.clear()
os.environ.update(asked["variables"])
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv, sys.dont_write_bytecode = ["-c", *map(str, files[3:]), *asked["arguments"]], True
code = 0
try:
    exec(compile(asked["code"], "<string>", "exec"), {"__name__": "__main__"})
except SystemExit as ended:
    code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    if not isinstance(ended.code, int | None):
        print(ended.code, file=sys.stderr)
except BaseException:
    code = 1
    sys.excepthook(*sys.exc_info())
threading._shutdown()
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)  # as a fork of multiprocessing ends: threads of libraries that it was forked off are not there to end
"""
LIBRARIES = (
    "ncsi.cli.main", "ncsi.stages.validate", "ncsi.stages.field_board", "ncsi.stages.field_progress",
    "ncsi.stages.estimate", "ncsi.stages.nation", "ncsi.stages.publish", "ncsi.stages.indices",
    "ncsi.stages.measuring", "typst", "pyarrow.parquet",
    *(("distributed.cli.dask_scheduler", "distributed.cli.dask_worker") if find_spec("distributed") else ()),
)  # fmt: skip


class Running:
    """A fork at work: what `subprocess.Popen` of a text has, as far as the tests need it."""

    def __init__(self, heard: socket.socket, out: IO[str], errors: IO[str]) -> None:
        self.stdout, self.stderr, self._heard, self._said = out, errors, heard, b""
        self.returncode: int | None = None
        self.pid = int(self._next(b" ", None))

    def _next(self, end: bytes, timeout: float | None) -> bytes:
        while end not in self._said:
            if not select.select([self._heard], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a warm process", timeout or 0.0)
            more = self._heard.recv(100)
            assert more, "the first process is gone"
            self._said += more
        word, _, self._said = self._said.partition(end)
        return word

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, or minus the signal that ended it."""
        if self.returncode is None:
            self.returncode = int(self._next(b".", timeout))
            self._heard.close()
        return self.returncode

    def ended(self) -> bool:
        """Whether it has."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode is not None

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """All that it says until it ends; where that takes longer, it is killed."""
        with ThreadPoolExecutor(2) as side_by_side, self.stdout, self.stderr:
            told = side_by_side.map(lambda pipe: pipe.read(), (self.stdout, self.stderr))
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            said, complained = told
        return said, complained

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if not self.ended():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class WarmPython:
    """Runs code as `python -c` would, without the wait for its imports; `folder`: that of a first process."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "warm")

    def start(
        self, code: str, *arguments: str, env: Mapping[str, str] | None = None,
        start_new_session: bool = False, quiet: bool = False, stdin: int | None = None, listening: Sequence[int] = (),
    ) -> Running:  # fmt: skip
        """Begin it; what it says comes by pipes, or goes nowhere where it is `quiet`. `listening`: a socket that it has
        too, by a number that is its first argument."""
        (said, out), (complained, errors) = os.pipe(), os.pipe()
        variables = dict(os.environ if env is None else env)
        told = {"code": code, "arguments": arguments, "alone": start_new_session, "variables": variables}
        heard = socket.socket(socket.AF_UNIX)
        heard.connect(self._address)
        with Path(os.devnull).open("r+b") as nothing:
            read = nothing.fileno() if stdin is None else stdin
            files = [read, *([nothing.fileno()] * 2 if quiet else [out, errors]), *listening]
            socket.send_fds(heard, [json.dumps(told).encode()], files)
        for sent in (out, errors):
            os.close(sent)
        return Running(heard, os.fdopen(said, encoding="utf-8"), os.fdopen(complained, encoding="utf-8"))

    def run(
        self, code: str, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 1200.0
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        running = self.start(code, *arguments, env=env)
        told = running.communicate(timeout)
        return subprocess.CompletedProcess(["python"], running.wait(), *told)


@contextmanager
def shared(
    place: Path,
    off: WarmPython | None = None,
    more: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> Iterator[WarmPython]:
    """That of the first process that `place` tells of, begun by whoever asks first; it ends with the last who has it,
    forks of it live on. `off`: what it is a fork of; `more`: modules that it imports then, which may read `variables`
    of the environment."""
    lock, told = FileLock(place.with_suffix(".lock")), place.with_suffix(".json")
    with lock:
        folder, first, users = json.loads(told.read_text()) if told.exists() else (None, 0, 0)
        began, held = None, _held(Path(folder)) if folder else None
        if held is None:
            folder, users = tempfile.mkdtemp(), 0  # whose path is short enough for a socket
            began, held = _begun(Path(folder), off, more, variables or {})
            first = began.pid
        told.write_text(json.dumps((folder, first, users + 1)))
    try:
        yield WarmPython(Path(folder))
    finally:
        with lock:
            *_, users = json.loads(told.read_text())
            told.write_text(json.dumps((folder, first, users - 1)))
            if users == 1:
                with suppress(ProcessLookupError):
                    os.kill(first, signal.SIGKILL)
                told.unlink()
                shutil.rmtree(folder)
            os.close(held)
        if began is not None:
            began.wait()


def _held(folder: Path) -> int | None:
    """What holds a first process, which ends when nobody does; nothing where it is gone."""
    try:
        return os.open(folder / "held", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def _begun(
    folder: Path, off: WarmPython | None, more: Sequence[str], variables: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes] | Running, int]:
    """A first process, and what holds it."""
    os.mkfifo(folder / "held")
    read = os.open(folder / "held", os.O_RDONLY | os.O_NONBLOCK)
    held = os.open(folder / "held", os.O_WRONLY)
    env = {**os.environ, **variables}
    first: subprocess.Popen[bytes] | Running
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "warm"))
        listening.listen(50)
        door = listening.fileno()
        if off is None:
            command = [sys.executable, "-c", FIRST, str(door), *LIBRARIES, *more]
            first = subprocess.Popen(command, env=env, stdin=read, pass_fds=[door])
        else:
            first = off.start(FIRST, *more, env=env, quiet=True, stdin=read, listening=[door])
    os.close(read)
    return first, held
