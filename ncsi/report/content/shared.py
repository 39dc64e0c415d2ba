"""What every report carries: title, synthetic mark, method, provenance."""

from __future__ import annotations

from typing import Any

from ncsi.report import text
from ncsi.report.content.editorial import revisions
from ncsi.report.marks import embargo_of
from ncsi.report.types import ReleaseSpec, records
from ncsi.spec import Instrument


def meta(spec: ReleaseSpec, sector: str | None = None) -> dict[str, Any]:
    """Title, wave, dates, release id, marks, revision notes (those of a sector, or all)."""
    wave = spec.wave
    return {
        "title": text.pair(wave.title),
        "wave": wave.id,
        "label": text.pair(wave.label),
        "publisher": text.pair(wave.publisher),
        "date": wave.release_date.isoformat(),
        "field": f"{wave.field.start.isoformat()}/{wave.field.end.isoformat()}",
        "release": spec.provenance.release_id,
        "synthetic": wave.synthetic,
        "banner": text.phrase("synthetic") if wave.synthetic else text.same(""),
        "mark": text.phrase("synthetic_short") if wave.synthetic else text.same(""),
        "embargo": embargo_of(spec),
        "revisions": revisions(spec, sector),
        "level": level(spec),
        "cite": text.phrase(
            "cite_text", publisher=text.pair(wave.publisher), title=text.pair(wave.title),
            label=text.pair(wave.label), release=spec.provenance.release_id,
        ),
        "sources": [
            {"name": name, "sha256": value} for name, value in sorted(spec.provenance.source_sha256.items())
        ],
    }  # fmt: skip


def level(spec: ReleaseSpec) -> str:
    """The interval level in per cent."""
    return f"{100 * spec.wave.level:g}"


def previous_label(spec: ReleaseSpec) -> text.Pair:
    """The label of the wave compared with."""
    earlier = records(spec.history[spec.history["wave"] == spec.wave.previous])
    if not earlier:
        return text.same(str(spec.wave.previous or ""))
    return {"zh": earlier[0]["label_zh"], "en": earlier[0]["label_en"]}


def scored(instrument: Instrument) -> set[str]:
    """Items with a scale; the others are yes/no questions, whose mean is a rate and no score."""
    return {one.id for one in instrument.items if one.scale.max - one.scale.min > 1}


def is_rate(construct_id: str, spec: ReleaseSpec, sector: str | None = None) -> bool:
    """Whether a construct is a yes/no question, whose index is a rate in per cent and no score."""
    chosen = [spec.instruments[sector]] if sector else list(spec.instruments.values())
    found = [c for one in chosen for c in one.constructs if c.id == construct_id]
    return bool(found) and all(i.scale.max - i.scale.min == 1 for c in found for i in c.items)
