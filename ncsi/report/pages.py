"""What a page is: frozen values with a name each, read by templates; their texts, and JSON for Typst.

Jinja reads the attributes under StrictUndefined and Typst the same names as keys: a name that no page has stops
the publication.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from ncsi.report.look import PLAIN, UNSHOWN, Look
from ncsi.report.text import NOTHING, Pair


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """What was corrected after publication: when (ISO), the head that says where, the reason."""

    date: str
    head: Pair
    note: Pair


@dataclass(frozen=True, slots=True)
class Source:
    """A source file and its SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page to read on, and what it is called."""

    name: Pair
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What all pages carry: title, wave, publisher, date (ISO), release id, marks of synthetic data; why it may not be
    passed on yet (`restriction`), and the word stamped across its pages then (`stamp`); what its release leaves
    out (`incomplete`); earlier waves that are `withdrawn`.

    `field`: the days of the survey as schema.org writes them, empty where the page has none; `up` leads from the
    page to the folder of its release; `address`: where that folder is published, with its last slash, empty
    where that is not known; `picture`: the file in it that links to the page show, empty for none; `along`: files of
    the report to take along, beside the page; `look`: what the publisher's theme changes.
    """

    title: Pair
    label: Pair
    publisher: Pair
    date: str
    release: str
    synthetic: bool
    banner: Pair
    mark: Pair
    restriction: Pair = NOTHING
    stamp: Pair = NOTHING
    incomplete: Pair = NOTHING
    withdrawn: Pair = NOTHING
    revisions: tuple[RevisionNote, ...] = ()
    field: str = ""
    up: str = ""
    address: str = ""
    picture: str = ""
    along: tuple[Link, ...] = ()
    look: Look = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage(Page):
    """A page of one release: its wave, the level of its intervals in per cent, how to cite it, its sources."""

    wave: str
    level: str
    cite: Pair
    sources: tuple[Source, ...]


def as_data(value: Any) -> Any:
    """A page, or a part of it, as JSON holds it: fields become keys in their order, tuples lists."""
    if isinstance(value, str | int | float):
        return value
    named = _field_names(value.__class__)
    if named:
        return {name: as_data(getattr(value, name)) for name in named}
    if isinstance(value, Mapping):
        return {key: as_data(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [as_data(one) for one in value]
    return value


def words(page: Page) -> str:
    """All texts of a page, one after another: what its fonts must hold."""
    found: list[str] = []
    _add_texts(page, found)
    return "".join(f"{one}\n" for one in found)


def _add_texts(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, tuple | list):
        for one in value:
            _add_texts(one, found)
    elif isinstance(value, Mapping):
        for one in value.values():
            _add_texts(one, found)
    else:
        for name in _field_names(value.__class__):
            _add_texts(getattr(value, name), found)


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    """Of a dataclass, but those that no page shows; none of another type."""
    return (
        tuple(one.name for one in fields(kind) if UNSHOWN not in one.metadata) if is_dataclass(kind) else ()
    )
