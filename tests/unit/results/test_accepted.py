"""Accepted responses in two parts: together what they were, in their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.results import spooled_rows
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
    return whole.astype({"source_sha256": "category", "q1_missing": "category"})


@pytest.mark.parametrize("out", [[], [0], [36], [0, 1, 2, 17, 18, 36], list(range(1, N))])
@pytest.mark.parametrize("rows", [1, 5, 36, 37, 38])
def test_blocks_are_the_rows_in_their_order(out, rows, monkeypatch):
    monkeypatch.setattr(spooled_rows, "ROWS", rows)
    whole = responses()
    accepted, kept = Accepted(responses()), ~np.isin(np.arange(N), out)
    assert len(accepted) == N
    pd.testing.assert_frame_equal(pd.concat(list(accepted.blocks())), whole)
    inside = accepted.set_apart(kept)
    expected = whole[kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(accepted.with_pseudonyms(inside)[list(whole)], expected)
    pd.testing.assert_frame_equal(accepted.left_out, whole[~kept].reset_index(drop=True))
    assert accepted.files.tolist() == whole["source_sha256"].tolist()
    blocks = list(accepted.blocks())
    assert [len(one) for one in blocks] == [min(rows, N - k) for k in range(0, N, rows)]
    assert (len(accepted), [one.index[0] for one in blocks]) == (N, list(range(0, N, rows)))
    pd.testing.assert_frame_equal(as_they_were(blocks), whole, check_index_type=False)


def test_the_whole_is_gone_once_it_is_set_apart():
    accepted = Accepted(responses())
    accepted.set_apart(np.ones(N, dtype=bool))
    with pytest.raises(RuntimeError, match="set apart already"):
        accepted.whole  # noqa: B018


def test_rows_that_are_given_up_are_held_no_more():
    accepted, kept = Accepted(responses()), np.arange(N) % 4 > 0
    inside = accepted.given_up(kept)
    expected = responses()[kept].reset_index(drop=True).drop(columns="respondent")
    pd.testing.assert_frame_equal(inside, expected)
    assert (len(accepted), len(accepted.left_out)) == (0, 0)
    with pytest.raises(RuntimeError, match="set apart already"):
        accepted.whole  # noqa: B018


def test_no_rows_are_one_block_of_none():
    (one,) = Accepted(responses().head(0)).blocks()
    assert len(one) == 0
