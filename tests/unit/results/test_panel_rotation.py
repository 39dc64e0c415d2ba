"""Rotation of a panel by groups, who answers out of turn, and who answered again by brand and background."""

from __future__ import annotations

import pandas as pd
import pytest

from ncsi.results.panel_attrition import (
    PanelKeeping,
    attrition_table,
    due_again,
    out_of_turn,
    retention_table,
)
from ncsi.spec.panel_plan import Rotation
from ncsi.waves.panels import panel_progress

GROUPS = Rotation.model_validate({
    "by": "group",
    "groups": [
        {"id": "a", "enters": "2026", "leaves": "2027"},
        {"id": "b", "enters": "2026", "leaves": "2028"},
        {"id": "c", "enters": "2027"},
    ],
    "refreshment": 0.5,
})  # fmt: skip


def people(letter, start, stop):
    return frozenset(f"{letter}{k:02}" for k in range(start, stop))


SEEN = {
    "2026": people("a", 0, 40) | people("b", 0, 40),
    "2027": people("a", 0, 2) | people("b", 0, 30) | people("c", 0, 35),
}
OF = {one: one[0] for members in SEEN.values() for one in members}


def test_a_group_is_asked_from_where_it_enters_until_where_it_leaves():
    assert [sorted(GROUPS.asked_in(wave)) for wave in ("2025", "2026", "2027", "2028")] == [
        [], ["a", "b"], ["b", "c"], ["c"],
    ]  # fmt: skip
    assert due_again(SEEN, GROUPS, OF) == people("b", 0, 40)
    assert out_of_turn(SEEN, GROUPS, OF) == people("a", 0, 2)


def test_a_member_of_unknown_group_stays_and_one_of_a_group_to_come_is_out_of_turn():
    lost = {one: group for one, group in OF.items() if one != "a05"}
    assert "a05" in due_again(SEEN, GROUPS, lost)
    early = SEEN | {"2026": SEEN["2026"] | {"c90"}}
    first = dict(list(early.items())[:1])
    assert out_of_turn(first, GROUPS, OF | {"c90": "c"}) == {"c90"}


def test_counts_of_groups_add_up():
    table = attrition_table(SEEN, GROUPS, 0.95, OF).set_index("cohort")
    whole = table.loc[""]
    told = ("released", "asked_again", "returned", "lost", "new", "back", "overstayed")
    assert [int(whole[one]) for one in told] == [40, 40, 30, 10, 35, 0, 2]
    assert whole["respondents"] == whole["returned"] + whole["new"] + whole["back"] + whole["overstayed"]
    assert table.loc["2027", "back"] == 0


def profile(**columns):
    members = sorted(SEEN["2026"])
    return pd.DataFrame({"respondent": members, **{name: make(members) for name, make in columns.items()}})


def test_retention_is_told_by_brand_and_background_and_few_members_together():
    kept_up = PanelKeeping(
        {"2026": people("b", 0, 200), "2027": people("b", 0, 100)}, None,
        profile=pd.DataFrame({
            "respondent": sorted(people("b", 0, 100)) + sorted(people("b", 100, 200)),
            "brand": ["x"] * 120 + ["y"] * 80,
            "town": ["large"] * 100 + ["small"] * 60 + ["other"] * 29 + [None] * 11,
            "sex": ["f"] * 200,
        }),
    )  # fmt: skip
    rows = retention_table(kept_up, None, 0.95).set_index(["dimension", "value"])
    assert rows["asked_again"].to_dict() == {
        ("brand", "x"): 120, ("brand", "y"): 80, ("town", "large"): 100, ("town", "small"): 60, ("town", ""): 40,
    }  # fmt: skip
    assert rows.loc[("town", ""), ["returned", "lost"]].tolist() == [0, 40]
    assert (rows["low"] <= rows["retention"]).all()
    assert (rows["retention"] <= rows["high"]).all()
    assert (rows["asked_again"] == rows["returned"] + rows["lost"]).all()


@pytest.mark.parametrize("sizes", [(170, 29), (180, 20), (150, 29, 21), (100, 60, 15), (33, 32, 14)])
def test_no_part_of_fewer_than_thirty_is_told_nor_follows_from_the_total(sizes):
    names = [f"v{k}" for k, size in enumerate(sizes) for _ in range(size)]
    members = [f"p{k:03}" for k in range(len(names))]
    kept_up = PanelKeeping(
        {"2026": frozenset(members), "2027": frozenset(members[::2])}, None,
        profile=pd.DataFrame({"respondent": members, "brand": names}),
    )  # fmt: skip
    told = retention_table(kept_up, None, 0.95)["asked_again"]
    assert told.empty or (told.min() >= 30 and told.sum() == len(members))


def test_a_member_of_two_brands_counts_in_both_and_once_in_other_parts():
    members = sorted(people("b", 0, 60))
    doubled = pd.DataFrame(
        {"respondent": members * 2, "brand": ["x"] * 60 + ["y"] * 60, "town": ["l", "s"] * 60}
    )
    kept_up = PanelKeeping({"2026": frozenset(members), "2027": frozenset(members)}, None, profile=doubled)
    rows = retention_table(kept_up, None, 0.95)
    assert rows.groupby("dimension")["asked_again"].sum().to_dict() == {"brand": 120, "town": 60}


def test_who_is_not_due_is_in_no_part():
    kept_up = PanelKeeping(
        SEEN, None, groups=OF, profile=profile(brand=lambda members: [one[1] for one in members])
    )
    assert retention_table(kept_up, GROUPS, 0.95)["asked_again"].sum() in (0, 40)


def test_the_field_is_told_group_by_group():
    found = panel_progress(PanelKeeping(SEEN, None, groups=OF), GROUPS, 0.8)
    assert {one.part: (one.due, one.returned, one.outstanding, one.new) for one in found.parts} == {
        "b": (40, 30, 10, 0), "c": (0, 0, 0, 35),
    }  # fmt: skip
    assert (found.members, found.released, found.due, found.returned, found.outstanding) == (
        80,
        40,
        40,
        30,
        10,
    )
    assert (found.out_of_turn, found.back, found.respondents) == (2, 0, 67)
    assert found.retention == 0.75
    assert found.new_share == pytest.approx(35 / 67)


def test_before_the_first_answer_all_are_outstanding_and_no_share_is_made_up():
    found = panel_progress(PanelKeeping(SEEN | {"2027": frozenset()}, None), None, None)
    assert (found.due, found.returned, found.respondents, found.new_share) == (80, 0, 0, None)
    assert [(one.part, one.due) for one in found.parts] == [("2026", 80)]
    nobody = panel_progress(PanelKeeping({"2026": people("a", 0, 3), "2027": frozenset()}, None,
                                         groups=OF), GROUPS, None)  # fmt: skip
    assert nobody.retention is None
