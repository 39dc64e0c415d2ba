"""What is too small to publish reaches no file, and cannot be worked out from what does."""

import zipfile
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import disclosed_tables, visible, with_withheld
from ncsi.report import content

HIDDEN = {
    ("edible_oil", "B05"): "suppressed", ("edible_oil", "B04"): "withheld",
    ("beer", "B02"): "suppressed", ("beer", "B03"): "suppressed",
    ("casual_wear", "B01"): "suppressed", ("casual_wear", "B00"): "withheld",
}  # fmt: skip


@pytest.fixture(scope="module")
def shown(tables, spec):
    return disclosed_tables(tables, spec.target, spec.wave.level)


def test_a_lone_small_brand_takes_the_next_smallest_with_it(tables, spec):
    marked = with_withheld(tables["out_index_by_brand"], spec.target)
    hidden = marked[marked["status"].isin(["suppressed", "withheld"])]
    found = {(r.sector, r.brand): r.status for r in hidden.itertuples()}
    assert found == HIDDEN


def test_a_hidden_brand_shows_no_figure_of_any_construct(shown):
    frame = shown["out_index_by_brand"]
    hidden = frame[frame["status"].isin(["suppressed", "withheld"])]
    assert hidden[["index_0_100", "se", "low", "high"]].isna().all(axis=None)
    assert frame[~frame["status"].isin(["suppressed", "withheld"])]["index_0_100"].notna().all()


def test_the_sector_total_never_leaves_one_unknown(shown):
    for sector, part in shown["out_index_by_brand"].groupby(["sector", "construct"]):
        unknown = int(part["index_0_100"].isna().sum())
        assert unknown != 1, sector


def test_hidden_brands_have_no_rank_and_leave_no_gap(shown):
    ranks = shown["out_rank_by_brand"]
    assert not {*ranks[["sector", "brand"]].itertuples(index=False, name=None)} & set(HIDDEN)
    for sector, part in ranks.groupby("sector"):
        assert sorted(part["rank"]) == list(range(1, len(part) + 1)), sector
        assert (part["rank_low"] <= part["rank"]).all()
        assert (part["rank"] <= part["rank_high"]).all()
        assert part["rank_high"].max() <= len(part)
    assert "casual_wear" not in set(ranks["sector"])


def test_rank_sets_only_widen_when_a_brand_is_taken_out(tables, shown):
    before = tables["out_rank_by_brand"].set_index(["sector", "brand"])
    after = shown["out_rank_by_brand"].set_index(["sector", "brand"])
    untouched = after[after.index.get_level_values("sector") == "dairy"]
    pd.testing.assert_frame_equal(untouched, before.loc[untouched.index], check_dtype=False)
    moved = after.loc["edible_oil"]
    assert (moved["rank_low"] >= 1).all()
    assert (moved["rank_low"] <= before.loc["edible_oil"].loc[moved.index, "rank_low"]).all()


def test_hidden_brands_have_no_change(shown):
    changes = shown["out_changes"]
    brands = changes[changes["level"] == "brand"]
    assert not {*brands[["sector", "unit"]].itertuples(index=False, name=None)} & set(HIDDEN)
    assert set(changes["level"]) == {"nation", "sector", "brand"}


def test_no_file_of_the_release_holds_a_hidden_figure(release, tables):
    index = tables["out_index_by_brand"].set_index(["sector", "brand"]).sort_index()
    figures = np.concatenate([index.loc[key, "index_0_100"].to_numpy() for key in HIDDEN])
    tokens = [f"{figure:.8f}"[:-2] for figure in figures]
    for name in release.files:
        path = release.folder / name
        body = path.read_bytes().decode("utf-8", "ignore")
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                body = "".join(book.read(part).decode("utf-8", "ignore") for part in book.namelist())
        if path.suffix == ".parquet":
            body = pd.read_parquet(path).to_csv()
        assert not [token for token in tokens if f",{token}" in body or f">{token}" in body], name


def test_the_report_lists_hidden_brands_with_the_reason_and_no_figure(shown, spec):
    rows = content.sector(shown, spec, "edible_oil").brands
    hidden = [row for row in rows if not row.shown]
    assert [row.note.en for row in hidden] == [
        "sample too small, not published", "withheld so that no other figure can be derived",
    ]  # fmt: skip
    assert all(row.value == row.interval.zh == row.rank == row.change == "—" for row in hidden)
    assert all(first.place < second.place for first, second in pairwise(rows[:4]))


def test_nothing_is_hidden_where_every_brand_is_large(tables, spec):
    dairy = tables["out_index_by_brand"].query("sector == 'dairy'")
    assert len(visible(dairy, spec.target)) == len(dairy)
