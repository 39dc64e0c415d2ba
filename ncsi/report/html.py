"""Self-contained HTML: no network, no script or style but our own (allowed by their hashes), fonts inside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from ncsi.fonts import FAMILY
from ncsi.report.chart_data import ChartData
from ncsi.report.chart_tools import closed, data_of, opened, source_line
from ncsi.report.dataset import dataset, inside_script
from ncsi.report.look import BETTER, Look, styles
from ncsi.report.pages import Page, as_data
from ncsi.report.stylesheet import used
from ncsi.report.text import Pair, Reach, line, phrase

if TYPE_CHECKING:
    from ncsi.report.axis_rows import Axis
    from ncsi.report.figures import Drawing

_TEMPLATES = Path(__file__).parent / "templates"
_POLICY = "policy of the page"
_TAKING = "script of the charts"
_RULES = "rules of the page"
_DRAWN = '<i class="alone" lang="en"></i><h3></h3>'
"""What the explorer's script makes that a rule of all pages is about."""
_CHART = 'class="tools"'
_SHORT = re.compile(
    r"(?:\d{4}-\d\d-\d\d|(?<![\d-])\d\d-\d\d(?![\d-])|[−+]?\d[\d.,]*%?–[−+]?\d(?:[\d.,]*\d)?%?)[位分]?[）)]?[。，；、]?"
)
"""Dates and intervals, which are read as one: a line that ends after their dash says something else. What closes them
stays with them, or it would begin a line."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals.update(
        t=_both, p=_phrase, svg=_figure, at=_position, own=_own, json=_json, pair=Pair, said=phrase, line=line,
        opened=opened, closed=_closed, data_of=data_of, drawn=_drawn, unbroken=unbroken,
    )  # fmt: skip
    return environment


def make_ready(*templates: str) -> None:
    """Compile templates before there is a page."""
    for name in templates:
        _environment().get_template(name)


def page(template: str, content: Page, drawings: Mapping[str, Drawing], fonts: str, place: str = "") -> str:
    """One page. `fonts`: the release's `@font-face` rules; `place`: where it lies in a release that holds a page to
    embed of each of its charts, else empty. Raises jinja2.UndefinedError where a template names what its page does not
    have."""
    made = _environment().get_template(template).render(
        c=content, drawings=drawings, policy=_POLICY, script=_own("page.js"), style=_styled(content.look),
        icon=_icon(content.look.accent),
        fonts=Markup(fonts), dataset=dataset(content), chart_place=place, taking=_TAKING,  # noqa: S704 - our own fonts
    )  # fmt: skip
    made = made.replace(_TAKING, _taking(content) if _CHART in made else "", 1)
    return made.replace(_POLICY, _policy(made), 1)


def embedded(content: Page, name: str, title: Pair, drawn: Markup, back: str) -> str:
    """The page of one chart, to be framed: without fonts of its own, and with those rules alone that it uses. `name`,
    `drawn`: the chart as its page has it; `back`: the way there."""
    made = _environment().get_template("embed.html.j2").render(
        c=content, title=title, drawn=drawn, back=back, source=source_line(content), policy=_POLICY,
        script=_own("embed.js"), style=_RULES, icon=_icon(content.look.accent),
    )  # fmt: skip
    made = made.replace(_RULES, used(_styled(content.look, name), made), 1)
    return made.replace(_POLICY, _policy(made), 1)


def explorer_to_frame(content: Page, title: Pair) -> str:
    """The page of the explorer's chart, to be framed: its address says what is drawn. `content`: the explorer's."""
    made = _environment().get_template("explorer_framed.html.j2").render(
        c=content, title=title, back="../explorer.html", source=source_line(content), policy=_POLICY,
        script=_own("embed.js"), style=_RULES, icon=_icon(content.look.accent),
    )  # fmt: skip
    rules = f"{used(_styled(content.look), made + _DRAWN)}\n{_own('explorer.css')}"
    made = made.replace(_RULES, rules, 1)
    return made.replace(_POLICY, _policy(made), 1)


def _taking(content: Page) -> str:
    """What draws a chart to take along, with the source that stands below it."""
    source, script = source_line(content), _own("take.js")
    if content.look.typeface is not None:
        script = Markup(script.replace(f"'{FAMILY}'", content.look.typeface.stack, 1))  # noqa: S704 - our own names
    return str(Markup('<script data-zh="{}" data-en="{}">{}</script>').format(source.zh, source.en, script))


@pass_context
def _figure(
    context: Context, drawing: Drawing, name: str, title: Pair, narrow: Drawing | None = None
) -> Markup:
    """A drawing in its place, and on a phone another, with its tools; pages without one need no drawing's libraries."""
    from ncsi.report.embedded_figure import pictures

    return opened(name, title) + pictures(drawing, narrow) + _closed(context, name, title, drawing.data)


