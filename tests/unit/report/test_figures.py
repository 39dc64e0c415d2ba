"""Charts: the same bytes, texts in the language asked for, nothing drawn over anything else."""

import re
from dataclasses import replace
from itertools import combinations

import html5lib
import pytest

from ncsi.report import documents, publish_release, text
from ncsi.report.chart_data import ChartData, Trend, TrendPoint
from ncsi.report.embedded_figure import pictures
from ncsi.report.figures import importance_map, path_diagram, settings, trend
from ncsi.report.figures.paths import _TALL, _layout
from ncsi.report.result_rows import Driver, PathEstimate
from ncsi.spec import load_instrument, load_sectors

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
    with settings():
        values = dict.fromkeys(instrument.construct_ids, "78.4")
        return path_diagram(instrument, paths_of(instrument), values, NO_DATA)


def words(svg):
    return [
        "".join(one.itertext())
        for one in html5lib.parseFragment(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_boxes_stand_apart_and_leave_room_for_a_coefficient(preset):
    instrument = load_instrument(preset)
    layout = _layout(instrument)
    assert set(layout.places) == set(instrument.construct_ids)
    for (x, y), (u, v) in combinations(layout.places.values(), 2):
        assert abs(x - u) >= layout.width + 0.9 or abs(y - v) >= _TALL + 0.9
    assert all(layout.width / 2 <= x <= 17 - layout.width / 2 for x, _ in layout.places.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_the_path_diagram_shows_every_coefficient_once(preset):
    shown = words(diagram(preset).localised("en", "p"))
    expected = [text.number(one.estimate, 2) for one in paths_of(load_instrument(preset))]
    assert sorted(one for one in shown if re.fullmatch(r"−?\d\.\d\d", one)) == sorted(expected)
    assert shown.count("78.4") == len(load_instrument(preset).constructs)


def test_each_language_shows_its_own_texts_and_both_shows_both():
    drawing = diagram("ccsi")
    zh, en, both = (" ".join(words(drawing.localised(one, "p"))) for one in ("zh", "en", "both"))
    assert "感知质量" in zh
    assert "Perceived quality" not in zh
    assert "Perceived quality" in en
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert "感知质量" in both
    assert "Perceived quality" in both
    assert "«" not in zh + en + both


def test_the_same_chart_has_the_same_bytes_and_no_date():
    first, second = diagram("fmcg"), diagram("fmcg")
    assert first == second
    assert "<dc:date>" not in first.svg


def test_a_chart_is_drawn_once_for_the_page_and_every_pdf(invented, tmp_path, monkeypatch):
    drawn = []
    for name in ("path_diagram", "importance_map"):
        one = getattr(documents, name)
        monkeypatch.setattr(
            documents, name, lambda *given, one=one, name=name: drawn.append(name) or one(*given)
        )
    spec = replace(invented.release_spec(("schools",)), editions=("both", "zh", "en"))
    made = publish_release(invented.result_tables(spec), spec, tmp_path / "r")
    assert len([name for name in made.files if name.startswith("sectors/schools.")]) == 4
    assert sorted(drawn) == ["importance_map", "path_diagram"]


def test_a_prefix_keeps_the_ids_of_two_charts_apart():
    one, two = (
        set(re.findall(r'\bid="([^"]+)"', diagram("ccsi").localised("en", name))) for name in ("a", "b")
    )
    assert one
    assert not one & two


def test_the_alternative_text_tells_what_the_chart_shows():
    with settings():
        drawing = trend(HISTORY, "95")
    assert "latest 79.0, 95% interval 78.5–79.5" in drawing.alt.en
    assert "79.0" in words(drawing.localised("zh", "t"))


def test_a_name_that_looks_like_markup_is_text():
    drivers = [
        Driver(one, 0.2 + k / 10, 0.1 + k / 10, 0.3 + k / 10, 70.0 + k, 69.0 + k, 71.0 + k, True, "keep_up")
        for k, one in enumerate("AB")
    ]
    names = {"A": text.same("<b>$x_1$&"), "B": text.same("B")}
    with settings():
        drawing = importance_map(drivers, names, NO_DATA)
    assert "<b>$x_1$&" in words(drawing.localised("en", "m"))


def test_a_name_that_looks_like_the_markup_of_a_chart_is_left_as_it_is():
    hostile = 'style="fill: red" id="a" url(#b) href="#c" #0f5499 <metadata></metadata>'
    drivers = [
        Driver(one, 0.2 + k / 10, 0.1 + k / 10, 0.3 + k / 10, 70.0 + k, 69.0 + k, 71.0 + k, True, "keep_up")
        for k, one in enumerate("AB")
    ]
    with settings():
        drawing = importance_map(drivers, {"A": text.same(f"x {hostile}"), "B": text.same("B")}, NO_DATA)
    page = pictures(drawing, "map")
    assert [one for one in words(page) if "metadata" in one] == [f"x {hostile}"] * 2
    assert hostile in html5lib.parseFragment(page)[0][0].get("aria-label")
