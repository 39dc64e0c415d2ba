"""Speed and memory of the model: `python tests/benchmarks/bench_model.py [NAME ...]`.

Each case runs in a process of its own with one BLAS thread, so that its peak memory is its own; figures are
medians of 5 (1 for the largest). `floor` counts the arithmetic that cannot be left out of a bootstrap: replicate
counts times item cross-products, 2·R·n·q flops with q = p(p+3)/2, at the speed the same machine reaches on one
large matrix product.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd

import ncsi
from ncsi.model.cbsem import fit_cbsem
from ncsi.model.moments.em import em_moments
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TABLES
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.infinitesimal import infinitesimal_jackknife
from ncsi.model.resampling.replicates import FRAMES
from ncsi.model.resampling.subsamples import construct_items, score_block
from ncsi.model.resampling.totals import Totals
from ncsi.spec import Instrument

REPLICATES = 5000
SEMINR_S = {"boot_250x24": 158.0}
"""As recorded for this shape on two cores of this class; R is not run here, so the ratio is indicative."""

LIMITS_S = {
    "one_fit": 0.002,
    "fit_pls_250x24": 0.002,
    "fit_pls_250x24_tables": 0.006,
    "cbsem_250x24": 0.12,
    "cbsem_robust_20000x20": 0.5,
    "boot_250x24": 0.06,
    "boot_250x24_frames": 0.09,
    "boot_1000x20": 0.5,
    "boot_1000x20_missing": 2.0,
    "boot_100000x20": 6.0,
    "jackknife_100000x20": 0.6,
    "subgroups_75000": 0.05,
    "em_10000x20": 0.3,
    "ranks_100": 0.5,
}


def survey(inst: Instrument, n: int, missing: float = 0.0, groups: int = 10) -> pd.DataFrame:
    """Answers from one common factor and one a construct, skewed towards satisfied."""
    rng = np.random.default_rng(1)
    common, columns = rng.standard_normal(n), {}
    for construct in inst.constructs:
        factor = 0.75 * common + 0.66 * rng.standard_normal(n)
        for item in construct.items:
            low, high = item.scale.min, item.scale.max
            answer = 0.7 + 0.2 * (0.8 * factor + 0.6 * rng.standard_normal(n))
            columns[item.id] = np.clip(np.round(low + (high - low) * answer), low, high)
    frame = pd.DataFrame(columns)
    if missing:
        frame = frame.mask(rng.random(frame.shape) < missing)
    return frame.assign(brand=rng.integers(0, groups, n))


def one_fit() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    moments, layout = ncsi.fit_pls(survey(inst, 1000), inst).moments, layout_of(inst)
    R = (moments.cov / np.outer(moments.sd, moments.sd))[:, :, None]
    return lambda: kernel.structural(kernel.solve(R, layout, kernel.SCHEMES["path"], 1e-10).phi, layout)


def fit_pls() -> Callable[[], object]:
    inst = ncsi.load_instrument("ecsi")
    answers = survey(inst, 250)
    return lambda: ncsi.model.fit_pls(answers, inst)


def with_all(call: Callable[[], object], names: tuple[str, ...]) -> Callable[[], object]:
    """What it gives, and each of these of it, which are made when they are looked at."""

    def run() -> object:
        made = call()
        return [getattr(made, name) for name in names]

    return run


def cbsem(preset: str, n: int, robust: bool) -> Callable[[], object]:
    inst = ncsi.load_instrument(preset)
    answers = survey(inst, n)
    return lambda: fit_cbsem(answers, inst, robust=robust)


def subgroups() -> Callable[[], object]:
    """Subgroups of four dimensions under one batch of 64 replicates."""
    inst, rng = ncsi.load_instrument("ccsi"), np.random.default_rng(2)
    fit = ncsi.model.fit_pls(survey(inst, 75_000), inst, by="brand")
    composites = construct_items(fit)
    scores = row_scores(fit.sample.X, fit.outer, composites)
    codes = [rng.integers(0, size, len(scores)) for size in (4, 5, 2, 4)]
    cells = [np.flatnonzero(code == k) for code in codes for k in range(code.max() + 1)]
    totals = Totals.of(fit, [score_block(fit, composites, scores, one) for one in cells])
    W = rng.uniform(0.0, 2.0, (64, len(scores)))
    return lambda: totals.under(W)


def boot(preset: str, n: int, by: str | None, missing: float = 0.0) -> Callable[[], object]:
    inst = ncsi.load_instrument(preset)
    fit = ncsi.fit_pls(survey(inst, n, missing), inst, by=by)
    return lambda: ncsi.bootstrap(fit, replicates=REPLICATES)


def jackknife() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    fit = ncsi.fit_pls(survey(inst, 100_000), inst, by="brand")
    return lambda: infinitesimal_jackknife(fit)


def em() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    X = survey(inst, 10_000, missing=0.05)[list(inst.item_ids)].to_numpy()
    return lambda: em_moments(X, np.ones(len(X)))


def ranks() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    replicates = ncsi.bootstrap(ncsi.fit_pls(survey(inst, 10_000, groups=100), inst, by="brand"), REPLICATES)
    return lambda: ncsi.rank_sets(replicates)


CASES: dict[str, Callable[[], Callable[[], object]]] = {
    "one_fit": one_fit,
    "fit_pls_250x24": fit_pls,
    "fit_pls_250x24_tables": lambda: with_all(fit_pls(), TABLES),
    "cbsem_250x24": lambda: cbsem("ecsi", 250, robust=False),
    "cbsem_robust_20000x20": lambda: cbsem("ccsi", 20_000, robust=True),
    "boot_250x24": lambda: boot("ecsi", 250, None),
    "boot_250x24_frames": lambda: with_all(boot("ecsi", 250, None), FRAMES),
    "boot_1000x20": lambda: boot("ccsi", 1000, "brand"),
    "boot_1000x20_missing": lambda: boot("ccsi", 1000, "brand", 0.05),
    "boot_100000x20": lambda: boot("ccsi", 100_000, "brand"),
    "jackknife_100000x20": jackknife,
    "subgroups_75000": subgroups,
    "em_10000x20": em,
    "ranks_100": ranks,
}
SHAPES = {"boot_250x24": (250, 24), "boot_1000x20": (1000, 20), "boot_100000x20": (100_000, 20)}


def measure(name: str) -> dict[str, float | str]:
    run = CASES[name]()
    run()
    wall, cpu = [], []
    for _ in range(1 if name == "boot_100000x20" else 5):
        start, start_cpu = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row: dict[str, float | str] = {
        "case": name, "wall_s": median(wall), "cpu_s": median(cpu), "limit_s": LIMITS_S[name], "peak_mb": peak,
    }  # fmt: skip
    if name in SHAPES:
        n, p = SHAPES[name]
        row["floor_s"] = 2.0 * REPLICATES * n * p * (p + 3) / 2 / _flops_per_second()
    if name in SEMINR_S:
        row["times_faster_than_seminr"] = SEMINR_S[name] / median(wall)
    return row


def _flops_per_second(size: int = 1500) -> float:
    A = np.random.default_rng(1).standard_normal((size, size))
    took = []
    for _ in range(3):
        start = time.perf_counter()
        A @ A
        took.append(time.perf_counter() - start)
    return 2.0 * size**3 / min(took)


def main() -> None:
    """Run the named cases (all by default), each in its own process, and print a table."""
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        print(json.dumps(measure(sys.argv[2])))
        return
    rows = []
    for name in sys.argv[1:] or CASES:
        command = [sys.executable, __file__, "--one", name]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        )
        rows.append(json.loads(done.stdout))
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda x: f"{x:.4g}", na_rep=""))


if __name__ == "__main__":
    main()
