"""What every report carries: title, marks, level, revision notes, how to cite it, its sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ncsi.report import text
from ncsi.report.look import Look
from ncsi.report.pages import Link, RevisionNote, Source
from ncsi.report.release_spec import Provenance, ReleaseSpec
from ncsi.report.release_warnings import incomplete_of, restriction_of, stamp_of, withdrawn_of
from ncsi.report.result_rows import records
from ncsi.report.text import NOTHING, Pair, phrase, typed
from ncsi.signing import fingerprint, spaced
from ncsi.spec import LANGUAGES
from ncsi.spec.publication import Format

_ALONG: tuple[tuple[Format, str], ...] = (
    ("docx", "{name}.{language}.docx"), ("pptx", "{name}.{language}.pptx"), ("brief", "{name}.brief.{language}.pdf"),
    ("long", "{name}.long.{language}.png"), ("email", "{name}.{language}.email.html"),
)  # fmt: skip


class Heading(TypedDict):
    """The fields that every `ReleasePage` is made with."""

    title: Pair
    label: Pair
    publisher: Pair
    date: str
    release: str
    synthetic: bool
    banner: Pair
    mark: Pair
    restriction: Pair
    stamp: Pair
    incomplete: Pair
    withdrawn: Pair
    revisions: tuple[RevisionNote, ...]
    field: str
    address: str
    picture: str
    along: tuple[Link, ...]
    look: Look
    wave: str
    level: str
    cite: Pair
    sources: tuple[Source, ...]


def heading(spec: ReleaseSpec, sector: str | None = None, along: tuple[Link, ...] | None = None) -> Heading:
    """Title, wave, dates, release id, marks, revision notes (those of a sector, or all).

    `along`: the page's files to take along, where these are not those of the sector's or the national report.
    """
    wave, release = spec.wave, spec.provenance.release_id
    title, label, publisher = (text.pair(one) for one in (wave.title, wave.label, wave.publisher))
    return {
        "title": title,
        "label": label,
        "publisher": publisher,
        "date": wave.release_date.isoformat(),
        "release": release,
        "synthetic": wave.synthetic,
        "banner": phrase("synthetic") if wave.synthetic else NOTHING,
        "mark": phrase("synthetic_short") if wave.synthetic else NOTHING,
        "restriction": restriction_of(spec),
        "stamp": stamp_of(spec),
        "incomplete": incomplete_of(spec) if sector is None else NOTHING,
        "withdrawn": withdrawn_of(spec),
        "revisions": revisions(spec, sector),
        "field": f"{wave.field.start.isoformat()}/{wave.field.end.isoformat()}",
        "address": f"{spec.site_url.rstrip('/')}/{wave.id}/" if spec.site_url else "",
        "picture": picture_of(sector) if "png" in spec.formats else "",
        "along": taken_along(spec.formats, sector or "national") if along is None else along,
        "look": spec.look,
        "wave": wave.id,
        "level": level(spec),
        "cite": cited(spec.provenance, publisher=publisher, title=title, label=label),
        "sources": tuple(
            Source(name, value) for name, value in sorted(spec.provenance.source_sha256.items())
        ),
    }


def picture_of(sector: str | None = None) -> str:
    """Where the picture lies that links to a report show."""
    return "national.og.png" if sector is None else f"sectors/{sector}.og.png"


def taken_along(formats: Sequence[Format], name: str) -> tuple[Link, ...]:
    """The files of the report of that `name` (a sector, "national", "press") for office programs, phones and mail,
    beside its page, in the `formats` that are written."""
    return tuple(
        Link(phrase(f"along_{one}_{language}"), path.format(name=name, language=language))
        for one, path in _ALONG
        if one in formats and (one == "email") == (name == "press")
        for language in LANGUAGES
    )


def index_folder(tree: str) -> str:
    """Where the pages of a composite index lie in the release of a wave."""
    return f"indices/{tree}"


def measure_folder(measure: str) -> str:
    """Where the pages of a measure lie in the release of a wave."""
    return f"measures/{measure}"


def cited(provenance: Provenance, **named: Pair) -> Pair:
    """How to cite a release, with the fingerprint of the key that it is signed with."""
    if not provenance.signer:
        return phrase("cite_text", **named, release=provenance.release_id)
    signer = spaced(fingerprint(provenance.signer))
    return phrase("cite_signed", **named, release=provenance.release_id, signer=signer)


def level(spec: ReleaseSpec) -> str:
    """The interval level in per cent."""
    return f"{100 * spec.wave.level:g}"


def previous_label(spec: ReleaseSpec) -> Pair:
    """The label of the wave compared with."""
    for one in records(spec.history):
        if one["wave"] == spec.wave.previous:
            return typed(str(one["label_zh"]), str(one["label_en"]))
    return text.same(str(spec.wave.previous or ""))


def revisions(spec: ReleaseSpec, sector: str | None = None) -> tuple[RevisionNote, ...]:
    """The notes to show, earliest first: all in the national report, in a sector's those that concern it."""
    return tuple(
        RevisionNote(
            one.date.isoformat(),
            phrase("revised", date=text.day(one.date), where=_where(one.sectors, spec)),
            text.pair(one.note),
        )
        for one in spec.wave.revisions
        if sector is None or not one.sectors or sector in one.sectors
    )


def _where(sectors: tuple[str, ...], spec: ReleaseSpec) -> Pair:
    if not sectors:
        return phrase("revised_all")
    return text.joined([text.pair(spec.sectors.sector(one).label) for one in sectors])
