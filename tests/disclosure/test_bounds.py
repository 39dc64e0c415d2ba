"""No release leaves a hidden cell within ±3 points; the gate of publication finds one that would."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import require_nothing_given_away
from ncsi.disclosure.attack import NEAR, bounds
from ncsi.errors import PublicationError

TARGET = "Satisfaction"


def published(folder):
    tables = {path.stem: pd.read_parquet(path) for path in (folder / "data").glob("out_*.parquet")}
    codes = pd.read_csv(folder / "data" / "codes_brands.csv")
    shares = {
        str(sector): dict(zip(part["brand"], part["share"], strict=True))
        for sector, part in codes.groupby("sector") if part["share"].notna().all()
    }  # fmt: skip
    return tables, shares


@pytest.fixture(scope="module")
def waves(nation):
    return {wave: published(nation.release(wave)) for wave in nation.outcomes}


def test_a_release_of_a_whole_run_bounds_nothing_hidden(waves):
    found = [one for tables, shares in waves.values() for one in bounds(tables, TARGET, shares)]
    assert found, "nothing is hidden"
    assert [str(one) for one in found if one.given_away] == []
    nearest = min(one.high - one.low for one in found)
    print(f"\n{len(found)} hidden cells, the nearest bound {nearest:.1f} points wide")
    assert nearest >= 2 * NEAR


def test_the_truth_lies_within_the_bounds(waves, nation):
    """Bounds that miss the hidden figure would make a safe release look safer than it is."""
    for wave, (tables, shares) in waves.items():
        stored = nation_index(nation, wave)
        for one in bounds(tables, TARGET, shares):
            if one.cell[0] == "brand":
                truth = stored[(one.sector, one.cell[1])]
                assert one.low - 1 <= truth <= one.high + 1


def nation_index(nation, wave):
    from ncsi.store import Store

    rows = Store.open(nation.workspace.warehouse).read("out_index_by_brand", wave=wave)
    rows = rows[rows["construct"] == TARGET]
    return dict(zip(zip(rows["sector"], rows["brand"], strict=True), rows["index_0_100"], strict=True))


@pytest.fixture
def lone(waves):
    """The release, were only one brand of a sector hidden: its figure is what is left of the sector's."""
    tables, shares = waves["2026Q1"]
    index = tables["out_index_by_brand"].copy()
    sector = next(one for one in index["sector"].unique() if one in shares)
    own = (index["sector"] == sector) & (index["construct"] == TARGET)
    index.loc[own, "index_0_100"] = index.loc[own, "index_0_100"].fillna(70.0)
    first = index.index[own][0]
    index.loc[first, "index_0_100"] = np.nan
    index.loc[first, "status"] = "suppressed"
    brand = str(index.loc[first, "brand"])
    of_brand = {
        name: tables[name][~((tables[name]["sector"] == sector) & (tables[name]["brand"] == brand))]
        for name in ("out_rank_by_brand", "out_gaps_by_brand", "out_differences_by_brand")
    }
    moved = tables["out_changes"]
    changes = moved[~((moved["sector"] == sector) & (moved["unit"] == brand))]
    return {**tables, **of_brand, "out_changes": changes, "out_index_by_brand": index}, shares, sector, brand


def test_a_lone_hidden_brand_is_bounded_to_nothing(lone):
    tables, shares, sector, brand = lone
    one = next(one for one in bounds(tables, TARGET, shares) if one.cell == ("brand", brand, TARGET))
    assert one.sector == sector
    assert one.given_away
    assert one.high - one.low < NEAR


def test_the_gate_stops_publication_and_names_the_cell_without_its_value(lone):
    tables, shares, sector, brand = lone
    with pytest.raises(PublicationError, match=f"{sector}: brand {brand} {TARGET}") as stopped:
        require_nothing_given_away(tables, "2026Q1", TARGET, shares)
    assert "Nothing was published" in str(stopped.value)


def test_a_cell_is_found_by_its_difference_from_the_others(waves):
    tables, shares = waves["2026Q1"]
    cells = tables["out_index_by_subgroup"].copy()
    own = (cells["construct"] == TARGET) & cells["index_0_100"].notna() & cells["difference"].notna()
    first = cells.index[own][0]
    cells.loc[first, ["index_0_100", "n_eff"]] = np.nan, 12.0
    where = (str(cells.loc[first, "dimension"]), str(cells.loc[first, "subgroup"]))
    found = [
        one for one in bounds({**tables, "out_index_by_subgroup": cells}, TARGET, shares) if one.given_away
    ]
    assert [(one.sector, one.cell[1:3]) for one in found] == [(str(cells.loc[first, "sector"]), where)]


def test_a_large_cell_that_is_withheld_for_another_is_not_sensitive_itself(waves):
    """17 people without a region beside 240: the total bounds the 240, which might be shown, not the 17."""
    tables, shares = waves["2026Q1"]
    cells = tables["out_index_by_subgroup"].copy()
    sector = cells["sector"].iloc[0]
    own = (cells["sector"] == sector) & (cells["construct"] == TARGET)
    two = cells.index[own & (cells["dimension"] == cells.loc[own, "dimension"].iloc[0])][:2]
    cells.loc[two, ["index_0_100", "difference"]] = np.nan
    cells.loc[two, "n"] = [17, 240]
    cells.loc[two, "n_eff"] = [16.0, 230.0]
    found = bounds({**tables, "out_index_by_subgroup": cells}, TARGET, shares)
    named = [one.cell[2] for one in found if one.sector == sector and one.cell[0] == "cell"]
    assert named == [cells.loc[two[0], "subgroup"]]
