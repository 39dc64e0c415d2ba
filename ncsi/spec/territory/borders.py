"""A file of borders that a publisher brings: every province once, in degrees, under the number it was approved by.

What is drawn of China's borders has to be approved, and stays as it was approved: no feature is dropped, none is moved
or smoothed. A file that is not whole is refused.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ncsi.errors import SpecError
from ncsi.spec.brought_file import brought_file
from ncsi.spec.territory.provinces import PROVINCES, Province, by_code, by_name

LARGEST = 16 * 1024 * 1024
"""Bytes of a file."""
_POSITIONS = 1_000_000
_STEPS = 20_000_000
"""Of looking for the frame of an inset, some seconds: a map has some ten lines beside its provinces."""
_WEST, _EAST, _SOUTH, _NORTH = 70.0, 140.0, 0.0, 56.0
"""Degrees that the whole of China lies within."""
_SOUTHERN_ISLANDS = 5.0
_SOUTHERN_SEA = 105.0, 121.0
"""Latitude that a map with the islands of the South China Sea reaches, and the longitudes between which it does."""
_NEAR = 0.5
"""Degrees within which a city counts as in an area: small ones are drawn coarsely."""
_APPROVAL = re.compile(r"GS[\u4e00-\u9fff]?\((?:19|20)\d{2}\)\d{1,5}号|国审字\((?:19|20)\d{2}\)第?\d{1,5}号")
_SYSTEMS = re.compile(r"(?:EPSG:{1,2}(?:4326|4490)|OGC:(?:1\.3:)?CRS84)$")
_SERVICE = (
    "Take the map from the standard-map service (标准地图服务) of the Ministry of Natural Resources, and write the "
    "number that it was approved by"
)

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Borders:
    """Longitudes and latitudes in degrees: of each province by code the rings of its polygons, the outer one of each
    first; `others`: what else the file draws, as dashes at sea and the frame of an inset."""

    provinces: Mapping[str, tuple[tuple[Ring, ...], ...]]
    others: tuple[Ring, ...]


def checked_approval(number: str, where: str) -> str:
    """The number as it is printed, in ASCII brackets. Raises SpecError where it is none of a map of the country."""
    told = unicodedata.normalize("NFKC", number).replace(" ", "")
    if not told:
        problem = "the map has no approval number (审图号), and without one no map of China is published"
        raise SpecError(where, problem, f'{_SERVICE}, as in approval: "GS(2019)1822号"')
    if not _APPROVAL.fullmatch(told):
        problem = f"'{number[:60]}' is no approval number (审图号) of a map of the country"
        raise SpecError(where, problem, f'{_SERVICE}, as in "GS(2019)1822号" or "GS京(2023)0001号"')
    return told


def read_borders(root: Path, name: str, key: str, where: str) -> tuple[Borders, str]:
    """The file `name` of the workspace in `root` and its SHA-256. `key`: the property that holds the code or the name
    of a province; `where`: the place that names the file, for messages.

    Raises SpecError: it leads outside, is missing or too large; is no GeoJSON in degrees; lacks a province, has one
    twice or in another one's place, or leaves the islands of the South China Sea out.
    """
    cure = f"Take a map of a smaller scale, of at most {LARGEST >> 20} MiB"
    content = brought_file(root, name, where, LARGEST, cure).read_bytes()
    found = _Reading(where, key).read(_collection(content, where))
    return found, hashlib.sha256(content).hexdigest()


def _collection(content: bytes, where: str) -> list[Any]:
    """The features, which may be anything yet."""
    told: Any = None
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SpecError(where, "the file is no JSON in UTF-8", "Save it as GeoJSON") from None
    features = told.get("features") if isinstance(told, dict) else None
    if not isinstance(features, list) or told.get("type") != "FeatureCollection":
        raise SpecError(where, "the file is no FeatureCollection of GeoJSON", "Save it as GeoJSON")
    system = told.get("crs")
    named = system.get("properties") if isinstance(system, dict) else None
    label = named.get("name") if isinstance(named, dict) else None
    if system is not None and not (isinstance(label, str) and _SYSTEMS.search(label)):
        problem = f"the file is in the reference system {str(label)[:60]!r}"
        raise SpecError(where, problem, "Save it in degrees, in EPSG:4326 or CGCS2000 (EPSG:4490)")
    return features


class _Reading:
    """One file being read: what is wrong is told with the feature's number."""

    def __init__(self, where: str, key: str) -> None:
        self._where, self._key, self._left = where, key, _POSITIONS

    def read(self, features: list[Any]) -> Borders:
        found: dict[str, tuple[tuple[Ring, ...], ...]] = {}
        others: list[Ring] = []
        for number, feature in enumerate(features, 1):
            geometry = feature.get("geometry") if isinstance(feature, dict) else None
            if not isinstance(geometry, dict):
                raise self._wrong(number, "has no geometry", "Take the file as it was approved")
            one = self._province(number, feature.get("properties"))
            if one is None:
                others += self._drawn(number, geometry)
                continue
            if one.code in found:
                raise self._wrong(
                    number, f"is {one.zh} ({one.code}) again", "Join its parts to one MultiPolygon"
                )
            found[one.code] = self._polygons(number, geometry)
        self._check_whole(found, others)
        return Borders({code: found[code] for code in sorted(found)}, tuple(others))

    def _province(self, number: int, properties: Any) -> Province | None:
        """Which province a feature is by its property; None for one that names none."""
        value = properties.get(self._key) if isinstance(properties, dict) else None
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        one = by_code(text) or by_name(text)
        area = text.isascii() and text.isdigit() and len(text) == 6 and text != "100000"
        if one is None and area:
            problem = f"is {text}, which is no province"
            raise self._wrong(
                number, problem, "Take a map of the provinces, not of what they are divided into"
            )
        return one

    def _polygons(self, number: int, geometry: Mapping[str, Any]) -> tuple[tuple[Ring, ...], ...]:
        kind, coordinates = geometry.get("type"), geometry.get("coordinates")
        parts = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind))
        if not isinstance(parts, list) or not parts:
            problem = f"is a {str(kind)[:40]}, and a province is a Polygon or a MultiPolygon"
            raise self._wrong(number, problem, "Take the areas of the provinces")
        return tuple(self._rings(number, one) for one in parts)

    def _drawn(self, number: int, geometry: Mapping[str, Any]) -> Iterator[Ring]:
        """The lines of a feature that is no province."""
        kind, coordinates = str(geometry.get("type")), geometry.get("coordinates")
        if kind == "LineString":
            yield self._line(number, coordinates, 2)
        elif kind == "MultiLineString" and isinstance(coordinates, list):
            yield from (self._line(number, one, 2) for one in coordinates)
        elif kind in ("Polygon", "MultiPolygon"):
            for rings in self._polygons(number, geometry):
                yield from rings
        else:
            raise self._wrong(number, f"is a {kind[:40]}", "Keep lines and areas alone, and all of them")

    def _rings(self, number: int, rings: Any) -> tuple[Ring, ...]:
        if not isinstance(rings, list) or not rings:
            raise self._wrong(number, "has an empty polygon", "Take the file as it was approved")
        made = tuple(self._line(number, one, 4) for one in rings)
        for one in made:
            if one[0] != one[-1]:
                raise self._wrong(number, "has a ring that is not closed", "End each ring where it begins")
            if math.isclose(_area(one), 0.0, abs_tol=1e-12):
                raise self._wrong(number, "has a ring without an area", "Take the file as it was approved")
        return made

    def _line(self, number: int, positions: Any, least: int) -> Ring:
        if not isinstance(positions, list) or len(positions) < least:
            raise self._wrong(number, f"has a line of fewer than {least} positions", "Save it as GeoJSON")
        self._left -= len(positions)
        if self._left < 0:
            problem = f"the file has more than {_POSITIONS:,} positions"
            raise SpecError(self._where, problem, "Take a map of a smaller scale")
        return tuple(self._position(number, one) for one in positions)

    def _position(self, number: int, given: Any) -> tuple[float, float]:
        fits = isinstance(given, list) and 2 <= len(given) <= 4
        if not fits or not all(type(one) in (int, float) for one in given[:2]):
            raise self._wrong(number, "has a position that is not two numbers", "Save it as GeoJSON")
        x, y = given[:2]
        if not (_WEST <= x <= _EAST and _SOUTH <= y <= _NORTH):
            problem = f"has the position {str(x)[:20]}, {str(y)[:20]}, which is not in China"
            raise self._wrong(number, problem, "Save it in degrees, longitude before latitude")
        return float(x), float(y)

    def _check_whole(self, found: Mapping[str, tuple[tuple[Ring, ...], ...]], others: list[Ring]) -> None:
        lacking = [one for one in PROVINCES if one.code not in found]
        if lacking:
            names = ", ".join(f"{one.zh} ({one.code})" for one in lacking[:6])
            more = f" and {len(lacking) - 6} more" if len(lacking) > 6 else ""
            cure = f"A map shows all 34. Is '{self._key}' the property that holds their codes or names?"
            raise SpecError(self._where, f"the map lacks {names}{more}", cure)
        for one in PROVINCES:
            if not any(_reaches(rings, one.longitude, one.latitude) for rings in found[one.code]):
                problem = f"the area of {one.zh} ({one.code}) is not where its seat of government lies"
                cure = f"Is '{self._key}' the property that holds codes or names of these areas?"
                raise SpecError(self._where, problem, cure)
        own = [ring for parts in found.values() for rings in parts for ring in rings]
        drawn = [at for ring in (*own, *filter(_holds_no_seat, others)) for at in ring]
        west, east = _SOUTHERN_SEA
        if not any(y <= _SOUTHERN_ISLANDS and west <= x <= east for x, y in drawn) and not _has_inset(others):
            problem = (
                f"the map ends at {min(y for _, y in drawn):.1f}° N, without the islands of the South China Sea, "
                "and no frame of an inset has a line in it"
            )
            raise SpecError(self._where, problem, f"{_SERVICE}; it shows them in their place or in an inset")

    def _wrong(self, number: int, problem: str, cure: str) -> SpecError:
        return SpecError(self._where, f"feature {number} {problem}", cure)


