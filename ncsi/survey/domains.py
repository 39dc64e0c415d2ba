"""Domains (cells of rows) of a survey, all at once: sums, counts, variances and degrees of freedom by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ncsi.arrays import Codes
from ncsi.errors import InputError
from ncsi.survey.design import Design, Floats
from ncsi.survey.design_columns import codes_of, require_numbers, require_once

FIGURES = ("variable", "n", "estimate", "se", "low", "high", "df", "deff", "deff_replace", "n_eff")
"""Columns of estimates beside those that name the domain."""
SCALED = 1.5
"""Weights that sum to less than this times the rows are scaled to the sample."""


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """D cells: `keys` names them, one row per cell; `rows` are the rows in any cell, `cell` the cell of each."""

    keys: pd.DataFrame
    rows: Codes
    cell: Codes
    n_rows: int

    @property
    def size(self) -> int:
        """Number of cells."""
        return len(self.keys)

    def sums(self, values: Floats) -> Floats:
        """Sums (D,) of values (n,) by cell."""
        return np.asarray(np.bincount(self.cell, values[self.rows], self.size), dtype=np.float64)

    def replicate_sums(self, values: Floats, replicates: Floats) -> Floats:
        """Sums (R, D) of values (n,) under each set of replicate weights (n, R)."""
        place = (self.cell, self.rows)
        by_cell = sparse.csr_array((values[self.rows], place), shape=(self.size, self.n_rows))
        return np.asarray((by_cell @ replicates).T)

    def counts(self) -> Codes:
        """Rows (D,) of each cell."""
        return np.bincount(self.cell, minlength=self.size)

    def spread(self, by_cell: Floats) -> Floats:
        """Each row's (n,) value of its cell; 1 outside of all cells."""
        spread = np.ones(self.n_rows)
        spread[self.rows] = by_cell[self.cell]
        return spread

    def variances(self, design: Design, influence: Floats) -> Floats:
        """Variance (D,) of the weighted total of the influence (n,) within each cell."""
        if design.calibration is None:
            z = design.weights[self.rows] * influence[self.rows]
            return design.variances(z, self.rows, self.cell, self.size)
        # Residuals of calibration reach beyond a domain's rows, so each domain takes all of them.
        return np.array(
            [design.covariance((influence * self.inside(k))[:, None])[0, 0] for k in range(self.size)]
        )

    def degrees_of_freedom(self, design: Design) -> Codes:
        """Clusters less strata (D,) among the rows of each cell."""
        cluster, m, h = design.cluster[self.rows], len(design.stratum_of_cluster), len(design.strata)
        strata = np.bincount(self.cell * h + design.stratum_of_cluster[cluster], minlength=self.size * h)
        of_strata = (strata.reshape(self.size, h) > 0).sum(axis=1)
        if m == self.n_rows:
            return np.asarray(self.counts() - of_strata)
        pairs = np.unique(self.cell * m + cluster)
        return np.asarray(np.bincount(pairs // m, minlength=self.size) - of_strata)

    def inside(self, cell: int) -> NDArray[np.bool_]:
        """Which rows (n,) are in a cell."""
        inside = np.zeros(self.n_rows, dtype=bool)
        inside[self.rows[self.cell == cell]] = True
        return inside


def domains_of(frame: pd.DataFrame, by: str | Sequence[str] | None, counted: NDArray[np.bool_]) -> Domains:
    """The cells of the columns `by` among the rows `counted`; without `by` one cell.

    Rows with a missing key are in no cell. Raises InputError for an unknown column, one that is named twice or called
    as a figure, or where nothing is left.
    """
    columns = [] if by is None else [by] if isinstance(by, str) else list(by)
    for column in columns:
        if column not in frame:
            raise InputError("survey estimate: by", f"there is no column '{column}'", "Name one of the frame")
        require_once(frame, column)
        if column in FIGURES:
            raise InputError(
                "survey estimate: by", f"'{column}' is called as a column of the result", "Rename the column"
            )
    if len(set(columns)) < len(columns):
        raise InputError("survey estimate: by", f"{', '.join(columns)} name a column twice", "Name each once")
    if not counted.any():
        raise InputError(
            "survey estimate", "no row has both an answer and a weight", "Name a variable that was answered"
        )
    if not columns:
        rows = np.flatnonzero(counted)
        return Domains(pd.DataFrame(index=[0]), rows, np.zeros(len(rows), dtype=np.int64), len(frame))
    inside = counted & frame[columns].notna().all(axis=1).to_numpy()
    named = frame.loc[inside, columns].reset_index(drop=True)
    for column in columns:
        codes_of(named[column], column)
    groups = named.groupby(columns, sort=True, observed=True)
    keys = groups.size().index.to_frame(index=False)
    cell = np.asarray(groups.ngroup().to_numpy(), dtype=np.int64)
    return Domains(keys, np.flatnonzero(inside), cell, len(frame))


def require_level(level: float) -> None:
    """InputError unless it lies between 0 and 1."""
    if not (isinstance(level, Real) and 0 < level < 1):
        raise InputError("level", f"{level} does not lie between 0 and 1", "Use 0.95, for example")


def values_of(frame: pd.DataFrame, name: str) -> Floats:
    """A column's numbers (n,), NaN where it holds nothing. InputError when there is no such column, and for a row that
    holds what is no number: left out unsaid, texts such as 1,200 would take the large ones away."""
    column = column_of(frame, name)
    require_numbers(column, name)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    strange = np.flatnonzero(~np.isfinite(values) & column.notna().to_numpy(dtype=bool))
    strange = strange[column.iloc[strange].astype(str).str.strip().to_numpy() != ""]
    if len(strange):
        raise InputError(
            f"column {name}, row {frame.index[strange[0]]}",
            f"the value is not a number ({len(strange)} such rows)",
            "Correct the column, or make what is no answer missing",
        )
    return values


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column. InputError for what is no data frame or no name, and for a column that is not there or there twice."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "survey estimate",
            f"the data are {type(frame).__name__}, not a pandas data frame",
            "Make them one",
        )
    if not isinstance(name, str):
        raise InputError(
            "survey estimate", f"{type(name).__name__} is not the name of a column",
            "Put the values into the data as a column, and give its name",
        )  # fmt: skip
    if name not in frame:
        raise InputError("survey estimate", f"there is no column '{name}'", "Name a column of the frame")
    require_once(frame, name)
    return frame[name]


def answered(values: Floats, design: Design) -> tuple[Floats, Floats]:
    """Values with 0 for what is missing, and weights that are 0 there."""
    there = np.isfinite(values)
    return np.where(there, values, 0.0), np.where(there, design.weights, 0.0)


def simple_random_variances(cells: Domains, y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Variances (D,) of the mean of n rows drawn from Σw without and with replacement; 0 where n is 1.

    The population's variance is estimated by n/(n-1) Σw(y-ȳ)²/Σw. Weights that sum to hardly more than n are
    scaled to the sample, not to a population: the rows then count as drawn with replacement in both.
    """
    n, total = cells.counts(), cells.sums(weights)
    mean = cells.sums(weights * y) / total
    squares = cells.sums(weights * (y - cells.spread(mean)) ** 2) / total
    spread = np.where(n > 1, squares / np.maximum(n - 1, 1), 0.0)
    return np.asarray(spread * np.where(total > SCALED * n, 1 - n / total, 1.0)), spread
