"""Results of several sectors stored at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import StoreError
from ncsi.store import sector_tables
from ncsi.store.declared_frames import to_arrow
from ncsi.tables.base import Table, text
from ncsi.tables.rules import NEVER

RANKS = "out_rank_by_brand"


def of_a_sector(make, index=80.0):
    return make.ranks(index=index).drop(columns=["wave", "sector"])


def test_a_repeated_key_is_refused(make):
    twice = pd.concat([of_a_sector(make), of_a_sector(make)])
    with pytest.raises(StoreError, match="1 rows repeat a key"):
        sector_tables("2026", "bank", {RANKS: twice})


def test_sectors_stored_together_replace_their_own_rows_only(store, make):
    store.replace("2026", {RANKS: make.ranks(sector="post")}, sector="post")
    store.replace("2026", {RANKS: make.ranks(sector="bank", index=1)}, sector="bank")
    store.replace_sectors(
        [
            sector_tables("2026", sector, {RANKS: of_a_sector(make, index=70)})
            for sector in ("bank", "express")
        ]
    )
    stored = store.read(RANKS, wave="2026").set_index("sector")["index_0_100"]
    assert stored.to_dict() == {"post": 80.0, "bank": 70.0, "express": 70.0}


def test_a_sector_without_rows_loses_those_it_had(store, make):
    store.replace("2026", {RANKS: make.ranks()}, sector="bank")
    store.replace_sectors([sector_tables("2026", "bank", {RANKS: of_a_sector(make).head(0)})])
    assert store.read(RANKS, wave="2026").empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index_0_100": np.inf}, "column index_0_100 holds float64 where number belongs"),
        ({"sector": "bank"}, "the frame has unknown sector"),
        ({"rank": "1"}, "column rank holds str where integer belongs"),
    ],
)
def test_what_is_not_as_declared_is_refused_where_it_is_made(change, message, make):
    with pytest.raises(StoreError, match=message):
        sector_tables("2026", "bank", {RANKS: of_a_sector(make).assign(**change)})


def test_tables_of_ingest_are_refused(make):
    with pytest.raises(StoreError, match="raw_files is written by ingest only"):
        sector_tables("2026", "bank", {"raw_files": make.ranks().head(0)})


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_key_that_is_missing_twice_is_repeated(missing):
    table = Table("out_by_place", "places", ("place",), (text("place", "where", nullable=True),), (NEVER,))
    frame = pd.DataFrame({"place": pd.Series([missing, missing], dtype=object)})
    with pytest.raises(StoreError, match="1 rows repeat a key"):
        to_arrow(table, frame)
