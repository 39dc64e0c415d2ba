"""A map comes from a file that a publisher brings, under the number it was approved by, whole or not at all."""

from __future__ import annotations

import copy
import itertools
import json
import math

import pytest

from ncsi.errors import SpecError
from ncsi.spec.building_blocks import Label
from ncsi.spec.territory import borders as borders_module
from ncsi.spec.territory import sheet as sheet_module
from ncsi.spec.territory.borders import checked_approval
from ncsi.spec.territory.provinces import PROVINCES
from ncsi.spec.territory.sheet import WIDTH, albers
from ncsi.spec.theme import load_theme

SOURCE = {"zh": "某标准地图", "en": "A standard map"}
APPROVAL = "GS(2019)1822号"


@pytest.fixture
def collection(squares):
    return squares()


@pytest.fixture
def theme(tmp_path):
    """Writes borders and a theme that names them, and loads it."""

    def loaded(collection, content=None, **keys):
        told = json.dumps(collection, ensure_ascii=False).encode() if content is None else content
        (tmp_path / "borders.geojson").write_bytes(told)
        asked = {
            "file": "borders.geojson",
            "approval": APPROVAL,
            "source": SOURCE,
            "property": "adcode",
        } | keys
        asked = {key: value for key, value in asked.items() if value is not None}
        (tmp_path / "theme.yaml").write_text(
            json.dumps({"spec": "ncsi/theme/1", "map": asked}, ensure_ascii=False), encoding="utf-8"
        )
        return load_theme(tmp_path)

    return loaded


def refused(theme, *arguments, **keys):
    with pytest.raises(SpecError) as caught:
        theme(*arguments, **keys)
    return str(caught.value)


def test_a_map_is_read_whole_and_leaves_its_hash(theme, collection):
    told = theme(collection)
    drawn = told.map
    assert (drawn.approval, drawn.source) == (APPROVAL, Label(**SOURCE))
    assert sorted(drawn.provinces) == [one.code for one in PROVINCES]
    assert len(drawn.others) == 1
    assert sorted(told.sha256) == ["theme", "theme map"]
    every = [at for rings in drawn.provinces.values() for ring in rings for at in ring]
    assert {x for x, _ in every} <= set(range(WIDTH + 1))
    assert all(0 <= y <= drawn.height for _, y in every)
    assert theme(collection).map == drawn


@pytest.mark.parametrize("written", ["code", "country", "name", "short", "number"])
def test_provinces_are_known_by_code_or_by_name(theme, squares, written):
    value = {
        "code": lambda one: one.code, "country": lambda one: f"156{one.code}0000", "name": lambda one: f"{one.zh}省",
        "short": lambda one: one.zh, "number": lambda one: int(f"{one.code}0000"),
    }[written]  # fmt: skip
    assert len(theme(squares(value)).map.provinces) == 34


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        ("GS(2019)1822号", "GS(2019)1822号"),
        ("GS（2024）0650号", "GS(2024)0650号"),
        ("GS京 (2023) 0001号", "GS京(2023)0001号"),
        ("国审字(2011)第0123号", "国审字(2011)第0123号"),
    ],
)
def test_an_approval_is_taken_as_it_is_printed(number, printed):
    assert checked_approval(number, "here") == printed


@pytest.mark.parametrize(
    "number", ["GS(19)1822号", "1822", "GS(2019)1822", "苏S(2020)001号", "GS(2019)号", "<b>GS(2019)1号"]
)
def test_what_is_no_approval_is_refused(theme, collection, number):
    told = refused(theme, collection, approval=number)
    assert "map.approval" in told
    assert "审图号" in told
    assert "标准地图服务" in told


def test_a_map_without_an_approval_is_refused_with_the_cure(theme, collection):
    for approval in (None, "", "  "):
        told = refused(theme, collection, approval=approval)
        assert "without one no map of China is published" in told
        assert "Ministry of Natural Resources" in told


def changed(collection, k, **geometry):
    made = copy.deepcopy(collection)
    made["features"][k]["geometry"] |= geometry
    return made


def ring_of(collection, k=0):
    return collection["features"][k]["geometry"]["coordinates"][0]


