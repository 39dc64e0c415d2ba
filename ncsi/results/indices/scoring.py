"""Figures of every year through the engine, by each version of the benchmarks that scores the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.composite import CompositeFit, fit_composite
from ncsi.composite.fit import ENOUGH
from ncsi.errors import CompositeError
from ncsi.ingest.figures import Figures
from ncsi.spec.index_plan import IndexPlan
from ncsi.spec.tree import SE_PREFIX

WHOLE = "whole"
ByCode = Mapping[str, pd.DataFrame]
"""Joint replicates by code: a row a replicate, a column a unit."""
GROUP = "group of the unit"


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Joint replicates of survey figures, by year and code; `problem`: why the published year lacks some that its own
    survey should give: `held` (the figures are those of a public release) or `few_replicates`. `name`, `sha256` of the
    file that they come from, if they come from one."""

    by_year: Mapping[int, ByCode]
    problem: str = ""
    name: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The index of one year by one version of the benchmarks. `units`: as of `Figures`, one row a unit, in the order
    of the fit's units; `frame`: what was fitted, a row a unit."""

    year: int
    version: str
    fit: CompositeFit
    units: pd.DataFrame
    frame: pd.DataFrame

    @property
    def root(self) -> str:
        """Code of the index."""
        return self.fit.tree.root.code

    @property
    def index(self) -> pd.Series:
        """Score of the index by unit; NaN for a unit with too little data."""
        return self.nodes[self.root]

    @property
    def nodes(self) -> pd.DataFrame:
        """Scores, units × nodes; an aggregate is NaN for a unit with too little data."""
        structure = self.fit.structure
        values = self.fit.values.copy()
        values[~self.fit.screening.enough, structure.leaves :] = np.nan
        return pd.DataFrame(values, index=list(self.fit.seen.units), columns=list(structure.codes))

    @property
    def levels(self) -> pd.Series:
        """Level of each unit, by its id."""
        return self.units.set_index("unit")["level"]


Run = Mapping[tuple[int, str], Scored]
"""By year and version, in the order of both."""


def scored_years(plan: IndexPlan, figures: Figures, values: pd.DataFrame) -> dict[tuple[int, str], Scored]:
    """Every year of the figures, by each version that covers it. `values`: unit, year, indicator, value, se.

    Raises SpecError for a year that no version covers, CompositeError as of `fit_composite`.
    """
    found = {}
    for year in sorted(figures.units["year"].unique().tolist()):
        for version in plan.versions_of(year):
            found[year, version] = _scored(plan, figures, values, year, version)
    return found


def _scored(plan: IndexPlan, figures: Figures, values: pd.DataFrame, year: int, version: str) -> Scored:
    units = figures.units[figures.units["year"] == year].reset_index(drop=True)
    names, codes = units["unit"].tolist(), [node.code for node in plan.tree.leaves]
    own = values["year"] == year
    frame = _wide(values[own], names, codes)
    before = range(1, plan.definition.carry_years + 1)
    earlier = {back: _wide(values[values["year"] == year - back], names, codes) for back in before}
    groups = plan.definition.groups if any(node.impute == "group_mean" for node in plan.tree.leaves) else ()
    if groups:
        frame[GROUP] = units[groups[0].id].to_numpy()
    tree, least = plan.tree_of(version), plan.definition.screening
    fixed = tree.method is None or tree.method.normalise == "fixed"
    compared = units.loc[units["level"] == plan.definition.dimensions[0].id, "unit"].tolist()
    try:
        fit = fit_composite(
            frame,
            tree,
            group=GROUP if groups else None,
            earlier=earlier,
            least=least.units,
            least_in_group=least.groups,
            learn_from=None if fixed else compared,
            rank_bounded=False,  # tables have bounds of their own, at their level
        )
    except CompositeError as error:
        raise CompositeError(
            f"{figures.name}, year {year}, {error.where}", error.problem, error.cure
        ) from error
    return Scored(year, version, fit, units, frame)


def _wide(values: pd.DataFrame, units: list[str], codes: list[str]) -> pd.DataFrame:
    """One row a unit: a column for each indicator, and for its standard error where any is given or must be."""
    wide = values.pivot(index="unit", columns="indicator", values="value").reindex(index=units, columns=codes)
    errors = values.pivot(index="unit", columns="indicator", values="se").reindex(index=units, columns=codes)
    given = errors.columns[errors.notna().any(axis=0)]
    return wide.join(errors[given].add_prefix(SE_PREFIX))


def compared_units(one: Scored, plan: IndexPlan) -> pd.Index:
    """Units of the first dimension with enough data: those that are ranked, correlated and summed by group."""
    enough = one.fit.units.set_index("unit")["status"] == ENOUGH
    of_first = one.levels == plan.definition.dimensions[0].id
    return enough.index[enough & of_first.reindex(enough.index)]