def _drawn(drawing: Drawing) -> Markup:
    """A drawing that fits a phone, inside a chart whose tools stand elsewhere."""
    from ncsi.report.embedded_figure import pictures

    return pictures(drawing, drawing)


@pass_context
def _closed(context: Context, name: str, title: Pair, data: ChartData) -> Markup:
    """The end of a chart of the page, with its tools."""
    return closed(context["c"], context["chart_place"], name, title, data)


def _styled(look: Look, chart: str = "") -> Markup:
    return _own("page.css") + Markup(styles(look, chart))  # noqa: S704 - our own rules, checked colours


@cache
def _icon(accent: str) -> str:
    """The mark of our pages: a dot on its interval."""
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="5" fill="{accent or BETTER}"/>'
        '<path d="M6 16h20" stroke="#fff" stroke-width="3" stroke-linecap="round"/><circle cx="16" cy="16" r="6" '
        'fill="#fff"/></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"


@cache
def _own(name: str) -> Markup:
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _policy(page: str) -> str:
    """What the page may do: run and be styled by what stands in it, by hash, and nothing else."""
    scripts = _hashes(_within(page, re.compile(r"<script[^>]*>"), "</script>"))
    styles = _hashes(_within(page, re.compile("<style>"), "</style>"))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _within(page: str, begins: re.Pattern[str], ends: str) -> Iterator[str]:
    """What stands between each beginning and the end that follows it; the fonts in a style are a megabyte, which an
    expression for all of it would walk through character by character."""
    found = begins.search(page)
    while found is not None and (end := page.find(ends, found.end())) >= 0:
        yield page[found.end() : end]
        found = begins.search(page, end + len(ends))


def _hashes(blocks: Iterable[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in blocks)
    return " ".join(f"'sha256-{one}'" for one in digests)


def _both(words: Pair) -> Markup:
    """Both languages; the page shows one or both."""
    if words.zh == words.en:
        return Markup("{}").format(words.zh)
    zh, en = unbroken(words.zh), unbroken(words.en)
    if isinstance(words, Reach):  # one of the two is shown, whatever the language
        return Markup('<span lang="zh-CN">{}</span><span lang="en" class="once">{}</span>').format(zh, en)
    return Markup('<span lang="zh-CN">{}</span> <span lang="en">{}</span>').format(zh, en)


def unbroken(text: str) -> Markup:
    """A text whose dates and intervals no line breaks."""
    made, end = Markup(), 0
    for one in _SHORT.finditer(text):
        made += text[end : one.start()] + Markup('<span class="nowrap">{}</span>').format(one[0])
        end = one.end()
    return made + text[end:]


def _phrase(key: str, **values: object) -> Markup:
    """A phrase in both languages; tables ask for the same ones in every row."""
    return _both(phrase(key, **values)) if values else _unfilled(key)


@cache
def _unfilled(key: str) -> Markup:
    return _both(phrase(key))


def _position(axis: Axis, value: float) -> str:
    """Where a value stands on an axis, in per cent."""
    return f"{100 * (value - axis.low) / (axis.high - axis.low):.2f}%"


def _json(part: object) -> Markup:
    """A part of a page as data for its script."""
    return inside_script(json.dumps(as_data(part), ensure_ascii=False, separators=(",", ":"), sort_keys=True))
