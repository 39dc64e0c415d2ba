"""The quality competitiveness index from a file to its tables, against COINr's scores and published values."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from ncsi.ingest.figures import read_figures
from ncsi.results.indices import Asked, index_tables
from ncsi.spec.index_plan import load_index
from ncsi.tables import OUT_COMPOSITE_CHECKS, OUT_COMPOSITE_NODE_BY_UNIT, OUT_COMPOSITE_SERIES

HERE = Path(__file__).parent / "qci_shape"
UNITS = dict(
    zip(("P1", "P2", "P3", "P4", "P5", "P6"), ("北京", "上海", "江苏", "浙江", "四川", "全国"), strict=True)
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    parts = [pd.read_csv(HERE / f"input_{year}.csv").assign(year=year) for year in (2024, 2025)]
    figures = pd.concat(parts).rename(columns={"uCode": "地区"})
    path = tmp_path_factory.mktemp("qci") / "figures.csv"
    figures.assign(地区=figures["地区"].map(UNITS)).to_csv(path, index=False)
    plan = load_index("qci")
    return index_tables(plan, read_figures(path, plan), Asked("qci-2025"))


def test_every_node_of_every_unit_is_that_of_coinr(tables: dict[str, pd.DataFrame]) -> None:
    plan = load_index("qci")
    ids = {unit.label.zh: unit.id for unit in plan.units["region"].units} | {"全国": "all"}
    expected = pd.read_csv(HERE / "expected_scores.csv")
    own = tables[OUT_COMPOSITE_NODE_BY_UNIT.name]
    series = tables[OUT_COMPOSITE_SERIES.name]
    for row in expected.to_dict("records"):
        unit, year = ids[UNITS[row["uCode"]]], row["year"]
        found = series[(series["unit"] == unit) & (series["year"] == year)].set_index("node")["score"]
        for code in ("QCI", "QL", "DC", "STD", "QM", "INSP", "RND", "CORE", "MKT"):
            assert found[code] == pytest.approx(row[code], abs=1e-8)
        if year == 2025:
            scores = own[own["unit"] == unit].set_index("node")["score"]
            for node in plan.tree.leaves:
                assert scores[node.code] == pytest.approx(row[node.code], abs=1e-8)


def test_the_published_national_index_follows_from_the_published_sub_indices(
    tables: dict[str, pd.DataFrame],
) -> None:
    published = json.loads((HERE / "published_national_check.json").read_text(encoding="utf-8"))
    checks = tables[OUT_COMPOSITE_CHECKS.name].set_index("year")
    for year in (2006, 2007):
        known = published[f"y{year}"]
        assert checks.loc[year, "published"] == known["index_published"]
        assert checks.loc[year, "derived"] == pytest.approx(known["equal_weights"], abs=1e-9)
        assert abs(checks.loc[year, "difference"]) <= published["tolerance"]
        assert bool(checks.loc[year, "holds"])
