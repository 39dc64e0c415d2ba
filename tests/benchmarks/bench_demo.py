"""The main job as a user runs it: `ncsi demo` in a fresh process, by phase; start-up times.

Phases are wall times by the ledger; processor time and peak memory are of every process of the run, the server of
Prefect and workers included. They are read from /proc: elsewhere only the wall time is told.

Run: `python tests/benchmarks/bench_demo.py [RUNS]`; medians are of that many runs of each engine, one by default. The
ratios last told, of wall time to the bound and of Prefect to the local engine, carry over to other machines best.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

WALL_S, MEMORY_MB, START_S = 75, 3000, 0.4
"""Bounds on two idle cores; memory is of the largest process."""
EVERY_S = 0.5
PROC = Path("/proc")
KINDS = (
    ("resource_tracker", "helper"),
    ("forkserver", "worker"),
    ("own_server", "server"),
    ("read.worker", "reader"),
)
"""What the command line of a process says of its part; the others are the command itself."""


@dataclass
class Process:
    """A process of the run as it was last seen."""

    kind: str
    cpu_s: float = 0.0
    peak_mb: float = 0.0


@dataclass
class Run:
    """What a run took: seconds by phase in their order, its processes by number; sectors estimated, of each wave."""

    wall_s: float = 0.0
    sectors: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    processes: dict[int, Process] = field(default_factory=dict)


def timed(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def bench_start() -> None:
    cli = "from ncsi.cli import main; main(['--help'])"
    for name, code in (("import ncsi", "import ncsi"), ("ncsi --help", cli)):
        seconds = statistics.median(timed(["-c", code]) for _ in range(5))
        print(f"{name}: median of 5 {seconds:.2f} s (bound {START_S} s)")


def watched(folder: Path, engine: str) -> Run:
    """Run the demo into `folder` and look at its processes now and then."""
    code = f"from ncsi.cli import main; main(['demo', '--out', {str(folder)!r}, '--engine', '{engine}'])"
    run, start, began = Run(), time.perf_counter(), datetime.now().astimezone()
    demo = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while demo.poll() is None:
        look(demo.pid, run.processes)
        time.sleep(EVERY_S)
    if demo.returncode:
        raise SystemExit(f"ncsi demo --engine {engine} failed")
    run.wall_s = time.perf_counter() - start
    ledger = folder / "runs" / "ledger.jsonl"
    run.phases, run.sectors = phases(ledger, began), sectors(ledger)
    return run


def sectors(ledger: Path) -> int:
    """Sectors estimated, each once a wave."""
    events = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    estimates = {(one["wave"], one.get("sector")) for one in events if one["job"] == "estimate"}
    return sum(bool(sector) for _, sector in estimates)


def look(session: int, seen: dict[int, Process]) -> None:
    """Bring the processes of a session up to date."""
    for place in PROC.iterdir() if PROC.is_dir() else ():
        if not place.name.isdecimal():
            continue
        try:
            numbers = (place / "stat").read_text().rpartition(")")[2].split()
            if int(numbers[3]) != session:
                continue
            status = (place / "status").read_text()
            one = seen.setdefault(int(place.name), Process(kind_of((place / "cmdline").read_text())))
        except (FileNotFoundError, ProcessLookupError):
            continue
        one.cpu_s = (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")
        one.peak_mb = max(
            one.peak_mb,
            *(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")),
            0.0,
        )


def kind_of(command: str) -> str:
    return next((kind for part, kind in KINDS if part in command), "command")


def phases(ledger: Path, began: datetime) -> dict[str, float]:
    """Seconds from the first START to the last end of each job of each wave, after what comes before them all."""
    spans: dict[str, list[datetime]] = defaultdict(list)
    for line in ledger.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        nation = event["job"] == "estimate" and event.get("sector") == ""
        name = f"{event['wave']} {'nation' if nation else event['job']}"
        spans[name].append(datetime.fromisoformat(event["time"]))
    first = min(at for times in spans.values() for at in times)
    made = {"imports, exports": (first - began).total_seconds()}
    return made | {name: (max(times) - min(times)).total_seconds() for name, times in spans.items()}


def bench_demo(engine: str, runs: int) -> tuple[float, float]:
    """Print what runs took; median seconds of wall time and of processor."""
    done = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            done.append(watched(Path(folder), engine))
    wall = statistics.median(one.wall_s for one in done)
    print(f"ncsi demo --engine {engine}: median of {runs} {wall:.0f} s (bound {WALL_S} s)")
    for name in done[0].phases:
        print(f"  {name:<18} {statistics.median(one.phases[name] for one in done):6.1f} s")
    kinds = dict.fromkeys(process.kind for one in done for process in one.processes.values())
    for kind in kinds:
        own = [[process for process in one.processes.values() if process.kind == kind] for one in done]
        cpu = statistics.median(sum(process.cpu_s for process in each) for each in own)
        peak = max(process.peak_mb for each in own for process in each)
        number = statistics.median(len(each) for each in own)
        print(f"  {kind:<10} {number:3.0f} processes {cpu:6.1f} s of processor, largest {peak:5.0f} MB")
    peak = max((process.peak_mb for one in done for process in one.processes.values()), default=0.0)
    cpu = statistics.median(sum(process.cpu_s for process in one.processes.values()) for one in done)
    print(f"  together {cpu:.0f} s of processor; largest process {peak:.0f} MB (bound {MEMORY_MB} MB)")
    each = cpu / max(done[0].sectors, 1)
    print(f"  {each:.2f} s of processor a sector and wave; wall time {wall / WALL_S:.2f} of its bound")
    return wall, cpu


if __name__ == "__main__":
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{os.cpu_count()} cores, load before {load:.1f}")
    bench_start()
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with_prefect, alone = (bench_demo(engine, runs) for engine in ("prefect", "local"))
    ratios = [a / b for a, b in zip(with_prefect, alone, strict=True) if b]
    print("prefect to local, of wall time and of processor: " + ", ".join(f"{one:.2f}" for one in ratios))
