"""Charts: the same bytes, texts in the language asked for, nothing drawn over anything else."""

import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import html5lib
import pytest

from ncsi.palette import DARK, LIGHT
from ncsi.report import content, documents, embedded_figure, figures, text
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.content.labels import construct_labels
from ncsi.report.embedded_figure import pictures
from ncsi.report.figures import (
    importance_map,
    narrow_importance_map,
    narrow_path_diagram,
    path_diagram,
    small_trend,
    trend,
)
from ncsi.report.figures.paths import TALL, WIDTH, layout_of
from ncsi.report.figures.plane import ticks
from ncsi.report.result_rows import Driver, PathEstimate, SectorTables
from ncsi.spec import Label, load_instrument, load_sectors
from ncsi.spec.contrast import contrast
from ncsi.tables import OUT_DRIVERS_BY_CONSTRUCT, OUT_PATHS_BY_SECTOR

PRESETS = sorted({one.instrument for one in load_sectors().sectors} | {"acsi", "ecsi", "ccsi"})
NO_DATA = ChartData((), ())
HISTORY = Trend(
    tuple(
        TrendPoint(text.Pair(f"{year} 年", str(year)), 77.0 + k, 76.5 + k, 77.5 + k)
        for k, year in enumerate((2024, 2025, 2026))
    ),
    NO_DATA,
)


def paths_of(instrument):
    return [
        PathEstimate(p.source, p.target, -0.07 + 0.05 * k, -1.0, 1.0, k > 1)
        for k, p in enumerate(instrument.paths)
    ]


def diagram(preset):
    instrument = load_instrument(preset)
    values = dict.fromkeys(instrument.construct_ids, "78.4")
    return path_diagram(instrument, paths_of(instrument), values, NO_DATA)


