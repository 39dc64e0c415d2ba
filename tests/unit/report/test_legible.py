"""Colours: enough contrast, told apart by colour-blind readers, and never the only bearer of a meaning."""

import itertools
import re

import pytest

from ncsi.report import text
from ncsi.report.chart_data import ChartData
from ncsi.report.content import national, sector
from ncsi.report.figures import drawing as palette
from ncsi.report.figures import importance_map
from ncsi.report.result_rows import Driver

LINEAR = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""


def linear(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    return [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]


def luminance(colour):
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(colour, sight):
    rgb = [sum(row[k] * linear(colour)[k] for k in range(3)) for row in LINEAR[sight]]
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [
        sum(row[k] * rgb[k] for k in range(3)) / white
        for row, white in zip(matrix, (0.9505, 1, 1.089), strict=True)
    ]
    x, y, z = (max(one, 0) ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in xyz)
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


@pytest.mark.parametrize("colour", [palette.INK, palette.MUTED, palette.BLUE, palette.RED])
@pytest.mark.parametrize("ground", [palette.PAPER, palette.PALE, palette.PINK])
def test_text_and_lines_stand_out_from_every_ground(colour, ground):
    assert contrast(colour, ground) >= 4.5


@pytest.mark.parametrize("sight", LINEAR)
def test_colours_that_mean_something_differ_to_every_reader(sight):
    for a, b in itertools.combinations((palette.BLUE, palette.RED, palette.MUTED), 2):
        distance = sum((p - q) ** 2 for p, q in zip(lab(a, sight), lab(b, sight), strict=True)) ** 0.5
        assert distance > 12, (a, b)


def test_a_change_that_is_coloured_has_its_sign_too(tables, spec):
    nation = national(tables, spec)
    sectors = [sector(tables, spec, one.id) for one in spec.wave.sectors]
    rows = [
        *nation.ranking,
        *nation.latents,
        *(row for one in sectors for row in (*one.brands, *one.constructs)),
    ]
    coloured = [row for row in rows if row.tone]
    assert coloured
    assert all(re.match(r"[+−]\d", row.change) and row.star == "*" for row in coloured)


def test_a_quadrant_has_its_own_mark_beside_its_colour():
    drivers = [
        Driver(one, 0.2 + k / 10, 0.1 + k / 10, 0.3 + k / 10, 70.0 + k, 69.0 + k, 71.0 + k, True, one)
        for k, one in enumerate(("improve_first", "keep_up", "low_priority"))
    ]
    names = {one.construct: text.same(one.construct) for one in drivers}
    drawing = importance_map(drivers, names, ChartData((), ()))
    marks = re.findall(
        r'<(circle|polygon)[^>]*?(?: points="([^"]*)")? fill="(#\w+)" stroke="\3"', drawing.svg
    )
    shapes = {colour: outline_of(kind, points) for kind, points, colour in marks}
    assert set(shapes) == {palette.RED, palette.BLUE, palette.MUTED}
    assert len(marks) == len(set(shapes.values())) == 3


def outline_of(kind, points):
    """A mark's form, wherever it stands."""
    corners = [tuple(map(float, one.split(","))) for one in points.split()]
    return kind, tuple((round(x - corners[0][0]), round(y - corners[0][1])) for x, y in corners)
