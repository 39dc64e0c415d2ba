"""Answers about projects and suppliers as offices send them: heads and words in Chinese, marked as synthetic.

A latent level of the unit, one of the respondent and noise of the question; some questions are left out or coded as
don't know.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from ncsi.simulate.names import brand_names
from ncsi.spec.measures.answers import AnswersDefinition
from ncsi.spec.measures.plan import MeasurePlan
from ncsi.spec.measures.projects import ProjectsDefinition
from ncsi.spec.measures.purchases import PurchasesDefinition

_PERSON, _QUESTION, _CENTRE = 0.6, 0.7, 0.75
_NO_ANSWER = 0.02

PROJECTS = (11, 9, 8, 6, 3, 1)
"""Projects of each builder."""
_TYPES = ("商品住宅", "保障性住房", "公寓")
_PLACES = ("滨江", "翠湖", "东苑", "景园", "金地", "丽都", "南湾", "西郊", "星河", "云谷", "中央", "紫薇")

SUPPLIERS = (14, 11, 9, 8, 7, 6, 5, 3)
"""Buyers of each supplier of a material; one of them is a key account of the second last."""
_MATERIALS = (("热轧卷板", "steel"), ("普通硅酸盐水泥", "cement"))


def example_projects(plan: MeasurePlan[ProjectsDefinition], seed: int = 1) -> pd.DataFrame:
    """A row a respondent; the last builders have few projects, some projects too few answers to be shown."""
    stream, rows = _stream(seed, 31), list[dict[str, Any]]()
    places = [f"{a}{b}" for a in _PLACES for b in ("一期", "二期", "花园", "家园")]
    for (zh, _), count in zip(brand_names("builders", len(PROJECTS), stream), PROJECTS, strict=True):
        level = 0.45 * stream.standard_normal()
        for _ in range(count):
            name, kind = f"{places.pop(int(stream.integers(len(places))))}项目", str(stream.choice(_TYPES))
            own = level + 0.35 * stream.standard_normal()
            for role in plan.definition.roles[: 1 + int(stream.random() < 0.6)]:
                people = int(stream.integers(40, 400))
                for _ in range(int(stream.integers(2, 19))):
                    rows.append(
                        {
                            "项目": name,
                            "建设企业": zh,
                            "项目类型": kind,
                            "身份": role.label.zh,
                            "应答人数": people,
                        }
                        | _answers(plan.definition, own, stream)
                    )
    return _numbered(rows, "2026")


def example_purchases(plan: MeasurePlan[PurchasesDefinition], seed: int = 1) -> pd.DataFrame:
    """A row a buyer of a supplier; one supplier's volume is mostly one buyer's, one has too few buyers."""
    stream, rows = _stream(seed, 32), list[dict[str, Any]]()
    for material, trade in _MATERIALS:
        for k, ((zh, _), count) in enumerate(
            zip(brand_names(trade, len(SUPPLIERS), stream), SUPPLIERS, strict=True)
        ):
            level = 0.5 * stream.standard_normal()
            volume = np.exp(stream.normal(7, 0.8, count)).round(0)
            if k == len(SUPPLIERS) - 2:
                volume[0] = 3 * volume.sum()
            for buyer in range(count):
                bought = {
                    "采购企业": f"{trade}-{k}-{buyer}",
                    "采购量（吨）": int(volume[buyer]),
                    "客户总数": count + 4,
                }
                own = _answers(plan.definition, level, stream)
                rows.append({"原材料": material, "供应商": zh, **bought, **own})
    return _numbered(rows, "2026")


def _stream(seed: int, key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, key]))


def _answers(definition: AnswersDefinition, level: float, stream: np.random.Generator) -> dict[str, str]:
    """One respondent's answers under the questions' Chinese labels."""
    low, high = definition.scale.lowest, definition.scale.highest
    questions = definition.questions
    latent = (
        _CENTRE
        + level
        + _PERSON * stream.standard_normal()
        + _QUESTION * stream.standard_normal(len(questions))
    )
    answers = low + np.round((high - low) * ndtr(latent)).astype(int)
    gone = stream.random(len(questions)) < _NO_ANSWER
    code = definition.missing[0] if definition.missing else ""
    return {one.label.zh: code if gone[k] else str(answers[k]) for k, one in enumerate(questions)}


def _numbered(rows: list[dict[str, Any]], period: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows).assign(答卷编号=[f"A{k:05d}" for k in range(1, len(rows) + 1)])
    return frame.assign(调查期=period, 模拟数据="是")
