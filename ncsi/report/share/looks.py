"""What office files look like and say of themselves: fonts that readers' machines have, inks, marks, properties."""

from __future__ import annotations

import re
import struct
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from ncsi.palette import LIGHT
from ncsi.report.axis_rows import Tone
from ncsi.report.pages import Page, ReleasePage
from ncsi.report.pdf import logo_picture
from ncsi.report.share.outline import Outline
from ncsi.report.text import phrase
from ncsi.spec import Language
from ncsi.spec.contrast import mixed

LATIN, EAST = "Arial", "Microsoft YaHei"
"""Fonts of Latin and of Chinese text: office programs carry no font of ours."""
_DARK, _DARKER = "#0a2f57", 0.35
_LOGO_HIGH, _LOGO_WIDE, _LOGO_PPI = 1.1, 6.0, 300
"""Centimetres that a logo may take, and its pixels an inch."""
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en-GB"}
_OF_TEMPLATE = ("/extended-properties", "/thumbnail")


def latin_of(page: Page) -> str:
    """The font of letters and figures: the publisher's, which its readers may have, else one that they have."""
    return (page.look.typeface.office("latin") if page.look.typeface is not None else "") or LATIN


def east_of(page: Page) -> str:
    """The font of Chinese text, likewise."""
    return (page.look.typeface.office("chinese") if page.look.typeface is not None else "") or EAST


def accent_of(page: Page) -> str:
    """The colour of what says neither better nor worse: the publisher's, else ours."""
    return page.look.accent or LIGHT.blue


def title_ink(page: Page) -> str:
    """The colour of titles of slides: a dark shade of the publisher's, else ours."""
    return mixed(page.look.accent, "#000000", _DARKER) if page.look.accent else _DARK


def logo_of(page: Page) -> tuple[bytes, float, float] | None:
    """The publisher's logo as PNG, with its width and height in centimetres; None without one."""
    if not page.look.logo:
        return None
    made = logo_picture(page.look.logo, _LOGO_HIGH, _LOGO_WIDE, _LOGO_PPI)
    wide, high = struct.unpack(">II", made[16:24])
    return made, wide / _LOGO_PPI * 2.54, high / _LOGO_PPI * 2.54


def tone_ink(tone: Tone) -> str:
    """Blue for significantly better, red for significantly worse."""
    return {"up": LIGHT.blue, "down": LIGHT.red, "": LIGHT.ink}[tone]


def themed(page: Page, name: str, content: bytes) -> bytes:
    """A part of a presentation by its name: its theme in the colours and fonts of the page, any other as it is."""
    if not re.fullmatch(r"ppt/theme/theme\d+\.xml", name):
        return content
    xml = content.decode("utf-8")
    latin, east = (escape(one(page), {'"': "&quot;"}) for one in (latin_of, east_of))
    xml = re.sub(r'(<a:(?:major|minor)Font>\s*<a:latin typeface=")[^"]*', rf"\g<1>{latin}", xml)
    xml = re.sub(r'(<a:ea typeface=")[^"]*', rf"\g<1>{east}", xml)
    xml = re.sub(r'(<a:accent1>\s*<a:srgbClr val=")[^"]*', rf"\g<1>{accent_of(page)[1:].upper()}", xml)
    if page.look.accent:
        xml = re.sub(r'(<a:dk2>\s*<a:srgbClr val=")[^"]*', rf"\g<1>{title_ink(page)[1:].upper()}", xml)
    xml = re.sub(r'(<a:accent2>\s*<a:srgbClr val=")[^"]*', rf"\g<1>{LIGHT.red[1:].upper()}", xml)
    return xml.encode("utf-8")


def marks(page: ReleasePage, language: Language) -> str:
    """What stands on every page and slide: that it is restricted, a revision, synthetic; empty for none of them."""
    revised = [phrase("share_revised", date=page.revisions[-1].date)] if page.revisions else []
    told = (one.of(language) for one in (page.stamp, *revised, page.mark))
    return " · ".join(one for one in told if one)


def describe(core: Any, parts: Any, outline: Outline, language: Language) -> None:
    """Fill the core properties of an office file: title, author, dates of the release, its id; `core`: as python-docx
    and python-pptx have them, `parts`: the relationships of its package, of which those go that tell of the library's
    template: the application that it was made with, and its thumbnail."""
    for name in [one for one, part in parts.items() if part.reltype.endswith(_OF_TEMPLATE)]:
        parts.pop(name)
    page = outline.page
    released = date.fromisoformat(page.date)
    named = (page.title.of(language), outline.subject.of(language), marks(page, language))
    core.title = " · ".join(one for one in named if one)
    core.author = core.last_modified_by = page.publisher.of(language)
    core.created = core.modified = datetime(released.year, released.month, released.day)
    core.identifier, core.language, core.revision = page.release, _TAGS[language], 1 + len(page.revisions)
    core.comments = page.banner.of(language)
