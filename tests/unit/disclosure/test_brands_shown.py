"""Which brands are shown: by their target's status, withheld in pairs, constructs of too few by themselves."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.disclosure import disclosed_tables, shown_brands, visible, with_withheld
from ncsi.disclosure.rules import open_cells
from ncsi.spec import RULE
from ncsi.tables import OUT_CHANGES, OUT_DIFFERENCES, OUT_GAPS, OUT_INDEX_BY_BRAND, OUT_RANK_BY_BRAND

TARGET = "S"


def index(sizes: dict[str, float], **of_quality: float) -> pd.DataFrame:
    """Two constructs of each brand; `of_quality`: another effective size of Q."""
    rows = [
        {
            "sector": "a",
            "brand": brand,
            "construct": construct,
            "n_eff": of_quality.get(brand, n) if construct == "Q" else n,
            "index_0_100": 70.0,
            "se": 1.0,
            "low": 68.0,
            "high": 72.0,
            "index_own_0_100": 70.0,
            "index_equal_0_100": 70.0,
            "index_pc1_0_100": 70.0,
            "status": RULE.status(n),
        }
        for brand, n in sizes.items()
        for construct in (TARGET, "Q")
    ]
    return pd.DataFrame(rows)


def statuses(frame: pd.DataFrame, construct: str = TARGET) -> dict[str, str]:
    own = frame[frame["construct"] == construct]
    return dict(zip(own["brand"], own["status"], strict=True))


def test_a_small_brand_is_suppressed_and_the_next_smallest_withheld():
    made = with_withheld(index({"x": 60, "y": 250, "z": 300}), TARGET)
    assert statuses(made) == {"x": "suppressed", "y": "withheld", "z": "published"}
    hidden = made[made["brand"] != "z"]
    figures = ["index_0_100", "se", "low", "high", "index_own_0_100", "index_equal_0_100", "index_pc1_0_100"]
    assert hidden[figures].isna().all(axis=None)
    assert made.loc[made["brand"] == "z", figures].notna().all(axis=None)


def test_a_construct_of_unknown_size_is_not_shown():
    made = with_withheld(index({"x": 250, "y": 260, "z": 300}, x=float("nan")), TARGET)
    assert statuses(made) == {"x": "published", "y": "published", "z": "published"}
    assert statuses(made, "Q")["x"] == "suppressed"
    assert made.loc[(made["brand"] == "x") & (made["construct"] == "Q"), "index_0_100"].isna().all()


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"x": 5, "y": 300, "z": 400, "v": 500}, "xy"),  # y could be shown: nothing need cover it
        ({"x": 20, "y": 250, "z": 260, "v": 270}, "xy"),
        ({"x": 97, "y": 5, "z": 300, "v": 200}, "xyv"),  # 5 would leave the 97 known within 5 points
    ],
)
def test_what_is_withheld_covers_brands_of_few_alone_and_is_the_same_the_second_time(sizes, hidden):
    made = with_withheld(index(sizes), TARGET)
    for construct in (TARGET, "Q"):
        found = statuses(made, construct)
        assert "".join(brand for brand, status in found.items() if status != "published") == hidden
    pd.testing.assert_frame_equal(with_withheld(made, TARGET), made)


def test_a_construct_of_too_few_is_hidden_alone_with_its_complement():
    made = with_withheld(index({"x": 250, "y": 260, "z": 300}, x=40), TARGET)
    assert set(statuses(made).values()) == {"published"}
    assert statuses(made, "Q") == {"x": "suppressed", "y": "withheld", "z": "published"}


@pytest.mark.parametrize(("n", "shown"), [(100.0, True), (99.99, False)])
def test_a_construct_exactly_at_the_threshold_is_shown(n, shown):
    made = with_withheld(index({"x": 250, "y": 260, "z": 300}, x=n), TARGET)
    assert (statuses(made, "Q")["x"] != "suppressed") is shown


def test_the_status_of_a_brand_is_that_of_its_target():
    frame = index({"x": 60, "y": 250, "z": 300}, x=400, y=350)
    frame["status"] = frame["status"].mask(frame["construct"] == "Q", "published")
    made = with_withheld(frame, TARGET)
    assert statuses(made, "Q") == {"x": "suppressed", "y": "withheld", "z": "published"}
    assert made.columns.equals(frame.columns)
    assert made.index.equals(frame.index)


def test_a_brand_is_withheld_by_its_target_for_all_its_constructs():
    """By its own sizes Q would rather withhold z."""
    made = with_withheld(index({"x": 60, "y": 250, "z": 300}, y=400), TARGET)
    assert statuses(made, "Q") == {"x": "suppressed", "y": "withheld", "z": "published"}


def test_a_brand_has_one_status_not_that_of_its_last_row():
    twice = pd.concat([index({"x": 60, "y": 250, "z": 300}), index({"x": 400})], ignore_index=True)
    with pytest.raises(ValueError, match=f"several rows of {TARGET}"):
        with_withheld(twice, TARGET)


def test_a_status_that_its_column_cannot_hold_is_refused_not_lost():
    known = pd.CategoricalDtype([RULE.status(300), RULE.status(60)])
    with pytest.raises(TypeError):
        with_withheld(index({"x": 60, "y": 250, "z": 300}).astype({"status": known}), TARGET)


def test_without_rows_nothing_is_shown():
    nothing = index({}).reindex(columns=list(OUT_INDEX_BY_BRAND.names))
    assert with_withheld(nothing, TARGET) is nothing
    assert shown_brands(nothing, TARGET) == []


def test_the_brands_shown_come_in_their_order():
    frame = index({"z": 300, "x": 60, "b": 250, "c": 290}).drop(columns="sector")
    assert shown_brands(frame, TARGET) == ["z", "c"]
    assert set(visible(frame.assign(sector="a"), TARGET)["brand"]) == {"z", "c"}


def test_a_brand_is_shown_by_its_target_though_another_construct_is_hidden():
    frame = index({"x": 250, "y": 260, "z": 300}, x=40)
    assert shown_brands(frame.drop(columns="sector"), TARGET) == ["x", "y", "z"]
    pairs = pd.DataFrame({"sector": "a", "brand": ["x"], "other": ["y"]})
    made = disclosed_tables({OUT_INDEX_BY_BRAND.name: frame, OUT_DIFFERENCES.name: pairs}, TARGET, 0.95)
    assert len(made[OUT_DIFFERENCES.name]) == 1


def disclosed(**tables: pd.DataFrame) -> dict[str, pd.DataFrame]:
    frames = {OUT_INDEX_BY_BRAND.name: index({"x": 60, "y": 150, "z": 300, "w": 320}), **tables}
    return disclosed_tables(frames, TARGET, 0.95)


def test_rows_of_hidden_brands_leave_tables_of_brands_and_of_pairs():
    pairs = pd.DataFrame({"sector": "a", "brand": ["w", "w", "y"], "other": ["z", "x", "z"]})
    gaps = pd.DataFrame({"sector": "a", "brand": ["x", "y", "z", "w", ""]})
    made = disclosed(**{OUT_DIFFERENCES.name: pairs, OUT_GAPS.name: gaps})
    assert made[OUT_DIFFERENCES.name]["other"].tolist() == ["z"]
    assert made[OUT_GAPS.name]["brand"].tolist() == ["z", "w", ""]


def test_changes_of_hidden_brands_leave_those_of_sectors_stay():
    changes = pd.DataFrame(
        {
            "level": ["brand", "brand", "sector", "nation"],
            "unit": ["x", "z", "a", "nation"],
            "sector": ["a", "a", "", ""],
            "construct": TARGET,
            "change": 1.0,
            "p": 0.5,
            "p_holm": 1.0,
            "verdict": "no_significant_change",
        }
    )
    assert disclosed(**{OUT_CHANGES.name: changes})[OUT_CHANGES.name]["unit"].tolist() == ["z", "a", "nation"]


def ranks(brands: list[str], rank: list[int], low: list[int], high: list[int]) -> pd.DataFrame:
    ends = {"rank_low": low, "rank_high": high, "rank_low_marginal": low, "rank_high_marginal": high}
    return pd.DataFrame({"sector": "a", "brand": brands, "rank": rank, **ends})


def test_ranks_are_counted_anew_without_those_hidden():
    made = disclosed(
        **{OUT_RANK_BY_BRAND.name: ranks(["x", "z", "y", "w"], [1, 2, 3, 4], [1, 1, 2, 4], [2, 3, 4, 4])}
    )
    left = made[OUT_RANK_BY_BRAND.name].set_index("brand")
    assert left["rank"].to_dict() == {"z": 1, "w": 2}
    assert left["rank_low"].to_dict() == {"z": 1, "w": 2}
    assert left["rank_high"].to_dict() == {"z": 2, "w": 2}
    assert left["rank_low_marginal"].to_dict() == {"z": 1, "w": 2}


def test_the_ends_of_ranks_move_by_as_many_as_are_hidden():
    """x and y, first and second, go: what lay in [low, high] lies in [low - 2, high], cut to the places left."""
    rank, low, high = [1, 2, 3, 4, 5, 6], [1, 1, 2, 3, 5, 6], [2, 4, 4, 5, 6, 6]
    brands = ["x", "y", "p", "q", "r", "s"]
    frame = index({"x": 60, "y": 150, "p": 300, "q": 310, "r": 320, "s": 330})
    made = disclosed_tables(
        {OUT_INDEX_BY_BRAND.name: frame, OUT_RANK_BY_BRAND.name: ranks(brands, rank, low, high)}, TARGET, 0.95
    )
    left = made[OUT_RANK_BY_BRAND.name]
    assert left["brand"].tolist() == ["p", "q", "r", "s"]
    assert left["rank"].tolist() == [1, 2, 3, 4]
    for kind in ("", "_marginal"):
        assert left[f"rank_low{kind}"].tolist() == [1, 1, 3, 4]
        assert left[f"rank_high{kind}"].tolist() == [4, 4, 4, 4]


def test_where_all_brands_are_shown_ranks_stay():
    frame = index({"x": 260, "z": 300})
    own = ranks(["x", "z"], [2, 1], [1, 1], [2, 2])
    made = disclosed_tables({OUT_INDEX_BY_BRAND.name: frame, OUT_RANK_BY_BRAND.name: own}, TARGET, 0.95)
    pd.testing.assert_frame_equal(made[OUT_RANK_BY_BRAND.name], own)


def test_the_index_by_brand_leaves_without_what_is_hidden():
    made = disclosed()[OUT_INDEX_BY_BRAND.name]
    assert statuses(made) == {"x": "suppressed", "y": "withheld", "z": "published", "w": "published"}
    assert made["index_0_100"].isna().tolist() == [True] * 4 + [False] * 4


def test_one_brand_left_has_no_rank():
    frame = index({"x": 60, "y": 150, "z": 300})
    made = disclosed_tables(
        {OUT_INDEX_BY_BRAND.name: frame, OUT_RANK_BY_BRAND.name: ranks(["x", "z"], [1, 2], [1, 1], [2, 2])},
        TARGET,
        0.95,
    )
    assert made[OUT_RANK_BY_BRAND.name].empty


def test_holm_and_verdicts_are_counted_among_the_cells_shown():
    cells = pd.DataFrame(
        {
            "sector": "a",
            "dimension": "d",
            "subgroup": ["p", "q", "r", "s"],
            "construct": TARGET,
            "n_eff": [300.0, 200, 20, 40],
            "largest_share": 0.02,
            "index_0_100": 70.0,
            "se": 1.0,
            "low": 68.0,
            "high": 72.0,
            "difference": [2.0, -2.0, 9.0, 9.0],
            "difference_low": 0.0,
            "difference_high": 0.0,
            "p": [0.02, 0.04, 1e-9, 1e-9],
            "p_holm": 1.0,
            "verdict": "",
        }
    )
    made = open_cells(cells, 0.95)
    assert made["p_holm"].tolist()[:2] == [0.04, 0.04]
    assert made["verdict"].tolist() == ["above", "below", "too_few", "too_few"]
    assert made["index_0_100"].isna().tolist() == [False, False, True, True]
    assert made["difference"].isna().tolist() == [False, False, True, True]
