"""The gate: every public table, complete, in its declared columns and digits, or nothing."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.disclosure import publishable
from ncsi.errors import PublicationError
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_PUBLISHED_BY_UNIT,
    MEASURE_TABLES,
    OUT_INDEX_BY_BRAND,
    OUT_PATHS_BY_SECTOR,
    TABLES,
)

OF_WAVES = [
    name
    for name, table in TABLES.items()
    if table.public and name not in (*COMPOSITE_TABLES, *MEASURE_TABLES)
]


def empty(names: list[str]) -> dict[str, pd.DataFrame]:
    return {name: pd.DataFrame(columns=list(TABLES[name].names)) for name in names}


def test_every_public_table_leaves_and_no_other():
    tables = empty(OF_WAVES) | {"core_rejects": pd.DataFrame({"reason": ["secret"]})}
    assert list(publishable(tables, "w", "S", 0.95)) == OF_WAVES


def test_indices_leave_with_a_wave_that_has_them():
    tables = empty([*OF_WAVES, *COMPOSITE_TABLES, CORE_PUBLISHED_BY_UNIT.name])
    assert set(publishable(tables, "w", "S", 0.95)) == {*OF_WAVES, *COMPOSITE_TABLES}


def test_columns_come_as_declared_and_numbers_in_their_digits():
    names = list(OUT_PATHS_BY_SECTOR.names)
    row = pd.DataFrame([dict.fromkeys(names, "x") | {"estimate": 0.123456}])
    numbers = [one.name for one in OUT_PATHS_BY_SECTOR.columns if one.kind == "number"]
    row[numbers] = 0.123456
    given = row[names[::-1]].assign(added_by_hand=1)
    made = publishable(empty(OF_WAVES) | {OUT_PATHS_BY_SECTOR.name: given}, "w", "S", 0.95)
    assert made[OUT_PATHS_BY_SECTOR.name].columns.tolist() == names
    assert made[OUT_PATHS_BY_SECTOR.name]["estimate"].tolist() == [0.1235]


@pytest.mark.parametrize("name", [OF_WAVES[0], OF_WAVES[-1], OUT_INDEX_BY_BRAND.name])
def test_a_table_that_is_missing_stops_publication(name):
    tables = empty(OF_WAVES)
    del tables[name]
    with pytest.raises(
        PublicationError, match=rf"wave w: the result table {name} is missing\. Run `ncsi estimate"
    ):
        publishable(tables, "w", "S", 0.95)


def test_a_column_that_is_missing_stops_publication_and_is_named():
    tables = empty(OF_WAVES)
    tables[OUT_INDEX_BY_BRAND.name] = tables[OUT_INDEX_BY_BRAND.name].drop(columns="se")
    with pytest.raises(PublicationError, match="out_index_by_brand lacks the column 'se'"):
        publishable(tables, "w", "S", 0.95)
