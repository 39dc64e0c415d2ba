"""Trees of indicators: what is refused, where it is said to lie, what to do about it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import ncsi
from ncsi.errors import SpecError
from ncsi.spec import load_tree, tree_from

GOOD = """\
spec: ncsi/tree/1
id: small
version: 1.0.0
label: {zh: 小, en: Small}
source: invented for this test
nodes:
  - {code: index}
  - {code: A, parent: index, weight: 0.6}
  - {code: B, parent: index, weight: 0.4}
  - {code: a1, parent: A, lower: 0, upper: 10}
  - {code: a2, parent: A, direction: -1, lower: 0, upper: 10, target: 2}
  - {code: b1, parent: B, weight: 1, lower: 0, upper: 10}
"""


def written(folder: Path, old: str = "", new: str = "") -> Path:
    assert old in GOOD
    path = folder / "small.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_tree_as_written(tmp_path):
    tree = load_tree(written(tmp_path))
    assert tree.root.code == "index"
    assert [node.code for node in tree.leaves] == ["a1", "a2", "b1"]
    assert tree.children == {"index": ("A", "B"), "A": ("a1", "a2"), "B": ("b1",)}
    assert [tree.level(code) for code in ("a1", "A", "index")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("parent: A, lower", "parent: X, lower", "line 10): 'a1' is an orphan: there is no node 'X'. The nodes"),
        ("{code: index}", "{code: index, parent: a1}", "there is no root"),
        ("B, parent: index", "B", "line 9): there are two roots or more: 'index', 'B'"),
        ("code: a2", "code: a1", "line 11): the node 'a1' is declared twice"),
        ("code: a2", "code: A1", "the node 'A1' differs from 'a1' only in case"),
        ("code: A, parent: index", "code: A, parent: a1", "line 8): the parents form a cycle: A -> a1 -> A"),
        ("weight: 0.6", "weight: -0.6", "line 8): '-0.6' is not accepted: input should be greater than or equal to 0"),
        ("weight: 1,", "weight: 0,", "line 12): the weights of all children of 'B' are 0"),
        ("direction: -1", "direction: 2", "line 11): is '2'. It must be 1 or -1"),
        ("a1, parent: A, lower: 0, upper: 10", "a1, parent: A, lower: 10, upper: 0",
         "line 10): the benchmarks of 'a1' are reversed: lower 10, upper 0. Give lower < upper on the raw scale"),
        ("a1, parent: A, lower: 0, upper: 10", "a1, parent: A, upper: 10",
         "the indicator 'a1' has the benchmark 'upper' but not 'lower'"),
        ("target: 2", "target: 12", "the target 12 of 'a2' is in the wrong direction: less is better, and the worst "
         "benchmark is 10"),
        ("weight: 0.4", "weight: 0.4, lower: 1", "the aggregate 'B' has the key 'lower' of an indicator"),
        ("weight: 0.4", "weight: 0.4, direction: -1", "the aggregate 'B' has the key 'direction'"),
        ("nodes:", "weights: global\nnodes:", "the indicator 'a1' has no weight"),
        ("nodes:", "method: {normalise: target}\nnodes:", "below 'a1', and as an indicator it has no `target`"),
        ("nodes:", "method: {to: [100, 60]}\nnodes:", "the range 100 to 60 does not rise"),
        ("nodes:", "method: {aggregate: power}\nnodes:", "`power` goes with `aggregate: power`"),
        ("nodes:", "method: {aggregate: [{level: 2, aggregate: geometric}]}\nnodes:",
         "the levels above the indicators are 2 to 3"),
        ("code: a1", 'code: "1a"', "'1a' is not accepted here. Use a letter"),
        ("code: a2", "code: se_a1", "'se_a1' names the column of the standard errors of another node"),
        ("source: invented for this test\n", "", "the key 'source' is missing"),
        ("nodes:", "sauce: x\nnodes:", "unknown key 'sauce'. Did you mean 'source'?"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_named_with_its_line(tmp_path, old, new, said):
    with pytest.raises(SpecError) as refused:
        load_tree(written(tmp_path, old, new))
    message = str(refused.value)
    assert said in message
    assert message.startswith(str(tmp_path))


def test_global_weights_sum_to_one(tmp_path):
    text = GOOD.replace("nodes:", "weights: global\nnodes:").replace("weight: 0.6", "label: {zh: 甲, en: A}")
    for code, weight in (("a1", 0.4), ("a2", 0.2)):
        text = text.replace(f"code: {code},", f"code: {code}, weight: {weight},")
    path = tmp_path / "small.yaml"
    path.write_text(text.replace("parent: B, weight: 1,", "parent: B, weight: 0.4,"), encoding="utf-8")
    assert load_tree(path).weights == "global"
    path.write_text(text.replace("parent: B, weight: 1,", "parent: B, weight: 0.5,"), encoding="utf-8")
    with pytest.raises(
        SpecError, match=r"weights \(line 6\): the weights of the indicators sum to 1.1, not to 1"
    ):
        load_tree(path)
    unlike = text.replace("parent: B, weight: 1,", "parent: B, weight: 0.4,").replace(
        "code: B, parent: index, weight: 0.4", "code: B, parent: index, weight: 0.5"
    )
    path.write_text(unlike, encoding="utf-8")
    with pytest.raises(SpecError, match=r"the weight 0.5 of 'B' is not what its indicators sum to, 0.4"):
        load_tree(path)


def test_a_tree_by_id_is_looked_up_in_the_folder_and_has_that_id(tmp_path):
    written(tmp_path)
    assert ncsi.load_tree("small", tmp_path).id == "small"
    written(tmp_path, "id: small", "id: other")
    with pytest.raises(SpecError, match="the id is 'other' but the file is named 'small'"):
        load_tree("small", tmp_path)
    with pytest.raises(SpecError, match=r"there is no tree 'smal'\. Did you mean 'small'\?"):
        load_tree("smal", tmp_path)


def test_twenty_levels_and_no_more(tmp_path):
    chain = pd.DataFrame(
        {"code": [f"n{k}" for k in range(22)], "parent": [None] + [f"n{k}" for k in range(21)]}
    )
    with pytest.raises(SpecError, match="lies more than 20 levels deep"):
        tree_from(chain)
    assert tree_from(chain[:19]).level("n0") == 19


def test_rows_that_say_what_they_are_are_held_to_it():
    meta = pd.DataFrame(
        {
            "code": ["I", "A", "x", "B"],
            "parent": [None, "I", "A", "I"],
            "Type": ["Aggregate", "Aggregate", "Indicator", "Aggregate"],
        }
    )
    with pytest.raises(
        SpecError, match=r"row 4, column Type: the aggregate 'B' has no children\. Name it as"
    ):
        tree_from(meta)
    meta.loc[[1, 3], "Type"] = "Indicator"
    with pytest.raises(
        SpecError, match=r"row 2, column Type: the indicator 'A' has children\. Correct its type"
    ):
        tree_from(meta)
    meta.loc[1, "Type"] = "Aggregate"
    assert [node.code for node in tree_from(meta).leaves] == ["x", "B"]


def test_a_cycle_beside_the_root_is_called_a_cycle():
    meta = pd.DataFrame({"code": ["I", "A", "B"], "parent": [None, "B", "A"]})
    with pytest.raises(SpecError, match=r"row 2, column parent: the parents form a cycle: A -> B -> A"):
        tree_from(meta)


def coinr() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Level": [1, 1, 2, 0],
            "iCode": ["x", "y", "I", "GDP"],
            "iName": ["one", "two", "all", "size"],
            "Parent": ["I", "I", None, None],
            "Direction": [1.0, -1.0, 1.0, 1.0],
            "Weight": [2, 1, 1, 1],
            "Type": ["Indicator", "Indicator", "Aggregate", "Denominator"],
            "Target": [5, None, None, None],
        }
    )


def test_metadata_of_coinr():
    tree = tree_from(coinr())
    assert [node.code for node in tree.nodes] == ["x", "y", "I"]
    assert tree.node("y").direction == -1
    assert tree.node("x").target == 5
    assert tree.node("x").label.en == "one"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda m: m.assign(Parent=["I", "J", None, None]),
            "tree metadata: row 2, column Parent: 'y' is an orphan",
        ),
        (
            lambda m: m.assign(iCode=["x", "x", "I", "GDP"]),
            "tree metadata: row 2, column iCode: the node 'x' is",
        ),
        (lambda m: m.assign(Direction=[1, 0, 1, 1]), "tree metadata: row 2, column Direction: is '0'"),
        (
            lambda m: m.rename(columns={"Direction": "Directon"}),
            "no column 'Directon'. Did you mean 'direction'?",
        ),
        (lambda m: m.drop(columns="iCode"), "there is no column 'code'. Add it as 'code' or 'iCode'"),
        (lambda m: m[2:3], "tree metadata: has only 1. Give at least 2"),
        (lambda m: m.assign(code="x"), "the columns 'iCode' and 'code' both hold the code"),
    ],
)
def test_metadata_that_do_not_hold_together_are_named_by_row_and_column(change, said):
    with pytest.raises(SpecError) as refused:
        tree_from(change(coinr()))
    assert said in str(refused.value)
