"""A survey with known truth in anybody's words: its questions as they were asked, and the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ncsi.simulate.plans import generator
from ncsi.spec import Instrument

_COUNT = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was fielded: what it means ("" is nothing that ncsi needs), its text, its block, the answers.

    `code` is the name that a platform with codes gives it.
    """

    meaning: str
    text: str
    block: str
    answers: tuple[str, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """Questions in the order that they were asked."""

    questions: tuple[Asked, ...]

    @property
    def rows(self) -> int:
        """Respondents."""
        return len(self.questions[0].answers)

    def row(self, k: int) -> list[str]:
        """What a respondent answered."""
        return [one.answers[k] for one in self.questions]


def survey_of(
    instrument: Instrument,
    texts: Mapping[str, str],
    language: str = "zh",
    order: str = "instrument",
    seed: int = 1,
    rows: int = _COUNT,
) -> Survey:
    """A survey on the instrument's items with these texts, a brand, a region, and questions that mean nothing to it.

    `rows`: how many answered. `order`: of the blocks, `instrument`, `alphabetical` (by item id) or `random`. The same
    arguments give the same survey.
    """
    rng = generator(seed, "survey", instrument.id, language, order)
    level = rng.normal(7, 1.3, rows)
    blocks = [(one.id, list(one.items)) for one in instrument.constructs]
    if order == "alphabetical":
        blocks.sort(key=lambda one: one[1][0].id)
    if order == "random":
        blocks = [blocks[k] for k in rng.permutation(len(blocks))]
    asked = [
        Asked(item.id, texts[item.id], block, _answers(level, item.scale.min, item.scale.max, rng), item.id)
        for block, items in blocks
        for item in items
    ]
    return Survey((*_before(language, rng, rows), *asked, *_after(language, rng, rows)))


def _answers(level: np.ndarray, low: int, high: int, rng: np.random.Generator) -> tuple[str, ...]:
    if high - low == 1:
        return tuple(map(str, rng.integers(low, high + 1, len(level))))
    drawn = np.clip(np.rint(low + (high - low) * (level + rng.normal(0, 1.2, len(level))) / 10), low, high)
    return tuple(str(int(one)) for one in drawn)


def _chosen(rng: np.random.Generator, codes: Sequence[str], rows: int) -> tuple[str, ...]:
    return tuple(rng.choice(list(codes), rows).tolist())


def _before(language: str, rng: np.random.Generator, rows: int) -> list[Asked]:
    zh = language == "zh"
    brands = ("甲公司", "乙公司", "丙公司") if zh else ("Alpha", "Beta", "Gamma")
    regions = ("华北", "华东", "华南") if zh else ("North", "East", "South")
    asked = [
        ("brand", "您目前主要使用哪家公司的服务？" if zh else "Which company is your main provider?", "provider",
         brands),
        ("region", "您所在的地区" if zh else "In which region do you live?", "region", regions),
    ]  # fmt: skip
    return [
        Asked(meaning, text, "About", _chosen(rng, codes, rows), code) for meaning, text, code, codes in asked
    ]


def _after(language: str, rng: np.random.Generator, rows: int) -> list[Asked]:
    zh = language == "zh"
    asked = [
        ("您使用了多少年？" if zh else "How many years have you been a customer?", "years", tuple("12345678")),
        ("您对官方网站的满意程度" if zh else "How satisfied are you with our website?", "web", tuple("56789")),
        ("您的性别" if zh else "Your gender", "gender", ("男", "女") if zh else ("Male", "Female")),
        ("您的年龄段" if zh else "Your age group", "age", ("18-29", "30-44", "45-59", "60+")),
        ("您还有什么意见或建议？" if zh else "Do you have any other comments?", "comments",
         ("", "没有", "希望更便宜") if zh else ("", "none", "cheaper please")),
    ]  # fmt: skip
    return [Asked("", text, "End", _chosen(rng, codes, rows), code) for text, code, codes in asked]
