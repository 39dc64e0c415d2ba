"""Bounds of hidden cells in small releases made by hand: what each published figure tells, and what it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure.attack import Bound, Problem, bounds, require_nothing_given_away
from ncsi.disclosure.published_relations import Relation
from ncsi.errors import PublicationError
from ncsi.tables import TABLES

TARGET = "Satisfaction"
NAN = np.nan


def release(**rows: list[dict[str, object]]) -> dict[str, pd.DataFrame]:
    """Empty public tables of sector s, but for `rows`; its index is 70, brands p, q, r of 100 each show 80, –, –."""
    index = [brand("p", 80.0), brand("q", NAN), brand("r", NAN)]
    item = {"construct": TARGET, "item": "only", "weight": 1.0}
    own = {"out_index_by_sector": [sector(70.0)], "out_index_by_brand": index, "out_weights_by_item": [item]}
    given = {**own, **rows}
    return {
        name: pd.DataFrame(
            [{"sector": "s", **row} for row in given.get(name, [])],
            columns=list(table.names),
        )
        for name, table in TABLES.items()
        if table.public
    }


def sector(value: float) -> dict[str, object]:
    return {"construct": TARGET, "index_0_100": value}


def brand(name: str, value: float, n: int = 100) -> dict[str, object]:
    status = "suppressed" if np.isnan(value) else "published"
    return {"brand": name, "construct": TARGET, "index_0_100": value, "n": n, "status": status}


def effective(value: float) -> dict[str, float]:
    """A figure that is hidden is of too few."""
    return {"n_eff": 20.0 if np.isnan(value) else 200.0, "largest_share": 0.05}


def cell(name: str, value: float, n: int, difference: float = NAN) -> dict[str, object]:
    own = {"dimension": "region", "subgroup": name, "construct": TARGET}
    return {**own, "index_0_100": value, "difference": difference, "n": n, **effective(value)}


def found(tables: dict[str, pd.DataFrame], shares: dict[str, float] | None = None) -> dict[str, Bound]:
    return {" ".join(one.cell[:-1]): one for one in bounds(tables, TARGET, {"s": shares} if shares else {})}


def between(one: Bound, low: float, high: float, within: float = 0.35) -> bool:
    return abs(one.low - low) < within and abs(one.high - high) < within


def test_two_hidden_brands_are_known_as_a_sum_only():
    one = found(release())
    assert set(one) == {"brand q", "brand r"}
    assert between(one["brand q"], 30, 100)
    assert not one["brand q"].given_away


def test_a_lone_hidden_brand_is_the_rest_of_the_sector():
    index = [brand("p", 80.0, 100), brand("q", NAN, 200), brand("r", 60.0, 100)]
    one = found(release(out_index_by_brand=index))["brand q"]
    assert between(one, 70, 70)
    assert one.given_away


def test_declared_shares_count_before_respondents():
    index = [brand("p", 80.0), brand("q", NAN)]
    one = found(release(out_index_by_brand=index), {"p": 3.0, "q": 1.0})["brand q"]
    assert between(one, 40, 40, 0.5)


@pytest.mark.parametrize(("share", "given_away"), [(0.2, False), (0.03, False), (0.02, True), (0.0001, True)])
def test_a_construct_that_few_of_a_large_brand_were_asked_is_not_what_a_tiny_one_leaves(share, given_away):
    """Withheld beside it is the brand of the fewest respondents, whose share may be next to nothing."""
    asked = [
        {**brand(one, value), "construct": "Complaint"}
        for one, value in (("p", 40.0), ("q", NAN), ("r", NAN))
    ]
    asked[2]["status"] = "withheld"
    rows = [brand("p", 80.0), brand("q", 60.0), brand("r", 70.0), *asked]
    whole = [sector(70.0), {"construct": "Complaint", "index_0_100": 35.0}]
    tables = release(out_index_by_brand=rows, out_index_by_sector=whole)
    shares = {"p": 0.5 - share, "q": 0.5, "r": share}
    one = found_of(tables, shares, ("brand", "q", "Complaint"))
    assert one.given_away is given_away
    assert one.high - one.low == pytest.approx(100 * share / 0.5)
    assert one.low <= (35.0 - 40.0 * (0.5 - share) - 20.0 * share) / 0.5 <= one.high
    assert not [each for each in bounds(tables, TARGET, {}) if each.given_away]


def test_a_construct_counts_its_brands_by_who_was_asked_of_it():
    """Of q, half of the sector, 5 in 100 were asked, and all of r, which is withheld beside it."""
    asked = [
        {**brand(one, value, n), "construct": "Complaint"}
        for one, value, n in (("p", 40.0, 100), ("q", NAN, 5), ("r", NAN, 100))
    ]
    asked[2]["status"] = "withheld"
    rows = [brand("p", 80.0), brand("q", 60.0), brand("r", 70.0), *asked]
    whole = [sector(70.0), {"construct": "Complaint", "index_0_100": 35.0}]
    tables = release(out_index_by_brand=rows, out_index_by_sector=whole)
    one = found_of(tables, {"p": 0.49, "q": 0.5, "r": 0.01}, ("brand", "q", "Complaint"))
    assert one.high - one.low == pytest.approx(100 * 0.01 / (0.5 * 0.05))
    assert not one.given_away


def found_of(tables: dict[str, pd.DataFrame], shares: dict[str, float], cell: tuple[str, ...]) -> Bound:
    (one,) = bounds(tables, TARGET, {"s": shares})
    assert one.cell == cell
    return one


def test_a_brand_withheld_for_the_sake_of_another_is_not_sensitive():
    index = [brand("p", 80.0), brand("q", NAN), {**brand("r", NAN), "status": "withheld"}]
    assert set(found(release(out_index_by_brand=index))) == {"brand q"}


@pytest.mark.parametrize(
    ("n_eff", "largest", "sensitive"), [(29.9, 0.1, True), (30, 0.1, False), (200, 0.101, True)]
)
def test_a_cell_of_few_or_of_one_is_sensitive(n_eff, largest, sensitive):
    rows = [cell("n", 80.0, 100), {**cell("s", NAN, 50), "n_eff": n_eff, "largest_share": largest}]
    assert bool(cells(*rows)) is sensitive


def test_what_nothing_bounds_lies_between_0_and_100():
    tables = release(out_subindex_by_brand=[subindex("q", NAN)], out_index_by_brand=[])
    one = found(tables)["subindex x"]
    assert (one.low, one.high) == (0.0, 100.0)


def subindex(name: str, value: float) -> dict[str, object]:
    return {"subindex": "x", "brand": name, "index_0_100": value, **effective(value)}


def measure(name: str, value: float, kind: str = "handled") -> dict[str, object]:
    return {"measure": kind, "item": "q1", "brand": name, "estimate": value, **effective(value)}


@pytest.mark.parametrize(
    ("table", "row"), [("out_subindex_by_brand", subindex), ("out_measures_by_brand", measure)]
)
def test_a_lone_hidden_figure_beside_the_index_is_the_rest_of_its_sector(table, row):
    rows = [row("", 50.0), row("p", 40.0), row("q", NAN), row("r", 70.0)]
    index = [brand(name, 70.0) for name in "pqr"]
    one = bounds(release(out_index_by_brand=index, **{table: rows}), TARGET, {})
    assert [between(each, 40, 40) for each in one] == [True]
    two = [row("", 50.0), row("p", 40.0), row("q", NAN), row("r", NAN)]
    one = bounds(release(out_index_by_brand=index, **{table: two}), TARGET, {})
    assert [between(each, 10, 100) for each in one] == [True, True]


def test_nps_is_no_share():
    rows = [measure(name, NAN, "nps") for name in "qr"]
    assert set(found(release(out_measures_by_brand=rows))) == {"brand q", "brand r"}


@pytest.mark.parametrize(
    "more",
    [
        {"out_rank_by_brand": [{"brand": "r", "index_0_100": 60.0}]},
        {"out_changes": [{"level": "brand", "unit": "r", "construct": TARGET, "index_0_100": 60.0}]},
        {"out_differences_by_brand": [{"brand": "p", "other": "r", "difference": 20.0}]},
    ],
    ids=["rank", "change", "difference"],
)
def test_a_figure_of_a_hidden_brand_elsewhere_gives_it_and_the_other_away(more):
    one = found(release(**more))
    assert between(one["brand r"], 60, 60)
    assert between(one["brand q"], 70, 70)


@pytest.mark.parametrize(
    "row",
    [
        {"level": "sector", "unit": "r", "construct": TARGET, "index_0_100": 60.0},
        {"level": "brand", "unit": "r", "construct": "Loyalty", "index_0_100": 60.0},
    ],
)
def test_a_change_of_something_else_tells_nothing(row):
    assert between(found(release(out_changes=[row]))["brand q"], 30, 100)


def test_other_constructs_and_sectors_tell_nothing():
    index = [brand(name, value) for name, value in (("p", 80.0), ("q", NAN), ("r", NAN))]
    index += [{**brand("q", 10.0), "construct": "Loyalty"}, {**brand("q", 10.0), "sector": "other"}]
    rows = [sector(70.0), {"construct": "Loyalty", "index_0_100": 20.0}]
    assert between(found(release(out_index_by_brand=index, out_index_by_sector=rows))["brand q"], 30, 100)


def items(*gaps: dict[str, object]) -> dict[str, pd.DataFrame]:
    """Satisfaction is i and j, three to one; i of q and r is in the gaps."""
    weights = [{"construct": TARGET, "item": name, "weight": w} for name, w in (("i", 3.0), ("j", 1.0))]
    means = [{"construct": TARGET, "item": name, "mean_0_100": 70.0} for name in "ij"]
    return release(out_weights_by_item=weights, out_items_by_sector=means, out_gaps_by_brand=list(gaps))


def gap(name: str, item: str, **values: object) -> dict[str, object]:
    blank = {"mean_0_100": 60.0, "gap_mean": -10.0, "best": "p", "gap_best": -20.0}
    return {"brand": name, "item": item, **blank, **values}


def test_an_item_of_a_hidden_brand_narrows_its_index():
    """i of q is 60; j of q is at least 210 - 200, as j of all three is 70."""
    one = found(items(gap("q", "i", best="q", gap_best=0.0)))["brand q"]
    assert between(one, 47.5, 70)


def test_all_items_of_a_hidden_brand_are_its_index():
    both = found(items(*(gap("q", item, best="q", gap_best=0.0) for item in "ij")))
    assert between(both["brand q"], 60, 60)
    assert between(both["brand r"], 70, 70)


def test_the_best_brand_follows_from_a_gap_to_it():
    rows = [gap("p", item, mean_0_100=80.0, gap_mean=10.0, best="q", gap_best=-10.0) for item in "ij"]
    one = found(items(*rows))
    assert between(one["brand q"], 90, 90)
    assert between(one["brand r"], 40, 40)


def test_an_item_of_another_construct_tells_nothing():
    assert between(found(items(gap("q", "k")))["brand q"], 30, 100)


OPEN = [brand(name, 70.0) for name in "pqr"]


def cells(*rows: dict[str, object]) -> dict[str, Bound]:
    return found(release(out_index_by_brand=OPEN, out_index_by_subgroup=list(rows)))


def test_a_lone_hidden_cell_is_the_rest_of_the_sector_by_its_respondents():
    assert between(cells(cell("n", 80.0, 100), cell("s", NAN, 50))["cell region s"], 50, 50)


def test_two_hidden_cells_are_known_as_a_sum_only():
    one = cells(cell("n", 80.0, 100), cell("s", NAN, 50), cell("w", NAN, 50))
    assert between(one["cell region s"], 20, 100)
    assert not one["cell region s"].given_away


def test_a_difference_from_the_others_gives_a_cell_away():
    one = cells(cell("n", 80.0, 100), cell("s", NAN, 50, difference=-40 / 3), cell("w", NAN, 50))
    assert between(one["cell region s"], 60, 60)
    assert between(one["cell region w"], 60, 60)


def test_a_cell_that_is_the_whole_sector_is_its_figure():
    assert between(cells(cell("n", NAN, 100, difference=5.0))["cell region n"], 70, 70)


def test_a_cell_of_another_construct_is_not_asked_of():
    assert cells(cell("n", 80.0, 100), {**cell("s", NAN, 50), "construct": "Loyalty"}) == {}


def test_a_small_cell_with_a_figure_is_not_hidden():
    assert cells(cell("n", 80.0, 100), {**cell("s", 75.0, 50), "n_eff": 20.0}) == {}


def test_an_item_whose_mean_is_blank_tells_nothing():
    tables = items(gap("q", "i", best="q", gap_best=0.0))
    blank = tables["out_items_by_sector"].assign(mean_0_100=[NAN, 70.0])
    assert found({**tables, "out_items_by_sector": blank})["brand q"].high <= 70.4


def quality(**values: object) -> dict[str, object]:
    counts = {"valid": 90.0, "flagged": 10.0, "excluded": 20.0}
    return {**counts, "index_valid_0_100": NAN, "index_all_0_100": NAN, **values}


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ({"index_valid_0_100": 60.0}, 54, 64),  # the sector is 0.9 · 60 + 0.1 · the flagged
        ({"index_all_0_100": 60.0}, 52, 72),  # (100 · the sector + 20 · the excluded) / 120 = 60
        ({}, 0, 100),
    ],
)
def test_figures_of_quality_are_held_against_the_sector(values, low, high):
    tables = release(
        out_index_by_sector=[{"construct": "Loyalty", "index_0_100": 1.0}],
        out_index_by_brand=[brand("p", NAN)],
        out_response_quality_by_sector=[quality(**values)],
    )
    assert between(found(tables)["brand p"], low, high, 0.4)


def test_figures_that_do_not_agree_still_bound():
    """A reader's weights are not the respondents': sums give as far as the figures are off."""
    rows = [{"brand": "p", "index_0_100": 78.0}, {"brand": "r", "index_0_100": 60.0}]
    one = found(release(out_rank_by_brand=rows))["brand q"]
    assert 65 < one.low <= one.high < 80


def test_a_sector_that_hides_nothing_has_no_bounds():
    assert bounds(release(out_index_by_brand=OPEN), TARGET, {}) == ()


@pytest.mark.parametrize(("high", "given"), [(45.999, True), (46.0, False)])
def test_six_points_wide_is_not_given_away(high, given):
    assert Bound("s", ("brand", "b", TARGET), 40.0, high).given_away is given


def test_the_gate_names_each_cell_without_its_value():
    index = [brand("p", 80.0), brand("q", NAN), brand("r", 60.0)]
    with pytest.raises(
        PublicationError, match=r"wave w: .*\(s: brand q Satisfaction\)\. Nothing was"
    ) as told:
        require_nothing_given_away(release(out_index_by_brand=index), "w", TARGET, {})
    assert "70" not in str(told.value)
    require_nothing_given_away(release(), "w", TARGET, {})


X, Y = ("brand", "x", TARGET), ("brand", "y", TARGET)


def bands(*relations: Relation) -> list[tuple[float, float]]:
    problem = Problem.of(relations)
    return [(round(low, 6), round(high, 6)) for low, high in zip(problem.low, problem.high, strict=True)]


def of_x(value: float) -> Relation:
    return Relation({X: 1.0}, value)


def test_a_relation_is_as_wide_as_its_digits_and_a_sum_a_little_wider():
    one, total = bands(of_x(60.0), Relation({X: 1.0, Y: -1.0}, 10.0, known=False))
    assert one == (59.995, 60.005)
    assert total == (9.95, 10.05)


@pytest.mark.parametrize("values", [(60.0, 70.0, 70.0), (70.0, 60.0, 60.0)])
def test_of_figures_that_contradict_each_other_the_odd_one_gives(values):
    first, *others = bands(*(of_x(one) for one in values))
    assert first == pytest.approx((values[0] - 9.995, values[0] + 9.995))
    assert others == [(values[1] - 0.005, values[1] + 0.005)] * 2


@pytest.mark.parametrize(("value", "off"), [(0.0, 0.0), (100.0, 0.0), (101.0, 0.995), (-1.0, 0.995)])
def test_figures_outside_the_scale_give_as_far_as_they_lie_outside(value, off):
    assert bands(of_x(value)) == [(round(value - 0.005 - off, 6), round(value + 0.005 + off, 6))]


def test_bounds_are_the_ends_that_the_relations_leave():
    problem = Problem.of([Relation({X: 1.0, Y: 1.0}, 120.0)])
    assert problem.range(X) == pytest.approx((19.995, 100))


def test_what_cannot_be_bounded_is_not_published():
    problem = Problem.of([of_x(60.0)])
    broken = Problem(problem.at, problem.both, problem.high, problem.low)
    with pytest.raises(PublicationError, match="bounds of hidden cells could not be derived"):
        broken.range(X)
