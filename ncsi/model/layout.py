"""The model as positions, and from an instrument's names to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncsi.errors import ModelError

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


Array = NDArray[np.floating]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Layout:
    """The model as positions: K constructs over p items that lie in blocks, in construct order.

    `starts`: (K,) first item of each block. `formative`: Mode B per construct. `causes[k]`: constructs with a
    path to k. `order`: constructs sorted so that causes come first.
    """

    starts: Index
    p: int
    formative: tuple[bool, ...]
    causes: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]

    @property
    def K(self) -> int:
        """Number of constructs."""
        return len(self.starts)

    @cached_property
    def owner(self) -> Index:
        """Construct of each item (p,)."""
        return np.repeat(np.arange(self.K), np.diff(np.append(self.starts, self.p)))

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """Item positions of each construct."""
        ends = [*self.starts[1:], self.p]
        return tuple(slice(int(a), int(b)) for a, b in zip(self.starts, ends, strict=True))

    @cached_property
    def arrows(self) -> Array:
        """1 where the row has a path to the column, else 0 (K, K, 1)."""
        arrows = np.zeros((self.K, self.K, 1))
        for j, causes in enumerate(self.causes):
            arrows[list(causes), j] = 1.0
        return arrows

    @cached_property
    def equations(self) -> dict[int, tuple[NDArray[Any], ...]]:
        """For each construct with causes, where its causes meet (themselves, it) in a square matrix."""
        return {
            j: np.ix_(np.array(causes), np.array([*causes, j]))
            for j, causes in enumerate(self.causes)
            if causes
        }


def layout_of(instrument: Instrument) -> Layout:
    """The instrument as positions. Raises ModelError when its paths form a cycle."""
    ids = instrument.construct_ids
    sizes = [len(construct.items) for construct in instrument.constructs]
    causes = tuple(
        tuple(sorted(ids.index(path.source) for path in instrument.paths if path.target == name))
        for name in ids
    )
    try:
        order = tuple(TopologicalSorter(dict(enumerate(causes))).static_order())
    except CycleError as error:
        cycle = " → ".join(ids[k] for k in error.args[1])
        raise ModelError(
            f"instrument {instrument.id}: the paths form a cycle, {cycle}. Take out one of its paths."
        ) from error
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    formative = tuple(construct.mode == "B" for construct in instrument.constructs)
    return Layout(starts, sum(sizes), formative, causes, order)


def with_mode(layout: Layout, formative: bool) -> Layout:
    """The same model with every block in one mode."""
    return replace(layout, formative=(formative,) * layout.K)
