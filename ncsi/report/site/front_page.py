"""`releases/index.html`: made anew from the releases that lie beside it."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from ncsi import atomic
from ncsi.report import html
from ncsi.report.figures import Drawing, letters_of, trend
from ncsi.report.look import PLAIN, Look
from ncsi.report.release_spec import Apply
from ncsi.report.site.carried import carry
from ncsi.report.site.kept import write_kept
from ncsi.report.site.page import site_page
from ncsi.report.site.shelf import gone, shelf
from ncsi.report.woff import font_css

_WEIGHTS = (400, 700)


def write_site(releases: Path, apply: Apply = map, site_url: str = "", look: Look = PLAIN) -> Path | None:
    """Write the page over all releases in the folder, and what machines take (`carry`); None, and no page, where there
    is no release.

    The same releases give the same bytes. `apply` maps the weights of the font; `site_url`: where the folder is
    published, for absolute links; `look`: by the publisher's theme.
    """
    shelved, page = shelf(releases), releases / "index.html"
    carry(releases, shelved, gone(releases), site_url)
    write_kept(releases)
    if not shelved:
        page.unlink(missing_ok=True)
        return None
    content = site_page(shelved, gone(releases), absolute=bool(site_url), look=look)
    drawings: dict[str, Drawing] = {}
    if content.trend is not None:
        drawings["trend"] = trend(content.trend, content.level, letters_of(look))
    plain = html.page("site.html.j2", content, drawings, "")
    fonts = font_css({one for one in unescape(plain) if one >= " "}, apply, _WEIGHTS, look.typeface)
    atomic.write(page, html.page("site.html.j2", content, drawings, fonts).encode())
    return page
