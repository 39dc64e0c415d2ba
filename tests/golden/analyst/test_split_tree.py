"""The split tree against rpart 4.1.19 on the index, and against the truth of bench.csv (docs/method.md §44)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.errors import ModelError
from ncsi.model import split_tree


@pytest.fixture(scope="module")
def columns(case) -> pd.DataFrame:
    return case.df[[one for one in ("brand", "region", "segment") if one in case.df]]


def test_the_best_split_of_the_index_is_that_of_rpart(case, columns, close):
    expected = case.expected("tree")["unweighted"]["nodes"]
    found = split_tree(case.fit, columns, on="index", least=60, alpha=0.1, depth=1)
    peer = {row["node"]: row for row in expected if row["node"] < 4}
    nodes = found.nodes.set_index("node")
    close("index of nodes", nodes["index_0_100"], {k: row["mean"] for k, row in peer.items()}, 1e-8)
    assert nodes["n"].to_dict() == {k: row["n"] for k, row in peer.items()}
    for k in (2, 3):
        column, levels = peer[k]["label"].split("=")
        assert nodes.loc[k, "rule"] == f"{column}: {levels.replace(',', ', ')}"


def test_weighted_index_of_nodes(case, columns, close):
    expected = case.expected("tree")["weighted"]["nodes"]
    fit = ncsi.fit_pls(case.df, case.inst, weights="weight")
    found = split_tree(fit, columns, on="index", least=60, alpha=0.2, depth=1).nodes.set_index("node")
    for k in (2, 3):
        peer = next(row for row in expected if row["node"] == k)
        column, levels = peer["label"].split("=")
        assert found.loc[k, "rule"] == f"{column}: {levels.replace(',', ', ')}"
        assert found.loc[k, "n"] == peer["n"]


def test_paths_are_split_where_they_truly_differ_and_nowhere_else(case, columns):
    """pathmox splits both segments of bench.csv again by a brand that is noise."""
    found = split_tree(case.fit, columns)
    bench = "segment" in case.df
    assert found.nodes["rule"].tolist() == (["", "segment: A", "segment: B"] if bench else [""])
    root = found.nodes.iloc[0]
    assert (root["p_search"] == pytest.approx(1 / 1001)) if bench else (root["p_search"] > 0.05)
    assert (found.candidates["p_search"] > found.candidates["p"]).all()


def test_paths_of_the_root_are_those_of_the_fit(case, columns, close):
    found = split_tree(case.fit, columns, depth=1).paths
    root = found[found["node"] == 1].set_index(["from", "to"])["estimate"]
    close("paths", root, case.fit.paths.set_index(["from", "to"])["estimate"].to_dict(), 1e-10)


def test_the_statistic_of_the_mean_is_the_robust_score_test(case):
    """One column of two levels, written out over respondents."""
    side = case.df[["region"]].assign(region=np.where(case.df["region"] == "East", "a", "b"))
    found = split_tree(case.fit, side, on="index", depth=1).candidates.iloc[0]
    y = case.fit.scores()["Satisfaction"].to_numpy()
    left = (side["region"] == "a").to_numpy()
    each = (left - left.mean()) * (y - y.mean())
    assert found["statistic"] == pytest.approx(each.sum() ** 2 / (each**2).sum(), rel=1e-9)


def test_a_cluster_of_equal_rows_is_one_unit(golden, inst):
    """Every respondent three times, as a cluster, is the survey itself."""
    thrice = pd.concat([golden.assign(psu=range(len(golden)))] * 3, ignore_index=True)
    clustered = ncsi.fit_pls(thrice, inst, clusters="psu")
    once = split_tree(ncsi.fit_pls(golden, inst), golden[["region"]], depth=1).candidates
    found = split_tree(clustered, thrice[["region"]], depth=1).candidates
    assert found["statistic"].to_numpy() == pytest.approx(once["statistic"].to_numpy(), rel=1e-8)


def test_what_cannot_be_split_is_refused(case):
    fit, df = case.fit, case.df
    many = pd.DataFrame({"id": [f"r{k}" for k in range(len(df))], "age": range(len(df))})
    for columns, word in (
        (df[["region"]].head(10), "10 rows"),
        (df[["region"]].where(df["region"] != "East"), "no value"),
        (pd.DataFrame({"one": ["x"] * len(df)}), "1 level"),
        (many[["id"]], "Merge levels"),
        (many[["age"]], "into bands"),
        (df[[]], "no column"),
    ):
        with pytest.raises(ModelError, match=word):
            split_tree(fit, columns)
    for bad, word in (
        ({"on": "means"}, "no split on"), ({"depth": 0}, "depth"), ({"least": 12}, "say nothing"),
        ({"signs": 5}, "signs"), ({"target": "Imge"}, "Imge"), ({"alpha": 2}, "alpha"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=word):
            split_tree(fit, df[["region"]], **bad)
    few = ncsi.fit_pls(df.assign(psu=np.arange(len(df)) % 20), case.inst, clusters="psu")
    with pytest.raises(ModelError, match="20 clusters are too few"):
        split_tree(few, df[["region"]])
    with pytest.raises(ModelError, match="no column shop"):
        ncsi.split_tree(fit, by="shop")


def test_no_split_that_leaves_enough_is_no_error(case):
    found = split_tree(case.fit, case.df[["region"]], least=500)
    assert found.nodes["leaf"].tolist() == [True]
    assert found.candidates.empty
    assert np.isnan(found.nodes["p_search"][0])


def test_ordered_levels_are_split_in_order(case):
    bands = pd.DataFrame({"band": np.arange(len(case.df)) % 5 + 1})
    found = split_tree(case.fit, bands, on="index", depth=1).candidates
    assert len(found) == 4
    assert set(found["left"]) == {"1", "1, 2", "1, 2, 3", "1, 2, 3, 4"}
