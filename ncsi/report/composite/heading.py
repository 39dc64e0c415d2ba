"""What the pages of an index run by itself carry: as of a wave's, from its cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ncsi.report import text
from ncsi.report.bundle.cover import Cover
from ncsi.report.content.heading import Heading, cited
from ncsi.report.pages import RevisionNote, Source
from ncsi.report.release_spec import Provenance
from ncsi.report.text import NOTHING, Pair, phrase


def heading_of(
    cover: Cover, provenance: Provenance, level: float, notes: Sequence[Mapping[str, Any]] = ()
) -> Heading:
    """Title, dates, marks, sources and how to cite it. `notes`: date and note of each correction."""
    title, label, publisher = (text.pair(one) for one in (cover.title, cover.label, cover.publisher))
    return {
        "title": title,
        "label": label,
        "publisher": publisher,
        "date": cover.release_date.isoformat(),
        "release": cover.release_id,
        "synthetic": cover.synthetic,
        "banner": phrase("synthetic") if cover.synthetic else NOTHING,
        "mark": phrase("synthetic_short") if cover.synthetic else NOTHING,
        "restriction": NOTHING,
        "stamp": NOTHING,
        "incomplete": NOTHING,
        "withdrawn": NOTHING,
        "revisions": tuple(
            RevisionNote(
                str(one["date"]),
                phrase(
                    "revised",
                    date=text.day(date.fromisoformat(str(one["date"]))),
                    where=phrase("revised_all"),
                ),
                Pair(one["note"]["zh"], one["note"]["en"]),
            )
            for one in notes
        ),
        "field": "",
        "address": "",
        "picture": "",
        "along": (),
        "look": cover.look,
        "wave": cover.id,
        "level": f"{100 * level:g}",
        "cite": cited(provenance, publisher=publisher, title=title, label=label),
        "sources": tuple(Source(name, value) for name, value in sorted(provenance.source_sha256.items())),
    }
