"""What an index says of itself besides the figures: typed, worded only where text is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ncsi.arrays import Array
from ncsi.composite.screening import Screening
from ncsi.composite.structure import Structure
from ncsi.composite.treatment import Treated

Code = Literal["single_child", "insufficient_data", "not_treatable", "outliers"]

_WORDS: dict[Code, str] = {
    "single_child": "node {0}: its one child {1} counts for all of it, {figure:.1%} of the index",
    "insufficient_data": "unit {0}: too little observed to be ranked, in group {1} {figure:.0%}",
    "not_treatable": "indicator {0}: skewness {figure:.1f}, but winsorising would make it a constant; left as it is",
    "outliers": "indicator {0}: skewness {figure:.1f}, and the treatment asked for does not mend it; left as it is",
}


@dataclass(frozen=True, slots=True)
class Caution:
    """One remark: `about` the unit or nodes it names, `figure` what was seen. `str` words it in English."""

    code: Code
    about: tuple[str, ...]
    figure: float

    def __str__(self) -> str:
        return _WORDS[self.code].format(*self.about, figure=self.figure)


def cautions_of(
    structure: Structure, whole: Array, screening: Screening, treatment: Treated, units: tuple[str, ...]
) -> tuple[Caution, ...]:
    """Nodes with a single child, units that are not ranked, indicators whose outliers stay although treatment was
    asked for; `whole` (m,) are the global weights."""
    single = (
        Caution("single_child", (structure.codes[node], structure.codes[below[0]]), float(whole[node]))
        for node, below in structure.aggregates
        if len(below) == 1
    )
    emptiest = screening.emptiest
    poor = (
        Caution(
            "insufficient_data", (units[i], structure.codes[emptiest[i]]), float(screening.groups[i].min())
        )
        for i in np.flatnonzero(~screening.enough)
    )
    skewed = (
        Caution(
            "outliers" if outcome == "failing" else "not_treatable",
            (structure.codes[k],),
            float(treatment.before.skewness[k]),
        )
        for k, outcome in enumerate(treatment.outcomes)
        if outcome in ("failing", "not_treatable")
    )
    return (*single, *poor, *skewed)
