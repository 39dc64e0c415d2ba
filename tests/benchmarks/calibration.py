"""Do the intervals hold what they promise? `python tests/benchmarks/calibration.py [--surveys N] [SCENARIO ...]`.

Each scenario draws surveys of three brands (two of them tied) from a population whose figures are known from one
million respondents, and counts how often 95 % intervals hold the truth: index by brand, paths, change between two
surveys, rank sets. Weights: bias and root mean square error. 500 replicates a survey, one core.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import ncsi
from ncsi.model import Bootstrap, PlsFit, changes
from ncsi.spec import Instrument

Array = NDArray[np.floating]
KINDS = ("index", "path", "change", "rank", "rank_marginal")
REPLICATES, LEVEL, TRUTH_ROWS = 500, 0.95, 1_000_000
SHIFTS = np.array([0.0, 0.0, -0.15])
"""Brand effects on the common factor: two tied brands and one lower."""
KEPT = {"Quality": 3, "Satisfaction": 3, "Loyalty": 2}


@dataclass(frozen=True)
class Scenario:
    """`n` respondents per brand; a share `missing` of answers; weights of Kish `deff`; `cluster` respondents share a
    random effect; `centre` of the answers on 0-1: 0.7, or near the ceiling."""

    n: int = 250
    missing: float = 0.0
    deff: float = 1.0
    cluster: int = 1
    centre: float = 0.7


SCENARIOS = {
    "clean": Scenario(),
    "n100": Scenario(n=100),
    "n1000": Scenario(n=1000),
    "missing": Scenario(missing=0.05),
    "weights": Scenario(deff=1.3),
    "clusters": Scenario(cluster=5),
    "ceiling": Scenario(centre=0.88),
    "ceiling_n100": Scenario(n=100, centre=0.88),
    "all_at_once": Scenario(missing=0.05, deff=1.3, centre=0.88),
}


def instrument() -> Instrument:
    """Quality → Satisfaction → Loyalty, eight items."""
    whole = ncsi.load_instrument("ccsi")
    constructs = [
        c.model_copy(update={"items": c.items[: KEPT[c.id]]}) for c in whole.constructs if c.id in KEPT
    ]
    paths = [p for p in whole.paths if p.source in KEPT and p.target in KEPT]
    return whole.model_copy(update={"constructs": tuple(constructs), "paths": tuple(paths)})


def people(scenario: Scenario, inst: Instrument, brand: Array, rng: np.random.Generator) -> pd.DataFrame:
    """Answers of respondents of these brands; `weight` undoes the unequal chance to be drawn."""
    n = len(brand)
    cluster = np.arange(n) // scenario.cluster
    shared = rng.standard_normal(cluster[-1] + 1)[cluster] if scenario.cluster > 1 else 0.0
    own = 0.95 if scenario.cluster > 1 else 1.0
    common = SHIFTS[brand] + own * rng.standard_normal(n) + np.sqrt(1 - own**2) * shared
    factor = common
    columns: dict[str, Array] = {}
    for construct in inst.constructs:
        factor = 0.75 * factor + 0.66 * rng.standard_normal(n)
        for k, item in enumerate(construct.items):
            answer = scenario.centre + 0.2 * ((0.85 - 0.1 * k) * factor + 0.6 * rng.standard_normal(n))
            columns[item.id] = np.clip(np.round(1 + 9 * answer), 1, 10)
    log_weight = np.sqrt(np.log(scenario.deff)) * (0.5 * common + np.sqrt(0.75) * rng.standard_normal(n))
    return pd.DataFrame({**columns, "brand": brand, "cluster": cluster, "weight": np.exp(log_weight)})


def survey(scenario: Scenario, inst: Instrument, rng: np.random.Generator) -> pd.DataFrame:
    """A sample of `n` a brand, drawn with probability inverse to the weight (order sampling); some answers left out."""
    spare = 1 if scenario.deff == 1 else 8
    brand = np.repeat(np.arange(len(SHIFTS)), scenario.n * spare)
    frame = people(scenario, inst, brand, rng)
    if spare > 1:
        keys = pd.Series(rng.exponential(size=len(frame))) * frame["weight"]
        rank = keys.groupby(frame["brand"]).rank()
        mark = keys.where(rank == scenario.n + 1).groupby(frame["brand"]).transform("max")
        frame = frame.assign(weight=1 / -np.expm1(-mark / frame["weight"]))[rank <= scenario.n]
    items = list(inst.item_ids)
    if scenario.missing:
        frame[items] = frame[items].mask(rng.random((len(frame), len(items))) < scenario.missing)
    return frame.reset_index(drop=True)


def fitted(scenario: Scenario, inst: Instrument, frame: pd.DataFrame) -> PlsFit:
    """The model as the scenario's analyst would fit it; brands weigh the same."""
    total = frame.groupby("brand")["weight"].transform("sum")
    return ncsi.fit_pls(
        frame.assign(weight=frame["weight"] / total), inst, weights="weight", by="brand",
        clusters="cluster" if scenario.cluster > 1 else None,
    )  # fmt: skip


