"""Which construct and item keep a model from settling: for messages, never for results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ncsi.arrays import Array
from ncsi.model.moments.sample import Sample
from ncsi.model.pls import kernel
from ncsi.model.pls.positions import Layout

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

ALIKE = 0.98
"""Share of equal answers from which an item hardly varies."""


def restless(R: Array, layout: Layout, scheme: str, weights: Array, inst: Instrument) -> str:
    """`construct Value, item VAL1`: where the outer weights (p,) would move most in another iteration over R (p, p)."""
    again = kernel.solve(R[:, :, None], layout, kernel.SCHEMES[scheme], 0.0, 1, start=weights)
    item = inst.item_ids[int(np.argmax(np.abs(np.abs(again.weights[:, 0]) - np.abs(weights))))]
    return f"construct {inst.construct_of(item).id}, item {item}"


def hardly_varying(sample: Sample, inst: Instrument) -> str:
    """`construct Quality, item QUA2 (719 of 720 answers alike)`, of the item that varies least; words for anything
    else when none is near constant."""
    worst, words = ALIKE, "collinear items, and items that hardly vary in small groups"
    for k, item in enumerate(inst.item_ids):
        answers = sample.X[~np.isnan(sample.X[:, k]), k]
        alike = int(np.unique(answers, return_counts=True)[1].max())
        if alike >= worst * len(answers):
            worst = alike / len(answers)
            words = f"construct {inst.construct_of(item).id}, item {item} ({alike} of {len(answers)} answers alike)"
    return words
