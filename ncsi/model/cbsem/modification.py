"""Modification indices: by how much χ² would fall if a parameter that the model fixes at 0 were free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.errors import NotConverged
from ncsi.model.cbsem.casewise import Answered, separate_meat
from ncsi.model.cbsem.estimates import factors_of
from ncsi.model.cbsem.likelihood import expected_hessian, gradient, implied
from ncsi.model.cbsem.parameters import Layout
from ncsi.model.cbsem.robust import slopes_of_scores
from ncsi.model.cbsem.score_tests import score_tests
from ncsi.model.cbsem.semopy_start import BETA, LAMBDA, PSI, THETA, Structure
from ncsi.model.cbsem.solution import CbsemFit

COLUMNS = ["lhs", "op", "rhs", "mi", "p", "epc", "std_epc"]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A parameter that could be free: its names, and its place; a covariance has a second cell, mirrored."""

    lhs: str
    op: str
    rhs: str
    matrix: int
    row: int
    col: int


def modification_indices(fit: CbsemFit) -> pd.DataFrame:
    """lhs, op, rhs, mi, p, epc, std_epc of every loading, path and covariance that the model leaves out, the largest
    first: the fall of χ² to expect (1 degree of freedom) and the value that the parameter would take, on the items'
    scale and completely standardised (a covariance as the correlation of what is left of the two).

    A robust fit has them by its design: weights, clusters and non-normal answers count (Boos 1992); one by the
    likelihood of every answer given, from that. What cannot be told from the parameters that are free is left out.
    Source: Sörbom (1989); Saris, Satorra & Sörbom (1987).
    """
    solution = fit.solution
    cells = list(_candidates(solution.layout, solution.structure))
    wider = _with(solution.structure, cells)
    q = solution.structure.n_parameters
    theta = np.append(solution.optimum.theta[:q], np.zeros(len(cells)))
    if fit.answered is None:
        slope, information, free, meat = _of_moments(fit, wider, theta)
    else:
        slope, information, free, meat = _of_answers(fit.answered, wider, solution.optimum.theta, fit.robust)
    found, p, change = score_tests(slope, information, free, q + np.arange(len(cells)), meat)
    frame = pd.DataFrame([(one.lhs, one.op, one.rhs) for one in cells], columns=COLUMNS[:3])
    frame = frame.assign(
        mi=found, p=p, epc=change * _units(solution.structure, cells, solution.sd),
        std_epc=change * _standard(solution.structure, theta[:q], cells),
    )  # fmt: skip
    frame = frame[frame["mi"].notna()].sort_values("mi", ascending=False, kind="stable")
    return frame.reset_index(drop=True)[COLUMNS]


def _of_moments(fit: CbsemFit, wider: Structure, theta: Array) -> tuple[Array, Array, Array, Array | None]:
    moments = implied(wider, theta)
    if moments is None:
        raise NotConverged("covariance SEM: its optimum implies no valid covariance matrix. Fit it again")
    slope = -0.5 * fit.n * gradient(wider, moments, fit.solution.sample)
    free = np.eye(len(theta), fit.solution.structure.n_parameters)
    information = 0.5 * fit.n * expected_hessian(wider, moments)
    if fit.influence is None:
        return slope, information, free, None
    scores = slopes_of_scores(wider, moments)
    return slope, information, free, scores @ fit.influence.cross @ scores.T


def _of_answers(
    answered: Answered, wider: Structure, theta: Array, robust: bool
) -> tuple[Array, Array, Array, Array | None]:
    (part,) = answered.problem.parts
    q = answered.problem.structure.n_parameters
    at = np.concatenate([part.at[:q], np.full(wider.n_parameters - q, -1), part.at[q:]])
    problem = replace(answered.problem, structure=wider, parts=(replace(part, at=at),))
    point = problem.at(theta)
    if point is None:
        raise NotConverged("covariance SEM: its optimum implies no valid covariance matrix. Fit it again")
    (block,) = problem.separate_curvature(point, observed=False)
    meat = separate_meat(replace(answered, problem=problem), point) if robust else None
    half = 0.5 * answered.n
    return -half * problem.separate_gradient(point), half * block, problem.shared(), meat


