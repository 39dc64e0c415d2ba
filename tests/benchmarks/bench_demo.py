"""The main job as a user runs it: `ncsi demo` in a fresh process, wall time and peak memory; start-up times.

Run: `python tests/benchmarks/bench_demo.py`.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time


def timed(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - start


def bench_start() -> None:
    cli = "from ncsi.cli import main; main(['--help'])"
    for name, code in (("import ncsi", "import ncsi"), ("ncsi --help", cli)):
        print(
            f"{name}: median of 5 {statistics.median(timed(['-c', code]) for _ in range(5)):.2f} s (bound 0.4 s)"
        )


def bench_demo() -> None:
    for engine in ("prefect", "local"):
        with tempfile.TemporaryDirectory() as folder:
            code = f"from ncsi.cli import main; main(['demo', '--out', {folder!r}, '--engine', '{engine}'])"
            seconds = timed(["-c", code])
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"ncsi demo --engine {engine}: {seconds:.0f} s (bound 120 s), largest process {peak:.0f} MB (bound 3 GB)"
        )


if __name__ == "__main__":
    print(f"{os.cpu_count()} cores")
    bench_start()
    bench_demo()
