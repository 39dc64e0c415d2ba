"""How an estimation grows: `python tests/benchmarks/bench_scale.py [ROWS ...] [--keep FOLDER]`.

One sector of 100,000, 400,000 and 1,000,000 responses (or the sizes named; 3000000 and 10000000 as disk and memory
allow): 22 questions and more, 10 brands, subgroups of four dimensions, one answer in forty missing, weights raked,
1,000 replicates. Each size is estimated in a process of its own, from the store and back into it. Told are processor
seconds and peak memory by stage, the exponent at which each grows from one size to the next, and what a plain scan of
the same Parquet files takes. `--keep` makes the stores in a folder that stays, and uses those that are there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from ncsi.simulate import write_workspace
from ncsi.spec import open_workspace, spec_sha256
from ncsi.spec.plan import WavePlan, load_plan
from ncsi.store import Partition, SourceCard, Store

DATABASE = "ncsi.duckdb"
SECTOR, WAVE = "air_conditioners", "2025Q1"
SIZES = (100_000, 400_000, 1_000_000)
PART = 125_000
"""Responses of a file."""
MISSING = 0.025
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
STAGES = {
    "read": ("ncsi.stages.estimate", "_Stored.of"),
    "quality": ("ncsi.results.sector", "assessed"),
    "weights": ("ncsi.results.sector", "weighed_responses"),
    "fit": ("ncsi.results.sector", "fit_weighed"),
    "totals": ("ncsi.results.sector", "requested_totals_of"),
    "bootstrap": ("ncsi.results.sector", "replicates_of"),
    "gate": ("ncsi.results.sector", "gate"),
    "tables of the model": ("ncsi.results.sector", "_of_the_model"),
    "covariance model": ("ncsi.results.sector", "_covariance_model"),
    "errors checked": ("ncsi.results.sector", "_errors_checked"),
    "tables of weighting": ("ncsi.results.sector", "weighting_tables"),
    "tables of quality": ("ncsi.results.sector", "quality_tables"),
    "public version": ("ncsi.stages.estimate", "against_public"),
    "lineage": ("ncsi.stages.estimate", "lineage"),
    "as declared": ("ncsi.stages.estimate", "sector_tables"),
}


def plan_in(root: Path) -> WavePlan:
    return load_plan(open_workspace(root), WAVE)


def filled(root: Path, rows: int) -> None:
    """A workspace whose one sector has so many responses: those of a demo, drawn again, with answers missing anew."""
    from ncsi.stages.collect import collect_file
    from ncsi.stages.source_files import sources_of

    write_workspace(root / "seed", sectors=(SECTOR,), waves=(WAVE,))
    seed = plan_in(root / "seed")
    for source in sources_of(seed.workspace, WAVE):
        collect_file(seed, source)
    real = Store.open(seed.workspace.warehouse).responses(WAVE, SECTOR)
    write_workspace(root, sectors=(SECTOR,), waves=(WAVE,), respondents=30)
    plan = plan_in(root)
    store, rng = Store.open(plan.workspace.warehouse, create=True), np.random.default_rng(1)
    for start in range(0, rows, PART):
        _add(store, plan, drawn(real, min(PART, rows - start), rng), start)
    shutil.copy(root / "warehouse" / DATABASE, root / DATABASE)


def drawn(real: pd.DataFrame, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Responses drawn from real ones: new pseudonyms and rows, answers moved a little, others missing."""
    frame = real.iloc[rng.integers(0, len(real), rows)].reset_index(drop=True)
    items = [name for name in frame if f"{name}_missing" in frame]
    for item in items:
        known = real[item].dropna().to_numpy(dtype=np.int16)
        answers = frame[item].fillna(int(np.median(known))).to_numpy(dtype=np.int16)
        moved = np.clip(answers + rng.choice([-1, 0, 0, 0, 1], rows), known.min(), known.max())
        lost = rng.random(rows) < MISSING
        frame[item] = pd.array(moved, dtype="Int16")
        frame.loc[lost, item] = pd.NA
        frame[f"{item}_missing"] = pd.Series(np.where(lost, "dont_know", None), dtype="str")
    frame["respondent"] = [rng.bytes(16).hex() for _ in range(rows)]
    frame["weight_base"] = rng.uniform(0.5, 2.0, rows)
    frame["source_row"] = np.arange(2, rows + 2)
    return frame


def _add(store: Store, plan: WavePlan, rows: pd.DataFrame, start: int) -> None:
    sha256 = hashlib.sha256(str(start).encode()).hexdigest()
    instrument = plan.instruments[SECTOR]
    card = SourceCard(WAVE, sha256, f"{start}.parquet", "parquet", None, "plain", None, len(rows), len(rows))
    part = Partition(SECTOR, instrument.id, instrument.version, spec_sha256(instrument),
                     rows.assign(source_sha256=sha256), instrument.model_dump_json(by_alias=True))  # fmt: skip
    store.add_source(card, [part], pd.DataFrame(columns=["source_row", "sector", "column", "rule", "value_class",
                                                         "reason_zh", "reason_en"]))  # fmt: skip


