"""Samples of columns that are read one by one, and of more strata and clusters than two bytes tell apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.model import fit_pls
from ncsi.model.moments.sample import numbered, sample_of
from ncsi.model.pls.fit import fit_columns


class Read:
    """Columns of a frame, counting how often each is read."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame, self.read = frame, list[str]()

    def __len__(self) -> int:
        return len(self.frame)

    def __contains__(self, name: object) -> bool:
        return name in self.frame

    def __getitem__(self, name: str) -> pd.Series:
        self.read.append(name)
        return self.frame[name]


def many(survey, count, seed=3):
    rng = np.random.default_rng(seed)
    return survey.iloc[rng.integers(0, len(survey), count)].reset_index(drop=True)


@pytest.mark.parametrize("rows", [500, 9000])
def test_columns_read_one_by_one_fit_as_a_frame_does(survey_missing, inst, rows):
    frame = many(survey_missing, rows).astype(dict.fromkeys(inst.item_ids, "Int16"))
    frame = frame.assign(w=np.linspace(0.5, 2, rows), half=np.arange(rows) % 2, point=np.arange(rows) % 90)
    for strata, clusters in ((None, None), ("half", None), ("half", "point")):
        columns = Read(frame)
        ours = fit_columns(columns, inst, "w", "brand", strata, clusters)
        theirs = fit_pls(frame, inst, "w", "brand", strata=strata, clusters=clusters)
        pd.testing.assert_frame_equal(ours.index_by, theirs.index_by, check_exact=True)
        np.testing.assert_array_equal(ours.sample.rows, theirs.sample.rows)
        np.testing.assert_array_equal(ours.moments.cov, theirs.moments.cov)
        assert sorted(columns.read) == sorted(
            [*inst.item_ids, "w", "brand", *filter(None, (strata, clusters))]
        )


@pytest.mark.parametrize("count", [2**15, 2**15 + 1])
def test_more_strata_than_two_bytes_tell_apart(survey, inst, count):
    frame = many(survey, 2 * count)
    frame["s"] = np.repeat(np.arange(count), 2)[::-1]
    sample = sample_of(frame, inst, None, None, "s")
    assert sample.stratum.dtype == (np.int16 if count <= 2**15 else np.int32)
    np.testing.assert_array_equal(sample.stratum, np.repeat(np.arange(count), 2))
    np.testing.assert_array_equal(frame["s"].to_numpy()[sample.rows], sample.stratum)


def test_strata_within_groups_that_make_more_pairs_than_two_bytes_hold(survey, inst):
    frame = many(survey, 4000).assign(
        g=np.arange(4000) % 200, s=np.arange(4000) % 250
    )  # 50,000, of which 1,000 are
    sample = sample_of(frame, inst, None, "g", "s")
    pairs = (frame["g"] * 1000 + frame["s"]).to_numpy()
    np.testing.assert_array_equal(sample.stratum, np.unique(pairs[sample.rows], return_inverse=True)[1])
    assert (np.diff(pairs[sample.rows]) >= 0).all()


@pytest.mark.parametrize("across", [False, True])
def test_more_clusters_than_two_bytes_tell_apart(survey, inst, across):
    """Within the groups, or across them, where strata alone hold them."""
    count = 2**15 + 1
    frame = many(survey, 2 * count)
    frame["c"] = np.repeat(np.arange(count), 2)
    frame["g"] = frame["c"] % 3 if not across else np.arange(2 * count) % 3
    sample = sample_of(frame, inst, None, "g", None, "c")
    clusters = frame["c"].to_numpy()[sample.rows]
    assert len(sample.units.stratum) == count
    assert len(np.unique(sample.units.of_row * 1_000_000 + clusters)) == count
    within = np.zeros(2 * count) if across else sample.group
    np.testing.assert_array_equal(sample.units.stratum[sample.units.of_row], within)
    assert (np.diff(sample.units.stratum) >= 0).all()


def test_ascending_values_are_numbered_without_a_gap():
    assert numbered(np.array([-5, -5, 0, 7, 7, 90], dtype=np.int16)).tolist() == [0, 0, 1, 2, 2, 3]
    assert numbered(np.zeros(0, dtype=np.int16)).tolist() == []
    assert numbered(np.arange(-(2**15), 2**15).astype(np.int16)).tolist() == list(range(2**16))
