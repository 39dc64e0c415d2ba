"""`releases/index.html`: made anew from the releases that lie beside it."""

from __future__ import annotations

import os
import tempfile
from html import unescape
from pathlib import Path

from ncsi.report import html
from ncsi.report.figures import Drawing, settings, trend
from ncsi.report.release_spec import Apply
from ncsi.report.site.page import site_page
from ncsi.report.site.shelf import shelf
from ncsi.report.woff import font_css

_WEIGHTS = (400, 700)


def write_site(releases: Path, apply: Apply = map) -> Path | None:
    """Write the page over all releases in the folder; None, and no page, where there is no release.

    The same releases give the same bytes. `apply` maps the weights of the font.
    """
    shelved, page = shelf(releases), releases / "index.html"
    if not shelved:
        page.unlink(missing_ok=True)
        return None
    content = site_page(shelved)
    drawings: dict[str, Drawing] = {}
    if content.trend is not None:
        with settings():
            drawings["trend"] = trend(content.trend, content.level)
    plain = html.page("site.html.j2", content, drawings, "")
    fonts = font_css({one for one in unescape(plain) if one >= " "}, apply, _WEIGHTS)
    _replace(page, html.page("site.html.j2", content, drawings, fonts))
    return page


def _replace(path: Path, words: str) -> None:
    """Whole or not at all: readers may be looking."""
    handle, name = tempfile.mkstemp(prefix=".index-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(words)
    Path(name).chmod(0o644)
    Path(name).replace(path)
