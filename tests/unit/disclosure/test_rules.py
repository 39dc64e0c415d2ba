"""What is not declared public is not published, and what is not understood is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pytest

from ncsi.disclosure import disclosed_tables, rules
from ncsi.errors import PublicationError
from ncsi.tables import NEVER, OUT_INDEX_BY_BRAND, OUT_PATHS_BY_SECTOR, TABLES, Rule
from ncsi.tables.base import Column, Table, number, text

NO_BRANDS = {OUT_INDEX_BY_BRAND.name: pd.DataFrame(columns=list(OUT_INDEX_BY_BRAND.names))}


@dataclass(frozen=True, slots=True)
class Unheard(Rule):
    """A rule that the room of disclosure does not know."""


def test_every_table_declares_what_may_leave_the_house():
    assert [name for name, table in TABLES.items() if not table.disclosure] == []
    assert {name for name, table in TABLES.items() if not table.public} >= {
        name for name in TABLES if name.startswith(("raw_", "core_"))
    }


def test_every_declared_rule_is_known_to_the_room():
    declared = {type(rule) for table in TABLES.values() for rule in table.disclosure} - {type(NEVER)}
    assert declared <= set(rules._APPLIED)


def test_every_published_number_declares_its_digits():
    numbers = [one for table in TABLES.values() for one in table.columns if one.kind == "number"]
    assert numbers
    assert all(one.digits is not None and one.digits >= 0 for one in numbers)


def test_a_table_without_a_rule_does_not_load():
    with pytest.raises(ValueError, match="declares no disclosure rule"):
        Table("out_new", "a table", ("a",), (text("a", "a key"),), disclosure=())


def test_a_rule_that_names_no_column_of_its_table_does_not_load():
    with pytest.raises(ValueError, match="names a column that it lacks: rank"):
        replace(OUT_PATHS_BY_SECTOR, disclosure=(rules.BrandRanks(),), columns=(
            *OUT_PATHS_BY_SECTOR.columns, text("brand", "brand id")))  # fmt: skip


def test_a_number_of_an_unknown_unit_without_digits_does_not_load():
    with pytest.raises(ValueError, match="must declare its digits"):
        number("speed", "how fast", "km/h")
    assert number("speed", "how fast", "km/h", digits=1).digits == 1
    assert Column("n", "integer", "a count").digits is None


def test_a_table_that_is_not_declared_is_refused():
    with pytest.raises(PublicationError, match="out_new is not declared as a public table"):
        disclosed_tables({**NO_BRANDS, "out_new": pd.DataFrame()}, "Satisfaction", 0.95)


def test_a_table_of_respondents_is_refused():
    with pytest.raises(PublicationError, match="core_rejects"):
        disclosed_tables({**NO_BRANDS, "core_rejects": pd.DataFrame()}, "Satisfaction", 0.95)


def test_a_rule_that_is_not_known_is_refused(monkeypatch):
    unheard = replace(OUT_PATHS_BY_SECTOR, disclosure=(Unheard(),))
    monkeypatch.setitem(TABLES, unheard.name, unheard)
    with pytest.raises(PublicationError, match="disclosure rule Unheard has no implementation"):
        disclosed_tables({**NO_BRANDS, unheard.name: pd.DataFrame()}, "Satisfaction", 0.95)


@pytest.mark.parametrize(("largest", "hidden"), [(0.10, False), (0.1001, True)])
def test_a_cell_that_one_respondent_dominates_is_hidden_however_many_answered(largest, hidden):
    rule = rules.Cells("n_eff", "subgroup", ("index_0_100",))
    cell = pd.DataFrame({"n_eff": [200.0], "largest_share": [largest], "index_0_100": [70.0]})
    assert rules.hidden_cells(rule, cell, frozenset()).tolist() == [hidden]


@pytest.mark.parametrize(("n_eff", "hidden"), [(30.0, False), (29.999, True)])
def test_a_cell_exactly_at_the_threshold_is_shown(n_eff, hidden):
    rule = rules.Cells("n_eff", "subgroup", ("index_0_100",))
    cell = pd.DataFrame({"n_eff": [n_eff], "largest_share": [0.05], "index_0_100": [70.0]})
    assert rules.hidden_cells(rule, cell, frozenset()).tolist() == [hidden]


def test_a_cell_without_a_figure_hides_another():
    rule = rules.Cells("n_eff", "subgroup", ("index_0_100",), ("sector",))
    cells = pd.DataFrame({"sector": "a", "n_eff": [200.0, 90, 80], "largest_share": 0.05})
    cells["index_0_100"] = [None, 60.0, 50.0]
    assert rules.hidden_cells(rule, cells, frozenset()).tolist() == [True, False, True]


def measures(brands: list[str], sizes: list[float], sector: str = "a") -> pd.DataFrame:
    return pd.DataFrame(
        {"sector": sector, "brand": brands, "n_eff": sizes, "largest_share": 0.05, "estimate": 50.0}
    )


OF_BRANDS = rules.Cells("n_eff", "subgroup", ("estimate",), ("sector",), whole="brand")


def test_the_figures_of_a_brand_that_is_not_shown_are_hidden_with_as_many_more_as_keep_them():
    frame = measures(["", "x", "y", "z"], [300, 150, 90, 60])
    every = {("a", brand) for brand in "xyz"}
    assert rules.hidden_cells(OF_BRANDS, frame, every).tolist() == [False] * 4
    assert rules.hidden_cells(OF_BRANDS, frame, every - {("a", "x")}).tolist() == [False, True, False, True]
    elsewhere = {("b", brand) for brand in "xyz"}
    assert rules.hidden_cells(OF_BRANDS, frame, elsewhere).tolist() == [False, True, True, True]


def test_the_total_of_a_few_is_hidden_and_counts_as_no_part():
    frame = measures(["x", "", "y"], [40, 20, 35]).set_axis([7, 3, 5])
    made = rules.hidden_cells(OF_BRANDS, frame, {("a", "x"), ("a", "y")})
    assert made.to_dict() == {7: False, 3: True, 5: False}


def brand_changes() -> pd.DataFrame:
    """Brands that were all shown in the wave before, `d` of few now; `e` has another questionnaire, and a p that an
    earlier version gave it; `f` has no error."""
    p = {"a": 0.004, "b": 0.013, "c": 0.02, "d": 0.0129, "e": 0.001, "f": None}
    verdict = [
        "rose",
        "no_significant_change",
        "no_significant_change",
        "rose",
        "trend_break",
        "no_significant_change",
    ]
    frame = pd.DataFrame(
        {"level": "brand", "sector": "s", "unit": list(p), "construct": "Satisfaction", "change": 2.0}
    )
    nation = pd.DataFrame({"level": ["nation"], "sector": "", "unit": "nation", "construct": "Satisfaction"})
    frame = frame.assign(p=pd.Series(p.values(), dtype=float), p_holm=0.04, verdict=verdict)
    return pd.concat(
        [frame, nation.assign(change=-1.0, p=0.03, p_holm=0.03, verdict="fell")], ignore_index=True
    )


def test_a_change_of_a_hidden_brand_counts_in_no_correction_of_those_shown():
    """Else the steps of Holm tell between which of the others its p lies, and so how far its index moved."""
    index = pd.DataFrame(
        {"sector": "s", "brand": list("abcdef"), "construct": "Satisfaction", "n_eff": 300.0}
    )
    index = index.assign(
        status=["published", "published", "published", "suppressed", "published", "published"]
    )
    context = rules.Context(index, frozenset(("s", one) for one in "abcef"), "Satisfaction", 0.95)
    made = rules.disclosed("out_changes", brand_changes(), context).set_index("unit")
    assert list(made.index) == ["a", "b", "c", "e", "f", "nation"]
    assert made.loc[["a", "b", "c"], "p_holm"].tolist() == pytest.approx([0.012, 0.026, 0.026])
    assert made.loc[["a", "b", "c", "nation"], "verdict"].tolist() == ["rose", "rose", "rose", "fell"]
    assert made.loc["nation", "p_holm"] == 0.03
    assert made.loc[["e", "f"], ["p", "p_holm"]].isna().all(axis=None)
    assert made.loc[["e", "f"], "verdict"].tolist() == ["trend_break", "no_significant_change"]


def test_each_sector_hides_its_own():
    frame = pd.concat([measures(["", "x", "y"], [60, 20, 40]), measures(["", "x", "y"], [80, 40, 40], "b")])
    shown = {(sector, brand) for sector in "ab" for brand in "xy"}
    assert rules.hidden_cells(OF_BRANDS, frame, shown).tolist() == [False, True, True, False, False, False]


def quality(flagged: int, excluded: int, valid: int = 200) -> pd.DataFrame:
    counts = {"flagged": [flagged], "excluded": [excluded], "valid": [valid]}
    return pd.DataFrame({"sector": ["a"], **counts, "index_valid_0_100": 70.0, "index_all_0_100": 69.0})


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (quality(0, 0), (True, True)),
        (quality(1, 1), (False, False)),
        (quality(29, 29), (False, False)),
        (quality(30, 30), (True, True)),
        (quality(0, 5), (True, False)),
        (quality(30, 0, valid=29), (False, True)),
        (quality(30, 0, valid=30), (True, True)),
    ],
)
def test_a_mean_without_one_to_twenty_nine_people_is_blank(row, shown):
    made = disclosed_tables({**NO_BRANDS, "out_response_quality_by_sector": row}, "Satisfaction", 0.95)
    found = made["out_response_quality_by_sector"]
    assert (found["index_valid_0_100"].notna().item(), found["index_all_0_100"].notna().item()) == shown
    assert found["flagged"].equals(row["flagged"])


def test_what_is_public_leaves_as_it_is():
    paths = pd.DataFrame({"sector": ["a"], "estimate": [0.25]})
    made = disclosed_tables({**NO_BRANDS, OUT_PATHS_BY_SECTOR.name: paths}, "Satisfaction", 0.95)
    pd.testing.assert_frame_equal(made[OUT_PATHS_BY_SECTOR.name], paths)