BYTES = {
    "no JSON": b"{", "not UTF-8": b"\xff\xfe{}", "deep": b"[" * 100_000, "a list": b"[]",
    "no features": b'{"type": "FeatureCollection"}', "nothing": b'{"type": "FeatureCollection", "features": []}',
    "a null": b'{"type": "FeatureCollection", "features": [null]}',
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_files_that_hold_no_borders_are_refused_by_name(theme, collection, name):
    assert "map.file" in refused(theme, collection, BYTES[name])


@pytest.mark.parametrize("number", ["1" * 5000, "NaN", "1e999", '"116"', "null"])
def test_numbers_that_are_no_degrees_are_refused(theme, collection, number):
    assert "map.file" in refused(theme, collection, json.dumps(collection).replace("116.0", number).encode())


def test_wrong_geometry_is_told_with_its_feature(theme, collection):
    ring = ring_of(collection)
    (x, y), *_ = ring
    wrong = [
        (changed(collection, 0, type="Point", coordinates=[x, y]), "feature 1 is a Point"),
        (changed(collection, 2, coordinates=[]), "feature 3 has an empty polygon"),
        (changed(collection, 0, coordinates=[ring[:-1]]), "a ring that is not closed"),
        (changed(collection, 0, coordinates=[[ring[0]] * 5]), "a ring without an area"),
        (changed(collection, 0, coordinates=[ring[:2]]), "fewer than 4 positions"),
        (changed(collection, 0, coordinates=[[["116", "39"]] * 5]), "not two numbers"),
        (changed(collection, 0, coordinates=[[[True, 39]] * 5]), "not two numbers"),
        (changed(collection, 0, coordinates=[[[y, x] for x, y in ring]]), "longitude before latitude"),
        (
            changed(collection, 0, coordinates=[[[x * 1e5, y * 1e5] for x, y in ring]]),
            "which is not in China",
        ),
        (changed(collection, 34, type="MultiPoint"), "feature 35 is a MultiPoint"),
        ({**collection, "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}, "EPSG::3857"),
        ({**collection, "crs": "x"}, "reference system 'None'"),
    ]
    for made, words in wrong:
        assert words in refused(theme, made)
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    assert theme({**collection, "crs": named}).map is not None


def test_a_map_lacks_no_province_and_has_none_twice_or_elsewhere(theme, collection):
    features = collection["features"]
    taiwan = next(k for k, one in enumerate(features) if one["properties"]["adcode"] == "710000")
    without = {**collection, "features": features[:taiwan] + features[taiwan + 1 :]}
    assert "the map lacks 台湾 (71)" in refused(theme, without)
    assert "北京 (11) again" in refused(theme, {**collection, "features": [*features, features[0]]})
    assert "and 28 more" in refused(theme, collection, property="gb")
    city = copy.deepcopy(features[0])
    city["properties"]["adcode"] = "110105"
    assert "110105, which is no province" in refused(theme, {**collection, "features": [*features, city]})
    swapped = copy.deepcopy(collection)
    first, last = swapped["features"][0], swapped["features"][20]
    first["geometry"], last["geometry"] = last["geometry"], first["geometry"]
    assert "not where its seat of government lies" in refused(theme, swapped)


def test_the_islands_of_the_south_china_sea_are_there_in_place_or_as_an_inset(theme, collection):
    provinces = {**collection, "features": collection["features"][:34]}
    told = refused(theme, provinces)
    assert "without the islands of the South China Sea" in told
    assert theme(collection).map.others
    hainan = next(one for one in provinces["features"] if one["properties"]["adcode"] == "460000")
    island = [[112.0, 4.0], [112.001, 4.0], [112.001, 4.001], [112.0, 4.0]]
    hainan["geometry"] = {
        "type": "MultiPolygon",
        "coordinates": [hainan["geometry"]["coordinates"], [island]],
    }
    drawn = theme(provinces).map
    assert len(drawn.provinces["46"]) == 2
    assert len(drawn.provinces["46"][1]) == 1  # smaller than a pixel, and drawn as a dot


FRAME = [[125.0, 4.0], [133.0, 4.0], [133.0, 16.0], [125.0, 16.0], [125.0, 4.0]]
AROUND = [[71.0, 1.0], [139.0, 1.0], [139.0, 55.0], [71.0, 55.0], [71.0, 1.0]]
DASH = [[128.0, 8.0], [128.5, 7.0]]


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ([], False),
        ([[[109.0, 15.0], [109.5, 14.0]]], False),  # a stray line
        ([AROUND], False),  # the frame of the whole map, or the country's outline
        ([AROUND, [[80.0, 20.0], [81.0, 20.0]]], False),
        ([FRAME], False),  # an inset without anything in it
        ([FRAME, FRAME], False),
        ([FRAME[:-1], DASH], False),  # not closed
        ([FRAME, [[124.0, 8.0], [128.0, 8.0]]], False),  # a line that leads out of it
        ([DASH, FRAME], True),
        ([[[109.5, 6.0], [110.0, 4.5]]], True),  # in its place
    ],
)
def test_other_lines_make_up_for_the_islands_only_where_they_can_show_them(theme, collection, lines, whole):
    geometry = {"type": "MultiLineString", "coordinates": lines}
    made = {**collection, "features": collection["features"][:34]}
    if lines:
        made["features"] += [{"type": "Feature", "properties": {"adcode": "100000"}, "geometry": geometry}]
    if whole:
        assert len(theme(made).map.others) == len(lines)
    else:
        assert "islands of the South China Sea" in refused(theme, made)


def test_the_frame_of_an_inset_is_found_among_many_islands_and_not_sought_for_ever(
    theme, collection, monkeypatch
):
    def island(k):
        x, y = 126.0 + k % 60 * 0.1, 20.0 + k // 60 * 0.1
        return [[x, y], [x + 0.05, y], [x, y + 0.05], [x, y]]

    looked = []
    monkeypatch.setattr(borders_module, "_STEPS", 50_000)
    monkeypatch.setattr(
        borders_module, "_within", lambda *both, real=borders_module._within: looked.append(0) or real(*both)
    )
    islands = [island(k) for k in range(1500)]
    for lines, whole in (([*islands, DASH, FRAME], True), ([*islands, DASH], False)):
        geometry = {"type": "MultiLineString", "coordinates": lines}
        drawn = {"type": "Feature", "properties": {"adcode": "100000"}, "geometry": geometry}
        made = {**collection, "features": [*collection["features"][:34], drawn]}
        if whole:
            assert len(theme(made).map.others) == len(lines)
        else:
            assert "islands of the South China Sea" in refused(theme, made)
    assert len(looked) < 500_000  # each island with each other would be 2,250,000


def test_files_lead_nowhere_else_and_have_a_bound(theme, collection, monkeypatch):
    assert "outside the workspace" in refused(theme, collection, file="../borders.geojson")
    assert "outside the workspace" in refused(theme, collection, file="/etc/passwd")
    assert "no file 'none.json'" in refused(theme, collection, file="none.json")
    monkeypatch.setattr(borders_module, "_POSITIONS", 100)
    assert "more than 100 positions" in refused(theme, collection)
    monkeypatch.setattr(borders_module, "LARGEST", 100)
    assert "MiB" in refused(theme, collection)


def test_a_file_that_is_too_detailed_is_refused_and_not_simplified(theme, collection, monkeypatch):
    monkeypatch.setattr(sheet_module, "MOST", 100)
    told = refused(theme, collection)
    assert "a page holds 100" in told
    assert "may not be simplified here" in told


def test_points_that_say_nothing_are_left_out_and_no_other(theme, collection):
    plain = theme(collection).map
    dense = copy.deepcopy(collection)
    for one in dense["features"][:34]:
        ring = one["geometry"]["coordinates"][0]
        one["geometry"]["coordinates"][0] = [at for at in ring for _ in range(3)]
    assert theme(dense).map.provinces == plain.provinces


@pytest.mark.parametrize("noise", [1e-15, -1e-15])
def test_pixels_do_not_depend_on_the_last_bits_of_a_sine(theme, collection, monkeypatch, noise):
    plain, exact = theme(collection).map, sheet_module.albers
    monkeypatch.setattr(sheet_module, "albers", lambda *at: tuple(one + noise for one in exact(*at)))
    assert theme(collection).map == plain


def test_holes_run_the_other_way(theme, collection):
    features = collection["features"]
    ring = ring_of(collection)
    (x, y) = (min(at[0] for at in ring) + 0.2, min(at[1] for at in ring) + 0.2)
    hole = [[x, y], [x + 0.4, y], [x + 0.4, y + 0.4], [x, y + 0.4], [x, y]]
    for turned in (hole, hole[::-1]):
        features[0]["geometry"]["coordinates"] = [ring, turned]
        outer, inner = theme(collection).map.provinces["11"]
        signs = [sum(a * d - c * b for (a, b), (c, d) in itertools.pairwise(one)) for one in (outer, inner)]
        assert signs[0] > 0 > signs[1]


def test_the_projection_is_the_one_of_the_book():
    """Snyder 1987, Map projections: a working manual, p. 291, the sphere."""
    x, y = albers(-75.0, 35.0, (29.5, 45.5), -96.0, 23.0)
    assert (round(x, 7), round(y, 7)) == (0.2952720, 0.2416774)
    assert albers(105.0, 30.0)[0] == 0.0
    # Equal areas: a degree by a degree, north and south.
    for latitude in (5.0, 35.0, 52.0):
        corners = [albers(110 + a * 0.01, latitude + b * 0.01) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
        area = (
            sum(a * d - c * b for (a, b), (c, d) in zip(corners, corners[1:] + corners[:1], strict=True)) / 2
        )
        step = math.radians(0.01)
        ball = step * (math.sin(math.radians(latitude + 0.01)) - math.sin(math.radians(latitude)))
        assert area == pytest.approx(ball, rel=1e-6)
