"""What tests of more than one room share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ncsi.spec.territory.provinces import PROVINCES, Province


@pytest.fixture
def squares() -> Callable[..., dict[str, Any]]:
    """Borders that are none: a square around each province's seat of government, and a dash far south, as GeoJSON."""

    def made(
        named: Callable[[Province], object] = lambda one: f"{one.code}0000", half: float = 1.0
    ) -> dict[str, Any]:
        features = [
            {
                "type": "Feature",
                "properties": {"adcode": named(one), "secret": "never published"},
                "geometry": {"type": "Polygon", "coordinates": [_square(one, half)]},
            }
            for one in PROVINCES
        ]
        dash = {"type": "LineString", "coordinates": [[111.8, 4.4], [112.6, 3.9]]}
        line = {"type": "Feature", "properties": {"adcode": "100000_JD"}, "geometry": dash}
        return {"type": "FeatureCollection", "features": [*features, line]}

    return made


def _square(one: Province, half: float) -> list[list[float]]:
    x, y = round(one.longitude) + 0.0, round(one.latitude) + 0.0
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    return [[*at] for at in (*corners, corners[0])]
