"""The nation over time and in parts: changes on quarter and year, contributions, areas, the trend's breaks."""

import dataclasses

import numpy as np
import pytest

from ncsi.report import content
from ncsi.report.axis_rows import axis
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.figures import trend
from ncsi.report.text import Pair


def drawn(*points):
    """The chart of points that are alike but for these changes."""
    alike = TrendPoint(Pair("一", "one"), 78.0, 77.5, 78.5)
    return trend(Trend(tuple(dataclasses.replace(alike, **one) for one in points), ChartData((), ())), "95")


def over(tables, spec, span, verdict, size):
    """The tables with a change of the nation over that span."""
    table = tables["out_trend"].copy()
    now = (table["level"] == "nation") & (table["at"] == spec.wave.id)
    table.loc[now, f"verdict_{span}"] = verdict
    table.loc[now, f"change_{span}"] = size
    return {**tables, "out_trend": table}


def sentences(page):
    return " ".join(words for one in page.findings for words in one)


@pytest.mark.parametrize(
    ("verdict", "size", "said", "tone"),
    [("rose", 0.6, "Compared on the quarter, it rose by 0.6 points", "up"),
     ("fell", -0.6, "Compared on the quarter, it fell by 0.6 points", "down"),
     ("no_significant_change", -0.2, "the change (−0.2 points) is not statistically significant", "")],
)  # fmt: skip
def test_the_quarter_is_told_beside_the_year_by_its_verdict(tables, spec, verdict, size, said, tone):
    page = content.national(over(tables, spec, "quarter", verdict, size), spec)
    assert [one.tone for one in page.changes] == [tone]
    assert said in sentences(page)


def test_a_break_makes_no_sentence_and_no_figure(tables, spec):
    page = content.national(over(tables, spec, "quarter", "trend_break", np.nan), spec)
    assert page.changes[0].value == "‖"
    assert "on the quarter" not in sentences(page)


def test_the_wave_compared_with_is_not_told_twice(tables, spec):
    assert content.national(tables, spec).changes == ()
    alone = dataclasses.replace(spec, wave=spec.wave.model_copy(update={"previous": None}))
    page = content.national({**tables, "out_changes": tables["out_changes"].head(0)}, alone)
    assert "on the year" in page.changes[0].text.en
    assert len(page.changes) == 1


def test_contributions_end_in_their_sum(tables, spec):
    rows = content.national(tables, spec).contributions.rows
    named, total = rows[:-1], rows[-1]
    assert total.name.en == f"All {len(named)} sectors"
    assert np.isclose(sum(one.x for one in named), total.x)
    assert np.isclose(total.x, 0.9)


def test_many_sectors_are_told_by_the_ends_and_the_others_together(tables, spec):
    table = tables["out_contributions_by_sector"]
    many = {**tables, "out_contributions_by_sector": table.iloc[np.arange(24) % len(table)]}
    rows = content.national(many, spec).contributions.rows
    assert len(rows) == 12
    assert rows[5].name.en == "The other 14 sectors"
    assert np.isclose(sum(one.x for one in rows[:-1]), rows[-1].x)


def test_the_whole_is_the_published_change_though_its_rounded_parts_give_another(tables, spec):
    table = tables["out_contributions_by_sector"]
    many = {
        **tables,
        "out_contributions_by_sector": table.iloc[np.arange(24) % len(table)].assign(contribution=0.04),
    }
    rows = content.national(many, spec).contributions.rows
    changes = tables["out_changes"]
    nation = changes[(changes["level"] == "nation") & (changes["construct"] == spec.target)]
    assert rows[-1].x == nation["change"].iloc[0] != 0.96
    assert np.isclose(rows[5].x, rows[-1].x - 0.4)


def test_over_a_break_nothing_is_divided(tables, spec):
    changes = tables["out_changes"].assign(verdict="trend_break")
    assert content.national({**tables, "out_changes": changes}, spec).contributions.rows == ()


def test_over_a_break_of_the_whole_the_linked_change_is_told_in_place_of_its_own(tables, spec):
    """A sector that left moves the index, and satisfaction no bit: no size of it, no rise and no fall is told."""
    changes = tables["out_changes"]
    nation = changes["level"] == "nation"
    broken = changes.assign(verdict=changes["verdict"].mask(nation, "trend_break"))
    page = content.national(over({**tables, "out_changes": broken}, spec, "year", "fell", -0.7), spec)
    assert page.headline.en.startswith("Sectors or questionnaires differ")
    assert page.change.value == "‖"
    assert page.change.tone == ""
    assert "its sectors, or the questionnaire of one, differ" in page.change.text.en
    assert [one.value for one in page.changes] == ["−0.7*"]
    linked = "on the year, linked by the sectors and questions that neighbouring waves share, it fell by 0.7 points"
    assert linked in sentences(page)
    assert "on 2025" not in sentences(page)


