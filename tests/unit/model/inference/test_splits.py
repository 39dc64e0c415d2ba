"""Score tests of splits by hand, the splits of a column, and how a tree grows from them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ncsi
from ncsi.errors import ModelError
from ncsi.model import split_tree
from ncsi.model.inference import split_tests
from ncsi.model.inference.split_tests import Column, Node

LEVELS = np.array(["a", "b", "c"])


@pytest.mark.parametrize(
    ("values", "levels", "ordered"),
    [
        (pd.Series(["y", "x", "y"]), ("x", "y"), False),
        (pd.Series([3, 10, 3]), ("3", "10"), True),
        (pd.Series([True, False, True]), ("False", "True"), False),
        (
            pd.Series(pd.Categorical(["hi", "lo", "hi"], ["lo", "mid", "hi"], ordered=True)),
            ("lo", "hi"),
            True,
        ),
        (pd.Series(pd.Categorical(["hi", "lo", "hi"], ["lo", "mid", "hi"])), ("lo", "hi"), False),
    ],
)
def test_the_levels_of_a_column(values, levels, ordered):
    """Numbers and ordered categoricals in their order, words in the alphabet's; levels that nobody has are none."""
    made = Column.of(values, "c")
    assert (made.name, made.levels, made.ordered) == ("c", levels, ordered)
    assert [made.levels[k] for k in made.of_row] == [str(one) for one in values]


def test_every_split_comes_once():
    """k levels in order have k − 1 splits, without one 2^(k−1) − 1; the last level is on the other side."""
    there = np.array([0, 2, 3, 5])
    ordered = Column("c", tuple("abcdef"), True, there)
    assert list(ordered.sides(there)) == [(0,), (0, 2), (0, 2, 3)]
    free = Column("c", tuple("abcdef"), False, there)
    assert list(free.sides(there)) == [(0,), (2,), (3,), (0, 2), (0, 3), (2, 3), (0, 2, 3)]


def test_how_many_levels_can_be_searched():
    numbers, words = pd.Series(range(20)), pd.Series([f"w{k}" for k in range(8)])
    assert len(Column.of(numbers, "n").levels) == 20
    assert len(Column.of(words, "w").levels) == 8
    with pytest.raises(ModelError, match=r"'n' has 21 level\(s\); a split needs 2 to 20\. Cut it into bands"):
        Column.of(pd.Series(range(21)), "n")
    with pytest.raises(ModelError, match=r"'w' has 9 level\(s\); a split needs 2 to 8\. Merge levels"):
        Column.of(pd.Series([f"w{k}" for k in range(9)]), "w")
    with pytest.raises(ModelError, match=r"'w' has 1 level\(s\).*Leave it out"):
        Column.of(pd.Series(["x", "x"]), "w")
    with pytest.raises(ModelError, match="column 'w': 1 rows have no value"):
        Column.of(pd.Series(["x", None]), "w")


def slopes(n=300, seed=1, by_cluster=1):
    """Two causes whose slopes differ by level c, levels that differ in their mean, weights of 1 to 3."""
    rng = np.random.default_rng(seed)
    level = np.arange(n) % 3
    X = rng.normal(size=(n, 2)) + level[:, None]
    y = X @ [0.5, 0.2] + 0.9 * (level == 2) * X[:, 0] + 2.0 * level + rng.normal(size=n)
    w = np.arange(n) % 3 + 1.0 if by_cluster == 1 else np.ones(n)
    units = np.arange(n) // by_cluster
    return level, X, y, w, Node(np.arange(n), w, units, ((y, X),), False)


def robust(left, level, X, y, w, units):
    """The score test of left × X in the regression of y on X with an intercept a level (Wooldridge 2010, 4.6)."""
    D = (level[:, None] == np.unique(level)).astype(float)
    A = np.column_stack([D, X])
    root = np.sqrt(w)[:, None]

    def residuals(target):
        return target - A @ np.linalg.lstsq(A * root, target * root, rcond=None)[0]

    e, added = residuals(y[:, None]), left[:, None] * residual_of_levels(X, level, w)
    base = residual_of_levels(X, level, w)
    added = added - base @ np.linalg.lstsq(base * root, added * root, rcond=None)[0]
    each = added * (w[:, None] * e)
    sums = np.array([np.bincount(units, one) for one in each.T]).T
    total = sums.sum(axis=0)
    return total @ np.linalg.solve(sums.T @ sums, total)


