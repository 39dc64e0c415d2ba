"""Self-contained HTML: no network, no script but our own (allowed by its hash), fonts inside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ncsi.report.figures import Drawing, canvas
from ncsi.report.text import Pair, phrase

_TEMPLATES = Path(__file__).parent / "templates"
_VARIABLES = {
    colour: f"var(--{name})"
    for colour, name in (
        (canvas.INK, "ink"), (canvas.MUTED, "muted"), (canvas.GRID, "line"), (canvas.BLUE, "blue"),
        (canvas.PALE, "range"), (canvas.RED, "red"), (canvas.PINK, "pink"), (canvas.PAPER, "paper"),
    )
}  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals.update(
        t=_both, p=lambda key, **values: _both(phrase(key, **values)), svg=_svg, at=_position
    )
    return environment


def page(template: str, content: dict[str, Any], drawings: dict[str, Drawing], fonts: str) -> str:
    """One page. `content` as `ncsi.report.content` makes it; `fonts` the release's `@font-face` rules."""
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; font-src data:; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _environment().get_template(template).render(
        c=content, drawings=drawings, policy=policy, script=Markup(script),  # noqa: S704 - our own file
        style=Markup(style), fonts=Markup(fonts), dataset=_dataset(content),  # noqa: S704 - our own files
    )  # fmt: skip


def _both(words: Pair) -> Markup:
    """Both languages; the page shows one or both."""
    if words["zh"] == words["en"]:
        return Markup("{}").format(words["zh"])
    return Markup('<span lang="zh-CN">{}</span> <span lang="en">{}</span>').format(words["zh"], words["en"])


def _svg(drawing: Drawing, name: str) -> Markup:
    """A drawing in each language; colours become variables so that dark mode can turn them."""
    parts = []
    for shown in ("zh", "en"):
        svg = drawing.localised(shown, f"{name}-{shown}")
        svg = svg[svg.index("<svg") :].replace(
            "<svg ", f'<svg role="img" aria-label="{_attribute(drawing.alt[shown])}" ', 1
        )
        svg = _themed(_without_metadata(svg))
        parts.append(
            f'<div class="figure" tabindex="0" lang="{"zh-CN" if shown == "zh" else "en"}">{svg}</div>'
        )
    return Markup("".join(parts))  # noqa: S704 - our own drawing; its texts were escaped when filled in


def _themed(svg: str) -> str:
    """The fixed palette as the page's variables, so that dark mode turns the charts too."""
    return re.sub(r"#[0-9a-f]{6}", lambda found: _VARIABLES.get(found[0], found[0]), svg)


def _attribute(words: str) -> str:
    return str(Markup.escape(words))


def _without_metadata(svg: str) -> str:
    start, end = svg.find("<metadata>"), svg.find("</metadata>")
    return svg if start < 0 else svg[:start] + svg[end + len("</metadata>") :]


def _position(axis: dict[str, Any], value: float) -> str:
    """Where a value stands on an axis, in per cent."""
    return f"{100 * (value - axis['low']) / (axis['high'] - axis['low']):.2f}%"


def _dataset(content: dict[str, Any]) -> Markup:
    """schema.org description of the data, safe inside a script element."""
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": content["title"]["en"],
        "alternateName": content["title"]["zh"],
        "description": f"{content['label']['en']}. {content['banner']['en']}".strip(),
        "identifier": content["release"],
        "datePublished": content["date"],
        "publisher": {"@type": "Organization", "name": content["publisher"]["en"]},
        "distribution": {
            "@type": "DataDownload",
            "encodingFormat": "application/json",
            "contentUrl": "../datapackage.json" if "sector" in content else "datapackage.json",
        },
    }
    dumped = json.dumps(described, ensure_ascii=False)
    return Markup(dumped.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped above
