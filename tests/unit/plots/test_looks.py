"""How charts look: as they did when they were looked at, and no text over another or cut off, 4 inches wide.

`python tests/unit/plots/test_looks.py [NAME…]` draws the pictures to compare with anew; look at them before you commit
them.
"""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.font_manager import get_font
from PIL import Image

import ncsi
from ncsi.palette import DARK, LIGHT
from ncsi.plots.theme import contrast
from ncsi.survey.size import Setting

BASELINE = Path(__file__).parent / "baseline"
DPI, TILE = 50, 5
SAME = 5.0
"""Root mean square of the tiles' differences, of 255: letters drawn by another processor differ by less than 1."""
CHARTS = {
    "answers": lambda r, **how: ncsi.plot(
        r.fit, "answers", items=["QUA1", "QUA2", "QUA3", "SAT1", "SAT2"], **how
    ),
    "bottleneck": lambda r, **how: ncsi.plot(r.conditions, "bottleneck", **how),
    "ceiling": lambda r, **how: ncsi.plot(r.conditions, construct="Quality", **how),
    "chains": lambda r, **how: ncsi.plot(r.mediation, most=8, **how),
    "densities": lambda r, **how: ncsi.plot(r.boot, "densities", **how),
    "differences": lambda r, **how: ncsi.plot(r.groups, **how),
    "drivers": lambda r, **how: ncsi.plot(r.boot, "drivers", **how),
    "floodlight": lambda r, **how: ncsi.plot(r.conditional, "floodlight", instrument=r.inst, **how),
    "loadings": lambda r, **how: ncsi.plot(r.boot, "loadings", **how),
    "missing": lambda r, **how: ncsi.plot(r.gaps, "missing", instrument=r.inst, **how),
    "paths": lambda r, **how: ncsi.plot(r.boot, "paths", **how),
    "power": lambda _, **how: ncsi.plot(Setting(sd=20, deff=1.4), **how),
    "ranking": lambda r, **how: ncsi.plot(r.boot, "ranking", **how),
    "residuals": lambda r, **how: ncsi.plot(r.fit, "residuals", **how),
    "segments": lambda r, **how: ncsi.plot(r.boot, "segments", **how),
    "shares": lambda r, **how: ncsi.plot(r.shares, **how),
    "slopes": lambda r, **how: ncsi.plot(r.moderated, **how),
    "trend": lambda r, **how: ncsi.plot(r.waves, **how),
    "weights": lambda r, **how: ncsi.plot(r.raked, before=r.survey["weight"], **how),
    "classes": lambda r, **how: ncsi.plot(r.mixtures, **how),
    "class_paths": lambda r, **how: ncsi.plot(r.mixtures, "class_paths", k=2, **how),
    "tree": lambda r, **how: ncsi.plot(r.tree, **how),
    "tetrads": lambda r, **how: ncsi.plot(r.tetrads, **how),
    "composition": lambda r, **how: ncsi.plot(r.micom, **how),
    "impact": lambda r, **how: ncsi.plot(r.impact, **how),
    "prediction": lambda r, **how: ncsi.plot(r.predicted, **how),
    "losses": lambda r, **how: ncsi.plot(r.losses, **how),
    "decomposition": lambda r, **how: ncsi.plot(r.why, **how),
    "within": lambda r, **how: ncsi.plot(r.within, **how),
    "cohorts": lambda r, **how: ncsi.plot(r.cohorts, **how),
    "covariances": lambda r, **how: ncsi.plot(r.covariances, **how),
    "covariance_residuals": lambda r, **how: ncsi.plot(r.covariances, "residuals", show="z", **how),
    "copula": lambda r, **how: ncsi.plot(r.copula, **how),
    "congruence": lambda r, **how: ncsi.plot(r.congruence, **how),
    "ordinal": lambda r, **how: ncsi.plot(r.ordinal, **how),
    "corners": lambda r, **how: ncsi.plot(r.corners, construct="Quality", **how),
    "levels": lambda r, **how: ncsi.plot(r.levels, **how),
    "support": lambda r, **how: ncsi.plot(r.choice, **how),
    "wald": lambda r, **how: ncsi.plot(r.wald, **how),
    "omnibus": lambda r, **how: ncsi.plot(r.omnibus, **how),
}
TALL = {
    "congruence",
    "support",
    "covariance_residuals",
    "prediction",
    "losses",
    "impact",
    "class_paths",
    "loadings",
    "missing",
    "residuals",
    "densities",
}
TITLES = {"en": "What was found, with its limit", "zh": "发现及其限度"}


WAYS = ("looked at", "otherwise")