def crowded(noise=0.0, preset="construction"):
    """Every construct of a model as a driver, all in one corner of the map, with their names."""
    instrument = load_instrument(preset)
    drivers = []
    for k, one in enumerate(instrument.construct_ids):
        x, y = 0.4 + 0.013 * (k % 4) + noise, 74.0 + 0.35 * (k // 2) - noise
        fields = (x, x - 0.05, x + 0.05, y, y - 1.5, y + 1.5, k % 3 > 0)
        drivers.append(Driver(one, *fields, ("improve_first", "keep_up", "low_priority")[k % 3]))
    return drivers, construct_labels(instrument)


def crowded_map(noise=0.0):
    return importance_map(*crowded(noise), NO_DATA)


def rooms(svg):
    """The room of each text of a chart, from the widths of its characters."""
    for one in html5lib.parseFragment(svg).iter("{http://www.w3.org/2000/svg}text"):
        told, size = "".join(one.itertext()), float(one.get("font-size"))
        wide = size * sum(1 if ord(letter) > 0x2E80 else 0.52 for letter in told)
        x, y = float(one.get("x")), float(one.get("y"))
        x -= {"start": 0, "middle": wide / 2, "end": wide}[one.get("text-anchor")]
        if told:
            yield told, (x, y - 0.8 * size, x + wide, y + 0.15 * size)


def apart_from_each_other(texts):
    for (one, a), (other, b) in combinations(texts, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def words(svg):
    return [
        "".join(one.itertext())
        for one in html5lib.parseFragment(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_every_colour_of_a_chart_turns_with_the_page_or_stands_out_on_both_papers():
    mid_grey = "#8a95a0"
    assert min(contrast(mid_grey, LIGHT.paper), contrast(mid_grey, DARK.paper)) >= 3 - 0.05
    written = "".join(one.read_text(encoding="utf-8") for one in Path(figures.__file__).parent.glob("*.py"))
    named = {getattr(LIGHT, one) for one in re.findall(r"\bLIGHT\.(\w+)", written)}
    literal = set(re.findall(r'"(#[0-9a-f]{6})"', written)) - {mid_grey, "#ffffff"}
    assert (named | literal) - set(embedded_figure._VARIABLES) == set()


def test_a_trend_before_a_break_is_dark_on_dark_pages():
    points = [replace(one, broken=k == 2) for k, one in enumerate(HISTORY.points)]
    drawn = str(pictures(small_trend(replace(HISTORY, points=tuple(points)), "95")))
    assert "var(--rule)" in drawn
    assert LIGHT.zone not in drawn
    assert drawn.count("<circle") == 2 * len(points), "one in each language"
    assert 'fill="var(--paper)"' not in drawn, "a hollow point is a change that is not significant, beside it"


@pytest.mark.parametrize("preset", PRESETS)
def test_boxes_stand_apart_and_leave_room_for_a_coefficient(preset):
    instrument = load_instrument(preset)
    layout = layout_of(instrument)
    assert set(layout.places) == set(instrument.construct_ids)
    for (x, y), (u, v) in combinations(layout.places.values(), 2):
        assert abs(x - u) >= layout.width + 36 or abs(y - v) >= TALL + 36
    assert all(layout.width / 2 <= x <= WIDTH - layout.width / 2 for x, _ in layout.places.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_the_path_diagram_shows_every_coefficient_once(preset):
    shown = words(diagram(preset).localised("en"))
    expected = [text.number(one.estimate, 2) for one in paths_of(load_instrument(preset))]
    assert sorted(one for one in shown if re.fullmatch(r"−?\d\.\d\d", one)) == sorted(expected)
    assert shown.count("78.4") == len(load_instrument(preset).constructs)


@pytest.mark.parametrize("shown", ["zh", "en", "both"])
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("drawn", [path_diagram, narrow_path_diagram])
def test_no_text_of_a_path_diagram_stands_on_another(drawn, preset, shown):
    instrument = load_instrument(preset)
    made = drawn(instrument, paths_of(instrument), {}, NO_DATA)
    apart_from_each_other(rooms(made.localised(shown)))


LONG = {
    "one language": text.Pair("服务人员的专业能力与响应速度以及对顾客的关心", "Staff"),
    "both": text.Pair(
        "服务人员的专业能力与响应速度", "What staff know, how soon they answer, and whether they care"
    ),
}


@pytest.mark.parametrize("shown", ["zh", "en", "both"])
@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
@pytest.mark.parametrize("narrow", [False, True])
def test_a_long_name_stays_in_its_box_and_on_the_map(name, shown, narrow):
    instrument = load_instrument("ccsi")
    first = instrument.constructs[0].model_copy(update={"label": Label(zh=name.zh, en=name.en)})
    instrument = instrument.model_copy(update={"constructs": (first, *instrument.constructs[1:])})
    drawn = (narrow_path_diagram if narrow else path_diagram)(instrument, paths_of(instrument), {}, NO_DATA)
    width = 112.0 if narrow else layout_of(instrument).width
    own = {*name, f"{name.zh} {name.en}"}
    boxed = [box for told, box in rooms(drawn.localised(shown)) if told in own]
    assert boxed
    assert all(box[2] - box[0] <= width for box in boxed)
    drivers, names = crowded(preset="ccsi")
    names = {**names, drivers[0].construct: name}
    drawn = (narrow_importance_map if narrow else importance_map)(drivers, names, NO_DATA)
    labels = [box for told, box in rooms(drawn.localised(shown)) if told in own]
    assert len(labels) == 1
    assert labels[0][0] >= 0
    assert labels[0][2] <= (340.0 if narrow else WIDTH)


def test_each_language_shows_its_own_texts_and_both_shows_both():
    drawing = diagram("ccsi")
    zh, en, both = (" ".join(words(drawing.localised(one))) for one in ("zh", "en", "both"))
    assert "感知质量" in zh
    assert "Perceived quality" not in zh
    assert "Perceived quality" in en
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert "感知质量" in both
    assert "Perceived quality" in both
    assert "«" not in zh + en + both


def test_the_same_chart_has_the_same_bytes():
    first, second = diagram("fmcg"), diagram("fmcg")
    assert first == second


def test_bytes_do_not_depend_on_the_last_bits_of_a_figure():
    noise = 1e-12
    assert crowded_map().svg == crowded_map(noise).svg == crowded_map(-noise).svg
    history = [replace(one, low=one.low + noise, high=one.high - noise) for one in HISTORY.points]
    assert trend(replace(HISTORY, points=tuple(history)), "95").svg == trend(HISTORY, "95").svg


@pytest.mark.parametrize("shown", ["zh", "en", "both"])
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("drawn", [importance_map, narrow_importance_map])
def test_no_text_of_a_crowded_map_stands_on_another(drawn, preset, shown):
    texts = list(rooms(drawn(*crowded(preset=preset), NO_DATA).localised(shown)))
    assert len(texts) > len(load_instrument(preset).constructs)
    apart_from_each_other(texts)


def test_the_lines_that_part_a_narrow_map_cross_no_name_that_has_room_elsewhere():
    ends = [
        ("Product", 0.41, 0.37, 0.45, 70.6, 69.8, 71.3, True, "improve_first"),
        ("Service", 0.46, 0.42, 0.50, 73.0, 72.2, 73.7, True, "keep_up"),
        ("Value", 0.19, 0.15, 0.23, 71.2, 70.4, 72.0, True, "undecided"),  # just below the line of the means
    ]
    names = {
        one: text.Pair(name, one)
        for (one, *_), name in zip(ends, ("产品质量", "服务质量", "感知价值"), strict=True)
    }
    svg = narrow_importance_map([Driver(*one) for one in ends], names, NO_DATA).localised("zh")
    level = float(re.search(r'<line x1="34" y1="([\d.]+)"[^>]*stroke-dasharray', svg)[1])
    named = {told: room for told, room in rooms(svg) if told in {one.zh for one in names.values()}}
    assert len(named) == 3
    assert not [told for told, (_, upper, _, lower) in named.items() if upper < level < lower]


@pytest.mark.parametrize("drawn", [importance_map, narrow_importance_map])
@pytest.mark.parametrize("shown", ["zh", "en"])
def test_a_dashed_line_leaves_room_for_the_name_of_a_quadrant_that_is_narrower(drawn, shown):
    ends = [
        ("Product", 0.560, 0.52, 0.60, 68.7, 68.0, 69.4, True, "undecided"),
        ("Value", 0.562, 0.53, 0.60, 68.8, 68.1, 69.4, True, "undecided"),
        ("Image", 0.40, 0.37, 0.43, 68.4, 67.8, 69.1, False, "undecided"),
    ]
    names = {one: text.same(one) for one, *_ in ends}
    svg = drawn([Driver(*one) for one in ends], names, NO_DATA).localised(shown)
    corners = [text.phrase(key).of(shown) for key in ("keep_up", "improve_first")]
    named = {told: room for told, room in rooms(svg) if told in corners}
    assert len(named) == 2
    lines = [
        tuple(map(float, one))
        for one in re.findall(
            r'<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)"[^>]*stroke-dasharray', svg
        )
    ]
    assert len(lines) >= 2
    met = [
        (told, line)
        for told, (left, upper, right, lower) in named.items()
        for line in lines
        if line[0] < right and left < line[2] + 0.01 and line[1] < lower and upper < line[3] + 0.01
    ]
    assert met == []


@pytest.mark.parametrize(
    ("ends", "most", "expected"),
    [
        ((74.2, 80.1), 7, (75, 76, 77, 78, 79, 80)),
        ((0.1, 0.3 + 1e-12), 9, (0.1, 0.15, 0.2, 0.25, 0.3)),
        ((0.1, 0.3 - 1e-12), 9, (0.1, 0.15, 0.2, 0.25, 0.3)),
        ((-0.004, 0.013), 4, (0.0, 0.005, 0.01)),
        ((-3e4, 2e4), 3, (-20000, 0, 20000)),
    ],
)
def test_ticks_are_round_and_do_not_depend_on_the_last_bits_of_an_end(ends, most, expected):
    assert ticks(ends, most).values == expected


def test_no_publication_imports_matplotlib():
    seen = (
        "import sys; import ncsi.stages.publish, ncsi.report.documents, ncsi.report.share, ncsi.report.site"
    )
    seen += "; sys.exit(any(one.split('.')[0] == 'matplotlib' for one in sys.modules))"
    assert subprocess.run([sys.executable, "-c", seen], check=False).returncode == 0


def test_a_chart_is_drawn_once_for_the_page_and_every_pdf(tables, spec, tmp_path, monkeypatch):
    drawn = []
    for name in ("path_diagram", "importance_map"):
        one = getattr(documents, name)
        monkeypatch.setattr(
            documents, name, lambda *given, one=one, name=name: drawn.append(name) or one(*given)
        )
    asked, own = replace(spec, editions=("both", "zh", "en")), SectorTables(tables, "schools")
    one = documents.SectorReport(
        content.sector(tables, asked, "schools"), spec.instruments["schools"],
        own[OUT_DRIVERS_BY_CONSTRUCT.name], own[OUT_PATHS_BY_SECTOR.name],
    )  # fmt: skip
    documents.write_sector(one, "", tmp_path)
    assert len(list((tmp_path / "sectors").glob("schools.*"))) == 4
    assert sorted(drawn) == ["importance_map", "path_diagram"]


def test_a_chart_has_no_id_and_can_stand_in_a_page_more_than_once():
    for drawing in (diagram("ccsi"), crowded_map(), trend(HISTORY, "95")):
        assert not re.search(r"\bid=|url\(|href|<style|style=", drawing.svg)


def test_the_alternative_text_tells_what_the_chart_shows():
    drawing = trend(HISTORY, "95")
    assert "latest 79.0, 95% interval 78.5–79.5" in drawing.alt.en
    assert "79.0" in words(drawing.localised("zh"))


def test_every_point_of_a_trend_is_told_up_to_nine():
    points = tuple(replace(one, index_0_100=one.index_0_100 + 0.3) for one in HISTORY.points)
    told = words(trend(replace(HISTORY, points=points), "95").localised("zh"))
    assert all(f"{one.index_0_100:.1f}" in told for one in points)
    many = replace(HISTORY, points=points[:1] * 9 + points)
    assert f"{points[0].index_0_100:.1f}" not in words(trend(many, "95").localised("zh"))


def test_a_name_that_looks_like_markup_is_text():
    drivers = [
        Driver(one, 0.2 + k / 10, 0.1 + k / 10, 0.3 + k / 10, 70.0 + k, 69.0 + k, 71.0 + k, True, "keep_up")
        for k, one in enumerate("AB")
    ]
    names = {"A": text.same("<b>$x_1$&"), "B": text.same("B")}
    drawing = importance_map(drivers, names, NO_DATA)
    assert "<b>$x_1$&" in words(drawing.localised("en"))


def test_a_name_that_looks_like_the_markup_of_a_chart_is_left_as_it_is():
    hostile = 'style="fill: red" id="a" url(#b) href="#c" #0f5499 <metadata></metadata>'
    drivers = [
        Driver(one, 0.2 + k / 10, 0.1 + k / 10, 0.3 + k / 10, 70.0 + k, 69.0 + k, 71.0 + k, True, "keep_up")
        for k, one in enumerate("AB")
    ]
    drawing = importance_map(drivers, {"A": text.same(f"x {hostile}"), "B": text.same("B")}, NO_DATA)
    page = pictures(drawing)
    assert [one for one in words(page) if "metadata" in one] == [f"x {hostile}"] * 2
    assert hostile in html5lib.parseFragment(page)[0][0].get("aria-label")
