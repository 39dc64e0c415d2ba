"""Entries of synthetic units, as offices send them: some clearly of a grade, some on the edge of one, small and large
samples, a grade held last time, one certificate withdrawn where units are graded as a whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from ncsi.arrays import Array
from ncsi.simulate.names import brand_names
from ncsi.spec.measures import GradesDefinition, MeasurePlan
from ncsi.spec.measures.grades import Quantity

ENTRIES = 14
_PRODUCTS = (("普通型", "Standard"), ("高强型", "High strength"))
_SD = 0.12
"""Of a measured quantity, of its lowest cut."""
_NOISE = 0.25
"""Of a quantity, in steps between grades, beside the quality that all quantities of an entry share."""


def example_grades(plan: MeasurePlan[GradesDefinition], seed: int = 1) -> pd.DataFrame:
    """A row an entry; heads and words as an office writes them; marked as synthetic."""
    definition = plan.definition
    stream = np.random.Generator(np.random.Philox(key=[seed, 14]))
    quality = np.linspace(1.15, -0.3, ENTRIES) * len(definition.grades)
    columns: dict[str, object] = _names(definition, stream)
    for one in definition.quantities:
        columns |= _figures(one, definition, quality + stream.normal(0, _NOISE, ENTRIES), stream)
    held = np.clip(np.floor(quality + stream.normal(0, 0.5, ENTRIES)), 0, len(definition.grades)).astype(int)
    columns["上次等级"] = ["未定级" if k == 0 else definition.grades[-k].label.zh for k in held]
    frame = pd.DataFrame(columns).assign(撤销原因="", 撤销原因英文="", 模拟数据="是")
    if definition.product is None:
        frame.loc[1, ["撤销原因", "撤销原因英文"]] = [
            "提交的检验报告不实",
            "the test report handed in was false",
        ]
    order = stream.permutation(ENTRIES)
    return frame.iloc[order].reset_index(drop=True)


def _names(definition: GradesDefinition, stream: np.random.Generator) -> dict[str, object]:
    """Units by name, each with one product, or with two."""
    of_two = definition.product is not None
    trade = "cement" if of_two else "refrigerators"
    names = brand_names(trade, ENTRIES // 2 if of_two else ENTRIES, stream)
    units = [name for name in names for _ in range(2)] if of_two else names
    found: dict[str, object] = {
        definition.units.zh: [zh for zh, _ in units], f"{definition.units.zh}英文名": [en for _, en in units],
    }  # fmt: skip
    if definition.product is not None:
        head = definition.product.units.zh
        products = [_PRODUCTS[k % 2] for k in range(ENTRIES)]
        found |= {head: [zh for zh, _ in products], f"{head}英文名": [en for _, en in products]}
    return found


def _figures(
    one: Quantity, definition: GradesDefinition, level: Array, stream: np.random.Generator
) -> dict[str, object]:
    """`level` (n,): 0 at the cut of the lowest grade, 1 at the next better …; their columns."""
    cuts = [gate.cut for grade in definition.grades[::-1] for gate in grade.gates if gate.quantity == one.id]
    step = float(np.mean([b - a for a, b in pairwise(cuts)])) if len(set(cuts)) > 1 else 0.0
    true = cuts[0] + step * (level - 0.6)
    if one.found is not None and one.tested is not None:
        tested = stream.integers(150, 900, ENTRIES)
        share = np.clip(0.35 * cuts[0] * np.exp(-0.9 * level), 0, 1)
        return {one.tested.label.zh: tested, one.found.label.zh: stream.binomial(tested, share)}
    if one.kind == "fact":
        return {
            one.label.zh: np.where(np.arange(ENTRIES) == ENTRIES // 2, cuts[0] + 1, cuts[0]).round(one.digits)
        }
    n = stream.integers(30, 160, ENTRIES)
    sd = _SD * cuts[0] * np.exp(stream.normal(0, 0.15, ENTRIES))
    seen = true + stream.normal(0, sd / np.sqrt(n))
    if one.wave is not None:  # of a survey with a design: its office knows the standard error
        return {one.label.zh: seen.round(1), f"{one.label.zh}标准误": (sd / np.sqrt(n)).round(2)}
    return {one.label.zh: seen.round(1), f"{one.label.zh}标准差": sd.round(1), f"{one.label.zh}样本量": n}