def _area(ring: Ring) -> float:
    """Twice the area that a ring goes around, in square degrees; negative where it runs clockwise."""
    x, y = ring[0]
    pairs = itertools.pairwise(ring)
    return math.fsum((a - x) * (d - y) - (c - x) * (b - y) for (a, b), (c, d) in pairs)


def _holds_no_seat(ring: Ring) -> bool:
    """Not a frame of the whole map, nor an outline of the country or of a province: those hold a seat of government."""
    if ring[0] != ring[-1]:
        return True
    box = _box(ring)
    held = (one for one in PROVINCES if _within((one.longitude, one.latitude) * 2, box))
    return not any(_crossed(ring, one.longitude, one.latitude) for one in held)


def _has_inset(others: list[Ring]) -> bool:
    """Whether one of the lines is a closed frame beside the country, and another one lies in it; large frames are
    looked at first, and what is not found in so many steps is not there."""
    boxed = sorted(((ring, _box(ring)) for ring in others), key=lambda one: _extent(one[1]), reverse=True)
    left = _STEPS
    for frame, around in boxed:
        if frame[0] != frame[-1] or not _holds_no_seat(frame):
            continue
        for line, box in boxed:
            left -= 1
            if line is not frame and _within(box, around):
                inside = 0
                while inside < len(line) and left > 0 and _crossed(frame, *line[inside]):
                    inside, left = inside + 1, left - len(frame)
                if inside == len(line):
                    return True
                left -= len(frame)
            if left <= 0:
                return False
    return False


def _box(ring: Ring) -> tuple[float, float, float, float]:
    """West, south, east and north of a line."""
    x, y = zip(*ring, strict=True)
    return min(x), min(y), max(x), max(y)


def _extent(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _within(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] >= other[0] and one[1] >= other[1] and one[2] <= other[2] and one[3] <= other[3]


def _crossed(ring: Ring, x: float, y: float) -> bool:
    """Whether a line from a point to the east crosses a ring an odd number of times: it lies in it."""
    return sum(_crosses(a, b, x, y) for a, b in itertools.pairwise(ring)) % 2 == 1


def _crosses(one: tuple[float, float], two: tuple[float, float], x: float, y: float) -> bool:
    (a, b), (c, d) = one, two
    return (b > y) != (d > y) and x < a + (y - b) / (d - b) * (c - a)


def _reaches(rings: tuple[Ring, ...], x: float, y: float) -> bool:
    """Whether a point lies in a polygon or near its edge: a line from it to the east crosses the rings an odd number of
    times."""
    odd = False
    for ring in rings:
        for (a, b), (c, d) in itertools.pairwise(ring):
            if math.hypot(a - x, b - y) < _NEAR:
                return True
            if _crosses((a, b), (c, d), x, y):
                odd = not odd
    return odd
