"""What holds of every composite index, whatever the tree and the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncsi.composite import fit_composite
from ncsi.spec import Tree, tree_from

SETTLED = ["fixed", "minmax", "z"]
SOME = settings(max_examples=20, deadline=None)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Two or three levels, 1 to 4 children a node, some indicators right below the root."""
    rows: list[dict[str, object]] = [{"code": "root"}]
    for g in range(draw(st.integers(1, 3))):
        rows.append({"code": f"g{g}", "parent": "root", "weight": draw(st.integers(1, 5))})
        rows += [{"code": f"x{g}_{k}", "parent": f"g{g}"} for k in range(draw(st.integers(1, 4)))]
    rows += [{"code": f"y{k}", "parent": "root"} for k in range(draw(st.integers(0, 2)))]
    for row in rows:
        if str(row["code"])[0] in "xy":
            row |= {"lower": -50.0, "upper": 50.0, "direction": draw(st.sampled_from([1, -1]))}
            row |= {"weight": draw(st.floats(0.1, 5))}
    return tree_from(pd.DataFrame(rows))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tree, pd.DataFrame]:
    """A tree and data of 3 to 12 units, every indicator varying; some cells missing."""
    tree = draw(trees())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = np.round(rng.normal(0, 30, (draw(st.integers(3, 12)), len(tree.leaves))), 2)
    holes = rng.random(x.shape) < draw(st.sampled_from([0.0, 0.2]))
    holes[:2] = False
    x[holes] = np.nan
    return tree, pd.DataFrame(x, columns=[leaf.code for leaf in tree.leaves]).rename("U{}".format)


def index_of(tree: Tree, data: pd.DataFrame, **how: object) -> pd.Series:
    scores = fit_composite(data, tree, **how).scores.query("node == 'root'")
    return scores.set_index("unit")["score"]


def assert_same(one: pd.Series, other: pd.Series, tolerance: float = 1e-9) -> None:
    assert set(one.index) == set(other.index)
    assert (one - other[one.index]).abs().max(skipna=True) <= tolerance or one.isna().all()
    assert (one.isna() == other[one.index].isna()).all()


@pytest.mark.parametrize("normalise", [*SETTLED, "percentile_rank", "borda"])
@SOME
@given(case=cases(), seed=st.integers(0, 2**32))
def test_order_of_units_indicators_and_nodes_is_irrelevant(normalise, case, seed):
    tree, data = case
    rng = np.random.default_rng(seed)
    shuffled = data.iloc[rng.permutation(len(data)), rng.permutation(len(data.columns))]
    nodes = tuple(tree.nodes[k] for k in rng.permutation(len(tree.nodes)))
    other = tree.model_copy(update={"nodes": nodes})
    assert_same(
        index_of(tree, data, normalise=normalise), index_of(Tree.model_validate(other.model_dump()), shuffled,
                                                           normalise=normalise)
    )  # fmt: skip


@pytest.mark.parametrize("normalise", ["minmax", "z", "percentile_rank"])
@SOME
@given(case=cases(), scale=st.floats(0.01, 1000), shift=st.floats(-1000, 1000))
def test_the_units_that_an_indicator_is_measured_in_are_irrelevant(normalise, case, scale, shift):
    tree, data = case
    first = data.columns[0]
    assert_same(
        index_of(tree, data, normalise=normalise),
        index_of(tree, data.assign(**{first: data[first] * scale + shift}), normalise=normalise),
        1e-6,
    )


@SOME
@given(case=cases())
def test_weights_sum_to_one_among_siblings_and_over_all_indicators(case):
    tree, data = case
    weights = fit_composite(data, tree).weights.set_index("code")
    assert weights.loc[[leaf.code for leaf in tree.leaves], "global"].sum() == pytest.approx(1, abs=1e-12)
    for codes in tree.children.values():
        assert weights.loc[list(codes), "local"].sum() == pytest.approx(1, abs=1e-12)


@SOME
@given(case=cases())
def test_harmonic_is_at_most_geometric_is_at_most_arithmetic(case):
    tree, data = case
    means = [
        index_of(tree, data, to=(1, 100), aggregate=one) for one in ("harmonic", "geometric", "arithmetic")
    ]
    known = means[0].notna()
    assert (means[0][known] <= means[1][known] + 1e-9).all()
    assert (means[1][known] <= means[2][known] + 1e-9).all()


@SOME
@given(case=cases())
def test_under_fixed_benchmarks_a_unit_less_changes_no_other(case):
    tree, data = case
    before, after = index_of(tree, data), index_of(tree, data.iloc[1:])
    assert before.iloc[1:].equals(after)


@SOME
@given(case=cases())
def test_the_index_is_the_weighted_sum_where_nothing_is_missing(case):
    tree, data = case
    fit = fit_composite(data.fillna(0.0), tree)
    whole = fit.weights["global"].to_numpy()[: fit.structure.leaves]
    assert fit.values[:, -1] == pytest.approx(fit.prepared.z @ whole, abs=1e-9)


@pytest.mark.parametrize("normalise", ["fixed", "percentile_rank"])
@SOME
@given(case=cases(), better=st.floats(0.1, 50))
def test_a_better_value_lowers_neither_score_nor_rank(normalise, case, better):
    tree, data = case
    improved = data.copy()
    improved.iloc[0, 0] += tree.leaves[0].direction * better
    before, after = (fit_composite(one, tree, normalise=normalise) for one in (data, improved))
    assert after.values[0, -1] >= before.values[0, -1] - 1e-9
    assert after.ranks["rank"].iloc[0] <= before.ranks["rank"].iloc[0]


@SOME
@given(case=cases())
def test_copeland_scores_sum_to_zero_and_turn_over_with_the_directions(case):
    tree, data = case
    scores = index_of(tree, data, aggregate="copeland")
    assert scores.sum() == pytest.approx(0, abs=1e-9)
    turned = tuple(
        node.model_copy(update={"direction": -node.direction}) if node in tree.leaves else node
        for node in tree.nodes
    )
    other = Tree.model_validate(tree.model_copy(update={"nodes": turned}).model_dump())
    assert_same(-scores, index_of(other, data, aggregate="copeland"))
