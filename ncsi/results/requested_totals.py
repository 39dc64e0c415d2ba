"""What a sector's one bootstrap is asked to sum besides: sub-indices and measures by brand, subgroups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ncsi.arrays import Array, Positions
from ncsi.model import PlsFit
from ncsi.model.inference.shares import percent_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.subsamples import construct_items, score_block, slopes_of
from ncsi.model.resampling.totals import Block, Totals
from ncsi.spec import Wave
from ncsi.tables import BACKGROUND


@dataclass(frozen=True, slots=True)
class Asked:
    """Blocks of `totals` by what they hold.

    `brands`: columns sub-indices, measures; the brand is "" in a sector without. `subgroups`: columns
    constructs, by dimension and subgroup. `sizes`: per block, respondents (c,) and effective respondents (c,).
    """

    totals: Totals
    brands: dict[str, int]
    subgroups: dict[tuple[str, str], int]
    sizes: tuple[tuple[Positions, Array], ...]

    def sizes_of(self, blocks: list[int]) -> tuple[Positions, Array]:
        """Respondents and effective respondents of blocks that are disjoint, together."""
        n = np.sum([self.sizes[k][0] for k in blocks], axis=0)
        totals = [self.totals.weights_of(k) for k in blocks]
        squares = sum(np.divide(w**2, self.sizes[k][1], out=np.zeros_like(w), where=w > 0)
                      for w, k in zip(totals, blocks, strict=True))  # fmt: skip
        total = np.sum(totals, axis=0)
        return n, np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)


def asked_of(fit: PlsFit, data: pd.DataFrame, wave: Wave) -> Asked:
    """Made ready for the bootstrap of `fit`, of the `data` it was fitted to."""
    brands, subgroups = dict(_brand_blocks(fit, data)), dict(_subgroup_blocks(fit, data, wave))
    blocks = [*brands.values(), *subgroups.values()]
    return Asked(
        Totals.of(fit, blocks),
        {name: k for k, name in enumerate(brands)},
        {name: len(brands) + k for k, name in enumerate(subgroups)},
        tuple(_sizes(block, fit.sample.weights[block.rows]) for block in blocks),
    )


def _brand_blocks(fit: PlsFit, data: pd.DataFrame) -> Iterator[tuple[str, Block]]:
    inst, sample = fit.instrument, fit.sample
    questions = {item.id: item for item in (*inst.items, *inst.beside)}
    composites = [np.array([inst.item_ids.index(i) for i in one.items]) for one in inst.subindices]
    scores = row_scores(fit.sample.X, fit.outer, composites)
    answers = data.iloc[sample.rows]
    measured = [
        percent_of(answers[one.item].to_numpy(dtype=np.float64, na_value=np.nan), one, questions[one.item])
        for one in inst.measures
    ]
    values = np.column_stack([scores, *measured])
    groups = sample.groups or ("",)
    edges = np.searchsorted(sample.group, np.arange(len(groups) + 1))
    for g, name in enumerate(groups):
        rows = slice(int(edges[g]), int(edges[g + 1]))
        slope = np.zeros((values.shape[1], len(inst.item_ids)))
        slope[: len(composites)] = slopes_of(fit, composites, scores, rows)
        yield str(name), Block(rows, values[rows], slope)


def _subgroup_blocks(fit: PlsFit, data: pd.DataFrame, wave: Wave) -> Iterator[tuple[tuple[str, str], Block]]:
    """Regions and the wave's background variables; the cluster of a design is no subgroup."""
    cluster = wave.weighting.cluster if wave.weighting else None
    dimensions = {"region": "region"} | {one: BACKGROUND + one for one in wave.background if one != cluster}
    composites = construct_items(fit)
    scores = row_scores(fit.sample.X, fit.outer, composites)
    for dimension, column in dimensions.items():
        codes, names = pd.factorize(data[column].iloc[fit.sample.rows], sort=True)
        for code, name in enumerate(names if len(names) > 1 else ()):
            yield (dimension, str(name)), score_block(fit, composites, scores, np.flatnonzero(codes == code))


def _sizes(block: Block, weights: Array) -> tuple[Positions, Array]:
    given = ~np.isnan(block.values)
    total, squares = weights @ given, weights**2 @ given
    n_eff: Array = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return given.sum(axis=0), n_eff
