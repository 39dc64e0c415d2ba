"""Feeds of releases: Atom, and RSS where the address of the site is known; withdrawn waves say so."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from ncsi.report import text
from ncsi.report.site.api import address
from ncsi.report.site.shelf import Gone, Shelved
from ncsi.report.text import Pair, phrase

_ATOM = "http://www.w3.org/2005/Atom"
_SPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A wave in a feed. `day`: when it was published, revised or withdrawn (ISO); `path`: its page."""

    id: str
    title: Pair
    summary: Pair
    day: str
    path: str


def atom(shelved: Sequence[Shelved], withdrawn: Sequence[Gone], site_url: str) -> bytes:
    """The feed, the newest first, of what is published and what is withdrawn, at least one of them; links are relative
    where the address of the site is not known."""
    ET.register_namespace("", _ATOM)
    entries, (title, publisher) = _entries(shelved, withdrawn), _named(shelved, withdrawn)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", "zh-CN")
    _add(feed, "id", _urn(f"feed {title.zh} {publisher.zh} "))
    _add(feed, "title", text.line(title))
    _add(feed, "updated", _noon(max(one.day for one in entries)))
    author = _add(feed, "author")
    _add(author, "name", text.line(publisher))
    _add(feed, "link", rel="self", type="application/atom+xml", href=address("feed.xml", site_url))
    _add(feed, "link", rel="alternate", type="text/html", href=address(_home(shelved, entries), site_url))
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", one.id)
        _add(entry, "title", text.line(one.title))
        _add(entry, "updated", _noon(one.day))
        _add(entry, "link", rel="alternate", type="text/html", href=address(one.path, site_url))
        _add(entry, "summary", text.line(one.summary))
    return _written(feed)


def rss(shelved: Sequence[Shelved], withdrawn: Sequence[Gone], site_url: str) -> bytes:
    """RSS 2.0, whose links are absolute."""
    entries, (title, publisher) = _entries(shelved, withdrawn), _named(shelved, withdrawn)
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    for name, words in (
        ("title", text.line(title)), ("link", address(_home(shelved, entries), site_url)),
        ("description", text.line(publisher)), ("language", "zh-cn"),
    ):  # fmt: skip
        ET.SubElement(channel, name).text = words
    for one in entries:
        item = ET.SubElement(channel, "item")
        ET.SubElement(item, "title").text = text.line(one.title)
        ET.SubElement(item, "link").text = address(one.path, site_url)
        ET.SubElement(item, "guid", isPermaLink="false").text = one.id
        ET.SubElement(item, "pubDate").text = format_datetime(datetime.fromisoformat(_noon(one.day)))
        ET.SubElement(item, "description").text = text.line(one.summary)
    return _written(root)


def _named(shelved: Sequence[Shelved], withdrawn: Sequence[Gone]) -> tuple[Pair, Pair]:
    """Title and publisher, of the last release or, where none is left, of the last that was withdrawn."""
    last = shelved[-1].about if shelved else withdrawn[-1]
    return last.title, last.publisher


def _home(shelved: Sequence[Shelved], entries: Sequence[_Entry]) -> str:
    """The page over all releases, or where none is left that of the newest entry."""
    return "index.html" if shelved else entries[0].path


def _entries(shelved: Sequence[Shelved], withdrawn: Sequence[Gone]) -> list[_Entry]:
    return sorted((*map(_released, shelved), *map(_gone, withdrawn)), key=lambda one: one.day, reverse=True)


def _released(one: Shelved) -> _Entry:
    about, value = one.about, text.number(one.nation.index_0_100)
    told = list(_told(one))
    return _Entry(
        id=_urn(f"{about.title.zh} {one.wave}"),
        title=Pair(f"{about.label.zh}：{value}", f"{about.label.en}: {value}"),
        summary=text.sentences(told),
        day=about.revised or about.release_date,
        path=f"{one.wave}/index.html",
    )


def _told(one: Shelved) -> Iterator[Pair]:
    about, nation = one.about, one.nation
    yield phrase(
        "feed_index", value=text.number(nation.index_0_100), low=text.number(nation.low),
        high=text.number(nation.high), level=f"{100 * about.level:g}",
    )  # fmt: skip
    if about.revised:
        yield phrase("feed_revised", date=about.revised)
    if about.incomplete.zh:
        yield about.incomplete
    if about.synthetic:
        yield phrase("synthetic")


def _gone(one: Gone) -> _Entry:
    said = phrase("feed_withdrawn", date=one.day)
    return _Entry(
        id=_urn(f"withdrawn {one.wave} {one.day}"),
        title=Pair(f"{one.label.zh}：{said.zh}", f"{one.label.en}: {said.en}"),
        summary=one.why,
        day=one.day,
        path=f"{one.wave}/index.html",
    )


def _urn(name: str) -> str:
    """An id that stays the same wherever the site moves."""
    return uuid.uuid5(_SPACE, name).urn


def _noon(day: str) -> str:
    """Noon in Coordinated Universal Time, which is that day in most zones."""
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).isoformat()


def _add(parent: ET.Element, name: str, words: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = words
    return made


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
