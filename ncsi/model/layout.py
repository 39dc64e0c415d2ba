"""From an instrument's names to the kernel's positions."""

from __future__ import annotations

from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from ncsi.errors import ModelError
from ncsi.model.kernel import Layout

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


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
