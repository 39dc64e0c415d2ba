"""Missing cells filled by a declared rule, each with the uncertainty the rule leaves. OECD (2008) ch. 4.

A group of indicators (the children of one aggregate) of which a unit has nothing stays missing under every rule: what
is not known at all is not made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.composite.changes import Change
from ncsi.composite.observations import Observations
from ncsi.composite.structure import Structure
from ncsi.errors import CompositeError, ModelError
from ncsi.model.moments.em import em_moments
from ncsi.spec.tree import ImputeName


@dataclass(frozen=True, slots=True)
class Filled:
    """Values (n,) that a rule gives for one indicator in every unit, and their residual sd (n,); NaN where it has
    none."""

    value: Array
    sd: Array


@dataclass(frozen=True, slots=True)
class Imputed:
    """`x` (n, p) with cells filled; `se` (n, p): standard errors of what was observed, the rule's residual sd of what
    was filled; the changes, for the log."""

    x: Array
    se: Array
    changes: tuple[Change, ...]


def imputed(seen: Observations, structure: Structure, rules: tuple[ImputeName, ...]) -> Imputed:
    """Each indicator's missing cells filled by its rule (p rules, in the order of the indicators).

    Raises CompositeError naming node and group where a rule has nothing to learn from.
    """
    x, se, changes = seen.x.copy(), seen.se.copy(), list[Change]()
    block_of = {int(k): below for _, below in structure.groups for k in below}
    for k, rule in enumerate(rules):
        absent = np.isnan(seen.x[:, k]) & ~np.isnan(seen.x[:, block_of[k]]).all(axis=1)
        if rule == "none" or not absent.any():
            continue
        filled = _RULES[rule](_Indicator(seen, structure, k, block_of[k]))
        absent &= ~np.isnan(filled.value)
        x[absent, k], se[absent, k] = filled.value[absent], filled.sd[absent]
        changes += [
            Change("impute", int(i), k, float("nan"), float(x[i, k]), rule) for i in np.flatnonzero(absent)
        ]
    return Imputed(x, se, tuple(changes))


@dataclass(frozen=True, slots=True)
class _Indicator:
    """One indicator: its position `k`, and those of its group, itself among them."""

    seen: Observations
    structure: Structure
    k: int
    block: Positions

    @property
    def column(self) -> Array:
        """Its values (n,). Raises CompositeError where there are none."""
        return self.column_of(self.k)

    def column_of(self, k: int) -> Array:
        """The values of another one (n,). Raises CompositeError where there are none."""
        if np.isnan(self.seen.x[:, k]).all():
            raise CompositeError(
                f"node {self.structure.codes[k]}", "no unit has a value", "Take the indicator out"
            )
        return self.seen.x[:, k]

    @property
    def own(self) -> int:
        """Its place in the group."""
        return int(np.flatnonzero(self.block == self.k)[0])

    @property
    def node(self) -> str:
        """How an error names it."""
        return f"node {self.structure.codes[self.k]}"


def _mean(of: _Indicator) -> Filled:
    column = of.column
    return Filled(np.full(len(column), np.nanmean(column)), np.full(len(column), _spread(column)))


def _median(of: _Indicator) -> Filled:
    column = of.column
    middle = float(np.nanmedian(column))
    return Filled(np.full(len(column), middle), np.full(len(column), _spread(column, middle)))


def _group_mean(of: _Indicator) -> Filled:
    if of.seen.groups is None:
        cure = "Give `group`, the column of the units' groups"
        raise CompositeError(of.node, "there are no groups to take means of", cure)
    column, groups = of.seen.x[:, of.k], np.array(of.seen.groups, dtype=object)
    value, sd = np.empty(len(column)), np.empty(len(column))
    for group in dict.fromkeys(of.seen.groups):
        members = groups == group
        if np.isnan(column[members]).all():
            raise CompositeError(
                f"{of.node}, group {group}",
                "no unit of the group has a value to take the mean of",
                "Impute this indicator by another rule, or join the group to another",
            )
        value[members], sd[members] = np.nanmean(column[members]), _spread(column[members])
    return Filled(value, sd)


def _row_pillar(of: _Indicator) -> Filled:
    """Where the unit stands, on average, in the other indicators of its group, between worst (0) and best (1)."""
    s, own = of.structure.direction[of.block], of.own
    toward = s * np.column_stack([of.column_of(int(j)) for j in of.block])
    low, high = np.nanmin(toward, axis=0), np.nanmax(toward, axis=0)
    for j in of.block[~(high > low)]:
        problem = "every unit has the same value, so a unit has no place between worst and best"
        raise CompositeError(f"node {of.structure.codes[j]}", problem, "Impute the group by another rule")
    share = (toward - low) / (high - low)
    others = np.delete(share, own, axis=1)
    there = ~np.isnan(others)
    with np.errstate(invalid="ignore"):
        place = np.where(there, others, 0.0).sum(axis=1) / there.sum(axis=1)
    value = s[own] * (low[own] + place * (high[own] - low[own]))
    return Filled(value, np.full(len(value), _root_mean_square(of.seen.x[:, of.k] - value)))


def _em(of: _Indicator) -> Filled:
    """The conditional mean and sd given the unit's other indicators of the group, under EM moments (ML, divisor n)."""
    x = of.seen.x[:, of.block]
    complete, p = int((~np.isnan(x)).all(axis=1).sum()), len(of.block)
    names = ", ".join(of.structure.codes[j] for j in of.block)
    if complete <= p + 1:
        problem = f"EM of {p} indicators ({names}) has {complete} complete units"
        raise CompositeError(of.node, problem, f"It needs more than {p + 1}: impute by another rule")
    try:
        moments = em_moments(x, np.ones(len(x)))
        return _conditional(x, moments.mean, moments.cov, of.own)
    except (ModelError, np.linalg.LinAlgError) as error:
        problem = f"EM of {names} found no covariance: {error}"
        raise CompositeError(
            of.node, problem, "Impute by another rule, or take one of two alike out"
        ) from error


