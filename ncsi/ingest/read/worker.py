"""A file read by a process of its own, within bounds of memory and time: what breaks is that file's reading.

Parsers of workbooks, statistical files and Parquet are others' code on untrusted bytes. The process is handed a path
and gives back facts as JSON over a pipe of its own, and cells in a temporary file without a name. It is forked off a
worker process that has imported what it needs, else started anew: its imports take longer than most files.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkProcess
from pathlib import Path
from tempfile import TemporaryFile
from types import ModuleType
from typing import IO, Any, BinaryIO, Protocol

import pyarrow as pa

from ncsi.errors import ReadError
from ncsi.ingest.read.blocks import Blocks, InMemory, Spool, Spooled, Told, block_at, told_of
from ncsi.ingest.read.table import Codebook, TextTable

BASE_MEMORY, MEMORY_A_BYTE = 3 * 1024**3, 8
BASE_SECONDS, SECONDS_A_MIB = 120, 2
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ncsi.ingest.read.worker import main; main()"
_NO_MEMORY, _PATIENCE = 12, 5
_PAGES = Path("/proc/self/statm")
"""How much room this process takes, in pages, on Linux."""
_CURE = "It is damaged, hostile or too large: export it again as csv, or split it"


def read_in_worker(path: Path, size: int, sheet: str | None, header_row: int | None = None) -> TextTable:
    """The table of the file, read elsewhere. Raises ReadError as `read_here`, and where it takes too much.

    `size`: bytes of the file, which its bounds grow with.
    """
    memory = BASE_MEMORY + MEMORY_A_BYTE * size
    seconds = BASE_SECONDS + SECONDS_A_MIB * size // 1024**2
    asked = [str(path), str(memory), str(seconds), json.dumps([sheet, header_row])]
    try:
        spool = TemporaryFile(prefix="ncsi-rows-")  # noqa: SIM115 - it lives as long as the table
    except OSError as error:
        raise ReadError(path.name, *_no_room(error)) from error
    with _worker(asked, seconds, spool.fileno()) as (pipe, end):
        try:
            facts = json.loads(pipe.readline())
            if "error" in facts:
                raise ReadError(*facts["error"])
            blocks = _blocks(spool, told_of(facts["blocks"]))
        except (ValueError, pa.ArrowException, OSError, KeyError) as error:
            raise ReadError(path.name, end(memory, seconds), _CURE) from error
    return TextTable(
        facts["name"], facts["sha256"], facts["size"], facts["format"], facts["encoding"], blocks,
        _codebook(facts["codebook"]), facts["sheet"], facts["header_row"], tuple(facts["passed_over"]),
    )  # fmt: skip


def _blocks(spool: IO[bytes], told: Told) -> Blocks:
    """The rows that were written there; of a small file in memory."""
    if len(told.places) > 1:
        return Spooled.of(spool, told)
    with spool:
        return InMemory(block_at(spool, told, 0))


def main() -> None:
    """In the process: read the file named on the command line, and write what came of it to the pipe."""
    import ncsi.ingest.read.file  # noqa: F401 - before there are bounds

    sys.meta_path.insert(0, _WithoutPandas())
    pipe, spool, path, memory, seconds, place = sys.argv[1:]
    _bounded(int(memory), int(seconds))
    _read(int(pipe), int(spool), path, place)


def _read(pipe: int, spool: int, path: str, place: str) -> None:
    from ncsi.ingest.read.file import read_blocks

    with os.fdopen(pipe, "wb") as out, os.fdopen(spool, "wb") as rows:
        written = Spool(rows)
        try:
            sheet, header_row = json.loads(place)
            table = read_blocks(Path(path), sheet, header_row, written.write)
            rows.flush()
        except ReadError as error:
            out.write(json.dumps({"error": [error.where, error.problem, error.cure]}).encode() + b"\n")
            return
        except (MemoryError, pa.ArrowMemoryError):
            sys.exit(_NO_MEMORY)
        except OSError as error:
            out.write(json.dumps({"error": [Path(path).name, *_no_room(error)]}).encode() + b"\n")
            return
        _write(out, table, written)


def _no_room(error: OSError) -> tuple[str, str]:
    problem = f"its rows cannot be kept while it is read ({error.strerror or error})"
    return problem, "Free disk space in the folder for temporary files, or name another one in TMPDIR"


class _WithoutPandas(MetaPathFinder):
    """Arrow imports pandas, where it finds it, to see whether a list is a Series: half of what a reader takes."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