def truth_of(scenario: Scenario, inst: Instrument) -> PlsFit:
    """The population's own figures; tied brands get one."""
    whole = replace(scenario, missing=0.0, deff=1.0, cluster=1)
    brand = np.arange(TRUTH_ROWS) % len(SHIFTS)
    frame = people(whole, inst, brand, np.random.default_rng(99)).assign(weight=1.0)
    return fitted(whole, inst, frame)


@dataclass(frozen=True)
class Truth:
    """What the intervals should hold: index of the brands and their ranks (tied ones share a range), paths, weights."""

    index: Array
    best_rank: Array
    worst_rank: Array
    paths: Array
    weights: Array

    @classmethod
    def of(cls, fit: PlsFit) -> Truth:
        index = _target(fit.index_by, fit)["index_0_100"].to_numpy(copy=True)
        index[:2] = index[:2].mean()
        return cls(
            index,
            1 + (index[:, None] < index).sum(axis=1),
            (index[:, None] <= index).sum(axis=1),
            fit.paths["estimate"].to_numpy(),
            fit.weights["weight"].to_numpy(),
        )


def held(truth: Truth, boot: Bootstrap, earlier: pd.DataFrame | None) -> dict[str, Array]:
    """Which intervals of one survey hold the truth; of changes where there is an `earlier` survey."""
    fit = boot.fit
    brands = _target(boot.index_by, fit)
    ranks = ncsi.rank_sets(boot, fit.instrument.target, LEVEL).sort_values("brand")
    found = {
        "index": _within(brands, truth.index),
        "path": _within(boot.paths, truth.paths),
        "rank": np.array([_ranks_within(ranks, truth, "").all()]),
        "rank_marginal": _ranks_within(ranks, truth, "_marginal"),
    }
    if earlier is not None:
        now = brands.rename(columns={"estimate": "index_0_100"})
        found["change"] = _within(changes(now, earlier, ["brand"], LEVEL), np.zeros(len(now)))
    return found


def calibrate(name: str, surveys: int) -> dict[str, float | str]:
    """One row of the table."""
    scenario, inst, rng = SCENARIOS[name], instrument(), np.random.default_rng(7)
    truth = Truth.of(truth_of(scenario, inst))
    hits: dict[str, list[Array]] = {kind: [] for kind in KINDS}
    off, earlier, failed = [], None, 0
    for k in range(surveys):
        fit = fitted(scenario, inst, survey(scenario, inst, rng))
        boot = ncsi.bootstrap(fit, REPLICATES, seed=k, level=LEVEL)
        for kind, inside in held(truth, boot, earlier).items():
            hits[kind].append(inside)
        earlier = _target(boot.index_by, fit).rename(columns={"estimate": "index_0_100"})
        off.append(fit.weights["weight"].to_numpy() - truth.weights)
        failed += boot.failed
    return {
        "scenario": name,
        "surveys": surveys,
        **{kind: 100 * float(np.concatenate(parts).mean()) for kind, parts in hits.items()},
        "weight_bias": float(np.abs(np.mean(off, axis=0)).max()),
        "weight_rmse": float(np.sqrt(np.mean(np.square(off)))),
        "failed": failed,
    }


def _target(frame: pd.DataFrame, fit: PlsFit) -> pd.DataFrame:
    return frame[frame["construct"] == fit.instrument.target]


def _within(frame: pd.DataFrame, truth: Array) -> Array:
    return (frame["low"].to_numpy() <= truth) & (truth <= frame["high"].to_numpy())


def _ranks_within(ranks: pd.DataFrame, truth: Truth, kind: str) -> Array:
    low, high = (ranks[f"rank_{end}{kind}"].to_numpy() for end in ("low", "high"))
    return (low <= truth.best_rank) & (high >= truth.worst_rank)


def main() -> None:
    """Print one line a scenario as it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--surveys", type=int, default=1000)
    chosen = parser.parse_args()
    for name in chosen.scenarios:
        start = time.process_time()
        row = calibrate(name, chosen.surveys) | {"cpu_s": time.process_time() - start}
        print(
            "  ".join(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in row.items()),
            flush=True,
        )


if __name__ == "__main__":
    main()
