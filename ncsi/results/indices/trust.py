"""How far an index can be trusted: whether its parts hang together, what it is confounded with, and which choices of
method its ranks depend on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.composite import choices_of, fit_composite, global_weights, local_weights, prepared, scored
from ncsi.composite.diagnostics import coherence, correlations
from ncsi.composite.draws import DRAWS
from ncsi.composite.importance import importance
from ncsi.composite.ranks import descending
from ncsi.composite.sobol import exact_indices
from ncsi.errors import CompositeError, ModelError
from ncsi.results.indices.scoring import GROUP, ByCode, Scored, compared_units
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.tree import Method

_DIAGNOSTICS = ["year", "quantity", "node", "other", "value", "n", "flag"]
_SENSITIVITY = ["year", "input", "design", "runs", "s1", "s1_reach", "st", "st_reach", "mean_shift", "flag"]
_CONFOUNDED = 0.5
_FEWEST = 5
_EXACT = "exact"


def diagnostic_rows(one: Scored, plan: IndexPlan) -> pd.DataFrame:
    """Rows of out_composite_diagnostics, over the units of the first dimension with enough data; none with fewer than
    five of them."""
    units = compared_units(one, plan)
    rows: list[dict[str, Any]] = []
    if len(units) >= _FEWEST:
        scores = one.nodes.loc[units]
        rows += _hanging_together(plan, scores)
        rows += _importance(one, scores)
        rows += _confounding(one, scores[one.root])
    return pd.DataFrame([{"year": one.year, **row} for row in rows], columns=_DIAGNOSTICS)


def _row(
    quantity: str, node: object, other: object, value: float, n: object, flag: object = ""
) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "node": str(node),
        "other": str(other),
        "value": value,
        "n": int(str(n)),
        "flag": str(flag),
    }


def _hanging_together(plan: IndexPlan, scores: pd.DataFrame) -> list[dict[str, Any]]:
    parents = {node.code: node.parent for node in plan.tree.nodes if node.parent is not None}
    found = coherence(scores, parents)
    n = len(scores)
    rows = []
    for pair in found.lineage.to_dict("records"):
        for kind in ("pearson", "spearman", "kendall"):
            flag = pair["flag"] if kind == "pearson" else ""
            rows.append(
                _row(f"{kind}_with_ancestor", pair["code"], pair["ancestor"], pair[kind], pair["n"], flag)
            )
    for pair in found.pairs.to_dict("records"):
        rows.append(
            _row("pearson_with_sibling", pair["code"], pair["other"], pair["pearson"], n, pair["flag"])
        )
    for group in found.reliability.to_dict("records"):
        rows.append(_row("alpha", group["group"], "", group["alpha"], group["n"]))
        rows.append(_row("alpha_standardised", group["group"], "", group["alpha_std"], group["n"]))
    for group in found.components.to_dict("records"):
        flag = "" if group["one_dimensional"] and group["same_sign"] else "several_dimensions"
        rows.append(_row("first_component_share", group["group"], "", group["share_1"], group["n"], flag))
    return rows


def _importance(one: Scored, scores: pd.DataFrame) -> list[dict[str, Any]]:
    structure = one.fit.structure
    weights = pd.Series(global_weights(structure, one.fit.local), index=list(structure.codes))
    try:
        found = importance(scores[list(structure.indicators)], scores[one.root], weights)
    except ModelError:  # too few units have every indicator, or all have one index: nothing to tell
        return []
    rows = []
    for item in found.table.to_dict("records"):
        rows.append(_row("importance", item["code"], "", item["s_spline"], found.n))
        rows.append(_row("importance_share", item["code"], "", item["share"], found.n))
        rows.append(_row("importance_less_weight", item["code"], "", item["gap"], found.n))
    return rows


def _confounding(one: Scored, index: pd.Series) -> list[dict[str, Any]]:
    """Whether larger units score higher: correlation of the index with the logarithm of population."""
    population = one.units.set_index("unit")["population"].reindex(index.index)
    if population.notna().sum() < _FEWEST:
        return []
    found = correlations(np.log(population.to_numpy(dtype=np.float64)), index.to_numpy(dtype=np.float64))
    flags = {"pearson": "confounded" if abs(found["pearson"]) > _CONFOUNDED else "", "spearman": ""}
    return [
        _row(f"{kind}_with_population", one.root, "log_population", found[kind], found["n"], flag)
        for kind, flag in flags.items()
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Methods:
    """The index by every combination of choices. `runs` (R, n) in the order of the fit's units; `table`: rows of
    out_composite_sensitivity."""

    runs: Array
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """Choices and sampling error together. `table`: rows of out_composite_sensitivity; `ranks`: rank_q05, rank_q95 by
    unit."""

    table: pd.DataFrame
    ranks: pd.DataFrame


def methods(one: Scored, plan: IndexPlan) -> Methods | None:
    """Every combination of normalisation (as published, min-max of the year), weights (as given, equal) and mean
    (arithmetic, geometric), scored on the published units; exact Sobol' indices of the mean shift of ranks.

    None with fewer than five units, where an indicator is the same in all units, or where the published method has no
    alternative.
    """
    units = compared_units(one, plan)
    method = one.fit.tree.method
    if len(units) < _FEWEST or method is None or method.to is None:
        return None
    ways = _ways(method, "geometric")
    low, high = method.to
    to = (max(low, (high - low) / 100), high)
    learn = np.isin(np.array(one.fit.seen.units), units)
    try:
        runs = np.stack([_by(one, chosen, to, learn) for chosen in product(*ways.values())])
    except CompositeError:
        return None
    at = np.array([one.fit.seen.units.index(unit) for unit in units])
    own = descending(one.index.to_numpy(dtype=np.float64)[at])
    shift = np.abs(descending(runs[:, at]) - own).mean(axis=1)
    first, whole = exact_indices(shift.reshape([len(levels) for levels in ways.values()]), len(ways))
    table = pd.DataFrame(
        {
            "year": one.year, "input": list(ways), "design": _EXACT, "runs": len(runs), "s1": first,
            "s1_reach": np.nan, "st": whole, "st_reach": np.nan, "mean_shift": float(shift.mean()), "flag": "",
        }
    )  # fmt: skip
    return Methods(runs, table[_SENSITIVITY])


def _ways(method: Method, mean: str | tuple[str, float]) -> dict[str, tuple[Any, ...]]:
    """The choices by input, as published and the alternative; `mean`: that of the arithmetic mean."""
    return {
        "normalise": (method.normalise, "minmax" if method.normalise == "fixed" else "percentile_rank"),
        "weights": ("given", "equal"),
        "aggregate": ("arithmetic", mean),
    }


def _by(one: Scored, chosen: tuple[str, ...], to: tuple[float, float], learn: Mask) -> Array:
    """The index (n,) by one way."""
    normalise, weights, aggregate = chosen
    fit = one.fit
    choices = choices_of(
        fit.structure, fit.tree.method, normalise=normalise, to=to, weights=weights, aggregate=aggregate
    )
    ready = prepared(fit.seen, fit.structure, choices, learn)
    local = local_weights(fit.structure, choices, ready.z, fit.seen.units)
    return np.asarray(scored(ready.z, local, fit.structure, choices, fit.seen.units)[:, -1])


def with_sampling(
    one: Scored, plan: IndexPlan, seed: int, replicates: ByCode | None = None
) -> Combined | None:
    """The same choices and, as one input, the sampling error of all figures together; cells that were filled in are
    drawn too. Monte Carlo, over the units of the first dimension.

    None where nothing is sampled, the error of some figure is not known, or no choice can be made.
    """
    method, seen = one.fit.tree.method, one.fit.seen
    names = one.units.loc[one.units["level"] == plan.definition.dimensions[0].id, "unit"].tolist()
    own = np.isin(np.array(seen.units), names)
    unknown = np.isnan(seen.se[own]) & ~np.isnan(seen.x[own]) & ~_replicated(one, replicates)
    if method is None or method.to is None or unknown.any() or not (replicates or np.nansum(seen.se[own])):
        return None
    choices = _ways(method, "geometric" if method.to[0] > 0 else ("power", 0.5))
    filled = bool((np.isnan(seen.x) & ~np.isnan(one.fit.prepared.imputed))[own].any())
    try:
        fit = fit_composite(
            one.frame.loc[names], one.fit.tree, group=GROUP if GROUP in one.frame else None,
            least=plan.definition.screening.units, least_in_group=plan.definition.screening.groups,
            rank_bounded=False,
        )  # fmt: skip
        found = fit.sensitivity(choices, seed, replicates=replicates or DRAWS, imputation=filled)
    except (CompositeError, ModelError):  # a way that these figures do not allow: no statement about it
        return None
    rows = found.indices.assign(
        year=one.year, design="monte_carlo", runs=found.n * (len(found.inputs) + 2), mean_shift=found.mean
    )
    return Combined(rows[_SENSITIVITY], found.outcomes.table.set_index("unit")[["rank_q05", "rank_q95"]])


def _replicated(one: Scored, replicates: ByCode | None) -> Mask:
    """The indicators (p,) whose error replicates tell."""
    return np.isin(np.array(one.fit.structure.indicators), list(replicates or {}))
