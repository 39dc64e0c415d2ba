"""Labels on arrays: result frames from positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.model.moments.sample import Sample
from ncsi.model.pls import reliability
from ncsi.model.pls.kernel import Solution
from ncsi.model.pls.positions import Layout
from ncsi.model.pls.scores import row_scores, unstandardised, weighted_means
from ncsi.survey import effective_size

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


def path_frame(inst: Instrument, paths: Array) -> pd.DataFrame:
    """Paths in the instrument's order."""
    ids = inst.construct_ids
    return pd.DataFrame(
        {"from": p.source, "to": p.target, "estimate": paths[ids.index(p.source), ids.index(p.target)]}
        for p in inst.paths
    )


def effect_pairs(layout: Layout) -> tuple[tuple[int, int], ...]:
    """Pairs (from, to) joined by at least one route."""
    reach: dict[int, set[int]] = {}
    for j in layout.order:
        reach[j] = set(layout.causes[j]).union(*(reach[i] for i in layout.causes[j]))
    return tuple((i, j) for j in range(layout.K) for i in sorted(reach[j]))


def effect_frame(inst: Instrument, layout: Layout, effects: Array) -> pd.DataFrame:
    """Total effects of every pair that a route joins."""
    ids = inst.construct_ids
    return pd.DataFrame(
        {"from": ids[i], "to": ids[j], "estimate": effects[i, j]} for i, j in effect_pairs(layout)
    )


def weight_frame(inst: Instrument, layout: Layout, solution: Solution, outer: Array) -> pd.DataFrame:
    """Outer weights, standardised and unstandardised, and loadings, in item order."""
    owner = layout.owner
    return pd.DataFrame(
        {
            "construct": [inst.construct_ids[k] for k in owner],
            "item": list(inst.item_ids),
            "weight_std": solution.weights[:, 0],
            "weight": outer[:, 0],
            "loading": solution.cross[np.arange(layout.p), owner, 0],
        }
    )


def index_frame(inst: Instrument, layout: Layout, sample: Sample, outer: Array) -> pd.DataFrame:
    """Mean and standard deviation (divisor Σw, corrected by n/(n−1)) of respondents' scores."""
    scores = row_scores(sample.X, outer, layout.blocks)
    rows = []
    for k, name in enumerate(inst.construct_ids):
        kept = ~np.isnan(scores[:, k])
        w, s = sample.weights[kept], scores[kept, k]
        mean = float(np.average(s, weights=w))
        spread = float(np.average((s - mean) ** 2, weights=w)) * kept.sum() / (kept.sum() - 1)
        rows.append({"construct": name, "index_0_100": mean, "sd": spread**0.5})
    return pd.DataFrame(rows)


def index_by_frame(
    inst: Instrument, layout: Layout, sample: Sample, outer: Array, by: str | None
) -> pd.DataFrame:
    """Index of every group and construct: the weighted mean of its respondents' scores."""
    if by is None:
        return pd.DataFrame(columns=["construct", "n", "n_eff", "index_0_100"])
    scores = row_scores(sample.X, outer, layout.blocks)
    rows = []
    for g, name in enumerate(sample.groups):
        for k, construct in enumerate(inst.construct_ids):
            kept = (sample.group == g) & ~np.isnan(scores[:, k])
            w = sample.weights[kept]
            size = float(effective_size(w))
            index = float(np.average(scores[kept, k], weights=w)) if kept.any() else float("nan")
            rows.append(
                {by: name, "construct": construct, "n": int(kept.sum()), "n_eff": size, "index_0_100": index}
            )
    return pd.DataFrame(rows)


def variant_frame(inst: Instrument, layout: Layout, sample: Sample, outer: Array) -> pd.DataFrame:
    """Index of every construct under other unstandardised outer weights (p,)."""
    scores = row_scores(sample.X, outer, layout.blocks)
    index = weighted_means(scores, sample.weights)
    return pd.DataFrame({"construct": list(inst.construct_ids), "index_0_100": index})


def equal_weights(layout: Layout) -> Array:
    """Equal unstandardised weights (p,) that sum to 1 in each block."""
    return np.concatenate([np.full(b.stop - b.start, 1 / (b.stop - b.start)) for b in layout.blocks])


def first_component(R: Array, sd: Array, layout: Layout) -> Array:
    """First principal component of each block's correlations, as unstandardised weights that sum to 1."""
    vectors = [np.linalg.eigh(R[block, block])[1][:, -1] for block in layout.blocks]
    turned = np.concatenate([vector * np.sign(vector.sum()) for vector in vectors])
    return unstandardised(turned[:, None], sd[:, None], layout)[:, 0]


def quality_frame(inst: Instrument, layout: Layout, R: Array, solution: Solution) -> pd.DataFrame:
    """Reliability of every block, from Mode A loadings; NaN for a single item."""
    rows = []
    for k, block in enumerate(layout.blocks):
        loadings = solution.cross[block, k, 0]
        rows.append(
            {
                "construct": inst.construct_ids[k],
                "alpha": reliability.cronbach_alpha(R[block, block]),
                "rho_a": reliability.rho_a(R[block, block], solution.weights[block, 0]),
                "rho_c": reliability.composite_reliability(loadings),
                "ave": reliability.average_variance_extracted(loadings),
            }
        )
    return pd.DataFrame(rows)


def htmt_frame(inst: Instrument, layout: Layout, R: Array) -> pd.DataFrame:
    """HTMT of every pair of constructs."""
    ratios = reliability.htmt(R[..., None], layout)[:, 0]
    return pair_frame(inst, layout).assign(htmt=ratios)


def pair_frame(inst: Instrument, layout: Layout) -> pd.DataFrame:
    """Pairs of constructs, in the order of `reliability.pairs`."""
    ids = inst.construct_ids
    return pd.DataFrame(
        [(ids[a], ids[b]) for a, b in reliability.pairs(layout)], columns=["construct_a", "construct_b"]
    )