def test_a_change_over_a_break_is_called_linked_where_the_wave_compared_with_lies_after_it(tables, spec):
    """The year before was asked otherwise and the quarter before was not: the change on the year is no difference of
    two indices."""
    told = over(tables, spec, "quarter", "fell", -0.7)
    told = over(told, spec, "year", "rose", 0.6)
    since = spec.wave.model_copy(update={"previous": "2025Q4"})
    spec = dataclasses.replace(spec, wave=since)

    def said(broken_at):
        table = told["out_trend"].copy()
        table.loc[(table["level"] == "nation") & (table["at"] == broken_at), "break"] = "instrument"
        return sentences(content.national({**told, "out_trend": table}, spec))

    assert "Compared on the year, linked by" in said(spec.wave.id)
    assert "Compared on the year, it rose by 0.6 points" in said("2025Q1"), "a break before both"


def test_areas_are_named_and_drawn_only_where_estimated(tables, spec):
    areas = content.national(tables, spec).areas
    assert [one.name.en for one in areas.strips] == ["Region", "City tier"]
    assert [one.name.zh for one in areas.strips[0].rows] == ["东部", "中部"]
    assert "Perceived quality" in [one.en for one in areas.constructs.heads]
    none = {**tables, "out_index_by_area": tables["out_index_by_area"].head(0)}
    assert content.national(none, spec).areas.strips == ()


def test_the_line_stops_at_a_break_and_names_it():
    broken, whole = drawn({}, {}, {"broken": True}, {}), drawn({}, {})
    assert "中断" in [one.zh for one in broken.texts]
    assert "中断" not in [one.zh for one in whole.texts]


def test_the_four_quarter_mean_is_drawn_where_there_is_one():
    drawing = drawn({"rolling_0_100": 77.0}, {"rolling_0_100": 77.5})
    assert "four-quarter mean" in [one.en for one in drawing.texts]


@pytest.mark.parametrize(
    ("panel", "overlap", "zh", "en"),
    [(None, np.nan, "", ""),
     ("households", 1234, "有1,234位受访者上期也作答", "1,234 of this wave's respondents had answered then too"),
     ("households", 0, "没有受访者在两期中都能找到", "no respondent was found in both: tested as independent samples"),
     ("households", np.nan, "未能与该期匹配", "could not be matched with those of that wave")],
)  # fmt: skip
def test_the_report_says_how_far_a_panels_change_is_of_the_same_respondents(
    tables, spec, panel, overlap, zh, en
):
    changes = tables["out_changes"].assign(overlap=overlap, correlation=0.876)
    changes = changes.assign(overlap=changes["overlap"].astype("Int64"))
    of_panel = dataclasses.replace(spec, wave=spec.wave.model_copy(update={"panel": panel}))
    said = content.national({**tables, "out_changes": changes}, of_panel).notes.compared
    assert zh in said.zh
    assert en in said.en
    assert ("0.88" in said.en) == (overlap == 1234)
    assert ("panel" in said.en) == (panel is not None)


def test_a_contribution_prints_the_interval_of_its_table(tables, spec):
    table = tables["out_contributions_by_sector"].assign(low=-0.123, high=0.456, contribution=0.1)
    rows = content.national({**tables, "out_contributions_by_sector": table}, spec).contributions.rows
    assert rows[0].interval.en == "−0.12 to 0.46"
    left = table.assign(basis="left", low=0.1, high=0.1)
    rows = content.national({**tables, "out_contributions_by_sector": left}, spec).contributions.rows
    assert (rows[0].interval.zh, rows[0].x_low, rows[0].x_high) == ("", 0.1, 0.1)


@pytest.mark.parametrize("values", [(0.0, 3.1), (-1.3, 1.4), (0.0, 130.0), (-0.62, 1.88), (5e3, 9e4)])
def test_ticks_are_round_however_wide_the_axis(values):
    made = axis(values, steps=(0.05, 0.1, 0.2, 0.5))
    assert f"{made.ticks[1] - made.ticks[0]:.1e}"[:3] in ("1.0", "2.0", "5.0")
    assert made.low <= min(values)
    assert made.high >= max(values)
    assert len(made.ticks) <= 7
