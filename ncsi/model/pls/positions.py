"""The model as positions, and from an instrument's names to them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncsi.arrays import Array, Positions
from ncsi.errors import ModelError

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


@dataclass(frozen=True)
class Layout:
    """The model as positions: K constructs over p items that lie in blocks, in construct order.

    `starts`: (K,) first item of each block. `formative`: Mode B per construct. `causes[k]`: constructs with a
    path to k. `order`: constructs sorted so that causes come first. `parts[k]`: first item of each component of a
    higher-order construct, none for the others; `repeated` says how these are estimated.
    """

    starts: Positions
    p: int
    formative: tuple[bool, ...]
    causes: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]
    parts: tuple[tuple[int, ...], ...] = ()
    repeated: bool = False

    @property
    def K(self) -> int:
        """Number of constructs."""
        return len(self.starts)

    @cached_property
    def owner(self) -> Positions:
        """Construct of each item (p,)."""
        return np.repeat(np.arange(self.K), np.diff(np.append(self.starts, self.p)))

    @cached_property
    def own(self) -> tuple[Positions, Positions]:
        """Each item, and its construct: where a table (p, K) has items beside what they belong to."""
        return np.arange(self.p), self.owner

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

    @cached_property
    def higher(self) -> tuple[int, ...]:
        """The higher-order constructs."""
        return tuple(k for k, parts in enumerate(self.parts) if parts)

    @cached_property
    def first_stage(self) -> FirstStage | None:
        """The model that gives the components' weights; None when no construct is of higher order."""
        if not self.higher:
            return None
        return _repeated(self) if self.repeated else components_alone(self)


def position_of(inst: Instrument, construct: str) -> int:
    """Where a construct stands among those of the instrument. Raises ModelError where it has no such construct."""
    ids = inst.construct_ids
    if construct not in ids:
        near = get_close_matches(construct, ids, n=1)
        cure = f"Did you mean {near[0]}?" if near else f"The model has {', '.join(ids)}."
        raise ModelError(f"there is no construct '{construct}'. {cure}")
    return ids.index(construct)


@dataclass(frozen=True)
class FirstStage:
    """The model over the components: its `layout`, the item in each of its `columns`, and `take`, the column that
    holds each item's weight in the model of higher order (in two stages: in its component)."""

    layout: Layout
    columns: Positions
    take: Positions


def components_alone(layout: Layout) -> FirstStage:
    """Components in their construct's place, with all of its paths (the disjoint two-stage approach)."""
    starts, formative, of = _lower_constructs(layout)
    causes = tuple(
        tuple(j for cause in layout.causes[parent] for j, other in enumerate(of) if other == cause)
        for parent in of
    )
    order = tuple(j for k in layout.order for j, parent in enumerate(of) if parent == k)
    every = np.arange(layout.p)
    return FirstStage(Layout(np.array(starts), layout.p, formative, causes, order), every, every)


def _repeated(layout: Layout) -> FirstStage:
    """Components, and behind them the higher-order constructs with all their items once more.

    A reflective one leads to its components, a formative one is led to by them.
    """
    starts, formative, of = _lower_constructs(layout)
    columns, take = list(range(layout.p)), np.arange(layout.p)
    place = {parent: j for j, parent in enumerate(of)}
    causes: list[list[int]] = [[] for _ in of]
    for k in layout.higher:
        block = layout.blocks[k]
        place[k] = len(starts)
        starts = [*starts, len(columns)]
        formative = (*formative, layout.formative[k])
        take[block] = len(columns) + np.arange(block.stop - block.start)
        columns += range(block.start, block.stop)
        causes.append([])
    for k, sources in enumerate(layout.causes):
        causes[place[k]] += [place[source] for source in sources]
    for k in layout.higher:
        for j in (j for j, parent in enumerate(of) if parent == k):
            causes[place[k] if layout.formative[k] else j].append(j if layout.formative[k] else place[k])
    sorted_causes = tuple(tuple(sorted(one)) for one in causes)
    order = tuple(TopologicalSorter(dict(enumerate(sorted_causes))).static_order())
    lower = Layout(np.array(starts), len(columns), formative, sorted_causes, order)
    return FirstStage(lower, np.array(columns), take)


def _lower_constructs(layout: Layout) -> tuple[list[int], tuple[bool, ...], list[int]]:
    """Starts, modes and parents of the first-order constructs, components in their construct's place."""
    starts: list[int] = []
    formative: list[bool] = []
    of: list[int] = []
    for k, start in enumerate(layout.starts):
        own = layout.parts[k] or (int(start),)
        starts += own
        formative += [layout.formative[k] and not layout.parts[k]] * len(own)
        of += [k] * len(own)
    return starts, tuple(formative), of


def path_ends(instrument: Instrument) -> tuple[Positions, Positions]:
    """Constructs from which and to which the instrument's paths lead, in its order: where a table (K, K) has them."""
    ids = instrument.construct_ids
    sources, targets = np.array(
        [(ids.index(one.source), ids.index(one.target)) for one in instrument.paths]
    ).T
    return sources, targets


@lru_cache(maxsize=64)
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
    parts = tuple(
        tuple(
            int(start) + [item.id for item in construct.items].index(component.items[0])
            for component in construct.components
        )
        for start, construct in zip(starts, instrument.constructs, strict=True)
    )
    return Layout(starts, sum(sizes), formative, causes, order, parts, instrument.higher_order == "repeated")
