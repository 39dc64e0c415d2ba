"""Series over waves: what a break is, how it is bridged, four quarters, errors that count once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from ncsi.model.inference.trend import trend

WHEN = {f"{year}Q{q}": year + (q - 1) / 4 for year in (2024, 2025, 2026) for q in (1, 2, 3, 4)}
FIVE = ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]


def rows(wave: str, values: dict[str, float], **own: object) -> pd.DataFrame:
    """Sectors of equal share, standard error 1, measured in `wave` by instrument v1."""
    frame = pd.DataFrame({"sector": list(values), "index_0_100": list(values.values())})
    base = {
        "level": "nation",
        "unit": "nation",
        "wave": wave,
        "share": 0.25,
        "se": 1.0,
        "df": np.nan,
        "from_wave": wave,
    }
    return frame.assign(**(base | {"instrument": "v1", "df": np.nan} | own))


PANEL = ["wave", "previous", "sector", "correlation", "df_change"]
NO_PANEL = pd.DataFrame(columns=PANEL)


def series(
    *parts: pd.DataFrame, panel: pd.DataFrame = NO_PANEL, links: pd.DataFrame | None = None
) -> pd.DataFrame:
    return trend(pd.concat(parts, ignore_index=True), WHEN, 0.95, panel, links).set_index("at")


def test_rolling_and_yearly_change_of_an_unbroken_series():
    made = series(*(rows(wave, {"a": 70.0 + k, "b": 80.0 + k}) for k, wave in enumerate(FIVE)))
    assert made["linked_0_100"].tolist() == [75, 76, 77, 78, 79]
    assert made["rolling_0_100"].isna().tolist() == [True, True, True, False, False]
    last = made.loc["2026Q1"]
    assert last["rolling_0_100"] == pytest.approx(77.5)
    assert last["rolling_se"] == pytest.approx(np.sqrt(0.5) / 2)
    assert last["change_year"] == pytest.approx(4)
    assert last["change_year_se"] == pytest.approx(1)
    assert (last["verdict_year"], last["verdict_quarter"]) == ("rose", "no_significant_change")
    assert made.loc["2025Q1", ["verdict_year", "verdict_quarter"]].tolist() == ["", ""]
    assert made["break"].eq("").all()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_quarters_are_counted_against_quarters_and_years_against_years(order):
    """A year begins with its first quarter, and is no quarter; nor does it matter which was stored first."""
    values = {"2025": 60.0, "2025Q1": 70.0, "2026": 62.0, "2026Q1": 75.0}
    waves = list(values)
    when, kinds = {one: float(one[:4]) for one in waves}, {one: one[4:5] for one in waves}
    parts = [rows(waves[k], {"a": values[waves[k]]}) for k in order]
    made = trend(pd.concat(parts), when, 0.95, NO_PANEL, kinds=kinds).set_index("at")
    assert made.index.tolist() == waves
    assert made.loc[["2026", "2026Q1"], "change_year"].tolist() == [2.0, 5.0]
    alone = trend(
        pd.concat([parts[order.index(0)], parts[order.index(3)]]), when, 0.95, NO_PANEL, kinds=kinds
    )
    assert alone["verdict_year"].tolist() == ["", ""], "a quarter is told to have risen on a year"


def test_a_year_is_no_quarter_of_the_rolling_four():
    quarters = [rows(wave, {"a": 70.0 + k}) for k, wave in enumerate(FIVE)]
    year = rows("2025", {"a": 10.0})
    kinds = {wave: wave[4:5] for wave in (*WHEN, "2025")}
    made = trend(
        pd.concat([*quarters, year]), WHEN | {"2025": 2025.0}, 0.95, NO_PANEL, kinds=kinds
    ).set_index("at")
    alone = series(*quarters)
    assert made.loc[FIVE, "rolling_0_100"].equals(alone["rolling_0_100"])
    assert made.loc[FIVE, "rolling_se"].equals(alone["rolling_se"])
    assert np.isnan(made.loc["2025", "rolling_0_100"])


def test_a_new_sector_is_a_break_that_the_others_bridge():
    made = series(rows("2025Q1", {"a": 70.0}), rows("2025Q2", {"a": 71.0, "new": 91.0}))
    assert made["break"].tolist() == ["", "sector_list"]
    assert made["linked_0_100"].tolist() == [80.0, 81.0]
    assert made.loc["2025Q2", "change_quarter"] == pytest.approx(1.0)


def test_a_new_instrument_of_one_sector_is_bridged_by_the_others():
    before = rows("2025Q1", {"a": 70.0, "b": 60.0})
    now = rows("2025Q2", {"a": 72.0, "b": 90.0}).assign(instrument=["v1", "v2"])
    made = series(before, now)
    assert made["break"].tolist() == ["", "instrument"]
    assert made.loc["2025Q2", "change_quarter"] == pytest.approx(2.0)
    assert made.loc["2025Q2", "change_quarter_se"] == pytest.approx(np.sqrt(2))


def link(sector: str, then: float, now: float, **own: object) -> pd.DataFrame:
    """A sector asked otherwise in 2025Q2, by what both waves asked; standard errors 0.6 and 0.8."""
    base = {
        "wave": "2025Q2", "previous": "2025Q1", "sector": sector, "index_0_100": now, "se": 0.6, "df": np.nan,
        "previous_0_100": then, "previous_se": 0.8, "previous_df": np.nan,
    }  # fmt: skip
    return pd.DataFrame([base | own])


def test_a_series_goes_on_over_another_questionnaire_by_what_both_asked():
    before, now = rows("2025Q1", {"a": 70.0}), rows("2025Q2", {"a": 90.0}, instrument="v2")
    made = series(before, now, links=link("a", 71.0, 74.0))
    assert made["break"].tolist() == ["", "instrument"]
    assert made["segment"].tolist() == [0, 0]
    assert made["linked_0_100"].tolist() == [87.0, 90.0]  # the level of the last wave, the change of the link
    last = made.loc["2025Q2"]
    assert (last["change_quarter"], last["change_quarter_se"]) == pytest.approx((3.0, 1.0))
    assert last["verdict_quarter"] == "rose"


def test_a_linked_sector_counts_with_the_unchanged_by_the_shares_of_the_later_wave():
    before = rows("2025Q1", {"a": 70.0, "b": 60.0})
    now = rows("2025Q2", {"a": 72.0, "b": 90.0}, share=[0.25, 0.75]).assign(instrument=["v1", "v2"])
    made = series(before, now, links=link("b", 61.0, 65.0))
    assert made.loc["2025Q2", "change_quarter"] == pytest.approx(0.25 * 2 + 0.75 * 4)
    se = np.sqrt(0.25**2 * 2 + 0.75**2 * (0.6**2 + 0.8**2))
    assert made.loc["2025Q2", "change_quarter_se"] == pytest.approx(se)


@pytest.mark.parametrize(
    "links",
    [
        link("other", 71.0, 74.0),
        link("a", np.nan, np.nan),  # not linked, with a reason
        link("a", 71.0, 74.0, previous="2024Q4"),
        link("a", 71.0, 74.0, wave="2025Q3"),
    ],
)
def test_a_link_of_other_results_bridges_nothing(links):
    before, now = rows("2025Q1", {"a": 70.0}), rows("2025Q2", {"a": 90.0}, instrument="v2")
    made = series(before, now, links=links)
    assert made["segment"].tolist() == [0, 1]
    assert made.loc["2025Q2", "verdict_quarter"] == "trend_break"


def test_a_break_that_nothing_bridges_begins_a_segment():
    old = [rows(wave, {"a": 60.0 + k}) for k, wave in enumerate(FIVE[:2])]
    new = [rows(wave, {"a": 80.0 + k}, instrument="v2") for k, wave in enumerate(FIVE[2:])]
    made = series(*old, *new)
    assert made["segment"].tolist() == [0, 0, 1, 1, 1]
    assert made["linked_0_100"].tolist() == [60, 61, 80, 81, 82]
    assert made["verdict_quarter"].tolist() == [
        "",
        "no_significant_change",
        "trend_break",
        "no_significant_change",
        "no_significant_change",
    ]
    assert made.loc["2025Q3", ["change_quarter", "change_quarter_se"]].isna().all()
    assert made["rolling_0_100"].isna().all()
    assert made.loc["2026Q1", "verdict_year"] == "trend_break"


def test_a_result_that_stands_in_four_waves_is_one_result():
    carried = [rows(wave, {"a": 70.0}, from_wave="2025Q1") for wave in FIVE[:4]]
    last = series(*carried).loc["2025Q4"]
    assert last["rolling_se"] == pytest.approx(1.0)
    assert (last["change_quarter"], last["change_quarter_se"]) == (0.0, 0.0)
    assert last["verdict_quarter"] == "no_significant_change"


def test_a_gap_leaves_no_rolling_mean_and_no_quarter_to_compare():
    made = series(*(rows(wave, {"a": 70.0}) for wave in ("2025Q1", "2025Q2", "2025Q4", "2026Q1")))
    assert made["rolling_0_100"].isna().all()
    assert made["verdict_quarter"].tolist() == ["", "no_significant_change", "", "no_significant_change"]


def test_holm_runs_over_the_units_of_a_level_and_wave():
    """A change of 2.2 standard errors is significant alone, not among twenty."""
    alone = [rows("2025Q1", {"a": 70.0}), rows("2025Q2", {"a": 70.0 + 2.2 * np.sqrt(2)})]
    many = [
        one.assign(level="sector", unit=f"s{k}").assign(index_0_100=one["index_0_100"] if k == 0 else 70.0)
        for k in range(20)
        for one in alone
    ]
    assert series(*alone).loc["2025Q2", "verdict_quarter"] == "rose"
    made = trend(pd.concat(many), WHEN, 0.95, NO_PANEL)
    assert set(made.loc[made["at"] == "2025Q2", "verdict_quarter"]) == {"no_significant_change"}


@pytest.mark.parametrize(("df", "verdict"), [(np.nan, "rose"), (4.0, "no_significant_change")])
def test_a_change_is_tested_on_the_degrees_of_freedom_of_both_results(df, verdict):
    """t = 3/√2 = 2.12: p = .034 where the errors are known, .067 on Welch's 8 degrees of freedom."""
    made = series(rows("2025Q4", {"a": 70.0}, df=df), rows("2026Q1", {"a": 73.0}, df=df))
    assert made.loc["2026Q1", "verdict_quarter"] == verdict


