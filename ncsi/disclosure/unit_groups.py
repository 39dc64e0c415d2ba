"""Units of composite indices that are not named: which of their groups may be shown, and whether a release tells of a
few of them by what it changes (docs/method.md §15)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Mask
from ncsi.disclosure.complement import with_complement
from ncsi.disclosure.differencing import is_differencing
from ncsi.spec import RULE
from ncsi.tables import UnitGroups

LEAST_UNITS, LARGEST_UNIT = RULE.units, RULE.unit_dominance
"""Of a group of units that are not named: fewest that it may have, largest share of its weight that one may carry."""
WHOLE = "all"
"""The unit that is all of them together, the dimension of the group of all, and its only group."""
_GROUP = ["tree", "year", "dimension", "group"]
_KEY = [*_GROUP, "node"]
_TOLERANCE = 1e-9
Name = tuple[str, str]
"""Dimension and group."""
Units = frozenset[str]


def small_groups(frame: pd.DataFrame) -> pd.Series:
    """Rows of out_composite_by_group of too few units, or of one that dominates the others."""
    small: pd.Series = (frame["units"] < LEAST_UNITS) | (frame["largest_share"] > LARGEST_UNIT)
    return small


def hidden_groups(
    rule: UnitGroups, frame: pd.DataFrame, members: pd.DataFrame, roots: Mapping[str, str]
) -> pd.Series:
    """Rows of out_composite_by_group without a figure, of indices whose units are not named.

    `members`: rows of core_published_by_unit, as the results count them; `roots`: the code of each index.
    Where a part of a group is hidden, only its index stays: the parts of an index add up to it.
    """
    hidden = small_groups(frame)
    root = frame["node"] == frame["tree"].map(dict(roots))
    groups = [frame[name] for name in _GROUP]
    sets = {tree: _Members.of(rows) for tree, rows in members.groupby("tree")}
    while True:
        before = int(hidden.sum())
        hidden = with_complement(hidden, frame["units"], frame[list(rule.block)], LEAST_UNITS)
        hidden |= hidden.groupby(groups).transform("any") & ~root
        for (tree, _, node), part in frame.groupby(["tree", "year", "node"], sort=False):
            told = _telling(part, hidden[part.index], sets[str(tree)].with_figure(str(node)))
            hidden |= pd.Series(frame.index.isin(told), index=frame.index)
        if int(hidden.sum()) == before:
            return hidden


@dataclass(frozen=True, slots=True)
class _Members:
    """The units of one index: the groups of each, and the indicators that it has a figure of."""

    groups: Mapping[str, frozenset[Name]]
    figures: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Members:
        groups, figures = {}, {}
        for unit, own, given in zip(rows["unit"], rows["groups"], rows["figures"], strict=True):
            named = [line.partition("=") for line in str(own).split("\n") if line]
            groups[str(unit)] = frozenset({(WHOLE, WHOLE), *((name, group) for name, _, group in named)})
            figures[str(unit)] = frozenset(_lines(given))
        return cls(groups, figures)

    def with_figure(self, node: str) -> dict[Name, Units]:
        """Units by group: those with a figure of an indicator, all of an aggregate."""
        is_leaf = any(node in own for own in self.figures.values())
        found: dict[Name, set[str]] = defaultdict(set)
        for unit, names in self.groups.items():
            if not is_leaf or node in self.figures[unit]:
                for name in names:
                    found[name].add(unit)
        return {name: frozenset(units) for name, units in found.items()}


def _telling(part: pd.DataFrame, hidden: pd.Series, sets: Mapping[Name, Units]) -> list[object]:
    """The row to hide, of one node of an index, whose figure with those of other groups would be that of fewer units
    than may be shown; none where none does."""
    names = list(zip(part["dimension"].astype(str), part["group"].astype(str), strict=True))
    open_ = [
        (row, name)
        for row, name, gone in zip(part.index, names, hidden, strict=True)
        if not gone and name in sets
    ]
    told = _told_by([sets[name] for _, name in open_], _few(sets))
    if told is None:
        return []
    used = [one for one, is_used in zip(open_, told, strict=True) if is_used]
    smallest = min(used, key=lambda one: (one[1] == (WHOLE, WHOLE), len(sets[one[1]]), one[1]))
    return [smallest[0]]


def _told_by(shown: Sequence[Units], few: Sequence[Units]) -> Mask | None:
    """Which of the sums `shown` together give the sum of one of the sets `few`; None where they give none."""
    units = sorted(frozenset().union(*shown))
    if not units or not few:
        return None
    place = {unit: k for k, unit in enumerate(units)}
    A = np.zeros((len(shown), len(units)))
    for row, one in enumerate(shown):
        A[row, [place[unit] for unit in one]] = 1.0
    A, of_atom = np.unique(A, axis=1, return_inverse=True)  # units of the same groups cannot be told apart
    of_atom = of_atom.ravel()
    sizes = np.bincount(of_atom)
    solve = np.linalg.pinv(A.T)
    for target in few:
        wanted = np.zeros(A.shape[1])
        inside = [place[unit] for unit in target if unit in place]
        counts = np.bincount(of_atom[inside], minlength=len(sizes)) if inside else wanted
        wanted[counts > 0] = 1.0
        if len(inside) != len(target) or (counts[counts > 0] != sizes[counts > 0]).any():
            continue
        factors = solve @ wanted
        if np.abs(A.T @ factors - wanted).max() < _TOLERANCE:
            used: Mask = np.abs(factors) > _TOLERANCE
            return used
    return None


def _few(sets: Mapping[Name, Units]) -> list[Units]:
    """Sets of fewer units than may be shown that groups of several dimensions leave or share: what a group has beside
    one that it holds, what two have in common, what a dimension does not name."""
    everyone = sets.get((WHOLE, WHOLE), frozenset())
    by_dimension: dict[str, list[Units]] = defaultdict(list)
    for (dimension, _), units in sets.items():
        by_dimension[dimension].append(units)
    found = {everyone - frozenset().union(*parts) for parts in by_dimension.values()}
    for one in sets.values():
        for other in sets.values():
            if one != other:
                found |= {one - other, one & other}
    return sorted((one for one in found if 0 < len(one) < LEAST_UNITS), key=sorted)


def few_units_changed(public: pd.DataFrame, now: pd.DataFrame) -> str | None:
    """Where one of the releases that are out and a release of now would tell of 1 to 4 units by their difference: the
    group and the indicator, as `dimension=group, code`; None where they do not.

    Rows of core_published_by_unit of one index: `public` of the revisions that are out. What is of fewer units than may
    be shown, then or now, has no figure and no difference.
    """
    today = _placed(now)
    for _, rows in public.groupby("revision"):
        then = _placed(rows)
        changed: Counter[tuple[str, str]] = Counter()
        for unit in then.keys() | today.keys():
            moved = then.get(unit, frozenset()) ^ today.get(unit, frozenset())
            changed.update({(cell, code) for cell, code, _ in moved})
        large = _large(then) & _large(today)
        telling = sorted(
            one for one, n in changed.items() if one in large and is_differencing([n], LEAST_UNITS)
        )
        if telling:
            return ", ".join(telling[0])
    return None


def _placed(rows: pd.DataFrame) -> dict[str, frozenset[tuple[str, str, str]]]:
    """Cell, indicator and digest of every figure by unit; the cell of all units is `all`."""
    found = {}
    for unit, own, given in zip(rows["unit"], rows["groups"], rows["figures"], strict=True):
        cells = [WHOLE, *(line for line in str(own).split("\n") if line)]
        figures = _lines(given)
        found[str(unit)] = frozenset((cell, *one) for cell in cells for one in figures.items())
    return found


def _large(placed: Mapping[str, frozenset[tuple[str, str, str]]]) -> set[tuple[str, str]]:
    counts = Counter((cell, code) for own in placed.values() for cell, code, _ in own)
    return {one for one, n in counts.items() if n >= LEAST_UNITS}


def _lines(figures: object) -> dict[str, str]:
    """Digest by indicator."""
    return dict(_split(str(figures)))


def _split(figures: str) -> Iterator[tuple[str, str]]:
    for line in figures.split("\n"):
        if line:
            code, _, digest = line.partition("=")
            yield code, digest
