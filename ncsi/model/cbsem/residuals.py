"""What a covariance SEM leaves unexplained: each covariance less what is implied, and whether that is by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.cbsem.answers import curvature
from ncsi.model.cbsem.casewise import Answered, saturated_meat
from ncsi.model.cbsem.full_information import directions_of
from ncsi.model.cbsem.robust import normal_information
from ncsi.model.cbsem.saturated import basis
from ncsi.model.cbsem.solution import CbsemFit

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

ROOM = 1e-6
"""A residual varies where its variance is at least this part of the covariance's own: below, what the approximation
leaves out is larger than what it tells."""


@dataclass(frozen=True, slots=True)
class CbsemResiduals:
    """Observed less implied, items by items: `raw` on the items' scale, `correlation` over the observed standard
    deviations, as SRMR takes them, `z` raw over its standard error (NaN where the model reproduces it always).
    `blocks`: construct_a, construct_b, pairs, srmr, largest (the correlation residual largest in size), item_a,
    item_b, z of that pair, of every two constructs and of each with itself. `srmr` over all covariances."""

    raw: pd.DataFrame
    correlation: pd.DataFrame
    z: pd.DataFrame
    blocks: pd.DataFrame
    srmr: float


def residuals(fit: CbsemFit, inst: Instrument) -> CbsemResiduals:
    """Residuals of a covariance SEM, their standard errors from the information or, of a robust fit, from its design.

    Where answers are missing, the observed covariances are those of the EM moments, or the saturated model's. Source:
    Bentler (1995) for SRMR; Ogasawara (2001) and Maydeu-Olivares (2017) for the standard errors.
    """
    solution = fit.solution
    order = solution.structure.order
    sigma = np.empty_like(solution.sample)
    sigma[np.ix_(order, order)] = solution.optimum.point.moments[0].sigma
    scale = np.outer(solution.sd, solution.sd)
    sample = fit.cov.to_numpy() / scale
    left = sample - sigma
    error = _errors(fit)
    items = list(inst.item_ids)

    def framed(values: Array) -> pd.DataFrame:
        return pd.DataFrame(values, index=items, columns=items)

    with np.errstate(divide="ignore", invalid="ignore"):
        z = framed(left / error)
    correlation = framed(left)
    return CbsemResiduals(
        raw=framed(left * scale),
        correlation=correlation,
        z=z,
        blocks=_blocks(correlation, z, inst),
        srmr=float(np.sqrt(np.mean(left[np.triu_indices(len(items))] ** 2))),
    )


def _errors(fit: CbsemFit) -> Array:
    """Standard errors (p, p) of the residuals in correlation metric, NaN where they do not vary."""
    variance, own = _of_moments(fit) if fit.answered is None else _of_answers(fit, fit.answered)
    p = len(fit.cov)
    kept = np.where(variance > ROOM * own, variance, np.nan)
    error = np.empty((p, p))
    i, j = np.triu_indices(p)
    error[i, j] = error[j, i] = np.sqrt(kept)
    return error


def _of_moments(fit: CbsemFit) -> tuple[Array, Array]:
    """Variances (p(p+1)/2,) of the residuals and of the covariances, in item order."""
    structure, moments = fit.solution.structure, fit.solution.optimum.point.moments[0]
    order, p = structure.order, len(fit.cov)
    inverse = np.empty((p, p))
    inverse[np.ix_(order, order)] = moments.inverse
    information = fit.n * normal_information(inverse)
    own = np.concatenate([fit.solution.optimum.theta, np.zeros(p + len(structure.measured))])
    by_cell, _ = directions_of(structure, own, moments)
    in_items = np.empty((structure.n_parameters, p, p))
    in_items[:, order[:, None], order] = by_cell[: structure.n_parameters]
    directions = in_items[:, *np.triu_indices(p)].T
    by_design = fit.influence
    spread = np.linalg.inv(information) if by_design is None else by_design.cross / by_design.n**2
    return _left(directions, information, spread), np.diag(spread)


def _of_answers(fit: CbsemFit, answered: Answered) -> tuple[Array, Array]:
    """The same from the likelihood of every answer given."""
    optimum = fit.solution.optimum
    (part,), (found,), (own,) = answered.problem.parts, answered.saturated.against, optimum.point.against
    structure, p, half = answered.problem.structure, len(fit.cov), 0.5 * answered.n
    information = half * curvature(part.answers, own, *basis(p), observed=False)
    by_cell, shifts = directions_of(structure, part.own(optimum.theta), optimum.point.moments[0])
    free = part.at >= 0
    directions = np.hstack([by_cell[:, *np.triu_indices(p)], shifts])[free].T
    spread = np.linalg.inv(information)
    if fit.robust:
        bread = np.linalg.inv(half * curvature(part.answers, found, *basis(p), observed=True))
        spread = bread @ saturated_meat(part, found, answered.units) @ bread
    r = p * (p + 1) // 2
    place = np.empty((p, p), dtype=np.intp)
    i, j = np.triu_indices(p)
    place[i, j] = place[j, i] = np.arange(r)
    back = np.argsort(structure.order)
    in_items = place[np.ix_(back, back)][np.triu_indices(p)]
    return _left(directions, information, spread)[in_items], np.diag(spread)[in_items]


def _left(directions: Array, information: Array, spread: Array) -> Array:
    """Diagonal of (I − Δ(Δ'WΔ)⁻¹Δ'W) Γ (…)ᵀ."""
    pulled = directions.T @ information
    off = np.eye(len(spread)) - directions @ np.linalg.solve(pulled @ directions, pulled)
    return np.asarray((off @ spread * off).sum(axis=1))


def _blocks(correlation: pd.DataFrame, z: pd.DataFrame, inst: Instrument) -> pd.DataFrame:
    rows, items = [], list(inst.item_ids)
    for k, first in enumerate(inst.constructs):
        for second in inst.constructs[k:]:
            a, b = [one.id for one in first.items], [one.id for one in second.items]
            values = correlation.loc[a, b].to_numpy()
            cells = (
                np.triu(np.ones_like(values, dtype=bool))
                if first is second
                else np.ones_like(values, dtype=bool)
            )
            at = np.unravel_index(np.where(cells, np.abs(values), -1.0).argmax(), values.shape)
            rows.append(
                {
                    "construct_a": first.id, "construct_b": second.id, "pairs": int(cells.sum()),
                    "srmr": float(np.sqrt(np.mean(values[cells] ** 2))), "largest": float(values[at]),
                    "item_a": a[at[0]], "item_b": b[at[1]],
                    "z": float(z.to_numpy()[items.index(a[at[0]]), items.index(b[at[1]])]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
