"""Surveys of passengers of synthetic operators: trains drawn by type in two years, routes of one train and of few
passengers, classes, some of whose passengers the route is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ncsi.simulate.names import brand_names
from ncsi.spec.measures.passengers import PassengersDefinition
from ncsi.spec.measures.plan import MeasurePlan

OPERATORS, TRAINS = 3, 40
_ROUTES = ("甲线", "乙线", "丙线", "丁线", "戊线", "己线")
_OF_ROUTE = (12, 10, 9, 7, 1, 1)
"""Trains of each route; the last two are of one train, of which one has few passengers."""
_CLASSES, _SHARES = ("二等座", "一等座", "商务座", "硬座"), (0.60, 0.20, 0.10, 0.10)
_CLASS_EFFECT = (0.0, 0.15, 0.35, -0.45)
_PURPOSES = ("公务", "探亲", "旅游")
_PERIODS, _RISE = ("2025", "2026"), 0.7
_CENTRE, _OPERATOR, _ROUTE, _TRAIN, _PASSENGER, _ITEM, _NOISE = 7.2, 0.35, 0.3, 0.45, 1.1, 0.45, 1.0
_UNKNOWN, _NO_ANSWER = 0.07, 0.03


def example_passengers(plan: MeasurePlan[PassengersDefinition], seed: int = 1) -> pd.DataFrame:
    """A row a passenger: heads as a field agency writes them, 98 where the question was not answered; marked as
    synthetic. The last operator improves in the last year."""
    stream = np.random.Generator(np.random.Philox(key=[seed, 16]))
    definition = plan.definition
    names = brand_names("railway_passenger", OPERATORS, stream)
    item = stream.normal(0, _ITEM, len(definition.questions))
    rows: list[dict[str, Any]] = []
    for k, (operator, _) in enumerate(names):
        level = _CENTRE + _OPERATOR * stream.standard_normal()
        of_route = _ROUTE * stream.standard_normal(len(_ROUTES))
        for period in _PERIODS:
            risen = level + (_RISE if period == _PERIODS[-1] and k == OPERATORS - 1 else 0.0)
            routes = [route for route, count in enumerate(_OF_ROUTE) for _ in range(count)]
            for number, route in enumerate(routes):
                mean = risen + of_route[route] + _TRAIN * stream.standard_normal()
                first = {
                    definition.cluster.zh: f"{'GK'[number % 2]}{100 * (k + 1) + number}",
                    "period": period,
                }
                fast = number % 2 == 0
                stratum = {
                    "运营企业": operator,
                    "层": "高速" if fast else "普速",
                    "权重": 1.2 if fast else 0.8,
                }
                rows += [
                    {**stratum, **first, **_passenger(definition, mean + item, route, stream)}
                    for _ in range(_passengers(route, stream))
                ]
    return pd.DataFrame(rows).rename(columns={"period": "调查期"}).assign(模拟数据="是")


def _passengers(route: int, stream: np.random.Generator) -> int:
    """Of a train: 10-18, of the long one 46, of the last 9."""
    return {len(_ROUTES) - 2: 46, len(_ROUTES) - 1: 9}.get(route, int(stream.integers(10, 19)))


def _passenger(
    definition: PassengersDefinition, means: np.ndarray, route: int, stream: np.random.Generator
) -> dict[str, Any]:
    which = int(stream.choice(len(_CLASSES), p=_SHARES))
    own = means + _CLASS_EFFECT[which] + _PASSENGER * stream.standard_normal()
    answers = np.clip(np.rint(own + _NOISE * stream.standard_normal(len(means))), 1, 10).astype(int)
    silent = stream.random(len(means)) < _NO_ANSWER
    known = {
        "route": "" if stream.random() < _UNKNOWN else _ROUTES[route], "class": _CLASSES[which],
        "purpose": _PURPOSES[int(stream.integers(len(_PURPOSES)))],
    }  # fmt: skip
    told = {one.label.zh: known.get(one.id, "") for one in definition.domains}
    return told | {
        one.label.zh: 98 if silent[k] else int(answers[k]) for k, one in enumerate(definition.questions)
    }
