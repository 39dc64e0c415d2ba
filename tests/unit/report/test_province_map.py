"""Provinces on a map that the publisher brings: what it shows, what is printed under it, what it must not carry."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape
from pypdf import PdfReader

from ncsi.report import content, html
from ncsi.report.content.provinces import PROVINCES
from ncsi.report.content.sections import shown_of_nation
from ncsi.report.documents import _ATTACHED, write_national
from ncsi.report.figures import province_map, provinces
from ncsi.report.pages import words
from ncsi.report.text import phrase, same
from ncsi.report.woff import require_glyphs
from ncsi.spec.building_blocks import Label
from ncsi.spec.territory.borders import read_borders
from ncsi.spec.territory.sheet import MOST, WIDTH, ProvinceMap, on_sheet

SHOWN = 14


@pytest.fixture
def borders(squares, tmp_path) -> ProvinceMap:
    (tmp_path / "b.json").write_text(json.dumps(squares()), encoding="utf-8")
    found, digest = read_borders(tmp_path, "b.json", "adcode", "here")
    return on_sheet(
        found, "GS(2019)1822号", Label(zh="标准地图服务", en="Standard map service"), digest, "here"
    )


@pytest.fixture
def of_provinces(tables, spec, borders, provinces_in_areas):
    """Tables and a release whose areas are provinces: one above, one below, one withheld, one too small to be a row,
    one of few."""
    made, wave = provinces_in_areas(SHOWN, more=1)
    cells = made["out_index_by_subgroup"]
    of_few = (cells["dimension"] == "province") & (cells["subgroup"] == PROVINCES[2].code)
    cells = cells.assign(n_eff=cells["n_eff"].mask(of_few, 30.0))
    few = (
        cells[cells["index_0_100"].isna()]
        .head(1)
        .assign(dimension="province", subgroup=wave.background["province"].values[SHOWN].id)
    )
    return {**made, "out_index_by_subgroup": pd.concat([cells, few])}, replace(
        spec, wave=wave, province_map=borders
    )


def grounds(drawing):
    return re.findall(r'<path d="[^"]*" fill="([^"]+)"', drawing.svg)


def test_the_map_shows_what_the_tiles_say_and_no_more(of_provinces, borders):
    told = content.national(*of_provinces).story.areas[0]
    drawing = province_map(borders, told.tiles, told.on_the_map, told.data)
    filled = grounds(drawing)
    assert len(filled) == 35
    assert (filled.count("#0f5499"), filled.count("#f6e3e1"), filled.count("#dbe8f5")) == (1, 1, SHOWN - 3)
    assert filled.count("#fffffe") == 34 - SHOWN + 1
    assert drawing.svg.count("<polygon") == 2
    assert drawing.svg.count("<circle") == 2  # one withheld, one of which there is no row
    assert drawing.texts == ()
    assert told.data.rows  # what readers download is the tiles
    first, last = PROVINCES[0].name, PROVINCES[SHOWN - 1].name
    assert f"显著高于其余各省（区、市）均值：{first.zh}" in told.on_the_map.zh
    assert f"significantly below: {last.en}" in told.on_the_map.en
    assert f"{PROVINCES[1].name.zh}、{PROVINCES[SHOWN].name.zh}" in told.on_the_map.zh


def test_every_mark_stands_in_its_province(of_provinces, borders):
    told = content.national(*of_provinces).story.areas[0]
    drawing = province_map(borders, told.tiles, told.on_the_map, told.data)
    rings = borders.provinces[PROVINCES[0].code][0]
    points = [
        tuple(map(float, at.split(","))) for at in re.search(r'points="([^"]+)"', drawing.svg)[1].split()
    ]
    x, y = (sum(one[k] for one in points) / 3 for k in (0, 1))
    assert min(a for a, _ in rings) < x < max(a for a, _ in rings)
    assert min(b for _, b in rings) < y < max(b for _, b in rings)


def lowest(document, words):
    """Points above the lower edge of the page, of the lowest line with these words on any page."""
    found = []

    def look(text, move, matrix, *_):
        if words in text:
            found.append(move[5] + move[3] * matrix[5])

    for page in PdfReader(document).pages:
        page.extract_text(visitor_text=look)
    return min(found)


def test_page_embed_and_print_carry_number_and_source(of_provinces, borders, tmp_path):
    made, release = of_provinces
    page = shown_of_nation(content.national(made, release), ())
    require_glyphs({"national report": words(page)})
    (tmp_path / "data").mkdir()
    (tmp_path / "datapackage.json").write_text("{}")
    for name in _ATTACHED:
        (tmp_path / "data" / f"{name}.csv").write_text("a\n")
    write_national(page, "", tmp_path, borders=borders)
    shown = (tmp_path / "index.html").read_text(encoding="utf-8")
    framed = (tmp_path / "embed" / "index-provinces-1.html").read_text(encoding="utf-8")
    for one in (shown, framed):
        assert "审图号：GS(2019)1822号" in one
        assert "标准地图服务" in one
        assert "secret" not in one
        assert one.count('<path d="M') == 35  # one drawing for both languages
        assert "▲ 显著高于其余各省（区、市）均值</span>" in one.replace('<span lang="zh-CN">', "")
        assert "省（区、市）指数（地图）" in one
    tiles = (tmp_path / "embed" / "index-tiles-1.html").read_text(encoding="utf-8")
    assert "省（区、市）指数</span>" in tiles
    for one in (framed, tiles):  # measure, reference and correction leave the page with the chart
        assert "▼ 显著低于其余各省（区、市）均值（经Holm校正）" in one
        assert "below the mean of the other provinces (after Holm)" in one
        assert "方格" not in one  # of which a frame has none
        assert "参考" in one
    for one in (shown, tiles):
        assert one.count(" few c") == 1
        assert f'<li class="level few c{PROVINCES[2].column} r{PROVINCES[2].row}"><b>' in one
        assert "虚线框：参考，有效样本量不足200" in one
        assert "Dashed: indicative" in one
    assert shown.index('id="chart-provinces-1"') < shown.index('id="chart-tiles-1"')
    for ending in (".pdf", ".zh.pdf", ".en.pdf"):
        printed = "".join(one.extract_text() for one in PdfReader(tmp_path / f"national{ending}").pages)
        assert "GS(2019)1822号" in printed
        assert ("Dashed: indicative" if ending == ".en.pdf" else "虚线框：参考") in printed
        assert (
            lowest(tmp_path / f"national{ending}", "▲") > 2 / 2.54 * 72
        )  # above the foot: the page holds it all


def test_an_island_of_a_pixel_has_a_length_that_a_canvas_draws(of_provinces, borders):
    told = content.national(*of_provinces).story.areas[0]
    small = {**borders.provinces, "46": (*borders.provinces["46"], ((5, 7),))}
    drawn = province_map(replace(borders, provinces=small), told.tiles, told.on_the_map, told.data).svg
    assert drawn.count("M5 7h.01") == 2  # in its province, and as a dot
    assert not re.search(r"h0(?![.\d])", drawn)


def test_the_map_is_told_in_each_language_alone(of_provinces, borders):
    told = content.national(*of_provinces).story.areas[0]
    shown = html._drawn(province_map(borders, told.tiles, told.on_the_map, told.data))
    assert '<svg aria-hidden="true"' in shown
    assert "aria-label" not in shown
    for tag, alt in (("zh-CN", told.on_the_map.zh), ("en", told.on_the_map.en)):
        assert f'<span lang="{tag}">{escape(alt)}</span>' in shown
    assert "未调查的有" in told.on_the_map.zh


def test_without_a_file_there_is_no_map(of_provinces):
    made, release = of_provinces
    page = content.national(made, replace(release, province_map=None))
    assert not page.story.areas[0].approval.zh
    assert page.story.areas[0].tiles
    assert "审图号" not in words(page)


def test_the_most_detailed_map_leaves_the_page_within_its_budget(of_provinces, borders):
    """As many points as a sheet may keep, of a coast without any regularity."""
    told = content.national(*of_provinces).story.areas[0]
    drawn = np.random.default_rng(1)
    steps = MOST // 34
    rough = {}
    for code in borders.provinces:
        x, y = int(drawn.integers(WIDTH)), int(drawn.integers(borders.height))
        ring = [(x, y)]
        for _ in range(steps - 2):
            x, y = x + int(drawn.integers(-1, 3)), y + int(drawn.integers(-2, 3))
            ring.append((x, y))
        rough[code] = ((*ring, ring[0]),)
    drawing = province_map(replace(borders, provinces=rough), told.tiles, told.on_the_map, told.data)
    markup = str(html._drawn(drawing))
    # The national page of 27 sectors has 42 kB without it, and its budget is 250.
    assert len(gzip.compress(markup.encode(), 9)) < 100_000


def test_a_mark_is_placed_in_a_province_of_thousands_of_parts(of_provinces, borders, monkeypatch):
    looked, real = [], provinces._spans
    monkeypatch.setattr(provinces, "_spans", lambda *one, **along: looked.append(0) or real(*one, **along))
    told = content.national(*of_provinces).story.areas[0]
    parts = tuple(
        ((x, 0), (x + 50, 0), (x + 50, 600), (x, 600), (x, 0)) for x in (k * 7 % 900 for k in range(400))
    )
    made = replace(borders, provinces={**borders.provinces, PROVINCES[0].code: parts})
    province_map(made, told.tiles, told.on_the_map, told.data)
    assert len(looked) < 48 * 17 * sum(one.state in ("above", "below") or one.hidden for one in told.tiles)


def test_borders_are_said_to_be_unaltered_but_for_their_rounding():
    told = phrase("map_approval", number="GS(2024)0650", source=same("x"))
    assert ("取整" in told.zh, "rounded" in told.en) == (True, True)
