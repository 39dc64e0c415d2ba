"""The only door to semopy, beside its import: its model matrices and its starting fit."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.errors import NotConverged

if TYPE_CHECKING:
    from ncsi.model.cbsem.parameters import Layout, Row

BETA, LAMBDA, PSI, THETA = range(4)
_BUILDING = Lock()
"""semopy keeps its syntax handlers in dictionaries of the class, which every new model rebinds to itself."""


@dataclass(frozen=True, slots=True)
class Structure:
    """semopy's matrices as plain arrays: Σ = Λ(I−B)⁻¹Ψ(I−B)⁻ᵀΛᵀ + Θ.

    `matrices` (B, Λ, Ψ, Θ) hold the fixed values. Free cell `l` is (`row[l]`, `col[l]`) of `matrix[l]` and
    carries parameter `parameter[l]`; a covariance has two cells. `order` are the positions of Σ's variables
    among the items. `of_row` gives each row of the layout its (matrix, row, column, parameter or −1).
    """

    matrices: tuple[Array, ...]
    matrix: Positions
    row: Positions
    col: Positions
    parameter: Positions
    order: Positions
    of_row: tuple[tuple[int, int, int, int], ...]

    @property
    def n_parameters(self) -> int:
        """Number of free parameters."""
        return int(self.parameter.max()) + 1

    @property
    def measured(self) -> Positions:
        """The inner variables that items load on; those of higher order have none."""
        free = self.col[self.matrix == LAMBDA]
        return np.union1d(free, np.flatnonzero(self.matrices[LAMBDA].any(axis=0)))

    def filled(self, theta: Array) -> list[Array]:
        """B, Λ, Ψ, Θ with the free cells set from the parameters (…, parameters): matrices (…, rows, columns)."""
        filled = []
        for k, matrix in enumerate(self.matrices):
            mine = self.matrix == k
            copy = np.broadcast_to(matrix, theta.shape[:-1] + matrix.shape).copy()
            copy[..., self.row[mine], self.col[mine]] = theta[..., self.parameter[mine]]
            filled.append(copy)
        return filled


def start(layout: Layout, cov: Array, n: float) -> tuple[Structure, Array]:
    """Build the model and fit it by semopy's fast solver, which may stop short of the optimum.

    `cov` is items × items, positive definite. Returns the structure and the parameters reached; raises
    NotConverged when the solver leaves the finite numbers.
    """
    model = _build(layout.syntax())
    frame = pd.DataFrame(cov, index=list(layout.names), columns=list(layout.names), dtype=float)
    model.fit(cov=frame, n_samples=n)
    reached = np.array(model.param_vals, dtype=np.float64)
    if not np.isfinite(reached).all():
        raise NotConverged("covariance SEM: the starting fit produced non-finite values. Publish PLS alone")
    return _structure(model, layout), reached


def _build(syntax: str) -> Any:
    with _BUILDING:
        from ncsi.model.cbsem.lean_semopy import Model  # only when a covariance SEM is fitted

        return Model(syntax, mimic_lavaan=True, cov_diag=True)


def _structure(model: Any, layout: Layout) -> Structure:
    cells = [
        (k, row, col, number)
        for k, (places, numbers) in enumerate(model.param_ranges)
        if numbers
        for row, col, number in zip(*places, numbers, strict=True)
    ]
    matrix, row, col, parameter = (np.array(part, dtype=np.intp) for part in zip(*cells, strict=True))
    fixed = tuple(np.array(each, dtype=np.float64) for each in model.matrices)
    for k, each in enumerate(fixed):
        each[row[matrix == k], col[matrix == k]] = 0.0
    numbered = {cell[:3]: cell[3] for cell in cells}
    observed, inner = model.names[LAMBDA]
    places = [_place(line, layout.safe, list(observed), list(inner)) for line in layout.rows]
    return Structure(
        matrices=fixed,
        matrix=matrix,
        row=row,
        col=col,
        parameter=parameter,
        order=np.array([layout.names.index(name) for name in observed], dtype=np.intp),
        of_row=tuple((*place, numbered.get(place, -1)) for place in places),
    )


def _place(line: Row, safe: dict[str, str], observed: list[str], inner: list[str]) -> tuple[int, int, int]:
    lhs, rhs = safe[line.lhs], safe[line.rhs]
    if line.op == "=~" and rhs in inner and rhs not in observed:
        return BETA, inner.index(rhs), inner.index(lhs)
    if line.op == "=~":
        return LAMBDA, observed.index(rhs), inner.index(lhs)
    if line.op == "~":
        return BETA, inner.index(lhs), inner.index(rhs)
    if lhs in inner:
        return PSI, inner.index(lhs), inner.index(rhs)
    return THETA, observed.index(lhs), observed.index(rhs)
