"""Mystery visits to the stores of synthetic chains: two visits to some, a strict shopper, visits that do not count,
and a chain of too few stores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ncsi.simulate.names import brand_names
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.visits import VisitsDefinition

STORES = (40, 36, 30, 28, 24, 20, 12, 4)
"""Stores of each chain; the last has too few to be shown."""
_SHOPPERS = 10
_CENTRE, _CHAIN, _STORE, _ITEM, _STRICT, _CRITICAL = 1.6, 0.7, 0.6, 0.9, -0.35, 3.5
_TWICE, _NOT_APPLICABLE, _SPOILT = 0.3, 0.04, 0.03


def example_visits(plan: MeasurePlan[VisitsDefinition], seed: int = 1) -> pd.DataFrame:
    """A row a visit and a column an item: heads and words as a field agency writes them; marked as synthetic."""
    stream = np.random.Generator(np.random.Philox(key=[seed, 15]))
    definition = plan.definition
    names = brand_names("visits", len(STORES), stream)
    shoppers = definition.shoppers or tuple(f"T{k + 1:02d}" for k in range(_SHOPPERS))
    difficulty = stream.normal(0, _ITEM, len(definition.items))
    difficulty = np.where([one.critical for one in definition.items], _CRITICAL - _CENTRE, difficulty)
    rows = []
    for (zh, en), count in zip(names, STORES, strict=True):
        level = _CENTRE + _CHAIN * stream.standard_normal()
        for store in range(count):
            chance = level + _STORE * stream.standard_normal() + difficulty
            who = stream.choice(len(shoppers), 2, replace=False)
            for visit in range(1 + int(stream.random() < _TWICE)):
                strict = _STRICT if who[visit] == 0 else 0.0
                rows.append({
                    definition.chains.zh: zh, f"{definition.chains.zh}英文名": en, "门店": f"{zh}{store + 1:02d}号店",
                    "访问编号": visit + 1, "调查员": shoppers[int(who[visit])],
                    "日期": f"2026-{3 + int(stream.integers(3)):02d}-{1 + int(stream.integers(28)):02d}",
                    **_answers(definition, chance + strict, stream),
                })  # fmt: skip
    return pd.DataFrame(rows).assign(模拟数据="是")


def _answers(definition: VisitsDefinition, chance: np.ndarray, stream: np.random.Generator) -> dict[str, str]:
    """Yes by a logistic chance; a spoilt visit finds half of the items not applicable."""
    yes = stream.random(len(chance)) < 1 / (1 + np.exp(-chance))
    share = 0.5 if stream.random() < _SPOILT else _NOT_APPLICABLE
    applies = stream.random(len(chance)) >= share
    return {
        one.label.zh: "不适用" if not applies[k] and not one.critical else "是" if yes[k] else "否"
        for k, one in enumerate(definition.items)
    }