def _conditional(x: Array, mean: Array, cov: Array, own: int) -> Filled:
    """Mean and sd of column `own` given what else is observed, row by row (n,)."""
    value, sd = np.full(len(x), np.nan), np.full(len(x), np.nan)
    given_cell = ~np.isnan(x)
    given_cell[:, own] = False
    for pattern in np.unique(given_cell, axis=0):
        rows, given = (given_cell == pattern).all(axis=1), np.flatnonzero(pattern)
        slope = np.linalg.solve(cov[np.ix_(given, given)], cov[given, own])
        value[rows] = mean[own] + (x[np.ix_(rows, given)] - mean[given]) @ slope
        sd[rows] = np.sqrt(max(cov[own, own] - cov[own, given] @ slope, 0.0))
    return Filled(value, sd)


def _carry_forward(of: _Indicator) -> Filled:
    """The unit's latest earlier value; its sd is the root mean square change over as many years."""
    if not of.seen.earlier:
        cure = "Give `earlier`, the data of earlier years"
        raise CompositeError(of.node, "there is no earlier value to carry forward", cure)
    now = of.seen.x[:, of.k]
    value, sd = np.full(len(now), np.nan), np.full(len(now), np.nan)
    for _, x in of.seen.earlier:
        then = x[:, of.k]
        fresh = np.isnan(value) & ~np.isnan(then)
        value[fresh], sd[fresh] = then[fresh], _root_mean_square(now - then)
    return Filled(value, sd)


_RULES = {
    "mean": _mean,
    "median": _median,
    "group_mean": _group_mean,
    "row_pillar": _row_pillar,
    "em": _em,
    "carry_forward": _carry_forward,
}


def _spread(column: Array, centre: float | None = None) -> float:
    """The sd of the observed (divisor n - 1) around their mean or `centre`; NaN of fewer than two."""
    there: Mask = ~np.isnan(column)
    if there.sum() < 2:
        return float("nan")
    away = column[there] - (column[there].mean() if centre is None else centre)
    return float(np.sqrt((away**2).sum() / (there.sum() - 1)))


def _root_mean_square(difference: Array) -> float:
    there = ~np.isnan(difference)
    return float(np.sqrt((difference[there] ** 2).mean())) if there.sum() >= 2 else float("nan")
