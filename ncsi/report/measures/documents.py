"""The documents of a measure: HTML and PDF of its page, and of each unit's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ncsi.report.chart_data import Control
from ncsi.report.documents import ENDINGS
from ncsi.report.embeds import write_page
from ncsi.report.figures import Drawing, control, letters_of, small_trend, trend
from ncsi.report.html import page
from ncsi.report.measures.heading import unit_file
from ncsi.report.measures.pages import MeasureChart, MeasurePage, MeasurePages
from ncsi.report.pdf import pdf

UNITS = "units"
"""Folder of the pages of single units."""
CERTIFICATES = "certificates"
"""Folder of the certificates of grades, each a file named by its SHA-256."""


def measure_jobs(pages: MeasurePages, fonts: str) -> list[Callable[[Path], None]]:
    """What writes each document into the folder of a release; its data lie there already."""
    return [
        partial(write_measure, pages.main, fonts, pages.folder),
        *(partial(write_measure, one, fonts, f"{pages.folder}/{UNITS}".lstrip("/")) for one in pages.units),
    ]


def write_measure(one: MeasurePage, fonts: str, inside: str, release: Path) -> None:
    """`index.html` and its PDF, with its tables attached, or `<unit>.html` and its PDF, in the editions asked for."""
    place = release / inside
    place.mkdir(parents=True, exist_ok=True)
    drawings = {chart.id: _drawing(chart, one) for chart in one.charts}
    name = unit_file(one.unit) if one.unit else one.file
    where = f"{inside}/{name}.html".lstrip("/")
    narrow = {f"narrow-{chart.id}": _drawing(chart, one, narrow=True) for chart in one.charts}
    write_page(release, where, page("measure.html.j2", one, drawings | narrow, fonts, where), one)
    attached = _certificates(one, place.parent) if one.unit else _tables(one, release)
    for shown in one.editions:
        made = pdf("measure.typ", one, drawings, shown, place, attached)
        (place / f"{one.pdf}{ENDINGS[shown]}").write_bytes(made)


def _tables(one: MeasurePage, release: Path) -> dict[str, Path]:
    return {f"{file}.csv": release / "data" / f"{file}.csv" for file in one.files}


def _certificates(one: MeasurePage, folder: Path) -> dict[str, Path]:
    """Write the certificates of a unit into their folder; its PDF carries them."""
    place = folder / CERTIFICATES
    written = {}
    for box in one.certificates:
        if box.sha256:
            place.mkdir(exist_ok=True)
            path = place / f"{box.sha256}.json"
            path.write_text(box.line, encoding="utf-8")
            written[path.name] = path
    return written


def _drawing(chart: MeasureChart, one: MeasurePage, *, narrow: bool = False) -> Drawing:
    letters = letters_of(one.look)
    if isinstance(chart.drawn, Control):
        return control(chart.drawn, letters, narrow=narrow)
    return (small_trend if narrow else trend)(chart.drawn, one.level, letters)
