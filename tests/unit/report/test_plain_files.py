"""CSV of the kinds that tables have is written here, and byte for byte what pandas writes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ncsi.report import plain_files
from ncsi.report.bundle import release_data
from ncsi.report.plain_files import write_csv, write_parquet

_HARD = [0.1, 1e16, 1e15, 1e-4, 1e-5, 5e-324, -0.0, np.nan, np.inf, -np.inf, 123456789012345680.0, 2 / 3]
_TEXTS = ['a,"b"', "=1", " d\n", "\t", "-é中", "", None, "x", "+", "@", "\r", "y"]
_ROWS = pd.DataFrame(
    {
        "number": _HARD,
        "text": pd.array(_TEXTS, dtype="str"),
        "mixed": pd.Series(
            [None, "=a", 1, 2.5, True, np.nan, pd.NA, pd.NaT, "b", -1, 1e-9, "."], dtype=object
        ),
        "flag": [k % 2 == 0 for k in range(12)],
        "whole": range(12),
        "some": pd.array([1, None] * 6, dtype="Int64"),
        "maybe": pd.array([True, None, False] * 4, dtype="boolean"),
    }
)


@pytest.mark.parametrize("columns", [list(_ROWS), ["text"], ["number"], ["mixed"]])
@pytest.mark.parametrize("rows", [12, 0])
def test_csv_is_that_of_pandas_with_texts_that_nothing_runs(columns, rows, tmp_path):
    frame = _ROWS[columns].head(rows)
    write_csv(frame, tmp_path / "ours.csv")
    risky = ("=", "+", "-", "@", "\t", "\r")
    safe = frame.astype(object).map(
        lambda one: f"'{one}" if isinstance(one, str) and one.startswith(risky) else one
    )
    by_pandas = safe.assign(**{one: frame[one] for one in columns if one not in ("text", "mixed")})
    by_pandas.to_csv(tmp_path / "pandas.csv", index=False, encoding="utf-8", lineterminator="\n")
    assert (tmp_path / "ours.csv").read_bytes() == (tmp_path / "pandas.csv").read_bytes()


def test_what_arrow_has_no_plain_word_for_is_written_by_pandas(tmp_path):
    days = pd.DataFrame({"day": pd.to_datetime(["2026-01-01", None]), "text": ["=a", "b"]})
    write_csv(days, tmp_path / "days.csv")
    assert (tmp_path / "days.csv").read_text(encoding="utf-8") == "day,text\n2026-01-01,'=a\n,b\n"


@pytest.mark.parametrize("beside", [[0, 1], pd.to_datetime(["2026-01-01", None])])
def test_whole_numbers_among_objects_are_whole_whatever_is_beside_them_and_however_many(beside, tmp_path):
    many = plain_files._ROWS + 2  # more than are written at once
    frame = pd.DataFrame(
        {"some": pd.Series([1, None] * (many // 2), dtype=object), "at": [*beside] * (many // 2)}
    )
    write_csv(frame, tmp_path / "some.csv")
    lines = (tmp_path / "some.csv").read_text(encoding="utf-8").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["some", *["1", ""] * (many // 2)]


@pytest.mark.parametrize("kind", ["str", "string[python]", "string[pyarrow]"])
def test_texts_are_of_one_type_in_parquet_however_pandas_holds_them(kind, tmp_path):
    write_parquet(pd.DataFrame({"text": pd.array(["a", None], dtype=kind)}), tmp_path / "texts.parquet")
    assert pq.read_schema(tmp_path / "texts.parquet").field("text").type == pa.large_string()


def test_the_workbook_waits_for_no_other_file_of_the_data(tmp_path, monkeypatch):
    """Both are written side by side: which one makes the folder is chance."""
    monkeypatch.setattr(release_data, "code_lists", lambda _: {})
    monkeypatch.setattr(release_data, "cover_of", lambda _: None)
    monkeypatch.setattr(release_data, "write_workbook", lambda _frames, _cover, path: path.write_bytes(b""))
    for _ in range(2):
        release_data.write_book({}, None, tmp_path)
    assert (tmp_path / "data" / "release.xlsx").is_file()
