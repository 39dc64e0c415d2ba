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
from ncsi.results.spooled_rows import SpooledRows, blocks_of, of_these, spooled

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


def in_blocks(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Blocks as a file is read: categories are those of the block alone, in the order in which they come."""
    blocks = [frame.iloc[start : start + 5] for start in range(0, len(frame), 5)]
    coded_ = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return [
        one.assign(**{name: one[name].cat.set_categories(_own(one[name])) for name in coded_})
        for one in blocks
    ]


def _own(column: pd.Series) -> pd.Index:
    return pd.Index(column.dropna().unique().tolist(), dtype=column.cat.categories.dtype)


def test_rows_come_back_as_they_were():
    kept = SpooledRows.of(blocks_of(rows()))
    assert (len(kept), kept.names) == (N, tuple(rows()))
    whole = rows().reset_index(drop=True)
    blocks = list(kept.blocks())
    assert [len(one) for one in blocks] == [5, 5, 5, 5, 3]
    pd.testing.assert_frame_equal(pd.concat(blocks), whole, check_index_type=False)
    for name in whole:
        pd.testing.assert_series_equal(kept[name], whole[name], check_names=False)
        assert name in kept
    assert "q9" not in kept
    some = pd.concat(kept.blocks(["pace", "status"]))
    pd.testing.assert_frame_equal(some, whole[["pace", "status"]], check_index_type=False)


@pytest.mark.parametrize("among", [range(0), range(N), [0, 22], [4, 5, 9, 10, 11], range(5, 10)])
def test_some_columns_of_some_rows_are_numbered_from_0(among):
    whole, kept = rows().reset_index(drop=True), np.isin(np.arange(N), list(among))
    names = ["region", "respondent", "far", "pace"]
    expected = whole.loc[kept, names].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_these(rows(), names, kept), expected)
    found = of_these(SpooledRows.of(blocks_of(rows())), names, kept)
    pd.testing.assert_frame_equal(found, expected, check_index_type=False)


def test_categories_of_blocks_are_those_of_all_in_the_order_in_which_they_come():
    texts = [None, "b", None, "b", "b", "c", "b", None, "c", "c", "a", "c", *[None] * 5, "a", "d"]
    frame = pd.DataFrame({"region": pd.Categorical(texts, ["b", "c", "a", "d"])})
    kept = SpooledRows.of(in_blocks(frame))
    pd.testing.assert_series_equal(kept["region"], frame["region"], check_names=False)
    pd.testing.assert_frame_equal(pd.concat(kept.blocks()), frame, check_index_type=False)


def test_a_column_of_many_different_texts_comes_back_as_texts(monkeypatch):
    monkeypatch.setattr(spooled_rows, "_WORDS", 6)
    texts = [None if k % 4 == 0 else f"device {k % 9}" for k in range(N)]
    frame = pd.DataFrame({"device": pd.Categorical(texts)})
    kept = SpooledRows.of(in_blocks(frame))
    expected = pd.Series(texts, dtype=frame["device"].cat.categories.dtype)
    pd.testing.assert_series_equal(kept["device"], expected)
    pd.testing.assert_series_equal(pd.concat(kept.blocks())["device"], expected, check_names=False)


@pytest.mark.parametrize(
    ("answers", "categories"),
    [
        ([None] * 7 + [3, 9] + [None] * 9, (3, 9)),
        ([5, None] * 4 + [-2, None] * 4, (-2, 5)),
        ([None] * 11, (0, 0)),
        ([10] * 6 + [110, 60] * 3, (10, 110)),
        ([10] * 6 + [111, 60] * 3, None),
        ([None] * 6 + [300, None, -300], None),
        ([None] * 6 + [500, 510], (500, 510)),
        ([None] * 6 + [-32_768, -32_760] + [None] * 6, (-32_768, -32_760)),
        ([None] * 6 + [32_700, 32_767], (32_700, 32_767)),
    ],
)
def test_whole_numbers_of_blocks_have_the_categories_of_all(answers, categories):
    frame = pd.DataFrame({"q1": pd.array(answers, dtype="Int16")})
    found = SpooledRows.of(blocks_of(frame))["q1"]
    if categories is None:
        pd.testing.assert_series_equal(found, frame["q1"], check_names=False)
        return
    assert found.cat.categories.equals(pd.RangeIndex(categories[0], categories[1] + 1))
    pd.testing.assert_series_equal(found.astype("Int16"), frame["q1"], check_names=False)


@pytest.mark.parametrize("answers", [[1, None, 10, 3], [-5, -5, None, 94], [None] * 4, [7] * 4])
def test_small_whole_numbers_are_categories_that_say_the_same(answers):
    column = pd.Series(pd.array(answers * 3, dtype="Int16"))
    kept = SpooledRows.of(blocks_of(pd.DataFrame({"q1": column})))
    found = kept["q1"]
    assert isinstance(found.dtype, pd.CategoricalDtype)
    assert found.cat.codes.to_numpy().itemsize == 1
    said = [[texts[k] for k in codes] for codes, texts in (coded(found), coded(column))]
    assert said[0] == said[1]
    numbers = [one.to_numpy(dtype=np.float64, na_value=np.nan) for one in (found, column)]
    np.testing.assert_array_equal(*numbers)


def test_the_file_has_no_name_and_is_its_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = SpooledRows.of(blocks_of(rows()))
    status = os.fstat(kept.file.fileno())
    assert (status.st_nlink, status.st_mode & 0o777, status.st_size > 0) == (0, 0o600, True)
    assert not list(tmp_path.iterdir())


def test_few_rows_stay_where_they_are():
    few = rows().head(5)
    assert spooled(iter([few])) is few
    made = spooled(blocks_of(rows()))
    assert isinstance(made, SpooledRows)
    assert len(made) == N
    assert [len(one) for one in blocks_of(rows())] == [5, 5, 5, 5, 3]
    assert [len(one) for one in blocks_of(few.head(0))] == [0]
    assert [list(one) for one in blocks_of(few, ["pace", "far"])] == [["pace", "far"]]


class Full:
    """A file on a disk without room."""

    def seek(self, *_: int) -> int:
        return 0

    def writelines(self, _: list[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_no_room_is_told_with_its_cure(monkeypatch):
    monkeypatch.setattr(spooled_rows, "TemporaryFile", lambda **_: Full())
    with pytest.raises(StoreError, match=r"temporary files: .*No space left on device.*TMPDIR"):
        SpooledRows.of(blocks_of(rows()))


def test_no_folder_is_told_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(StoreError, match=r"temporary files: .*No such file or directory.*TMPDIR"):
        SpooledRows.of(blocks_of(rows()))
