"""Brands of two or three respondents, as most are in a national survey, beside those that are published: intervals of
replicate weights are of t on one or two degrees of freedom there, and reach far beyond what an index can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from ncsi.engine import InOrder
from ncsi.spec import open_workspace
from ncsi.spec.plan import load_plan
from ncsi.stages.collect import SourceFile, collect_file
from ncsi.store import Store
from ncsi.tables import TABLES
from ncsi.tables.possible import ending_where_figures_end

FEW = 3
VALUES = [{"id": f"P{k}", "label": {"zh": f"P{k}", "en": f"P{k}"}} for k in range(30)]
PLACES = {"background": {"psu": {"label": {"zh": "地点", "en": "Place"}, "values": VALUES}}}


@pytest.fixture
def estimated(workspace, request):
    """Estimate a sector of 300, three of whom speak of brand b1, as its wave declares it."""

    def done(declared):
        golden = pd.read_csv(request.config.rootpath / "tests" / "golden" / "golden.csv").iloc[:300]
        items = [name for name in golden.columns if name[:3].isupper() and name[3:].isdigit()]
        path, data = workspace.root / "waves" / "2026.yaml", workspace.root / "data" / "answers.csv"
        wave = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump(wave | PLACES | declared), encoding="utf-8")
        people = np.arange(len(golden))
        golden[items].assign(
            respondent=[f"R{k}" for k in people],
            brand=np.where(people < FEW, "b1", "b2"),
            psu=[f"P{k % 30}" for k in people],
        ).to_csv(data, index=False)
        plan = load_plan(open_workspace(workspace.root), "2026")
        collect_file(plan, SourceFile(data, None, "only"))
        InOrder().estimate(plan)
        return plan

    return done


def test_their_sector_is_estimated_and_no_interval_reaches_beyond_its_scale(estimated):
    plan = estimated({"weighting": {"replicates": {"method": "rao_wu", "number": 100}}})
    store = Store.open(plan.workspace.warehouse)
    index = store.table("out_index_by_brand", "2026")
    few = index[(index["brand"] == "b1") & (index["construct"] == plan.target)].iloc[0]
    assert (few["n"], few["df"] <= FEW - 1) == (FEW, True)
    assert few["index_0_100"] + 4.3 * few["se"] > 120  # t on two degrees of freedom
    assert 0 <= few["low"] < few["index_0_100"] < few["high"] == 100
    lineage = store.table("core_lineage_by_index", "2026").set_index("brand")
    assert lineage.loc["b1", "high"] == 100


def test_in_a_cluster_sample_that_may_hold_nobody_of_them_they_have_no_error(estimated):
    plan = estimated({"weighting": {"cluster": "psu"}, "replicates": 200})
    index = Store.open(plan.workspace.warehouse).table("out_index_by_brand", "2026")
    own = index[index["construct"] == plan.target].set_index("brand")
    assert own["index_0_100"].notna().all()
    assert own["se"].notna().tolist() == [False, True]
    assert own["low"].notna().tolist() == [False, True]


def test_an_interval_ends_where_its_figure_does_and_one_within_stays():
    table = TABLES["out_index_by_brand"]
    rows = pd.DataFrame(
        [(3.0, -4.0, 10.0), (98.0, 91.5, 104.5), (50.0, 40.0, 60.0), (np.nan, np.nan, np.nan)],
        columns=["index_0_100", "low", "high"],
    )
    ended = ending_where_figures_end(table, rows)
    assert ended["low"].tolist()[:3] == [0.0, 91.5, 40.0]
    assert ended["high"].tolist()[:3] == [10.0, 100.0, 60.0]
    assert ended.loc[3].isna().all()
    ranks = pd.DataFrame({"rank": [1], "rank_low": [1], "rank_high": [2]})
    assert ending_where_figures_end(TABLES["out_rank_by_brand"], ranks) is ranks
    loadings = pd.DataFrame({"loading": [0.98], "loading_low": [0.9], "loading_high": [1.02]})
    assert ending_where_figures_end(TABLES["out_withheld_by_construct"], loadings)[
        "loading_high"
    ].tolist() == [1.0]