def drawn(results, name, way="looked at"):
    """The chart 4 inches wide: as it was looked at, or in the other language on a figure that lays nothing out. Every
    other chart was looked at in Chinese, every third in dark, so new ones are added at the end."""
    if (name, way) not in results.drawn:
        at = list(CHARTS).index(name)
        lang = "zh" if (at % 2 == 1) == (way == "looked at") else "en"
        engine, dark = ("constrained", at % 3 == 0) if way == "looked at" else (None, False)
        tall = 4.0 if name in TALL else 3.0
        _, ax = plt.subplots(figsize=(4, tall), layout=engine)
        CHARTS[name](results, ax=ax, lang=lang, dark=dark, title=TITLES[lang])
        results.drawn[name, way] = ax
    return results.drawn[name, way]


def shown(ax):
    """The texts that are drawn; labels of ticks beyond the limits are kept by matplotlib, but not drawn."""
    beyond = set()
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = min(limits) - 1e-9, max(limits) + 1e-9
        beyond |= {id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    found = [one for one in ax.findobj(plt.Text) if one.get_text().strip() and one.get_visible()]
    return [one for one in found if id(one) not in beyond]


def picture(ax):
    """The figure in grey."""
    figure = ax.figure
    figure.set_dpi(DPI)
    figure.canvas.draw()
    return np.asarray(Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("L"), dtype=float)


def apart(one, other):
    """How far two pictures are apart, by the means of small tiles, in which a letter's edge does not count."""
    if one.shape != other.shape:
        return float("inf")
    high, wide = (size // TILE for size in one.shape)
    gap = (one - other)[: high * TILE, : wide * TILE].reshape(high, TILE, wide, TILE).mean(axis=(1, 3))
    return float(np.sqrt((gap**2).mean()))


def baseline(name):
    return np.asarray(Image.open(BASELINE / f"{name}.png").convert("L"), dtype=float)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_looks_as_it_did(results, name):
    assert apart(picture(drawn(results, name)), baseline(name)) < SAME


def test_another_chart_and_a_moved_mark_look_otherwise(results):
    ax = ncsi.plot(results.boot, "ranking")
    before = picture(ax)
    assert apart(baseline("trend"), baseline("ranking")) > 3 * SAME
    for line in ax.lines:
        line.set_ydata(np.asarray(line.get_ydata()) + 1)
    assert apart(picture(ax), before) > SAME


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CHARTS)
def test_no_text_meets_another_or_is_cut_off(results, name, way):
    ax = drawn(results, name, way)
    ax.figure.draw_without_rendering()
    boxes = [(one.get_text(), one.get_window_extent()) for one in shown(ax)]
    whole = ax.figure.bbox.padded(1)
    cut = [
        words
        for words, box in boxes
        if box.x0 < whole.x0 or box.x1 > whole.x1 or box.y0 < whole.y0 or box.y1 > whole.y1
    ]
    assert cut == []
    met = [
        (a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.padded(-1).overlaps(other.padded(-1))
    ]
    assert met == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CHARTS)
def test_every_character_is_drawn_by_our_own_font(results, name, way):
    texts = shown(drawn(results, name, way))
    assert len(texts) > 3
    for one in texts:
        path = one.get_fontproperties().get_file()
        assert path is not None, one.get_text()
        known = get_font(path).get_charmap()
        assert [c for c in one.get_text() if c != "\n" and ord(c) not in known] == []


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_text_can_be_read(palette):
    for colour in (palette.ink, palette.muted, palette.blue, palette.red):
        assert contrast(colour, palette.paper) >= 4.5
    for ground in (palette.pale, palette.pink, palette.zone):
        assert contrast(palette.ink, ground) >= 4.5
        assert contrast(palette.muted, ground) >= 3.0
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_pages_and_charts_have_one_theme():
    css = (Path(ncsi.__file__).parent / "report" / "templates" / "page.css").read_text(encoding="utf-8")
    dark = dict(
        re.findall(r"--(\w+):(#[0-9a-f]{6})", css.partition("[data-theme=dark]{")[2].partition("}")[0])
    )
    names = {"ink": "ink", "muted": "muted", "grid": "line", "blue": "blue", "pale": "range", "red": "red",
             "pink": "pink", "paper": "paper"}  # fmt: skip
    assert {one: dark[other] for one, other in names.items()} == {one: getattr(DARK, one) for one in names}


def main():
    """All charts, or those that are named."""
    import sys

    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import Results

    made = Results()
    BASELINE.mkdir(exist_ok=True)
    for name in sys.argv[1:] or CHARTS:
        found = picture(drawn(made, name)).astype(np.uint8)
        Image.fromarray(found).quantize(16).save(BASELINE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
