"""What the site hands to the browser: tests made in Python, for every two waves that no release compares."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from ncsi.report.site.comparison import comparison
from ncsi.report.site.shelf import Figures, Moved, shelf


@pytest.fixture(scope="module")
def waves(release):
    """Three waves out of one: the second compared by its release with the first, the third with none."""
    (one,) = shelf(release.folder.parent)
    figures = {
        key: Figures(70.0 + k, 1.0, 40.0, 68.0 + k, 72.0 + k, 300) for k, key in enumerate(one.sectors)
    }
    shelved = []
    for k, wave in enumerate(("2024Q1", "2025Q1", "2026Q1")):
        own = {
            key: dataclasses.replace(
                each, index_0_100=each.index_0_100 + k * (6.0 if key == "dairy" else 0.5)
            )
            for key, each in figures.items()
        }
        changes = {"dairy": Moved("2024Q1", 6.0, 4.9, 7.1, "rose")} if wave == "2025Q1" else {}
        about = dataclasses.replace(one.about, wave=wave)
        instruments = one.instruments | ({"banks": "ccsi 9"} if wave == "2026Q1" else {})
        shelved.append(
            dataclasses.replace(one, about=about, sectors=own, changes=changes, instruments=instruments)
        )
    return shelved


def test_every_two_waves_are_tested_once_but_for_the_change_that_a_release_prints(waves):
    made = comparison(waves)
    assert {wave: list(before) for wave, before in made.pairs.items()} == {
        "2024Q1": [], "2025Q1": [], "2026Q1": ["2024Q1", "2025Q1"],
    }  # fmt: skip
    assert made.waves["2025Q1"].previous == "2024Q1"
    assert made.waves["2025Q1"].changes == {"dairy": (6.0, 4.9, 7.1, "rose")}


def test_the_page_is_given_half_the_interval_and_whether_the_change_is_significant(waves):
    pairs = comparison(waves).pairs["2026Q1"]["2024Q1"]
    assert pairs["banks"] is None
    half = stats.t.ppf(0.975, 80) * np.sqrt(2)
    assert pairs["dairy"] == (pytest.approx(half, abs=1e-4), True)
    assert pairs["schools"] == (pytest.approx(half, abs=1e-4), False)