def residual_of_levels(X, level, w):
    means = np.array([np.average(X[level == k], axis=0, weights=w[level == k]) for k in np.unique(level)])
    return X - means[level]


@pytest.mark.parametrize("by_cluster", [1, 5])
def test_slopes_are_tested_by_the_robust_score_test(by_cluster):
    level, X, y, w, node = slopes(by_cluster=by_cluster)
    column = Column("c", ("a", "b", "c"), False, level)
    found = split_tests.tested(node, [column], 30.0, 99, 1)
    assert {one.levels for one in found} == {(0,), (1,), (0, 1)}
    for one in found:
        left = np.isin(level, one.levels)
        wanted = robust(left, level, X, y, w, node.units)
        assert one.statistic == pytest.approx(wanted, rel=1e-9)
        assert one.df == 2
        assert one.p == pytest.approx(stats.chi2.sf(wanted, 2))
        assert (one.side(np.arange(300)) == left).all()
    assert [one.statistic for one in found] == sorted((one.statistic for one in found), reverse=True)
    assert found[0].levels == (0, 1), "c alone has another slope"
    assert found[0].p_search == pytest.approx(0.01)


def test_levels_that_differ_in_their_mean_alone_are_no_other_slopes():
    level, X, y, w, node = slopes()
    flat = y - 0.9 * (level == 2) * X[:, 0]
    same = Node(node.rows, w, node.units, ((flat, X),), False)
    ps = [
        one.p_search
        for one in split_tests.tested(same, [Column("c", ("a", "b", "c"), False, level)], 30.0, 199, 1)
    ]
    assert min(ps) > 0.05
    means = Node(node.rows, w, node.units, ((flat, X[:, :0]),), True)
    assert (
        max(
            one.p_search
            for one in split_tests.tested(means, [Column("c", ("a", "b", "c"), True, level)], 30.0, 199, 1)
        )
        < 0.02
    )


def test_a_search_counts_the_largest_of_all_its_splits():
    """Signs of units, drawn once: p of the search is that of the largest statistic over columns and splits."""
    level, *_, node = slopes(by_cluster=5)
    other = Column("noise", ("0", "1"), True, np.random.default_rng(3).integers(0, 2, 300))
    columns = [Column("c", ("a", "b", "c"), False, level), other]
    both, alone = (split_tests.tested(node, one, 30.0, 199, 7) for one in (columns, columns[1:]))
    told = next(one for one in both if one.column is other)
    assert told.statistic == pytest.approx(alone[0].statistic)
    assert told.p == pytest.approx(alone[0].p)
    assert told.p_search > alone[0].p_search
    assert alone[0].p_search == pytest.approx(alone[0].p, abs=0.12)
    assert {(one.p_search * 200).__round__(6) % 1 for one in both} == {0.0}


def test_a_split_that_leaves_just_enough_is_tried():
    level, *_, node = slopes()
    w = node.weights
    of = [w[level == k].sum() ** 2 / (w[level == k] ** 2).sum() for k in range(3)]
    column = Column("c", ("a", "b", "c"), False, level)
    assert len(split_tests.tested(node, [column], of[0], 19, 1)) == 3
    assert split_tests.tested(node, [column], 100.1, 19, 1) == []


@pytest.fixture(scope="module")
def fit(survey, inst):
    return ncsi.fit_pls(survey, inst, weights="weight", by="brand")


@pytest.fixture(scope="module")
def columns(survey):
    """A level whose Satisfaction is high, one of noise; rows of the data, not of the sample."""
    index = survey[["SAT1", "SAT2", "SAT3"]].mean(axis=1)
    noise = np.random.default_rng(2).normal(size=len(survey))
    return pd.DataFrame(
        {
            "mood": np.where(index + noise > 8, "glad", np.where(index + noise > 6, "even", "low")),
            "noise": np.arange(720) % 2,
        }
    )


@pytest.fixture(scope="module")
def tree(fit, columns):
    return split_tree(fit, columns, on="index", depth=2, least=50, signs=99)


