"""Subgroups of one sector: which there are, what stays blank, and what is found where a group is truly lower."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ncsi
from ncsi.disclosure import open_cells, shown_brands
from ncsi.results.comparisons import comparison_tables, subgroups
from ncsi.results.requested_totals import requested_totals_of
from ncsi.results.sector_rows import index_by_brand
from ncsi.spec import RULE, Wave, load_instrument

GOLDEN = Path(__file__).parents[2] / "golden" / "golden.csv"
WORDS = {"zh": "试", "en": "test"}


def variable(name: str, *values: str) -> dict[str, object]:
    """A background variable as a wave file declares it."""
    return {
        "label": {"zh": name, "en": name},
        "values": [{"id": one, "label": {"zh": one, "en": one}} for one in values],
    }


@pytest.fixture(scope="module")
def wave() -> Wave:
    return Wave.model_validate(
        {
            "spec": "ncsi/wave/1", "id": "2026", "label": WORDS, "title": WORDS, "publisher": WORDS,
            "field": {"start": "2026-03-01", "end": "2026-03-31"}, "release_date": "2026-05-15",
            "sectors": [{"id": "only"}], "weighting": {"cluster": "psu"},
            "background": {
                "age": variable("age", "old", "young"), "psu": variable("psu"), "same": variable("same", "all"),
                "region": variable("region", "far west", "west", "east", "north"),
            },
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    """720 respondents; the old score every satisfaction item 3 points lower; 12 live in the far west, 60 in the west,
    and of 40 nobody knows where."""
    frame, at = pd.read_csv(GOLDEN), np.arange(720)
    old = at % 4 == 0
    items = [item.id for item in load_instrument("ccsi").construct("Satisfaction").items]
    frame.loc[old, items] = (frame.loc[old, items] - 3).clip(lower=1)
    region = np.select([at % 60 == 0, at % 12 == 1, at % 18 == 2], ["far west", "west", None], "east")
    return frame.assign(
        region=np.where(at % 5 == 4, np.where(region == "east", "north", region), region),
        background_age=np.where(old, "old", "young"),
        background_psu=at // 10,
        background_same="all",
    )


@pytest.fixture(scope="module")
def fitted(data, wave):
    fit = ncsi.fit_pls(data, load_instrument("ccsi"), weights="weight", by="brand")
    requested = requested_totals_of(fit, data, wave)
    return requested, ncsi.bootstrap(fit, replicates=300, totals=requested.totals)


@pytest.fixture(scope="module")
def cells(fitted) -> pd.DataFrame:
    """As they may be shown."""
    return open_cells(subgroups(*fitted).assign(sector="only"), 0.95)


def test_every_background_is_a_dimension_but_the_cluster_and_what_does_not_vary(cells):
    assert set(cells["dimension"]) == {"region", "age"}
    regions = set(cells.loc[cells["dimension"] == "region", "subgroup"])
    assert regions == {"east", "far west", "north", "west", "unknown"}


def test_cells_add_up_to_the_sector(cells, data):
    for _, part in cells[cells["construct"] == "Satisfaction"].groupby("dimension"):
        assert part["n"].sum() == len(data)


def test_what_is_not_declared_is_one_cell(data, wave, fitted):
    stray = data.assign(background_age=data["background_age"].where(data.index % 3 > 0, "王小明"))
    requested = requested_totals_of(fitted[1].fit, stray, wave)
    ages = [value for dimension, value in requested.subgroups if dimension == "age"]
    assert ages == ["old", "other", "young"]


def test_a_small_cell_is_blank_and_so_is_the_next_smallest(cells):
    region = cells[cells["dimension"] == "region"].set_index(["subgroup", "construct"])
    assert (region.loc["far west", "n_eff"] < RULE.subgroup).all()
    for hidden in ("far west", "unknown"):
        rows = region.loc[hidden]
        assert (rows["verdict"] == "too_few").all()
        assert rows[["index_0_100", "se", "low", "high", "difference", "p", "p_holm"]].isna().all(axis=None)
    assert region.loc[["east", "north", "west"], "index_0_100"].notna().all()


def test_a_group_that_is_lower_is_found_lower(cells, data):
    age = cells[(cells["dimension"] == "age") & (cells["construct"] == "Satisfaction")].set_index("subgroup")
    assert age.loc["old", "verdict"] == "below"
    assert age.loc["young", "verdict"] == "above"
    gap = age.loc["old", "index_0_100"] - age.loc["young", "index_0_100"]
    assert age.loc["old", "difference"] == pytest.approx(gap)
    assert age.loc["young", "difference"] == pytest.approx(-gap)
    assert age.loc["old", "difference_high"] < 0


def test_a_subgroups_index_is_that_of_its_rows_by_the_pooled_weights(cells, data, fitted):
    fit = fitted[1].fit
    outer = fit.weights[fit.weights["construct"] == "Value"].set_index("item")["weight"]
    old = data[data["background_age"] == "old"]
    scores = 100 * (old[list(outer.index)] @ outer - 1) / 9
    found = cells[(cells["subgroup"] == "old") & (cells["construct"] == "Value")].iloc[0]
    assert found["index_0_100"] == pytest.approx(np.average(scores, weights=old["weight"]))
    assert found["n"] == len(old)


def test_its_error_is_that_of_a_weighted_mean(cells, data, fitted):
    """Linearised, within brands: the sectors' outer weights add next to nothing."""
    fit = fitted[1].fit
    outer = fit.weights[fit.weights["construct"] == "Value"].set_index("item")["weight"]
    old = (data["background_age"] == "old").to_numpy()
    scores = 100 * (data[list(outer.index)] @ outer - 1) / 9
    w = data["weight"] * old
    z = w * (scores - np.average(scores, weights=w)) / w.sum()
    variance = sum(len(part) * part.var(ddof=1) for _, part in z.groupby(data["brand"]))
    found = cells[(cells["subgroup"] == "old") & (cells["construct"] == "Value")].iloc[0]
    assert found["se"] == pytest.approx(variance**0.5, rel=0.12)


