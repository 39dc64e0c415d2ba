"""Speed of the analyst's methods: `python tests/benchmarks/bench_analyst.py`, against what each is allowed.

`must` is everything an analyst asks of one model with 250 respondents and 24 items, 5,000 replicates each: mediation,
both measures of relative importance, an interaction, groups by Welch, prediction, CVPAT and asymmetric impact; the
bootstrap that mediation and importance read is in it. Best of three, one BLAS thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from bench_model import survey

import ncsi

LIMITS_S = {"must_250x24": 2.0, "cvpat_10x10": 1.0, "nca_3000x1000": 1.0, "omnibus_1000x1000": 5.0}


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


CASES = {"must_250x24": must, "cvpat_10x10": cvpat, "nca_3000x1000": nca, "omnibus_1000x1000": omnibus}


def main() -> None:
    """Measure every case and print a table."""
    rows = []
    for name, prepared in CASES.items():
        run, wall, cpu = prepared(), [], []
        for _ in range(3):
            start, start_cpu = time.perf_counter(), time.process_time()
            run()
            wall.append(time.perf_counter() - start)
            cpu.append(time.process_time() - start_cpu)
        rows.append((name, np.min(wall), np.min(cpu), LIMITS_S[name]))
    table = pd.DataFrame(rows, columns=["case", "wall_s", "cpu_s", "limit_s"])
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3g}"))


if __name__ == "__main__":
    main()
