"""Indices of parts of a sample by its pooled outer weights: subgroups, sub-indices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import Scores, of_rows, rows_at
from ncsi.model.resampling.totals import Block


def construct_items(fit: PlsFit) -> list[Positions]:
    """Positions of the items of each construct."""
    return [np.arange(block.start, block.stop) for block in layout_of(fit.instrument).blocks]


def slopes_of(
    fit: PlsFit, composites: Sequence[Positions], scores: Array | Scores, rows: Positions | slice
) -> Array:
    """Derivative (c, p) in the outer weights of the composites' weighted means over `rows`.

    A respondent's score moves by (x_i − score)/Σ(outer weights of the items answered).
    """
    outer, answers, own = fit.outer, fit.sample.answers, of_rows(scores, rows)
    w = fit.sample.weights[rows]
    slope, weight = np.zeros((len(composites), len(outer))), np.zeros(len(composites))
    for part in row_blocks(len(w)):
        X, of_part = answers[rows_at(rows, part, fit.n)], own[part]
        for c, items in enumerate(composites):
            score, kept = of_part[:, c], ~np.isnan(of_part[:, c])
            mine, weights = X[:, items], w[part]
            if not kept.all():
                score, mine, weights = score[kept], mine[kept], weights[kept]
            given = ~np.isnan(mine)
            gap = np.where(given, mine - score[:, None], 0.0)
            gap /= (given * outer[items]).sum(axis=1)[:, None]
            slope[c, items] += weights @ gap
            weight[c] += weights.sum()
    return np.divide(slope, weight[:, None], out=slope, where=weight[:, None] > 0)


def score_block(
    fit: PlsFit, composites: Sequence[Positions], scores: Array | Scores, rows: Positions | slice
) -> Block:
    """The composites' scores (n, c), of the respondents at `rows`."""
    return Block(rows, scores, slopes_of(fit, composites, scores, rows))
