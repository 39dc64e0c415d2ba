"""A sector of many responses is read into a file, block by block: what it comes to is what one in memory does."""

from __future__ import annotations

import errno

import numpy as np
import pandas as pd
import pytest

from ncsi.errors import StoreError
from ncsi.results import spooled_rows
from ncsi.spec.plan import load_plan
from ncsi.stages import estimate
from ncsi.stages.estimate import estimate_sector, part_of_replicates
from ncsi.store import Store

FEW = 97
"""Rows of a block: of several, whose last is not full."""
OF_A_RUN = {"estimated_at", "run"}


@pytest.fixture
def in_a_file(monkeypatch):
    """Sectors of more rows than FEW are many."""
    for module in (spooled_rows, estimate):
        monkeypatch.setattr(module, "ROWS", FEW)


def tables_of(found) -> dict[str, pd.DataFrame]:
    made = {**found.tables.tables, **found.rows.tables}
    whole = {
        name: table.reader().read_all() if hasattr(table, "reader") else table for name, table in made.items()
    }
    return {
        name: table.to_pandas().drop(columns=OF_A_RUN, errors="ignore").sort_index(axis=1)
        for name, table in whole.items()
    }


def plan_and_store(nation, wave: str):
    plan = load_plan(nation.workspace, wave)
    return plan, Store.open(plan.workspace.warehouse)


@pytest.mark.parametrize("wave", [0, -1])
def test_every_table_is_the_same(nation, wave, in_a_file, monkeypatch):
    plan, store = plan_and_store(nation, nation.plan.waves[wave])
    for sector in plan.sector_ids:
        many = estimate_sector(store, plan, sector, "run")
        with monkeypatch.context() as patched:
            patched.setattr(estimate, "ROWS", 10**6)
            patched.setattr(spooled_rows, "ROWS", 10**6)
            few = estimate_sector(store, plan, sector, "run")
        assert many.outcome == few.outcome
        if few.tables is None:
            continue
        one, other = tables_of(many), tables_of(few)
        assert one.keys() == other.keys()
        assert len(other["core_quality_by_respondent"]) > 3 * FEW
        for name, frame in other.items():
            pd.testing.assert_frame_equal(one[name], frame, check_exact=True, obj=f"{sector} {name}")


def test_a_part_of_its_replicates_is_the_same(nation, in_a_file, monkeypatch):
    from ncsi.model.resampling.streams import Share

    plan, store = plan_and_store(nation, nation.plan.waves[-1])
    sector = plan.sector_ids[0]
    many = part_of_replicates(store, plan, sector, Share(0, 1))
    monkeypatch.setattr(estimate, "ROWS", 10**6)
    few = part_of_replicates(store, plan, sector, Share(0, 1))
    assert many.key == few.key
    np.testing.assert_array_equal(many.draws.index_by, few.draws.index_by)


class Full:
    """A file on a disk that has room for nothing more."""

    def seek(self, *_: int) -> int:
        return 0

    def writelines(self, _: list[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_folder_of_temporary_files_is_told_before_anything_is_stored(nation, in_a_file, monkeypatch):
    plan, store = plan_and_store(nation, nation.plan.waves[-1])
    monkeypatch.setattr(spooled_rows, "TemporaryFile", lambda **_: Full())
    before = store.written()
    with pytest.raises(
        StoreError, match=r"temporary files: .*No space left on device.*Nothing was stored"
    ) as told:
        estimate_sector(store, plan, plan.sector_ids[0], "run")
    assert store.written() == before
    assert Store.open(store.folder).waves() == store.waves()  # while who reads is told, and not gone yet
    assert told.traceback


def test_a_part_that_is_gone_half_way_is_told(nation, in_a_file, monkeypatch):
    plan, store = plan_and_store(nation, nation.plan.waves[-1])
    sector = plan.sector_ids[0]
    paths = store._parts(plan.wave.id, sector)
    monkeypatch.setattr(Store, "_parts", lambda *_: [*paths, paths[0].replace(".parquet", "0.parquet")])
    with pytest.raises(StoreError, match="a file of the store is gone or damaged"):
        estimate_sector(store, plan, sector, "run")
