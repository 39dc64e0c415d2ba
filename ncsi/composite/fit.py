"""Labels around the kernels: a data frame and a tree in, a frozen `CompositeFit` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Mask
from ncsi.composite.cautions import Caution, cautions_of
from ncsi.composite.changes import log_frame
from ncsi.composite.choices import Choices, Normalisation, choices_of
from ncsi.composite.diagnostics import Coherence, coherence
from ncsi.composite.draws import DRAWS
from ncsi.composite.importance import Importance, importance
from ncsi.composite.observations import Observations, observations_of
from ncsi.composite.ranks import descending
from ncsi.composite.screening import LEAST, LEAST_IN_GROUP, Screening, screened
from ncsi.composite.sensitivity import RUNS, Sensitivity, sensitivity
from ncsi.composite.steps import SENSITIVITY_ONLY, Prepared, local_weights, prepared, scored
from ncsi.composite.structure import Structure, global_weights, structure_of
from ncsi.composite.treatment import Treated
from ncsi.composite.uncertainty import Uncertainty, rank_bounds, uncertainty
from ncsi.composite.weighting import BudgetWeights
from ncsi.errors import CompositeError
from ncsi.kinds import of_kind
from ncsi.spec.tree import Tree

ENOUGH, INSUFFICIENT = "enough", "insufficient_data"


@dataclass(frozen=True, slots=True)
class CompositeFit:
    """A composite index of units.

    `scores` (unit, node, score) of every node, indicators included, in the order of the units and of the tree's
    structure; NaN where a score cannot be made. `ranks` (unit, rank, rank_low, rank_high) by the root, 1 the best, ties
    all at their best; missing for a unit with insufficient data. `rank_low` and `rank_high` bound the rank for
    sampling error alone by the declared standard errors, for all units at once at 95 % (`uncertainty` has more), and
    are missing where one is not known and as `ncsi.composite.uncertainty.rank_bounds` says. `weights` (code, local,
    global). `log` (step, unit, node, from, to, rule): each cell that a step changed, on the raw scale. `units` (unit,
    observed, group, group_observed, status): shares of all indicators and of the emptiest group; status is "enough" or
    "insufficient_data". `treatment` (node, skewness, kurtosis, outcome, winsorised, skewness_after, kurtosis_after).
    `clipped` (node, below, above, share): of how many units a value lay beyond a benchmark or the target, on the raw
    scale. `warnings`: nodes of a single child, units not ranked, outliers that stay though treatment was asked for.

    The arrays behind: `seen` what was measured, `prepared` after each step, `local` weights (m,), `values` (n, m)
    scores in the order of `structure.codes`.
    """

    tree: Tree
    choices: Choices
    scores: pd.DataFrame
    ranks: pd.DataFrame
    weights: pd.DataFrame
    log: pd.DataFrame
    units: pd.DataFrame
    treatment: pd.DataFrame
    clipped: pd.DataFrame
    warnings: tuple[Caution, ...]
    structure: Structure = field(repr=False)
    seen: Observations = field(repr=False)
    screening: Screening = field(repr=False)
    prepared: Prepared = field(repr=False)
    learn: Mask | None = field(repr=False)
    local: Array = field(repr=False)
    values: Array = field(repr=False)

    def coherence(self) -> Coherence:
        """Whether the tree hangs together among the units with enough data: `ncsi.composite.diagnostics.coherence`."""
        parents = {node.code: node.parent for node in self.tree.nodes if node.parent is not None}
        return coherence(self._by_unit(), parents)

    def importance(self) -> Importance:
        """What each indicator moves, against its weight, among the units with enough data:
        `ncsi.composite.importance.importance`."""
        scores, weights = self._by_unit(), self.weights.set_index("code")["global"]
        return importance(scores[list(self.structure.indicators)], scores[self.structure.codes[-1]], weights)

    def _by_unit(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.values, index=list(self.seen.units), columns=list(self.structure.codes))
        return frame[self.screening.enough]

    def sensitivity(
        self,
        choices: Mapping[str, Sequence[Any]],
        seed: int = 1,
        n: int = RUNS,
        replicates: int | Mapping[str, pd.DataFrame] | None = None,
        weight_noise: float | None = None,
        experts: BudgetWeights | None = None,
        imputation: bool = False,
    ) -> Sensitivity:
        """Which choice, and which error, moves the ranks most: `ncsi.composite.sensitivity.sensitivity`."""
        return sensitivity(self, choices, seed, n, replicates, weight_noise, experts, imputation)

    def uncertainty(
        self,
        replicates: int | Mapping[str, pd.DataFrame] = DRAWS,
        choices: Mapping[str, Sequence[Any]] | None = None,
        seed: int = 1,
        level: float = 0.95,
        n: int = RUNS,
    ) -> Uncertainty:
        """How sure scores and ranks are: `ncsi.composite.uncertainty.uncertainty`."""
        return uncertainty(self, replicates, choices, seed, level, n)


@of_kind
def fit_composite(
    df: pd.DataFrame,
    tree: Tree,
    unit: str | None = None,
    normalise: str | Normalisation | None = None,
    to: tuple[float, float] | None = None,
    aggregate: str | Mapping[int, str] | None = None,
    impute: str | None = None,
    treat: str | None = None,
    weights: str | Mapping[str, float] = "given",
    power: float | None = None,
    cap: bool = True,
    reference: str | None = None,
    group: str | None = None,
    earlier: Mapping[int, pd.DataFrame] | None = None,
    learn_from: Sequence[str] | None = None,
    least: float = LEAST,
    least_in_group: float = LEAST_IN_GROUP,
    rank_bounded: bool = True,
) -> CompositeFit:
    """The index that `tree` describes, of the units in the rows of `df`.

    `df` has one column an indicator, named by its code, and may have `se_` + code; `unit` names the column of units,
    by default the index. What is left None is what the tree's `method` says, else fixed benchmarks, a range of 0 to
    100, arithmetic means, nothing imputed or treated. `aggregate`: one mean, or one for each level from 2 up; `power`
    its exponent. `weights`: "given", "equal", "pca" (a description; see `pca_weights`), or weights by code. `cap`:
    `target` stops at the target. `reference`: the unit of `reference`. `group`: the column of groups that
    `group_mean` needs; `earlier`: frames of earlier years, by years back, that `carry_forward` needs. `learn_from`: the
    units that minima, means and the like come from, by default all. `rank_bounded`: whether `ranks` get their bounds,
    which take longer than all the rest.
    A unit with less than `least` of its indicators, or `least_in_group` of a group's, is scored but not ranked.
    Raises CompositeError naming unit, node, value and cure. OECD/JRC (2008).
    """
    _require_tree(tree)
    structure = structure_of(tree)
    choices = choices_of(
        structure, tree.method, impute, treat, normalise, to, weights, aggregate, power, cap, reference
    )
    _require_publishable(choices)
    seen = observations_of(df, tree, unit, group, earlier)
    screening, learn = screened(seen.x, structure, least, least_in_group), _learning(seen.units, learn_from)
    fit = _computed(tree, structure, choices, seen, screening, learn)
    return replace(fit, ranks=fit.ranks.assign(**rank_bounds(fit))) if rank_bounded else fit


def _require_tree(tree: object) -> None:
    if not isinstance(tree, Tree):
        cure = (
            f"Load it: ncsi.load_tree({tree!r})"
            if isinstance(tree, str)
            else "Take ncsi.load_tree or tree_from"
        )
        raise CompositeError("tree", f"is of type {type(tree).__name__}, no tree", cure)


def _require_publishable(choices: Choices) -> None:
    if choices.weights in SENSITIVITY_ONLY:
        cure = f"Take others, or list it: c.sensitivity({{'weights': ['given', '{choices.weights}']}})"
        raise CompositeError("weights", f"'{choices.weights}' weights serve sensitivity only", cure)


def _computed(
    tree: Tree, structure: Structure, choices: Choices, seen: Observations, screening: Screening,
    learn: Mask | None,
) -> CompositeFit:  # fmt: skip
    """Scores, ranks without their bounds, and what is said beside them."""
    ready = prepared(seen, structure, choices, learn)
    local = local_weights(structure, choices, ready.z, seen.units)
    whole = global_weights(structure, local)
    values = scored(ready.z, local, structure, choices, seen.units)
    return CompositeFit(
        tree=tree,
        choices=choices,
        scores=_score_frame(values, seen.units, structure),
        ranks=_rank_frame(values[:, -1], screening.enough, seen.units),
        weights=pd.DataFrame({"code": structure.codes, "local": local, "global": whole}),
        log=log_frame(ready.changes, seen.units, structure),
        units=_unit_frame(screening, seen.units, structure),
        treatment=_treatment_frame(ready.treatment, structure),
        clipped=_clipped_frame(ready, structure),
        warnings=cautions_of(structure, whole, screening, ready.treatment, seen.units),
        structure=structure,
        seen=seen,
        screening=screening,
        prepared=ready,
        learn=learn,
        local=local,
        values=values,
    )


def _learning(units: tuple[str, ...], learn_from: Sequence[str] | None) -> Mask | None:
    if learn_from is None:
        return None
    unknown = sorted(set(learn_from) - set(units))
    if unknown:
        raise CompositeError("learn_from", f"there is no unit '{unknown[0]}'", "Name units of the data")
    return np.array([one in set(learn_from) for one in units])


def _score_frame(values: Array, units: tuple[str, ...], structure: Structure) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": np.repeat(np.array(units, dtype=object), len(structure.codes)),
            "node": np.tile(np.array(structure.codes, dtype=object), len(units)),
            "score": values.ravel(),
        }
    )


def _rank_frame(index: Array, enough: Mask, units: tuple[str, ...]) -> pd.DataFrame:
    ranks = pd.array(descending(np.where(enough, index, np.nan)), dtype="Float64")
    whole = pd.Series(ranks).mask(pd.isna(ranks)).astype("Int64")
    unknown = pd.array([pd.NA] * len(units), dtype="Int64")
    return pd.DataFrame({"unit": units, "rank": whole, "rank_low": unknown, "rank_high": unknown})


def _unit_frame(screening: Screening, units: tuple[str, ...], structure: Structure) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": units,
            "observed": screening.share,
            "group": [structure.codes[node] for node in screening.emptiest],
            "group_observed": screening.groups.min(axis=1),
            "status": np.where(screening.enough, ENOUGH, INSUFFICIENT),
        }
    )


def _treatment_frame(treatment: Treated, structure: Structure) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "node": structure.indicators,
            "skewness": treatment.before.skewness,
            "kurtosis": treatment.before.kurtosis,
            "outcome": treatment.outcomes,
            "winsorised": treatment.cells,
            "skewness_after": treatment.after.skewness,
            "kurtosis_after": treatment.after.kurtosis,
        }
    )


def _clipped_frame(ready: Prepared, structure: Structure) -> pd.DataFrame:
    moved = [one for one in ready.changes if one.step == "normalise"]
    below = np.bincount(
        [one.indicator for one in moved if one.before < one.after], minlength=structure.leaves
    )
    above = np.bincount(
        [one.indicator for one in moved if one.before > one.after], minlength=structure.leaves
    )
    there = (~np.isnan(ready.treated)).sum(axis=0)
    share = np.divide(below + above, there, out=np.zeros(structure.leaves), where=there > 0)
    return pd.DataFrame({"node": structure.indicators, "below": below, "above": above, "share": share})
