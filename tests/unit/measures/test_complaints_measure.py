"""Complaints from a file to tables: figures by hand, comparisons only where they are allowed, faults by cell."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from scipy.stats import chi2

from ncsi.errors import CompositeError
from ncsi.ingest.figures import FigureFaults
from ncsi.ingest.records import read_records
from ncsi.ingest.records.complaints import complaints_checks, complaints_fields
from ncsi.results.measures import Asked
from ncsi.results.measures.complaints import complaints_tables
from ncsi.simulate.measures import example_complaints
from ncsi.spec import Label
from ncsi.spec.measures import load_measure
from ncsi.spec.measures.complaints import Break

HEADS = ("月份", "企业", "申诉量", "业务量（件）", "邮政管理部门有效申诉量", "邮政管理部门满意量")


@pytest.fixture(scope="module")
def plan():
    return load_measure("express_complaints")


def changed(plan, **keys):
    return replace(plan, definition=plan.definition.model_copy(update=keys))


@pytest.fixture
def read(tmp_path):
    def reads(plan, rows, heads=HEADS):
        path = tmp_path / "complaints.csv"
        pd.DataFrame(rows, columns=list(heads)).to_csv(path, index=False)
        definition = plan.definition
        return read_records(path, complaints_fields(definition), None, complaints_checks(definition))

    return reads


def months(count, start=2024):
    return [f"{start + k // 12}-{k % 12 + 1:02d}" for k in range(count)]


def steady(count, complaints=40, items=10_000_000):
    """Two firms that have the same rate every month."""
    return [
        (month, firm, complaints, items, 20, 19) for month in months(count) for firm in ("甲速运", "乙速运")
    ]


def test_rates_their_exact_intervals_and_the_whole_as_the_sum(plan, read):
    tables = complaints_tables(plan, read(plan, steady(24)), Asked("x", "2025-12"))
    firms = tables["out_complaints_by_firm"].set_index(["span", "unit"])
    whole = firms.loc[("month", "all")]
    assert (whole["complaints"], whole["items"], whole["per_million"]) == (80, 20_000_000, 4.0)
    assert whole["low"] == pytest.approx(chi2.ppf(0.025, 160) / 40)
    assert whole["high"] == pytest.approx(chi2.ppf(0.975, 162) / 40)
    assert firms.loc[("year", "甲速运"), "complaints"] == 480
    assert set(firms.loc["year"]["verdict"]) == {"", "no_significant_difference"}
    handled = tables["out_complaints_handling"].set_index(["span", "unit", "series"])
    assert handled.loc[("year", "all", "authority"), "share"] == 0.95
    assert handled.loc[("year", "all", "authority"), "verdict"] == "missed"
    assert handled.loc[("month", "甲速运", "authority"), "verdict"] == "undecided"


def test_published_notices_of_the_authority_series_against_98_percent(plan, read):
    """notes: 2018-06 98.6 % of 5,137 valid complaints, 2021-03 97.8 % of 2,554, as the post bureau printed them."""
    for month, valid, share, verdict in (
        ("2018-06", 5137, 98.6, "met"),
        ("2021-03", 2554, 97.8, "undecided"),
    ):
        rows = [(month, "全国", valid * 5, 4_000_000_000, valid, round(valid * share / 100))]
        handled = complaints_tables(plan, read(plan, rows), Asked("x", month))["out_complaints_handling"]
        own = handled[handled["span"] == "month"].iloc[0]
        assert round(100 * own["share"], 1) == share
        assert own["verdict"] == verdict


def test_a_firm_that_is_worse_is_told_so_and_only_by_a_common_route(plan, read):
    rows = [
        (month, firm, count, 10_000_000, 20, 20)
        for month in months(12)
        for firm, count in (("甲速运", 80), ("乙速运", 40), ("丙速运", 40))
    ]
    firms = complaints_tables(plan, read(plan, rows), Asked("x", "2024-12"))["out_complaints_by_firm"]
    told = firms[firms["span"] == "year"].set_index("unit")
    assert told.loc["甲速运", "verdict"] == "higher"
    assert told.loc["甲速运", "ratio"] == pytest.approx(2.0)
    routes = [(*row, "电话" if row[1] == "甲速运" else "网站") for row in rows]
    apart = changed(plan, common_route=False)
    firms = complaints_tables(apart, read(apart, routes, (*HEADS, "申诉渠道")), Asked("x", "2024-12"))[
        "out_complaints_by_firm"
    ]
    assert set(firms.loc[firms["unit"] != "all", "verdict"]) == {"not_compared"}
    assert firms["p"].isna().all()


def test_the_same_month_is_compared_and_nothing_over_a_break(plan, read):
    rows = [(month, "甲速运", 80 if month == "2025-11" else 40, 10_000_000, 20, 20) for month in months(24)]
    asked = Asked("x", "2025-12")
    by_month = complaints_tables(plan, read(plan, rows), asked)["out_complaints_by_month"]
    told = by_month[by_month["unit"] == "all"].set_index("month")
    assert told.loc["2025-11", ["ratio", "verdict", "season"]].tolist() == [2.0, "rose", True]
    assert told.loc["2025-10", "verdict"] == "no_significant_change"
    broken = changed(plan, breaks=(Break(month="2025-06", reason=Label(zh="渠道合并", en="Routes merged")),))
    tables = complaints_tables(broken, read(broken, rows), asked)
    told = tables["out_complaints_by_month"].query("unit == 'all'").set_index("month")
    assert told.loc["2025-11", "verdict"] == "trend_break"
    assert told.loc["2025-11", ["ratio", "p"]].isna().all()
    year = tables["out_complaints_by_firm"].query("span == 'year' and unit == 'all'").iloc[0]
    assert (year["first_month"], year["months"]) == ("2025-06", 7)


def test_limits_are_frozen_from_the_base_and_leave_out_the_season(plan, read):
    rows = [
        (month, "甲速运", 90 if month[5:] in ("11", "12") else 70 if month == "2025-10" else 40 + k % 3,
         10_000_000, 20, 18 + k % 2)
        for k, month in enumerate(months(24))
    ]  # fmt: skip
    charts = complaints_tables(plan, read(plan, rows), Asked("x", "2025-12"))["out_complaints_chart"]
    rate = charts.query("chart == 'rate' and unit == 'all'").set_index("month")
    assert rate.loc["2024-11", "centre"] != rate.loc["2024-11", "centre"]
    assert rate["base"].sum() == 12
    base = rate[rate["base"]]
    assert base.index.tolist() == [*months(10), "2025-01", "2025-02"]
    centre = base["count"].sum() / base["n"].sum()
    assert rate.loc["2025-10", "centre"] == pytest.approx(centre)
    assert rate.loc["2025-10", "plain_high"] == pytest.approx(centre + 3 * (centre / 10) ** 0.5)
    assert rate.loc["2025-10", "signal"] == "beyond"
    assert rate.loc["2025-11", "signal"] == ""


def test_a_stretch_shorter_than_a_base_has_values_and_no_limits(plan, read):
    charts = complaints_tables(plan, read(plan, steady(9)), Asked("x", "2024-09"))["out_complaints_chart"]
    assert charts["value"].notna().all()
    assert charts["centre"].isna().all()


@pytest.mark.parametrize(
    ("row", "column", "number", "value", "problem"),
    [
        (("2024-03", "甲速运", 40, 0, 20, 19), "业务量（件）", 4, "0", "no items handled"),
        (("2024-02", "甲速运", 40, 1000, 20, 19), "月份", 4, "2024-02", "stands twice: row 3"),
        (("2024-03", "甲速运", -4, 1000, 2, 1), "申诉量", 4, "-4", "below 0"),
        (("2024-03", "甲速运", 40, 1000, 20, 21), "邮政管理部门满意量", 4, "21", "more are satisfied than the 20"),
        (("2024-04", "甲速运", 40, 1000, 20, 19), "月份", 4, "2024-04", "no row of 2024-03"),
        (("2024-13", "甲速运", 40, 1000, 20, 19), "月份", 4, "2024-13", "no month"),
        (("2024-03", "甲/乙", 40, 1000, 20, 19), "企业", 4, "甲/乙", "names files"),
        (("2024-03", "甲速运", 40, 30, 20, 19), "申诉量", 4, "40", "more complaints than the 30 items"),
        (("2024-03", "甲速运", 40, 1000, "", 19), "邮政管理部门有效申诉量", 4, "", "one is given without the other"),
        (("2024-03", "", 40, 1000, 20, 19), "企业", 4, "", "the cell is empty"),
        (("2024-03", "总计", 40, 1000, 20, 19), "企业", 4, "总计", "sums up the others"),
    ],
)  # fmt: skip
def test_faults_name_row_column_and_value(plan, read, row, column, number, value, problem):
    rows = [(month, "甲速运", 40, 1000, 20, 19) for month in months(2)]
    with pytest.raises(FigureFaults) as refused:
        read(plan, [*rows, row])
    (fault,) = refused.value.faults
    assert (fault.row, fault.column, fault.value) == (number, column, value)
    assert problem in str(fault)


def test_a_firm_without_a_route_among_firms_that_have_one(plan, read):
    rows = [(*row, "电话") for row in steady(2)]
    rows[3] = (*rows[3][:-1], "")
    with pytest.raises(FigureFaults, match="has no route of complaint") as refused:
        read(plan, rows, (*HEADS, "申诉渠道"))
    assert [(one.row, one.column) for one in refused.value.faults] == [(5, "申诉渠道")]


def test_firms_that_add_up_to_more_than_all_of_them(plan, read):
    rows = [("2024-01", "全国", 50, 20_000_000, 20, 19), *steady(1)]
    with pytest.raises(FigureFaults, match="add up to 80, more than all"):
        read(plan, rows)


def test_a_unit_in_the_head_must_be_that_of_the_measure(plan, read):
    heads = ("月份", "企业", "申诉量", "业务量（万件）", *HEADS[4:])
    with pytest.raises(FigureFaults, match="its unit is '万件'"):
        read(plan, steady(1), heads)


def test_a_period_without_complaints_is_refused(plan, read):
    with pytest.raises(CompositeError, match="no complaints of 2030-12"):
        complaints_tables(plan, read(plan, steady(2)), Asked("x", "2030"))


def test_the_example_is_read_back_and_says_that_it_is_synthetic(plan, tmp_path):
    path = tmp_path / "example.csv"
    example_complaints(plan, 1).to_csv(path, index=False)
    found = read_records(path, complaints_fields(plan.definition), None, complaints_checks(plan.definition))
    assert found.synthetic
    assert found.count == 36 * 9
