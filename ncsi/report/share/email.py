"""The press note as the body of an e-mail: one table of 600 pixels, its styles on each element, no script, nothing
fetched; mail programs drop all else."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from ncsi.palette import LIGHT
from ncsi.report.content import PressNote
from ncsi.report.share.looks import accent_of, tone_ink
from ncsi.report.text import Pair, phrase
from ncsi.spec import Language

_FONT = "font-family:Arial,'Microsoft YaHei','PingFang SC','Noto Sans SC',sans-serif"
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_PAGE = Markup(
    '<!DOCTYPE html>\n<html lang="{lang}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>\n'
    '<body style="margin:0;padding:0;background-color:#ffffff;color:{ink}">\n'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">\n'
    '<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" '
    'style="width:100%;max-width:600px;text-align:left">\n{rows}</table>\n</td></tr></table>\n</body>\n</html>\n'
)
_ROW = Markup('<tr><td style="padding:{space}px 20px;{font};{style}">{body}</td></tr>\n')


def email(note: PressNote, language: Language, site_url: str = "") -> str:
    """The note in one language. `site_url`: address of the site, for a link to the wave's page; without it there is
    none, as a mail has no place that a relative link could start from."""
    rows = Markup("").join(_rows(note, language, site_url))
    title = " · ".join(
        one.of(language) for one in (note.stamp, note.headline, note.label, note.mark) if one.of(language)
    )
    return str(_PAGE.format(lang=_TAGS[language], title=title, ink=LIGHT.ink, rows=rows))


def _rows(note: PressNote, language: Language, site_url: str) -> Iterator[Markup]:
    def said(words: Pair) -> str:
        return words.of(language)

    yield _row(
        f"{said(note.title)} · {said(note.label)}", 14, "#ffffff", f"background-color:{accent_of(note)}", 14
    )
    for one in (note.restriction, note.incomplete, note.withdrawn, note.banner):
        if said(one):
            yield _row(said(one), 13, "#4d3800", "background-color:#fff3cd", 10)
    for revision in note.revisions:
        yield _row(
            f"{said(revision.head)} {said(revision.note)}", 13, "#4d3800", "background-color:#fff3cd", 10
        )
    heading = Markup('<h1 style="margin:0;font-size:24px;line-height:1.35">{}</h1>').format(
        said(note.headline)
    )
    yield _row(heading, 24, LIGHT.ink, space=16)
    interval = f"{said(phrase('ci', level=note.level))} {said(note.interval)}"
    yield _row(
        Markup('{} <b style="font-size:44px;color:{}">{}</b> {}').format(
            said(note.index_name), accent_of(note), note.value, interval
        ),
        14, LIGHT.muted, space=4,
    )  # fmt: skip
    for change in (note.change, *note.changes):
        if change is not None:
            yield _row(
                Markup('<b style="color:{}">{}</b>{} {}').format(
                    tone_ink(change.tone), change.value, said(change.interval), said(change.text)
                ),
                15, LIGHT.ink, space=4,
            )  # fmt: skip
    items = Markup("").join(
        Markup('<li style="margin:0 0 8px 0">{}</li>').format(said(one)) for one in note.paragraphs
    )
    yield _row(
        Markup('<ul style="margin:8px 0;padding-left:20px">{}</ul>').format(items), 15, LIGHT.ink, space=4
    )
    for one in (note.measured, note.caution):
        yield _row(said(one), 13, LIGHT.muted, space=4)
    if said(note.contact):
        yield _row(f"{said(phrase('contact'))} {said(note.contact)}", 13, LIGHT.ink, space=4)
    if site_url:
        address = f"{site_url.rstrip('/')}/{note.wave}/index.html"
        yield _row(
            Markup('<a href="{}" style="color:{}">{}</a>').format(
                address, accent_of(note), said(phrase("press_full"))
            ),
            15, LIGHT.ink, space=8,
        )  # fmt: skip
    yield _row(f"{said(note.publisher)} · {note.date} · {note.release}", 12, LIGHT.muted, space=14)


def _row(body: Markup | str, size: int, ink: str, style: str = "", space: int = 8) -> Markup:
    more = f"font-size:{size}px;line-height:1.6;color:{ink}" + (f";{style}" if style else "")
    return _ROW.format(space=space, font=Markup(_FONT), style=more, body=body)  # noqa: S704 - our own text
