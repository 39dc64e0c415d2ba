"""Units of one year: their index and nodes, their ranks with rank sets and robustness ranges, what was changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ncsi.arrays import Array
from ncsi.composite.fit import ENOUGH
from ncsi.composite.outcomes import Outcomes, outcomes_of
from ncsi.composite.ranks import descending
from ncsi.composite.sampling_error import rank_sets_of
from ncsi.results.indices.sampling import Sampling
from ncsi.results.indices.scoring import WHOLE, Scored
from ncsi.spec.index_plan import IndexPlan

_RANKS = [
    "year", "level", "unit", "rank", "ranked", "rank_low", "rank_high", "rank_set", "robust_low", "robust_high",
    "combined_low", "combined_high", "robust_median",
]  # fmt: skip


def unit_rows(
    one: Scored, sampling: Sampling | None, level: float, ends: tuple[float, float]
) -> pd.DataFrame:
    """Rows of out_composite_by_unit. `sampling`: None where errors were not asked for (earlier versions)."""
    fit = one.fit
    index = one.index.to_numpy(dtype=np.float64)
    se = np.full(len(index), np.nan) if sampling is None else sampling.se
    reach = -ndtri((1 - level) / 2) * se
    return pd.DataFrame(
        {
            "year": one.year, "version": one.version, "unit": one.units["unit"], "label_zh": one.units["label_zh"],
            "label_en": one.units["label_en"], "level": one.units["level"], "score": index, "se": se,
            "low": np.clip(index - reach, *ends), "high": np.clip(index + reach, *ends),
            "observed": fit.units["observed"], "emptiest": fit.units["group"],
            "emptiest_observed": fit.units["group_observed"],
            "status": ["published" if status == ENOUGH else "insufficient_data" for status in fit.units["status"]],
            "weight": one.units["weight"], "population": one.units["population"],
        }
    )  # fmt: skip


def node_rows_of_units(
    one: Scored, sampling: Sampling | None, level: float, ends: tuple[float, float]
) -> pd.DataFrame:
    """Rows of out_composite_node_by_unit. `sampling`: None where errors were not asked for (earlier versions)."""
    fit, structure = one.fit, one.fit.structure
    scores = one.nodes.to_numpy(dtype=np.float64)
    n, m, p = len(fit.seen.units), len(structure.codes), structure.leaves
    figures = {name: np.full((n, m), np.nan) for name in ("value", "value_se", "value_used")}
    figures["value"][:, :p], figures["value_se"][:, :p] = fit.seen.x, fit.seen.se
    figures["value_used"][:, :p] = fit.seen.x
    change = np.full((n, m), "", dtype=object)
    change[:, :p] = np.where(np.isnan(fit.seen.x), "missing", "observed")
    se = np.full((n, m), np.nan) if sampling is None else np.where(np.isnan(scores), np.nan, sampling.node_se)
    reach = -ndtri((1 - level) / 2) * se
    row_of = {unit: k for k, unit in enumerate(fit.seen.units)}
    column_of = {code: k for k, code in enumerate(structure.codes)}
    for step in fit.log.to_dict("records"):
        at = row_of[step["unit"]], column_of[step["node"]]
        figures["value_used"][at] = step["to"]
        change[at] = _became(step)
    return pd.DataFrame(
        {
            "year": one.year, "version": one.version, "unit": np.repeat(np.array(fit.seen.units, dtype=object), m),
            "node": np.tile(np.array(structure.codes, dtype=object), n), "score": scores.ravel(),
            "se": se.ravel(), "low": np.clip(scores - reach, *ends).ravel(),
            "high": np.clip(scores + reach, *ends).ravel(),
            **{name: cells.ravel() for name, cells in figures.items()}, "change": change.ravel(),
        }
    )  # fmt: skip


def _became(step: Mapping[Hashable, Any]) -> str:
    if step["step"] != "normalise":
        return "filled" if step["step"] == "impute" else "treated"
    return "clipped_low" if step["to"] > step["from"] else "clipped_high"


def changed_rows(one: Scored) -> pd.DataFrame:
    """Rows of out_composite_changed_cells."""
    log = one.fit.log
    return pd.DataFrame(
        {
            "year": one.year, "version": one.version, "cell": np.arange(1, len(log) + 1), "unit": log["unit"],
            "node": log["node"], "step": log["step"], "was": log["from"], "became": log["to"], "rule": log["rule"],
        }
    )  # fmt: skip


def rank_levels(one: Scored, plan: IndexPlan) -> dict[str, list[str]]:
    """Units with enough data that are ranked against each other, by level. Units of two dimensions are ranked among
    those of the same second part (`region/C27`: regions in an industry); all of them together have no rank."""
    names = [dimension.id for dimension in plan.definition.dimensions]
    crossed = "_".join(names) if len(names) == 2 else ""
    enough = one.index.dropna()
    found: dict[str, list[str]] = {}
    for unit, level in one.levels.items():
        if level == WHOLE or unit not in enough.index:
            continue
        key = f"{names[0]}/{str(unit).partition('/')[2]}" if crossed and level == crossed else str(level)
        found.setdefault(key, []).append(str(unit))
    return {key: units for key, units in found.items() if len(units) > 1}


def rank_rows(
    one: Scored,
    plan: IndexPlan,
    sampling: Sampling,
    runs: Array | None,
    both: pd.DataFrame | None,
    level: float,
) -> pd.DataFrame:
    """Rows of out_composite_rank_by_unit. `runs` (R, n): the index by R methods; None where only one is possible.
    `both`: rank_q05 and rank_q95 by unit, by methods and sampling together; None where that is not known.
    """
    place = {unit: k for k, unit in enumerate(one.fit.seen.units)}
    index = one.index.to_numpy(dtype=np.float64)
    counted = bool((one.fit.seen.se[~np.isnan(one.fit.seen.x)] == 0).all())
    parts = []
    for key, units in rank_levels(one, plan).items():
        at = np.array([place[unit] for unit in units])
        sets = rank_sets_of(units, index[at], sampling.draws[:, at], level)
        robust: Outcomes | None = None
        if runs is not None and np.isfinite(runs[:, at]).all():
            robust = outcomes_of(units, runs[:, at], index[at], "method")
        parts.append(
            pd.DataFrame(
                {
                    "year": one.year, "level": key, "unit": units, "rank": descending(index[at]).astype(np.int64),
                    "ranked": len(units),
                    "rank_low": sets["rank_low"].astype("Int64"), "rank_high": sets["rank_high"].astype("Int64"),
                    "rank_set": _set_status(sets["computable"].to_numpy(dtype=bool), counted),
                    "robust_low": _end(_by_name(robust), "rank_q05", units),
                    "robust_high": _end(_by_name(robust), "rank_q95", units),
                    "combined_low": _end(both, "rank_q05", units), "combined_high": _end(both, "rank_q95", units),
                    "robust_median": np.nan if robust is None else robust.table["rank_median"],
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_RANKS)


def _set_status(computable: np.ndarray, counted: bool) -> np.ndarray:
    return np.where(computable, "full_count" if counted else "computed", "no_standard_errors")


def _by_name(robust: Outcomes | None) -> pd.DataFrame | None:
    return None if robust is None else robust.table.set_index("unit")


def _end(ranks: pd.DataFrame | None, column: str, units: list[str]) -> pd.Series:
    """An end of a range of ranks, widened to a whole rank; missing where there is none."""
    if ranks is None or not set(units) <= set(ranks.index):
        return pd.Series([pd.NA] * len(units), dtype="Int64")
    ends = ranks.loc[units, column].to_numpy(dtype=np.float64)
    outward = np.floor(ends + 1e-9) if column == "rank_q05" else np.ceil(ends - 1e-9)
    return pd.Series(outward).astype("Int64")
