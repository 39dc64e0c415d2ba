"""A tree of indicators from a table of metadata, one row a node: ours, or COINr's iMeta."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Label
from ncsi.spec.problems import validate
from ncsi.spec.tree import Method, Node, Tree
from ncsi.spec.tree_checks import check_tree
from ncsi.spec.yaml_documents import Key

if TYPE_CHECKING:
    import pandas as pd

_COINR = {
    "icode": "code",
    "iname": "label",
    "name": "label",
    "goalpost_lower": "lower",
    "goalpost_upper": "upper",
}
"""COINr's names of what ours has under another (case does not count)."""
_DERIVED = frozenset({"level", "type"})
"""Columns of iMeta that the parents tell already."""
_NODE_TYPES = frozenset({"indicator", "aggregate"})
"""Rows of iMeta that are nodes; the others describe groups, denominators and the like."""
_MISSPELT = 80.0
"""How alike a column's name and a key are where one is taken for a misspelling of the other (of 100)."""
_WHAT = "tree metadata"


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows as the keys of a tree, with the row number and the column that each key came from."""

    data: dict[Any, Any]
    rows: tuple[int, ...]
    columns: Mapping[str, str]

    def where(self, *keys: Key) -> str:
        """`tree metadata: row 3, column Parent`."""
        if len(keys) < 2 or keys[0] != "nodes":
            return _WHAT
        place = f"{_WHAT}: row {self.rows[int(keys[1])]}"
        column = self.columns.get(str(keys[2])) if len(keys) > 2 else None
        return place if column is None else f"{place}, column {column}"


def tree_from(
    meta: pd.DataFrame,
    weights: Literal["local", "global"] = "local",
    id: str = "tree",
    label: Label | None = None,
    source: str = "a table of metadata",
    benchmark_version: str | None = None,
    method: Method | None = None,
) -> Tree:
    """A tree from `meta`, one row a node: code, parent (empty for the root), and where they are given weight,
    direction, lower, upper, target, unit, label, se_kind, impute.

    COINr's names are understood (iCode, iName, Parent, Direction, Weight, Target; Level follows from the parents,
    and rows whose Type is neither Indicator nor Aggregate are left out); upper and lower case do not count. Columns
    of other names are left out unless they look like a misspelt one. Raises SpecError naming row and column, for
    whatever `load_tree` raises it.
    """
    if not hasattr(meta, "columns"):
        raise SpecError(
            _WHAT, f"it is of type {type(meta).__name__}", "Give a pandas data frame, one row a node"
        )
    columns = _columns(meta)
    kept = _node_rows(meta)
    rows = [_node(meta, row, columns) for row in kept]
    document = {
        "spec": "ncsi/tree/1",
        "id": id,
        "version": "1.0.0",
        "label": label or Label(zh=id, en=id),
        "source": source,
        "weights": weights,
        "benchmark_version": benchmark_version,
        "method": method,
        "nodes": tuple(rows),
    }
    table = _Table(document, tuple(row + 1 for row in kept), columns)
    tree = validate(table, Tree)
    check_tree(tree, table.where)
    _check_types(tree, meta, kept)
    return tree


def _columns(meta: pd.DataFrame) -> dict[str, str]:
    """Which column holds each key of a node."""
    from rapidfuzz import fuzz, process  # late, as in `problems`

    keys = tuple(Node.model_fields)
    found: dict[str, str] = {}
    for column in map(str, meta.columns):
        name = column.strip().lower()
        key = _COINR.get(name, name)
        if key in found:
            raise SpecError(
                _WHAT, f"the columns '{found[key]}' and '{column}' both hold the {key}", "Drop one"
            )
        if key in keys:
            found[key] = column
        elif name not in _DERIVED:
            near = process.extractOne(name, keys, scorer=fuzz.ratio, score_cutoff=_MISSPELT)
            if near is not None:
                raise SpecError(_WHAT, f"there is no column '{column}'", f"Did you mean '{near[0]}'?")
    for key, coinr in (("code", "iCode"), ("parent", "Parent")):
        if key not in found:
            raise SpecError(_WHAT, f"there is no column '{key}'", f"Add it as '{key}' or '{coinr}'")
    return found


def _node_rows(meta: pd.DataFrame) -> list[int]:
    types = _types(meta)
    return [row for row, kind in enumerate(types) if kind in _NODE_TYPES] if types else list(range(len(meta)))


def _types(meta: pd.DataFrame) -> list[str]:
    """What each row says it is, in lower case; nothing where no column says it."""
    kinds = [column for column in meta.columns if str(column).strip().lower() == "type"]
    return [str(value).strip().lower() for value in meta[kinds[0]]] if kinds else []


def _check_types(tree: Tree, meta: pd.DataFrame, kept: list[int]) -> None:
    """Raise SpecError where a row says it is an aggregate and nothing lies below it, or an indicator and something
    does."""
    types = _types(meta)
    for row, node in zip(kept, tree.nodes, strict=True) if types else ():
        if (types[row] == "aggregate") == (node.code in tree.children):
            continue
        lacking = types[row] == "aggregate"
        problem = f"the {types[row]} '{node.code}' has {'no children' if lacking else 'children'}"
        cure = (
            "Name it as the parent of some node, or remove it"
            if lacking
            else "Correct its type or the parents"
        )
        raise SpecError(f"{_WHAT}: row {row + 1}, column Type", problem, cure)


def _node(meta: pd.DataFrame, row: int, columns: Mapping[str, str]) -> dict[str, Any]:
    """One row as the keys of a node; what is empty is left out."""
    cells = {key: _plain(meta[column].iloc[row]) for key, column in columns.items()}
    node = {key: value for key, value in cells.items() if value is not None}
    for key in ("label", "unit"):
        if key in node:
            node[key] = {"zh": str(node[key]), "en": str(node[key])}
    if isinstance(node.get("direction"), float) and node["direction"].is_integer():
        node["direction"] = int(node["direction"])
    return node


def _plain(value: object) -> Any:
    """A cell as Python's own value; None where it is empty."""
    value = value.item() if hasattr(value, "item") else value
    if (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or str(value).strip() in ("", "<NA>")
    ):
        return None
    return value
