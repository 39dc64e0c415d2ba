"""Speed and memory of composite indices: `python tests/benchmarks/bench_composite.py [sensitivity]`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from ncsi.composite import fit_composite, index_scores, structure_of
from ncsi.composite.choices import mean_of
from ncsi.composite.structure import shares
from ncsi.spec import Tree, tree_from


def tree_of(indicators: int, group: int = 5) -> Tree:
    """Three levels: indicators in groups, groups under the root."""
    groups = [f"g{k}" for k in range(-(-indicators // group))]
    rows = [{"code": "index"}, *({"code": code, "parent": "index"} for code in groups)]
    rows += [
        {"code": f"x{k}", "parent": groups[k // group], "lower": 20, "upper": 80} for k in range(indicators)
    ]
    return tree_from(pd.DataFrame(rows))


def data_of(units: int, indicators: int, missing: float) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    x = rng.normal(50, 12, (units, indicators))
    x[rng.random(x.shape) < missing] = np.nan
    return pd.DataFrame(x, columns=[f"x{k}" for k in range(indicators)]).rename("U{}".format)


def timed(name: str, bound: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<64} {seconds:7.2f} s ({bound}), peak so far {peak:.0f} MB")


def runs_with_weight_noise(tree: Tree, units: int, runs: int, form: str, replicates: int = 0) -> None:
    """Runs in blocks, each with its own weights; with `replicates`, each with data of its own too."""
    structure, rng = structure_of(tree), np.random.default_rng(1)
    z = rng.uniform(60, 100, (max(replicates, 1), units, structure.leaves))
    means = (mean_of(form, None),) * (structure.top - 1)
    names = [f"U{k}" for k in range(units)]
    for start in range(0, runs, 64):
        noise = rng.uniform(0.75, 1.25, (min(64, runs - start), len(structure.codes)))
        local = shares(structure.local * noise, structure.children)
        own = z[rng.integers(0, replicates, len(noise))] if replicates else z[0]
        index_scores(own, local, structure, means, names)


def surveyed_tree(indicators: int, groups: int, surveys: int) -> Tree:
    """Indicators between 0 and 100, the first `surveys` of them with sampling error, the others counted."""
    rows = [{"code": "index"}, *({"code": f"g{k}", "parent": "index"} for k in range(groups))]
    rows += [
        {
            "code": f"x{k}", "parent": f"g{k % groups}", "direction": -1 if k % 5 == 0 else 1, "lower": 0,
            "upper": 100, "weight": 1 + k % 3, "se_kind": "survey" if k < surveys else "census",
        }
        for k in range(indicators)
    ]  # fmt: skip
    return tree_from(pd.DataFrame(rows))


def surveyed_data(units: int, indicators: int, surveys: int, missing: float) -> pd.DataFrame:
    """Correlated indicators, some cells missing; standard errors of 1.5."""
    rng = np.random.default_rng(1)
    x = 50 + 10 * rng.normal(size=(units, 1)) + 10 * rng.normal(size=(units, indicators))
    x = np.clip(x, 1, 99)
    x[rng.random(x.shape) < missing] = np.nan
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(indicators)]).rename("U{}".format)
    errors = {f"se_x{k}": 1.5 for k in range(surveys)}
    return frame.assign(**errors, region=[f"r{k % 5}" for k in range(units)])


def sensitivity_of(units: int, indicators: int, surveys: int, missing: float) -> None:
    """Five choices of method, sampling error, filled cells and noisy weights: 1,024 x (d + 2) runs."""
    frame = surveyed_data(units, indicators, surveys, missing)
    tree = surveyed_tree(indicators, 10, surveys)
    fit = fit_composite(frame, tree, to=(1, 100), impute="mean", group="region")
    start = time.process_time()
    ours = fit.sensitivity(
        {
            "impute": ["mean", "group_mean", "row_pillar"],
            "treat": ["none", "winsorise"],
            "normalise": ["fixed", "minmax", ("z", (100, 10)), ("percentile_rank", (1, 100))],
            "weights": ["given", "equal"],
            "aggregate": ["arithmetic", "geometric"],
        },
        replicates=1024 if surveys else None,
        weight_noise=0.25,
        imputation=missing > 0,
    )
    seconds = time.process_time() - start
    print(f"  sensitivity alone, {1024 * (len(ours.indices) + 2):,} runs: {seconds:.2f} s of processor time")


def sensitivities() -> None:
    """The bound of 10 s holds for 300 x 70; that of 1 GB for 3,000 x 200."""
    for case in ((300, 70, 20, 0.0), (300, 70, 70, 0.03), (3000, 200, 0, 0.0)):
        units, indicators, surveys, missing = case
        timed(
            f"sensitivity, {units:,} units x {indicators}, {surveys} surveyed, {missing:.0%} missing",
            "bound 10 s, 1 GB", lambda case=case: sensitivity_of(*case),
        )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:] == ["sensitivity"]:
        sensitivities()
        sys.exit()
    small = tree_of(70)
    for form in ("arithmetic", "geometric"):
        timed(
            f"8,192 runs of weights, 300 units x 70 indicators, {form}", "bound 10 s for all",
            lambda form=form: runs_with_weight_noise(small, 300, 8192, form),
        )  # fmt: skip
    timed(
        "8,192 runs, each with a replicate of the data, arithmetic", "bound 10 s for all",
        lambda: runs_with_weight_noise(small, 300, 8192, "arithmetic", replicates=512),
    )  # fmt: skip
    large, frame = tree_of(200), data_of(3000, 200, 0.02)
    for how in ({}, {"normalise": "minmax", "impute": "em", "treat": "winsorise"}):
        timed(
            f"3,000 units x 200 indicators, {how or 'as declared'}", "bound 1 GB",
            lambda how=how: fit_composite(frame, large, **how),
        )  # fmt: skip
    timed(
        "3,000 units x 200 indicators, copeland", "bound 1 GB",
        lambda: fit_composite(frame, large, aggregate="copeland", impute="mean"),
    )  # fmt: skip