def test_a_sector_without_brands_has_no_brand_tables_but_all_others(data, wave):
    fit = ncsi.fit_pls(data, load_instrument("ccsi"), weights="weight")
    requested = requested_totals_of(fit, data, wave)
    boot = ncsi.bootstrap(fit, replicates=100, totals=requested.totals)
    performance = ncsi.drivers(fit, boot)
    tables = comparison_tables(
        requested, boot, boot.index, pd.DataFrame(), performance[performance["item"].notna()], []
    )
    of_brands = (
        "out_modelled_by_brand", "out_gaps_by_brand", "out_differences_by_brand", "out_standing_by_brand",
        "out_gains_by_brand",
    )  # fmt: skip
    for name in of_brands:
        assert tables[name].empty
    for name in ("out_subindex_by_brand", "out_measures_by_brand"):
        assert (tables[name]["brand"] == "").all()
        assert len(tables[name])
    assert len(tables["out_index_by_subgroup"])
    assert len(tables["out_whatif_by_item"])


def test_brand_tables_show_no_brand_that_is_hidden(fitted):
    requested, boot = fitted
    index = index_by_brand(boot.fit, boot)
    small = index["brand"].isin(sorted(index["brand"].unique())[:2])
    hidden = index.assign(
        status=index["status"].mask(small, "suppressed"), n_eff=index["n_eff"].mask(small, 60.0)
    )
    performance = ncsi.drivers(boot.fit, boot)
    shown = shown_brands(hidden, "Satisfaction")
    tables = comparison_tables(
        requested, boot, boot.index, hidden, performance[performance["item"].notna()], shown
    )
    names = set(index.loc[small, "brand"])
    pairs = tables["out_differences_by_brand"]
    assert not names & (set(pairs["brand"]) | set(pairs["other"]))
    assert not names & set(tables["out_gaps_by_brand"]["brand"])
    assert set(tables["out_modelled_by_brand"]["brand"]) >= names
    assert not set(tables["out_modelled_by_brand"]["brand"]) & set(pairs["brand"])
