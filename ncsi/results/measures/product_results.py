"""Product tests: one characteristic of one product, its value with its uncertainty, conformity and score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from ncsi.composite.measures import conformity, of_product, propagated, repeats_disagree
from ncsi.spec.measures.product_test import Characteristic, Component, ProductTestDefinition

Row = dict[str, Any]
_BLANK = {
    "value": math.nan, "u": math.nan, "df": math.nan, "expanded": math.nan, "low": math.nan, "high": math.nan,
    "basis": "none", "p_conform": math.nan, "reason": "", "repeats_differ": 0, "score": math.nan,
    "score_se": math.nan,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repeatability:
    """s_r with its degrees of freedom, and where it comes from: declared, of_repeats or none (then 0)."""

    s: float
    df: float
    basis: str


def repeatability(one: Characteristic, measured: pd.DataFrame) -> Repeatability:
    """Repeatability of a characteristic: as declared, else pooled over all specimens measured twice or more."""
    if one.repeatability is not None:
        return Repeatability(one.repeatability, math.inf, "declared")
    own = measured[measured["characteristic"] == one.id].groupby(["product", "specimen", "laboratory"])[
        "value"
    ]
    sizes, variances = own.size(), own.var(ddof=1)
    df = float((sizes - 1).sum())
    if df == 0:
        return Repeatability(0.0, math.inf, "none")
    return Repeatability(math.sqrt(float(((sizes - 1) * variances).sum()) / df), df, "of_repeats")


def systematic(one: Characteristic, value: float, u: Iterable[float], s_r: float) -> tuple[float, float]:
    """The systematic standard uncertainty of a value and its degrees of freedom: that of the results `u` without
    their repeatability where the file gives any, else the budget, else the declared u without repeatability."""
    given = [each for each in u if math.isfinite(each)]
    if not given and one.budget:
        parts = [_size(part, value) for part in one.budget]
        c = np.array([part.sensitivity for part in one.budget])
        df = [math.inf if part.df is None else part.df for part in one.budget]
        found = propagated(lambda x: float(c @ x), [0.0] * len(parts), parts, df)
        return found.u, found.df
    stated = math.sqrt(sum(each**2 for each in given) / len(given)) if given else one.u or 0.0
    return math.sqrt(max(0.0, stated**2 - s_r**2)), math.inf


def _size(part: Component, value: float) -> float:
    return part.u * abs(value) / 100 if part.relative else part.u


def result_rows(
    definition: ProductTestDefinition,
    measured: pd.DataFrame,
    repeats: Mapping[str, Repeatability],
    facts: Mapping[str, Row],
    level: float,
) -> list[Row]:
    """Every characteristic of every product of `facts`, tested or not; intervals at `level`."""
    of = dict(list(measured.groupby(["product", "characteristic"], sort=False)))
    rows = []
    for product, known in facts.items():
        for one in definition.characteristics:
            labels = {name: known[name] for name in ("label_zh", "label_en")}
            head = {"unit": product, **labels, "characteristic": one.id}
            own = of.get((product, one.id))
            if own is None:
                verdict = "not_tested" if one.limited else "no_limit"
                rows.append({**head, **_BLANK, "specimens": 0, "repeats": 0, "verdict": verdict})
            else:
                rows.append({**head, **_result(one, own, repeats[one.id], level)})
    return rows


def _result(one: Characteristic, own: pd.DataFrame, repeated: Repeatability, level: float) -> Row:
    """One characteristic of one product."""
    groups = [list(values) for _, values in own.groupby(["specimen", "laboratory"], sort=True)["value"]]
    bias, df_bias = systematic(one, float(own["value"].mean()), own["u"], repeated.s)
    found = of_product(groups, repeated.s, bias, repeated.df, df_bias)
    single = found.specimens == 1
    u = found.u_specimen if single else found.u
    reach = reach_of(found.df, level) * u
    differ = (
        sum(len(group) > 1 and repeats_disagree(group, repeated.s) for group in groups) if repeated.s else 0
    )
    return {
        "specimens": int(own["specimen"].nunique()), "repeats": len(own), "value": found.value, "u": u,
        "df": found.df if math.isfinite(found.df) else math.nan, "expanded": reach, "low": found.value - reach,
        "high": found.value + reach, "basis": "specimen" if single else "product",
        **_conforms(one, found.value, u, found.df, differ), "repeats_differ": differ,
        **_score(one, found.value, found.u),
    }  # fmt: skip


def reach_of(df: float, level: float) -> float:
    """Half-width of a two-sided interval in standard uncertainties: t on `df`, the normal where infinite."""
    return float(ndtri(0.5 + level / 2) if math.isinf(df) else stdtrit(df, 0.5 + level / 2))


def _conforms(one: Characteristic, value: float, u: float, df: float, differ: int) -> Row:
    """Verdict and its reason. Where repeats differ by more than they may, nothing is decided before the test is
    repeated."""
    if not one.limited:
        return {"p_conform": math.nan, "verdict": "no_limit", "reason": ""}
    found = conformity(value, u, one.lower, one.upper, one.guard, df)
    if differ:
        return {"p_conform": found.probability, "verdict": "undecided", "reason": "repeats_differ"}
    reason = "guard_band" if found.verdict == "undecided" else ""
    return {"p_conform": found.probability, "verdict": found.verdict, "reason": reason}


def _score(one: Characteristic, value: float, u: float) -> Row:
    """0 at the worst benchmark, 100 at the best, and no further; its error as inside them."""
    if one.benchmarks is None:
        return {"score": math.nan, "score_se": math.nan}
    span = one.benchmarks.best - one.benchmarks.worst
    place = (value - one.benchmarks.worst) / span
    return {"score": 100 * min(1.0, max(0.0, place)), "score_se": 100 * u / abs(span)}
