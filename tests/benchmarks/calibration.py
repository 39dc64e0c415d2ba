"""Do the intervals hold what they promise? `python tests/benchmarks/calibration.py [--surveys N] [SCENARIO ...]`.

Each scenario draws surveys of three brands (two of them tied) from a population whose figures are known from one
million respondents, and counts how often 95 % intervals hold the truth: index by brand, paths, rank sets; and how often
tests at 5 % reject what is true: that nothing changed between two surveys, that the tied brands are equal. In scenarios
of a panel the two surveys share respondents; the test is then made with the overlap, and as if of independent samples
(`apart_size`). Each share comes with the Monte Carlo standard error of its surveys. 500 replicates a survey, one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import ncsi
from ncsi.arrays import Array, Mask
from ncsi.model import Bootstrap, PlsFit, changes, paired
from ncsi.model.inference.contrasts import brand_differences
from ncsi.spec import Instrument

KINDS = ("index", "path", "rank", "rank_marginal", "change_size", "apart_size", "gap_size")
REPLICATES, LEVEL, TRUTH_ROWS = 500, 0.95, 1_000_000
SHIFTS = np.array([0.0, 0.0, -0.15])
"""Brand effects on the common factor: two tied brands and one lower."""
KEPT = {"Quality": 3, "Satisfaction": 3, "Loyalty": 2}


@dataclass(frozen=True)
class Scenario:
    """`n` respondents per brand; a share `missing` of answers; weights of Kish `deff`; `cluster` respondents share a
    random effect that is the part `alike` of the common factor's variance (of a score's: a quarter of it); `centre` of
    the answers on 0-1: 0.7, or near the ceiling. Of a panel the share `again` of each brand answers two surveys, what
    moves their answers correlating by `stays`; other surveys are independent."""

    n: int = 250
    missing: float = 0.0
    deff: float = 1.0
    cluster: int = 1
    alike: float = 0.1
    centre: float = 0.7
    again: float = 0.0
    stays: float = 0.7


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
    "n30": Scenario(n=30),
    "weights_2.5": Scenario(deff=2.5),
    "weights_2.5_n100": Scenario(n=100, deff=2.5),
    "clusters_30": Scenario(n=300, cluster=30, alike=0.4),
    "missing_20": Scenario(missing=0.20),
    "panel_half": Scenario(again=0.5),
    "panel_half_n100": Scenario(n=100, again=0.5),
    "panel_all_n100": Scenario(n=100, again=1.0, stays=0.9),
}


def instrument() -> Instrument:
    """Quality → Satisfaction → Loyalty, eight items."""
    whole = ncsi.load_instrument("ccsi")
    constructs = [
        c.model_copy(update={"items": c.items[: KEPT[c.id]]}) for c in whole.constructs if c.id in KEPT
    ]
    paths = [p for p in whole.paths if p.source in KEPT and p.target in KEPT]
    return whole.model_copy(update={"constructs": tuple(constructs), "paths": tuple(paths)})


Normal = Callable[[int], Array]
"""So many standard normal numbers."""


def people(scenario: Scenario, inst: Instrument, brand: Array, normal: Normal) -> pd.DataFrame:
    """Answers of respondents of these brands; `weight` undoes the unequal chance to be drawn."""
    n = len(brand)
    cluster = np.arange(n) // scenario.cluster
    shared = normal(cluster[-1] + 1)[cluster] if scenario.cluster > 1 else 0.0
    alike = scenario.alike if scenario.cluster > 1 else 0.0
    common = SHIFTS[brand] + np.sqrt(1 - alike) * normal(n) + np.sqrt(alike) * shared
    factor = common
    columns: dict[str, Array] = {}
    for construct in inst.constructs:
        factor = 0.75 * factor + 0.66 * normal(n)
        for k, item in enumerate(construct.items):
            answer = scenario.centre + 0.2 * ((0.85 - 0.1 * k) * factor + 0.6 * normal(n))
            columns[item.id] = np.clip(np.round(1 + 9 * answer), 1, 10)
    log_weight = np.sqrt(np.log(scenario.deff)) * (0.5 * common + np.sqrt(0.75) * normal(n))
    return pd.DataFrame({**columns, "brand": brand, "cluster": cluster, "weight": np.exp(log_weight)})


def survey(
    scenario: Scenario, inst: Instrument, rng: np.random.Generator, normal: Normal | None = None
) -> pd.DataFrame:
    """A sample of `n` a brand, drawn with probability inverse to the weight (order sampling); some answers left out."""
    spare = 1 if scenario.deff == 1 else 8
    brand = np.repeat(np.arange(len(SHIFTS)), scenario.n * spare)
    frame = people(scenario, inst, brand, normal or rng.standard_normal)
    if spare > 1:
        keys = pd.Series(rng.exponential(size=len(frame))) * frame["weight"]
        rank = keys.groupby(frame["brand"]).rank()
        mark = keys.where(rank == scenario.n + 1).groupby(frame["brand"]).transform("max")
        frame = frame.assign(weight=1 / -np.expm1(-mark / frame["weight"]))[rank <= scenario.n]
    items = list(inst.item_ids)
    if scenario.missing:
        frame[items] = frame[items].mask(rng.random((len(frame), len(items))) < scenario.missing)
    return frame.reset_index(drop=True)


class Again:
    """The normal numbers that two surveys of a panel are made of, in the order of their asking: those of the `first`,
    and of the `second`, which keep to them by `stays` where a respondent is `asked` again."""

    def __init__(self, rng: np.random.Generator, asked: Mask, stays: float) -> None:
        self._rng, self._kept = rng, np.where(asked, stays, 0.0)
        self._given: list[Array] = []

    def first(self, size: int) -> Array:
        """Fresh ones, remembered."""
        self._given.append(self._rng.standard_normal(size))
        return self._given[-1]

    def second(self, size: int) -> Array:
        """Those given first, moved on."""
        fresh = self._rng.standard_normal(size)
        return self._kept * self._given.pop(0) + np.sqrt(1 - self._kept**2) * fresh


def panel(scenario: Scenario, inst: Instrument, rng: np.random.Generator, seed: int) -> Earlier:
    """A survey and the one before it, which the share `again` of its respondents answered too."""
    asked = np.tile(np.arange(scenario.n) < scenario.again * scenario.n, len(SHIFTS))
    again = Again(rng, asked, scenario.stays)
    before, now = (
        fitted(scenario, inst, survey(scenario, inst, rng, normal)) for normal in (again.first, again.second)
    )
    persons = pd.Series(np.arange(len(asked)))
    shared = paired(now, before, persons, persons.where(asked, -1 - persons), REPLICATES, seed)
    index = ncsi.bootstrap(before, REPLICATES, seed=TRUTH_ROWS + seed, level=LEVEL).index_by
    return Earlier(now, _as_index(index, now), _target(shared.index_by, now))


@dataclass(frozen=True)
class Earlier:
    """A survey's fit, the target's `index` by brand in one before it, and what they share, as of `paired`."""

    now: PlsFit
    index: pd.DataFrame
    shared: pd.DataFrame


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
    frame = people(whole, inst, brand, np.random.default_rng(99).standard_normal).assign(weight=1.0)
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


def held(
    truth: Truth, boot: Bootstrap, earlier: pd.DataFrame | None, shared: pd.DataFrame | None
) -> dict[str, Array]:
    """Which intervals of one survey hold the truth, and which tests reject it; of changes where there is an `earlier`
    survey: independent of it, or of a panel, with what is `shared` and without."""
    fit = boot.fit
    brands = _target(boot.index_by, fit)
    ranks = ncsi.rank_sets(boot, fit.instrument.target, LEVEL).sort_values("brand")
    found = {
        "index": _within(brands, truth.index),
        "path": _within(boot.paths, truth.paths),
        "rank": np.array([_ranks_within(ranks, truth, "").all()]),
        "rank_marginal": _ranks_within(ranks, truth, "_marginal"),
    }
    pairs = brand_differences(boot, fit.instrument.target, list(fit.sample.groups))
    tied = (pairs["group"] < 2) & (pairs["other"] < 2)
    found["gap_size"] = (pairs.loc[tied, "p"] < 1 - LEVEL).to_numpy()
    if earlier is not None:
        now = _as_index(boot.index_by, fit)
        of_panel = {} if shared is None else {"apart_size": now}
        now = now if shared is None else now.merge(shared[["brand", "correlation", "df_change"]], on="brand")
        for kind, one in ({"change_size": now} | of_panel).items():
            found[kind] = (changes(one, earlier, ["brand"], LEVEL)["p"] < 1 - LEVEL).to_numpy()
    return found


def calibrate(name: str, surveys: int) -> dict[str, float | str]:
    """One row of the table."""
    scenario, inst, rng = SCENARIOS[name], instrument(), np.random.default_rng(7)
    truth = Truth.of(truth_of(scenario, inst))
    hits: dict[str, list[Array]] = {kind: [] for kind in KINDS}
    off, sizes, errors, found, earlier, failed = [], [], [], [], None, 0
    for k in range(surveys):
        shared = None
        if scenario.again:
            two = panel(scenario, inst, rng, k)
            fit, earlier, shared = two.now, two.index, two.shared
        else:
            fit = fitted(scenario, inst, survey(scenario, inst, rng))
        boot = ncsi.bootstrap(fit, REPLICATES, seed=k, level=LEVEL)
        for kind, inside in held(truth, boot, earlier, shared).items():
            hits[kind].append(inside)
        earlier = _as_index(boot.index_by, fit)
        sizes.append(fit.index_by["n_eff"].mean())
        errors.append(earlier["se"].to_numpy())
        found.append(earlier["index_0_100"].to_numpy())
        off.append(fit.weights["weight"].to_numpy() - truth.weights)
        failed += boot.failed
    return {
        "scenario": name,
        "surveys": surveys,
        **{kind: _share(parts) for kind, parts in hits.items() if parts},
        "n_eff": float(np.mean(sizes)),
        "se_ratio": float(np.sqrt(np.mean(np.square(errors))) / np.std(found, axis=0).mean()),
        "weight_bias": float(np.abs(np.mean(off, axis=0)).max()),
        "weight_rmse": float(np.sqrt(np.mean(np.square(off)))),
        "failed": failed,
    }


def _share(parts: list[Array]) -> str:
    """Per cent, with the standard error that the number of surveys leaves."""
    by_survey = 100 * np.array([np.mean(part) for part in parts])
    return f"{by_survey.mean():.2f}±{by_survey.std(ddof=1) / np.sqrt(len(by_survey)):.2f}"


def _target(frame: pd.DataFrame, fit: PlsFit) -> pd.DataFrame:
    return frame[frame["construct"] == fit.instrument.target]


def _as_index(frame: pd.DataFrame, fit: PlsFit) -> pd.DataFrame:
    return _target(frame, fit).rename(columns={"estimate": "index_0_100"})


def _within(frame: pd.DataFrame, truth: Array) -> Array:
    return (frame["low"].to_numpy() <= truth) & (truth <= frame["high"].to_numpy())


def _ranks_within(ranks: pd.DataFrame, truth: Truth, kind: str) -> Array:
    low, high = (ranks[f"rank_{end}{kind}"].to_numpy() for end in ("low", "high"))
    return (low <= truth.best_rank) & (high >= truth.worst_rank)


def main() -> None:
    """Print one line a scenario as it is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--surveys", type=int, default=4000)
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