class _Process(Protocol):
    """A reader: of these two kinds of process, what both have."""

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


class _Forked:
    """A forked process, with the methods of one that was started."""

    def __init__(self, process: ForkProcess) -> None:
        self._process = process

    def poll(self) -> int | None:
        self._process.join(0)
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("reader", timeout or 0.0)
        return code

    def kill(self) -> None:
        self._process.kill()


def _started(arguments: list[str], _read: int, write: int, spool: int) -> _Process:
    """A process of its own, which imports what it needs."""
    package = str(Path(__file__).resolve().parents[3])
    quiet = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-c", _START, package, str(write), str(spool), *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        pass_fds=(write, spool), env=quiet,
    )  # fmt: skip


def _forked(arguments: list[str], read: int, write: int, spool: int) -> _Process:
    """The same, forked off this one."""
    process = get_context("fork").Process(target=_in_fork, args=(read, write, spool, *arguments), daemon=True)
    process.start()
    return _Forked(process)


def _in_fork(read: int, write: int, spool: int, path: str, memory: str, seconds: str, place: str) -> None:
    """In the forked process: as `main`; its bounds are beyond what was there when it was forked. It ends with who waits
    for it, who keeps its time."""
    threading.Thread(target=_end_with_worker, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.close(read)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    pa.set_memory_pool(pa.system_memory_pool())
    there = int(_PAGES.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _bounded(int(memory) + there, int(seconds))
    _read(write, spool, path, place)


def _end_with_worker() -> None:
    worker = parent_process()
    if worker is not None:
        worker.join()
        os._exit(1)


def _is_forkable() -> bool:
    """Whether this is one of our workers at its work, whose other threads only wait: one of those of a command may hold
    what a forked process would wait for."""
    alone = threading.current_thread() is threading.main_thread()
    return alone and parent_process() is not None and "ncsi.uncollected" in sys.modules and _PAGES.exists()


@contextmanager
def _worker(arguments: list[str], seconds: int, spool: int) -> Iterator[tuple[BinaryIO, Any]]:
    """The pipe of a process at work, which does not outlive the block; and what to say where it ended early."""
    begin: Callable[[list[str], int, int, int], _Process] = _forked if _is_forkable() else _started
    read, write = os.pipe()
    with os.fdopen(read, "rb") as pipe:
        process = begin(arguments, read, write, spool)
        os.close(write)
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(seconds, stop)
        clock.daemon = True
        clock.start()

        def end(memory: int, seconds: int) -> str:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            code = process.poll()
            if late.is_set():
                return f"reading it took more than {seconds} seconds"
            if code is not None and (code < 0 or code == _NO_MEMORY):
                return (
                    f"reading it breaks off, as where it needs more than {memory / 1024**3:.1f} GiB of memory"
                )
            return "its reader broke off"

        try:
            yield pipe, end
        finally:
            clock.cancel()
            if process.poll() is None:
                process.kill()
            process.wait()


def _bounded(memory: int, seconds: int) -> None:
    """Bounds of this process, where the system has them."""
    try:
        import resource
    except ImportError:  # no such bounds on this system; the clock stays
        return
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (bound, hard))


def _write(out: BinaryIO, table: TextTable, spool: Spool) -> None:
    book = table.codebook
    facts = {
        "name": table.name, "sha256": table.sha256, "size": table.size, "format": table.format,
        "encoding": table.encoding, "sheet": table.sheet, "header_row": table.header_row,
        "passed_over": table.passed_over, "blocks": spool.told(),
        "codebook": [dict(book.texts), {k: dict(v) for k, v in book.labels.items()}, dict(book.missing)],
    }  # fmt: skip
    out.write(json.dumps(facts).encode() + b"\n")


def _codebook(parts: list[Any]) -> Codebook:
    texts, labels, missing = parts
    return Codebook(texts, labels, {column: tuple(codes) for column, codes in missing.items()})
