"""Information criteria of models with the same dependent construct (Sharma, Sarstedt, Shmueli, Kim & Thiele 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import ModelError, NotConverged
from ncsi.model.inference.cvpat import require_same
from ncsi.model.pls import kernel
from ncsi.model.pls.fit import TOLERANCE, PlsFit
from ncsi.model.pls.positions import Layout, layout_of

NEARLY = 0.05
"""Outer weights that differ by less leave the dependent construct what it was."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """`criteria` (construct, model, r2, r2_adjusted, predictors, aic, bic, gm, support, comparable), for each construct
    that is endogenous in every model. Less is better. `support`: relative support among the models offered,
    exp(−ΔBIC/2) over its sum; not the probability that a model is true. `comparable`: no standardised outer weight of
    the construct differs from the first model's by .05 or more; else its score is another one. `n`: respondents that
    count, the effective number where they are weighted, which makes the likelihood a pseudo-likelihood."""

    criteria: pd.DataFrame
    n: float


def model_choice(fits: Mapping[str, PlsFit]) -> ModelChoice:
    """Compare fits of one sample whose paths differ.

    AIC = n ln(SSE/n) + 2k, BIC = n ln(SSE/n) + k ln n, GM = SSE/MSE + k ln n, with SSE = (1 − R²)(n − 1), k the
    predictors and 1, and MSE = 1 − R² of the saturated model, one for all fits: each construct depends on all that come
    before it by the paths of every fit; GM is missing where these make a cycle. Raises ModelError for fewer than two
    fits, other samples, or no common endogenous construct; NotConverged.
    """
    if len(fits) < 2:
        raise ModelError("one model has nothing to be chosen from. Give two or more, by name.")
    names, first = list(fits), next(iter(fits.values()))
    for other in fits.values():
        require_same(first, other)
    ids = first.instrument.construct_ids
    layouts = {name: layout_of(fit.instrument) for name, fit in fits.items()}
    shared = [k for k in range(len(ids)) if all(layout.causes[k] for layout in layouts.values())]
    if not shared:
        raise ModelError("no construct is endogenous in every model, so nothing compares.")
    n = float(first.n_eff)
    order = _common_order(list(layouts.values()))
    saturated = {name: _saturated(fit, layouts[name], order) for name, fit in fits.items()}
    rows = [
        _row(fits[name], layouts[name], k, n, name, float(saturated[name][k]))
        for k in shared
        for name in names
    ]
    frame = pd.DataFrame(rows)
    gap = frame["bic"] - frame.groupby("construct")["bic"].transform("min")
    weight = np.exp(-gap / 2)
    total = weight.groupby(frame["construct"]).transform("sum")
    comparable = [_alike(first, fits[name], layouts[name], k) for k in shared for name in names]
    return ModelChoice(frame.assign(support=weight / total, comparable=comparable), n)


def _row(fit: PlsFit, layout: Layout, k: int, n: float, name: str, saturated: float) -> dict[str, object]:
    """Criteria of construct k, whose R² in the saturated model is `saturated`."""
    ids = fit.instrument.construct_ids
    r2 = float(fit.r2.set_index("construct")["r2"][ids[k]])
    predictors = len(layout.causes[k])
    sse, parameters = (1 - r2) * (n - 1), predictors + 1
    base = n * np.log(sse / n)
    return {
        "construct": ids[k], "model": name, "r2": r2,
        "r2_adjusted": 1 - (1 - r2) * (n - 1) / (n - predictors - 1), "predictors": predictors,
        "aic": base + 2 * parameters, "bic": base + parameters * np.log(n),
        "gm": sse / (1 - saturated) + parameters * np.log(n),
    }  # fmt: skip


def _common_order(layouts: list[Layout]) -> tuple[int, ...] | None:
    """Constructs sorted so that the causes in every model come first; None where the models contradict each other."""
    causes = {k: sorted({j for layout in layouts for j in layout.causes[k]}) for k in range(layouts[0].K)}
    try:
        return tuple(TopologicalSorter(causes).static_order())
    except CycleError:
        return None


def _saturated(fit: PlsFit, layout: Layout, order: tuple[int, ...] | None) -> Array:
    """R² (K,) of the model in which each construct depends on all before it in `order`; missing without one."""
    if order is None:
        return np.full(layout.K, np.nan)
    place = {k: at for at, k in enumerate(order)}
    causes = tuple(tuple(sorted(j for j in order if place[j] < place[k])) for k in range(layout.K))
    full = replace(layout, causes=causes, order=order)
    R = fit.moments.correlations
    solution = kernel.solve(R[..., None], full, kernel.SCHEMES[fit.scheme], TOLERANCE)
    if not solution.converged.all():
        raise NotConverged(
            f"the saturated model of {fit.instrument.id} did not converge, so GM is not known."
        )
    return np.asarray(kernel.structural(solution.phi, full)[1][:, 0])


def _alike(first: PlsFit, other: PlsFit, layout: Layout, k: int) -> bool:
    a, b = (fit.weights["weight_std"].to_numpy(dtype=float)[layout.blocks[k]] for fit in (first, other))
    return bool(np.abs(a - b).max() < NEARLY)
