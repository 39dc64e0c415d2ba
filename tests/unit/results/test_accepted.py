"""Accepted responses, block by block and column by column: together what they were, in their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.results.accepted import Accepted

N = 37


def responses() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "brand": pd.Series([f"B{k % 3}" for k in range(N)], dtype="str"),
            "respondent": pd.Series([f"r{k}" for k in range(N)], dtype="str"),
            "source_sha256": pd.Categorical(["a", "b"][k % 2] for k in range(N)),
            "weight_base": rng.uniform(0.5, 2.0, N),
            "q1": pd.array([None if k % 5 == 0 else k % 10 for k in range(N)], dtype="Int16"),
            "q1_missing": pd.Categorical([None if k % 5 else "dont_know" for k in range(N)]),
        }
    )


def as_they_were(blocks: list[pd.DataFrame]) -> pd.DataFrame:
    """The blocks as one, whole numbers as the store returns them."""
    whole = pd.concat([one.astype({"q1": "Int16"}) for one in blocks])
    kinds = responses()[["source_sha256", "q1_missing"]].dtypes.to_dict()
    return whole.astype(kinds)


def in_blocks(rows: int) -> list[pd.DataFrame]:
    return [responses().iloc[start : start + rows] for start in range(0, N, rows)]


@pytest.mark.parametrize("out", [[], [0], [36], [0, 1, 2, 17, 18, 36], list(range(1, N))])
@pytest.mark.parametrize("rows", [1, 5, 36, 37, 38])
def test_blocks_are_the_rows_in_their_order(out, rows):
    whole, kept = responses(), ~np.isin(np.arange(N), out)
    accepted = Accepted.of(in_blocks(rows))
    assert (len(accepted), accepted.names) == (N, tuple(whole))
    pd.testing.assert_frame_equal(as_they_were([accepted.inside.frame()]), whole, check_index_type=False)
    assert len(accepted.left_out) == 0
    accepted.set_apart(kept)
    inside, expected = accepted.inside, whole[kept].reset_index(drop=True)
    assert len(inside) == len(expected)
    pd.testing.assert_frame_equal(as_they_were([inside.frame()]), expected, check_index_type=False)
    some = inside.frame({"q1_missing", "weight_base", "q7"})
    pd.testing.assert_frame_equal(some, expected[["weight_base", "q1_missing"]], check_index_type=False)
    pd.testing.assert_series_equal(inside["respondent"], expected["respondent"], check_index_type=False)
    told = pd.concat(inside.blocks(["brand", "respondent"]))
    pd.testing.assert_frame_equal(told.reset_index(drop=True), expected[["brand", "respondent"]])
    outside = whole[~kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(as_they_were([accepted.left_out]), outside, check_index_type=False)
    assert accepted.columns["source_sha256"].tolist() == whole["source_sha256"].tolist()
    blocks = list(accepted.blocks())
    assert [len(one) for one in blocks] == [min(rows, N - k) for k in range(0, N, rows)]
    assert [one.index[0] for one in blocks] == list(range(0, N, rows))
    pd.testing.assert_frame_equal(as_they_were(blocks), whole, check_index_type=False)


@pytest.mark.parametrize("rows", [5, 37])
@pytest.mark.parametrize("texts", ["category", "str"])
def test_it_is_known_whether_a_column_has_a_text(rows, texts):
    blocks = [one.astype({"q1_missing": texts}) for one in in_blocks(rows)]
    accepted = Accepted.of(blocks)
    assert accepted.has("q1_missing", "dont_know")
    assert not accepted.has("q1_missing", "not_asked")
    assert not accepted.has("q2_missing", "dont_know")


def test_no_rows_are_one_block_of_none():
    (one,) = Accepted(responses().head(0)).blocks()
    assert len(one) == 0
