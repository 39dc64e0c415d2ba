"""Indices of parts of a sample by its pooled outer weights: subgroups, sub-indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncsi.arrays import Array, Positions
from ncsi.model.moments.coded import Answers, taken
from ncsi.model.moments.row_blocks import row_blocks
from ncsi.model.pls.fit import PlsFit
from ncsi.model.pls.positions import layout_of
from ncsi.model.pls.scores import row_scores
from ncsi.model.resampling.totals import Block


def construct_items(fit: PlsFit) -> list[Positions]:
    """Positions of the items of each construct."""
    return [np.arange(block.start, block.stop) for block in layout_of(fit.instrument).blocks]


def slopes_of(fit: PlsFit, composites: Sequence[Positions], scores: Array, rows: Positions | slice) -> Array:
    """Derivative (c, p) in the outer weights of the composites' weighted means over `rows`.

    A respondent's score moves by (x_i − score)/Σ(outer weights of the items answered).
    """
    outer, answers = fit.outer, taken(fit.sample.answers, rows)
    w, own = fit.sample.weights[rows], scores[rows]
    slope, weight = np.zeros((len(composites), len(outer))), np.zeros(len(composites))
    for part in row_blocks(len(w)):
        X = answers[part]
        for c, items in enumerate(composites):
            kept = ~np.isnan(own[part, c])
            given = ~np.isnan(X[kept][:, items])
            gap = np.where(given, X[kept][:, items] - own[part, c][kept, None], 0.0)
            gap /= (given * outer[items]).sum(axis=1)[:, None]
            slope[c, items] += w[part][kept] @ gap
            weight[c] += w[part][kept].sum()
    return np.divide(slope, weight[:, None], out=slope, where=weight[:, None] > 0)


@dataclass(frozen=True, slots=True, eq=False)
class MadeScores:
    """Scores on composites of items by outer weights (p,), and columns (n, d) `beside` them, of some rows at a time."""

    answers: Answers
    outer: Array
    composites: Sequence[Positions]
    beside: Array | None = None

    def __getitem__(self, rows: slice) -> Array:
        """The columns (m, c + d) of a run of rows."""
        scores = row_scores(self.answers[rows], self.outer, self.composites)
        return scores if self.beside is None else np.column_stack([scores, self.beside[rows]])


def made_scores(
    fit: PlsFit, composites: Sequence[Positions], beside: Array | None = None
) -> MadeScores | None:
    """What makes the composites' scores of many respondents again; None of few, who have them kept."""
    few = len(row_blocks(fit.n)) == 1
    return None if few else MadeScores(fit.sample.answers, fit.outer, composites, beside)


def score_block(
    fit: PlsFit, composites: Sequence[Positions], scores: Array, rows: Positions | slice
) -> Block:
    """The composites' scores (n, c), of the respondents at `rows`."""
    slopes = slopes_of(fit, composites, scores, rows)
    return Block(rows, scores, slopes, made_scores(fit, composites))
