"""Places in as few bytes as hold them."""

from __future__ import annotations

import numpy as np
import pytest

from ncsi.arrays import narrowest


@pytest.mark.parametrize("kind", [np.int16, np.int32])
def test_a_kind_is_left_for_the_next_when_its_last_place_is_taken(kind):
    places = int(np.iinfo(kind).max) + 1
    assert narrowest(places) == kind
    assert narrowest(places + 1) == np.dtype(f"i{2 * np.dtype(kind).itemsize}")
    assert np.array([places - 1, -1]).astype(narrowest(places)).tolist() == [places - 1, -1]


def test_nothing_is_held_in_less_than_two_bytes():
    assert narrowest(0) == narrowest(1) == np.int16
