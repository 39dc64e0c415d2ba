"""Synthetic figures of every shipped index, and its tables: computed once for all tests of its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ncsi.ingest.figures import read_figures
from ncsi.report.bundle import Cover
from ncsi.report.composite import heading_of
from ncsi.report.content.heading import Heading
from ncsi.report.release_spec import Provenance
from ncsi.results.indices import Asked, index_tables
from ncsi.simulate.indices import example_figures
from ncsi.spec import Label
from ncsi.spec.index_plan import IndexPlan, load_index

UNITS = 12
LABEL = Label(zh="示例", en="Example")
Made = tuple[IndexPlan, dict[str, pd.DataFrame], Heading]


@pytest.fixture(scope="session")
def made_of(
    once: Callable[[str, Callable[[], Any]], Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Made]:
    """An index's plan, all its tables, and the heading of its pages."""
    folder = tmp_path_factory.mktemp("figures")

    def made(tree: str) -> Made:
        plan = load_index(tree)
        path = folder / f"{tree}.csv"
        tables = once(f"index-{tree}", lambda: _tables(plan, path))
        cover = Cover(
            f"{tree}-2025", LABEL, LABEL, LABEL, date(2026, 3, 1), f"NCSI-{tree}", True, (), (), b""
        )
        return plan, tables, heading_of(cover, Provenance("NCSI", {}, {path.name: "00"}, {}, 1, 1), 0.95)

    return made


def _tables(plan: IndexPlan, path: Path) -> dict[str, pd.DataFrame]:
    """Of the first units, which stand after the year; of an index by two dimensions, those that are whole along one of
    them."""
    figures = example_figures(plan, 1).figures
    assert figures.columns[0] == "年份"
    if len(plan.definition.dimensions) == 2:
        whole = {word for one in plan.definition.dimensions for word in one.whole}
        figures = figures[figures.iloc[:, 1:3].isin(whole).any(axis=1)]
    else:
        figures = figures[figures.iloc[:, 1].isin(figures.iloc[:, 1].unique()[:UNITS])]
    figures.to_csv(path, index=False, encoding="utf-8-sig")
    return index_tables(plan, read_figures(path, plan), Asked(f"{plan.tree.id}-2025"))
