"""The same analysis by us and by peers: `python tests/benchmarks/bench_peers.py [TASK ...]`, a table in Markdown.

Peers that can be imported are run here, beside us, one after the other, each in a process of its own with one BLAS
thread and one process for its own bootstrap: `pip install --no-deps openpls-engine` (no dependency of ours; semopy is).
Of those in R, docs/benchmarks.md tells what was recorded and where. Where a peer takes long it is asked for fewer
replicates, and its time is told for as many as ours: `scaled`. `apart` is the largest difference of a path coefficient
from ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bench_model import survey

import ncsi
from ncsi.spec import Instrument

GOLDEN = Path(__file__).parents[1] / "golden"
Run = Callable[[], Any]


def ecsi() -> tuple[pd.DataFrame, Instrument]:
    """250 rows of 24 items: the shape of the peers' own example."""
    inst = ncsi.load_instrument("ecsi")
    return survey(inst, 250).drop(columns="brand"), inst


def two_groups() -> tuple[pd.DataFrame, Instrument]:
    """600 rows of 20 items, in two segments."""
    return pd.read_csv(GOLDEN / "analyst" / "bench.csv"), ncsi.load_instrument("ccsi")


def peer_fit(library: str, df: pd.DataFrame, inst: Instrument, **options: Any) -> Any:
    """The instrument fitted by a peer."""
    config, scheme, fit = peer_config(library, inst)
    items = df[list(inst.item_ids)].astype(float)
    return fit(items, config, scheme.PATH, tolerance=1e-10, iterations=300, **options)


def peer_config(library: str, inst: Instrument) -> tuple[Any, Any, Any]:
    """Model, schemes and the class that fits, of a peer."""
    c, modes = import_module(f"{library}.config"), import_module(f"{library}.mode")
    structure = c.Structure()
    for path in inst.paths:
        structure.add_path([path.source], [path.target])
    config = c.Config(structure.path(), scaled=True)
    for one in inst.constructs:
        config.add_lv(one.id, modes.Mode.A, *[c.MV(item.id) for item in one.items])
    return config, import_module(f"{library}.scheme").Scheme, import_module(f"{library}.plspm").Plspm


def peer(name: str) -> Any:
    """A class of openpls by module and name: no import of a library that nothing here depends on."""
    module, _, one = name.rpartition(".")
    return getattr(import_module(f"openpls.{module}"), one)


def fit_of(tool: str) -> tuple[Run, float]:
    df, inst = ecsi()
    if tool == "ncsi":
        return (lambda: ncsi.fit_pls(df, inst)), 1
    return (lambda: peer_fit(tool, df, inst)), 1


def bootstrap_of(tool: str) -> tuple[Run, float]:
    df, inst = ecsi()
    if tool == "ncsi":
        fit = ncsi.fit_pls(df, inst)
        return (lambda: ncsi.bootstrap(fit, replicates=5000)), 1
    count = 100
    options = {"bootstrap": True, "bootstrap_iterations": count, "processes": 1}
    return (lambda: peer_fit(tool, df, inst, **options)), 5000 / count


def micom_of(tool: str) -> tuple[Run, float]:
    df, inst = two_groups()
    if tool == "ncsi":
        return (lambda: ncsi.micom(df, inst, group="segment", permutations=1000)), 1
    spec, micom = peer("mga.GroupSpec"), peer("micom.MICOM")
    config, scheme, _ = peer_config(tool, inst)
    groups = [spec(name=one, values=[one]) for one in ("A", "B")]
    return (
        lambda: micom(df, config, "segment", *groups, scheme=scheme.PATH, iterations=50).summary()
    ), 1000 / 50


def cvpat_of(tool: str) -> tuple[Run, float]:
    df, inst = ecsi()
    if tool == "ncsi":
        fit = ncsi.fit_pls(df, inst)
        return (lambda: ncsi.cvpat(fit, repetitions=10)), 1
    test = peer("cvpat.CVPAT")
    config, scheme, _ = peer_config(tool, inst)
    return (lambda: test(config, df, scheme.PATH, benchmark="LM", k=10, repeats=1).overall()), 10


def prediction_of(tool: str) -> tuple[Run, float]:
    df, inst = ecsi()
    if tool == "ncsi":
        return (lambda: ncsi.predict(df, inst, folds=10)), 1
    predicted = peer("predict.PLSPredict")
    config, scheme, _ = peer_config(tool, inst)
    return (lambda: predicted(config, df, scheme.PATH, k=10).metrics()), 1


def groups_of(tool: str) -> tuple[Run, float]:
    df, inst = two_groups()
    if tool == "ncsi":
        return (lambda: ncsi.compare_groups(df, inst, "segment", "permutation", replicates=1000)), 1
    spec, compared = peer("mga.GroupSpec"), peer("mga.MGA")
    config, scheme, _ = peer_config(tool, inst)
    groups = [spec(name=one, values=[one]) for one in ("A", "B")]
    return (
        lambda: compared(df, config, "segment", groups, scheme.PATH, iterations=50).comparisons()
    ), 1000 / 50