def test_a_change_without_an_error_has_no_p_and_stays_out_of_holm():
    """p of b is .034: .067 among two, so it rose only where a, whose error is missing or zero, does not count."""
    for se in (np.nan, 0.0):
        parts = [
            rows(wave, {"a": index}).assign(level="sector", unit=unit, se=error)
            for unit, error in (("a", se), ("b", 1.0))
            for wave, index in (("2025Q4", 70.0), ("2026Q1", 73.0))
        ]
        made = trend(pd.concat(parts), WHEN, 0.95, NO_PANEL).set_index(["unit", "at"])["verdict_quarter"]
        assert made["a", "2026Q1"] == "no_significant_change"
        assert made["b", "2026Q1"] == "rose"


def test_a_panels_waves_are_surer_of_the_quarter_and_less_sure_of_four():
    """r .9 between neighbours: sector a's part of a quarter's change has the variance 2 − 1.8; b's are apart."""
    pairs = [(now, before, "a", 0.9, 40.0) for before, now in pairwise(FIVE)]
    waves = [rows(wave, {"a": 70.0, "b": 80.0 + k}, df=100.0) for k, wave in enumerate(FIVE)]
    last = series(*waves, panel=pd.DataFrame(pairs, columns=PANEL)).loc["2026Q1"]
    assert last["change_quarter_se"] == pytest.approx(np.sqrt((2 - 1.8) / 4 + 2 / 4))
    assert last["change_year_se"] == pytest.approx(1)
    assert last["rolling_se"] == pytest.approx(np.sqrt(8 / 64 + 2 * 3 * 0.9 / 64))


