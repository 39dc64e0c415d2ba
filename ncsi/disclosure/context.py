"""What disclosure rules need to know beside the table that they are applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What rules need besides their table: the index by brand as it is shown, sector and brand of the brands whose
    `target` index is shown, the level of the wave's intervals; the composite indices, or measures, whose units are
    `named`, the indices of fewer units than may be shown, the code of each, and the `members` of those that are not
    named (core_published_by_unit, of measures core_published_by_measured_unit); measure and cell of what may be `told`
    of units of measures."""

    index: pd.DataFrame
    shown: frozenset[tuple[str, str]]
    target: str
    level: float
    named: frozenset[str] = frozenset()
    told: frozenset[tuple[str, str]] = frozenset()
    few: frozenset[str] = frozenset()
    roots: Mapping[str, str] = field(default_factory=dict)
    members: pd.DataFrame = field(default_factory=pd.DataFrame)
