"""A tree as integers and weights: what the numeric kernels work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.errors import CompositeError

if TYPE_CHECKING:
    from ncsi.spec.tree import ImputeName, Tree


@dataclass(frozen=True, slots=True)
class Structure:
    """A compiled tree of m nodes, p of them indicators.

    `codes` (m): the indicators first, in declared order, then the aggregates by level, the root last, so that each
    node comes after its children. `parent` (m,): position of the parent, -1 at the root. `level` (m,): 1 of an
    indicator, one more than the highest child's of an aggregate. `children`: positions of each aggregate's children,
    in the order of the aggregates. `direction` (p,) is 1 or -1; `lower`, `upper` and `target` (p,) are NaN where not
    declared. `impute` (p): the rule each indicator declares for its missing cells, None where it leaves that to the
    tree. `local` (m,): share among siblings, 1 at the root.
    """

    codes: tuple[str, ...]
    leaves: int
    parent: Positions
    level: Positions
    children: tuple[Positions, ...]
    direction: Array
    lower: Array
    upper: Array
    target: Array
    impute: tuple[ImputeName | None, ...]
    local: Array

    @property
    def indicators(self) -> tuple[str, ...]:
        """Codes of the indicators, as the columns of the data."""
        return self.codes[: self.leaves]

    @property
    def aggregates(self) -> tuple[tuple[int, Positions], ...]:
        """Position and children of each aggregate, children first, the root last."""
        return tuple(enumerate(self.children, start=self.leaves))

    @property
    def groups(self) -> tuple[tuple[int, Positions], ...]:
        """Position of each aggregate that has indicators among its children, and those indicators."""
        direct = ((node, below[below < self.leaves]) for node, below in self.aggregates)
        return tuple((node, below) for node, below in direct if len(below))

    @property
    def below(self) -> tuple[tuple[int, Positions], ...]:
        """Position of each aggregate and all indicators below it, however deep."""
        found: dict[int, Positions] = {}
        for node, children in self.aggregates:
            parts = [found.get(int(k), np.array([k], dtype=np.intp)) for k in children]
            found[node] = np.concatenate(parts)
        return tuple(found.items())

    @property
    def top(self) -> int:
        """The level of the root."""
        return int(self.level[-1])

    def position(self, code: str) -> int:
        """The position of a node; KeyError when there is none of that code."""
        return {name: k for k, name in enumerate(self.codes)}[code]


def structure_of(tree: Tree) -> Structure:
    """A checked tree, compiled."""
    indicators = [node.code for node in tree.leaves]
    aggregates = sorted((node.code for node in tree.nodes if node.code in tree.children), key=tree.level)
    codes = (*indicators, *aggregates)
    place = {code: k for k, code in enumerate(codes)}
    nodes = [tree.node(code) for code in codes]
    parent = np.array([-1 if one.parent is None else place[one.parent] for one in nodes], dtype=np.intp)
    children = tuple(
        np.array([place[code] for code in tree.children[one]], dtype=np.intp) for one in aggregates
    )
    leaves = nodes[: len(indicators)]
    weight = np.array([1.0 if one.weight is None else one.weight for one in nodes])
    if tree.weights == "global":
        for k, below in enumerate(children, start=len(indicators)):
            weight[k] = weight[below].sum()
    return Structure(
        codes=codes,
        leaves=len(indicators),
        parent=parent,
        level=np.array([tree.level(code) for code in codes], dtype=np.intp),
        children=children,
        direction=np.array([float(one.direction) for one in leaves]),
        lower=_optional([one.lower for one in leaves]),
        upper=_optional([one.upper for one in leaves]),
        target=_optional([one.target for one in leaves]),
        impute=tuple(one.impute for one in leaves),
        local=shares(weight, children),
    )


def _optional(values: list[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in values])


def shares(weight: Array, children: tuple[Positions, ...]) -> Array:
    """Weights of any positive scale (..., m) as shares among siblings; 1 at the root."""
    local = np.ones_like(weight)
    for below in children:
        siblings = weight[..., below]
        local[..., below] = siblings / siblings.sum(axis=-1, keepdims=True)
    return local


def equal_weights(structure: Structure) -> Array:
    """Local weights (m,) where all siblings count the same."""
    return shares(np.ones(len(structure.codes)), structure.children)


def named_weights(structure: Structure, weights: Mapping[str, float]) -> Array:
    """Local weights (m,) where `weights` gives those of some nodes, on any positive scale; the others keep theirs.

    Siblings are given together. Raises CompositeError for an unknown node, a weight that is negative or no number,
    and siblings of which only some are given or all are 0.
    """
    weight = structure.local.copy()
    for code, value in weights.items():
        if code not in structure.codes:
            raise CompositeError("weights", f"there is no node '{code}'", "Name nodes of the tree")
        if not (np.isfinite(value) and value >= 0):
            raise CompositeError(
                "weights", f"the weight of '{code}' is {value:g}", "Give a number of 0 or more"
            )
        weight[structure.position(code)] = value
    for node, below in structure.aggregates:
        named = [structure.codes[k] for k in below if structure.codes[k] in weights]
        if named and (len(named) < len(below) or not weight[below].any()):
            problem = f"the children of '{structure.codes[node]}' are weighted only in part, or all by 0"
            raise CompositeError("weights", problem, "Give a weight to each of them, one at least positive")
    return shares(weight, structure.children)


def global_weights(structure: Structure, local: Array) -> Array:
    """What each node counts in the index (..., m): the product of local weights on its way to the root.

    The index is the sum of global weights times scores only where every level is arithmetic and nothing is missing
    (COINr `get_eff_weights`).
    """
    whole: Any = np.ones_like(local)
    for node, below in reversed(structure.aggregates):
        whole[..., below] = whole[..., [node]] * local[..., below]
    return np.asarray(whole)
