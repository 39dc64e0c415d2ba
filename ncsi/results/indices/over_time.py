"""The index over the years: each version of the benchmarks by itself, splice years under both; what moved it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ncsi.composite import global_weights
from ncsi.results.indices.scoring import Run, Scored
from ncsi.spec.index_plan import IndexPlan

_SERIES = [
    "unit",
    "node",
    "year",
    "version",
    "score",
    "previous_year",
    "change",
    "splice",
    "splice_difference",
]
_MOVERS = [
    "year",
    "unit",
    "node",
    "previous_year",
    "version",
    "was",
    "score",
    "change",
    "contribution",
    "position",
]


def series_rows(run: Run, plan: IndexPlan) -> pd.DataFrame:
    """Rows of out_composite_series: the index of every unit, and the nodes below it down to those right above the
    indicators; of units of two dimensions the index only.

    A change is between years scored by the same version; the difference of the versions in a splice year stands
    beside it, and nothing is chained over it.
    """
    long = pd.concat([_long(one, plan) for one in run.values()], ignore_index=True)
    long = long.sort_values(["unit", "node", "version", "year"], kind="stable", ignore_index=True)
    by_version = long.groupby(["unit", "node", "version"], sort=False)
    long["previous_year"] = by_version["year"].shift().astype("Int64")
    long["change"] = long["score"] - by_version["score"].shift()
    order = {version: k for k, (_, version) in enumerate(dict.fromkeys((0, key[1]) for key in run))}
    long["order"] = long["version"].map(order)
    long = long.sort_values(["unit", "node", "year", "order"], kind="stable", ignore_index=True)
    by_year = long.groupby(["unit", "node", "year"], sort=False)
    long["splice"] = by_year["version"].transform("size") > 1
    long["splice_difference"] = long["score"] - by_year["score"].shift()
    return long[_SERIES]


def _long(one: Scored, plan: IndexPlan) -> pd.DataFrame:
    structure = one.fit.structure
    nodes = one.nodes.iloc[:, structure.leaves :]
    crossed = "_".join(dimension.id for dimension in plan.definition.dimensions)
    whole = (one.levels == crossed) & (len(plan.definition.dimensions) == 2)
    named = nodes.rename_axis(index="unit", columns="node")
    long = pd.Series(named.stack(future_stack=True), name="score").reset_index()
    kept = ~long["unit"].map(whole) | (long["node"] == one.root)
    return long[kept].assign(year=one.year, version=one.version)


def movers_rows(run: Run, plan: IndexPlan, year: int) -> pd.DataFrame:
    """Rows of out_composite_movers: change of every node of every unit since the year before by one version, the
    latest that scores both; none without such a year, and none for a unit that lacks a score in either."""
    pair = compared_years(run, year)
    if pair is None:
        return pd.DataFrame(columns=_MOVERS)
    then, now = pair
    crossed = "_".join(dimension.id for dimension in plan.definition.dimensions)
    levels = now.levels
    units = [
        unit
        for unit in now.index.dropna().index.intersection(then.index.dropna().index, sort=False)
        if len(plan.definition.dimensions) == 1 or levels[unit] != crossed
    ]
    weights = global_weights(now.fit.structure, now.fit.local)
    parts: list[dict[str, Any]] = []
    for unit in units:
        was, score = then.nodes.loc[unit], now.nodes.loc[unit]
        change = (score - was).to_numpy(dtype=np.float64)
        leaves = now.fit.structure.leaves
        position = pd.Series(change[:leaves]).rank(ascending=False, method="first")
        for k, code in enumerate(now.fit.structure.codes):
            if np.isnan(change[k]):
                continue
            parts.append(
                {
                    "year": year, "unit": unit, "node": code, "previous_year": then.year, "version": now.version,
                    "was": float(was[code]), "score": float(score[code]), "change": float(change[k]),
                    "contribution": float(weights[k] * change[k]), "position": int(position[k]) if k < leaves else None,
                }
            )  # fmt: skip
    return pd.DataFrame(parts, columns=_MOVERS).astype(
        {"position": "Int64", "previous_year": "int64"} if parts else {}
    )


def compared_years(run: Run, year: int) -> tuple[Scored, Scored] | None:
    """The latest earlier year and this one, by the latest version that scores both; None where none does."""
    earlier = sorted({other for other, _ in run if other < year}, reverse=True)
    for before in earlier[:1]:
        shared = [version for at, version in run if at == year and (before, version) in run]
        if shared:
            return run[before, shared[-1]], run[year, shared[-1]]
    return None
