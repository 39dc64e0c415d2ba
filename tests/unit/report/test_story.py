"""The nation in five sentences, the slopes between two waves, provinces as tiles."""

import re

import pandas as pd
import pytest

from ncsi.report import content
from ncsi.report.chart_data import ChartData, Span, Spans
from ncsi.report.content.findings import change_interval
from ncsi.report.content.provinces import PROVINCES, provinces_of
from ncsi.report.figures import change_chart, slope_chart
from ncsi.report.figures.slope import apart
from ncsi.report.text import NOTHING, Pair
from ncsi.results.item_contrasts import area_samples, areas_against_others
from ncsi.spec.background import Category


def test_every_province_has_a_tile_of_its_own():
    assert len(PROVINCES) == 34
    assert len({one.code for one in PROVINCES}) == len({(one.column, one.row) for one in PROVINCES}) == 34


@pytest.mark.parametrize(
    ("area", "label"),
    [
        ("gd", "广东"),
        ("gd", "广东省"),
        ("44", ""),
        ("440000", "粤"),
        ("CN-44", "Guangdong"),
        ("x", " 广东省 "),
    ],
)
def test_a_province_is_known_by_its_name_or_its_code(area, label):
    assert provinces_of({area: label})[area].name.en == "Guangdong"


@pytest.mark.parametrize(
    "labels",
    [{"gd": "广东", "east": "东部"}, {"gd": "广东", "44": "广东省"}, {"440100": "广州"}, {"99": "无"}],
)
def test_what_is_not_all_provinces_is_no_grid_of_them(labels):
    assert provinces_of(labels) == {}


def test_provinces_are_tiles_and_those_not_surveyed_say_so(spec, provinces_in_areas):
    from dataclasses import replace

    made, wave = provinces_in_areas(12)
    (told,) = content.national(made, replace(spec, wave=wave)).story.areas
    assert len(told.tiles) == 34
    states = {one.name.zh: one.state for one in told.tiles}
    first, hidden = PROVINCES[0].name.zh, PROVINCES[1].name.zh
    assert states[first] == "above"
    assert states[hidden] == "none"
    assert next(one for one in told.tiles if one.name.zh == hidden).value.zh == "不予发布"
    assert next(one for one in told.tiles if one.name.zh == "台湾").value.zh == "未调查"
    assert told.counts == (1, 9, 1, 1)


def test_a_province_that_was_surveyed_without_a_figure_is_not_said_to_have_no_data(spec, provinces_in_areas):
    """Its cells stand in the table of subgroups, without figures; a code as area and a name as label are one place."""
    from dataclasses import replace

    made, wave = provinces_in_areas(12)
    few = PROVINCES[12]
    variable = wave.background["province"]
    label = {"zh": f"{few.name.zh}省", "en": few.name.en}
    values = (
        *variable.values,
        Category(id=few.code, label=label),
        Category(id="other", label=label | {"zh": "其他"}),
    )
    wave = wave.model_copy(
        update={"background": {**wave.background, "province": variable.model_copy(update={"values": values})}}
    )
    cells = made["out_index_by_subgroup"]
    hidden = (
        cells[cells["index_0_100"].isna()].head(2).assign(dimension="province", subgroup=[few.code, "other"])
    )
    made["out_index_by_subgroup"] = pd.concat([cells, hidden])
    (told,) = content.national(made, replace(spec, wave=wave)).story.areas
    said = {one.name.zh: one.value for one in told.tiles}
    assert said[few.name.zh] == Pair("样本不足或隐去", "Too few or withheld")
    assert said["台湾"] == said[PROVINCES[13].name.zh] == Pair("未调查", "Not surveyed")
    assert len(told.tiles) == 34


def test_provinces_of_few_are_indicative_and_say_so(spec, provinces_in_areas):
    from dataclasses import replace

    made, wave = provinces_in_areas(12)
    cells, few, alone = made["out_index_by_subgroup"], PROVINCES[0], PROVINCES[1]
    here = (cells["dimension"] == "province") & cells["subgroup"].isin([few.code, alone.code])
    made["out_index_by_subgroup"] = cells.assign(n_eff=cells["n_eff"].mask(here, 30.0))
    (told,) = content.national(made, replace(spec, wave=wave)).story.areas
    states = {one.name.zh: (one.state, one.indicative) for one in told.tiles}
    assert states.pop(few.name.zh) == ("above", True)
    assert states.pop(alone.name.zh) == ("none", False)  # what is withheld is not also indicative
    assert not any(indicative for _, indicative in states.values())
    assert f"参考（有效样本量不足200）：{few.name.zh}" in told.on_the_map.zh
    assert {row[-1] for row in told.data.rows} == {"", "indicative"}


def test_the_effective_sample_of_an_area_is_that_of_its_cells_by_the_shares_of_their_sectors():
    cells = pd.DataFrame({
        "sector": ["a", "b", "a", "b", "a"], "dimension": "d", "subgroup": ["x", "x", "y", "y", "z"],
        "n_eff": [100.0, 100.0, 30.0, 400.0, 55.0], "index_0_100": [70.0] * 3 + [None, 70.0], "se": 1.0,
    })  # fmt: skip
    made = area_samples(cells, {"a": 0.3, "b": 0.1})
    assert made["d", "x"] == pytest.approx(
        1 / (0.75**2 / 100 + 0.25**2 / 100)
    )  # 160: unequal shares, less than 200
    assert made["d", "y"] == pytest.approx(30.0)  # a hidden cell is not of the area
    assert made["d", "z"] == pytest.approx(55.0)
    assert area_samples(cells.iloc[:0], {}).empty


