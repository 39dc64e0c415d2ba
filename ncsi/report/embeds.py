"""A page of each chart that others may frame: cut out of the page that it stands on, with its source and a way back."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from ncsi.report import html
from ncsi.report.chart_tools import EMBEDS, embedded_at
from ncsi.report.pages import Page
from ncsi.report.text import Pair

_CHART = re.compile(
    r'<figure id="chart-(?P<name>[\w-]+)"[^>]* data-title-zh="(?P<zh>[^"]*)" data-title-en="(?P<en>[^"]*)">'
    r'(?P<drawn>.*?)<div class="tools">',
    re.DOTALL,
)
_LINK = re.compile(r'<a href="([^"#:][^":]*)"')


def write_page(release: Path, place: str, made: str, content: Page) -> None:
    """Write a page into its place in the folder of a release, and into `embed/` a page of each of its charts.

    `made`: the page, rendered for that place from `content`.
    """
    (release / place).write_text(made, encoding="utf-8")
    for path, framed in framed_pages(place, made, content):
        (release / path).parent.mkdir(exist_ok=True)
        (release / path).write_text(framed, encoding="utf-8")


def framed_pages(place: str, made: str, content: Page) -> Iterator[tuple[str, str]]:
    """The pages of its charts, by their paths beside that of the page."""
    for chart in _CHART.finditer(made):
        title = Pair(unescape(chart["zh"]), unescape(chart["en"]))
        led = _LINK.sub(lambda link: _leading(place, link[1]), chart["drawn"])
        drawn = Markup(led)  # noqa: S704 - as the page has it
        back = f"{_way(place)}#chart-{chart['name']}"
        yield embedded_at(place, chart["name"]), html.embedded(content, chart["name"], title, drawn, back)


def _leading(place: str, href: str) -> str:
    """A link of the page as it leads from `embed/` and out of the frame."""
    return f'<a target="_top" href="{_way((PurePosixPath(place).parent / href).as_posix())}"'


def _way(place: str) -> str:
    return posixpath.relpath(place, EMBEDS)
