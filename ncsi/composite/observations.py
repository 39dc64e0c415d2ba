"""What was measured: a data frame as arrays, checked cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_complex_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from ncsi.arrays import Array
from ncsi.errors import CompositeError
from ncsi.spec.tree import SE_PREFIX

if TYPE_CHECKING:
    from ncsi.spec.tree import Node, Tree


@dataclass(frozen=True, slots=True)
class Observations:
    """n units with p indicators: `x` (n, p) raw values, NaN where missing; `se` (n, p) their standard errors, 0 of a
    census, NaN where none is known. `groups` (n): what means of groups are taken within. `earlier`: how many years
    back, and the values (n, p) of these units then, NaN where there are none; the latest first."""

    units: tuple[str, ...]
    x: Array
    se: Array
    groups: tuple[str, ...] | None = None
    earlier: tuple[tuple[int, Array], ...] = ()


def observations_of(
    df: pd.DataFrame,
    tree: Tree,
    unit: str | None = None,
    group: str | None = None,
    earlier: Mapping[int, pd.DataFrame] | None = None,
) -> Observations:
    """The columns of `df` that the tree names, one row a unit.

    `unit`: the column of unit names, by default the index; `group` that of their groups. `earlier`: frames of the same
    columns by how many years back they lie. Standard errors stand in columns `se_` + code. Raises CompositeError
    naming column, unit and value: a column that is missing, a value that is no finite number, two units of one name,
    a survey or measured indicator with a value and no standard error.
    """
    units, x = _units_and_values(df, tree, unit)
    se = np.column_stack([_errors(df, node, units, x[:, k]) for k, node in enumerate(tree.leaves)])
    groups = None if group is None else _names(df, group, "group")
    return Observations(units, x, se, groups, _earlier(earlier or {}, tree, unit, units))


def _units_and_values(df: pd.DataFrame, tree: Tree, unit: str | None) -> tuple[tuple[str, ...], Array]:
    if not isinstance(df, pd.DataFrame):
        problem = f"is of type {type(df).__name__}, no data frame"
        raise CompositeError("data", problem, "Give a frame with one row for each unit")
    units = _units(df, unit)
    absent = [node.code for node in tree.leaves if node.code not in df.columns]
    if absent:
        cure = "Add the columns (empty where nothing is known), or take the nodes out of the tree"
        raise CompositeError("data", "there is no column " + ", ".join(absent), cure)
    return units, np.column_stack([_numbers(df, node.code, units) for node in tree.leaves])


def _earlier(
    frames: Mapping[int, pd.DataFrame], tree: Tree, unit: str | None, units: tuple[str, ...]
) -> tuple[tuple[int, Array], ...]:
    found = []
    for years in sorted(frames):
        if years < 1:
            raise CompositeError("earlier", f"{years} years back is not earlier", "Count years back from 1")
        theirs, x = _units_and_values(frames[years], tree, unit)
        row = {name: k for k, name in enumerate(theirs)}
        lined_up = np.full((len(units), x.shape[1]), np.nan)
        known = [k for k, name in enumerate(units) if name in row]
        lined_up[known] = x[[row[units[k]] for k in known]]
        found.append((years, lined_up))
    return tuple(found)


def _units(df: pd.DataFrame, unit: str | None) -> tuple[str, ...]:
    if not len(df):
        raise CompositeError("data", "there are no units", "Give one row for each unit")
    names = _names(df, unit, "unit")
    seen: dict[str, int] = {}
    for row, name in enumerate(names, start=1):
        if name in seen:
            problem = f"two units are called '{name}', the first in row {seen[name]}"
            raise CompositeError(f"row {row}, unit {name}", problem, "Rename or remove one of them")
        seen[name] = row
    return names


def _names(df: pd.DataFrame, column: str | None, what: str) -> tuple[str, ...]:
    """The names in a column, or in the index. Raises CompositeError for an unknown column or an empty cell."""
    if column is not None and column not in df.columns:
        raise CompositeError(what, f"there is no column '{column}'", f"Name the column of {what}s")
    if column is not None and not isinstance(df[column], pd.Series):
        raise CompositeError(f"column {column}", "comes twice", "Keep one of them")
    cells = df.index.to_series() if column is None else df[column]
    names = tuple("" if pd.isna(cell) else str(cell).strip() for cell in cells)
    if "" in names:
        raise CompositeError(
            f"row {names.index('') + 1}", f"the {what} has no name", "Name it, or take the row out"
        )
    return names


def _numbers(df: pd.DataFrame, column: str, units: tuple[str, ...]) -> Array:
    if not isinstance(df[column], pd.Series):
        raise CompositeError(f"column {column}", "comes twice", "Keep one of them")
    cells = df[column]
    if not _may_hold_numbers(cells):
        raise CompositeError(
            f"column {column}", f"holds {cells.dtype}, no numbers", "Write one number for each unit"
        )
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind == "f" and not np.isinf(cells).any():
        return cells.to_numpy(dtype=np.float64)
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    said = cells.notna().to_numpy() & (cells.astype(str).str.strip() != "").to_numpy()
    wrong = np.flatnonzero((said & np.isnan(values)) | np.isinf(values))
    if wrong.size:
        row = int(wrong[0])
        raise CompositeError(
            f"row {row + 1}, unit {units[row]}, column {column}",
            f"'{cells.iloc[row]}' is no finite number",
            "Write a number, or leave the cell empty where the value is missing",
        )
    return values


def _may_hold_numbers(cells: pd.Series) -> bool:
    """Not dates, nor true and false, nor complex numbers, which could all be read as some number."""
    if is_numeric_dtype(cells):
        return not (is_bool_dtype(cells) or is_complex_dtype(cells))
    return is_object_dtype(cells) or is_string_dtype(cells) or isinstance(cells.dtype, pd.CategoricalDtype)


def _errors(df: pd.DataFrame, node: Node, units: tuple[str, ...], x: Array) -> Array:
    """Standard errors (n,) of one indicator, where it has values; NaN where it has none or none is known."""
    column = SE_PREFIX + node.code
    if column not in df.columns:
        if node.se_kind in ("survey", "measured"):
            problem = f"'{node.code}' is declared `se_kind: {node.se_kind}`, and there is no column {column}"
            cure = f"Add {column}, or declare `se_kind: none_declared`"
            raise CompositeError(f"column {column}", problem, cure)
        return np.full(len(x), 0.0 if node.se_kind == "census" else np.nan)
    se = _numbers(df, column, units)
    lacking = np.isnan(se) & ~np.isnan(x) & (node.se_kind in ("survey", "measured"))
    for row in np.flatnonzero((se < 0) | lacking)[:1]:
        problem = f"the standard error is {se[row]:g}" if se[row] < 0 else "the standard error is missing"
        cure = "Give one of 0 or more for every value of a survey or measurement"
        raise CompositeError(f"row {row + 1}, unit {units[row]}, column {column}", problem, cure)
    return np.where(np.isnan(x), np.nan, se)