def peak_mb() -> float:
    """Peak memory of this process since it was cleared last, in MB."""
    return int(STATUS.read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e6


class Meter:
    """Seconds of processor and peak memory by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, float] = {}

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            CLEAR.write_text("5")
            begin = time.process_time()
            try:
                return function(*given, **named)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - begin
                self.peaks[name] = max(self.peaks.get(name, 0.0), peak_mb())

        return run

    def watch(self) -> None:
        """Time the stages by their names from now on."""
        for name, (module, path) in STAGES.items():
            *owner, last = path.split(".")
            holder: Any = sys.modules[module]
            for one in owner:
                holder = getattr(holder, one)
            setattr(holder, last, self.timed(name, getattr(holder, last)))


def estimated(root: Path) -> dict[str, Any]:
    """Estimate the sector, store what it came to, and tell what it took."""
    from threadpoolctl import threadpool_limits

    from ncsi.stages import estimate, estimated_sectors

    shutil.copy(root / DATABASE, root / "warehouse" / DATABASE)  # as it was before any estimation
    plan, meter = plan_in(root), Meter()
    store = Store.open(plan.workspace.warehouse)
    start = peak_mb()
    meter.watch()

    def whole() -> Any:
        results = meter.timed("all of it", estimate.estimate_sector)(store, plan, SECTOR, "bench")
        stored = meter.timed("rows stored", estimated_sectors.store_rows)(store, results)
        meter.timed("results stored", estimated_sectors.store_results)(store, WAVE, [stored])
        return results.outcome

    begin = time.process_time()
    with threadpool_limits(limits=1, user_api="blas"):
        outcome = whole()
    if outcome.problem:
        raise SystemExit(outcome.problem)
    seconds = meter.seconds | {"in all": time.process_time() - begin}
    named = sum(meter.seconds.get(name, 0.0) for name in STAGES)
    seconds["else"] = seconds.pop("all of it") - named
    peaks = meter.peaks | {"in all": max(meter.peaks.values())}
    peaks.pop("all of it")
    return {"seconds": seconds, "peaks": peaks, "libraries_mb": start, "index": outcome.index_0_100}


def scanned(root: Path) -> float:
    """Seconds that reading every column of the parts takes, a row group at a time."""
    begin = time.process_time()
    for path in sorted((root / "warehouse").rglob("*.parquet")):
        file = pq.ParquetFile(path)
        for group in range(file.num_row_groups):
            file.read_row_group(group)
    return time.process_time() - begin


def measured(root: Path, rows: int) -> dict[str, Any]:
    if not (root / "ncsi.yaml").exists():
        root.mkdir(parents=True)
        subprocess.run([sys.executable, __file__, "--fill", str(root), str(rows)], check=True)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    found = []
    for what in ("--scan", "--one"):
        command = [sys.executable, __file__, what, str(root), str(rows)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        found.append(json.loads(done.stdout))
    return {**found[1], "scan": found[0]}


def told(sizes: list[int], found: list[dict[str, Any]]) -> Iterator[str]:
    """Lines of the table: by stage seconds, exponents from size to size, and peak memory."""
    exponents = [f"exp {a // 1000:,}-{b // 1000:,} k" for a, b in pairwise(sizes)]
    head = ["stage", *(f"{n:,}" for n in sizes), *exponents, *(f"MB {n:,}" for n in sizes)]
    yield " | ".join(head)
    scan = [{"scan of the parts": one["scan"]} for one in found]
    for name in [*STAGES, "else", "rows stored", "results stored", "in all", "scan of the parts"]:
        took = [({**one["seconds"], **more})[name] for one, more in zip(found, scan, strict=True)]
        grown = [
            f"{np.log(took[k + 1] / took[k]) / np.log(sizes[k + 1] / sizes[k]):.2f}"
            if took[k] > 0.01
            else "-"
            for k in range(len(sizes) - 1)
        ]
        peaks = [f"{one['peaks'][name]:.0f}" if name in one["peaks"] else "" for one in found]
        yield " | ".join([name, *(f"{one:.2f}" for one in took), *grown, *peaks])
    yield f"libraries: {found[0]['libraries_mb']:.0f} MB; indices {[round(one['index'], 3) for one in found]}"


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("rows", nargs="*", type=int, default=list(SIZES))
    given.add_argument("--keep", type=Path)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = asked.keep or Path(name)
        found = [measured(folder / str(rows), rows) for rows in asked.rows]
    print("\n".join(told(asked.rows, found)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(estimated(Path(sys.argv[2]))))
    elif sys.argv[1:2] == ["--scan"]:
        print(json.dumps(scanned(Path(sys.argv[2]))))
    elif sys.argv[1:2] == ["--fill"]:
        filled(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
