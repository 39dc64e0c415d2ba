"""Indices of parts of a sample by its pooled outer weights: subgroups, sub-indices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.resampling.totals import Block


def construct_items(fit: PlsFit) -> list[Positions]:
    """Positions of the items of each construct."""
    return [np.arange(block.start, block.stop) for block in layout_of(fit.instrument).blocks]


def slopes_of(fit: PlsFit, composites: Sequence[Positions], scores: Array, rows: Positions | slice) -> Array:
    """Derivative (c, p) in the outer weights of the composites' weighted means over `rows`.

    A respondent's score moves by (x_i − score)/Σ(outer weights of the items answered).
    """
    outer, X, w = (
        fit.outer,
        fit.sample.X[rows],
        fit.sample.weights[rows],
    )
    slope = np.zeros((len(composites), len(outer)))
    for c, items in enumerate(composites):
        own = scores[rows, c]
        kept = ~np.isnan(own)
        part = X[kept][:, items]
        given = ~np.isnan(part)
        gap = np.where(given, part - own[kept, None], 0.0) / (given * outer[items]).sum(axis=1)[:, None]
        if kept.any():
            slope[c, items] = w[kept] @ gap / w[kept].sum()
    return slope


def score_block(
    fit: PlsFit, composites: Sequence[Positions], scores: Array, rows: Positions | slice
) -> Block:
    """The composites' scores (n, c), of the respondents at `rows`."""
    return Block(rows, scores, slopes_of(fit, composites, scores, rows))
