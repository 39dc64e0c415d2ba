"""What is said beside a model's figures: of its size, of items that count backwards, of what keeps it from settling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ncsi.arrays import Array
from ncsi.errors import ModelError
from ncsi.model.cautions import Caution
from ncsi.model.moments.coded import column_of
from ncsi.model.moments.sample import Sample
from ncsi.model.pls import kernel
from ncsi.model.pls.positions import Layout

if TYPE_CHECKING:
    from ncsi.spec.instrument import Instrument

ALIKE = 0.98
"""Share of equal answers from which an item hardly varies."""


WANTED = 50
"""Effective respondents under which standard errors and intervals are themselves unsure."""
NEARLY_ONE = 0.98
"""Correlation from which two items are one question asked twice."""


def require_size(n_eff: float, layout: Layout, inst: Instrument) -> None:
    """Raise ModelError where the sample weighs less than the largest block has items."""
    sizes = [block.stop - block.start for block in layout.blocks]
    largest = int(np.argmax(sizes))
    if n_eff < sizes[largest]:
        raise ModelError(
            f"instrument {inst.id}: {n_eff:.1f} effective respondents for the {sizes[largest]} items of "
            f"{inst.construct_ids[largest]}. A few weights outweigh all others: trim them, or collect more."
        )


def of_size(n_eff: float, n: int, inst: Instrument) -> tuple[Caution, ...]:
    """A caution where fewer respondents count than intervals want."""
    return (Caution("few_effective", (inst.id,), n_eff, (float(n),)),) if n_eff < WANTED else ()


def of_items(
    R: Array, weights: Array, loadings: Array, layout: Layout, inst: Instrument
) -> tuple[Caution, ...]:
    """Pairs of items that are nearly one (item correlations R (p, p)), and items of reflective blocks whose outer
    weight, standardised, or loading (p,) is not positive."""
    alike = np.argwhere(np.triu(np.abs(R), 1) > NEARLY_ONE)
    pairs = [Caution("nearly_one", tuple(inst.item_ids[k] for k in pair), float(R[*pair])) for pair in alike]
    return (
        *pairs,
        *(
            Caution(
                "counts_backwards",
                (inst.construct_ids[layout.owner[i]], inst.item_ids[i]),
                float(weights[i]),
                (float(loadings[i]),),
            )
            for i in np.flatnonzero(np.minimum(weights, loadings) <= 0)
            if not layout.formative[layout.owner[i]]
        ),
    )


def may_count_backwards(
    share: Array, more_than: float, layout: Layout, inst: Instrument
) -> tuple[Caution, ...]:
    """Items of reflective blocks of several items that are not positive in over `more_than` of the replicates."""
    sizes = np.diff(np.append(layout.starts, layout.p))
    return tuple(
        Caution("may_count_backwards", (inst.construct_ids[k], item), float(one))
        for item, k, one in zip(inst.item_ids, layout.owner, share, strict=True)
        if one > more_than and not layout.formative[k] and sizes[k] > 1
    )


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
        own = column_of(sample.answers, k)
        answers = own[~np.isnan(own)]
        alike = int(np.unique(answers, return_counts=True)[1].max())
        if alike >= worst * len(answers):
            worst = alike / len(answers)
            words = f"construct {inst.construct_of(item).id}, item {item} ({alike} of {len(answers)} answers alike)"
    return words
