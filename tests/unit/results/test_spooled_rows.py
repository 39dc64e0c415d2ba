"""Rows by respondent in a file without a name: what comes back is what was written."""

from __future__ import annotations

import errno
import os
import tempfile

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure.differencing import coded
from ncsi.errors import StoreError
from ncsi.results import spooled_rows
from ncsi.results.spooled_rows import SpooledRows, blocks_of, spooled

N = 23


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(spooled_rows, "ROWS", 5)


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "respondent": pd.Series([f"p{k}" for k in range(N)], dtype="str"),
            "status": pd.Series([("valid", "flagged", None)[k % 3] for k in range(N)], dtype=object),
            "region": pd.Categorical(
                [("east", None, "west")[k % 3] for k in range(N)], ["west", "north", "east"]
            ),
            "submitted_at": pd.to_datetime([None, *range(1, N)], unit="s").astype("datetime64[us]"),
            "pace": np.append(np.nan, np.linspace(-1.0, 1.0, N - 1)),
            "families": np.arange(N),
            "far": pd.array([-32_768, None, 32_767, *range(N - 3)], dtype="Int16"),
            "replicates": pd.Series([np.full(2, float(k)) for k in range(N)], dtype=object),
            "known": [bool(k % 2) for k in range(N)],
        },
        index=range(100, 100 + N),
    )


def test_rows_come_back_as_they_were():
    kept = SpooledRows.of(rows())
    assert len(kept) == N
    whole = rows().reset_index(drop=True)
    blocks = list(kept.blocks())
    assert [len(one) for one in blocks] == [5, 5, 5, 5, 3]
    pd.testing.assert_frame_equal(pd.concat(blocks), whole, check_index_type=False)
    for name in whole:
        pd.testing.assert_series_equal(kept[name], whole[name], check_names=False)


@pytest.mark.parametrize("answers", [[1, None, 10, 3], [-5, -5, None, 94], [None] * 4, [7] * 4])
def test_small_whole_numbers_are_categories_that_say_the_same(answers):
    column = pd.Series(pd.array(answers * 3, dtype="Int16"))
    kept = SpooledRows.of(pd.DataFrame({"q1": column}))
    found = kept["q1"]
    assert isinstance(found.dtype, pd.CategoricalDtype)
    assert found.cat.codes.to_numpy().itemsize == 1
    said = [[texts[k] for k in codes] for codes, texts in (coded(found), coded(column))]
    assert said[0] == said[1]
    numbers = [one.to_numpy(dtype=np.float64, na_value=np.nan) for one in (found, column)]
    np.testing.assert_array_equal(*numbers)


def test_the_file_has_no_name_and_is_its_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = SpooledRows.of(rows())
    status = os.fstat(kept.file.fileno())
    assert (status.st_nlink, status.st_mode & 0o777, status.st_size > 0) == (0, 0o600, True)
    assert not list(tmp_path.iterdir())


def test_few_rows_stay_where_they_are():
    few = rows().head(5)
    assert spooled(few) is few
    assert isinstance(spooled(rows()), SpooledRows)
    assert [len(one) for one in blocks_of(rows())] == [5, 5, 5, 5, 3]
    assert [len(one) for one in blocks_of(few.head(0))] == [0]


class Full:
    """A file on a disk without room."""

    def seek(self, *_: int) -> int:
        return 0

    def write(self, _: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_no_room_is_told_with_its_cure(monkeypatch):
    monkeypatch.setattr(spooled_rows, "TemporaryFile", lambda **_: Full())
    with pytest.raises(StoreError, match=r"temporary files: .*No space left on device.*TMPDIR"):
        SpooledRows.of(rows())


def test_no_folder_is_told_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StoreError, match=r"temporary files: .*No such file or directory.*TMPDIR"):
        SpooledRows.of(rows())
