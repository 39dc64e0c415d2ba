"""Does the national interval hold the truth? `python tests/benchmarks/nation_coverage.py [--draws N]`.

Three synthetic sectors of 30,000 people each (regions, city tiers, 160 cities, four brands); who answers depends on
what makes them content. The truth is what a census finds. Each draw is a two-stage survey of every sector, taken
through weights, PLS, replicate weights and aggregation; the 95 % interval of the national index holds the truth or
not. Beside it: the same answers unweighted, with the bootstrap of respondents.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.model import aggregate, bootstrap, fit_pls, replicated
from ncsi.simulate.fieldwork import REGIONS
from ncsi.simulate.nation import TIERS, Census, simulate_census
from ncsi.spec import MarginRow, MarginTable, Wave, load_instrument
from ncsi.weighting import weigh

SECTORS = {"banks": 0.5, "telecom": 0.3, "insurance": 0.2}
CITIES, INVITED, REPLICATES, LEVEL = 4, 25, 200, 0.95
FILE = "margins/population.csv"
WEIGHTING = {
    "margins": [{"by": ["region", "city_tier"], "file": FILE}],
    "strata": ["region", "city_tier"], "cluster": "psu", "replicates": {"number": REPLICATES},
}  # fmt: skip


@dataclass(frozen=True)
class Study:
    """Draws of one way to estimate: national index and its interval (n, 3), against the truth."""

    truth: float
    draws: np.ndarray

    @property
    def coverage(self) -> float:
        """Share of intervals that hold the truth."""
        return float(((self.draws[:, 1] <= self.truth) & (self.truth <= self.draws[:, 2])).mean())

    @property
    def bias(self) -> float:
        """Mean error in points."""
        return float(self.draws[:, 0].mean() - self.truth)

    def row(self) -> str:
        """A row of the table in docs/method.md."""
        width = float((self.draws[:, 2] - self.draws[:, 1]).mean())
        return f"{self.bias:+.2f} | {self.draws[:, 0].std(ddof=1):.2f} | {width:.2f} | {100 * self.coverage:.1f} %"


def census(sectors: dict[str, float] = SECTORS, people: int = 30_000) -> list[Census]:
    return [simulate_census(one, load_instrument("ccsi"), people=people) for one in sectors]


def _variable(name: str, values: Sequence[str]) -> dict[str, object]:
    return {
        "label": {"zh": name, "en": name},
        "values": [{"id": one, "label": {"zh": one, "en": one}} for one in values],
    }


def wave_of(parts: list[Census]) -> Wave:
    """The wave that weighs their surveys: region × city tier and the brands' shares, cities as clusters."""
    both = {"zh": "模拟", "en": "Simulated"}
    return Wave.model_validate({
        "spec": "ncsi/wave/1", "id": "2026", "label": both, "title": both, "publisher": both,
        "field": {"start": "2026-01-01", "end": "2026-02-01"}, "release_date": "2026-03-01", "synthetic": True,
        "background": {"region": _variable("region", REGIONS), "city_tier": _variable("city_tier", TIERS),
                       "psu": _variable("psu", ())}, "weighting": WEIGHTING,
        "sectors": [
            {"id": one.sector, "brands": [{"id": b, "label": both, "share": s} for b, s in one.brand_shares.items()]}
            for one in parts
        ],
    })  # fmt: skip


def true_index(parts: list[Census], shares: dict[str, float]) -> float:
    """The national index of a census."""
    found = {one.sector: fit_pls(one.people, one.instrument).index.set_index("construct") for one in parts}
    values = {sector: float(index.loc["Satisfaction", "index_0_100"]) for sector, index in found.items()}
    return sum(shares[sector] * value for sector, value in values.items()) / sum(
        shares[one] for one in values
    )


def estimates(one: Census, wave: Wave, seed: int) -> dict[str, dict[str, float]]:
    """Index and standard error of one survey of a sector: weighted by design, and unweighted."""
    rows = one.survey(CITIES, INVITED, np.random.default_rng([seed, len(one.sector)]))
    margin = tuple(MarginRow(cell, total, "census", 2026) for cell, total in one.cells.items())
    table = MarginTable(FILE, ("region", "city_tier"), margin, "0" * 64)
    weighed = weigh(rows, wave, wave.sector(one.sector), {FILE: table}, seed)
    fit = fit_pls(rows.assign(weight=weighed.weights), one.instrument, weights="weight")
    sets = weighed.replicates
    if sets is None:
        raise ValueError("the weighting declares no replicates")
    design = replicated(
        fit, pd.DataFrame(sets.weights), sets.scale, sets.rscales, df=weighed.design.degrees_of_freedom()
    )
    plain = bootstrap(fit_pls(rows, one.instrument), replicates=REPLICATES, seed=seed)
    made = {"weighted": design, "unweighted": plain}
    return {name: _target(boot.index) | {"n": len(rows)} for name, boot in made.items()}


def _target(index: pd.DataFrame) -> dict[str, float]:
    row = index.set_index("construct").loc["Satisfaction"]
    return {"index_0_100": float(row["estimate"]), "se": float(row["se"]), "df": float(row["df"])}


def study(parts: list[Census], shares: dict[str, float], draws: int, first: int = 0) -> dict[str, Study]:
    """Both ways to estimate over `draws` surveys of the nation."""
    wave, truth = wave_of(parts), true_index(parts, shares)
    found: dict[str, list[list[float]]] = {"weighted": [], "unweighted": []}
    for seed in range(first, first + draws):
        made = {one.sector: estimates(one, wave, seed) for one in parts}
        for name, rows in found.items():
            frame = pd.DataFrame(
                [{"sector": sector, "construct": "S", **own[name]} for sector, own in made.items()]
            )
            nation = aggregate(frame, shares, ["construct"], LEVEL).iloc[0]
            rows.append([nation["index_0_100"], nation["low"], nation["high"]])
    return {name: Study(truth, np.array(rows)) for name, rows in found.items()}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=500)
    draws, start = options.parse_args().draws, time.process_time()
    for name, one in study(census(), SECTORS, draws).items():
        print(f"{name:<12} truth {one.truth:.2f} | bias, sd, width, coverage: {one.row()}")
    print(f"{draws} draws, {time.process_time() - start:.0f} s CPU")
