"""Speed of the analyst's methods: `python tests/benchmarks/bench_analyst.py`, against what each is allowed.

`must` is everything an analyst asks of one model with 250 respondents and 24 items, 5,000 replicates each: mediation,
both measures of relative importance, an interaction, groups by Welch, prediction, CVPAT and asymmetric impact; the
bootstrap that mediation and importance read is in it. `import` and `first_fit` are those of a fresh interpreter,
which starts in them. Best of three, one BLAS thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from bench_model import survey

import ncsi
from ncsi.lab import PlsFit

LIMITS_S = {
    "must_250x24": 2.0, "cvpat_10x10": 1.0, "nca_3000x1000": 1.0, "omnibus_1000x1000": 5.0,
    "split_tree_1000x1000": 1.0, "tetrads_3000": 1.0, "segments_1000x50x99": 20.0, "copula_1000x5000": 10.0,
    "congruence_5000": 0.2, "ordinal_1000": 1.0, "esse_3000": 1.0, "import": 0.3, "first_fit": 3.0,
}  # fmt: skip
FIRST_FIT = """
import numpy as np, pandas as pd, ncsi
inst = ncsi.load_instrument("ccsi")
rng = np.random.default_rng(1)
cause = rng.normal(size=(250, 1))
answers = np.clip(np.round(6 + 2 * cause + rng.normal(size=(250, len(inst.item_ids)))), 1, 10)
ncsi.fit_pls(pd.DataFrame(answers, columns=list(inst.item_ids)), inst)
"""


def must() -> Callable[[], object]:
    inst = ncsi.load_instrument("ecsi")
    df = survey(inst, 250, groups=2)
    fit = ncsi.fit_pls(df, inst)
    outcome = next(c.id for c in inst.constructs if sum(p.target == c.id for p in inst.paths) > 1)
    first, second = [path.source for path in inst.paths if path.target == outcome][:2]

    def run() -> None:
        boot = ncsi.bootstrap(fit, replicates=5000)
        ncsi.mediation(boot)
        ncsi.importance(boot)
        ncsi.importance(boot, method="johnson")
        ncsi.moderation(fit, first, second, outcome)
        ncsi.compare_groups(df, inst, "brand")
        ncsi.predict(df, inst)
        ncsi.cvpat(fit)
        ncsi.asymmetry(df, inst)

    return run


def cvpat() -> Callable[[], object]:
    inst = ncsi.load_instrument("ecsi")
    fit = ncsi.fit_pls(survey(inst, 250), inst)
    return lambda: ncsi.cvpat(fit, repetitions=10)


def nca() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    fit = ncsi.fit_pls(survey(inst, 3000), inst)
    driver = next(path.source for path in inst.paths if path.target == inst.target)
    return lambda: ncsi.nca(fit, constructs=[driver])


def omnibus() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    df = survey(inst, 1000, groups=3)
    return lambda: ncsi.compare_groups(df, inst, "brand", "omnibus")


def split_tree() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    df = survey(inst, 1000, groups=6)
    fit = ncsi.fit_pls(df.assign(region=np.arange(1000) % 5, age=np.arange(1000) % 7), inst)
    return lambda: ncsi.split_tree(fit, by=["brand", "region", "age"])


def tetrads() -> Callable[[], object]:
    inst = ncsi.load_instrument("ccsi")
    fit = ncsi.fit_pls(survey(inst, 3000), inst)
    return lambda: ncsi.tetrads(fit)


def segments() -> Callable[[], object]:
    """k = 1 … 4, 50 starts each, and 99 surveys of one class."""
    fit = ccsi(1000)
    return lambda: ncsi.segments(fit)


def copula() -> Callable[[], object]:
    fit = ccsi(1000)
    return lambda: ncsi.gaussian_copula(fit)


def congruence() -> Callable[[], object]:
    boot = ncsi.bootstrap(ccsi(1000), replicates=5000)
    return lambda: ncsi.congruence(boot)


def ordinal() -> Callable[[], object]:
    fit = ccsi(1000)
    return lambda: ncsi.ordinal_pls(fit)


def esse() -> Callable[[], object]:
    fit = ccsi(3000)
    return lambda: ncsi.esse(fit)


def ccsi(n: int) -> PlsFit:
    """A fit of the questionnaire to n respondents."""
    inst = ncsi.load_instrument("ccsi")
    return ncsi.fit_pls(survey(inst, n), inst)


def fresh(code: str) -> Callable[[], Callable[[], object]]:
    """`code` in an interpreter of its own."""
    return lambda: lambda: subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


CASES = {
    "must_250x24": must, "cvpat_10x10": cvpat, "nca_3000x1000": nca, "omnibus_1000x1000": omnibus,
    "split_tree_1000x1000": split_tree, "tetrads_3000": tetrads, "segments_1000x50x99": segments,
    "copula_1000x5000": copula, "congruence_5000": congruence, "ordinal_1000": ordinal, "esse_3000": esse,
    "import": fresh("import ncsi"),
    "first_fit": fresh(FIRST_FIT),
}  # fmt: skip


def main() -> None:
    """Measure every case and print a table."""
    rows = []
    for name, prepared in CASES.items():
        run, wall, cpu = prepared(), [], []
        for _ in range(3):
            start, start_cpu = time.perf_counter(), sum(os.times()[:4])
            run()
            wall.append(time.perf_counter() - start)
            cpu.append(sum(os.times()[:4]) - start_cpu)
        rows.append((name, np.min(wall), np.min(cpu), LIMITS_S[name]))
    table = pd.DataFrame(rows, columns=["case", "wall_s", "cpu_s", "limit_s"])
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3g}"))


if __name__ == "__main__":
    main()
