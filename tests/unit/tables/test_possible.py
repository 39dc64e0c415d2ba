"""No index outside 0-100, no interval without its estimate, no rank beyond the units ranked."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.errors import ImpossibleFigure
from ncsi.store.declared_frames import to_arrow
from ncsi.tables import OUT_CHANGES, OUT_INDEX_NATIONAL, OUT_RANK_BY_SECTOR, TABLES, Column, Table
from ncsi.tables.possible import impossible
from ncsi.tables.rules import NEVER

NATION = {
    "wave": "2026", "construct": "Satisfaction", "sectors": 1, "n": 100, "index_0_100": 71.0, "se": 1.0, "low": 69.0,
    "high": 73.0, "df": 99.0, "index_equal_0_100": 71.0, "coverage": 1.0, "sectors_carried": 0, "coverage_carried": 0.0,
}  # fmt: skip


def nation(**changes: object) -> pd.DataFrame:
    return pd.DataFrame([{**NATION, **changes}])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"index_0_100": 145.27, "high": 200.0}, "index_0_100 is 145.27, outside 0-100"),
        ({"index_0_100": -0.1, "low": -1.0}, "index_0_100 is -0.1, outside 0-100"),
        ({"index_equal_0_100": 100.1}, "index_equal_0_100 is 100.1, outside 0-100"),
        ({"coverage": 1.01}, "coverage is 1.01, outside 0-1"),
        ({"low": 71.1}, "index_0_100 is 71, outside its interval 71.1 to 73"),
        ({"high": 70.9}, "index_0_100 is 71, outside its interval 69 to 70.9"),
        ({"index_0_100": None, "low": 75.0, "high": 74.0}, "low is 75 and high 74"),
        ({"se": -0.1}, "se is -0.1, below 0"),
        ({"df": -1.0}, "df is -1, below 0"),
        ({"n": -1}, "n is -1, below 0"),
    ],
)
def test_a_figure_that_cannot_be_is_named_with_its_row_and_not_stored(changes, said):
    found = impossible(OUT_INDEX_NATIONAL, nation(**changes))
    assert found is not None
    assert said in found
    assert "construct Satisfaction" in found
    with pytest.raises(
        ImpossibleFigure, match=r"out_index_national: .* no such figure can be. Nothing was stored"
    ):
        to_arrow(OUT_INDEX_NATIONAL, nation(**changes))


@pytest.mark.parametrize(
    "changes", [{}, {"index_0_100": 100.0, "high": 104.0}, {"coverage": 1 + 1e-12}, {"index_0_100": None}]
)
def test_what_can_be_is_stored(changes):
    assert impossible(OUT_INDEX_NATIONAL, nation(**changes)) is None


def test_an_interval_is_that_of_the_change_where_there_is_one():
    changed = pd.DataFrame([{"index_0_100": 73.7, "change": -0.1, "low": -0.9, "high": 0.8}])
    assert impossible(OUT_CHANGES, changed) is None
    said = impossible(OUT_CHANGES, changed.assign(low=0.0))
    assert said is not None
    assert said.startswith("change is -0.1, outside its interval 0 to 0.8")


def ranks(**changes: list[int]) -> pd.DataFrame:
    rank = [1, 2, 3]
    frame = pd.DataFrame(
        {"wave": "2026", "sector": list("abc"), "index_0_100": [80.0, 75.0, 70.0], "rank": rank}
    )
    for name in ("rank_low", "rank_high", "rank_low_marginal", "rank_high_marginal"):
        frame[name] = rank
    return frame.assign(tier="A", p_top_third=0.3, **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rank_high": [1, 2, 4]}, "rank_high is 4 of 3 ranked (wave 2026, sector c)"),
        ({"rank_low": [0, 2, 3]}, "rank_low is 0, below 1"),
        ({"rank_low_marginal": [1, 3, 3]}, "rank is 2, outside its interval 3 to 2"),
    ],
)
def test_a_rank_beyond_the_units_ranked_is_named(changes, said):
    assert said in str(impossible(OUT_RANK_BY_SECTOR, ranks(**changes)))
    assert impossible(OUT_RANK_BY_SECTOR, ranks()) is None


RESULTS = [table for table in TABLES.values() if table.public]


def possible_row(table: Table) -> pd.DataFrame:
    """One row of figures that can be: each in the middle of what its column may hold, every interval around its own."""
    values = {"text": "x", "flag": False, "number": 0.0, "integer": 1}
    row: dict[str, object] = {one.name: values.get(one.kind, "2026-01-01") for one in table.columns}
    for column in table.columns:
        if column.limits is not None:
            low, high = column.limits
            row[column.name] = (
                (low + high) / 2 if max(-low, high) < float("inf") else max(low, min(high, 1.0))
            )
    for one in table.intervals:
        middle = row[one.estimate or one.low]
        row |= {one.low: middle, one.high: middle}
    return pd.DataFrame([row])


@pytest.mark.parametrize("table", RESULTS, ids=lambda table: table.name)
def test_every_limit_of_every_column_is_kept_at_the_door(table):
    row = possible_row(table)
    assert impossible(table, row) is None
    for column in table.columns:
        for end, step in zip(column.limits or (), (-0.01, 0.01), strict=False):
            if abs(end) < float("inf"):
                said = impossible(table, row.assign(**{column.name: end + step}))
                assert said is not None, (column.name, end)
                assert column.name in said


@pytest.mark.parametrize("table", [one for one in RESULTS if one.intervals], ids=lambda table: table.name)
def test_every_interval_has_its_ends_in_order_and_holds_its_estimate(table):
    """But those whose declaration says why not."""
    row = possible_row(table)
    for one in table.intervals:
        low, high = (float(row[name].iloc[0]) for name in (one.low, one.high))
        assert impossible(table, row.assign(**{one.low: high + 0.01})) is not None, one
        assert impossible(table, row.assign(**{one.high: low - 0.01})) is not None, one
        if one.estimate:
            away = row.assign(**{one.low: low - 0.02, one.high: low - 0.01})
            said = impossible(table, away)
            limited = any(c.limits and c.limits[0] > low - 0.02 for c in table.columns if c.name == one.low)
            assert (said is None) == (bool(one.skewed) and not limited), one


def test_units_that_only_some_tables_have_are_checked_by_them():
    """p, shares, reliability, R² lie in 0-1, correlations in −1 to 1, errors and counts at 0 or above."""
    limits = {(column.name, column.limits) for table in RESULTS for column in table.columns}
    for name in ("p", "p_holm", "pvalue", "ave", "rho_c", "r2", "coverage", "largest_share", "p_top_third"):
        assert [each for called, each in limits if called == name] == [(0, 1)], name
    assert {each for called, each in limits if called == "loading"} == {(-1, 1)}
    errors = [each for called, each in limits if called == "se" or called.endswith("_se")]
    assert all(each is not None and each[0] == 0 for each in errors)
    assert ("gap_best", (-100, 100)) in limits
    assert ("deff", (1, float("inf"))) in limits


def test_effective_respondents_are_no_more_than_respondents():
    row = possible_row(TABLES["out_sample_by_sector"]).assign(n=100, n_eff=100.2)
    assert "n_eff is 100.2 of 100 respondents" in str(impossible(TABLES["out_sample_by_sector"], row))


def test_a_lower_end_must_say_whose_interval_it_begins():
    low, high = (Column(name, "number", "an end", digits=2) for name in ("low", "high"))
    with pytest.raises(ValueError, match="column low must name the estimate"):
        Table("out_x", "", ("a",), (Column("a", "text", ""), low, high), disclosure=(NEVER,))
    known = Column("low", "number", "an end", digits=2, estimate="a")
    with pytest.raises(ValueError, match="the table must have high"):
        Table("out_x", "", ("a",), (Column("a", "text", ""), known), disclosure=(NEVER,))
