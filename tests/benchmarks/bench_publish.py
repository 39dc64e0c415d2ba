"""A national release: 24 sectors, 240 brands, every page, PDF and table; then a diagnosis for each brand.

Run: `python tests/benchmarks/bench_publish.py`, and of files that `ncsi publish --formats` adds those that are to be
measured too (`docx,pptx`). Bounds on 2 cores: 60 s, 60 s more, under 1.5 GB.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from ncsi.engine import Engine, Processes
from ncsi.report import publish_release
from ncsi.report.diagnoses import write_diagnoses
from ncsi.spec import load_sectors
from ncsi.spec.publication import FORMATS
from ncsi.worker_pool import workers

SECTORS, BRANDS = 24, 10
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


class Meter:
    """Maps work over processes and adds up what the workers used."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.cpu, self.peak = engine, 0.0, 0.0
        self.wall, self.own = time.perf_counter(), time.process_time()

    def __call__(self, function: Callable[..., Any], *items: Iterable[Any]) -> Iterator[Any]:
        for result, cpu, peak in self.engine.map(partial(measured, function), *items):
            self.cpu, self.peak = self.cpu + cpu, max(self.peak, peak)
            yield result

    def say(self, what: str) -> None:
        own = time.process_time() - self.own
        wall = time.perf_counter() - self.wall
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + workers() * self.peak
        print(
            f"{what}: {wall:.0f} s; CPU {own:.0f} s here and {self.cpu:.0f} s in the workers, so at least "
            f"{own + self.cpu / workers():.0f} s on an idle machine (bound 60 s); {memory:.0f} MB (bound 1536)"
        )


def main() -> None:
    helper = invented()
    chosen = tuple(one.id for one in load_sectors().sectors)[:SECTORS]
    helper.N_EFF = dict.fromkeys(chosen, (230.0,) * BRANDS)
    helper.UNBRANDED = ()
    formats = tuple(one for one in FORMATS if one in ",".join(sys.argv[1:]).split(","))
    spec = replace(helper.release_spec(chosen), formats=formats)
    tables = helper.result_tables(spec)
    print(f"{len(chosen)} sectors, {len(chosen) * BRANDS} brands, {workers()} workers")
    with tempfile.TemporaryDirectory() as folder:
        with Processes() as engine:
            meter = Meter(engine)
            release = publish_release(tables, spec, Path(folder) / "release", apply=meter)
            meter.say(f"release of {len(release.files)} files")
        size = sum(path.stat().st_size for path in release.folder.rglob("*") if path.is_file())
        print(f"its size: {size / 2**20:.0f} MB")
        with Processes() as engine:
            meter = Meter(engine)
            made = write_diagnoses(tables, spec, Path(folder) / "private", apply=meter)
            meter.say(f"{len(made.files)} brand diagnoses")


if __name__ == "__main__":
    print(f"{os.cpu_count()} cores")
    main()