def test_nodes_are_numbered_from_1_and_the_lower_index_comes_first(tree, fit, columns, survey, inst):
    nodes = tree.nodes.set_index("node")
    assert nodes.index.tolist() == sorted(nodes.index)
    assert nodes.loc[1, ["parent", "depth", "n", "rule"]].tolist() == [0, 0, 720, ""]
    assert not nodes.loc[1, "leaf"]
    for k in nodes.index[1:]:
        assert nodes.loc[k, "parent"] == k // 2
        assert nodes.loc[k, "depth"] == (1 if k < 4 else 2)
    assert nodes.loc[nodes["depth"] == 2, "leaf"].all()
    for k in nodes.index[~nodes["leaf"]]:
        assert nodes.loc[2 * k, "index_0_100"] < nodes.loc[2 * k + 1, "index_0_100"]
        assert nodes.loc[2 * k, "n"] + nodes.loc[2 * k + 1, "n"] == nodes.loc[k, "n"]
        assert nodes.loc[k, "p_search"] < 0.05
    scores = survey[list(inst.item_ids)].to_numpy()[:, 14:17]
    own = 100 * ((scores - 1) / 9) @ fit.outer[14:17]
    for k in nodes.index[1:]:
        column, levels = nodes.loc[k, "rule"].split(": ")
        if k < 4:
            at = columns[column].isin(levels.split(", ")).to_numpy()
            w = survey["weight"].to_numpy()[at]
            assert nodes.loc[k, "n"] == at.sum()
            assert nodes.loc[k, "index_0_100"] == pytest.approx(np.average(own[at], weights=w))
            assert nodes.loc[k, "n_eff"] == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert nodes.loc[1, "column"] == "mood"
    for table in (tree.nodes, tree.paths, tree.candidates):
        assert table.index.tolist() == list(range(len(table)))
    assert (tree.target, tree.on, tree.alpha, tree.signs, tree.seed, tree.left_out) == (
        "Satisfaction", "index", 0.05, 99, 1, 0
    )  # fmt: skip


def test_the_best_of_a_nodes_splits_is_told_with_it(tree, columns):
    """Three splits of mood without an order, one of a number of two values."""
    own = tree.candidates[tree.candidates["node"] == 1]
    assert own.groupby("column").size().to_dict() == {"mood": 3, "noise": 1}
    root = tree.nodes.iloc[0]
    for name in ("column", "statistic", "df", "p", "p_search"):
        assert root[name] == own.iloc[0][name]
    for row in own[own["column"] == "mood"].itertuples():
        assert set(row.left.split(", ")) | set(row.right.split(", ")) == {"glad", "even", "low"}
        assert "low" in row.right, "the last of the levels in order"
    assert own[own["column"] == "noise"][["left", "right"]].to_numpy().tolist() == [["0", "1"]]
    ended = tree.nodes[tree.nodes["depth"] == 2]
    assert ended[["statistic", "df", "p", "p_search"]].isna().all(axis=None)
    assert ended["column"].isna().all()


def test_paths_of_a_node_are_regressions_among_its_respondents(tree, fit, columns):
    rows = fit.sample.rows
    for node in (1, 2):
        rule = tree.nodes.set_index("node").loc[node, "rule"]
        levels = rule.split(": ")[1].split(", ") if rule else LEVELS
        at = np.ones(720, dtype=bool) if node == 1 else columns["mood"].isin(levels).to_numpy()[rows]
        w = fit.sample.weights[at]
        S = np.column_stack([fit.sample.X[at, a:b] @ fit.outer[a:b] for a, b in ((0, 4), (14, 17), (17, 20))])
        S = S - np.average(S, axis=0, weights=w)
        S = S / np.sqrt(np.average(S**2, axis=0, weights=w))
        root = np.sqrt(w)[:, None]
        beta = np.linalg.lstsq(S[:, :2] * root, S[:, 2] * root[:, 0], rcond=None)[0]
        own = tree.paths[tree.paths["node"] == node].set_index(["to", "from"])["estimate"]
        assert own["Loyalty"][["Image", "Satisfaction"]].tolist() == pytest.approx(beta)
        assert list(zip(own.index.get_level_values(1), own.index.get_level_values(0), strict=True)) == list(
            zip(fit.paths["from"], fit.paths["to"], strict=True)
        )