def test_few_provinces_are_a_sentence(spec, provinces_in_areas):
    from dataclasses import replace

    made, wave = provinces_in_areas(5)
    (told,) = content.national(made, replace(spec, wave=wave)).story.areas
    assert told.tiles == ()
    assert "1个显著较高" in told.text.zh


def test_areas_of_the_same_sectors_are_held_against_the_mean_of_the_others():
    frame = pd.DataFrame({
        "dimension": ["d"] * 4 + ["e"], "area": ["a", "b", "c", "fewer", "only"],
        "index_0_100": [80.0, 70.0, 72.0, 95.0, 1.0], "se": [0.3, 0.4, 0.5, 0.1, 0.1], "df": [100.0] * 5,
        "sectors": [3, 3, 3, 2, 3], "coverage": [1.0, 1.0, 1.0, 0.7, 1.0],
    })  # fmt: skip
    made = areas_against_others(frame, 0.95).set_index("area")
    assert list(made.index) == ["a", "b", "c"]
    assert made.loc["a", "difference"] == pytest.approx(9.0)
    assert list(made["verdict"]) == ["above", "below", "below"]


def test_a_first_wave_has_no_slopes_and_a_single_sector_no_places(tables, spec, invented):
    first = {name: tables[name].iloc[:0] for name in ("out_changes", "out_trend")}
    page = content.national({**tables, **first}, spec)
    told = page.story
    assert told.changes is None
    assert told.moved.zh == ""
    assert page.change is None
    alone = invented.release_spec(("schools",))
    assert content.national(invented.result_tables(alone), alone).story.places.zh == ""


@pytest.mark.parametrize("name", ["index.html", "press.html"])
def test_a_change_is_told_with_its_interval(tables, spec, release, name):
    change = content.national(tables, spec).change
    assert change.interval.zh.startswith("（")
    told = (release.folder / name).read_text(encoding="utf-8")
    beside = told.partition(f"<b>{change.value}</b></span>")[2][:200]
    assert change.interval.zh in beside
    assert change.interval.en.strip() in beside


def test_a_change_over_a_break_has_no_interval():
    assert change_interval(float("nan"), float("nan"), "trend_break") == NOTHING
    assert change_interval(-0.4, 0.04, "no_significant_change").zh == "（−0.4 至 0.0）"


def test_slopes_name_what_moved_and_leave_out_what_cannot_be_compared(tables, spec):
    changes = content.national(tables, spec).story.changes
    moved = [one for one in changes.rows if one.tone]
    assert "银行" not in {one.name.zh for one in changes.rows}  # broken
    for drawing in (slope_chart(changes), change_chart(changes)):
        text = drawing.localised("en")
        assert text.count("<svg") == 1
        assert "NaN" not in text
    named = slope_chart(changes).localised("zh")
    assert all(one.name.zh in named for one in moved)


@pytest.mark.parametrize(("falls", "rises"), [(0, 0), (1, 2), (3, 1)])
def test_names_of_what_moved_stand_above_and_below_the_plot(falls, rises):
    moves = [*range(-falls, 0), *[0.0] * 5, *range(1, rises + 1)]
    rows = tuple(
        Span(Pair(f"甲{k}", f"A{k}"), 70, 70 + 3 * one, 3 * one, 3 * one - 1, 3 * one + 1, tone)
        for k, one in enumerate(moves)
        for tone in ["down" if one < 0 else "up" if one > 0 else ""]
    )
    told = Spans(rows, None, Pair("前", "a"), Pair("后", "b"), ChartData((), ()))
    svg = change_chart(told).localised("zh")
    lines = [float(one) for one in re.findall(r'<line x1="34" y1="([\d.]+)"', svg)]
    named = [
        float(y)
        for y, words in re.findall(r'<text x="[\d.]+" y="([\d.]+)"[^>]*>([^<]*)', svg)
        if "甲" in words
    ]
    assert len(named) == min(falls, 2) + min(rises, 2)
    assert all(y < min(lines) or y - 13.5 > max(lines) - 3 for y in named)
    assert max(named, default=0) < float(re.search(r'viewBox="0 0 340 ([\d.]+)"', svg)[1])


def test_in_both_languages_a_slope_has_its_value_once():
    moved = Span(Pair("餐饮", "Catering"), 73.5, 75.3, 1.8, 0.8, 2.7, "up")
    told = Spans((moved,), None, Pair("前", "a"), Pair("后", "b"), ChartData((), ()))
    drawing = slope_chart(told)
    assert "75.3（+1.8）</text>" in drawing.localised("both")
    assert "75.3 (+1.8)</text>" in drawing.localised("en")


def test_labels_stand_apart():
    assert apart([10, 12, 13], [17, 17, 17], 100) == [10, 27, 44]
    assert apart([90, 95, 99], [17, 17, 17], 100) == [66, 83, 100]
    assert apart([10, 12, 13], [17, 31, 17], 100) == [10, 34, 58]
