"""What stands under each chart: its picture and its data to take along, its address, code to embed it, how to cite it.

Links, code and citation are there without a script; `templates/take.js` adds what it draws itself: SVG and PNG of the
chart as it is shown, with its title, its source and its marks.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import PurePosixPath

from markupsafe import Markup

from ncsi.report import text
from ncsi.report.axis_rows import AxisRow, RankedRow
from ncsi.report.chart_data import ChartData
from ncsi.report.pages import Page
from ncsi.report.text import NOTHING, Pair, phrase

EMBEDS = "embed"
"""The folder of a release whose pages others may frame."""
_HEIGHT = 480


def opened(name: str, title: Pair) -> Markup:
    """The beginning of a chart with the anchor `#chart-<name>`, unique in a page."""
    return Markup('<figure id="chart-{}" aria-label="{}" data-title-zh="{}" data-title-en="{}">').format(
        name, text.line(title), *title
    )


def closed(page: Page, place: str, name: str, title: Pair, data: ChartData) -> Markup:
    """The end of a chart, after its tools. `place`: where the page lies in its release, empty where none of its charts
    may be embedded."""
    return Markup('<div class="tools">{}</div></figure>').format(_tools(page, place, name, title, data))


def source_line(page: Page) -> Pair:
    """Where the figures of a page are from, and its marks: what pictures carry that leave it."""
    source = phrase("share_source", title=page.title, label=page.label, release=page.release, date=page.date)
    marks = [one for one in (page.stamp, page.mark) if one.zh]
    return text.each(lambda language: " · ".join(one.of(language) for one in (source, *marks)))


def embedded_at(place: str, name: str) -> str:
    """Where the page of a chart lies that others may frame. `place`: that of the page it stands on."""
    stem = PurePosixPath(place).with_suffix("").as_posix().replace("/", "-")
    return f"{EMBEDS}/{stem}-{name}.html"


def data_of(rows: Sequence[AxisRow]) -> ChartData:
    """Rows on an axis as readers download them, a figure that is not published left empty."""
    ranked = any(isinstance(one, RankedRow) for one in rows)
    cells = tuple(
        (
            *one.name,
            *(_cell(end) for end in (one.x, one.x_low, one.x_high)),
            *(
                (one.place, one.rank_set, "indicative" if one.indicative else "")
                if isinstance(one, RankedRow)
                else ()
            ),
        )
        for one in rows
    )
    return ChartData(
        ("label_zh", "label_en", "value", "low", "high", *(("rank", "rank_set", "status") if ranked else ())),
        cells,
    )


def _cell(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)


def _tools(page: Page, place: str, name: str, title: Pair, data: ChartData) -> Markup:
    return Markup(
        '<details><summary>{}<span class="unseen"> {}</span></summary><div class="take"><div class="forms">'
        '<button type="button" data-take="svg" hidden>SVG</button>'
        '<button type="button" data-take="png" hidden>PNG 2×</button>{}<a href="#chart-{}">{}</a></div>{}{}'
        '<span class="copied" role="status" data-said="{}"></span></div></details>'
    ).format(
        _both(phrase("chart_take")),
        _both(title),
        _csv(name, data),
        name,
        _both(phrase("chart_link")),
        _code(page, place, name, title),
        _cited(page, place, name, title),
        text.line(phrase("chart_copied")),
    )


def _csv(name: str, data: ChartData) -> Markup:
    if not data.rows:
        return Markup("")
    encoded = base64.b64encode(data.as_csv().encode("utf-8-sig")).decode()
    return Markup('<a download="{}.csv" href="data:text/csv;charset=utf-8;base64,{}">CSV</a>').format(
        name, encoded
    )


def _code(page: Page, place: str, name: str, title: Pair) -> Markup:
    """Code of a frame; without the address of the site its place in the release, which a served page completes."""
    if not place:
        return Markup("")
    path = embedded_at(place, name)
    code = Markup(
        '<iframe src="{}{}" title="{}" width="100%" height="{}" frameborder="0" loading="lazy"></iframe>'
    ).format(page.address, path, text.line(title), _HEIGHT)
    return Markup(
        '<label><span>{}</span><textarea readonly rows="3" data-embed="{}{}" spellcheck="false">{}</textarea></label>{}'
    ).format(_both(phrase("chart_embed")), page.up, path, str(code), _copy())


def _cited(page: Page, place: str, name: str, title: Pair) -> Markup:
    cited = phrase(
        "chart_cite", publisher=page.publisher, title=page.title, label=page.label, release=page.release, chart=title
    )  # fmt: skip
    where = f" {page.address}{place}#chart-{name}" if page.address and place else ""
    return Markup('<p class="cited"><b>{}</b> {}<span>{}</span></p>{}').format(
        _both(phrase("chart_citation")), _both(cited), where, _copy()
    )


def _copy() -> Markup:
    return Markup('<button type="button" data-copy hidden>{}</button>').format(_both(phrase("chart_copy")))


def _both(words: Pair) -> Markup:
    if words.zh == words.en or words == NOTHING:
        return Markup("{}").format(words.zh)
    return Markup('<span lang="zh-CN">{}</span> <span lang="en">{}</span>').format(words.zh, words.en)
