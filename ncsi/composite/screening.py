"""Is enough of a unit observed for its index to be published? Shares of all indicators and of each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.structure import Structure
from ncsi.errors import CompositeError

LEAST = 0.65
"""Of all indicators of a unit (the rule of thumb of the JRC)."""
LEAST_IN_GROUP = 0.5
"""Of the indicators of each lowest aggregate (ours)."""


@dataclass(frozen=True, slots=True)
class Screening:
    """`share` (n,) of the indicators observed; `groups` (n, g) the same in each lowest aggregate, whose positions are
    `nodes` (g,); `enough` (n,): whether the unit is ranked."""

    share: Array
    groups: Array
    nodes: Positions
    enough: Mask

    @property
    def emptiest(self) -> Positions:
        """Of each unit, the position of the group with the least observed (n,)."""
        return np.asarray(self.nodes[self.groups.argmin(axis=1)])


def screened(
    x: Array, structure: Structure, least: float = LEAST, least_in_group: float = LEAST_IN_GROUP
) -> Screening:
    """Availability of raw values x (n, p) before anything is imputed. Raises CompositeError for a least share that is
    none."""
    for name, share in (("least", least), ("least_in_group", least_in_group)):
        if not 0 <= share <= 1:
            raise CompositeError(name, f"is {share:g}, no share", "Give one from 0 to 1")
    there = ~np.isnan(x)
    groups = np.column_stack([there[:, below].mean(axis=1) for _, below in structure.groups])
    share = there.mean(axis=1)
    return Screening(
        share=share,
        groups=groups,
        nodes=np.array([node for node, _ in structure.groups], dtype=np.intp),
        enough=(share >= least) & (groups >= least_in_group).all(axis=1),
    )
