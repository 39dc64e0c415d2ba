"""Nation and groups whose sectors are not those of the wave before, or were asked otherwise."""

import pandas as pd
import pytest

from ncsi.results.nation import broken_aggregates


def standing(*sectors, index=70.0):
    """Results of the sectors, each named as its group and itself: `a1` is of group a."""
    rows = [(one, one[0], "Satisfaction", index, 0.5) for one in sectors]
    return pd.DataFrame(rows, columns=["sector", "group", "construct", "index_0_100", "se"])


BEFORE = ("a1", "a2", "b1")


@pytest.mark.parametrize(
    ("now", "otherwise", "broken"),
    [
        (BEFORE, (), set()),
        (("b1", "a2", "a1"), (), set()),  # in another order
        (("a1", "b1"), (), {"nation", "a"}),  # one has left
        ((*BEFORE, "b2"), (), {"nation", "b"}),  # one is new
        ((*BEFORE, "c1"), (), {"nation"}),  # so is its group, which has no change at all
        (("a1", "a2", "b2"), (), {"nation", "b"}),  # one in place of another
        (BEFORE, ("b1",), {"nation", "b"}),
        (BEFORE, ("elsewhere",), set()),
    ],
)
def test_a_whole_is_over_a_break_where_its_sectors_or_their_questionnaires_differ(now, otherwise, broken):
    found = broken_aggregates(standing(*now), standing(*BEFORE), set(otherwise))
    assert set(found["unit"]) == broken
    assert list(found.columns) == ["level", "unit", "construct"]


def test_a_sector_without_an_index_does_not_stand():
    now = standing("a1", "a2", "b1")
    now.loc[1, "se"] = None
    assert set(broken_aggregates(now, standing(*BEFORE), set())["unit"]) == {"nation", "a"}
    assert broken_aggregates(now, standing("a1", "b1"), set()).empty