def mixture_of(tool: str) -> tuple[Run, float]:
    df, inst = two_groups()
    if tool == "ncsi":
        fit = ncsi.fit_pls(df, inst)
        return (lambda: ncsi.segments(fit, k=[2], starts=10, simulations=0)), 1
    mixture = peer("fimix.FIMIX")
    fit = peer_fit(tool, df, inst)
    return (lambda: mixture(fit, 2, n_restarts=10).fit_criteria()), 1


def covariance_of(tool: str) -> tuple[Run, float]:
    df, inst = ecsi()
    if tool == "ncsi":
        return (lambda: ncsi.fit_cbsem(df, inst)), 1
    import semopy

    lines = [f"{c.id} =~ {' + '.join(i.id for i in c.items)}" for c in inst.constructs if len(c.items) > 1]
    alone = {c.id: c.items[0].id for c in inst.constructs if len(c.items) == 1}
    lines += [f"{alone.get(p.target, p.target)} ~ {alone.get(p.source, p.source)}" for p in inst.paths]

    def run() -> Any:
        model = semopy.Model("\n".join(lines))
        model.fit(df)
        return model.inspect(), semopy.calc_stats(model)

    return run, 1


TASKS: dict[str, tuple[str, Callable[[str], tuple[Run, float]], tuple[str, ...]]] = {
    "fit": ("PLS fit, 250 × 24", fit_of, ("ncsi", "openpls")),
    "bootstrap": ("5,000 bootstrap replicates, 250 × 24", bootstrap_of, ("ncsi", "openpls")),
    "micom": ("MICOM, 1,000 permutations, 600 × 20", micom_of, ("ncsi", "openpls")),
    "groups": ("two groups, 1,000 permutations, 600 × 20", groups_of, ("ncsi", "openpls")),
    "prediction": ("PLSpredict with its linear benchmark, 10 folds, 250 × 24", prediction_of, ("ncsi", "openpls")),
    "cvpat": ("CVPAT, 10 folds × 10, 250 × 24", cvpat_of, ("ncsi", "openpls")),
    "mixture": ("FIMIX of 2 classes from 10 starts, 600 × 20", mixture_of, ("ncsi", "openpls")),
    "covariance": ("covariance SEM with its fit measures, 250 × 24", covariance_of, ("ncsi", "semopy")),
}  # fmt: skip
"""What is done, how it is prepared by a tool (giving how many times what is run is asked for), and the tools."""


def measure(task: str, tool: str) -> dict[str, Any]:
    """Best of three, after one that is not counted where it is short."""
    run, scaled = TASKS[task][1](tool)
    start = time.perf_counter()
    found = run()
    wall = [time.perf_counter() - start]
    for _ in range(3 if wall[0] < 5 else 0):
        start = time.perf_counter()
        found = run()
        wall.append(time.perf_counter() - start)
    row = {"task": task, "tool": tool, "wall_s": min(wall[1:] or wall) * scaled, "scaled": scaled}
    if task == "fit":
        row["paths"] = _paths(found)
    return row


def _paths(fit: Any) -> dict[str, float]:
    if isinstance(fit, ncsi.model.PlsFit):
        rows = fit.paths.to_dict("records")
        return {f"{row['from']} -> {row['to']}": row["estimate"] for row in rows}
    table = fit.path_coefficients()
    return {f"{a} -> {b}": float(table.loc[b, a]) for a in table for b in table.index if table.loc[b, a]}


def main() -> None:
    """Run the named tasks, all by default, and print a table."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(*sys.argv[2:4])))
        return
    load = os.getloadavg()[0]
    rows = []
    for task in sys.argv[1:] or TASKS:
        for tool in [one for one in TASKS[task][2] if find_spec(one)]:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", __file__, "--one", task, tool],
                stdout=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=True,
            )  # fmt: skip
            rows.append(json.loads(done.stdout.splitlines()[-1]))
    own = {row["task"]: row for row in rows if row["tool"] == "ncsi"}
    print(
        f"{os.cpu_count()} cores, load {load:.1f} before\n\n| task | tool | s | times ours | scaled | apart |"
    )
    print("|---|---|---:|---:|---:|---:|")
    for row in rows:
        ours = own[row["task"]]
        apart = (
            max((abs(row["paths"][k] - v) for k, v in ours["paths"].items()), default=0)
            if "paths" in row
            else None
        )
        told = "" if apart is None or row is ours else f"{apart:.0e}"
        scaled = "" if row["scaled"] == 1 else f"× {row['scaled']:.0f}"
        times = "" if row is ours else f"{np.round(row['wall_s'] / ours['wall_s'], 1):,}"
        print(
            f"| {TASKS[row['task']][0]} | {row['tool']} | {row['wall_s']:.3g} | {times} | {scaled} | {told} |"
        )


if __name__ == "__main__":
    main()
