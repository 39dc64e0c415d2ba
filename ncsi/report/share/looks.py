"""What office files look like and say of themselves: fonts that readers' machines have, inks, marks, properties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ncsi.palette import LIGHT
from ncsi.report.axis_rows import Tone
from ncsi.report.pages import Page, ReleasePage
from ncsi.report.share.outline import Outline
from ncsi.report.text import phrase
from ncsi.spec import Language

LATIN, EAST = "Arial", "Microsoft YaHei"
"""Fonts of Latin and of Chinese text: office programs carry no font of ours."""
_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en-GB"}


def latin_of(page: Page) -> str:
    """The font of letters and figures: the publisher's, which its readers may have, else one that they have."""
    return (page.look.typeface.office("latin") if page.look.typeface is not None else "") or LATIN


def east_of(page: Page) -> str:
    """The font of Chinese text, likewise."""
    return (page.look.typeface.office("chinese") if page.look.typeface is not None else "") or EAST


def accent_of(page: Page) -> str:
    """The colour of what says neither better nor worse: the publisher's, else ours."""
    return page.look.accent or LIGHT.blue


def tone_ink(tone: Tone) -> str:
    """Blue for significantly better, red for significantly worse."""
    return {"up": LIGHT.blue, "down": LIGHT.red, "": LIGHT.ink}[tone]


def marks(page: ReleasePage, language: Language) -> str:
    """What stands on every page and slide: that it is restricted, a revision, synthetic; empty for none of them."""
    revised = [phrase("share_revised", date=page.revisions[-1].date)] if page.revisions else []
    told = (one.of(language) for one in (page.stamp, *revised, page.mark))
    return " · ".join(one for one in told if one)


def describe(core: Any, outline: Outline, language: Language) -> None:
    """Fill the core properties of an office file: title, author, dates of the release, its id; `core`: as python-docx
    and python-pptx have them."""
    page = outline.page
    released = date.fromisoformat(page.date)
    named = (page.title.of(language), outline.subject.of(language), marks(page, language))
    core.title = " · ".join(one for one in named if one)
    core.author = core.last_modified_by = page.publisher.of(language)
    core.created = core.modified = datetime(released.year, released.month, released.day)
    core.identifier, core.language, core.revision = page.release, _TAGS[language], 1 + len(page.revisions)
    core.comments = page.banner.of(language)
