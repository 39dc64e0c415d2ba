"""Which parameters several groups share: from the same items to the same loadings, intercepts and residual variances,
all but those set free by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import numpy as np

from ncsi.arrays import Array, Mask, Positions
from ncsi.errors import ModelError
from ncsi.model.cbsem.parameters import Layout
from ncsi.model.cbsem.semopy_start import LAMBDA, PSI, THETA, Structure

Level = Literal["configural", "metric", "scalar", "strict"]
LEVELS: tuple[Level, ...] = ("configural", "metric", "scalar", "strict")


@dataclass(frozen=True, slots=True)
class Names:
    """A group's parameters as (lhs, op, rhs), those of the structure, then "item ~1", then "construct ~1"; and the
    level from which on each is shared, `since` (q + p + K,), 0 for never, negative for those set free."""

    of_own: tuple[tuple[str, str, str], ...]
    since: Positions

    @property
    def labels(self) -> tuple[str, ...]:
        """ "Image =~ IMA2", "IMA2 ~1"."""
        return tuple(" ".join(part for part in one if part) for one in self.of_own)

    def shared(self, level: Level) -> Mask:
        """Which are equal in all groups at this level."""
        return np.asarray((self.since > 0) & (self.since <= LEVELS.index(level)))


def names_of(layout: Layout, structure: Structure, free: Sequence[str]) -> Names:
    """All parameters of a group, with those named in `free` shared at no level.

    Raises ModelError for a name that no level shares, with the nearest that one does, for a marker, which is fixed to 1
    in every group, and where no intercept of a construct's items is left equal.
    """
    rows = dict(zip(layout.rows, structure.of_row, strict=True))
    inner = {place[1]: row.lhs for row, place in rows.items() if place[0] == PSI and place[1] == place[2]}
    items = [layout.items[k] for k in structure.order]
    own: list[tuple[str, str, str]] = [("", "", "")] * structure.n_parameters
    since = np.zeros(structure.n_parameters + len(items) + len(structure.measured), dtype=np.intp)
    for row, (matrix, *_, parameter) in rows.items():
        if parameter >= 0:
            own[parameter] = (row.lhs, row.op, row.rhs)
            since[parameter] = 1 if row.op == "=~" else 3 if matrix == THETA else 0
    own += [(item, "~1", "") for item in items]
    own += [(inner[int(k)], "~1", "") for k in structure.measured]
    since[structure.n_parameters : structure.n_parameters + len(items)] = 2
    names = Names(tuple(own), since)
    for one in free:
        since[_named(one, names, layout)] = -1
    _check_intercepts(names, structure, items, inner)
    return names


def _named(said: str, names: Names, layout: Layout) -> int:
    plain = " ".join(said.split()).replace("~ 1", "~1")
    held = {label: k for k, label in enumerate(names.labels) if names.since[k]}
    if plain in held:
        return held[plain]
    if any(row.op == "=~" and f"{row.lhs} =~ {row.rhs}" == plain for row in layout.rows):
        raise ModelError(
            f"free: the loading {plain} sets the scale of {plain.split()[0]} and is 1 in every group. "
            "Put another item first to free it."
        )
    near = get_close_matches(plain, held, 1)
    raise ModelError(
        f"free: no level of invariance holds '{said}' equal. Name a loading (Image =~ IMA2), an intercept (IMA2 ~1) or "
        f"a residual variance (IMA2 ~~ IMA2){f'; did you mean {near[0]}' if near else ''}."
    )


def _check_intercepts(
    names: Names, structure: Structure, items: Sequence[str], inner: dict[int, str]
) -> None:
    """Raise ModelError where no intercept is left equal by which groups could be compared on a construct."""
    q = structure.n_parameters
    loads = structure.matrices[LAMBDA] != 0
    mine = structure.matrix == LAMBDA
    loads[structure.row[mine], structure.col[mine]] = True
    for k in structure.measured:
        of_it = np.flatnonzero(loads[:, k])
        if (names.since[q + of_it] < 0).all():
            told = ", ".join(items[int(one)] for one in of_it)
            raise ModelError(
                f"free: no intercept of {inner[int(k)]} ({told}) is left equal, so that groups cannot be compared on "
                "it. Keep one, better two."
            )


@dataclass(frozen=True, slots=True)
class Sharing:
    """Where each group's own parameters lie among all (`at`, −1: fixed to 0), and what all are called."""

    at: tuple[Positions, ...]
    labels: tuple[str, ...]


def sharing(names: Names, groups: Sequence[str], level: Level, latent: int) -> Sharing:
    """The shared parameters first, then those of each group; latent means from `scalar` on, 0 in the first group."""
    shared, wide = names.shared(level), len(names.since)
    means = np.arange(wide) >= wide - latent
    labels = [names.labels[k] for k in np.flatnonzero(shared)]
    at = []
    for k, group in enumerate(groups):
        fixed = means & (k == 0 or level in ("configural", "metric"))
        where = np.full(wide, -1, dtype=np.intp)
        where[shared] = np.arange(int(shared.sum()))
        own = np.flatnonzero(~shared & ~fixed)
        where[own] = len(labels) + np.arange(len(own))
        labels += [f"{names.labels[j]} in {group}" for j in own]
        at.append(where)
    return Sharing(tuple(at), tuple(labels))


def started(own: Array, to: Sharing, shares: Array) -> Array:
    """All parameters (…) from every group's own (groups, q + p + K): means over the groups where they are shared."""
    total, weight = np.zeros(len(to.labels)), np.zeros(len(to.labels))
    for row, where, share in zip(own, to.at, shares, strict=True):
        free = where >= 0
        total[where[free]] += share * row[free]
        weight[where[free]] += share
    return total / weight


def with_latent_means(own: Array, structure: Structure, loadings: Array) -> Array:
    """The groups' parameters with the difference of markers' intercepts from the first group's put into latent means.

    `loadings` (p, K) are those of the measured inner variables.
    """
    q, p = structure.n_parameters, len(structure.order)
    marker = (structure.matrices[LAMBDA][:, structure.measured] == 1.0).argmax(axis=0)
    moved = own.copy()
    latent = own[:, q : q + p][:, marker] - own[0, q : q + p][marker]
    moved[:, q + p :] = latent
    moved[:, q : q + p] -= latent @ loadings.T
    return moved
