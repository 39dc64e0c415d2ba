"""Composite indices at the gate: firms that are not named leave with groups only, and no small group gives one away."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.disclosure import publishable_indices
from ncsi.errors import PublicationError
from ncsi.tables import (
    COMPOSITE_TABLES,
    CORE_PUBLISHED_BY_UNIT,
    ESTIMATED,
    OUT_COMPOSITE_AGREEMENT,
    OUT_COMPOSITE_BY_GROUP,
    OUT_COMPOSITE_BY_UNIT,
    OUT_COMPOSITES,
    TABLES,
)


def _tables(named: bool, groups: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    tables = {name: pd.DataFrame(columns=list(TABLES[name].names)) for name in COMPOSITE_TABLES}
    tables[OUT_COMPOSITES.name] = pd.DataFrame(
        [
            dict.fromkeys(OUT_COMPOSITES.names, "x")
            | {
                "tree": "t",
                "root": "x",
                "units": 40,
                "named_units": named,
                "scale_low": 0.0,
                "scale_high": 100.0,
                "level": 0.95,
            }
        ]
    )
    tables[CORE_PUBLISHED_BY_UNIT.name] = _members(groups)
    units = pd.DataFrame(
        [
            dict.fromkeys(OUT_COMPOSITE_BY_UNIT.names, 0.0) | {"tree": "t", "unit": unit}
            for unit in ("all", "F01")
        ]
    )
    tables[OUT_COMPOSITE_BY_UNIT.name] = units
    if groups is not None:
        tables[OUT_COMPOSITE_BY_GROUP.name] = groups
    return tables


def _members(groups: pd.DataFrame | None) -> pd.DataFrame:
    """Units of each group, apart from those of every other."""
    names = [("x", "none")] if groups is None else [
        (f"x={name}", f"{name} {k}") for name, n in zip(groups["group"], groups["units"], strict=True) for k in range(n)
    ]  # fmt: skip
    return pd.DataFrame(
        [("t-2025", "t", ESTIMATED, unit, group, "x=0") for group, unit in names],
        columns=list(CORE_PUBLISHED_BY_UNIT.names),
    )


def _groups(sizes: list[int], largest: float = 0.1) -> pd.DataFrame:
    row = dict.fromkeys(OUT_COMPOSITE_BY_GROUP.names, "x") | {
        "tree": "t",
        "year": 2025,
        "largest_share": largest,
    }
    return pd.DataFrame(
        [
            row | {"group": f"g{k}", "units": size, "score": 50.0 + k, "sd": 1.0}
            for k, size in enumerate(sizes)
        ]
    )


def _shown(groups: pd.DataFrame, named: bool = False) -> list[bool | None]:
    """Whether each group has its figures; None for one of which not even the label leaves."""
    found = publishable_indices(_tables(named, groups), "t-2025")[OUT_COMPOSITE_BY_GROUP.name]
    assert found["score"].isna().equals(found["sd"].isna())
    shown = dict(zip(found["group"], found["score"].notna(), strict=True))
    return [shown.get(name) for name in groups["group"]]


@pytest.mark.parametrize(("named", "units"), [(True, ["all", "F01"]), (False, ["all"])])
def test_units_leave_by_name_only_where_the_index_names_them(named: bool, units: list[str]) -> None:
    assert publishable_indices(_tables(named), "t-2025")[OUT_COMPOSITE_BY_UNIT.name]["unit"].tolist() == units


def test_a_small_group_is_hidden_with_another_that_would_give_it_away() -> None:
    assert _shown(_groups([20, 12, 8, 3])) == [True, True, False, None]
    assert _shown(_groups([20, 12, 8, 5])) == [True] * 4
    assert _shown(_groups([20, 12, 2, 2])) == [True, False, None, None]
    assert _shown(_groups([20, 3])) == [False, None]
    assert _shown(_groups([20, 3]), named=True) == [True, True]


@pytest.mark.parametrize("named", [True, False])
def test_all_of_too_few_units_are_blank(named: bool) -> None:
    groups = _groups([4]).assign(group="all", dimension="all")
    assert _shown(groups, named) == [named]


@pytest.mark.parametrize(("firms", "left"), [(None, 0), (4, 0), (5, 2)])
def test_agreement_over_too_few_firms_stays(firms: int | None, left: int) -> None:
    """With one firm audited, agreement and bias are that firm's ratings."""
    rows = [("percent_equal", 0.5, 20), *([("bias", 0.3, firms)] if firms else [])]
    agreement = pd.DataFrame(
        [dict.fromkeys(OUT_COMPOSITE_AGREEMENT.names, "x") | {"tree": "t", "year": 2025, "statistic": name,
         "value": value, "n": n} for name, value, n in rows]
    )  # fmt: skip
    for named, expected in ((False, left), (True, len(rows))):
        tables = _tables(named) | {OUT_COMPOSITE_AGREEMENT.name: agreement}
        assert len(publishable_indices(tables, "t-2025")[OUT_COMPOSITE_AGREEMENT.name]) == expected


def test_a_group_that_one_unit_dominates_is_hidden() -> None:
    assert _shown(_groups([20, 12], largest=0.501)) == [False, False]
    assert _shown(_groups([20, 12], largest=0.5)) == [True, True]


def test_a_missing_table_or_column_stops_publication() -> None:
    tables = _tables(named=True)
    lacking = tables | {OUT_COMPOSITE_BY_UNIT.name: tables[OUT_COMPOSITE_BY_UNIT.name].drop(columns="score")}
    with pytest.raises(PublicationError, match="lacks the column 'score'"):
        publishable_indices(lacking, "t-2025")
    del tables[OUT_COMPOSITE_BY_GROUP.name]
    with pytest.raises(PublicationError, match=OUT_COMPOSITE_BY_GROUP.name):
        publishable_indices(tables, "t-2025")


def test_every_table_of_an_index_belongs_to_a_release_and_a_tree() -> None:
    assert all(TABLES[name].key[:2] == ("wave", "tree") for name in COMPOSITE_TABLES)
    assert all(TABLES[name].may_be_empty for name in COMPOSITE_TABLES)
