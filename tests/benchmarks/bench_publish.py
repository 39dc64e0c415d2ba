"""A national release: 24 sectors, 240 brands, every page, PDF and table; then a diagnosis for each brand.

Run: `python tests/benchmarks/bench_publish.py`, with `--formats` of those files that `ncsi publish --formats` adds and
that are to be measured too (`docx,pptx`, or `all`). Bounds of each on 2 idle cores: 45 s, or with formats 120 s of
processor time, which other work on the machine stretches little; 1 GB; beyond one it ends with 1. Memory is the peak of
all processes together, what they share counted once (their PSS, which Linux tells).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Thread
from types import ModuleType
from typing import Any

from ncsi import clean_process
from ncsi.engine import Engine, Processes
from ncsi.report import publish_release
from ncsi.report.diagnoses import write_diagnoses
from ncsi.spec import load_sectors
from ncsi.spec.publication import FORMATS, Format
from ncsi.worker_pool import workers

SECTORS, BRANDS = 24, 10
MOST_SECONDS, MOST_CPU, MOST_MB = 45, 120, 1024
EVERY_S = 0.2
PROC = Path("/proc")
HELPER = Path(__file__).parents[1] / "unit" / "report" / "release_tables" / "__init__.py"


def invented() -> ModuleType:
    """The helper of the tests that invents result tables."""
    spec = importlib.util.spec_from_file_location("release_tables", HELPER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["release_tables"] = module
    spec.loader.exec_module(module)
    return module


def measured(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float, float]:
    """What a job comes to, its CPU seconds, and its worker's peak memory in MB."""
    before = time.process_time()
    result = function(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result, time.process_time() - before, peak


def family() -> dict[int, int]:
    """This process and those that descend from it, by their ids, each with how far down it stands."""
    parents = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
    found = {os.getpid(): 0}
    while new := {
        one: found[parent] + 1 for one, parent in parents.items() if parent in found and one not in found
    }:
        found |= new
    return found


def proportional_mb(process: int) -> float:
    """A process's proportional set size in MB: of a page that k processes share, a k-th."""
    try:
        told = (PROC / str(process) / "smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0.0
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / 1024


class Memory(Thread):
    """Looks several times a second at what this process and its descendants take together, and keeps the peak."""

    ROLES = "here", "clean process", "workers"

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended, self.peak, self.parts = Event(), 0.0, Counter[str]()

    @staticmethod
    def known() -> bool:
        """Whether this system tells it."""
        return (PROC / "self" / "smaps_rollup").exists()

    def run(self) -> None:
        while not self.ended.wait(EVERY_S):
            parts = Counter[str]()
            for process, depth in family().items():
                parts[self.ROLES[min(depth, 2)]] += proportional_mb(process)
            if parts.total() > self.peak:
                self.peak, self.parts = parts.total(), parts


class Meter:
    """Maps work over processes and adds up what the workers used."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.cpu, self.peak = engine, 0.0, 0.0
        self.wall, self.own = time.perf_counter(), time.process_time()
        self.memory = Memory()
        if self.memory.known():
            self.memory.start()

    def __call__(self, function: Callable[..., Any], *items: Iterable[Any]) -> Iterator[Any]:
        for result, cpu, peak in self.engine.map(partial(measured, function), *items):
            self.cpu, self.peak = self.cpu + cpu, max(self.peak, peak)
            yield result

    def held(self, what: str, with_formats: bool = False) -> bool:
        """Whether both bounds held, that of processor time `with_formats`, and says what was measured."""
        own = time.process_time() - self.own
        wall = time.perf_counter() - self.wall
        memory, told = self._memory()
        bound = f"bound {MOST_CPU} of CPU" if with_formats else f"bound {MOST_SECONDS}"
        print(
            f"{what}: {wall:.0f} s ({bound}); CPU {own:.0f} s here and {self.cpu:.0f} s in the workers, "
            f"so at least {own + self.cpu / workers():.0f} s on an idle machine; {memory:.0f} MB (bound {MOST_MB}): "
            f"{told}"
        )
        in_time = own + self.cpu <= MOST_CPU if with_formats else wall <= MOST_SECONDS
        return in_time and memory <= MOST_MB

    def _memory(self) -> tuple[float, str]:
        """The peak in MB, and what it is of."""
        if self.memory.known():
            self.memory.ended.set()
            self.memory.join()
            return self.memory.peak, ", ".join(f"{mb:.0f} {role}" for role, mb in self.memory.parts.items())
        here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return here + workers() * self.peak, "resident sizes, what processes share counted in each"


def asked_for() -> tuple[Format, ...]:
    """The formats that are measured too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formats", default="", help=f"some of {','.join(FORMATS)}, or all")
    told = parser.parse_args().formats
    chosen = FORMATS if told == "all" else tuple(one for one in told.split(",") if one)
    if unknown := {*chosen} - {*FORMATS}:
        parser.error(f"no such format: {', '.join(sorted(unknown))}")
    return tuple(one for one in FORMATS if one in chosen)


def main() -> int:
    formats = asked_for()
    clean_process.begin(("publish",))
    helper = invented()
    chosen = tuple(one.id for one in load_sectors().sectors)[:SECTORS]
    helper.N_EFF = dict.fromkeys(chosen, (230.0,) * BRANDS)
    helper.UNBRANDED = ()
    spec = replace(helper.release_spec(chosen), formats=formats)
    tables = helper.result_tables(spec)
    print(f"{len(chosen)} sectors, {len(chosen) * BRANDS} brands, {workers()} workers")
    with tempfile.TemporaryDirectory() as folder:
        with Processes() as engine:
            meter = Meter(engine)
            release = publish_release(tables, spec, Path(folder) / "release", apply=meter)
            held = meter.held(f"release of {len(release.files)} files", bool(formats))
        size = sum(path.stat().st_size for path in release.folder.rglob("*") if path.is_file())
        print(f"its size: {size / 2**20:.0f} MB")
        with Processes() as engine:
            meter = Meter(engine)
            made = write_diagnoses(tables, spec, Path(folder) / "private", apply=meter)
            held &= meter.held(f"{len(made.files)} brand diagnoses")
    return 0 if held else 1


if __name__ == "__main__":
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    sys.exit(main())
