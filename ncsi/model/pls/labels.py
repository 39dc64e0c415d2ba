"""Labels on arrays: result frames from positions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from ncsi.arrays import Array
from ncsi.model.moments.sample import Sample
from ncsi.model.pls import reliability
from ncsi.model.pls.kernel import Solution
from ncsi.model.pls.positions import Layout
from ncsi.model.pls.scores import Scores, held, unstandardised, weighted_means
from ncsi.survey import effective_size

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument


ScoreOf = Callable[[int], Array]
"""Scores (n,) of the respondents on a construct, by its place."""
NO_GROUPS = pd.DataFrame(columns=["construct", "n", "n_eff", "index_0_100"])


def path_frame(inst: Instrument, paths: Array) -> pd.DataFrame:
    """Paths in the instrument's order."""
    ids = inst.construct_ids
    sources, targets = tuple(p.source for p in inst.paths), tuple(p.target for p in inst.paths)
    estimates = paths[[ids.index(one) for one in sources], [ids.index(one) for one in targets]]
    return pd.DataFrame({"from": text(sources), "to": text(targets), "estimate": estimates})


@lru_cache(maxsize=256)
def text(names: tuple[str, ...]) -> ExtensionArray:
    """Names as pandas holds a column of them; the same ones come again with every fit."""
    return pd.array(names, dtype="str")


@lru_cache(maxsize=256)
def names_of(names: tuple[str, ...]) -> pd.Index:
    """Names as an index, likewise."""
    return pd.Index(names)


def effect_pairs(layout: Layout) -> tuple[tuple[int, int], ...]:
    """Pairs (from, to) joined by at least one route."""
    reach: dict[int, set[int]] = {}
    for j in layout.order:
        reach[j] = set(layout.causes[j]).union(*(reach[i] for i in layout.causes[j]))
    return tuple((i, j) for j in range(layout.K) for i in sorted(reach[j]))


def effect_frame(inst: Instrument, layout: Layout, effects: Array) -> pd.DataFrame:
    """Total effects of every pair that a route joins."""
    ids = inst.construct_ids
    sources, targets = zip(*effect_pairs(layout), strict=True)
    return pd.DataFrame(
        {
            "from": text(tuple(ids[i] for i in sources)),
            "to": text(tuple(ids[j] for j in targets)),
            "estimate": effects[list(sources), list(targets)],
        }
    )


def weight_frame(inst: Instrument, layout: Layout, solution: Solution, outer: Array) -> pd.DataFrame:
    """Outer weights, standardised and unstandardised, and loadings, in item order."""
    owner = layout.owner
    return pd.DataFrame(
        {
            "construct": text(tuple(inst.construct_ids[k] for k in owner)),
            "item": text(inst.item_ids),
            "weight_std": solution.weights[:, 0],
            "weight": outer[:, 0],
            "loading": solution.cross[np.arange(layout.p), owner, 0],
        }
    )


def index_frame(inst: Instrument, sample: Sample, score_of: ScoreOf) -> pd.DataFrame:
    """Mean and standard deviation (divisor Σw, corrected by n/(n−1)) of respondents' scores."""
    means, spreads = [], []
    for k in range(len(inst.constructs)):
        own = score_of(k)
        kept = ~np.isnan(own)
        w, s = sample.weights[kept], own[kept]
        mean = float(np.average(s, weights=w))
        means.append(mean)
        spreads.append(float(np.average((s - mean) ** 2, weights=w)) * len(s) / (len(s) - 1))
    columns = {"index_0_100": np.array(means), "sd": np.array(spreads) ** 0.5}
    return pd.DataFrame({"construct": text(inst.construct_ids), **columns})


def index_by_frame(inst: Instrument, sample: Sample, score_of: ScoreOf, by: str | None) -> pd.DataFrame:
    """Index of every group and construct: the weighted mean of its respondents' scores."""
    if by is None:
        return NO_GROUPS.copy()
    edges = np.searchsorted(sample.group, np.arange(len(sample.groups) + 1)).tolist()
    found = []
    for k, construct in enumerate(inst.construct_ids):
        scores = score_of(k)
        for g, (first, end) in enumerate(pairwise(edges)):
            own = scores[first:end]
            kept = ~np.isnan(own)
            w = sample.weights[first:end][kept]
            index = float(np.average(own[kept], weights=w)) if len(w) else float("nan")
            found.append((g, sample.groups[g], construct, len(w), float(effective_size(w)), index))
    rows = [row for _, *row in sorted(found, key=itemgetter(0))]
    return pd.DataFrame(rows, columns=[by, "construct", "n", "n_eff", "index_0_100"])


def variant_frame(inst: Instrument, layout: Layout, sample: Sample, outer: Array) -> pd.DataFrame:
    """Index of every construct under other unstandardised outer weights (p,)."""
    scores = held(Scores.of(sample.answers, outer, layout.blocks, None))
    index = weighted_means(scores, sample.weights)
    return pd.DataFrame({"construct": text(inst.construct_ids), "index_0_100": index})


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
    blocks = [R[block, block] for block in layout.blocks]
    weights = [solution.weights[block, 0] for block in layout.blocks]
    loadings = [solution.cross[block, k, 0] for k, block in enumerate(layout.blocks)]
    return pd.DataFrame(
        {
            "construct": text(inst.construct_ids),
            "alpha": [reliability.cronbach_alpha(own) for own in blocks],
            "rho_a": [reliability.rho_a(own, w) for own, w in zip(blocks, weights, strict=True)],
            "rho_c": [reliability.composite_reliability(own) for own in loadings],
            "ave": [reliability.average_variance_extracted(own) for own in loadings],
        }
    )


def htmt_frame(inst: Instrument, layout: Layout, R: Array) -> pd.DataFrame:
    """HTMT of every pair of constructs."""
    ratios = reliability.htmt(R[..., None], layout)[:, 0]
    return pd.DataFrame({**_pairs(inst, layout), "htmt": ratios})


def pair_frame(inst: Instrument, layout: Layout) -> pd.DataFrame:
    """Pairs of constructs, in the order of `reliability.pairs`."""
    return pd.DataFrame(_pairs(inst, layout))


def _pairs(inst: Instrument, layout: Layout) -> dict[str, ExtensionArray]:
    ids = inst.construct_ids
    first, second = zip(*reliability.pairs(layout), strict=True)
    return {
        "construct_a": text(tuple(ids[k] for k in first)), "construct_b": text(tuple(ids[k] for k in second))
    }  # fmt: skip
