"""`releases/index.html`: made anew from the releases that lie beside it."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape
from pathlib import Path

from ncsi import atomic
from ncsi.report import html
from ncsi.report.chart_tools import EMBEDS
from ncsi.report.embeds import framed_pages
from ncsi.report.figures import Drawing, letters_of, small_trend, trend
from ncsi.report.look import PLAIN, Look
from ncsi.report.release_spec import Apply
from ncsi.report.site.all_withdrawn import all_withdrawn
from ncsi.report.site.carried import carry
from ncsi.report.site.kept import kept, write_kept
from ncsi.report.site.page import site_page
from ncsi.report.site.shelf import gone, shelf
from ncsi.report.woff import font_css

_WEIGHTS = (400, 700)


def write_site(releases: Path, apply: Apply = map, site_url: str = "", look: Look = PLAIN) -> Path | None:
    """Write the page over all releases in the folder, and what machines take (`carry`); None where there is no release:
    then the page tells what was withdrawn, or there is none.

    The same releases give the same bytes. `apply` maps the weights of the font; `site_url`: where the folder is
    published, for absolute links; `look`: by the publisher's theme.
    """
    shelved, away, page = shelf(releases), gone(releases), releases / "index.html"
    carry(releases, shelved, away, site_url)
    write_kept(releases)
    if not shelved:
        _write_framed(releases, {})
        if away:
            atomic.write(page, all_withdrawn(away).encode())
        else:
            page.unlink(missing_ok=True)
        return None
    content = site_page(shelved, away, site_url=site_url, look=look)
    drawings: dict[str, Drawing] = {}
    if content.trend is not None:
        letters = letters_of(look)
        drawings["trend"] = trend(content.trend, content.level, letters)
        drawings["narrow_trend"] = small_trend(content.trend, content.level, letters)
    plain = html.page("site.html.j2", content, drawings, "", page.name)
    fonts = font_css({one for one in unescape(plain) if one >= " "}, apply, _WEIGHTS, look.typeface)
    made = html.page("site.html.j2", content, drawings, fonts, page.name)
    atomic.write(page, made.encode())
    _write_framed(releases, dict(framed_pages(page.name, made, content)))
    return page


def require_whole(releases: Path, but: str) -> None:
    """Raise InputError where a release that the page would tell of is damaged, other than that of the wave `but`, which
    is about to be made: it is found before that is out."""
    shelf(releases, but)
    kept(releases)


def _write_framed(releases: Path, framed: Mapping[str, str]) -> None:
    """The pages of its charts, and none of a chart that it has no more."""
    folder = releases / EMBEDS
    for path in sorted(folder.glob("*.html")):
        if path.relative_to(releases).as_posix() not in framed:
            path.unlink()
    if not framed and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    for name, content in framed.items():
        folder.mkdir(exist_ok=True)
        atomic.write(releases / name, content.encode())
