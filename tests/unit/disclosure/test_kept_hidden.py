"""What a release that is out hides of a sector stays hidden in its revisions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.disclosure import KeptHidden, disclosed_tables, with_withheld
from ncsi.spec import RULE
from ncsi.tables import OUT_INDEX_BY_BRAND, OUT_INDEX_BY_SUBGROUP, OUT_MEASURES, TABLES

TARGET = "S"
INDEX, CELLS, MEASURES = OUT_INDEX_BY_BRAND.name, OUT_INDEX_BY_SUBGROUP.name, OUT_MEASURES.name


def rows(name: str, sizes: dict[str, float], by: str, **keys: str) -> pd.DataFrame:
    """Rows of a table by brand or by subgroup, of those effective sizes, every figure 50."""
    columns = [one for one in TABLES[name].names if one not in ("wave", *keys, by)]
    made = pd.DataFrame({by: list(sizes)}).assign(**dict.fromkeys(columns, 50.0), **keys)
    sized = made.assign(n=list(sizes.values()), n_eff=list(sizes.values()), largest_share=0.01)
    return sized.assign(status=[RULE.status(one) for one in sizes.values()]) if name == INDEX else sized


def index(**sizes: float) -> pd.DataFrame:
    return rows(INDEX, sizes, "brand", sector="a", construct=TARGET)


def cells(**sizes: float) -> pd.DataFrame:
    return rows(CELLS, sizes, "subgroup", sector="a", dimension="age", construct=TARGET)


def measures(**sizes: float) -> pd.DataFrame:
    return rows(MEASURES, sizes, "brand", sector="a", measure="nps", item="R").replace(
        {"brand": {"whole": ""}}
    )


def hidden(tables: dict[str, pd.DataFrame], name: str, by: str) -> set[str]:
    shown = disclosed_tables(tables, TARGET, 0.95)[name]
    figure = TABLES[name].disclosure[0].figures[0]
    return set(shown.loc[shown[figure].isna(), by])


def new_of(public: dict[str, pd.DataFrame], new: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The new results beside the public ones, as an estimation makes them: without the sector's column."""
    without = {name: frame.drop(columns="sector") for name, frame in new.items()}
    kept = KeptHidden.of(public, TARGET)
    return {name: frame.assign(sector="a") for name, frame in kept.applied(without, TARGET).items()}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"a": 70, "b": 150, "c": 130, "d": 200}, {"a", "b"}),  # by itself a and c, and b is out in the end
        ({"a": 140, "b": 150, "c": 130, "d": 200}, {"a", "b"}),  # a of the 70 would be what b leaves of then
        ({"a": 20, "b": 60, "c": 130, "d": 200}, {"a", "b", "c"}),
        ({"a": 70, "b": 110, "c": 90, "d": 200}, {"a", "b", "c"}),
        ({"b": 110, "c": 130, "d": 200}, {"b", "c"}),
    ],
)
def test_a_brand_that_is_hidden_in_what_is_out_is_hidden_in_its_revision(now, expected):
    public = {INDEX: index(a=70, b=110, c=130, d=200)}
    assert hidden(public, INDEX, "brand") == {"a", "b"}
    made = new_of(public, {INDEX: index(**now)})
    assert hidden(made, INDEX, "brand") == expected
    assert hidden(new_of(made, {INDEX: index(a=300, b=300, c=300, d=300)}), INDEX, "brand") >= expected & set(
        now
    )


def test_brands_are_ranked_without_those_kept_hidden():
    public = {INDEX: index(a=70, b=110, c=130, d=200)}
    now = index(a=70, b=150, c=130, d=200).drop(columns="sector")
    assert KeptHidden.of(public, TARGET).shown_brands(now, TARGET) == ["c", "d"]
    assert KeptHidden.of({}, TARGET).shown_brands(now, TARGET) == ["b", "d"]


def test_cells_that_are_hidden_in_what_is_out_are_hidden_in_its_revision():
    public = {INDEX: index(d=300, e=300), CELLS: cells(young=20, middle=40, old=50, oldest=90)}
    public[MEASURES] = measures(whole=180, x=20, y=40, d=50, e=70)
    public[INDEX] = index(x=120, y=120, d=300, e=300)
    assert hidden(public, CELLS, "subgroup") == {"young", "middle"}
    assert hidden(public, MEASURES, "brand") == {"x", "y"}
    new = public | {CELLS: cells(young=20, middle=60, old=50, oldest=90)}
    new[MEASURES] = measures(whole=200, x=20, y=60, d=50, e=70)
    assert (hidden(new, CELLS, "subgroup"), hidden(new, MEASURES, "brand")) == ({"young", "old"}, {"x", "d"})
    made = new_of(public, new)
    assert hidden(made, CELLS, "subgroup") == {"young", "middle"}
    assert hidden(made, MEASURES, "brand") == {"x", "y"}
    assert disclosed_tables(made, TARGET, 0.95)[CELLS].set_index("subgroup")["verdict"]["middle"] == "too_few"


def test_results_that_hide_the_same_by_themselves_are_those_without_a_release():
    """Else a second estimation of the same answers, now that the first is out, would come to others."""
    of_brands = {INDEX: index(a=70, b=110, c=130, d=200)}
    of_cells = {INDEX: index(x=120, y=120, d=300, e=300)}
    of_cells[CELLS] = cells(young=20, middle=40, old=50, oldest=90)
    of_cells[MEASURES] = measures(whole=180, x=20, y=40, d=50, e=70)
    for new in (of_brands, of_cells):
        made = new_of(new, new)
        for name, frame in new.items():
            pd.testing.assert_frame_equal(made[name][frame.columns], frame)
    assert hidden(of_brands, INDEX, "brand") == {"a", "b"}
    assert hidden(of_cells, CELLS, "subgroup") == {"young", "middle"}
    assert hidden(of_cells, MEASURES, "brand") == {"x", "y"}


def test_what_is_shown_stays_as_it_is():
    public = {INDEX: index(a=170, b=210), CELLS: cells(young=60, old=40)}
    new = {INDEX: index(a=180, b=220), CELLS: cells(young=70, old=40)}
    made = new_of(public, new)
    for name, frame in new.items():
        pd.testing.assert_frame_equal(made[name][frame.columns], frame)
    again = with_withheld(with_withheld(index(a=70, b=110, c=130), TARGET), TARGET)
    assert again["status"].tolist() == ["suppressed", "withheld", "indicative"]
    assert np.isnan(again["index_0_100"]).tolist() == [True, True, False]
