"""No index outside 0-100, no interval without its estimate, no rank beyond the units ranked."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.errors import ImpossibleFigure
from ncsi.store.declared_frames import to_arrow
from ncsi.tables import OUT_CHANGES, OUT_INDEX_NATIONAL, OUT_RANK_BY_SECTOR
from ncsi.tables.possible import impossible

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
        ({"rank_low": [0, 2, 3]}, "rank_low is 0 of 3 ranked"),
        ({"rank_low_marginal": [1, 3, 3]}, "rank is 2, outside its interval 3 to 2"),
    ],
)
def test_a_rank_beyond_the_units_ranked_is_named(changes, said):
    assert said in str(impossible(OUT_RANK_BY_SECTOR, ranks(**changes)))
    assert impossible(OUT_RANK_BY_SECTOR, ranks()) is None
