"""Experience surveys and complaints: the unit is the store, counts are exact, limits come from a frozen base."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ncsi.composite.measures import chain, chart, compared, handling, item_rates, rate, same_month, scored
from ncsi.errors import CompositeError


def items(answers: dict[tuple[str, int], str], **more) -> pd.DataFrame:
    rows = [
        {"store": store, "visit": visit, "item": k, "weight": 1.0, "answer": {"-": "NA"}.get(one, one)}
        for (store, visit), said in answers.items()
        for k, one in enumerate(said)
    ]
    return pd.DataFrame(rows).assign(**more)


def test_what_does_not_apply_is_left_out_of_the_score():
    frame = scored(items({("s", 1): "YYN-"})).frame
    assert frame["score"].tolist() == pytest.approx([200 / 3])
    assert frame["valid"].tolist() == [True]


def test_a_visit_with_two_fifths_not_applicable_is_invalid():
    visits = scored(items({("s", 1): "YYY--", ("t", 1): "YYYYN"}))
    assert visits.frame["valid"].tolist() == [False, True]
    assert (chain(visits).visits, chain(visits).invalid) == (1, 1)
    with pytest.raises(CompositeError, match="none is valid"):
        chain(scored(items({("s", 1): "Y--"})))


def test_a_failed_critical_item_caps_the_visit():
    frame = items({("s", 1): "NYYYYYYYYY"}).assign(critical=[True] + [False] * 9)
    assert scored(frame).frame["score"].tolist() == pytest.approx([90])
    assert scored(frame, cap=59).frame["score"].tolist() == [59]


def test_four_stores_have_no_interval():
    visits = scored(items({(store, 1): "YYYN" if store < "c" else "YYYY" for store in "abcd"}))
    found = chain(visits)
    assert found.score == pytest.approx(87.5)
    assert np.isnan([found.se, found.low, found.high, found.ratio_se]).all()


def test_stores_that_are_all_alike_make_items_worth_less():
    frame = items({("a", k): "Y" for k in range(10)} | {("b", k): "N" for k in range(10)})
    wide, narrow = item_rates(frame, rho=0.5)[0], item_rates(frame)[0]
    assert wide.rate == narrow.rate == 0.5
    assert wide.low < narrow.low


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answer": "yes"}, "store s, visit 1, item 0: is answered neither"),
        ({"weight": 0.0}, "store s, visit 1, item 0: has the weight"),
        ({"item": 0}, "store s, visit 1, item 0: is answered twice"),
    ],
)
def test_visits_that_cannot_be_read_are_refused(change, words):
    with pytest.raises(CompositeError, match=words):
        scored(items({("s", 1): "YN"}, **change))


def test_no_complaint_has_an_upper_end():
    found = rate(0, 1_000_000)
    assert (found.low, found.high) == (0, pytest.approx(3.6889, abs=1e-4))


@pytest.mark.parametrize(
    ("x", "items_", "words"), [(-1, 5, "cannot number"), (1.5, 5, "cannot number"), (3, 0, "no rate")]
)
def test_complaints_that_cannot_be_are_refused(x, items_, words):
    with pytest.raises(CompositeError, match=words):
        rate(x, items_)


def test_firms_without_complaints_cannot_be_compared():
    assert compared(rate(5, 1e6), rate(0, 1e6)).ratio == np.inf
    with pytest.raises(CompositeError, match="neither firm"):
        compared(rate(0, 1e6), rate(0, 1e6))


@pytest.mark.parametrize(("satisfied", "target"), [(1158, "undecided"), (1175, "met"), (1130, "missed")])
def test_the_target_has_three_answers(satisfied, target):
    assert handling(satisfied, 1180).target == target


def test_more_satisfied_than_valid_is_refused():
    with pytest.raises(CompositeError, match="cannot be"):
        handling(11, 10)


def months(count: int, start: int = 2024) -> list[str]:
    return [f"{start + k // 12}-{1 + k % 12:02d}" for k in range(count)]


def steady(count: int, shift: int = 0) -> pd.DataFrame:
    wave = [40 + (-1) ** k * 5 for k in range(count)]
    return pd.DataFrame({"period": months(count), "n": 2000.0, "count": np.array(wave) + shift})


def test_limits_come_from_the_base_alone():
    base = steady(12)
    later = pd.concat([base, steady(3, shift=300).assign(period=months(15)[12:])])
    found = chart(later, "p")
    assert found.centre == chart(base, "p").centre
    assert found.points["signal"].tolist()[12:] == ["beyond"] * 3


def test_eight_on_one_side_and_six_in_a_row_are_told():
    run = steady(22)
    run.loc[12:, "count"] = [48, 47, 48, 47, 48, 47, 48, 47, 48, 47]
    assert chart(run, "p").points["signal"].tolist()[12:] == [""] * 7 + ["run"] * 3
    trend = steady(18)
    trend.loc[12:, "count"] = [30, 34, 38, 42, 46, 50]
    assert chart(trend, "p").points["signal"].tolist()[12:] == [""] * 5 + ["trend"]


def test_a_break_begins_a_base_of_its_own():
    second = steady(12, shift=200).assign(period=months(24)[12:])
    found = chart(pd.concat([steady(12), second]), "p", breaks=["2025-01"])
    assert len(found.centre) == 2
    assert found.points["signal"].eq("").all()
    with pytest.raises(CompositeError, match="2025-01: begins 8 periods"):
        chart(pd.concat([steady(12), second.head(8)]), "p", breaks=["2025-01"])


def test_a_share_is_never_below_nought_nor_above_one():
    low = pd.DataFrame({"period": months(12), "n": 20.0, "count": [0, 1] * 6})
    assert chart(low, "p").points["low"].eq(0).all()
    high = low.assign(count=20 - low["count"])
    assert chart(high, "p").points["high"].eq(1).all()


@pytest.mark.parametrize(
    ("change", "breaks", "words"),
    [
        ({"period": "2024-01"}, (), "period 2024-01: stands twice"),
        ({"count": 3000}, (), "period 2024-01: 3000 of 2000.0 cannot be"),
        ({"n": 0.0}, (), "period 2024-01: .* cannot be"),
        ({}, ("2031-01",), "break 2031-01: is no period"),
    ],
)
def test_charts_that_cannot_be_are_refused(change, breaks, words):
    with pytest.raises(CompositeError, match=words):
        chart(steady(12).assign(**change), "p", breaks=breaks)


def test_a_season_is_compared_with_its_own_month():
    found = same_month(steady(13)).iloc[-1]
    assert (found["period"], found["ratio"]) == ("2025-01", pytest.approx(1.0))
    assert same_month(steady(13))["before"].isna().sum() == 12
