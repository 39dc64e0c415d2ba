"""Results of several sectors stored at once."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.errors import StoreError
from ncsi.store import sector_tables

RANKS = "out_rank_by_brand"


def test_sectors_stored_together_replace_their_own_rows_only(store, make):
    store.replace("2026", {RANKS: make.ranks(sector="post")}, sector="post")
    store.replace("2026", {RANKS: make.ranks(sector="bank", index=1)}, sector="bank")
    store.replace_sectors(
        [
            sector_tables("2026", sector, {RANKS: make.ranks(sector=sector, index=70)})
            for sector in ("bank", "express")
        ]
    )
    stored = store.read(RANKS, wave="2026").set_index("sector")["index_0_100"]
    assert stored.to_dict() == {"post": 80.0, "bank": 70.0, "express": 70.0}


def test_a_sector_without_rows_loses_those_it_had(store, make):
    store.replace("2026", {RANKS: make.ranks()}, sector="bank")
    store.replace_sectors([sector_tables("2026", "bank", {RANKS: make.ranks().head(0)})])
    assert store.read(RANKS, wave="2026").empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"index_0_100": np.inf}, "column index_0_100 holds float64 where number belongs"),
        ({"sector": "express"}, "rows of another sector than 'bank'"),
        ({"wave": "2025"}, "rows of another wave than '2026'"),
    ],
)
def test_what_is_not_as_declared_is_refused_where_it_is_made(change, message, make):
    with pytest.raises(StoreError, match=message):
        sector_tables("2026", "bank", {RANKS: make.ranks().assign(**change)})


def test_tables_of_ingest_are_refused(make):
    with pytest.raises(StoreError, match="raw_files is written by ingest only"):
        sector_tables("2026", "bank", {"raw_files": make.ranks().head(0)})
