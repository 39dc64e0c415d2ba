"""`releases/index.html` where all that was out is withdrawn: pages of withdrawn releases, and copies, lead there."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ncsi.report import text
from ncsi.report.site.shelf import Gone
from ncsi.report.text import Pair, phrase

_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="zh-CN">\n<head><meta charset="utf-8">\n'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; base-uri 'none'; form-action 'none'\">\n"
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
    "<title>{title}</title></head>\n<body><main>\n{mark}<h1>{head}</h1>\n<p>{none}</p>\n<ul>\n{rows}</ul>\n"
    "</main></body>\n</html>\n"
)
_ROW = Markup('<li><a href="{wave}/index.html">{label}</a> {day} {why}{mark}</li>\n')
_BANNER = Markup("<aside><p><strong>{}</strong></p></aside>\n")
_MARK = Markup(" <strong>{}</strong>")


def all_withdrawn(away: Sequence[Gone]) -> str:
    """The page, of at least one withdrawn wave; it needs no style and no script."""
    synthetic = any(one.synthetic for one in away)
    mark = phrase("synthetic_short")
    rows = Markup("").join(
        _ROW.format(
            wave=one.wave, label=_both(one.label), day=_both(phrase("withdrawn_listed", date=one.day)),
            why=_both(one.why), mark=_MARK.format(_both(mark)) if one.synthetic else "",
        )
        for one in away
    )  # fmt: skip
    title = away[-1].title
    return str(
        _PAGE.format(
            title=" · ".join(text.line(one) for one in ([title, mark] if synthetic else [title])),
            mark=_BANNER.format(_both(phrase("synthetic"))) if synthetic else "",
            head=_both(title), none=_both(phrase("withdrawn_none_out")), rows=rows,
        )
    )  # fmt: skip


def _both(words: Pair) -> Markup:
    return Markup('<span lang="zh-CN">{}</span> <span lang="en">{}</span>').format(words.zh, words.en)
