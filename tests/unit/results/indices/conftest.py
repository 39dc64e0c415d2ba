"""Synthetic figures of every shipped index, read and computed once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ncsi.ingest.figures import Figures, read_figures
from ncsi.results.indices import Asked, index_tables
from ncsi.simulate.indices import Example, example_figures
from ncsi.spec.index_plan import IndexPlan, load_index

Frames = dict[str, pd.DataFrame]
CITIES = {"public_service": 30, "citizen_quality": 30, "city_quality": 50, "quality_influence": 50}


class Computed:
    """An index, its synthetic figures and its tables; of the quality competitiveness index without cells, of those of
    cities the last ones, of which one lacks much."""

    def __init__(self, index: str, folder: Path) -> None:
        self.plan: IndexPlan = load_index(index)
        self.example: Example = example_figures(self.plan, seed=7)
        rows = self.example.figures
        if index == "qci":
            rows = rows[(rows["地区"] == "全国") | (rows["行业"] == "制造业") | (rows["行业"] == "C27")]
        if index in CITIES:
            rows = rows[rows["城市"].isin(rows["城市"].unique()[-CITIES[index] :])]
        path = folder / f"{index}.csv"
        rows.to_csv(path, index=False)
        self.figures: Figures = read_figures(path, self.plan)
        self.tables: Frames = index_tables(self.plan, self.figures, Asked(f"{index}-2025"))


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Computed]:
    folder = tmp_path_factory.mktemp("indices")
    known: dict[str, Computed] = {}

    def of(index: str) -> Computed:
        if index not in known:
            known[index] = Computed(index, folder)
        return known[index]

    return of
