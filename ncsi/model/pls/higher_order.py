"""Higher-order constructs in the PLS loop: from the items' weights in their components to the whole block's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.moments.sample import Sample
from ncsi.model.pls.positions import Layout, components_alone
from ncsi.model.pls.score_cells import cells_of, sums_of

if TYPE_CHECKING:
    from ncsi.model.pls.kernel import Solution
    from ncsi.spec.instrument import Instrument

NO_COMPONENTS = pd.DataFrame(
    [], columns=["construct", "component", "weight_std", "loading", "weight", "index_0_100"]
)
"""What an instrument without constructs of higher order has."""


@dataclass(frozen=True, slots=True)
class Composite:
    """One higher-order block of m components: the items' `weights` in their components (p_k, B), where each component
    begins (`starts`) and its number of items (`sizes`); `inverse` (m, m, B) of the components' correlations where
    they form the construct, else None."""

    weights: Array
    starts: list[int]
    sizes: list[int]
    inverse: Array | None

    def outer(self, proxy: Array) -> Array:
        """Outer weights of the items (p_k, B) from their covariances with the proxy: the components' own, by Mode A or
        B, times the items' in them."""
        own = np.add.reduceat(self.weights * proxy, self.starts, axis=0)
        if self.inverse is not None:
            own = np.einsum("ijb,jb->ib", self.inverse, own)
        return np.asarray(self.weights * np.repeat(own, self.sizes, axis=0))


def composites(R: Array, weights: Array, layout: Layout) -> dict[int, Composite]:
    """The higher-order blocks, given the items' weights in their components (p, B), each of variance 1."""
    return {k: _composite(R, weights, layout, k) for k in layout.higher}


def _composite(R: Array, weights: Array, layout: Layout, k: int) -> Composite:
    block = layout.blocks[k]
    own = weights[block]
    starts = [part - block.start for part in layout.parts[k]]
    sizes = np.diff([*starts, block.stop - block.start]).tolist()
    inverse = None
    if layout.formative[k]:
        spread = own[:, None] * R[block, block] * own[None]
        together = np.add.reduceat(np.add.reduceat(spread, starts, axis=0), starts, axis=1)
        inverse = np.moveaxis(np.linalg.inv(np.moveaxis(together, -1, 0)), 0, -1)
    return Composite(own, starts, sizes, inverse)


def component_frame(
    inst: Instrument, layout: Layout, sample: Sample, R: Array, solution: Solution, outer: Array
) -> pd.DataFrame:
    """Components of the higher-order constructs: construct, component, weight_std and loading of its composite in the
    construct, weight (share of the construct's index), index_0_100; no rows without them.

    `R` are the item correlations (p, p), `outer` the unstandardised weights (p,).
    """
    if not layout.higher:
        return NO_COMPONENTS.copy()
    parts = components_alone(layout).layout
    share = np.add.reduceat(outer, parts.starts)
    own = outer / share[parts.owner]
    index = sums_of(cells_of(sample, parts), sample.weights[None, :], own[:, None]).overall[:, 0]
    rows = []
    for k in layout.higher:
        for name, first in zip(inst.constructs[k].components, layout.parts[k], strict=True):
            j = int(np.searchsorted(parts.starts, first))
            block = parts.blocks[j]
            weights, toward = solution.weights[block, 0], solution.cross[block, k, 0]
            spread = float(np.sqrt(weights @ R[block, block] @ weights))
            rows.append(
                (inst.construct_ids[k], name.id, spread, float(weights @ toward) / spread, share[j], index[j])
            )
    return pd.DataFrame(rows, columns=NO_COMPONENTS.columns)