def test_a_change_of_the_same_respondents_is_found_that_independent_samples_hide():
    waves = [rows("2025Q1", {"a": 70.0}), rows("2025Q2", {"a": 72.0})]
    apart = series(*waves).loc["2025Q2"]
    panel = pd.DataFrame([("2025Q2", "2025Q1", "a", 0.9, 60.0)], columns=PANEL)
    together = series(*waves, panel=panel).loc["2025Q2"]
    assert (apart["verdict_quarter"], together["verdict_quarter"]) == ("no_significant_change", "rose")
    few = series(*waves, panel=panel.assign(df_change=1.0)).loc["2025Q2"]
    assert few["verdict_quarter"] == "no_significant_change"


def test_over_several_breaks_no_covariance_makes_a_variance_negative():
    """Each quarter a new sector comes: the link takes each result twice with opposite signs."""
    names = ["a", "b", "c", "d", "e"]
    waves = [rows(wave, dict.fromkeys(names[: k + 1], 70.0)) for k, wave in enumerate(FIVE)]
    pairs = [(now, before, one, 1.0, 40.0) for before, now in pairwise(FIVE) for one in names]
    made = series(*waves, panel=pd.DataFrame(pairs, columns=PANEL))
    assert (made["change_year_se"].dropna() >= 0).all()
    assert np.isfinite(made["rolling_se"].dropna()).all()


