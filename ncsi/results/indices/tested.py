"""Differences that are tested: of every node of a unit since the year before, and from the mean of all units."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from ncsi.arrays import Array, Positions
from ncsi.composite.ranks import significant
from ncsi.model.inference.changes import holm
from ncsi.results.indices.sampling import Sampling
from ncsi.results.indices.scoring import Scored, compared_units
from ncsi.spec.index_plan import IndexPlan

BEFORE, MEAN = "year_before", "mean"
TESTABLE = frozenset({"joint", "separate"})
"""How errors must have been taken together for a difference to be tested."""
COLUMNS = [
    "year",
    "unit",
    "node",
    "against",
    "reference",
    "difference",
    "se",
    "low",
    "high",
    "p",
    "p_holm",
    "verdict",
]
_FAMILY = ["unit", "against", "family"]


def change_rows(now: Scored, then: Scored, of_now: Sampling, of_then: Sampling, level: float) -> pd.DataFrame:
    """Rows of out_composite_tests against the year before, the two years being independent samples."""
    names = [unit for unit in now.fit.seen.units if unit in set(then.fit.seen.units)]
    at_now, at_then = (_at(one, names) for one in (now, then))
    scores, reference = now.nodes.to_numpy()[at_now], then.nodes.to_numpy()[at_then]
    se = np.hypot(of_now.node_se[at_now], of_then.node_se[at_then])
    return _rows(now, names, BEFORE, scores, reference, se, level)


def mean_rows(now: Scored, of_now: Sampling, plan: IndexPlan, reference: Array, level: float) -> pd.DataFrame:
    """Rows of out_composite_tests against the mean of the units compared, `reference` (m,), of which each is a part."""
    names = [str(unit) for unit in compared_units(now, plan)]
    at = _at(now, names)
    scores = now.nodes.to_numpy()[at]
    return _rows(now, names, MEAN, scores, np.broadcast_to(reference, scores.shape), of_now.gap_se[at], level)


def _at(one: Scored, names: list[str]) -> Positions:
    place = {unit: k for k, unit in enumerate(one.fit.seen.units)}
    return np.array([place[unit] for unit in names], dtype=np.intp)


def _rows(
    one: Scored, names: list[str], against: str, scores: Array, reference: Array, se: Array, level: float
) -> pd.DataFrame:
    """Every difference with a standard error; Holm among the parts of a unit, and among its indicators, apart."""
    codes, leaves = one.fit.structure.codes, one.fit.structure.leaves
    family = np.array(["indicator"] * leaves + ["part"] * (len(codes) - leaves - 1) + ["index"], dtype=object)
    rows = pd.DataFrame(
        {
            "year": one.year, "unit": np.repeat(np.array(names, dtype=object), len(codes)),
            "node": np.tile(np.array(codes, dtype=object), len(names)), "against": against,
            "reference": np.ravel(reference), "difference": np.ravel(scores - reference), "se": np.ravel(se),
            "family": np.tile(family, len(names)),
        }
    )  # fmt: skip
    rows = rows[rows["difference"].notna() & (significant(rows["se"].to_numpy(dtype=np.float64)) > 1e-9)]
    reach = -ndtri((1 - level) / 2) * rows["se"]
    p = 2 * ndtr(-(rows["difference"] / rows["se"]).abs())
    rows = rows.assign(low=rows["difference"] - reach, high=rows["difference"] + reach, p=p)
    rows["p_holm"] = rows.groupby(_FAMILY, sort=False)["p"].transform(holm)
    sure = rows["p_holm"] < 1 - level
    verdict = np.where(sure, np.where(rows["difference"] > 0, "higher", "lower"), "no_significant_difference")
    return rows.assign(verdict=verdict)[COLUMNS]
