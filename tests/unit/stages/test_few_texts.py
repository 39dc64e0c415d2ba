"""Texts of small tables as Python's: values and published bytes are those that Arrow's give."""

import pandas as pd
import pytest

from ncsi.report.plain_files import write_parquet
from ncsi.stages.few_texts import MANY, texts_of_few
from ncsi.store.declared_frames import to_arrow, to_frame
from ncsi.tables import CORE_FIGURES_BY_SECTOR

ROWS = {"wave": ["w", "w"], "sector": ["a", "b"], "figures": ["一\n二", ""]}


def storages(frame: pd.DataFrame) -> set[str]:
    return {one.storage for one in frame.dtypes}


def test_few_are_held_by_python_and_many_by_arrow():
    arrows = pd.get_option("mode.string_storage")
    with texts_of_few():
        assert storages(pd.DataFrame(ROWS)) == {"python"}
        with texts_of_few(MANY):
            assert storages(pd.DataFrame(ROWS)) == {"python"}, "an inner block of many leaves what is set"
    assert pd.get_option("mode.string_storage") == arrows
    with texts_of_few(MANY):
        assert storages(pd.DataFrame(ROWS)) == {"pyarrow"}


def test_the_setting_ends_with_the_block_where_it_fails():
    arrows = pd.get_option("mode.string_storage")
    with pytest.raises(ValueError, match="within"), texts_of_few():
        raise ValueError("within")
    assert pd.get_option("mode.string_storage") == arrows


@pytest.mark.parametrize("rows", [2, 0])
def test_what_is_stored_is_read_back_the_same(rows):
    table, frame = CORE_FIGURES_BY_SECTOR, pd.DataFrame(ROWS, dtype="str").head(rows)
    stored = to_arrow(table, frame)
    with texts_of_few():
        read = to_frame(table, stored)
        again = to_arrow(table, read)
    assert storages(read) == {"python"}
    assert storages(to_frame(table, stored)) == {"pyarrow"}
    assert again.equals(stored)
    assert read.to_dict("list") == frame.to_dict("list")


def test_a_published_table_has_the_same_bytes(tmp_path):
    content = {"text": ["a", None, "𠮷"], "number": [1.0, None, 2.0], "none": [None] * 3}
    write_parquet(pd.DataFrame(content), tmp_path / "arrow.parquet")
    with texts_of_few():
        write_parquet(pd.DataFrame(content), tmp_path / "python.parquet")
    assert (tmp_path / "arrow.parquet").read_bytes() == (tmp_path / "python.parquet").read_bytes()