def test_no_node_is_split_where_nothing_is_told_apart(fit, columns):
    found = split_tree(fit, columns[["noise"]], signs=39, least=30)
    assert found.nodes["leaf"].tolist() == [True]
    assert found.nodes["column"].tolist() == ["noise"]
    assert found.nodes["df"].tolist() == [11]
    assert len(found.candidates) == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"depth": 7}, "a depth of 7 is not between 1 and 6"), ({"least": 29.9}, "leaves of 29.9"),
        ({"signs": 19}, "19 signs give no p below 0.05"),
    ],
)  # fmt: skip
def test_bounds_of_what_is_asked(fit, columns, asked, message):
    with pytest.raises(ModelError, match=message):
        split_tree(fit, columns, **asked)


def test_what_lies_on_the_bounds_is_allowed(fit, columns):
    found = split_tree(fit, columns[["noise"]], on="index", depth=6, least=30, signs=20)
    assert found.candidates["p_search"].between(1 / 21, 1).all()
    with pytest.raises(ModelError, match="a column is named twice"):
        split_tree(fit, columns[["noise", "noise"]])
    with pytest.raises(ModelError, match="719 rows of columns for 720 rows of data"):
        split_tree(fit, columns.head(719))


def test_three_clusters_a_parameter_are_enough(survey, inst):
    """The index has one parameter: three clusters can be tested, two cannot; of 11 paths 33 can."""
    side = pd.DataFrame({"side": np.arange(720) % 2})
    for clusters, on, enough in (
        (3, "index", True),
        (2, "index", False),
        (33, "paths", True),
        (32, "paths", False),
    ):
        own = ncsi.fit_pls(survey.assign(psu=np.arange(720) // 2 % clusters), inst, clusters="psu")
        if enough:
            assert len(split_tree(own, side, on=on, depth=1, signs=20).candidates) == 1
            continue
        with pytest.raises(ModelError, match=f"{clusters} clusters are too few"):
            split_tree(own, side, on=on, depth=1, signs=20)


def test_respondents_without_a_score_stay_out_of_the_tree(survey, inst, columns):
    gaps = survey.astype(dict.fromkeys(("VAL1", "VAL2"), float))
    gaps.loc[[3, 8], ["VAL1", "VAL2"]] = np.nan
    found = split_tree(ncsi.fit_pls(gaps, inst), columns, depth=1, signs=20)
    assert found.left_out == 2
    assert found.nodes["n"][0] == 718


def test_columns_have_a_row_for_respondents_that_the_fit_left_out_too(survey, inst, columns):
    gone = survey.astype(dict.fromkeys(inst.item_ids, float))
    gone.loc[:19, list(inst.item_ids)] = np.nan
    fit = ncsi.fit_pls(gone, inst)
    assert fit.sample.excluded == 20
    found = split_tree(fit, columns[["mood"]], on="index", depth=1, signs=20)
    for k in (2, 3):
        row = found.nodes.set_index("node").loc[k]
        at = columns["mood"].isin(row["rule"].split(": ")[1].split(", "))
        assert row["n"] == at[20:].sum()


def test_pairs_of_levels(columns):
    """Every pair of sides that `sides` gives is another one, and none is empty."""
    made = Column.of(columns["mood"], "mood")
    there = np.unique(made.of_row)
    sides = [frozenset(one) for one in made.sides(there)]
    assert all(0 < len(one) < 3 for one in sides)
    assert all(a != frozenset(there) - b for a, b in combinations(sides, 2))


def test_the_unit_of_the_outcome_does_not_matter_and_a_cause_given_twice_counts_once():
    level, X, y, w, node = slopes()
    column = Column("c", ("a", "b", "c"), False, level)
    plain = split_tests.tested(node, [column], 30.0, 39, 1)
    twice = np.column_stack([X, X[:, 0]])
    for scale in (1e-5, 1e5):
        for causes in (X, twice):
            other = Node(node.rows, w, node.units, ((scale * y, causes),), False)
            found = split_tests.tested(other, [column], 30.0, 39, 1)
            assert [one.df for one in found] == [2, 2, 2]
            assert [one.statistic for one in found] == pytest.approx([one.statistic for one in plain])
            assert [one.p_search for one in found] == [one.p_search for one in plain]
