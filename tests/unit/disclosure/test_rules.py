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