def _candidates(layout: Layout, structure: Structure) -> Iterator[_Cell]:
    """Loadings on other constructs, covariances of residuals, paths and covariances of constructs, of components."""
    inner = inner_names(layout, structure)
    items = [layout.items[k] for k in structure.order]
    taken = _taken(structure)
    parts = {row.rhs for row in layout.rows if row.op == "=~"}
    single = [k for k, name in inner.items() if layout.safe[name] in layout.names]
    observed = {layout.safe[inner[k]] for k in single}
    outer = [k for k, item in enumerate(items) if layout.safe[item] not in observed]
    constructs = [k for k, name in inner.items() if name not in parts]
    families = (constructs, [k for k in inner if k not in constructs])
    found = [
        *(_Cell(inner[int(col)], "=~", items[row], LAMBDA, row, int(col))
          for col in structure.measured if col not in single for row in outer),
        *(_Cell(items[row], "~~", items[col], THETA, row, col) for row, col in combinations(outer, 2)),
        *(_Cell(inner[row], "~", inner[col], BETA, row, col) for row, col in permutations(constructs, 2)),
        *(_Cell(inner[row], "~~", inner[col], PSI, row, col)
          for family in families for row, col in combinations(family, 2)),
    ]  # fmt: skip
    for one in found:
        mirrored = one.matrix == PSI and (PSI, one.col, one.row) in taken
        if (one.matrix, one.row, one.col) not in taken and not mirrored:
            yield one


def inner_names(layout: Layout, structure: Structure) -> dict[int, str]:
    """Constructs and components by their position among the inner variables."""
    rows = zip(layout.rows, structure.of_row, strict=True)
    return {row: line.lhs for line, (matrix, row, col, _) in rows if matrix == PSI and row == col}


def _taken(structure: Structure) -> set[tuple[int, int, int]]:
    free = zip(structure.matrix.tolist(), structure.row.tolist(), structure.col.tolist(), strict=True)
    fixed = (
        (k, int(row), int(col))
        for k, each in enumerate(structure.matrices)
        for row, col in zip(*np.nonzero(each), strict=True)
    )
    return {*free, *fixed}


def _with(structure: Structure, cells: list[_Cell]) -> Structure:
    """The structure with the cells free, after its own parameters."""
    places = []
    for k, one in enumerate(cells):
        places.append((one.matrix, one.row, one.col, structure.n_parameters + k))
        if one.matrix in (PSI, THETA):
            places.append((one.matrix, one.col, one.row, structure.n_parameters + k))
    if not places:
        return structure
    matrix, row, col, parameter = np.array(places, dtype=np.intp).T
    return replace(
        structure,
        matrix=np.append(structure.matrix, matrix), row=np.append(structure.row, row),
        col=np.append(structure.col, col), parameter=np.append(structure.parameter, parameter),
    )  # fmt: skip


def _units(structure: Structure, cells: list[_Cell], sd: Array) -> Array:
    factors = factors_of(structure, sd)
    return np.array([factors[one.matrix][one.row, one.col] for one in cells])


def _standard(structure: Structure, theta: Array, cells: list[_Cell]) -> Array:
    """What makes each change completely standardised; NaN where a variance is not positive."""
    beta, loading, psi, residual = structure.filled(theta)
    effects = np.linalg.inv(np.eye(len(beta)) - beta)
    latent = effects @ psi @ effects.T
    inner = _roots(np.diag(latent))
    outer = _roots(np.diag(loading @ latent @ loading.T + residual))
    left, right = _roots(np.diag(psi)), _roots(np.diag(residual))
    factor = {
        LAMBDA: np.outer(1 / outer, inner),
        BETA: np.outer(1 / inner, inner),
        PSI: np.outer(1 / left, 1 / left),
        THETA: np.outer(1 / right, 1 / right),
    }
    return np.array([factor[one.matrix][one.row, one.col] for one in cells])


def _roots(variances: Array) -> Array:
    return np.sqrt(np.where(variances > 0, variances, np.nan))
