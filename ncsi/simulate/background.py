"""Who the simulated respondents are: city tier, age and gender, sampled a little off their shares in the population.

The true indices do not depend on them, so weights to the population change the figures by chance alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ADULTS = 100_000
"""Adults of the synthetic population; its margins are counts of them."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A categorical variable: its question, the share of each category in the population and among respondents.

    `name` and `labels` are what readers call it and its categories, in Chinese and English.
    """

    question: str
    population: Mapping[str, float]
    sampled: tuple[float, ...]
    name: tuple[str, str]
    labels: tuple[tuple[str, str], ...]

    def declared(self) -> dict[str, Any]:
        """As a wave file declares it."""
        pairs = zip(self.population, self.labels, strict=True)
        return {
            "label": dict(zip(("zh", "en"), self.name, strict=True)),
            "values": [{"id": one, "label": {"zh": zh, "en": en}} for one, (zh, en) in pairs],
        }


REGION = Variable(
    "您所在的地区是",
    {"east": 0.38, "central": 0.26, "west": 0.25, "northeast": 0.11},
    (0.4, 0.25, 0.25, 0.1),
    ("地区", "Region"),
    (("东部", "East"), ("中部", "Central"), ("西部", "West"), ("东北", "Northeast")),
)
BACKGROUND: dict[str, Variable] = {
    "city_tier": Variable(
        "您所在城市的级别是",
        {"tier_1": 0.27, "tier_2": 0.38, "tier_3": 0.35},
        (0.31, 0.37, 0.32),
        ("城市级别", "City tier"),
        (
            ("一线城市", "First-tier cities"),
            ("二线城市", "Second-tier cities"),
            ("三线及以下城市", "Third-tier cities and below"),
        ),
    ),
    "age_group": Variable(
        "您的年龄段是",
        {"18_29": 0.25, "30_44": 0.31, "45_59": 0.27, "60_up": 0.17},
        (0.28, 0.32, 0.25, 0.15),
        ("年龄", "Age"),
        (
            ("18–29岁", "Aged 18–29"),
            ("30–44岁", "Aged 30–44"),
            ("45–59岁", "Aged 45–59"),
            ("60岁及以上", "Aged 60 and over"),
        ),
    ),
    "gender": Variable(
        "您的性别是",
        {"female": 0.5, "male": 0.5},
        (0.52, 0.48),
        ("性别", "Gender"),
        (("女性", "Women"), ("男性", "Men")),
    ),
}
VARIABLES = {"region": REGION} | BACKGROUND
"""Everything that a simulated wave declares."""

MARGINS = (("region", "city_tier"), ("age_group", "gender"))
WEIGHTING: dict[str, Any] = {
    "margins": [{"by": list(by), "file": f"margins/{'_'.join(by)}.csv"} for by in MARGINS],
    "bounds": {"low": 0.1, "high": 8.0},
}
"""The weighting of a simulated wave: these margins and the brands' shares."""


def background_of(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """The background of n respondents; `rng` itself is left as it was, so that their answers do not depend on it."""
    own = np.random.Generator(rng.bit_generator.jumped())  # type: ignore[attr-defined]
    return pd.DataFrame(
        {
            name: own.choice(np.array(list(one.population), dtype=object), n, p=one.sampled)
            for name, one in BACKGROUND.items()
        }
    )


def write_margins(folder: Path, year: int) -> None:
    """Write the population's margins as files of totals."""
    folder.mkdir(parents=True, exist_ok=True)
    for by in MARGINS:
        rows = []
        for category in product(*(VARIABLES[name].population for name in by)):
            shares = [VARIABLES[name].population[value] for name, value in zip(by, category, strict=True)]
            total = round(ADULTS * float(np.prod(shares)))
            rows.append([*category, total, "演示用模拟人口 | synthetic population of the demo", year])
        frame = pd.DataFrame(rows, columns=[*by, "total", "source", "year"])
        frame.to_csv(folder / f"{'_'.join(by)}.csv", index=False)
