"""The numeric tests under every kind of processor that this one can stand in for: `make processors`.

OpenBLAS picks its kernels by processor, and kernels round differently; no published figure, verdict or message may.
The kind that the suite itself runs under is left out, and so are two kinds that get the same kernels.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
KIND = "OPENBLAS_CORETYPE"
NEEDS = {
    "Prescott": {"pni"},
    "Haswell": {"avx2", "fma"},
    "Zen": {"avx2", "fma"},
    "SkylakeX": {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"},
}
"""What each kind's kernels ask of the processor, as Linux names it."""
PROBE = """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info
print(*sorted({str(one.get("architecture")) for one in threadpool_info() if one["user_api"] == "blas"}))
"""


def main(arguments: list[str]) -> int:
    """Run `pytest -m numeric` under each kind; `arguments` go to pytest. Returns the number of kinds that failed."""
    chosen = os.environ.get(KIND)
    if chosen:
        print(
            f"{KIND} is {chosen}, as this machine sets it: the suite itself runs under it, no other is tried"
        )
        return 0
    kinds = distinct_kinds(flags(Path("/proc/cpuinfo")))
    if not kinds:
        print(f"no other kind of processor to try on this one ({platform.machine()}, {platform.system()})")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lambda kind: not passes(kind, kinds[kind], arguments), kinds))


def flags(cpuinfo: Path) -> set[str]:
    """The features of an x86 processor; none where Linux does not tell."""
    if not cpuinfo.is_file():
        return set()
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), []))


def distinct_kinds(has: set[str]) -> dict[str, str]:
    """Kinds that this processor can run and that get other kernels than the suite does: kind, kernels."""
    seen, kinds = {kernels(None)}, {}
    for kind, needs in NEEDS.items():
        if needs <= has and (name := kernels(kind)) not in seen:
            seen.add(name)
            kinds[kind] = name
    return kinds


def kernels(kind: str | None) -> str:
    """What OpenBLAS calls the kernels that it uses for that kind."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=_environment(kind), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def passes(kind: str, name: str, arguments: list[str]) -> bool:
    """Whether the numeric tests pass under that kind; says so, and shows pytest's report when they do not."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "numeric and not slow", *_numeric(), *arguments]
    begun = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(kind), capture_output=True, text=True, check=False
    )
    last = (done.stdout.strip().splitlines() or ["pytest said nothing"])[-1]
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
    verdict = "FAILED" if done.returncode else "ok"
    print(
        f"{kind} ({name} kernels): {verdict}, {last.strip(' =')}; {time.monotonic() - begun:.0f} s",
        flush=True,
    )
    return done.returncode == 0


def _numeric() -> list[str]:
    """Where the numeric tests lie; pytest then need not read the others."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [path for path in settings["tool"]["pytest"]["ini_options"]["numeric"] if (ROOT / path).exists()]


def _environment(kind: str | None) -> dict[str, str]:
    return os.environ | {"OPENBLAS_NUM_THREADS": "1"} | ({KIND: kind} if kind else {})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