def test_a_unit_of_one_result_has_a_series_of_one():
    made = series(rows("2025Q1", {"a": 70.0}))
    assert made[["level", "unit", "linked_0_100", "verdict_quarter"]].to_numpy().tolist() == [
        ["nation", "nation", 70.0, ""]
    ]


def test_a_pair_that_a_change_does_not_hold_does_not_limit_its_freedom():
    """Over a year, what is known of two neighbouring quarters says nothing: errors stay taken as known."""
    parts = [rows(wave, {"a": 70.0 + 3 * (wave == "2026Q1")}) for wave in FIVE]
    panel = pd.DataFrame([["2026Q1", "2025Q4", "a", 0.5, 1.0]], columns=PANEL)
    made = series(*parts, panel=panel)
    assert made.loc["2026Q1", "change_year_se"] == pytest.approx(2**0.5)
    assert made.loc["2026Q1", "verdict_year"] == "rose"
    assert made.loc["2026Q1", "change_quarter_se"] == pytest.approx(1)
    assert made.loc["2026Q1", "verdict_quarter"] == "no_significant_change"


@pytest.mark.parametrize(("change", "word"), [(0.5, "rose"), (-0.5, "fell")])
def test_a_small_change_that_is_sure_is_one(change, word):
    parts = [rows(wave, {"a": 70.0 + k * change}, se=0.05) for k, wave in enumerate(FIVE[:2])]
    assert series(*parts)["verdict_quarter"].tolist() == ["", word]


def test_two_breaks_are_bridged_one_after_the_other():
    """Each quarter a sector more: levels are those of the last wave, each step that of the sectors of both."""
    made = series(
        rows("2025Q1", {"a": 70.0}),
        rows("2025Q2", {"a": 71.0, "b": 91.0}),
        rows("2025Q3", {"a": 73.0, "b": 92.0, "c": 60.0}),
    )
    assert made["linked_0_100"].tolist() == pytest.approx([72.5, 73.5, 75.0])
    assert made["break"].tolist() == ["", "sector_list", "sector_list"]
    assert made["segment"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_errors_of_a_panel_do_not_depend_on_the_unit(unit):
    pairs = [(now, before, "a", 0.9, 40.0) for before, now in pairwise(FIVE)]
    waves = [rows(wave, {"a": unit * k}, se=unit, df=100.0) for k, wave in enumerate(FIVE)]
    last = series(*waves, panel=pd.DataFrame(pairs, columns=PANEL)).loc["2026Q1"]
    assert last["change_quarter_se"] == pytest.approx(unit * np.sqrt(0.2))
    assert last["rolling_se"] == pytest.approx(unit * np.sqrt((4 + 2 * 3 * 0.9) / 16))


@pytest.mark.parametrize("r", [1.0, 1.0 - 1e-16])
def test_what_rounding_leaves_of_two_equal_results_is_no_error(r):
    waves = [rows(wave, {"a": 70.0}, se=0.7) for wave in FIVE[:2]]
    panel = pd.DataFrame([("2025Q2", "2025Q1", "a", r, 40.0)], columns=PANEL)
    last = series(*waves, panel=panel).loc["2025Q2"]
    assert (last["change_quarter_se"], last["verdict_quarter"]) == (0.0, "no_significant_change")


def test_a_new_questionnaire_and_another_list_of_sectors_at_once_are_both():
    before = rows("2025Q1", {"a": 70.0, "b": 60.0, "gone": 50.0})
    now = rows("2025Q2", {"a": 72.0, "b": 90.0}).assign(instrument=["v1", "v2"])
    made = series(before, now)
    assert made["break"].tolist() == ["", "both"]
    assert made.loc["2025Q2", "change_quarter"] == pytest.approx(2.0)


def test_a_sector_of_more_weight_now_bridges_with_its_weight_of_now():
    """Over a break the earlier wave's indices are taken by this wave's shares, so that shares move nothing."""
    before = rows("2025Q1", {"a": 70.0, "b": 60.0, "gone": 50.0}, share=[0.1, 0.5, 0.4])
    now = rows("2025Q2", {"a": 72.0, "b": 66.0}, share=[0.75, 0.25])
    made = series(before, now)
    assert made.loc["2025Q2", "change_quarter"] == pytest.approx(0.75 * 2 + 0.25 * 6)
    se = np.sqrt(2 * (0.75**2 + 0.25**2))
    assert made.loc["2025Q2", "change_quarter_se"] == pytest.approx(se)
    same = series(before.head(2), now)
    assert same.loc["2025Q2", "change_quarter"] == pytest.approx((54 + 16.5) - (70 * 0.1 + 60 * 0.5) / 0.6)
