"""Control charts as a phone shows them: the newest value and the names below stay inside."""

import re
from itertools import pairwise

import pytest

from ncsi.report.chart_data import ChartData, Control, ControlPoint
from ncsi.report.figures import control
from ncsi.report.text import Pair, same


def told(n):
    points = tuple(
        ControlPoint(
            label=same(f"24-{k + 1:02}"), value=3 + k % 2, low=2.0, centre=3.5, high=5.0, base=k < 3, season=False,
            signal=k == n - 1, broken=False,
        )
        for k in range(n)
    )  # fmt: skip
    return Control(points=points, line=3.2, percent=False, alt=Pair("图", "chart"), data=ChartData((), ()))


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("n", [2, 13, 40])
def test_names_stand_apart_and_the_newest_value_inside(n, narrow):
    svg = control(told(n), narrow=narrow).localised("en")
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    texts = re.findall(r'<text x="([\d.]+)"[^>]*font-size="([\d.]+)"[^>]*>([^<]+)<', svg)
    names = [(float(x), float(size)) for x, size, words in texts if words.startswith("24-")]
    newest = max(float(x) for x, _, words in texts if not words.startswith("24-"))
    assert newest + 45 <= width
    assert len(names) >= 2
    for (x, size), (following, _) in pairwise(names):
        assert following - x >= 5 * 0.5 * size
